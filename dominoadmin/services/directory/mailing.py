"""Memos in the mail files of the store, and their delivery through an SMTP relay if one is configured."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from dominoadmin.errors import Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.services.audit import committed
from dominoadmin.services.directory import server_entries
from dominoadmin.services.directory.server_entries import ENABLED, Relay, ServerEntry
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.states import RelayState, RequestState
from dominoadmin.store import directory, mail
from dominoadmin.store.database import Connection
from dominoadmin.store.kinds import FACTS
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import MailRecord, RequestRecord

# The technote's words (step 23).
APPROVED_SUBJECT: Final = _("Your certificate request has been approved.")
REJECTED_SUBJECT: Final = _("Your certificate request has been rejected.")
_PICKUP_ID: Final = re.compile(r"^(?:Request ID \(pickup ID\)|Pickup ID): ([0-9A-F-]+)$", re.MULTILINE)
"""Memos of earlier versions call it "Pickup ID"."""
_ATTEMPTS: Final = 12
_TIMEOUT: Final = 10.0
_LONGEST_WAIT: Final = timedelta(hours=4)
_LONGEST_OUTAGE_WAIT: Final = timedelta(minutes=15)
_LONGEST_PROBLEM: Final = 500
_GOING_DOWN: Final = 421  # RFC 5321, 4.2.3: the relay closes the connection, in reply to any command
# These concern one memo; everything else concerns the relay, also the sender, who is part of its configuration.
_REFUSALS: Final = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)


def confirm(db: Connection, domain: Domain, request: RequestRecord, state: str, reason: str) -> None:
    """Add the confirmation to the applicant's mail file, inside the transaction that pulls the request.

    The caller compares what it goes by: `rows`.
    """
    issued = state == RequestState.ISSUED
    if issued:
        body = (
            f"Your request for {request.subject} has been approved and the certificate has been issued.\n\n"
            f"Request ID (pickup ID): {request.pickup_id}\n\n"
            f"{_pickup_hint(db, request)}\n"
        )
    else:
        body = f"Your request for {request.subject} has been rejected.\n\nReason: {reason}\n"
    recipient = _recipient(db, request)
    state = RelayState.QUEUED if "@" in _address(db, recipient) and relay(db) else RelayState.LOCAL
    now = domain.now()
    memo = MailRecord(
        id=0,
        recipient=recipient,
        subject=APPROVED_SUBJECT if issued else REJECTED_SUBJECT,
        body=body,
        created_at=now,
        relay_state=state,
        attempts=0,
        next_attempt_at=now,
        problem="",
    )
    mail.add(db, memo)


def rows(db: Connection, request: RequestRecord) -> Iterator[Object]:
    """Yield what a confirmation goes by besides the request: its caller compares that with the audit log."""
    yield from (Object("domain", each) for each in FACTS)
    yield Object("directory", directory.fact(db, "server"))
    if name := _person(db, _recipient(db, request)):
        yield Object("directory", name)


def _pickup_hint(db: Connection, request: RequestRecord) -> str:
    if request.key_ring:
        return _(
            "Key ring {key_ring}: choose Domino Key Ring Management, Pickup Key Ring Certificate.",
            key_ring=request.key_ring,
        )
    server = _server(db)
    address = _web_address(server) if server else "http://the server"
    return _(
        "Pick it up at {address}/{database} with the Request ID (pickup ID).",
        address=address,
        database=request.database,
    )


def _server(db: Connection) -> ServerEntry | None:
    entry = directory.find(db, directory.fact(db, "server"))
    return server_entries.parse(entry) if entry else None


def _web_address(server: ServerEntry) -> str:
    """Return the address of the web server according to its document: with TLS if enabled."""
    web = server.web
    secure = web.ssl_port_status == ENABLED
    scheme, port, usual = ("https", web.ssl_port, 443) if secure else ("http", web.tcp_port, 80)
    return f"{scheme}://{server.host_name}" + ("" if port in (usual, 0) else f":{port}")


def _recipient(db: Connection, request: RequestRecord) -> str:
    """Return the owner of the mail file: the applicant, or the administrator if none is named."""
    return request.applicant or names.abbreviated(directory.fact(db, "administrator") or directory.fact(db, "server"))


def _address(db: Connection, recipient: str) -> str:
    if "@" in recipient:
        return recipient
    entry = directory.find(db, _person(db, recipient))
    return entry.text("mail_address") if entry else ""


def _person(db: Connection, recipient: str) -> str:
    """Return the canonical name of a memo's recipient, or an empty string for an address."""
    if "@" in recipient:
        return ""
    try:
        return names.in_organization(recipient, directory.fact(db, "organization"))
    except Refused:  # an invalid name in the store must not stop the pull
        return ""


def relay(db: Connection) -> Relay | None:
    """Return the configured relay, if any."""
    server = _server(db)
    return server.relay if server else None


@dataclass(frozen=True)
class _Failure:
    """Why a memo was not sent. `is_ours`: it is not the memo's fault, so that the attempt does not count."""

    problem: str
    is_ours: bool


