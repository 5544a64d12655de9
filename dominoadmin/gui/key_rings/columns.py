"""The columns of View & Edit Key Rings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dominoadmin.gui.frame.tables.table import Column
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
from dominoadmin.services.records import pem_files
from dominoadmin.services.records.pem_files import PemFile
from dominoadmin.services.states import KeyRingState
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.key_rings.listing import INTERMEDIATE, OWN, ROOT, ListedRing, RingCertificate
from dominoadmin.viewmodels.words import minute

_NEVER = datetime.min.replace(tzinfo=UTC)


def ring_columns() -> tuple[Column, ...]:
    """Return the columns of the view Key Rings."""
    return (
        Column(_("Key Ring File Name"), _file, 130),
        Column(_("State"), _state, 210, badge=_state_badge),
        Column(_("Expires"), _expires, 90, sort=_expiry),
        Column(_("Installed"), _installed, 80, badge=_installed_badge),
        Column(_("Stash file sealed to"), _server, 170),
        Column(_("Changed"), _changed, 150, sort=_changed_at),
    )


def certificate_columns() -> tuple[Column, ...]:
    """Return the columns of the view Certificates."""
    return (
        Column(_("Label"), label, 150),
        Column(_("Trusted root"), _trusted, 90, badge=_trusted_badge),
        Column(_("Subject"), _subject, 240, short=_subject_in_words),
        Column(_("Issuer"), _issuer, 200, short=_issuer_in_words),
        Column(_("From"), _from, 100, sort=_not_before),
        Column(_("To"), _to, 100, sort=_not_after),
    )


def label(row: RingCertificate) -> str:
    """Return a root's label, or the purpose of another certificate."""
    if row.kind == ROOT:
        return row.label
    if row.kind == INTERMEDIATE:
        return _("Intermediate: {label}").format(label=row.label)
    return _("Server certificate") if row.certificate else _("Server certificate, not signed yet")


def _subject_in_words(row: RingCertificate) -> str:
    return names.in_words(_subject(row))


def _issuer_in_words(row: RingCertificate) -> str:
    return names.in_words(_issuer(row))


def handed_out(rows: Sequence[RingCertificate]) -> Sequence[PemFile]:
    """Return certificates as files. They come from the key ring, which was opened with its password."""
    known = ((each.subject, each.certificate) for each in rows if each.certificate)
    return pem_files.named((subject, describe.armored(describe.der(each))) for subject, each in known)


def _states() -> dict[str, tuple[str, Badge]]:
    return {
        KeyRingState.UNSIGNED: (_("Created, not certified yet"), Badge.WAIT),
        KeyRingState.REQUESTED: (_("Request submitted"), Badge.WAIT),
        KeyRingState.READY: (_("Issued: pick up the certificate"), Badge.WAIT),
        KeyRingState.CERTIFIED: (_("Certified"), Badge.OK),
        KeyRingState.EXPIRED: (_("Expired"), Badge.BAD),
    }


def _file(row: ListedRing) -> str:
    return row.file


def _state(row: ListedRing) -> str:
    return _states()[row.state][0]


def _state_badge(row: ListedRing) -> str:
    return _states()[row.state][1]


def _expires(row: ListedRing) -> str:
    return _date(row.not_after) if row.not_after else ""


def _expiry(row: ListedRing) -> datetime:
    return row.not_after or _NEVER


def _server(row: ListedRing) -> str:
    return names.abbreviated(row.server) if row.server else row.stash_problem


def _installed(row: ListedRing) -> str:
    return _("Yes") if row.is_installed else _("No")


def _installed_badge(row: ListedRing) -> str:
    return Badge.OK if row.is_installed else Badge.NONE


def _changed(row: ListedRing) -> str:
    return minute(row.changed_at)


def _changed_at(row: ListedRing) -> datetime:
    return row.changed_at


def _subject(row: RingCertificate) -> str:
    return row.subject


def _issuer(row: RingCertificate) -> str:
    return names.shown(row.certificate.issuer) if row.certificate else ""


def _from(row: RingCertificate) -> str:
    return _date(row.certificate.not_valid_before_utc) if row.certificate else ""


def _to(row: RingCertificate) -> str:
    return _date(row.certificate.not_valid_after_utc) if row.certificate else ""


def _not_before(row: RingCertificate) -> datetime:
    return row.certificate.not_valid_before_utc if row.certificate else _NEVER


def _not_after(row: RingCertificate) -> datetime:
    return row.certificate.not_valid_after_utc if row.certificate else _NEVER


def _trusted(row: RingCertificate) -> str:
    return _("Yes") if row.is_trusted_root else _("No")


def _trusted_badge(row: RingCertificate) -> str:
    return Badge.OK if row.kind not in (OWN, INTERMEDIATE) else Badge.NONE


def _date(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d}"
