"""The encoding of a certification request: finds the one request in a file, or identifies what the file is instead.

Reads only labels, first bytes and ASN.1 tags; nothing is parsed, so nothing can be slow.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NoReturn

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.quoting import quoted

LARGEST: Final = 64 * 1024
_AGAIN: Final = _("Create a request, for example with 'openssl req -new', and submit that file.")
_PRIVATE_HINT: Final = _(
    "Never share a private key: submit only the request, and create a new key if anyone else may have seen this file."
)
_BEGIN: Final = re.compile(rb"-----BEGIN ([^\r\n-]{1,60})-----")
_BLOCK: Final = re.compile(rb"-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----([^-]*)-----END \1-----")
_REQUEST_LABELS: Final = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=\s]+")
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_PRIVATE_KEY: Final = _("a private key")
_CERTIFICATE: Final = _("a certificate")
_PKCS7: Final = _("a PKCS #7 file")
_MAGIC: Final = (
    (b"\xff\xd8\xff", _("a JPEG picture")),
    (b"\x89PNG", _("a PNG picture")),
    (b"%PDF", _("a PDF document")),
    (b"PK\x03\x04", _("a ZIP archive or an office document")),
    (b"\xfe\xed\xfe\xed", _("a Java keystore")),
    (b"ssh-", _("an SSH public key")),
)
_LABELS: Final = (
    ("PRIVATE KEY", _PRIVATE_KEY),
    ("PUBLIC KEY", _("a public key")),
    ("CRL", _("a certificate revocation list")),
    ("PKCS7", _PKCS7),
    ("CERTIFICATE", _CERTIFICATE),
)
# The ASN.1 tags inside the outer SEQUENCE, those inside its first element in parentheses.
_SHAPES: Final = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"30\((a0 )?02 30 30 30 30.*\) 30 03", _CERTIFICATE),
        (r"30\((02 )?30 30 1[78].*\) 30 03", _("a certificate revocation list")),
        (r"30\(06.*\) 03", _("a public key")),
        (r"02 02", _("a public key")),
        (r"30\(06.*\) 04", _PRIVATE_KEY),
        (r"02 30 04.*", _PRIVATE_KEY),
        (r"02 04.*", _PRIVATE_KEY),
        (r"02( 02){5,}", _PRIVATE_KEY),
        (r"02 30( 30)?", _("a PKCS #12 file")),
        (r"06 a0", _PKCS7),
    )
)
_MOST_CHILDREN: Final = 12
_SEQUENCE: Final = 0x30
_LONG_FORM: Final = 0x80
_MOST_LENGTH_BYTES: Final = 4


def der(data: bytes) -> bytes:
    """Return the DER of the one certification request that the file holds as PEM, as bare base64 or as DER.

    Raises:
        Refused: the file is too large, is something else, or holds more than one thing.

    """
    if len(data) > LARGEST:
        raise Refused(
            _("The file is larger than {limit} KiB, so it is not a certificate request.", limit=LARGEST // 1024),
            _AGAIN,
        )
    _refuse_text_and_pictures(data)
    if _BEGIN.search(data) and _end(data) != len(data):
        return _checked(_from_pem(data))
    text = data.removeprefix(_UTF8_BOM)
    return _checked(_from_base64(text) if _BASE64.fullmatch(text) else data)


def kind_of(data: bytes) -> str:
    """Return what a file holds that is no certification request, such as "a private key"; empty if that is unknown."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    kinds = [_kind_of_label(label.decode("latin-1")) for label in _BEGIN.findall(data)]
    if _PRIVATE_KEY in kinds:
        return _PRIVATE_KEY
    if kinds or not _end(data):
        return kinds[0] if kinds else ""
    return _kind_of_der(data)


def holds_certificates(kind: str) -> bool:
    """Return whether a file of this kind, as `kind_of` names it, holds certificates."""
    return kind in (_CERTIFICATE, _PKCS7)


def _refuse_text_and_pictures(data: bytes) -> None:
    if not data.strip():
        raise Refused(_("The file is empty."), _AGAIN)
    if not data.strip(b"\0"):
        raise Refused(_("The file contains only zeros."), _AGAIN)
    if _is_utf16(data):
        raise Refused(
            _("The file is UTF-16 text, which is not supported for certificate requests."),
            _("Save it as ASCII or UTF-8."),
        )
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            _refuse(kind)