def deliver_due(domain: Domain, server: Actor, context: ssl.SSLContext | None = None) -> list[MailRecord]:
    """Offer queued memos to the relay; a relay that is down delays only mail. Return the results.

    If the relay is down for the first memo, all others are delayed too: each would wait for its own time limit, and
    the other server tasks with it. The time that the relay is down does not count against any memo. A memo to a person
    whose document was altered waits.

    Raises:
        Tampered: the Server document, which names the relay, is not the one that was signed; nothing was sent.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        configured = relay(db)
        due = mail.due(db, now, now + _LONGEST_OUTAGE_WAIT) if configured else []
        if due:
            committed.check_domain(db, server.verifier(), directory.fact(db, "server"))
        addressed = [(memo, *_checked_address(db, server, memo)) for memo in due if _is_due(memo, now)]
    if configured is None or not addressed:
        return []
    tried: list[MailRecord] = []
    down: _Failure | None = None
    for memo, address, altered in addressed:
        failure = altered or down or _failure_sending(configured, memo, address, context)
        down = failure if failure and failure.is_ours and not altered else down
        tried.append(_after_attempt(domain, memo, failure))
    with domain.store.transaction() as db:
        for memo in tried:
            mail.update(db, memo)
    return tried


def _checked_address(db: Connection, server: Actor, memo: MailRecord) -> tuple[str, _Failure | None]:
    """Return the address of a memo's recipient, or why it must not be used."""
    name = _person(db, memo.recipient)
    try:
        committed.check_same(db, server.verifier(), [Object("directory", name)] if name else [])
    except Tampered as error:
        return "", _Failure(str(error), is_ours=True)
    return _address(db, memo.recipient), None


def _is_due(memo: MailRecord, now: datetime) -> bool:
    """Return whether a memo's next attempt is due, or later than it can be: the clock was ahead when it was set."""
    longest = max(_wait(memo.attempts), _LONGEST_OUTAGE_WAIT)
    return memo.next_attempt_at <= now or memo.next_attempt_at > now + longest


def _wait(attempts: int) -> timedelta:
    return min(timedelta(minutes=2**attempts), _LONGEST_WAIT)


def _failure_sending(
    configured: Relay, memo: MailRecord, address: str, context: ssl.SSLContext | None
) -> _Failure | None:
    """Send a memo; return why it failed, if it did."""
    where = f"{configured.host}:{configured.port}"
    try:
        _send(configured, _message(configured, memo, address), context)
    except (*_REFUSALS, ValueError) as error:  # ValueError: an address that is not allowed in a header
        if _is_going_down(error):
            return _down(where, error)
        problem = _("{where} does not accept it: {problem}", where=where, problem=str(error))
        return _Failure(problem[:_LONGEST_PROBLEM], is_ours=False)
    except OSError as error:
        return _down(where, error)
    return None


def _down(where: str, error: Exception) -> _Failure:
    problem = _("The relay is not available: {where}: {problem}", where=where, problem=str(error))
    return _Failure(problem[:_LONGEST_PROBLEM], is_ours=True)


def _is_going_down(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == _GOING_DOWN for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code == _GOING_DOWN


def _after_attempt(domain: Domain, memo: MailRecord, failure: _Failure | None) -> MailRecord:
    problem = failure.problem if failure else ""
    if failure and failure.is_ours:
        age = domain.now() - memo.created_at
        wait = max(timedelta(minutes=1), min(age, _LONGEST_OUTAGE_WAIT))
        return replace(memo, next_attempt_at=domain.now() + wait, problem=problem)
    attempts = memo.attempts + 1
    if not problem:
        return replace(memo, relay_state=RelayState.SENT, attempts=attempts, problem="")
    wait = _wait(attempts)
    state = RelayState.FAILED if attempts >= _ATTEMPTS else RelayState.QUEUED
    return replace(memo, relay_state=state, attempts=attempts, next_attempt_at=domain.now() + wait, problem=problem)


def _message(configured: Relay, memo: MailRecord, address: str) -> EmailMessage:
    """Return a memo as it is sent.

    Raises:
        ValueError: its texts are not allowed in a message. Python's parser of addresses fails in many ways.

    """
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = configured.sender, address, memo.subject
        message["Date"] = format_datetime(memo.created_at)
        message.set_content(memo.body)
        message.as_bytes()
    except Exception as error:
        raise ValueError(str(error)) from error
    return message


def _send(configured: Relay, message: EmailMessage, context: ssl.SSLContext | None) -> None:
    with smtplib.SMTP(configured.host, configured.port, timeout=_TIMEOUT) as connection:
        if configured.starttls:
            connection.starttls(context=context or ssl.create_default_context())
        try:
            connection.send_message(message)
        except smtplib.SMTPNotSupportedError as error:  # an address that only some relays take (RFC 6531)
            raise ValueError(str(error)) from None


def pickup_id(memo: MailRecord) -> str:
    """Return the pickup ID in a confirmation, or an empty string."""
    found = _PICKUP_ID.search(memo.body)
    return found[1] if found else ""


def mail_file(domain: Domain, person: str) -> list[MailRecord]:
    """Return the memos to a person, sent to the name or to the person's mail address."""
    with domain.store.snapshot() as db:
        recipients = {names.abbreviated(person), _address(db, names.abbreviated(person))} - {""}
        found = [memo for recipient in recipients for memo in mail.all_of(db, recipient)]
    return sorted(found, key=lambda memo: memo.id)


def memos(domain: Domain, recipient: str = "") -> list[MailRecord]:
    """Return the memos of one mail file, or of all."""
    with domain.store.snapshot() as db:
        return mail.all_of(db, recipient)
