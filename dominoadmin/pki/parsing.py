"""The exceptions that parsing of bytes from outside can raise."""

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
"""The exceptions that cryptography has been seen to raise on hostile DER; most do not derive from ValueError.

Names, keys and extensions are parsed on first access, so access them where these exceptions are caught.
"""
