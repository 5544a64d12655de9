"""CRLs in words, for a view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from dominoadmin.errors import Damaged, NotFound, Tampered
from dominoadmin.i18n import marked, plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_public
from dominoadmin.pki import describe
from dominoadmin.pki.extension_texts import Node
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import lists
from dominoadmin.services.states import CrlKind
from dominoadmin.store import certifiers, crls, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord, CrlRecord, RevocationRecord
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certificates.viewing import Section
from dominoadmin.viewmodels.words import certifier_label, minute, reason_label

SOON: Final = timedelta(days=3)
"""A list that expires within this time is reported."""
_MOST: Final = 1000
_CHECKED: Final = 8 << 20
"""Lists with more octets are not read for display."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCrl:
    """A list in words. `badge` and `sentence` show whether relying parties can use it."""

    id: int
    certifier: str
    number: int
    title: str
    kind: str
    badge: str
    sentence: str
    this: str
    next: str
    next_update: datetime
    entries: int
    count: str
    octets: int
    size: str
    pushed: str


def listed(domain: Domain, certifier_id: int = 0) -> list[ListedCrl]:
    """Return the lists of one certifier, or of all, the newest first."""
    now = domain.now()
    with domain.store.snapshot() as db:
        records = [each for each in certifiers.all_of(db) if certifier_id in (0, each.id)]
        found = [row for record in records for row in _of(db, record, now)]
    return sorted(found, key=_made, reverse=True)


def _made(row: ListedCrl) -> tuple[str, int]:
    return row.this, row.number


def _of(db: Connection, record: CertifierRecord, now: datetime) -> Iterator[ListedCrl]:
    last = {each.number: crls.last_number(db, record.id, each.number) for each in record.generations}
    waiting = {number: lists.waiting_for_next(db, record.id, number) for number in last.values()}
    name = certifier_label(record.name)
    return (
        _row(crl, name, now, waiting[crl.number] if crl.number == last.get(crl.generation) else None)
        for crl in crls.all_of(db, record.id)
    )


def _row(crl: CrlRecord, certifier: str, now: datetime, waiting: int | None) -> ListedCrl:
    """Return a list; `waiting`: the revocations that wait for the next one, None if there is a newer one."""
    badge, sentence = (Badge.NONE, _("Replaced by a newer one")) if waiting is None else state(crl, now, waiting)
    return ListedCrl(
        id=crl.id,
        certifier=certifier,
        number=crl.number,
        title=_title(crl),
        kind=_("regular") if crl.kind == CrlKind.REGULAR else _("non-regular"),
        badge=badge,
        sentence=sentence,
        this=minute(crl.this_update),
        next=minute(crl.next_update),
        next_update=crl.next_update,
        entries=crl.entries,
        count=f"{crl.entries:n}",
        octets=crl.size,
        size=_size(crl.size),
        pushed=minute(crl.pushed_at) if crl.pushed_at else _("No"),
    )


def state(crl: CrlRecord, now: datetime, waiting: int) -> tuple[Badge, str]:
    """Return whether a list is current, as a badge and a sentence. `waiting`: revocations for the next one."""
    time = viewing.relative(crl.next_update, now)
    if now > crl.next_update:
        return Badge.BAD, _("Expired {time}.").format(time=time)
    if waiting:
        text = plural("{n} revocation is not on a CRL yet.", "{n} revocations are not on a CRL yet.", waiting)
        return Badge.WAIT, text.format(n=waiting)
    return (Badge.WAIT if crl.next_update - now < SOON else Badge.OK), _("Expires {time}.").format(time=time)


def _title(crl: CrlRecord) -> str:
    values = {"number": crl.number, "part": crl.part, "base": crl.base_number}
    if crl.part and crl.base_number is not None:
        return _("{number}, part {part}, delta to {base}").format(**values)
    if crl.part:
        return _("{number}, part {part}").format(**values)
    return _("{number}, delta to {base}").format(**values) if crl.base_number is not None else str(crl.number)


def _size(octets: int) -> str:
    return f"{octets / 1024:.1f} kB" if octets < 1 << 20 else f"{octets / (1 << 20):.1f} MB"


@dataclass(frozen=True)
class CrlEntry:
    """A revoked certificate in words."""

    serial: str
    revoked: str
    reason: str


