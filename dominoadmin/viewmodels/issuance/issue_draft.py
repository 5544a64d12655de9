"""The draft of "New Certificate": what is to be certified, and by which certifier."""

from __future__ import annotations

import ipaddress
import itertools
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.paths import safe_name
from dominoadmin.pki import describe, general_names, keys
from dominoadmin.pki.profiles import SERVER
from dominoadmin.pki.requests import intake
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.form import KeyRingRequest, check_name
from dominoadmin.services.processes import issuing_now
from dominoadmin.services.processes.issuing_now import IssuedNow, IssuePreview, IssueRequest
from dominoadmin.services.requests import databases
from dominoadmin.store import certifiers
from dominoadmin.store import key_rings as files
from dominoadmin.store.records import DatabaseRecord
from dominoadmin.viewmodels import mends
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.key_rings.draft import KeyRingDraft, key_ring_draft, problem_of
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.submission_draft import request_text
from dominoadmin.viewmodels.words import certifier_label, key_label

NEW_KEY, OWN_REQUEST = "new key", "own request"
HOSTS, FILE, STATE, COUNTRY, REQUEST = "hosts", "file", "state", "country", "request"
"""The fields in which something can be wrong."""
_FIELDS: Final = (HOSTS, FILE, STATE, COUNTRY, REQUEST)
_PASSWORD_OCTETS: Final = 18
_LONGEST_STEM: Final = 50
_KINDS: Final = ("dns:", "ip:", "email:", "uri:")


def begin(domain: Domain, actor: Actor) -> IssueDraft:
    """Return the dialog's draft, with the first certifier that the person is an RA of.

    Raises:
        NotFound: there is none with a database for servers.
        Tampered: the server's document was altered.

    """
    found = issuing_now.choices(domain, actor)
    offered = [(record.file, certifier_label(certifier.record.name)) for record, certifier in found]
    limits = {record.file: _limits(record, certifier) for record, certifier in found}
    draft = IssueDraft(domain=domain, certifiers=offered, limits=limits)
    draft.choose(actor, offered[0][0])
    return draft


@dataclass(frozen=True)
class Days:
    """For how many days a database's certifier certifies, and for how many unless somebody chooses."""

    least: int
    usual: int
    most: int


def _limits(record: DatabaseRecord, certifier: Certifier) -> Days:
    settings = certifier.configuration.settings
    usual = databases.configuration_of(record).customization(SERVER).days or settings.default_days
    return Days(settings.minimum_days, usual, settings.maximum_days)


