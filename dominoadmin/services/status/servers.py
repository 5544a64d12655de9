"""What concerns the server: who runs it, its certificate for browsers, and the IDs that work there."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.directory import leasing
from dominoadmin.services.directory.server_entries import ENABLED, ServerEntry
from dominoadmin.services.domain import Domain
from dominoadmin.services.status import concerns
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.services.web.live_check import LiveCheck
from dominoadmin.store import directory, issued, revocations
from dominoadmin.store import key_rings as files
from dominoadmin.store.database import Connection
from dominoadmin.store.records import IssuedRecord

_SOON: Final = timedelta(days=30)
_CERTIFY_AGAIN: Final = _("Request another certificate for its key ring, pick it up and install it.")


def running(domain: Domain, server: ServerEntry) -> Iterator[Concern]:
    """Yield that no process runs the server, if none does."""
    if leasing.holder(domain, server.name) is None:
        yield Concern(
            matter=Matter.SERVER,
            level=Level.ATTENTION,
            text=_("{server} is not running.", server=names.abbreviated(server.name)),
            remedy=_("Start it: without it nothing is issued or published, and no page is served."),
        )


def certificate(domain: Domain, db: Connection, server: ServerEntry, now: datetime) -> Iterator[Concern]:
    """Yield what is wrong with the certificate that the server shows to browsers, by the files it uses."""
    if server.web.ssl_port_status != ENABLED or not server.ssl_key_file:
        return
    folder = domain.directory.server(names.common_name(server.name))
    try:
        key = files.read_stash(folder / server.ssl_key_file).key
    except Error as error:
        yield concerns.of_error(Matter.SERVER_CERTIFICATE, error)
        return
    if found := max(issued.of_key(db, key), key=_end, default=None):  # None: another authority has issued it
        yield from _certificate(db, server, found, now)


def _certificate(db: Connection, server: ServerEntry, found: IssuedRecord, now: datetime) -> Iterator[Concern]:
    values = {"server": names.abbreviated(server.name), "date": f"{found.not_after:%Y-%m-%d}"}
    revocation = revocations.find(db, found.certifier_id, found.serial_hex)
    level, text = Level.TROUBLE, None
    if revocation and not revocation.released_at:
        text = _("The certificate that {server} shows to browsers is revoked.", **values)
    elif found.not_after <= now:
        text = _("The certificate that {server} shows to browsers expired on {date}.", **values)
    elif found.not_after - now <= _SOON:
        level = Level.ATTENTION
        text = _("The certificate that {server} shows to browsers expires on {date}.", **values)
    if text:
        yield Concern(
            matter=Matter.SERVER_CERTIFICATE,
            level=level,
            text=text,
            remedy=_CERTIFY_AGAIN,
            certifier_id=found.certifier_id,
        )


def _end(found: IssuedRecord) -> datetime:
    return found.not_after


def ids(db: Connection, owners: Iterator[str], now: datetime) -> Iterator[Concern]:
    """Yield which IDs of these people, servers and certifiers end soon, or have ended."""
    for name in dict.fromkeys(owners):
        entry = directory.find(db, name)
        if entry is None or not entry.chain:
            continue
        try:
            end = x509.load_der_x509_certificate(base64.b64decode(entry.chain[0])).not_valid_after_utc
        except (ValueError, *PARSING_FAILURES):
            text = _("The ID certificate of {name} cannot be read.", name=names.abbreviated(name))
            yield Concern(matter=Matter.IDS, level=Level.TROUBLE, text=text, remedy=_CHECK)
            continue
        values = {"name": names.abbreviated(name), "date": f"{end:%Y-%m-%d}"}
        if end <= now:
            text = _("The ID of {name} expired on {date}.", **values)
            yield Concern(matter=Matter.IDS, level=Level.TROUBLE, text=text, remedy=_RENEW)
        elif end - now <= _SOON:
            text = _("The ID of {name} expires on {date}.", **values)
            yield Concern(matter=Matter.IDS, level=Level.ATTENTION, text=text, remedy=_RENEW)


_CHECK: Final = _("Run 'dominoadmin store check'.")
_RENEW: Final = _("Renew the ID with the organization's certifier.")


def live(found: LiveCheck) -> Iterator[Concern]:
    """Yield what a browser would see that opens a page of the server, unless that is secure."""
    if not found.is_secure:
        yield Concern(matter=Matter.SERVER, level=Level.TROUBLE, text=found.problem, remedy=found.hint)