def _is_utf16(data: bytes) -> bool:
    start = data[:64]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return len(start) > 1 and not (start[1::2].strip(b"\0") and start[::2].strip(b"\0"))


def _from_pem(data: bytes) -> bytes:
    labels = [label.decode("latin-1") for label in _BEGIN.findall(data)]
    requests = [label for label in labels if label in _REQUEST_LABELS]
    others = [_kind_of_label(label) for label in labels if label not in _REQUEST_LABELS]
    if not requests:
        _refuse(_PRIVATE_KEY if _PRIVATE_KEY in others else others[0])
    if _PRIVATE_KEY in others:
        raise Refused(_("The file contains a private key in addition to the request."), _PRIVATE_HINT)
    if others:
        raise Refused(
            _("The file contains {other} in addition to the request.", other=others[0]),
            _("Submit a file that contains only the request."),
        )
    if len(requests) > 1:
        raise Refused(
            _("The file contains {count} certificate requests.", count=len(requests)),
            _("Submit each request in a separate file."),
        )
    block = _BLOCK.search(data)
    if block is None:
        raise Refused(
            _("The request is truncated or damaged: its END line is missing."), _("Copy the complete request again.")
        )
    return _from_base64(block[2])


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise Refused(
            _("The request is truncated or damaged: its base64 text is incomplete."), _("Copy it again.")
        ) from None


def _checked(found: bytes) -> bytes:
    if kind := _kind_of_der(found):
        _refuse(kind)
    end = _end(found)
    if not end:
        raise Refused(_("The file is not a certificate request."), _AGAIN)
    if end > len(found):
        raise Refused(
            _("The request is truncated: {count} of {size} bytes are present.", count=len(found), size=end),
            _("Copy the complete request again."),
        )
    if end < len(found):
        raise Refused(
            _("The request's {size} bytes are followed by other data.", size=end), _("Submit only the request.")
        )
    return found


def _refuse(kind: str) -> NoReturn:
    raise Refused(
        _("The file is {kind}, not a certificate request.", kind=kind),
        _PRIVATE_HINT if kind == _PRIVATE_KEY else _AGAIN,
    )


def _kind_of_label(label: str) -> str:
    for part, kind in _LABELS:
        if part in label:
            return kind
    return _("a PEM block of type {label}", label=quoted(label))


def _kind_of_der(found: bytes) -> str:
    shape = _shape(found)
    return next((kind for pattern, kind in _SHAPES if pattern.fullmatch(shape)), "")


def _shape(found: bytes) -> str:
    """Return the tags as text: `30(02 30 30 a0) 30 03` is a certification request (RFC 2986, 4)."""
    outer = _children(found)
    if not outer:
        return ""
    tags = [f"{content[0]:02x}" for content in outer]
    if outer[0][0] == _SEQUENCE:
        tags[0] += f"({' '.join(f'{content[0]:02x}' for content in _children(outer[0]))})"
    return " ".join(tags)


def _children(element: bytes) -> list[bytes]:
    """Return the elements inside a SEQUENCE, at most a dozen; an empty list if it is malformed."""
    if _end(element) != len(element):
        return []
    rest = element[_header(element) :]
    children: list[bytes] = []
    while rest and len(children) < _MOST_CHILDREN:
        end = _end(rest, tag=rest[0])
        if not end or end > len(rest):
            return []
        children.append(rest[:end])
        rest = rest[end:]
    return children


def _header(element: bytes) -> int:
    return 2 + (element[1] - _LONG_FORM if element[1] > _LONG_FORM else 0)


def _end(element: bytes, tag: int = _SEQUENCE) -> int:
    """Return the end of the DER element, from its own length; 0 if it has no length or another tag."""
    if len(element) <= 1 or element[0] != tag or element[1] == _LONG_FORM:
        return 0
    if element[1] < _LONG_FORM:
        return 2 + element[1]
    header = _header(element)
    if header - 2 > _MOST_LENGTH_BYTES or len(element) < header:
        return 0
    return header + int.from_bytes(element[2:header], "big")
