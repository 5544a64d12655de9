-- The log of earlier versions, until an administrator has taken it over.
ALTER TABLE audit RENAME TO audit_1;
ALTER TABLE audit_head RENAME TO audit_head_1;

-- The audit log: a Merkle tree (RFC 9162) of entries, hashed as their octets are. The octets have the digest of salt and
-- detail. The columns after them only serve searching.
CREATE TABLE audit (
    number {big} PRIMARY KEY, octets {blob} NOT NULL, detail {json} NOT NULL, salt {blob} NOT NULL,
    at TEXT NOT NULL, actor TEXT NOT NULL, signed_in {big} NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL
) {strict};
-- The hash of each 256 entries, so that the root of any part of the log is quick to find. The first block is number 0.
CREATE TABLE audit_blocks (number {big} PRIMARY KEY, hash {blob} NOT NULL) {strict};
-- Each act's signature over the log and the state before and after it. frontier: the complete subtrees at this size.
CREATE TABLE audit_signers (sha256 TEXT PRIMARY KEY, chain {json} NOT NULL) {strict};
CREATE TABLE audit_heads (
    size {big} PRIMARY KEY, content {blob} NOT NULL, signature {blob} NOT NULL,
    signer TEXT NOT NULL REFERENCES audit_signers, frontier {blob} NOT NULL
) {strict};

-- The state: the digests of all committed objects, in pages by the beginning of the hash of their names; the digests of
-- 256 pages in a group; the digests of the groups in the root, whose digest the heads sign.
CREATE TABLE state_pages (number {big} PRIMARY KEY, entries {blob} NOT NULL) {strict};
CREATE TABLE state_groups (number {big} PRIMARY KEY, entries {blob} NOT NULL) {strict};
CREATE TABLE state_root (number {big} PRIMARY KEY CHECK (number = 0), entries {blob} NOT NULL) {strict};
CREATE TABLE salts (object TEXT PRIMARY KEY, salt {blob} NOT NULL) {strict};
