"""The draft of the dialog "Register Person" (fact sheet 2.2.3 requires more than one person)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import general_names, names
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import CERT_ID, PersonRequest
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says


@dataclass(kw_only=True)
class PersonDraft(Judged):
    """The input so far. `certifier_file` is the organization's certifier ID; its password opens it."""

    domain: Domain
    name: str = ""
    mail_address: str = ""
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)
    certifier_file: str = CERT_ID
    certifier_password: str = field(default="", repr=False)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        request = self.request()
        checks = (
            says("name", lambda: "" if self.name.strip() else _("Type the person's name, such as Rob Ra.")),
            FieldCheck("name", self._check_name, self._mended_name),
            FieldCheck("mail_address", self._check_mail_address),
            FieldCheck("password", partial(identifying.check_password, request.password, marked("this ID file"))),
            FieldCheck("again", self._check_again),
            FieldCheck("certifier_file", self._certifier_name),
            FieldCheck("certifier_password", self._check_certifier_password),
        )
        return found(*checks)

    def certifier_path(self) -> Path:
        """Return the path of the certifier ID; a bare file name is in the data directory."""
        return self.domain.directory.file(self.certifier_file.strip())

    def request(self) -> PersonRequest:
        """Return the finished request."""
        return PersonRequest(self.name.strip(), self.password, self.mail_address)

    def _check_name(self) -> None:
        organization = self.certifier_organization()
        identifying.check_new(self.domain, self.domain.name(self.name.strip()), organization)

    def certifier_organization(self) -> str:
        """Return the certifier's own name, which is the organization; without a certifier, the domain's."""
        try:
            return self._certifier_name()
        except Error:
            return self.domain.organization

    def _mended_name(self) -> str:
        """Return the name without a wrong organization, and in its usual order; nothing if that is wrong, too."""
        name = self.name.strip().partition("/")[0]
        last, comma, first = name.partition(",")
        alone = " ".join((f"{first} {last}" if comma else name).removeprefix("CN=").split())
        organization = self.certifier_organization()
        candidates = (alone, f"{alone}/{names.abbreviated(organization)}") if alone else ()
        return next((each for each in candidates if each != self.name.strip() and self._is_right(each)), "")

    def _is_right(self, name: str) -> bool:
        try:
            replace(self, name=name)._check_name()  # noqa: SLF001 - its own class
        except Error:
            return False
        return True

    def _check_mail_address(self) -> None:
        if self.mail_address.strip():
            general_names.email(self.mail_address.strip())

    def _certifier_name(self) -> str:
        certifier = identifying.describe_id(self.domain, self.certifier_path())
        identifying.check_is_certifier(certifier.kind)
        return certifier.name

    def _check_again(self) -> None:
        if self.password != self.again:
            raise Refused(marked("The passwords do not match."), marked("Type the same password in both fields."))

    def _check_certifier_password(self) -> None:
        if not self.certifier_password:
            raise Refused(marked("Type the password of the certifier ID."))
