-- The newest checkpoint of each server: its signature over what it has verified of the audit log, and over the digest of
-- who had which role there.
CREATE TABLE checkpoints (server TEXT PRIMARY KEY, document {blob} NOT NULL, roles {blob} NOT NULL) {strict};
-- The number up to which a certifier's lists may have been issued from a store that is lost: none of them is used again.
CREATE TABLE crl_floors (certifier_id {big} PRIMARY KEY REFERENCES certifiers, number {big} NOT NULL) {strict};
-- The installation that runs the store: a number that its account knows, too.
CREATE TABLE installation (id {big} PRIMARY KEY CHECK (id = 1), number TEXT NOT NULL, at TEXT NOT NULL) {strict};
