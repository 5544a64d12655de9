"""Imports what the commands open, behind the window: the first opening of a dialog then need not wait for it."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from dominoadmin.services.progress import Progress

_OPENED: Final = (
    "views.directory",
    "views.administration_requests",
    "views.certificate_requests",
    "views.issued",
    "views.key_rings",
    "views.mail",
    "views.administration",
    "panels.status",
    "documents.request",
    "documents.certifier",
    "documents.server",
    "dialogs.register_certifier",
    "dialogs.new_database",
    "dialogs.database_configuration",
    "dialogs.create_key_ring",
    "dialogs.certify_key_ring",
    "dialogs.pickup_key_ring",
    "dialogs.install_key_ring",
    "dialogs.approve_requests",
    "dialogs.reject_request",
    "dialogs.cross_certify",
    "dialogs.browser_help",
    "dialogs.live_check",
    "dialogs.preferences",
)


def preload(progress: Progress) -> None:
    """Import the modules one by one; a cancelled job stops between two of them."""
    for name in _OPENED:
        progress.step("")
        import_module(f"dominoadmin.gui.{name}")
