"""Memos in mail files, and through a relay that is up, down, slow, or untrusted."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dominoadmin.services.directory import mailing, server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.directory.server_entries import Relay
from dominoadmin.services.identities import identifying
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import submitting
from tests import builders, specimens

SENDER = "ca@example.com"


@dataclass
class Postman:
    """A handler of aiosmtpd that keeps its messages."""

    refused: str = "nobody@example.com"
    mails: list = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address == self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail, session.ssl is not None))
        return "250 OK"


class Listening(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def relay(postman: Postman, **options):
    controller = Listening(postman, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A relay's TLS context with a certificate for localhost, and a client's that trusts its issuer."""
    folder: Path = tmp_path_factory.mktemp("tls")
    draft = specimens.leaf_draft("ec-p256")
    leaf = draft.having(x509.SubjectAlternativeName([x509.DNSName("localhost")])).signed(specimens.key("ec-p256", "root"))
    key = specimens.key("ec-p256", "leaf").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "relay.pem").write_bytes(key + specimens.pem(leaf))
    (folder / "root.pem").write_bytes(specimens.pem(specimens.root()))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "relay.pem")
    return server, ssl.create_default_context(cafile=str(folder / "root.pem"))


def configure(office, port: int, *, starttls: bool = False, host: str = "localhost") -> None:
    wanted = ServerChange(relay=Relay(host, port, starttls, SENDER))
    server_documents.change(office.domain, office.actor(), "", wanted)


def issued(office, *applicants: str) -> None:
    """Requests that were approved, issued and pulled."""
    ids = [builders.approved(office, applicant=applicant) for applicant in applicants]
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), ids)


def states(office) -> list[tuple[str, str, int]]:
    return [(memo.recipient, memo.relay_state, memo.attempts) for memo in mailing.memos(office.domain)]


def test_the_memo_has_the_technotes_words_and_the_pickup_id(office) -> None:
    builders.ready(office)
    issued(office, "Rob Ra")
    (memo,) = mailing.memos(office.domain, "Rob Ra/MyCompany/US")
    assert memo.subject == "Your certificate request has been approved."
    assert f"\nRequest ID (pickup ID): {builders.view(office, 1).pickup_id}\n" in memo.body
    assert "http://server1.example.com/certreq.nsf" in memo.body
    assert (memo.relay_state, memo.created_at) == ("local", office.clock())


def test_a_key_ring_is_told_where_to_pick_up(office) -> None:
    builders.ready(office)
    builders.approved(office, key_ring="keyfile.kyr")
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [1])
    (memo,) = mailing.memos(office.domain)
    assert "Key ring keyfile.kyr: choose Domino Key Ring Management, Pickup Key Ring Certificate." in memo.body
    assert memo.recipient == "Ann Admin/MyCompany/US"  # nobody was named


def test_a_rejection_is_told_with_its_reason_and_without_a_pickup_id(office) -> None:
    builders.ready(office)
    builders.submitted(office, applicant="rob@example.com")
    builders.reject(office.domain, office.ann, [1], "Nobody knows you.")
    submitting.pull(office.domain, office.actor(), [1])
    (memo,) = mailing.memos(office.domain, "rob@example.com")
    assert memo.subject == "Your certificate request has been rejected."
    assert "Reason: Nobody knows you." in memo.body
    assert builders.view(office, 1).request.pickup_id not in memo.body


def test_a_database_that_confirms_nothing_sends_nothing(office) -> None:
    builders.certifier(office)
    builders.database(office, mail_confirmation=False)
    issued(office, "Rob Ra")
    assert mailing.memos(office.domain) == []


def test_a_memo_goes_through_starttls_to_the_relay(office, certificate) -> None:
    builders.ready(office)
    postman, (server, client) = Postman(), certificate
    with relay(postman, tls_context=server, require_starttls=True) as port:
        configure(office, port, starttls=True)
        issued(office, "rob@example.com")
        assert states(office) == [("rob@example.com", "queued", 0)]
        (sent,) = mailing.deliver_due(office.domain, office.actor(), client)
    assert sent.relay_state == "sent"
    ((mail_from, recipients, mail, encrypted),) = postman.mails
    assert (mail_from, recipients, encrypted) == (SENDER, ["rob@example.com"], True)
    assert (mail["Subject"], mail["From"]) == ("Your certificate request has been approved.", SENDER)
    assert f"Request ID (pickup ID): {builders.view(office, 1).pickup_id}" in mail.get_content()
    assert mail["Date"].datetime == office.clock()
    assert mailing.deliver_due(office.domain, office.actor(), client) == []


