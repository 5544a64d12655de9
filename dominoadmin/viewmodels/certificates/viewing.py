"""The data of a certificate viewer: a certificate's contents, and the validity of its chain. Plain data, no markup.

Certificates are untrusted: unreadable parts are marked, and all others are still shown.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import certificate_texts, certification_paths, describe
from dominoadmin.pki.extension_texts import Node
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.viewmodels.badges import Badge

SOON: Final = timedelta(days=30)
_YEARS: Final = 730
_MONTH: Final = 30
"""Days: a fresh certificate for ten years, backdated and a day old, expires in ten years and not in nine."""
_DAYS: Final = 2


@dataclass(frozen=True)
class Section:
    """Rows under a heading."""

    title: str
    rows: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class CertificateView:
    """One certificate in words. `state` is WAIT if it expires soon or is not valid yet; `sentence` gives the reason."""

    der: bytes
    title: str
    state: Badge
    sentence: str
    general: tuple[Section, ...]
    details: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The identifying fields of a certificate, for confirmations."""

    subject: str
    issuer: str
    serial: str
    validity: str
    key: str
    sha256: str


@dataclass(frozen=True)
class Link:
    """One certificate of a chain. `sentence` describes its state; `der` is empty for a missing one."""

    title: str
    state: Badge
    sentence: str
    der: bytes = b""


def view(der: bytes, now: datetime) -> CertificateView:
    """Return the contents of a certificate.

    Raises:
        Refused: it is not a certificate, or only a part of one.

    """
    with _quiet():
        found = load(der)
        state, sentence = validity(found, now)
        general = (
            Section(_("Fingerprint"), (_sha256(found),)),
            Section(_("Issued to"), spoken(certificate_texts.name_rows(found, "subject"))),
            Section(_("Issued by"), spoken(certificate_texts.name_rows(found, "issuer"))),
            Section(_("Validity"), _validity_rows(found, now)),
            Section(_("Certificate"), _identity_rows(found)),
        )
        return CertificateView(
            der=der,
            title=title(found),
            state=state,
            sentence=sentence,
            general=general,
            details=spoken(certificate_texts.details(found)),
        )


def summary(der: bytes, now: datetime) -> Summary:
    """Return the identifying fields of a certificate.

    Raises:
        Refused: it is not a certificate, or only a part of one.

    """
    with _quiet():
        found = load(der)
        return Summary(
            subject=translated(certificate_texts.shown_name(found, "subject")),
            issuer=translated(certificate_texts.shown_name(found, "issuer")),
            serial=certificate_texts.serial(found),
            validity=_period(found, now),
            key=translated(certificate_texts.key(found)),
            sha256=describe.grouped(describe.fingerprint(der)),
        )


def load(der: bytes) -> x509.Certificate:
    """Read a certificate.

    Raises:
        Refused: it is not one, or only a part of one.

    """
    try:
        return x509.load_der_x509_certificate(der)
    except PARSING_FAILURES:
        raise Refused(
            marked("The certificate cannot be read: it is truncated, altered, or not a certificate."),
            marked("Get it again from its source."),
        ) from None


def title(found: x509.Certificate) -> str:
    """Return a short name: the common name, else the full name, else any other identification."""
    name = certificate_texts.common_name(found) or certificate_texts.shown_name(found, "subject")
    return translated(name) or _("No name")


def validity(found: x509.Certificate, now: datetime) -> tuple[Badge, str]:
    """Return the state of a certificate at `now`, and a sentence about it."""
    start, end = _moment(lambda: found.not_valid_before_utc), _moment(lambda: found.not_valid_after_utc)
    if start is None or end is None:
        return Badge.BAD, _("The validity cannot be read.")
    return period_state(start, end, now)


def period_state(start: datetime, end: datetime, now: datetime) -> tuple[Badge, str]:
    """Return the state of a period at `now`, and a sentence about it."""
    if now < start:
        return Badge.WAIT, _("Not valid yet; becomes valid {time}.").format(time=relative(start, now))
    if now > end:
        return Badge.BAD, _("Expired {time}.").format(time=relative(end, now))
    return (Badge.WAIT if end - now < SOON else Badge.OK), _("Valid; expires {time}.").format(time=relative(end, now))


def relative(moment: datetime, now: datetime) -> str:
    """Return `in 17 days`, `3 hours ago`: what is ahead is rounded, what is past has so many whole days behind it."""
    ahead, distance = moment >= now, abs(moment - now)
    days, hours, minutes = (
        (distance + (unit / 2 if ahead else timedelta())) // unit
        for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1))
    )
    if days >= _YEARS:
        count = (days + _MONTH) * 4 // 1461  # of 365¼ days
        return _either(
            ahead, plural("in {n} year", "in {n} years", count), plural("{n} year ago", "{n} years ago", count), count
        )
    if days >= _DAYS:
        return _either(
            ahead, plural("in {n} day", "in {n} days", days), plural("{n} day ago", "{n} days ago", days), days
        )
    if hours >= 1:
        return _either(
            ahead, plural("in {n} hour", "in {n} hours", hours), plural("{n} hour ago", "{n} hours ago", hours), hours
        )
    return _either(
        ahead,
        plural("in {n} minute", "in {n} minutes", minutes),
        plural("{n} minute ago", "{n} minutes ago", minutes),
        minutes,
    )


