-- IDs that are no longer current, by their keys: superseded by another one of the same name, or revoked. They count
-- from the entry of the log that commits them, whatever the time says. Rows are added, and never changed.
CREATE TABLE former_ids (
    fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
) {strict};
