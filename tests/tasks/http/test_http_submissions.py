"""One client cannot use up what a database takes: neither with one key nor from one address."""

import asyncio
from urllib.parse import urlencode

import pytest

from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import submitting
from dominoadmin.tasks.http import pages, submissions
from dominoadmin.tasks.http.pages import Pages, Visit
from dominoadmin.tasks.http.submissions import Submissions
from tests import builders, specimens
from tests.outside.web_office import FILE

FORM = "/certreq.nsf/ServerCertificateRequest"


def form(number: int, key=None) -> dict[str, str]:
    return {"csr": builders.csr(f"host{number}.example.com", key=key).decode(), "contact": "ann@example.com"}



def test_the_eleventh_undecided_request_for_one_key_is_refused_and_another_key_is_not(running):
    for number in range(10):
        assert running.post(FORM, **form(number)).status == 200
    refused = running.post(FORM, **form(10))
    assert refused.status == 422
    assert "10 requests for this key are already waiting in certreq.nsf." in refused.text
    assert "Wait until one has been decided, or create a new key." in refused.text
    assert running.post(FORM, **form(11, specimens.key("ec-p256", "another"))).status == 200


def test_a_decision_makes_room_for_the_next_request_of_the_key(running):
    office = running.web.office
    for number in range(10):
        running.post(FORM, **form(number))
    waiting = [row["id"] for row in builders.sql(office, "SELECT id FROM requests WHERE state = 'Pending Submission'")]
    submitting.submit(office.domain, office.actor(), waiting)
    assert running.post(FORM, **form(10)).status == 422, "they wait for a decision"
    builders.reject(office.domain, office.ann, waiting[:1], "No.")
    assert running.post(FORM, **form(10)).status == 200
    assert running.post(FORM, **form(11)).status == 422


def test_an_administrator_may_submit_more_for_one_key(running):
    for number in range(12):
        builders.received(running.web.office, f"host{number}.example.com")


def posted(app, address: str, fields: dict[str, str]) -> tuple[int, dict[bytes, bytes], str]:
    """Post a form to the application from an address that this computer does not have."""
    body, sent = urlencode(fields).encode(), []
    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": FORM, "raw_path": FORM.encode(), "query_string": b"",
        "root_path": "", "http_version": "1.1", "client": (address, 50000), "server": ("localhost", 80),
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", str(len(body)).encode())],
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    text = b"".join(message.get("body", b"") for message in sent).decode()
    return sent[0]["status"], dict(sent[0]["headers"]), text


def test_an_address_that_submits_too_much_waits_and_others_do_not(running, monkeypatch):
    monkeypatch.setattr(pages, "Submissions", lambda: Submissions(most=2))
    app = type(running.task)(running.web.office.domain, running.web.office.server)._app
    for number in range(2):
        assert posted(app, "203.0.113.7", form(number))[0] == 200
    status, headers, text = posted(app, "203.0.113.7", form(2))
    assert (status, headers[b"retry-after"]) == (429, b"3600")
    assert "Too many requests were submitted from your address." in text
    assert "BEGIN CERTIFICATE REQUEST" in text, "what was entered is still there"
    assert posted(app, "203.0.113.8", form(3))[0] == 200
    assert posted(app, "2001:db8:0:1::1", form(4))[0] == 200
    assert posted(app, "2001:db8:0:1::2", form(5))[0] == 200
    assert posted(app, "2001:db8:0:1:ffff::3", form(6))[0] == 429, "a host has a whole /64"
    assert posted(app, "::ffff:203.0.113.7", form(7))[0] == 429


def test_what_was_refused_is_not_counted(running, monkeypatch):
    monkeypatch.setattr(pages, "Submissions", lambda: Submissions(most=1))
    shown = Pages(running.web.office.domain, Actor.of(running.web.office.server))
    for _ in range(3):
        assert shown.submit(Visit(FILE, {"csr": "none", "contact": "ann@example.com"}, address="203.0.113.7"), "server").status_code == 422
    assert shown.submit(Visit(FILE, form(1), address="203.0.113.7"), "server").status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", ""])
def test_this_computer_is_not_counted_as_a_proxy_may_run_on_it(address):
    counted = Submissions(most=1)
    assert all(counted.admit(address) for _ in range(5))


def test_the_window_slides(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(submissions.time, "monotonic", lambda: now[0])
    counted = Submissions(most=2, window=60)
    assert [counted.admit("203.0.113.7") for _ in range(3)] == [True, True, False]
    now[0] += 59
    assert not counted.admit("203.0.113.7")
    now[0] += 2
    assert [counted.admit("203.0.113.7") for _ in range(3)] == [True, True, False]


def test_many_addresses_take_no_more_memory_than_a_limit(monkeypatch):
    monkeypatch.setattr(submissions, "_ADDRESSES", 100)
    counted = Submissions()
    for number in range(1000):
        assert counted.admit(f"203.0.{number // 250}.{number % 250}")
    assert len(counted._times) <= 100
