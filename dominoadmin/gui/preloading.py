"""Imports the modules of all commands in the background, so that dialogs open quickly the first time."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from dominoadmin.services.progress import Progress

_OPENED: Final = (
    "directory.view",
    "requests.administration_requests",
    "requests.certificate_requests",
    "issuance.view",
    "key_rings.view",
    "directory.mail",
    "administration",
    "console.status",
    "requests.document",
    "certifiers.document",
    "directory.server_document",
    "certifiers.register",
    "requests.new_database",
    "requests.database_configuration",
    "key_rings.create",
    "key_rings.certify",
    "key_rings.pickup",
    "key_rings.install",
    "requests.approve",
    "requests.reject",
    "cross_certificates.cross_certify",
    "web.browser_help",
    "web.live_check",
    "identities.preferences",
)


def preload(progress: Progress) -> None:
    """Import the modules one by one; a cancelled job stops between two of them."""
    for name in _OPENED:
        progress.step("")
        import_module(f"dominoadmin.gui.{name}")