@dataclass(frozen=True)
class CrlView:
    """A list in words, with its newest entries; for all entries, export a file."""

    crl: CrlRecord
    certifier: str
    title: str
    sections: tuple[Section, ...]
    entries: tuple[CrlEntry, ...]


def view(domain: Domain, actor: Actor, crl_id: int) -> CrlView:
    """Return a list; its octets are read, and its signature checked, if they are not too many.

    Raises:
        NotFound: there is no such list.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        crl = crls.get(db, crl_id)
        if crl is None:
            raise NotFound(marked("This CRL no longer exists."))
        record = certifiers.get(db, crl.certifier_id)
        newest = revocations.newest(db, crl.certifier_id, crl.part, _MOST)
        is_last = crls.last_number(db, crl.certifier_id, crl.generation) == crl.number
        waiting = lists.waiting_for_next(db, crl.certifier_id, crl.number) if is_last else None
    shown = _row(crl, record.name, now, waiting)
    rows = (
        Node(_("Issuer"), record.name),
        Node(_("CRL number"), shown.title),
        Node(_("Kind"), shown.kind),
        Node(_("This update"), viewing.local(crl.this_update)),
        Node(_("Next update"), viewing.local(crl.next_update)),
        Node(_("State"), shown.sentence),
        Node(_("Revoked certificates"), shown.count),
        Node(_("Size"), shown.size),
        Node(_("In the Directory"), shown.pushed),
        Node(_("SHA-256"), describe.grouped(crl.sha256), fixed=True, copied=True),
    )
    all_rows = (*rows, *_proof(domain, actor, crl, record))
    entries = tuple(_entry(each) for each in newest) if is_last and crl.base_number is None else ()
    sections = [Section(_("Certificate revocation list"), all_rows)]
    if len(entries) == _MOST:
        text = _("The newest {n} are shown. Save the CRL to see all.").format(n=_MOST)
        sections.append(Section(_("Revoked certificates"), (Node("", text),)))
    return CrlView(crl, certifier_label(record.name), shown.title, tuple(sections), entries)


def _proof(domain: Domain, actor: Actor, crl: CrlRecord, record: CertifierRecord) -> Iterator[Node]:
    """Yield whether the certifier has signed the list, the identifier of its key, and the list's distribution point."""
    if crl.size > _CHECKED:
        yield Node(_("Signature"), _("Not checked here: the CRL is too large. Save it and use 'openssl crl -verify'."))
        return
    try:
        found = x509.load_der_x509_crl(b"".join(lists.octets(domain, crl)))
        with domain.store.snapshot() as db:
            certifier = configuring.verified(db, record, actor.verifier(), domain.now())
        is_whole = any(found.is_signature_valid(each.issuer.public_key) for each in certifier.generations)
    except NotFound as error:
        yield Node(_("Signature"), translated(str(error)))
        return
    except (*PARSING_FAILURES, Damaged, Tampered) as error:
        yield Node(_("Signature"), _("Cannot be verified: {problem}").format(problem=escaped(translated(str(error)))))
        return
    said = _("The certifier's signature is valid.") if is_whole else _("Does not match the certifier's key.")
    yield Node(_("Signature"), said)
    for extension in found.extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier) and extension.value.key_identifier:
            digest = describe.grouped(extension.value.key_identifier.hex())
            yield Node(_("Authority key identifier"), digest, fixed=True)
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            addresses = (escaped(str(name.value)) for name in extension.value.full_name or ())
            yield Node(_("Issuing distribution point"), "\n".join(addresses))


def write(domain: Domain, actor: Actor, crl_id: int, path: Path) -> None:
    """Write a list to a file, whole or not at all: PEM if its name ends so, else DER.

    Raises:
        NotFound: only the newest lists are stored completely.
        Damaged: the list is not as it was issued.
        Error: the file cannot be written.

    """
    with domain.store.snapshot() as db:
        crl = crls.get(db, crl_id)
        if crl is None:
            raise NotFound(marked("This CRL no longer exists."))
        lists.check(db, actor.verifier(), certifiers.get(db, crl.certifier_id), [crl])
    stream = lists.octets(domain, crl)
    if path.suffix.lower() == ".pem":
        write_public(path, [describe.crl_pem(b"".join(stream)).encode()])
    else:
        write_public(path, stream)


def _entry(known: RevocationRecord) -> CrlEntry:
    return CrlEntry(describe.serial(known.serial_hex), viewing.local(known.revoked_at), reason_label(known.reason))
