"""What a certifier's key is protected by: the words that the store keeps and every room compares (fact sheet 2.2.2)."""

from __future__ import annotations

from typing import Final

SERVER_ID, PASSWORD, LOCKING_ID = "server-id", "server-id-and-password", "locking-id"
PROTECTIONS: Final = (SERVER_ID, PASSWORD, LOCKING_ID)
