-- What a certifier's own key has signed when it was in hand for the first time: who founded it, with what. Added once,
-- never changed.
CREATE TABLE founding_statements (
    certifier_id {big} PRIMARY KEY REFERENCES certifiers, content {blob} NOT NULL, signature {blob} NOT NULL
) {strict};
