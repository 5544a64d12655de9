-- What RAs have signed about a request: approvals, rejections, withdrawals, edits. One row per decision, never changed. The
-- decision of an earlier version is in admin_requests.
CREATE TABLE decisions (
    request_id {big} NOT NULL REFERENCES requests, number {big} NOT NULL, document {blob} NOT NULL,
    PRIMARY KEY (request_id, number)
) {strict};
CREATE INDEX request_edits_by_request ON request_edits (request_id);
