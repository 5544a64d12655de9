"""The draft of the dialog "Register Person" (fact sheet 2.2.3 requires more than one person)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import CERT_ID, PersonRequest


@dataclass(kw_only=True)
class PersonDraft:
    """The input so far. `certifier_file` is the organization's certifier ID; its password opens it."""

    domain: Domain
    name: str = ""
    mail_address: str = ""
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    certifier_file: str = CERT_ID
    certifier_password: str = field(default="", repr=False)

    def problem(self) -> str:
        """Return the first problem, as a sentence that says what to do, or an empty string."""
        if not self.name.strip():
            return _("Type the person's name, such as Rob Ra.")
        try:
            self._check()
        except Error as error:
            return translated(error.whole())
        return ""

    def certifier_path(self) -> Path:
        """Return the path of the certifier ID; a bare file name is in the data directory."""
        return self.domain.directory.file(self.certifier_file.strip())

    def request(self) -> PersonRequest:
        """Return the finished request."""
        return PersonRequest(self.name.strip(), self.password, self.mail_address)

    def _check(self) -> None:
        # The certifier's own name is the organization; the file is checked before its password is requested.
        certifier = identifying.describe_id(self.domain, self.certifier_path())
        identifying.check_is_certifier(certifier.kind)
        identifying.check_person(self.domain, self.request(), certifier.name)
        if self.password != self.again:
            raise Refused(marked("The passwords do not match."), marked("Type the same password in both fields."))
        if not self.certifier_password:
            raise Refused(marked("Type the password of the certifier ID."))
