"""Issued certificates as files: alone, or with the chain that servers and other programs need."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from dominoadmin.errors import NotFound, Tampered, about
from dominoadmin.i18n import marked as _
from dominoadmin.paths import check_name, write_public
from dominoadmin.pki import describe
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import pem_files
from dominoadmin.store import certifiers, issued
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import IssuedRecord

Which = Sequence[tuple[int, str]]
"""Certificates by the numbers of their certifiers and their serial numbers."""


class CertificateFormat(StrEnum):
    """What is in a file: the certificate in PEM, with its chain in PEM or PKCS #7, or the certificate in DER."""

    PEM = "pem"
    CHAIN = "chain"
    PKCS7 = "pkcs7"
    DER = "der"

    @property
    def ending(self) -> str:
        """The end of the file's name."""
        endings = {self.CHAIN: "-chain.pem", self.PKCS7: ".p7b", self.DER: ".cer"}
        return endings.get(self, ".pem")

    @property
    def has_chain(self) -> bool:
        """Whether the certificates above it are in the file, too."""
        return self in (self.CHAIN, self.PKCS7)


@dataclass(frozen=True)
class CertificateExport:
    """What is written, and where: a file, or a folder, in which a file is named by its host or person."""

    which: Which
    format: CertificateFormat
    out: Path

    def check_place(self) -> None:
        """Raise an error if the folder does not exist, or no file can have this name."""
        folder = self.out if len(self.which) > 1 or self.is_folder else self.out.parent
        with about("out"):
            check_name(self.out)
            if not os.path.isdir(folder):  # noqa: PTH112 - never raises
                raise NotFound(
                    _("The folder {folder} does not exist.", folder=folder), _("Create it, or choose another folder.")
                )

    @property
    def is_folder(self) -> bool:
        """Whether files are named by their hosts and persons."""
        return os.path.isdir(self.out)  # noqa: PTH112 - never raises


def file_name(subject: str, form: CertificateFormat) -> str:
    """Return the name of the file for a subject: `www.example.com.pem`."""
    return f"{pem_files.stem(subject)}{form.ending}"


def octets(form: CertificateFormat, chain: Sequence[bytes]) -> bytes:
    """Return the contents of a file. `chain`: DER, the certificate first."""
    match form:
        case CertificateFormat.DER:
            return chain[0]
        case CertificateFormat.PKCS7:
            return pkcs7.serialize_certificates([*map(x509.load_der_x509_certificate, chain)], Encoding.DER)
        case _:
            return "".join(map(describe.pem, chain if form.has_chain else chain[:1])).encode()


def export(domain: Domain, actor: Actor, wanted: CertificateExport, progress: Progress) -> tuple[Path, ...]:
    """Write certificates, each whole or not at all, and return the files.

    A file that was named is replaced. In a folder nothing is replaced: a name that is taken gets a number.

    Raises:
        NotFound: the folder does not exist, or a certificate is not in the Issued Certificate List.
        Tampered: a certificate, or its certifier, is not as it was signed; nothing is written.
        Error: a file cannot be written; no file of this export is left.

    """
    wanted.check_place()
    found = [*_found(domain, actor, wanted)]
    if len(found) == 1 and not wanted.is_folder:
        ((_start, data),) = found
        write_public(wanted.out, [data])
        return (wanted.out,)
    written: list[Path] = []
    try:
        for number, (start, data) in enumerate(found, start=1):
            progress.step(_("Writing certificate {number} of {total}", number=number, total=len(found)))
            path = wanted.out / pem_files.free(
                start, wanted.format.ending, lambda name: os.path.lexists(wanted.out / name)
            )
            write_public(path, [data], replace=False)
            written.append(path)
    except BaseException:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise
    return tuple(written)


def of_entry(domain: Domain, actor: Actor, entry: IssuedRecord, form: CertificateFormat) -> bytes:
    """Return the contents of the file for an entry that was compared with what was signed.

    Raises:
        Tampered: no key of its certifier has signed it, or the certifier is not as it was signed.

    """
    if not form.has_chain:
        return octets(form, (entry.der,))
    with domain.store.snapshot() as db:
        certifier = _certifier(domain, actor, db, entry.certifier_id)
    return octets(form, _chain(domain, certifier, entry))


def _found(domain: Domain, actor: Actor, wanted: CertificateExport) -> Iterator[tuple[str, bytes]]:
    """Yield the start of the name and the contents of each file, after all entries were compared."""
    with domain.store.snapshot() as db:
        entries = [each for number, serial in wanted.which for each in issued.find(db, serial, number)]
        if len(entries) < len(wanted.which):
            raise NotFound(_("This certificate is no longer in the Issued Certificate List."))
        rows = [Object("issued", f"{number} {serial}") for number, serial in wanted.which]
        committed.check(db, actor.verifier(), rows)
        numbers = {each.certifier_id for each in entries} if wanted.format.has_chain else set()
        known = {number: _certifier(domain, actor, db, number) for number in numbers}
    for each in entries:
        chain = _chain(domain, known[each.certifier_id], each) if wanted.format.has_chain else (each.der,)
        yield pem_files.stem(each.subject), octets(wanted.format, chain)


def _certifier(domain: Domain, actor: Actor, db: Connection, number: int) -> Certifier:
    return configuring.verified(db, certifiers.get(db, number), actor.verifier(), domain.now())


def _chain(domain: Domain, certifier: Certifier, entry: IssuedRecord) -> tuple[bytes, ...]:
    """Return a certificate and the path above it, by the certifier's key that has signed it."""
    which = _("The certificate {serial} in the ICL", serial=entry.serial_hex)
    try:
        issuer = certifier.signed(x509.load_der_x509_certificate(entry.der))
    except PARSING_FAILURES:
        raise Tampered(_("{what} cannot be read.", what=which)) from None
    if issuer is None:
        raise Tampered(_("{what} was not issued by {name}.", what=which, name=certifier.record.name))
    return (entry.der, *issuer.chain(domain.now()))
