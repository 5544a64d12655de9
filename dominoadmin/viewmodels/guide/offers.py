"""What the Quick Guide offers once nothing is left to do: each offer has a function, and is gone once it is used."""

from __future__ import annotations

from dataclasses import dataclass

from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying

KEEP_RUNNING = "keep-running"


@dataclass(frozen=True)
class Offer:
    """A button: its text, why one would press it, and its command."""

    text: str
    because: str
    command: str


def offers(domain: Domain, *, may_keep_running: bool) -> list[Offer]:
    """Return the offers. `may_keep_running`: the window can let the server run on, and does not do so yet.

    Raises:
        Error: the store cannot be read.

    """
    found = [
        Offer(
            _("Trust in Browsers…"),
            _("Save the certifier's root certificate, and install it on each computer."),
            "browser-help",
        )
    ]
    if may_keep_running:
        text = _("Web pages, OCSP and CRLs can then be reached after this window is closed.")
        found.append(Offer(_("Keep the Server Running"), text, KEEP_RUNNING))
    if len(identifying.people(domain)) == 1:
        text = _("If your ID or its password is lost, somebody else can still act for the domain.")
        found.append(Offer(_("Register a Second Administrator…"), text, "register-person"))
    return found
