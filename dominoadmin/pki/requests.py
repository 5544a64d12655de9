"""The gate for certification requests from outside (PKCS #10, RFC 2986).

cryptography accepts most hostile requests and raises eight kinds of exception on the rest. `intake` returns a request
that follows our rules, or refuses.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, keys, names, request_extensions, request_files, weak_keys
from dominoadmin.pki.extensions import Usages
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.quoting import has_invisible, quoted

_AGAIN: Final = _("Create the request again, for example with 'openssl req -new -utf8 -sha256'.")


@dataclass(frozen=True, kw_only=True)
class CertificationRequest:
    """A request that passed the gate: its contents, and remarks on what is not simply copied from it.

    `usages` are those that it asks for, in the order of the standard; without any, the certifier chooses.
    """

    der: bytes
    subject: DistinguishedName
    general_names: tuple[GeneralName, ...]
    public_key: PublicKey
    key_algorithm: str
    applicant_email: str
    usages: Usages
    remarks: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the DER, as lower-case hex."""
        return hashlib.sha256(self.der).hexdigest()


def intake(data: bytes) -> CertificationRequest:
    """Read a certification request, PEM or DER, under the rules of this authority.

    Nothing is added: a common name that looks like a host name stays a common name.

    Raises:
        Refused: it is something else, malformed, wrongly signed, or asks for something that is never granted. Bad
            input never raises anything else.

    """
    with _refusing(_("contents")):
        der = request_files.der(data)
        with warnings.catch_warnings():
            # cryptography warns about lengths in names; names.check refuses them. Before Python 3.14 two threads may
            # restore each other's filters; then this one message stays ignored, which does no harm.
            warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)
            return _examined(der)


def public_key_of(der: bytes) -> PublicKey:
    """Return the key of a request that has passed the gate before; only its strength is checked again.

    Raises:
        Refused: the bytes hold no usable key, or it is weak.

    """
    with _refusing(_("encoding")):
        csr = x509.load_der_x509_csr(der)
    return _public_key(csr)


def _examined(der: bytes) -> CertificationRequest:
    with _refusing(_("encoding")):
        csr = x509.load_der_x509_csr(der)
    key = _public_key(csr)
    _check_signature(csr, der)
    subject, applicant_email = _subject(csr)
    asked, usages, remarks = _extensions(csr, key)
    if not asked and subject == DistinguishedName():
        raise Refused(_("The request contains no name: its subject and its subject alternate names are empty."), _AGAIN)
    if applicant_email:
        remarks.insert(
            0,
            _(
                "The e-mail address {address} will not be in the subject; add it as a subject alternate name.",
                address=applicant_email,
            ),
        )
    return CertificationRequest(
        der=der,
        subject=subject,
        general_names=asked,
        public_key=key,
        key_algorithm=keys.algorithm_of(key),
        applicant_email=applicant_email,
        usages=usages,
        remarks=tuple(remarks),
    )


def _public_key(csr: x509.CertificateSigningRequest) -> PublicKey:
    with _refusing(_("public key")):
        key = csr.public_key()
    if problem := weak_keys.problem(key):
        raise Refused(problem, _("Create a new key and a new request."))
    assert isinstance(key, PublicKey)
    return key


def _check_signature(csr: x509.CertificateSigningRequest, der: bytes) -> None:
    with _refusing(_("signature")):
        algorithm = csr.signature_hash_algorithm
        # cryptography reports these two like forged ones; the applicant must know which it is.
        if isinstance(algorithm, hashes.SHA1 | hashes.MD5):
            name = "SHA-1" if isinstance(algorithm, hashes.SHA1) else "MD5"
            raise Refused(_("The request is signed with {name}, which can be forged.", name=name), _AGAIN)
        # A signature is whole bytes; cryptography ignores the BIT STRING's count of unused bits, which is not signed.
        unused_bits = der[-len(csr.signature) - 1]
        if unused_bits or not csr.is_signature_valid:
            raise Refused(
                _("The request's signature is invalid: the request was altered, or signed with a different key."),
                _AGAIN,
            )


