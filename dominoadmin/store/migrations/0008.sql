-- The newest checkpoint of each server: its signature over what it has verified of the audit log.
CREATE TABLE checkpoints (server TEXT PRIMARY KEY, document {blob} NOT NULL) {strict};
