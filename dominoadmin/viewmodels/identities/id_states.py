"""The state of a person's ID in words, and what will stop working when it is revoked or renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from dominoadmin.errors import Error
from dominoadmin.i18n import text as _
from dominoadmin.pki import identities, names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import administrators, renewing
from dominoadmin.services.identities.renewing import RenewedId
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


def server_reasons() -> list[tuple[str, str]]:
    """Return the reasons for renewing the server's ID: only a compromise of its key makes a difference."""
    return [
        (Reason.SUPERSEDED, _("Rou&tine renewal")),
        (Reason.KEY_COMPROMISE, _("&Key compromise")),
    ]


def renewing_server(domain: Domain, server: str, reason: str) -> Iterator[str]:
    """Yield what a new ID of the server changes."""
    yield _(
        "The server gets a new ID file. The present ID can no longer be used from then on; what it has signed until "
        "now stays valid."
    )
    if reason != Reason.KEY_COMPROMISE:
        yield _("Certifiers and key rings that the present ID opens are opened by the new one, too.")
        return
    yield _("Choose this if someone else has the ID and its password, or may have them.")
    if sealed := renewing.sealed(domain, server):
        text = _(
            "The keys of these certifiers remain encrypted with the present ID until you reseal them: {certifiers}. "
            "Anyone who has that ID, its password and a copy of the store has these keys: replace the certifiers."
        )
        yield text.format(certifiers=", ".join(map(certifier_label, sealed)))
    yield _("Key rings of the server need their passwords once more.")


def resealing(done: RenewedId, old_file: str) -> Iterator[str]:
    """Yield what has to be done after the server's ID was renewed since its key is compromised."""
    for each in done.locked:
        text = _("Reseal the key of {certifier} with Change Protection. Its present ID is {file}.")
        yield text.format(certifier=certifier_label(each), file=old_file)


def _locked(domain: Domain, name: str) -> Iterator[str]:
    for each in renewing.locked(domain, name):
        yield _("Only this ID opens the key of {certifier}. Use Change Protection with it before you renew it.").format(
            certifier=certifier_label(each)
        )
