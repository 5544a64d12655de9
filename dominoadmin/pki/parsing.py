"""What goes wrong when bytes from outside are parsed."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType

PARSING_FAILURES: Final = (
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    NotImplementedError,
    UnsupportedAlgorithm,
    DuplicateExtension,
    InvalidVersion,
    UnsupportedGeneralNameType,
)
"""Every exception that cryptography was seen to raise on hostile DER; most of them do not derive from ValueError.

Names, keys and extensions are parsed when they are first looked at, so look at them where these are caught.
"""
