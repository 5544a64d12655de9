"""The form "Create Key Ring": its fields and rules (technote, step 15; fact sheet 6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, keys, names
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import MAXIMUM_NAMES
from dominoadmin.pki.quoting import has_invisible, quoted
from dominoadmin.services.identities.identifying import check_password

WHAT: Final = _("the key ring file")
_MINIMUM_STATE: Final = 3
# No folder on any system: the server document takes the bare name (technote, step 28).
_NAME: Final = re.compile(r"""[^\s.\\/:*?"<>|][^\\/:*?"<>|]{0,59}\.kyr""", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class KeyRingRequest:
    """The contents of the form. `names` are further subject alternative names, such as `dns:www.example.com`.

    `database` is the Certificate Requests database for the key ring's request; the stash is sealed to the ID of
    `server`, by default the database's. `is_generated`: nobody has seen the password; the server's ID opens the
    key ring for the person who creates it.
    """

    file: str
    password: str = field(repr=False)
    common_name: str
    organization: str
    state: str
    country: str
    organizational_unit: str = ""
    locality: str = ""
    names: tuple[str, ...] = ()
    key_algorithm: str = "rsa-2048"
    database: str = ""
    server: str = ""
    is_generated: bool = False

    def check(self) -> None:
        """Check every field.

        Raises:
            Refused: one breaks its rule; the message says which.

        """
        check_name(self.file)
        check_password(self.password, WHAT)
        if self.key_algorithm not in keys.TLS_ALGORITHMS:
            raise Refused(
                _("A key ring cannot contain a key of type {algorithm}.", algorithm=quoted(self.key_algorithm)),
                _("Use one of these: {kinds}.", kinds=", ".join(keys.TLS_ALGORITHMS)),
            )
        self.subject()
        self.general_names()

    def subject(self) -> DistinguishedName:
        """Return the distinguished name.

        Raises:
            Refused: a field of it breaks its rule.

        """
        if not self.common_name.strip():
            # Domino's words (ERR_REG_SSL_HOSTNAME).
            raise Refused(
                _("A hostname is required to configure SSL."), _("Enter the server's fully qualified host name.")
            )
        subject = DistinguishedName(
            common_name=general_names.host(self.common_name),
            organizational_unit=self.organizational_unit.strip(),
            organization=self.organization.strip(),
            locality=self.locality.strip(),
            state=self.state.strip(),
            country=_country(self.country),
        )
        for value, label in ((subject.organization, _("Organization Name")), (subject.country, _("Country Code"))):
            if not value:
                raise Refused(_("{label} is required.", label=label))
        check_state(subject.state)
        subject.check()
        return subject

    def general_names(self) -> tuple[GeneralName, ...]:
        """Return the subject alternative names, the common name first, each once.

        Raises:
            Refused: one breaks its rule, or there are too many.

        """
        common_name = GeneralName("dns", general_names.host(self.common_name))
        found = tuple(dict.fromkeys([common_name, *map(general_names.parse, self.names)]))
        if len(found) > MAXIMUM_NAMES:
            raise Refused(
                _(
                    "A key ring can have {limit} subject alternate names; there are {count}.",
                    limit=MAXIMUM_NAMES,
                    count=len(found),
                )
            )
        return found


def check_name(file: str) -> None:
    """Check a key ring's file name, which may follow a folder.

    Raises:
        Refused: it does not end in .kyr, or some system cannot store it.

    """
    name = file.rpartition("/")[2]
    if has_invisible(file) or not _NAME.fullmatch(name):
        raise Refused(
            _("{file} is not a valid key ring file name.", file=quoted(file)),
            _("Keep the extension .kyr, as in keyfile.kyr."),
        )


def _country(text: str) -> str:
    # The upper case of 'ß' is 'SS', which would be a country.
    return text.strip().upper() if text.isascii() else text.strip()


def check_state(state: str) -> None:
    """Check that a state or province is spelled out, as Domino wants it in a key ring.

    Raises:
        Refused: it is an abbreviation, or not text for a name.

    """
    if problem := names.text_problem(state, _("State or Province"), 128):
        raise Refused(problem)
    if sum(map(str.isalpha, state)) < _MINIMUM_STATE or state.endswith("."):
        raise Refused(
            _("State or Province must be spelled out; {state} is an abbreviation.", state=quoted(state)),
            _("Enter at least three letters, for example Massachusetts instead of MA."),
        )
