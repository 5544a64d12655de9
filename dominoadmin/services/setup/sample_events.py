"""The past of the sample domain: what was requested, decided and revoked on which day. The oldest day comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.pki.revocation import Reason

HOST: Final = "server1.example.com"
CA: Final = "MyCompany CA"
PARTNERS: Final = "MyCompany Partners CA"
STAFF: Final = "MyCompany Staff CA"
DATABASE: Final = "certreq.nsf"
PARTNER_DATABASE: Final = "partners.nsf"
STAFF_DATABASE: Final = "staff.nsf"
START: Final = timedelta(days=150)
"""How long ago the domain was set up."""


@dataclass(frozen=True)
class SampleRequest:
    """A request for a host's or a person's certificate. `days`: the validity an RA edits it to; 0: as requested."""

    name: str
    database: str = DATABASE
    days: int = 0

    @property
    def kind(self) -> str:
        """The kind of certificate: people have no dots in their names."""
        return SERVER if "." in self.name else CLIENT

    @property
    def applicant(self) -> str:
        """The e-mail address of the person who submitted it."""
        return f"webmaster@{self.name}" if self.kind == SERVER else f"{self.name.split()[0].lower()}@example.com"


@dataclass(frozen=True)
class SampleRevocation:
    """A revocation of a certificate by its name. `since`: for how long its key has been in other hands."""

    name: str
    reason: Reason
    database: str = DATABASE
    since: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class SampleDay:
    """What happened at a time in the past, in the order of the fields.

    `is_second`: Rob decides, not Ann. `opened`: the certifiers whose keys are open, so that they issue and make CRLs.
    `issued` was approved, issued and pulled; `unpulled` waits for its pull, `approved` for the certifier's key,
    `waiting` for an RA, `pending` to be submitted.
    """

    ago: timedelta
    is_second: bool = False
    opened: tuple[str, ...] = (CA, PARTNERS, STAFF)
    released: tuple[SampleRevocation, ...] = ()
    revoked: tuple[SampleRevocation, ...] = ()
    issued: tuple[SampleRequest, ...] = ()
    unpulled: tuple[SampleRequest, ...] = ()
    rejected: tuple[SampleRequest, ...] = ()
    approved: tuple[SampleRequest, ...] = ()
    waiting: tuple[SampleRequest, ...] = ()
    pending: tuple[SampleRequest, ...] = ()

    @property
    def taken_in(self) -> tuple[SampleRequest, ...]:
        """Return all requests of the day."""
        return (*self.issued, *self.unpulled, *self.rejected, *self.approved, *self.waiting, *self.pending)


def _ago(days: int, hours: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours)


def _asked(*names: str, database: str = DATABASE, days: int = 0) -> tuple[SampleRequest, ...]:
    return tuple(SampleRequest(name, database, days) for name in names)


_SERVER_ONLY: Final = (CA,)
DAYS: Final = (
    SampleDay(
        ago=_ago(149, 2),
        issued=(*_asked("www.example.com", "backup.example.com"), *_asked("pilot.example.com", days=30)),
    ),
    SampleDay(
        ago=_ago(121, 3),
        is_second=True,
        issued=(
            *_asked("Paula Green", "legacy.example.com"),
            *_asked("chat.example.com", days=90),
            *_asked("Grace Hall", "Martin Reed", "Olivia Stone", database=STAFF_DATABASE),
        ),
    ),
    SampleDay(
        ago=_ago(93, 1),
        issued=(
            *_asked("vpn.example.com", days=108),
            *_asked("print.example.com", days=118),
            *_asked("db.example.com"),
            *_asked("portal.partner.example", database=PARTNER_DATABASE),
        ),
    ),
    SampleDay(
        ago=_ago(64, 4),
        revoked=(SampleRevocation("backup.example.com", Reason.SUPERSEDED),),
        issued=_asked("calendar.example.com", "api.example.com"),
    ),
    SampleDay(
        ago=_ago(37, 2),
        is_second=True,
        revoked=(SampleRevocation("db.example.com", Reason.KEY_COMPROMISE, since=_ago(3)),),
        issued=(*_asked("git.example.com"), *_asked("Daniel Brooks", database=STAFF_DATABASE)),
    ),
    SampleDay(
        ago=_ago(19, 3),
        revoked=(
            SampleRevocation("legacy.example.com", Reason.CESSATION_OF_OPERATION),
            SampleRevocation("api.example.com", Reason.HOLD),
        ),
        issued=_asked("shipping.partner.example", database=PARTNER_DATABASE),
    ),
    SampleDay(
        ago=_ago(17, 5),
        released=(SampleRevocation("api.example.com", Reason.HOLD),),
        issued=_asked("db2.example.com", "stage.example.com"),
    ),
    SampleDay(
        ago=_ago(6, 2),
        is_second=True,
        revoked=(
            SampleRevocation("stage.example.com", Reason.HOLD),
            SampleRevocation("Martin Reed", Reason.AFFILIATION_CHANGED, STAFF_DATABASE),
        ),
        issued=_asked("events.example.com"),
    ),
    SampleDay(
        ago=_ago(1, 4),
        opened=_SERVER_ONLY,
        approved=(
            *_asked("extranet.partner.example", database=PARTNER_DATABASE),
            *_asked("Hannah Cole", database=STAFF_DATABASE),
        ),
        waiting=(*_asked("mail.example.com"), *_asked("Oliver Grant", database=STAFF_DATABASE)),
    ),
    SampleDay(
        ago=_ago(0, 3),
        is_second=True,
        opened=_SERVER_ONLY,
        unpulled=_asked("news.example.com"),
        rejected=_asked("intranet.example.com"),
        waiting=_asked("shop.example.com", "crm.example.com", "helpdesk.example.com", "Ethan Cross"),
        pending=_asked("wiki.example.com", "files.example.com"),
    ),
)
"""A CRL is valid for 30 days: between two days there are fewer."""
