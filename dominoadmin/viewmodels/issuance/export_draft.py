"""The draft of "Export Certificate": what is in the files, and where they are written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.paths import typed
from dominoadmin.services.records.certificate_files import CertificateExport, CertificateFormat, Which, file_name
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says

_SHOWN: Final = 10


@dataclass(kw_only=True)
class CertificateExportDraft(Judged):
    """The input. `which`: the certificates; `subject`: of the first; `out`: a file for one, a folder for several."""

    which: Which
    subject: str
    format: CertificateFormat = CertificateFormat.CHAIN
    out: str = ""

    @property
    def title(self) -> str:
        """The dialog's title."""
        return _("Export Certificate") if self.is_single else _("Export Certificates")

    @property
    def is_single(self) -> bool:
        """Whether there is one certificate, so that a file can be named."""
        return len(self.which) == 1

    def begin(self, folder: Path) -> None:
        """Propose a file, or the folder."""
        self.out = str(folder / self.proposed if self.is_single else folder)

    def choose(self, form: CertificateFormat) -> None:
        """Choose the contents; the name of the file follows, unless somebody has typed another one."""
        path, before = Path(self.out), self.proposed
        self.format = form
        if self.is_single and path.name == before:
            self.out = str(path.with_name(self.proposed))

    @property
    def proposed(self) -> str:
        """The name of the file of a single certificate."""
        return file_name(self.subject, self.format)

    @property
    def replaced(self) -> Path | None:
        """The existing file that would be replaced."""
        wanted = self.request()
        return wanted.out if self.is_single and os.path.lexists(wanted.out) and not wanted.is_folder else None

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        empty = _("Choose where to write the file.") if self.is_single else _("Choose where to write the files.")
        return found(
            says("out", lambda: "" if self.out.strip() else empty),
            FieldCheck("out", lambda: self.request().check_place()),
        )

    def request(self) -> CertificateExport:
        """Return the request for the service."""
        return CertificateExport(self.which, self.format, typed(self.out.strip() or "."))


def formats() -> list[tuple[CertificateFormat, str]]:
    """Return the choices of what is in a file."""
    return [
        (CertificateFormat.PEM, _("The certificate &alone (PEM)")),
        (CertificateFormat.CHAIN, _("The certificate with its c&hain (PEM)")),
        (CertificateFormat.PKCS7, _("The certificate with its chain (PKCS #&7)")),
        (CertificateFormat.DER, _("The certificate alone (&DER)")),
    ]


def meanings() -> dict[CertificateFormat, str]:
    """Return what each is for."""
    return {
        CertificateFormat.PEM: _("A .pem file for people and programs that have the certifier's certificate."),
        CertificateFormat.CHAIN: _(
            "A .pem file for servers such as nginx, Apache and Postfix: the certificate comes first, then those of "
            "the certifiers above it."
        ),
        CertificateFormat.PKCS7: _("A .p7b file for Windows, IIS and Java."),
        CertificateFormat.DER: _("A .cer file for Windows and devices that read no text."),
    }


def saved(files: Sequence[Path]) -> tuple[str, str]:
    """Return a sentence about written files, and where they are: the first ones by name."""
    text = plural("{n} certificate has been saved.", "{n} certificates have been saved.", len(files))
    said = _("The certificate has been saved.") if len(files) == 1 else text.format(n=len(files))
    shown = [str(each) for each in files[:_SHOWN]]
    more = len(files) - len(shown)
    rest = [plural("and {n} more", "and {n} more", more).format(n=more)] if more else []
    return said, "\n".join([*shown, *rest])