def test_without_encryption_or_trust_nothing_is_said(office, certificate) -> None:
    builders.ready(office)
    postman, (server, _) = Postman(), certificate
    for options, problem in (({}, "STARTTLS"), ({"tls_context": server}, "CERTIFICATE_VERIFY_FAILED")):
        with relay(postman, **options) as port:
            configure(office, port, starttls=True)
            if not mailing.memos(office.domain):
                issued(office, "rob@example.com")
            office.clock.advance(hours=5)
            (memo,) = mailing.deliver_due(office.domain, office.actor())
        assert (memo.relay_state, problem in memo.problem) == ("queued", True)
    assert postman.mails == []


def test_a_relay_that_is_down_delays_mail_and_not_issuance(office) -> None:
    builders.ready(office)
    configure(office, free_port())
    issued(office, "rob@example.com", "eve@example.com")
    assert len(builders.certificates(office)) == 2
    lines = list(adminp.relay(office.domain, office.actor()))
    assert len(lines) == 2
    assert lines[0].startswith("Mail to rob@example.com is delayed: The relay is not available: localhost:")
    assert [state for _, state, _ in states(office)] == ["queued", "queued"]
    assert mailing.deliver_due(office.domain, office.actor()) == []  # not again immediately
    postman = Postman()
    with relay(postman) as port:
        configure(office, port)
        assert mailing.deliver_due(office.domain, office.actor()) == []
        office.clock.advance(minutes=2)
        assert list(adminp.relay(office.domain, office.actor())) == [
            "Mail sent to rob@example.com: Your certificate request has been approved.",
            "Mail sent to eve@example.com: Your certificate request has been approved.",
        ]
    assert states(office) == [("rob@example.com", "sent", 1), ("eve@example.com", "sent", 1)]
    assert len(postman.mails) == 2


def test_a_relay_that_never_answers_is_waited_for_once(office, monkeypatch) -> None:
    monkeypatch.setattr(mailing, "_TIMEOUT", 0.3)
    builders.ready(office)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(office, silent.getsockname()[1], host="127.0.0.1")
        issued(office, *[f"rob{number}@example.com" for number in range(8)])
        started = time.monotonic()
        assert len(mailing.deliver_due(office.domain, office.actor())) == 8
        assert time.monotonic() - started < 1.5


def test_a_recipient_the_relay_refuses_delays_nobody_else(office) -> None:
    builders.ready(office)
    with relay(Postman()) as port:
        configure(office, port)
        issued(office, "nobody@example.com", "rob@example.com")
        first, second = mailing.deliver_due(office.domain, office.actor())
    assert (first.relay_state, "does not accept it" in first.problem, "no such user" in first.problem) == ("queued", True, True)
    assert second.relay_state == "sent"


