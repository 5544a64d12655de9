CREATE TABLE domain (key TEXT PRIMARY KEY, value TEXT NOT NULL) {strict};

-- The Domino Directory: persons, servers, organisation's certifiers. chain: base64 DER, own certificate first.
CREATE TABLE directory (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, chain {json} NOT NULL, fields {json} NOT NULL, created_at TEXT NOT NULL
) {strict};

CREATE TABLE certifiers (
    id {pk}, name TEXT NOT NULL UNIQUE, server TEXT NOT NULL, icl_file TEXT NOT NULL UNIQUE,
    protection TEXT NOT NULL, locking_id TEXT NOT NULL, key_algorithm TEXT NOT NULL,
    certificate {blob} NOT NULL, sealed_key {blob} NOT NULL, created_at TEXT NOT NULL, published_at TEXT
) {strict};

-- Signed by a CAA, one row per version, never changed.
CREATE TABLE configurations (
    certifier_id {big} NOT NULL REFERENCES certifiers, version {big} NOT NULL, document {blob} NOT NULL,
    PRIMARY KEY (certifier_id, version)
) {strict};

CREATE TABLE databases (
    file TEXT PRIMARY KEY, title TEXT NOT NULL, template TEXT NOT NULL, server TEXT NOT NULL,
    certifier_id {big} NOT NULL UNIQUE REFERENCES certifiers, fields {json} NOT NULL, created_at TEXT NOT NULL
) {strict};

CREATE TABLE requests (
    id {pk}, kind TEXT NOT NULL, database TEXT REFERENCES databases, certifier_id {big} NOT NULL REFERENCES certifiers,
    csr {blob} NOT NULL, subject TEXT NOT NULL, applicant TEXT NOT NULL, key_ring TEXT NOT NULL, state TEXT NOT NULL,
    pickup_id TEXT NOT NULL UNIQUE, fields {json} NOT NULL, remarks {json} NOT NULL,
    requested_at TEXT NOT NULL, pulled_at TEXT
) {strict};
CREATE INDEX requests_by_state ON requests (state, database);

-- Admin4: what the registration authority decides and the CA task carries out. decision: signed by an RA.
CREATE TABLE admin_requests (
    request_id {big} PRIMARY KEY REFERENCES requests, certifier_id {big} NOT NULL REFERENCES certifiers,
    state TEXT NOT NULL, fields {json} NOT NULL, decision {blob}, reason TEXT NOT NULL, serial_hex TEXT,
    changed_at TEXT NOT NULL
) {strict};
CREATE INDEX admin_requests_by_state ON admin_requests (certifier_id, state);

CREATE TABLE request_edits (
    id {pk}, request_id {big} NOT NULL REFERENCES requests, editor TEXT NOT NULL, edited_at TEXT NOT NULL,
    before {json} NOT NULL, after {json} NOT NULL
) {strict};

-- The journal of issuance. issuer: SHA-256 of the issuer's SubjectPublicKeyInfo. state: reserved, intended, issued, void.
CREATE TABLE serials (
    issuer TEXT NOT NULL, serial_hex TEXT NOT NULL, request_id {big} REFERENCES requests, state TEXT NOT NULL,
    tbs {blob}, reserved_at TEXT NOT NULL, PRIMARY KEY (issuer, serial_hex)
) {strict};
CREATE UNIQUE INDEX one_live_serial_per_request ON serials (request_id) WHERE state <> 'void';
CREATE INDEX unfinished_serials ON serials (issuer, state) WHERE state IN ('reserved', 'intended');

-- The Issued Certificate List.
CREATE TABLE issued (
    certifier_id {big} NOT NULL REFERENCES certifiers, serial_hex TEXT NOT NULL, request_id {big} NOT NULL REFERENCES requests,
    kind TEXT NOT NULL, subject TEXT NOT NULL, not_before TEXT NOT NULL, not_after TEXT NOT NULL, fingerprint TEXT NOT NULL,
    key_fingerprint TEXT NOT NULL, der {blob} NOT NULL, issued_at TEXT NOT NULL, PRIMARY KEY (certifier_id, serial_hex)
) {strict};
CREATE INDEX issued_by_request ON issued (request_id);

-- book: 'directory', or the owner's name for a Personal Address Book.
CREATE TABLE cross_certificates (
    id {pk}, book TEXT NOT NULL, subject TEXT NOT NULL, issuer TEXT NOT NULL, serial_hex TEXT NOT NULL,
    subject_key TEXT NOT NULL, not_after TEXT NOT NULL, der {blob} NOT NULL, created_at TEXT NOT NULL
) {strict};

CREATE TABLE mail (
    id {pk}, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT NOT NULL,
    relay_state TEXT NOT NULL, attempts {big} NOT NULL, next_attempt_at TEXT NOT NULL, problem TEXT NOT NULL
) {strict};
CREATE INDEX mail_to_relay ON mail (relay_state, next_attempt_at);

CREATE TABLE audit (
    number {big} PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, signed_in {big} NOT NULL, action TEXT NOT NULL,
    object TEXT NOT NULL, detail {json} NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
) {strict};
CREATE TABLE audit_head (
    id {big} PRIMARY KEY CHECK (id = 1), number {big} NOT NULL, hash TEXT NOT NULL, document {blob} NOT NULL
) {strict};

CREATE TABLE leases (
    server TEXT PRIMARY KEY, holder TEXT NOT NULL, process {big} NOT NULL, host TEXT NOT NULL,
    since TEXT NOT NULL, renewed_at TEXT NOT NULL
) {strict};
