-- Responder certificates stand in the Issued Certificate List too, without a request; a row number for views.
CREATE TABLE issued_2 (
    id {pk}, certifier_id {big} NOT NULL REFERENCES certifiers, serial_hex TEXT NOT NULL, request_id {big} REFERENCES requests,
    kind TEXT NOT NULL, subject TEXT NOT NULL, names TEXT NOT NULL, requester TEXT NOT NULL, key_algorithm TEXT NOT NULL,
    not_before TEXT NOT NULL, not_after TEXT NOT NULL, fingerprint TEXT NOT NULL, key_fingerprint TEXT NOT NULL,
    der {blob} NOT NULL, issued_at TEXT NOT NULL, part {big} NOT NULL, UNIQUE (certifier_id, serial_hex)
) {strict};
INSERT INTO issued_2 (certifier_id, serial_hex, request_id, kind, subject, names, requester, key_algorithm, not_before, not_after,
    fingerprint, key_fingerprint, der, issued_at, part)
SELECT i.certifier_id, i.serial_hex, i.request_id, i.kind, i.subject,
    coalesce((SELECT group_concat(value, ' ') FROM json_each(a.fields, '$.names')), ''), coalesce(r.applicant, ''), '',
    i.not_before, i.not_after, i.fingerprint, i.key_fingerprint, i.der, i.issued_at, 0
FROM issued i LEFT JOIN admin_requests a ON a.request_id = i.request_id LEFT JOIN requests r ON r.id = i.request_id
ORDER BY i.issued_at, i.rowid;
DROP TABLE issued;
ALTER TABLE issued_2 RENAME TO issued;
CREATE INDEX issued_by_request ON issued (request_id);
CREATE INDEX issued_by_key ON issued (key_fingerprint);
CREATE INDEX issued_by_certifier ON issued (certifier_id, part);
CREATE INDEX ends_of_parts ON issued (certifier_id, part, not_after) WHERE part > 0;
CREATE INDEX issued_by_subject ON issued (certifier_id, subject COLLATE NOCASE);
CREATE INDEX issued_by_end ON issued (certifier_id, not_after);
CREATE INDEX issued_by_issue ON issued (certifier_id, issued_at);
CREATE INDEX issued_by_requester ON issued (certifier_id, requester COLLATE NOCASE);
CREATE INDEX issued_by_key_type ON issued (certifier_id, key_algorithm);
CREATE INDEX issued_by_kind ON issued (certifier_id, kind);
CREATE INDEX issued_by_start ON issued (certifier_id, not_before);
CREATE INDEX issued_by_length ON issued (certifier_id, length(serial_hex), serial_hex);
CREATE INDEX issued_by_fingerprint ON issued (fingerprint);

-- What the list is searched by, any three letters of it. Entries never change and never leave; a trigger may not write here.
-- Serial numbers and fingerprints are random: in the index they would cost each certificate more than all else, and are scanned for.
CREATE VIRTUAL TABLE issued_words USING fts5 (
    subject, names, requester, content = 'issued', content_rowid = 'id', columnsize = 0, tokenize = 'trigram'
);
INSERT INTO issued_words (issued_words) VALUES ('rebuild');

-- Admin4: revocations as an RA or CAA has signed them. action: revoke, release. state: New, Done, Error.
CREATE TABLE revocation_requests (
    id {pk}, certifier_id {big} NOT NULL REFERENCES certifiers, action TEXT NOT NULL, serials {json} NOT NULL, reason TEXT NOT NULL,
    invalidity_at TEXT, requested_by TEXT NOT NULL, document {blob} NOT NULL, state TEXT NOT NULL, problem TEXT NOT NULL,
    created_at TEXT NOT NULL, changed_at TEXT NOT NULL
) {strict};
CREATE INDEX revocation_requests_by_state ON revocation_requests (certifier_id, state);

