"""The state of a person's ID in words, and what will stop working when it is revoked or renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from dominoadmin.errors import Error
from dominoadmin.i18n import text as _
from dominoadmin.pki import identities, names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import administrators, renewing
from dominoadmin.store.former_ids import FormerId
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.words import certifier_label, reason_label, reasons


def id_state(chain: tuple[bytes, ...], former: Mapping[str, FormerId], now: datetime) -> tuple[Badge, str]:
    """Return the badge and the sentence of an ID by its certificates; `former`: those that are no longer current."""
    if chain and (known := former.get(identities.fingerprint(chain[0]))):
        date = f"{known.at.astimezone():%Y-%m-%d}"
        text = _("Revoked since {date} ({reason})").format(date=date, reason=reason_label(known.reason))
        return Badge.BAD, text
    try:
        return viewing.validity(viewing.load(chain[0]), now) if chain else (Badge.BAD, _("None"))
    except (Error, *PARSING_FAILURES):
        return Badge.BAD, _("Cannot be read")


def chosen_reasons() -> list[tuple[str, str]]:
    """Return the reasons for revoking an ID, with their labels."""
    return [(value, label) for value, label, _meaning in reasons() if value in renewing.REASONS]


def revoking(domain: Domain, name: str) -> Iterator[str]:
    """Yield what will stop working when the ID of this person is revoked."""
    yield _(
        "Nobody can log in, sign or open anything with this ID any more, whoever has the file and its password. What "
        "it has signed until now stays valid."
    )
    yield _("Requests that were approved with it and are not issued yet have to be decided again.")
    yield from _locked(domain, name)
    if administrators.administrators(domain) == (name,):
        text = _("{name} is the only administrator: without a new ID nobody can change the directory and databases.")
        yield text.format(name=names.abbreviated(name))
    yield _("This cannot be undone. Renew ID gives the person a new ID with the same roles.")


def _locked(domain: Domain, name: str) -> Iterator[str]:
    for each in renewing.locked(domain, name):
        yield _("Only this ID opens the key of {certifier}. Use Change Protection with it before you renew it.").format(
            certifier=certifier_label(each)
        )
