"""The view Certificate Revocation Lists: the lists, and which of them are in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from dominoadmin.gui.frame.tables.view import Column
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.viewmodels.revocation import crls as crl_listing
from dominoadmin.viewmodels.revocation.crls import ListedCrl


@dataclass(frozen=True)
class CrlReading:
    """Reads the lists of one certifier, or of all, the newest first."""

    domain: Domain
    certifier_id: int

    def __call__(self) -> Sequence[ListedCrl]:
        return crl_listing.listed(self.domain, self.certifier_id)


def crl_columns(*, with_certifier: bool) -> tuple[Column, ...]:
    """Return the columns."""
    return (
        *((Column(_("Certifier"), attrgetter("certifier"), 160),) if with_certifier else ()),
        Column(_("CRL number"), attrgetter("title"), 130, attrgetter("number")),
        Column(_("State"), attrgetter("sentence"), 210, attrgetter("next_update"), attrgetter("badge")),
        Column(_("Kind"), attrgetter("kind"), 110),
        Column(_("This update"), attrgetter("this"), 130),
        Column(_("Next update"), attrgetter("next"), 130),
        Column(_("Revoked certificates"), attrgetter("count"), 130, attrgetter("entries")),
        Column(_("Size"), attrgetter("size"), 90, attrgetter("octets")),
        Column(_("In the Directory"), attrgetter("pushed"), 130),
    )