def test_retries_take_longer_and_longer_and_end(office) -> None:
    builders.ready(office)
    waits = []
    with relay(Postman()) as port:
        configure(office, port)
        issued(office, "nobody@example.com")
        for _ in range(12):
            (memo,) = mailing.deliver_due(office.domain, office.actor())
            waits.append(memo.next_attempt_at - office.clock())
            office.clock.advance(hours=4)
    assert waits[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert max(waits) == timedelta(hours=4)
    assert states(office) == [("nobody@example.com", "failed", 12)]
    assert mailing.deliver_due(office.domain, office.actor()) == []


def test_a_relay_that_is_down_for_two_days_loses_no_mail(office) -> None:
    builders.ready(office)
    configure(office, free_port())
    issued(office, "rob@example.com")
    waits = []
    for _ in range(200):
        (memo,) = mailing.deliver_due(office.domain, office.actor())
        waits.append(memo.next_attempt_at - office.clock())
        office.clock.now = memo.next_attempt_at
    assert (waits[0], max(waits)) == (timedelta(minutes=1), timedelta(minutes=15))
    assert sum(waits, timedelta()) > timedelta(days=2)
    assert states(office) == [("rob@example.com", "queued", 0)]
    with relay(Postman()) as port:
        configure(office, port)
        assert [memo.relay_state for memo in mailing.deliver_due(office.domain, office.actor())] == ["sent"]


@pytest.mark.parametrize("step", ["handle_RCPT", "handle_DATA"])
def test_a_relay_that_goes_down_while_it_is_asked_counts_against_no_memo(office, monkeypatch, step) -> None:
    async def closing(*_given) -> str:
        return "421 shutting down"

    monkeypatch.setattr(Postman, step, closing)
    builders.ready(office)
    with relay(Postman()) as port:
        configure(office, port)
        issued(office, "rob@example.com")
        (memo,) = mailing.deliver_due(office.domain, office.actor())
    assert memo.problem.startswith("The relay is not available: ")
    assert states(office) == [("rob@example.com", "queued", 0)]


def test_an_address_that_this_relay_cannot_take_delays_nobody_else(office) -> None:
    builders.ready(office)
    with relay(Postman(), enable_SMTPUTF8=False) as port:
        configure(office, port)
        for applicant in ("rob@example.com", "eve@example.com"):
            builders.approved(office, applicant=applicant)
        builders.load_ca(office)
        with builders.act(office, office.rob) as db:
            db.execute("UPDATE requests SET applicant = 'müller@example.com' WHERE id = 1")
        submitting.pull(office.domain, office.actor(), [1, 2])
        states_ = [(memo.relay_state, memo.attempts) for memo in mailing.deliver_due(office.domain, office.actor())]
    assert states_ == [("queued", 1), ("sent", 1)]


def test_a_person_has_mail_relayed_if_the_directory_knows_an_address(office) -> None:
    builders.ready(office)
    configure(office, free_port())
    person = identifying.PersonRequest("Eve", "purple monkey 4", mail_address="rob@example.com")
    identifying.register_person(office.domain, office.certifier, person)
    issued(office, "Eve", "Ann Admin", "Somebody Else/Other")
    assert [state for _, state, _ in states(office)] == ["queued", "local", "local"]
    postman = Postman()
    with relay(postman) as port:
        configure(office, port)
        assert len(mailing.deliver_due(office.domain, office.actor())) == 1
    assert postman.mails[0][1] == ["rob@example.com"]


@pytest.mark.parametrize("written", ["a@b\nBcc: x@example.com", "}@", "!@[", " .!}@", "a<@[ "], ids=ascii)
def test_an_applicant_that_somebody_wrote_into_the_store_stops_nobody(office, written) -> None:
    builders.ready(office)
    with relay(Postman()) as port:
        configure(office, port)
        for applicant in ("rob@example.com", "Rob Ra", "eve@example.com"):
            builders.approved(office, applicant=applicant)
        builders.load_ca(office)
        with builders.act(office, office.rob) as db:
            db.execute("UPDATE requests SET applicant = 'a+b/c=d' WHERE id = 2")
            db.execute("UPDATE requests SET applicant = ? WHERE id = 1", (written,))
        submitting.pull(office.domain, office.actor(), [1, 2, 3])
        bad, good = mailing.deliver_due(office.domain, office.actor())
    assert good.relay_state == "sent"
    # Python 3.13 takes some of them for an address: then the relay decides. No text becomes a header of its own.
    assert (bad.relay_state == "sent" and "\n" not in written) or "does not accept it" in bad.problem


def test_without_a_relay_nothing_is_offered(office) -> None:
    builders.ready(office)
    configure(office, free_port())
    issued(office, "rob@example.com")
    server_documents.change(office.domain, office.actor(), "", ServerChange(relay=Relay("", 0, False, "")))
    assert mailing.deliver_due(office.domain, office.actor()) == []
    assert states(office) == [("rob@example.com", "queued", 0)]
