-- The files that administrators have installed on servers, by their paths in the data folder. Others are not opened.
CREATE TABLE installed_files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) {strict};

-- The keys that are never certified again: each with the first certificate that was revoked because it is compromised.
CREATE TABLE barred_keys (
    key_fingerprint TEXT PRIMARY KEY, certifier_id {big} NOT NULL, serial_hex TEXT NOT NULL
) {strict};
INSERT INTO barred_keys SELECT key_fingerprint, certifier_id, min(serial_hex) FROM revocations
    WHERE reason IN ('keyCompromise', 'cACompromise') AND released_at IS NULL AND key_fingerprint <> '' GROUP BY key_fingerprint;
