"""The drafts of "Create Key Ring" and "Certify Key Ring" (technote, steps 14-18; fact sheet 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from dominoadmin.errors import Error, NotFound, Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import general_names, keys, names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import SERVER
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import server_documents
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings.access import KeyRingAccess
from dominoadmin.services.key_rings.form import KeyRingRequest, check_name
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import SUPPORTS
from dominoadmin.services.requests.submitting import Submission, check_kind
from dominoadmin.services.states import KeyRingState
from dominoadmin.store import certifiers
from dominoadmin.store import key_rings as files
from dominoadmin.store.records import CertifierRecord, DatabaseRecord
from dominoadmin.viewmodels import countries, mends
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, offered, says

_USUAL_NAME = "keyfile"


def problem_of(check: Callable[[], object]) -> str:
    """Return the refusal of a check, with its hint, or an empty string."""
    try:
        check()
    except Error as error:
        return translated(error.whole())
    return ""


def confirmation_problem(password: str, confirmation: str) -> str:
    """Return why a password and its confirmation do not match, or an empty string."""
    if password == confirmation:
        return ""
    return _("The passwords do not match.") if confirmation else _("Type the password again to confirm it.")


Kept = Callable[[str], str]
"""Returns the generated password of a key ring file, which the server's ID opens for the person, or an empty string."""


def nothing_kept(_file: str) -> str:
    """Return no password: each is typed."""
    return ""


def access_checks(file: str, password: str) -> tuple[FieldCheck, ...]:
    """Return the checks of what opens a key ring."""
    name = file.strip()
    return (
        says("file", lambda: "" if name else _("Choose the key ring file.")),
        FieldCheck("file", partial(check_name, name), partial(mends.file_name, name, ".kyr")),
        says("password", lambda: "" if password else _("Type the password of the key ring.")),
    )


def database_problem(database: str) -> str:
    """Return what to do if no database is chosen, or an empty string."""
    return "" if database else _("Choose the Certificate Requests database to submit the request to.")


@dataclass(kw_only=True)
class KeyRingDraft(Judged):
    """The form "Create Key Ring". `names` holds one subject alternate name per line.

    `generated` is the password that nobody will see; it is used instead of a typed one if `generate` is set.
    """

    file: str = f"{_USUAL_NAME}.kyr"
    password: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)
    generate: bool = False
    generated: str = field(default_factory=generated.new_password, repr=False)
    key_algorithm: str = "rsa-2048"
    common_name: str = ""
    organization: str = ""
    organizational_unit: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""
    names: str = ""
    database: str = ""
    allowed_keys: tuple[str, ...] = keys.TLS_ALGORITHMS
    """The kinds of keys that a key ring can hold and that the database's certifier certifies."""

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        request, again = self.request(), partial(confirmation_problem, self.password, self.confirmation)
        checks = {field: FieldCheck(field, check) for field, check in request.checks().items()}
        checks["file"] = replace(checks["file"], mend=partial(mends.file_name, request.file, ".kyr"))
        checks["common_name"] = replace(checks["common_name"], mend=partial(mends.host, self.common_name))
        checks["names"] = replace(checks["names"], mend=partial(mends.general_names, self.names))
        confirmation = () if self.generate else (says("confirmation", again),)
        return tuple(
            offered(each, mends.country(self.country), countries.shown(mends.country(self.country)))
            if each.field == "country"
            else each
            for each in found(
                checks.pop("file"),
                checks.pop("password"),
                *confirmation,
                *checks.values(),
                says("database", partial(database_problem, self.database)),
            )
        )

    def request(self) -> KeyRingRequest:
        """Return the request for the service."""
        return KeyRingRequest(
            file=self.file.strip(),
            password=self._password(),
            is_generated=self.generate,
            common_name=self.common_name,
            organization=self.organization,
            state=self.state,
            country=self.country,
            organizational_unit=self.organizational_unit,
            locality=self.locality,
            names=tuple(general_names.in_lines(self.names)),
            key_algorithm=self.key_algorithm,
            database=self.database,
        )

    def access(self) -> KeyRingAccess:
        """Return the file and password that will open the key ring."""
        return KeyRingAccess(self.file.strip(), self._password())

    def _password(self) -> str:
        return self.generated if self.generate else self.password


