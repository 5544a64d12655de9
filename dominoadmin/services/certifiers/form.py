"""The form "Register a New Internet Certifier": its fields and rules (technote, steps 3-7; fact sheet 2)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, NotFound, Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.paths import check_name
from dominoadmin.pki import keys, names
from dominoadmin.pki.identities import PublicIdentity
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import settings
from dominoadmin.services.certifiers.settings import Group
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.states import Protection
from dominoadmin.store.records import CertifierRecord

_ICL_FOLDER: Final = "icl\\"


@dataclass(frozen=True)
class CertifierRequest:
    """The dialog "Register a New Internet Certifier". Empty texts take the defaults of the fact sheet, section 2."""

    name: DistinguishedName
    protection: str
    _rest: KW_ONLY
    server: str = ""
    icl_file: str = ""
    activation_password: str = field(default="", repr=False)
    locking_id: PublicIdentity | None = None
    caas: tuple[str, ...] = ()
    ras: tuple[str, ...] = ()
    key_algorithm: str = "ec-p256"
    hash_name: str = ""
    years: int = 10
    settings: CertificateSettings = field(default_factory=CertificateSettings)
    crl_days: int = 30
    crl_interval_days: int = 7
    backup_file: Path | None = None
    backup_password: str = field(default="", repr=False)
    publication: Publication = field(default_factory=Publication)


def check_basics(request: CertifierRequest) -> None:
    """Check the tab "Basics", without the directory.

    Raises:
        Refused: a field breaks its rule.

    """
    if problem := request.name.certifier_problem():
        with about("name"):
            raise Refused(problem)
    check_protection(request)
    check_icl_file(request.icl_file or default_icl_file(request.name))


def check_misc(request: CertifierRequest) -> None:
    """Check the tab "Misc".

    Raises:
        Refused: a field breaks its rule.
        Error, NotFound: the backup copy cannot be written there.

    """
    for check in misc_checks(request).values():
        check()


def misc_checks(request: CertifierRequest) -> dict[str, Callable[[], None]]:
    """Return the parts of `check_misc`, each with the field that it is about."""
    algorithm = request.key_algorithm
    checks: dict[str, Callable[[], None]] = {
        "key_algorithm": partial(keys.check_algorithm, algorithm),
        **settings.checks(request, algorithm, [Group.SIGNATURES]),
        "years": partial(settings.check_years, request.years),
        **settings.checks(request, algorithm, [Group.LISTS]),
    }
    if request.backup_file:
        what = _("the backup copy of the certifier ID")
        checks["backup_password"] = partial(check_password, request.backup_password, what)
        checks["backup_file"] = partial(_check_backup_file, request.backup_file)
    return checks


def check_new(known: Iterable[CertifierRecord], name: str, icl_file: str) -> None:
    """Raise `Refused` if one of the known certifiers has this name, as RFC 5280 compares them, or this ICL database."""
    for one in known:
        check_name_is_new([one], name)
        check_icl_file_is_new([one], icl_file)


def check_name_is_new(known: Iterable[CertifierRecord], name: str) -> None:
    """Raise `Refused` if one of the known certifiers has this name."""
    for one in known:
        if names.folded(one.name) == names.folded(name):
            problem = _("A certifier named {name} already exists.", name=one.name)
            with about("name"):
                raise Refused(problem, _("Choose another common name."))


def check_icl_file_is_new(known: Iterable[CertifierRecord], icl_file: str) -> None:
    """Raise `Refused` if the ICL database belongs to one of the known certifiers."""
    for one in known:
        if one.icl_file.casefold() == icl_file.casefold():
            problem = _("The ICL database {icl_file} belongs to {name}.", icl_file=icl_file, name=one.name)
            with about("icl_file"):
                raise Refused(problem, _("Choose another ICL database name."))


def default_icl_file(name: DistinguishedName) -> str:
    r"""Return `icl\icl_<Organization or CN>.nsf`."""
    return _icl_file(name.organization or name.common_name)


def free_icl_file(known: Iterable[CertifierRecord], name: DistinguishedName) -> str:
    r"""Return the default ICL database, or the next one that is free: `icl_<CN>`, `icl_<CN>_2` and so on."""
    taken = {record.icl_file.casefold() for record in known}
    numbered = (_icl_file(f"{name.common_name}_{number}") for number in count(2))
    candidates = chain([default_icl_file(name), _icl_file(name.common_name)], numbered)
    return next(each for each in candidates if each.casefold() not in taken)


def _icl_file(base: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in base)
    return f"{_ICL_FOLDER}icl_{kept}.nsf"


def check_protection(request: CertifierRequest) -> None:
    """Check the group "Encrypt Certifier ID with".

    Raises:
        Refused: its password or its locking ID is missing or unsuitable.

    """
    if request.protection not in tuple(Protection):
        raise Refused(
            _("{protection} is not a way to encrypt the certifier ID.", protection=request.protection),
            _("Use {choices}.", choices=", ".join(Protection)),
        )
    if request.protection == Protection.PASSWORD:
        with about("activation_password"):
            check_password(request.activation_password, _("activating the certifier"))
    elif request.activation_password:
        raise Refused(_("An activation password can be used only with 'Require password to activate certifier'."))
    if request.protection != Protection.LOCKING_ID and request.locking_id:
        raise Refused(_("A locking ID can be used only with 'Encrypt ID with Locking ID'."))
    if request.protection == Protection.LOCKING_ID and (
        request.locking_id is None or request.locking_id.kind != "person"
    ):
        with about("locking_id"):
            raise Refused(_("Choose the person whose ID locks the certifier."), _("Specify that person's ID file."))


def _check_backup_file(path: Path) -> None:
    """Check early what `write_whole` would refuse once the key exists."""
    check_name(path)
    if os.path.lexists(path):
        raise Error(
            _("{path} already exists.", path=path),
            _("Choose another name for the backup copy, or move the existing file."),
        )
    if not os.path.isdir(path.parent):  # noqa: PTH112 - never raises
        raise NotFound(
            _("The folder {folder} does not exist.", folder=path.parent),
            _("Create it, or choose another folder for the backup copy."),
        )


def check_icl_file(name: str) -> None:
    """Raise `Refused` unless this can be the name of an ICL database."""
    if not name.lower().endswith(".nsf") or any(ord(c) < ord(" ") for c in name) or len(name) > 128 or ".." in name:  # noqa: PLR2004
        with about("icl_file"):
            raise Refused(
                _("{name} is not a valid ICL database name.", name=repr(name)), _("Enter it as icl\\icl_MyCompany.nsf.")
            )
