"""Labels for the actions in the audit log. The entry's own text is stored, exported and printed."""

from __future__ import annotations

from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit.actions import AuditAction


def label(action: str) -> str:
    """Return an action in the current language; an unknown one is unchanged."""
    return _labels().get(action, escaped(action))


def searched() -> dict[str, str]:
    """Return the actions whose label differs from the text in their entries: a search finds both."""
    return {action: shown for action, shown in _labels().items() if action != shown}


def _labels() -> dict[str, str]:
    return {**_of_the_domain(), **_of_certificates(), **_of_key_rings()}


def _of_the_domain() -> dict[str, str]:
    return {
        AuditAction.DOMAIN_SET_UP: _("domain set up"),
        AuditAction.CERTIFIER_REGISTERED: _("certifier registered"),
        AuditAction.CERTIFIER_MODIFIED: _("certifier modified"),
        AuditAction.CERTIFIER_ENABLED: _("certifier enabled"),
        AuditAction.CERTIFIER_DISABLED: _("certifier disabled"),
        AuditAction.CERTIFIER_PROTECTION_CHANGED: _("certifier protection changed"),
        AuditAction.CERTIFIER_RESTORED: _("certifier restored"),
        AuditAction.GENERATION_BEGUN: _("generation begun"),
        AuditAction.GENERATION_CERTIFIED: _("generation certified"),
        AuditAction.CERTIFIER_ACTIVATED: _("certifier activated"),
        AuditAction.CERTIFIER_DEACTIVATED: _("certifier deactivated"),
        AuditAction.CERTIFIER_LOCKED: _("certifier locked"),
        AuditAction.FOUNDER_CONFIRMED: _("founder confirmed"),
        AuditAction.CERTIFIER_REFUSED: _("certifier refused"),
        AuditAction.POLICY_PUBLISHED: _("policy published"),
        AuditAction.SERVER_REGISTERED: _("server registered"),
        AuditAction.SERVER_RENEWED: _("server renewed"),
        AuditAction.SERVER_DOCUMENT_CHANGED: _("server document changed"),
        AuditAction.PERSON_REGISTERED: _("person registered"),
        AuditAction.ID_REVOKED: _("ID revoked"),
        AuditAction.ID_RENEWED: _("ID renewed"),
        AuditAction.ID_PASSWORD_CHANGED: _("ID password changed"),
        AuditAction.ADMINISTRATOR_NAMED: _("administrator named"),
        AuditAction.ADMINISTRATOR_REMOVED: _("administrator removed"),
        AuditAction.DATABASE_CREATED: _("database created"),
        AuditAction.DATABASE_CONFIGURED: _("database configured"),
        AuditAction.STORE_TAKEN_OVER: _("store taken over"),
        AuditAction.ROW_REPAIRED: _("row repaired"),
        AuditAction.ROW_SET_ASIDE: _("row set aside"),
        AuditAction.ENTRY_REFUSED: _("entry refused"),
        AuditAction.AUDIT_LOG_ACCEPTED: _("audit log accepted"),
        AuditAction.INSTALLATION_ADOPTED: _("installation adopted"),
        AuditAction.STORE_MOVED: _("store moved"),
        AuditAction.STORE_COPIED: _("store copied"),
        AuditAction.RESTORE_ACCEPTED: _("restore accepted"),
    }


def _of_certificates() -> dict[str, str]:
    return {
        AuditAction.SERIALS_VOIDED: _("serials voided"),
        AuditAction.REQUEST_RECEIVED: _("request received"),
        AuditAction.REQUEST_SUBMITTED: _("request submitted"),
        AuditAction.REQUEST_EDITED: _("request edited"),
        AuditAction.REQUEST_APPROVED: _("request approved"),
        AuditAction.REQUEST_REJECTED: _("request rejected"),
        AuditAction.REQUEST_APPROVAL_WITHDRAWN: _("request approval withdrawn"),
        AuditAction.REQUEST_REFUSED: _("request refused"),
        AuditAction.REQUEST_PULLED: _("request pulled"),
        AuditAction.CROSS_CERTIFICATION_REQUESTED: _("cross-certification requested"),
        AuditAction.CERTIFICATE_ISSUED: _("certificate issued"),
        AuditAction.CERTIFICATE_REVOKED: _("certificate revoked"),
        AuditAction.CERTIFICATE_RELEASED: _("certificate released"),
        AuditAction.OCSP_RESPONDER_CERTIFIED: _("OCSP responder certified"),
        AuditAction.CROSS_CERTIFICATE_ISSUED: _("cross-certificate issued"),
        AuditAction.REVOCATION_REQUESTED: _("revocation requested"),
        AuditAction.REVOCATION_REFUSED: _("revocation refused"),
        AuditAction.CRL_ISSUED: _("CRL issued"),
        AuditAction.CRL_PUSHED: _("CRL pushed"),
        AuditAction.CRL_REFUSED: _("CRL refused"),
    }


def _of_key_rings() -> dict[str, str]:
    return {
        AuditAction.KEY_RING_CREATED: _("key ring created"),
        AuditAction.KEY_RING_CERTIFICATE_MERGED: _("key ring certificate merged"),
        AuditAction.KEY_RING_PASSWORD_CHANGED: _("key ring password changed"),
        AuditAction.KEY_RING_DELETED: _("key ring deleted"),
        AuditAction.KEY_RING_EXPORTED: _("key ring exported"),
        AuditAction.KEY_RING_EXPORT_FAILED: _("key ring export failed"),
        AuditAction.KEY_RING_INSTALLED: _("key ring installed"),
        AuditAction.TRUSTED_ROOT_MERGED: _("trusted root merged"),
        AuditAction.TRUSTED_ROOT_LABELLED: _("trusted root labelled"),
        AuditAction.TRUSTED_ROOT_REMOVED: _("trusted root removed"),
    }