@dataclass
class CertifyDraft(Judged):
    """The form "Certify Key Ring"."""

    file: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    kept: Kept = nothing_kept

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        database = says("database", partial(database_problem, self.database))
        return found(*access_checks(self.file, self.access().password), database)

    def access(self) -> KeyRingAccess:
        """Return the file and password that open the key ring."""
        file = self.file.strip()
        return KeyRingAccess(file, self.password or self.kept(file))


def databases_for_servers(domain: Domain) -> list[tuple[DatabaseRecord, CertifierRecord]]:
    """Return the Certificate Requests databases that take the request of a key ring.

    Raises:
        NotFound: there is none.

    """
    found = [
        (record, certifier)
        for record, certifier in databases.all_databases(domain)
        if SERVER in SUPPORTS[databases.configuration_of(record).supports]
    ]
    if not found:
        raise NotFound(
            marked("No Certificate Requests database accepts requests for servers."),
            marked("Create one with File - Database - New, or change one to support server certificates."),
        )
    return found


def chosen_database(domain: Domain, found: Sequence[tuple[DatabaseRecord, CertifierRecord]], database: str) -> str:
    """Return the file name of the database for the request: the one named, else the first of those `found`.

    Raises:
        NotFound: there is no such database.
        Refused: it takes client certificates only (the technote's words).

    """
    if not database:
        return found[0][0].file
    with domain.store.snapshot() as db:
        record = databases.get(db, database)
    check_kind(databases.configuration_of(record), Submission(b"", SERVER, key_ring=f"{_USUAL_NAME}.kyr"))
    return record.file


def uncertified(rings: Sequence[ListedRing]) -> str:
    """Return the file name of the key ring that has no request yet, or an empty string."""
    return next((ring.file for ring in rings if ring.state == KeyRingState.UNSIGNED), "")


def key_ring_draft(domain: Domain, actor: Actor, database: str) -> KeyRingDraft:
    """Return the form with known values: the server's host name, the organization, the certifier's name.

    Raises:
        NotFound, Tampered: as `databases.get` and `configuring.verified` do.

    """
    with domain.store.snapshot() as db:
        asked = databases.get(db, database)
        record = certifiers.get(db, asked.certifier_id)
        certifier = configuring.verified(db, record, actor.verifier(), domain.now())
    known, certified = _name_of(certifier), certifier.configuration.settings.key_algorithms
    allowed = tuple(algorithm for algorithm in keys.TLS_ALGORITHMS if algorithm in certified)
    return KeyRingDraft(
        file=_free_name(domain),
        key_algorithm=next(iter(allowed), keys.TLS_ALGORITHMS[0]),
        common_name=server_documents.show(domain, asked.server).host_name,
        organization=known.organization or names.common_name(domain.organization),
        locality=known.locality,
        state=known.state,
        country=known.country or _country_of(domain.organization),
        database=database,
        allowed_keys=allowed,
    )


def _name_of(certifier: Certifier) -> DistinguishedName:
    try:
        return names.from_x509(certifier.issuer.certificate.subject)
    except Refused:  # a name with attributes that this program does not use
        return DistinguishedName()


def _country_of(organization: str) -> str:
    return organization.rpartition("/C=")[2] if "/C=" in organization else ""


def _free_name(domain: Domain) -> str:
    """Return the default file name, or the next one that is free."""
    number, name = 1, f"{_USUAL_NAME}.kyr"
    while problem_of(lambda: files.check_new(domain.directory.file(name))):  # noqa: B023 - called at once
        number += 1
        name = f"{_USUAL_NAME}{number}.kyr"
    return name