@dataclass(kw_only=True)
class IssueDraft(Judged):
    """The input. `certifiers`: the file name of each database, and its certifier's label; `limits`: its days.

    `hosts` has one host name or address per line. `file`: of the new key ring; without one, the first host gives the
    name. `state` and `country` are asked only if the certifier's name has none.
    """

    domain: Domain
    certifiers: list[tuple[str, str]]
    limits: Mapping[str, Days]
    database: str = ""
    key_algorithm: str = ""
    days: int = 0
    source: str = NEW_KEY
    hosts: str = ""
    file: str = ""
    state: str = ""
    country: str = ""
    csr_text: str = ""
    password: str = field(default_factory=lambda: secrets.token_urlsafe(_PASSWORD_OCTETS), repr=False)
    _known: KeyRingDraft = field(default_factory=KeyRingDraft)

    def choose(self, actor: Actor, database: str) -> None:
        """Choose the database, and so the certifier, whose organization, state and country are used.

        Raises:
            NotFound, Tampered: as `key_ring_draft` does.

        """
        self._known = key_ring_draft(self.domain, actor, database)
        self.database = database
        self.key_algorithm, self.days = self._known.key_algorithm, self.limit.usual

    @property
    def limit(self) -> Days:
        """For how many days the certifier certifies."""
        return self.limits[self.database]

    @property
    def key_kinds(self) -> list[tuple[str, str]]:
        """The kinds of keys that the certifier certifies, with their labels."""
        return [(each, key_label(each)) for each in self._known.allowed_keys]

    def prefer(self, key_algorithm: str, days: int) -> None:
        """Choose what was chosen the last time, as far as the certifier still allows it."""
        if key_algorithm in self._known.allowed_keys:
            self.key_algorithm = key_algorithm
        if self.limit.least <= days <= self.limit.most:
            self.days = days

    @property
    def makes_key(self) -> bool:
        """Whether a new key ring is created."""
        return self.source == NEW_KEY

    @property
    def asks_state(self) -> bool:
        """Whether the state has to be typed."""
        return self.makes_key and not self._known.state

    @property
    def asks_country(self) -> bool:
        """Whether the country has to be typed."""
        return self.makes_key and not self._known.country

    @property
    def proposed_file(self) -> str:
        """The file name for the first host: the next one that is free. Without a host there is none."""
        if not (host := next(iter(general_names.in_lines(self.hosts)), "")):
            return ""
        stem = safe_name(host)[:_LONGEST_STEM]
        proposals = (f"{stem}-{number}.kyr" if number > 1 else f"{stem}.kyr" for number in itertools.count(1))
        return next(
            name for name in proposals if not problem_of(partial(files.check_new, self.domain.directory.file(name)))
        )

    def set_file(self, path: Path) -> None:
        """Take the request from a file.

        Raises:
            NotFound, Error: the file cannot be read.
            Refused: it holds no certification request.

        """
        self.csr_text = request_text(path)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        wrong = found(*(self._new_key() if self.makes_key else self._own_request()))
        # What has no field here, such as the name in the certificate, comes from the hosts.
        placed = (each if each.field in _FIELDS else replace(each, field=HOSTS) for each in reversed(wrong))
        return tuple(reversed({each.field: each for each in placed}.values()))

    def request(self) -> IssueRequest:
        """Return what is to be certified."""
        if not self.makes_key:
            return IssueRequest(database=self.database, csr=self._csr(), days=self.days)
        return IssueRequest(database=self.database, key_ring=self._key_ring(), days=self.days)

    def shown(self, preview: IssuePreview) -> list[tuple[str, str]]:
        """Return what will be issued, for which key and by whom, as labels and texts."""
        rows = [(each.label, each.issued) for each in request_words.comparisons({}, preview.fields)]
        rows.append((_("Public key"), key_label(keys.algorithm_of(preview.key))))
        if not self.makes_key:
            rows.append((_("SHA-256"), request_words.fingerprint_in_lines(keys.fingerprint(preview.key))))
        return [*rows, (_("Issued by"), preview.certifier.record.name)]

    def _own_request(self) -> Iterator[FieldCheck]:
        yield says(REQUEST, lambda: "" if self.csr_text.strip() else _("Paste the request, or choose its file."))
        yield FieldCheck(REQUEST, partial(intake, self._csr()))

    def _new_key(self) -> Iterator[FieldCheck]:
        typed, file = general_names.in_lines(self.hosts), self._file()
        if not typed:
            yield says(HOSTS, lambda: _("Enter the host name of the server, as browsers use it."))
        for each in typed[:1]:
            yield FieldCheck(HOSTS, partial(general_names.host, each), partial(mends.host, self.hosts))
        for each in typed[1:]:
            yield FieldCheck(HOSTS, partial(general_names.parse, _with_kind(each)))
        if file:
            yield FieldCheck(FILE, partial(check_name, file), partial(mends.file_name, file, ".kyr"))
            is_new = partial(files.check_new, self.domain.directory.file(file))
            yield FieldCheck(FILE, is_new, lambda: self.proposed_file)
        if self.asks_state:
            yield says(STATE, lambda: "" if self.state.strip() else _("Enter the state or province."))
        if self.asks_country:
            missing = _("Enter the country code.")
            yield says(COUNTRY, lambda: "" if self.country.strip() else missing)
        if typed:
            for field, check in self._key_ring().checks().items():
                yield FieldCheck(field, check, self._country_mend if field == COUNTRY else str)

    def _country_mend(self) -> str:
        return mends.country(self.country)

    def _csr(self) -> bytes:
        return self.csr_text.strip().encode("utf-8", "replace")

    def _file(self) -> str:
        return self.file.strip() or self.proposed_file

    def _key_ring(self) -> KeyRingRequest:
        known, (first, *others) = self._known, general_names.in_lines(self.hosts)
        return KeyRingRequest(
            file=self._file(),
            password=self.password,
            common_name=first,
            organization=known.organization,
            locality=known.locality,
            state=known.state or self.state,
            country=known.country or self.country,
            names=tuple(map(_with_kind, others)),
            key_algorithm=self.key_algorithm,
            database=self.database,
        )


def _with_kind(name: str) -> str:
    """Return a typed name as `general_names.parse` reads it: an address, or a host name, without its kind."""
    if name.lower().startswith(_KINDS):
        return name
    try:
        return f"ip:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"dns:{name}"


def certified(result: IssuedNow) -> str:
    """Return the name in the issued certificate."""
    return viewing.title(describe.load(result.chain[0], marked("The certificate")))


def why_not(domain: Domain, actor: Actor) -> str:
    """Return why the person cannot issue anything, or an empty string. It only switches the command off."""
    if issuing_now.is_ra(domain, actor.name):
        return ""
    with domain.store.snapshot() as db:
        if not certifiers.names(db):
            return _("There is no certifier yet. Register an Internet certifier first.")
    return _("You are a registration authority of no certifier.")
