"""Rows that acts may read without comparing them with the audit log, by reader and table, each with the reason."""

ALLOWED = {
    ("services.cross_certificates.certifying._check_not_waiting", "admin_requests"): "only says that the same request is waiting already",
    ("services.cross_certificates.certifying._check_not_waiting", "requests"): "only says that the same request is waiting already",
    ("services.records.issued_entries.entry_of", "issued"): "what counts is the certificate in it, which the certifier has signed",
    ("services.revocation.revoking._changed", "issued"): "only whether the list has it; what is revoked is in a signed certificate",
    ("services.requests.submitting.submit_one", "certifiers"): "only whether there is one: the request that names it is compared",
    ("services.requests.submitting.submit_one", "generations"): "they come with the certifier",
    ("services.requests.submitting.submit_one", "generation_certificates"): "they come with the certifier",
    ("services.revocation.crl_issuing._dates", "revocations"): "only dates a list, within five minutes; what is dated again is compared",
    ("services.revocation.state._check_audit", "revocations"): "compared with the entries that the certifier's server has signed",
    ("services.processes.rebuilding.rebuild", "certifiers"): "what is made again is kept only if it fits what its server has sealed",
}