def _subject(csr: x509.CertificateSigningRequest) -> tuple[DistinguishedName, str]:
    with _refusing(_("subject")):
        rdns = [list(rdn) for rdn in csr.subject.rdns]
    if any(len(rdn) > 1 for rdn in rdns):
        raise Refused(_("The subject combines several attributes in one part of the name (CN+OU)."), _AGAIN)
    attributes = [attribute for rdn in rdns for attribute in rdn]
    for attribute in attributes:
        _check_attribute(attribute)
    rest = [attribute for attribute in attributes if attribute.oid != NameOID.EMAIL_ADDRESS]
    subject = names.from_x509(x509.Name(rest))
    subject.check()
    return subject, _applicant_email([attribute for attribute in attributes if attribute.oid == NameOID.EMAIL_ADDRESS])


def _check_attribute(attribute: x509.NameAttribute[str | bytes]) -> None:
    label = attribute.rfc4514_attribute_name
    value = attribute.value
    if not isinstance(value, str) or not value.strip():
        raise Refused(_("The subject's {label} is empty or not text.", label=label), _AGAIN)
    if has_invisible(value):
        raise Refused(
            _(
                "The subject's {label} {value} contains an invisible or control character.",
                label=label,
                value=quoted(value),
            ),
            _AGAIN,
        )
    # The upper case of 'ß' is 'SS', which would be a country.
    if attribute.oid == NameOID.COUNTRY_NAME and not value.isascii():
        raise Refused(_("Country Code must be two letters, such as US; {text} is not.", text=quoted(value)), _AGAIN)


def _applicant_email(attributes: list[x509.NameAttribute[str | bytes]]) -> str:
    if len(attributes) > 1:
        raise Refused(_("The subject contains more than one e-mail address."), _AGAIN)
    return general_names.email(str(attributes[0].value)) if attributes else ""


def _extensions(
    csr: x509.CertificateSigningRequest, key: PublicKey
) -> tuple[tuple[GeneralName, ...], Usages, list[str]]:
    with _refusing(_("attributes")):
        remarks = request_extensions.attribute_remarks(csr.attributes)
    with _refusing(_("extensions")):
        extensions = csr.extensions
    remarks += request_extensions.remarks(extensions, key)
    return request_extensions.names(extensions), request_extensions.asked_usages(extensions), remarks


@contextmanager
def _refusing(part: str) -> Iterator[None]:
    """Turn any exception that a hostile request causes in a parser into one refusal that names the part."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Exception as problem:
        raise Refused(
            _("The request's {part} cannot be read: {reason}.", part=part, reason=_reason(problem)), _AGAIN
        ) from problem
    except BaseException as problem:
        # A panic of cryptography's Rust code derives from BaseException, and its class cannot be imported.
        if type(problem).__name__ != "PanicException":
            raise
        raise Refused(_("The request's {part} cannot be parsed.", part=part), _AGAIN) from problem


def _reason(problem: Exception) -> str:
    match problem:
        case x509.InvalidVersion():
            return _("PKCS #10 has only version 1")
        case x509.DuplicateExtension():
            return _("it contains the extension {oid} twice", oid=problem.oid.dotted_string)
        case x509.UnsupportedGeneralNameType():
            return _("it contains an x400Address or ediPartyName, which are not supported")
        case UnsupportedAlgorithm():
            return _("the algorithm is not supported ({reason})", reason=_first_sentence(problem))
        case ValueError():
            return _value_reason(problem)
        case _:
            return _("it is malformed")


def _value_reason(problem: ValueError) -> str:
    # The ASN.1 parser's messages are for programmers ("ParseError { kind: … }"); the rest of cryptography's for users.
    if "ParseError" not in str(problem):
        return _("its public exponent is not 65537") if str(problem).startswith("e must") else _first_sentence(problem)
    if "InvalidValue" in str(problem):
        return _("it contains text with characters that its ASN.1 type does not allow, or a malformed number")
    return _("it is malformed")


def _first_sentence(problem: Exception) -> str:
    return str(problem).partition(". ")[0].rstrip(".").encode("ascii", "backslashreplace").decode("ascii")[:120]
