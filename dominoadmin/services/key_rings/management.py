"""Domino Key Ring Management: all operations on key rings, in the order of the technote.

Create Key Ring (14-16), merge the trusted root and submit the request (17-18) or Certify Key Ring later, Pickup Key
Ring Certificate (24-26), install (27), and `open_installed`, which the HTTP task calls. The files are described in
docs/key-rings.md.
"""

from __future__ import annotations

from dominoadmin.services.key_rings.access import KeyRingAccess
from dominoadmin.services.key_rings.certifying import (
    ROOT_RECEIVED,
    SUBMITTED,
    RootConfirmation,
    certify,
    merge_trusted_root,
    submit_request,
    trusted_root_of,
)
from dominoadmin.services.key_rings.creating import CREATED, Created, create
from dominoadmin.services.key_rings.editing import (
    KeyRingView,
    change_password,
    delete,
    label_trusted_root,
    remove_trusted_root,
    show,
)
from dominoadmin.services.key_rings.exporting import FORMATS, Exported, ExportRequest, export
from dominoadmin.services.key_rings.form import KeyRingRequest
from dominoadmin.services.key_rings.installing import Installation, Installed, install, open_installed
from dominoadmin.services.key_rings.picking_up import RECEIVED, SignedConfirmation, pickup, pickup_preview

__all__ = [
    "CREATED",
    "FORMATS",
    "RECEIVED",
    "ROOT_RECEIVED",
    "SUBMITTED",
    "Created",
    "ExportRequest",
    "Exported",
    "Installation",
    "Installed",
    "KeyRingAccess",
    "KeyRingRequest",
    "KeyRingView",
    "RootConfirmation",
    "SignedConfirmation",
    "certify",
    "change_password",
    "create",
    "delete",
    "export",
    "install",
    "label_trusted_root",
    "merge_trusted_root",
    "open_installed",
    "pickup",
    "pickup_preview",
    "remove_trusted_root",
    "show",
    "submit_request",
    "trusted_root_of",
]
