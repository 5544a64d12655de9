-- SHA-256 of the SubjectPublicKeyInfo; empty in requests of earlier versions.
ALTER TABLE requests ADD COLUMN key_fingerprint TEXT NOT NULL DEFAULT '';

-- What is to be done is looked for again and again: these indexes hold that only, and do not grow with what is done.
DROP INDEX requests_by_state;
CREATE INDEX undone_requests ON requests (database, state)
    WHERE state IN ('Pending Submission', 'Submitted to Administration Process');
CREATE INDEX keys_of_undone_requests ON requests (database, key_fingerprint)
    WHERE state IN ('Pending Submission', 'Submitted to Administration Process');
DROP INDEX admin_requests_by_state;
CREATE INDEX undone_admin_requests ON admin_requests (certifier_id, state) WHERE state IN ('New', 'Approved');
DROP INDEX revocation_requests_by_state;
CREATE INDEX undone_revocation_requests ON revocation_requests (certifier_id) WHERE state <> 'Done' AND state <> 'Error';
DROP INDEX mail_to_relay;
CREATE INDEX queued_mail ON mail (next_attempt_at) WHERE relay_state = 'queued';

-- The newest of many: of a certifier's complete lists of a kind, of its deltas, and of its certificates.
CREATE INDEX complete_crls ON crls (certifier_id, part, kind, number) WHERE base_number IS NULL;
CREATE INDEX delta_crls ON crls (certifier_id, part, number) WHERE base_number IS NOT NULL;
CREATE INDEX newest_issued ON issued (certifier_id);
