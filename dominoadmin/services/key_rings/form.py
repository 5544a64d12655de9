"""The form "Create Key Ring": its fields and rules (technote, step 15; fact sheet 6.1)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from dominoadmin.errors import Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, keys, names
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import MAXIMUM_NAMES
from dominoadmin.pki.quoting import has_invisible, quoted
from dominoadmin.services.identities.identifying import check_password

WHAT: Final = _("the key ring file")
_MINIMUM_STATE: Final = 3
_PARTS: Final = ("common_name", "organization", "organizational_unit", "locality", "state", "country")
"""The parts of the distinguished name, in the order of the form."""
_REQUIRED: Final = {"organization": _("Organization Name"), "country": _("Country Code")}
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
        for check in self.checks().values():
            check()

    def checks(self) -> dict[str, Callable[[], object]]:
        """Return the parts of `check`, each with the field that it is about."""
        return {
            "file": partial(check_name, self.file),
            "password": partial(check_password, self.password, WHAT),
            "key_algorithm": self._check_algorithm,
            **{part: partial(self._check_part, part) for part in _PARTS},
            "names": self._check_names,
        }

    def _check_algorithm(self) -> None:
        if self.key_algorithm not in keys.TLS_ALGORITHMS:
            raise Refused(
                _("A key ring cannot contain a key of type {algorithm}.", algorithm=quoted(self.key_algorithm)),
                _("Use one of these: {kinds}.", kinds=", ".join(keys.TLS_ALGORITHMS)),
            )

    def host(self) -> str:
        """Return the common name, which is a host name.

        Raises:
            Refused: it is none.

        """
        with about("common_name"):
            if not self.common_name.strip():
                # Domino's words (ERR_REG_SSL_HOSTNAME).
                raise Refused(
                    _("A hostname is required to configure SSL."), _("Enter the server's fully qualified host name.")
                )
            return general_names.host(self.common_name)

    def subject(self) -> DistinguishedName:
        """Return the distinguished name.

        Raises:
            Refused: a field of it breaks its rule.

        """
        for part in _PARTS:
            with about(part):
                self._check_part(part)
        return self._typed(self.host())

    def general_names(self) -> tuple[GeneralName, ...]:
        """Return the subject alternative names, the common name first, each once.

        Raises:
            Refused: one breaks its rule, or there are too many.

        """
        found = tuple(dict.fromkeys([GeneralName("dns", self.host()), *self._parsed()]))
        _check_count(found)
        return found

    def _typed(self, host: str = "") -> DistinguishedName:
        return DistinguishedName(
            common_name=host,
            organizational_unit=self.organizational_unit.strip(),
            organization=self.organization.strip(),
            locality=self.locality.strip(),
            state=self.state.strip(),
            country=_country(self.country),
        )

    def _check_part(self, field: str) -> None:
        """Check one part of the distinguished name, whatever the others are."""
        name = self._typed(self.host() if field == "common_name" else "")
        if field in _REQUIRED:
            _check_there(getattr(name, field), _REQUIRED[field])
        if field == "state":
            check_state(name.state)
        if problem := name.problems().get(field):
            raise Refused(problem)

    def _check_names(self) -> None:
        """Check the subject alternative names, also while the common name is wrong or missing."""
        found = {*self._parsed()}
        with contextlib.suppress(Refused):
            found.add(GeneralName("dns", self.host()))
        _check_count(found)

    def _parsed(self) -> list[GeneralName]:
        return [*map(general_names.parse, self.names)]


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


def _check_count(found: Collection[GeneralName]) -> None:
    if len(found) > MAXIMUM_NAMES:
        raise Refused(
            _(
                "A key ring can have {limit} subject alternate names; there are {count}.",
                limit=MAXIMUM_NAMES,
                count=len(found),
            )
        )


def _check_there(value: str, label: str) -> None:
    if not value.strip():
        raise Refused(_("{label} is required.", label=label))


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
