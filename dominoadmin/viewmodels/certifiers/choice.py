"""The choices of the dialog "Choose a Certifier": a certifier ID, or an Internet certifier's CA process."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from dominoadmin.errors import Error, NotFound, Tampered
from dominoadmin.i18n import marked
from dominoadmin.pki import keys, names
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates import issuing as cross_issuing
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import CERT_ID
from dominoadmin.store import certifiers
from dominoadmin.viewmodels.words import NO_CA_CERTIFIERS


# Domino's words: ERR_REG_NO_CACERTS_AVAILABLE.
@dataclass(frozen=True)
class CertifierChoice:
    """The chosen signer. `file` is a certifier ID's; without one, `name` is an Internet certifier's."""

    name: str
    certificate: x509.Certificate
    file: Path | None = None

    @property
    def shown(self) -> str:
        """The name in Domino's abbreviated form, `/MyCompany` for an organization's certifier."""
        name = cross_certifying.shown_name(self.certificate.subject)
        return f"/{name}" if self.file else name

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the certifier's key."""
        key = self.certificate.public_key()
        assert isinstance(key, keys.PublicKey)  # certifiers have no weak or unknown kinds of key
        return keys.fingerprint(key)


def with_id(domain: Domain, actor: Actor, path: Path) -> CertifierChoice:
    """Return the certifier of an ID file ("Supply certifier ID and password"); its password is not needed yet.

    Raises:
        NotFound, Error, Damaged: the file cannot be read as an ID.
        Refused: it is not a certifier's ID, or is another organization's.

    """
    found = identifying.describe_id(domain, path)
    cross_issuing.check_certifier(found, actor.anchor)
    return CertifierChoice(names.abbreviated(found.name), found.chain[0], path)


def by_default(domain: Domain, actor: Actor) -> CertifierChoice | None:
    """Return the organization's certifier if its ID is in the data directory; some keep it in a safe."""
    with contextlib.suppress(Error):
        return with_id(domain, actor, domain.directory.file(CERT_ID))
    return None


def with_ca_process(
    domain: Domain, actor: Actor, server: str = "", known: dict[int, Certifier] | None = None
) -> list[CertifierChoice]:
    """Return the enabled Internet certifiers of one server, or of all ("Use the CA Process").

    `known` caches the certifiers, by their numbers, that were verified since a dialog was opened.

    Raises:
        NotFound: there is none.

    """
    found = []
    known = {} if known is None else known
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db, server):
            with contextlib.suppress(Tampered):  # the CA process refuses it too
                before = known.get(record.id)
                certifier = configuring.verified(db, record, actor.verifier(), domain.now(), before)
                known[record.id] = certifier
                if certifier.configuration.enabled:
                    found.append(CertifierChoice(record.name, certifier.issuer.certificate))
    if not found:
        raise NotFound(NO_CA_CERTIFIERS, marked("Register an Internet certifier, or supply a certifier ID."))
    return found
