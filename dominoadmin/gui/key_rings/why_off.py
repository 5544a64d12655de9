"""Why acts on key rings and their certificates are off: a sentence for the selected rows, empty if they are on."""

from __future__ import annotations

from dominoadmin.gui.frame.tables.view import Row
from dominoadmin.i18n import text as _
from dominoadmin.services.states import KeyRingState
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.listing import ListedRing, RingCertificate

# The base class calls every action whenever the selection changes, so the rows may be the other view's.


def one_ring(rows: list[Row]) -> str:
    """One key ring must be selected."""
    match rows:
        case [ListedRing()]:
            return ""
        case _:
            return _("Select one key ring.")


def certified_ring(rows: list[Row]) -> str:
    """One key ring with a signed certificate must be selected."""
    match rows:
        case [ListedRing(state=state)] if state not in (KeyRingState.CERTIFIED, KeyRingState.EXPIRED):
            return _("The key ring has no signed certificate yet. Pick it up first.")
        case _:
            return one_ring(rows)


def shown(rows: list[Row]) -> str:
    """One signed certificate must be selected."""
    match rows:
        case [RingCertificate(certificate=None)]:
            return _("The server certificate is not signed yet: certify the key ring, then pick the certificate up.")
        case [RingCertificate()]:
            return ""
        case _:
            return _("Select one certificate.")


def designated(rows: list[Row]) -> str:
    """One certificate of a path must be selected, to become a trusted root."""
    match rows:
        case [RingCertificate(kind=key_ring_listing.ROOT)]:
            return _("The certificate is already a trusted root.")
        case [RingCertificate(kind=key_ring_listing.INTERMEDIATE)]:
            return ""
        case [RingCertificate()]:
            return _("A server certificate cannot be a trusted root.")
        case _:
            return _("Select one certificate.")


def one_root(rows: list[Row]) -> str:
    """One trusted root must be selected."""
    match rows:
        case [RingCertificate(kind=key_ring_listing.ROOT)]:
            return ""
        case [RingCertificate()]:
            return _("The key ring's own certification path cannot be changed.")
        case _:
            return _("Select one certificate.")