def _either(ahead: bool, later: str, earlier: str, count: int) -> str:
    return (later if ahead else earlier).format(n=count)


def absolute(moment: datetime) -> str:
    """Return a time as UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def local(moment: datetime) -> str:
    """Return a time in the user's time zone, with the zone's name."""
    try:
        return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    except (OverflowError, ValueError, OSError):  # the year 9999 (RFC 5280, 4.1.2.5), east of Greenwich
        return absolute(moment)


def chain(ders: Sequence[bytes], now: datetime) -> tuple[Link, ...]:
    """Return a chain, the top first: each certificate with its state, and the missing issuer."""
    with _quiet():
        found = [_optional(der) for der in ders]
        links = [_link(found, ders, number, now) for number in range(len(ders))]
        last = found[-1] if found else None
        if last is not None and not _is_self_issued(last):
            issuer = translated(certificate_texts.shown_name(last, "issuer"))
            links.append(
                Link(
                    issuer,
                    Badge.WAIT,
                    _("This certificate is not available here. Clients that rely on the chain need it."),
                )
            )
    return tuple(reversed(links))


def _link(found: list[x509.Certificate | None], ders: Sequence[bytes], number: int, now: datetime) -> Link:
    here = found[number]
    if here is None:
        return Link(_("Unreadable certificate"), Badge.BAD, _("The certificate cannot be read."), ders[number])
    state, sentence = validity(here, now)
    above = found[number + 1] if number + 1 < len(found) else here
    if above is here and not _is_self_issued(here):
        return Link(title(here), state, sentence, ders[number])
    if above is None or not certification_paths.is_issued_by(here, above):
        problem = _("It was not signed by the certificate above it.")
        return Link(title(here), Badge.BAD, problem, ders[number])
    if above is here:
        remark = _("It is self-signed (a root certificate). Trust it only if you have verified it in another way.")
    elif not certification_paths.is_certification_authority(above):
        return Link(
            title(here),
            Badge.BAD,
            _("The certificate above it does not allow its owner to issue certificates."),
            ders[number],
        )
    else:
        remark = _("It was signed by the certificate above it.")
    return Link(title(here), state, f"{sentence} {remark}", ders[number])


def _optional(der: bytes) -> x509.Certificate | None:
    try:
        return load(der)
    except Refused:
        return None


def _is_self_issued(found: x509.Certificate) -> bool:
    return certificate_texts.attempt(lambda: found.subject == found.issuer) or False


def _moment(read: Callable[[], datetime]) -> datetime | None:
    return certificate_texts.attempt(read)


def _validity_rows(found: x509.Certificate, now: datetime) -> tuple[Node, ...]:
    limits = {
        _("Effective date"): _moment(lambda: found.not_valid_before_utc),
        _("Expiration date"): _moment(lambda: found.not_valid_after_utc),
    }
    return tuple(Node(label, _dated(moment, now)) for label, moment in limits.items())


def _dated(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return translated(certificate_texts.unreadable())
    return "\n".join(dict.fromkeys((local(moment), absolute(moment)))) + f"\n{relative(moment, now)}"


def _period(found: x509.Certificate, now: datetime) -> str:
    start, end = _moment(lambda: found.not_valid_before_utc), _moment(lambda: found.not_valid_after_utc)
    if start is None or end is None:
        return translated(certificate_texts.unreadable())
    period = _("{start} to {end}").format(start=absolute(start), end=absolute(end))
    return f"{period}\n{validity(found, now)[1]}"


def _sha256(found: x509.Certificate) -> Node:
    digits = describe.grouped(describe.fingerprint(certificate_texts.der(found)))
    return Node("SHA-256", digits, fixed=True, copied=True)


def _identity_rows(found: x509.Certificate) -> tuple[Node, ...]:
    sha1 = hashlib.sha1(certificate_texts.der(found), usedforsecurity=False).hexdigest()
    return (
        Node(_("Serial number"), certificate_texts.serial(found), fixed=True, copied=True),
        Node(_("Public key"), translated(certificate_texts.key(found))),
        Node(_("SHA-1 (old)"), describe.grouped(sha1), fixed=True, copied=True),
    )


def spoken(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return nodes of a certificate in the current language."""
    return tuple(
        replace(each, label=translated(each.label), value=translated(each.value), children=spoken(each.children))
        for each in nodes
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress cryptography's warnings about odd names and serial numbers: the viewer shows both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
