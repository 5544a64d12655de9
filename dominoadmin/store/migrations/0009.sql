-- The keys of a certifier. The first is in its row of certifiers, where earlier versions have committed it; these are the later
-- ones, from number 2 on. The newest issues; those before are retired. before_until, before_part: until when the last certificate
-- of the generation before is valid, and the newest CRL partition of its certificates.
CREATE TABLE generations (
    certifier_id {big} NOT NULL REFERENCES certifiers, number {big} NOT NULL CHECK (number > 1), protection TEXT NOT NULL,
    locking_id TEXT NOT NULL, key_algorithm TEXT NOT NULL, certificate {blob} NOT NULL, sealed_key {blob} NOT NULL,
    created_at TEXT NOT NULL, before_until TEXT NOT NULL, before_part {big} NOT NULL, PRIMARY KEY (certifier_id, number)
) {strict};
-- More certificates of a generation's key. path: base64 DER of those above each, the nearest first.
CREATE TABLE generation_certificates (
    certifier_id {big} NOT NULL REFERENCES certifiers, generation {big} NOT NULL, number {big} NOT NULL, role TEXT NOT NULL,
    certificate {blob} NOT NULL, path {json} NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY (certifier_id, generation, number)
) {strict};
-- The OCSP responders of later generations; that of the first is in responders.
CREATE TABLE generation_responders (
    certifier_id {big} NOT NULL REFERENCES certifiers, generation {big} NOT NULL CHECK (generation > 1),
    certificate {blob} NOT NULL, sealed_key {blob} NOT NULL, not_after TEXT NOT NULL, created_at TEXT NOT NULL,
    PRIMARY KEY (certifier_id, generation)
) {strict};

-- Which generation has signed a certificate or a list, to find it by: the signature itself says so.
ALTER TABLE issued ADD COLUMN generation {big} NOT NULL DEFAULT 1;
ALTER TABLE crls ADD COLUMN generation {big} NOT NULL DEFAULT 1;