-- What is, or was, revoked. since: the number of the first CRL that says so. chunk: where the entry lies; NULL: not on the list.
CREATE TABLE revocations (
    id {pk}, certifier_id {big} NOT NULL REFERENCES certifiers, serial_hex TEXT NOT NULL, reason TEXT NOT NULL, revoked_at TEXT NOT NULL,
    invalidity_at TEXT, released_at TEXT, request_id {big} NOT NULL REFERENCES revocation_requests, since {big} NOT NULL,
    not_after TEXT NOT NULL, key_fingerprint TEXT NOT NULL, part {big} NOT NULL, chunk {big}, entry {blob} NOT NULL,
    UNIQUE (certifier_id, serial_hex)
) {strict};
CREATE INDEX revocations_by_chunk ON revocations (certifier_id, part, chunk) WHERE chunk IS NOT NULL;
CREATE INDEX listed_revocations ON revocations (certifier_id, not_after) WHERE chunk IS NOT NULL;
CREATE INDEX unlisted_revocations ON revocations (certifier_id, not_after, part) WHERE chunk IS NULL AND released_at IS NULL;
CREATE INDEX released_revocations ON revocations (certifier_id) WHERE released_at IS NOT NULL;
CREATE INDEX revocations_by_since ON revocations (certifier_id, since);
CREATE INDEX compromised_keys ON revocations (key_fingerprint) WHERE reason IN ('keyCompromise', 'cACompromise');

-- Entries of a CRL, many in a row, in DER: what a list is streamed from. Never changed, but replaced by a newer row; the older
-- one stays for as long as a list that is kept has it among its pieces.
CREATE TABLE crl_chunks (
    id {pk}, certifier_id {big} NOT NULL REFERENCES certifiers, part {big} NOT NULL, number {big} NOT NULL, is_current {big} NOT NULL,
    count {big} NOT NULL, sha256 TEXT NOT NULL, entries {blob} NOT NULL
) {strict};
CREATE UNIQUE INDEX current_crl_chunks ON crl_chunks (certifier_id, part, number) WHERE is_current = 1;
CREATE INDEX replaced_crl_chunks ON crl_chunks (certifier_id) WHERE is_current = 0;

-- Digests of revocations by the end of their serial numbers; the document has those of all pages and chunks, signed by the server.
CREATE TABLE revocation_pages (
    certifier_id {big} NOT NULL REFERENCES certifiers, page TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (certifier_id, page)
) {strict};
CREATE INDEX revocations_by_page ON revocations (certifier_id, substr(serial_hex, -3), serial_hex);
CREATE TABLE revocation_states (
    certifier_id {big} PRIMARY KEY REFERENCES certifiers, document {blob} NOT NULL
) {strict};

-- part 0: the complete list. kind: regular, non-regular. base_number: of a delta. pieces are kept of the newest lists only.
CREATE TABLE crls (
    id {pk}, certifier_id {big} NOT NULL REFERENCES certifiers, part {big} NOT NULL, kind TEXT NOT NULL, number {big} NOT NULL,
    base_number {big}, this_update TEXT NOT NULL, next_update TEXT NOT NULL, entries {big} NOT NULL, size {big} NOT NULL,
    sha256 TEXT NOT NULL, made_at TEXT NOT NULL, pushed_at TEXT
) {strict};
CREATE INDEX crls_by_number ON crls (certifier_id, number, part);
-- A piece is a chunk, or has octets of its own: what stands around the entries, and the entries of a delta.
CREATE TABLE crl_pieces (
    crl_id {big} NOT NULL REFERENCES crls, number {big} NOT NULL, chunk {big} REFERENCES crl_chunks, bytes {blob},
    PRIMARY KEY (crl_id, number), CHECK ((chunk IS NULL) <> (bytes IS NULL))
) {strict};
CREATE INDEX crl_pieces_by_chunk ON crl_pieces (chunk);

-- Delegated OCSP responders; the key is sealed to the ID of the server.
CREATE TABLE responders (
    certifier_id {big} PRIMARY KEY REFERENCES certifiers, certificate {blob} NOT NULL, sealed_key {blob} NOT NULL,
    not_after TEXT NOT NULL, created_at TEXT NOT NULL
) {strict};

-- Versions of configurations that did not hold when a CAA put the certifier back to its last good one. Never worked by.
CREATE TABLE configuration_evidence (
    id {pk}, certifier_id {big} NOT NULL REFERENCES certifiers, version {big} NOT NULL, document {blob} NOT NULL,
    problem TEXT NOT NULL, moved_at TEXT NOT NULL
) {strict};

-- The two views of a Certificate Requests database, the newest first.
CREATE INDEX waiting_requests ON requests (database) WHERE pulled_at IS NULL;
CREATE INDEX pulled_requests ON requests (database) WHERE pulled_at IS NOT NULL;
