"""Exports a key ring for other programs: PEM, PKCS #12, Java key stores, and the input of Domino's kyrtool."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, NotFound, Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.paths import check_name
from dominoadmin.pki import key_ring_exports
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.key_rings.access import KeyRingAccess, OpenKeyRing, event_of, open_ring
from dominoadmin.store.key_rings import Changes

PEM, PKCS12, JAVA, KYRTOOL = "pem", "pkcs12", "java", "kyrtool"
FORMATS: Final = (PEM, PKCS12, JAVA, KYRTOOL)
TAKES_NO_PASSWORD: Final = (KYRTOOL,)
_KYRTOOL_SUFFIX: Final = "-kyrtool"


@dataclass(frozen=True)
class ExportRequest:
    """The format and place of an export. `out` is a file, or a folder for files named after the key ring.

    Formats with several files extend the name: `tls-key.pem`, `tls-chain.pem`, `tls-root.pem` for `tls.pem`.
    """

    format: str
    out: Path
    password: str = field(default="", repr=False)

    def check(self) -> None:
        """Check the format and the password.

        Raises:
            Refused: the format is unknown, or the password cannot be used.

        """
        if self.format not in FORMATS:
            raise Refused(
                _("{format} is not an export format.", format=self.format),
                _("Use one of these: {kinds}.", kinds=", ".join(FORMATS)),
            )
        if self.password and self.format in TAKES_NO_PASSWORD:
            raise Refused(
                _("Domino's kyrtool cannot read an encrypted key, so this export cannot have a password."),
                _("Leave the password out, and delete the file as soon as it is used."),
            )
        if self.password or self.format in (PKCS12, JAVA):
            check_password(self.password, _("the export"))
        if self.format == JAVA:
            key_ring_exports.check_java_password(self.password)


@dataclass(frozen=True)
class Exported:
    """The files that were written, all mode 0600, and remarks for the user."""

    files: tuple[Path, ...]
    warnings: tuple[str, ...]


def export(domain: Domain, actor: Actor, access: KeyRingAccess, request: ExportRequest) -> Exported:
    """Write a key ring's key, certificate and path for another program, without overwriting files.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `open_ring` does; or the folder does not exist.
        Refused: the format is unknown or does not take the key, the password cannot be used, or the ring is not
            certified yet.
        Error: a file exists or cannot be written; nothing was left behind.

    """
    request.check()
    opened = open_ring(domain, access)
    out = _checked_out(request, opened)
    contents = _contents(request, opened, out)
    for path in contents:
        check_name(path)
        if os.path.exists(path):  # noqa: PTH110 - never raises
            with about("out"):
                raise Error(
                    _("{path} already exists.", path=path), _("Choose another name, or move the existing file.")
                )
    detail = {"format": request.format, "files": [path.name for path in contents]}
    _enter(domain, actor, event_of(AuditAction.KEY_RING_EXPORTED, opened, **detail))
    try:
        _write(contents)
    except BaseException:
        with suppress(Error):  # the first error is reported
            _enter(domain, actor, event_of(AuditAction.KEY_RING_EXPORT_FAILED, opened, **detail))
        raise
    return Exported(tuple(contents), _warnings(request, next(iter(contents))))


def _enter(domain: Domain, actor: Actor, event: Event) -> None:
    """Commit an entry. An export's entry comes before its files, so that even a kill leaves no key without an entry."""
    with domain.store.transaction() as db:
        audit_log.enter(db, domain.now(), actor, [event])


def _write(contents: dict[Path, bytes]) -> None:
    changes = Changes()
    try:
        for path, data in contents.items():
            changes.add(path, data)
    except BaseException:
        changes.undo()
        raise


def _checked_out(request: ExportRequest, opened: OpenKeyRing) -> Path:
    suffix = {PKCS12: ".p12", JAVA: ".p12"}.get(request.format, ".pem")
    kind = _KYRTOOL_SUFFIX if request.format == KYRTOOL else ""
    out = request.out
    if os.path.isdir(out):  # noqa: PTH112 - never raises
        out /= f"{opened.path.stem}{kind}{suffix}"
    if not os.path.isdir(out.parent):  # noqa: PTH112 - never raises
        with about("out"):
            raise NotFound(
                _("The folder {folder} does not exist.", folder=out.parent), _("Create it, or choose another folder.")
            )
    return out


def _contents(request: ExportRequest, opened: OpenKeyRing, out: Path) -> dict[Path, bytes]:
    ring = opened.ring
    match request.format:
        case "pkcs12":
            return {out: key_ring_exports.export_pkcs12(ring, request.password)}
        case "java":
            return _beside(out, key_ring_exports.export_java(ring, request.password))
        case "kyrtool":
            commands = key_ring_exports.kyrtool_commands(opened.path.name, out.name)
            instructions = out.with_name(f"{out.stem.removesuffix(_KYRTOOL_SUFFIX)}{_KYRTOOL_SUFFIX}.txt")
            return {out: key_ring_exports.export_kyrtool(ring), instructions: commands.encode()}
        case _:
            return _beside(out, key_ring_exports.export_pem(ring, request.password or None))


def _beside(out: Path, contents: dict[str, bytes]) -> dict[Path, bytes]:
    return {out.with_name(f"{out.stem}-{name}"): data for name, data in contents.items()}


def _warnings(request: ExportRequest, first: Path) -> tuple[str, ...]:
    if request.password:
        return ()
    return (_("The private key in {file} is not encrypted: delete the file after use.", file=first),)
