"""The lint: checks a certificate against RFC 5280 and related standards before a certifier's key signs it.

The issuance cycle (docs/issuance.md) lints the certificate before it is signed, with zeros in place of the
signature, so no rule reads that. Each rule is one function with one citation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from dominoadmin.i18n import marked as _
from dominoadmin.pki.lint import alternative_names, extensions, fields, identifiers, keys, names
from dominoadmin.pki.lint.facts import Facts, Rule, read

RULES: Final[tuple[Rule, ...]] = (
    *fields.RULES,
    *names.RULES,
    *keys.RULES,
    *extensions.RULES,
    *identifiers.RULES,
    *alternative_names.RULES,
)

_UNREADABLE: Final = (
    ValueError,
    TypeError,
    IndexError,
    UnsupportedAlgorithm,
    x509.UnsupportedGeneralNameType,
    UserWarning,  # cryptography's warnings about odd names, where warnings are errors
)


def problems(certificate: x509.Certificate, issuer: x509.Certificate | None) -> list[str]:
    """Return one sentence for each rule that the certificate breaks.

    `issuer` is None for a self-signed root, which is then compared with itself. The signature's value is
    never read. A malformed certificate does not raise: that is a problem like any other.
    """
    try:
        own = read(certificate)
        facts = Facts(own, _read_issuer(issuer) if issuer else own)
        return [problem for rule in RULES for problem in rule(facts)]
    except x509.DuplicateExtension as duplicate:  # RFC 5280, 4.2: not more than one instance of an extension
        return [_("The extension {oid} appears more than once.", oid=duplicate.oid.dotted_string)]
    except _UNREADABLE as reason:
        return [
            _("The certificate cannot be read back: {reason}.", reason=str(reason).rstrip(".") or type(reason).__name__)
        ]


# An issuer is read once for all certificates it issues. A certificate's hash and equality are those of its bytes.
_read_issuer = lru_cache(maxsize=16)(read)
