"""Home in words, from real domains: what waits, what needs attention, what ends, what was issued, what has happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dominoadmin.pki.identities import PublicIdentity
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import Protection
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.services.status.gathering import Count, DomainStatus
from dominoadmin.viewmodels.badges import Tone
from dominoadmin.viewmodels.guide import activation
from dominoadmin.viewmodels.guide.steps import CONSOLE, ServerView
from dominoadmin.viewmodels.home import ends, health, page, waiting
from dominoadmin.viewmodels.home.page import Home
from dominoadmin.viewmodels.home.rows import Button
from dominoadmin.viewmodels.target import NOTHING, Target
from tests import builders

STOPPED = ServerView()
RUNNING = ServerView(is_running=True, tasks=frozenset({"ca", "adminp", "http"}))
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def home(office, running: ServerView = STOPPED, who: Actor | None = None) -> Home:
    return page.read(office.domain, who or office.actor(), running)


def rows(section) -> list[tuple[str, str]]:
    return [(each.badge, each.text) for each in section.rows]


def with_hosts(office, *hosts: str) -> None:
    builders.ready(office)
    for host in hosts:
        builders.approved(office, host)
    builders.load_ca(office)


def ends_of(office) -> list[datetime]:
    """Return when the certificates end, the first one first."""
    found = builders.sql(office, "SELECT not_after FROM issued ORDER BY not_after")
    return [datetime.strptime(row["not_after"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for row in found]


def test_an_empty_domain_is_told_the_guides_next_step(office) -> None:
    found = home(office)
    assert found.summary == "The domain has no certifier yet."
    (row,) = found.first.rows
    assert (row.text, row.button) == ("Register a new Internet certifier", Button("Register the Certifier…", "register-certifier", Target(guided=True)))
    assert (found.waiting, found.health, found.news, found.timeline) == (None, None, None, None)


@pytest.mark.parametrize(("hour", "greeting"), [(8, "Good morning"), (12, "Good afternoon"), (18, "Good evening"), (0, "Good morning")])
def test_the_greeting_is_that_of_the_clock_on_the_wall(office, hour, greeting) -> None:
    office.clock.now = datetime.now().astimezone().replace(hour=hour, minute=0).astimezone(UTC)
    assert home(office).headline == f"{greeting}, Ann Admin"


def test_what_waits_for_an_ra_is_in_the_order_in_which_it_came(office) -> None:
    builders.ready(office)
    hosts = [f"host{number}.example.com" for number in range(6)]
    numbers = [builders.submitted(office, host) for host in hosts]
    office.clock.advance(minutes=12)
    found = home(office)
    assert found.summary.startswith("6 requests are waiting for your approval. ")
    assert [each.text for each in found.waiting.rows] == hosts[: waiting.MOST]
    assert found.waiting.rows[0].button == Button("Review", "admin4", Target(request_id=numbers[0]))
    assert found.waiting.rows[0].remark == "Server certificate of MyCompany CA, requested 12 minutes ago"
    assert found.waiting.more == Button("Show all 6 Requests", "pending-requests", NOTHING)
    assert "waiting for your approval" not in str(rows(found.health)), "it is said once"


def test_what_waits_is_shown_to_nobody_who_may_not_decide_about_it(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    found = home(office, who=Actor.of(office.rob))
    assert found.waiting is None
    assert "waiting for your approval" not in found.summary
    assert ("advice", "1 request is waiting for an RA of MyCompany CA.") in rows(found.health)


def test_an_ra_without_requests_is_told_so(office) -> None:
    builders.ready(office)
    assert (home(office).waiting.rows, home(office).waiting.nothing) == ((), "No request is waiting for your approval.")


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (timedelta(seconds=59), "just now"), (timedelta(minutes=1), "1 minute ago"), (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"), (timedelta(hours=23), "23 hours ago"), (timedelta(days=2), "2 days ago"),
    ],
)  # fmt: skip
def test_how_long_ago(past, said) -> None:
    assert waiting.ago(past) == said


def test_the_servers_own_certificate_is_never_forgotten(office) -> None:
    """Home does not say that nothing needs attention while the server's certificate has 14 days left."""
    builders.ready(office)
    concern = Concern(matter=Matter.SERVER_CERTIFICATE, level=Level.ATTENTION, text="It expires.", remedy="Request another one.")
    status = DomainStatus(at=NOW, concerns=(concern,), certifiers=())
    assert health.worrying(status, RUNNING) == 1
    (row, *_fine) = health.section(status, RUNNING, {}, {}).rows
    assert (row.badge, row.tone, row.button.command) == ("act soon", Tone.SOON, "certify-key-ring")


@pytest.mark.parametrize("matter", [*Matter])
def test_every_matter_has_a_button_with_a_command_of_the_window(matter) -> None:
    from dominoadmin.gui import actions

    known = {each.name for each in actions.commands()} | actions.hidden().keys()
    for level in Level:
        status = DomainStatus(at=NOW, concerns=(Concern(matter=matter, level=level, text="x", certifier_id=7),), certifiers=())
        for running in (STOPPED, RUNNING, ServerView(is_running=True)):
            shown = [row for row in health.section(status, running, {7: "seven.nsf"}, {}).rows if row.text == "x"]
            assert len(shown) == (0 if (matter, level) in hidden_ones() else 1)
            assert all(row.button.command in known or row.button.command == "console:load ca" for row in shown)
            assert all(row.badge for row in shown)


def hidden_ones() -> set[tuple[Matter, Level]]:
    return {(Matter.APPROVALS, level) for level in Level if level != Level.ADVICE}


def test_what_the_server_mends_starts_the_server_or_its_task() -> None:
    late = Concern(matter=Matter.LISTS, level=Level.TROUBLE, text="x", certifier_id=7)
    off = Concern(matter=Matter.SERVER, level=Level.ATTENTION, text="y")

    def command(running: ServerView, *concerns: Concern) -> str:
        status = DomainStatus(at=NOW, concerns=concerns, certifiers=())
        return next(row.button.command for row in health.section(status, running, {}, {}).rows if row.text == "x")

    assert command(STOPPED, late, off) == "start-server"
    assert command(ServerView(is_running=True), late) == "console:load ca"
    assert command(RUNNING, late) == "certifiers"
    assert command(STOPPED, late) == "certifiers", "another process runs the server"


@pytest.mark.parametrize(
    ("protection", "state", "label", "line", "advice"),
    [
        (Protection.PASSWORD, "password required", "Activate…", "tell ca activate 1 ", "MyCompany CA waits for its password: activate it."),
        (Protection.LOCKING_ID, "locked", "Unlock…", "tell ca unlock rob-ra.id ", "Unlock MyCompany CA with the ID that locks it, Rob Ra/MyCompany/US."),
        (Protection.SERVER_ID, "deactivated", "Activate", "tell ca activate 1", "Activate MyCompany CA."),
    ],
)
def test_what_an_idle_certifier_would_mend_names_it_and_offers_to_activate_it(office, protection, state, label, line, advice) -> None:
    more = {Protection.PASSWORD: {"activation_password": "Pass-word-7291x"}, Protection.LOCKING_ID: {"locking_id": PublicIdentity(office.rob.kind, office.rob.name, office.rob.chain)}}
    builders.ready(office, protection=protection, **more.get(protection, {}))
    record = builders.record(office)
    running = replace(RUNNING, certifiers=((1, record.name, f"No ({state})"),))
    idle = activation.needed(office.domain, [record], running)
    late = Concern(matter=Matter.LISTS, level=Level.ATTENTION, text="x", remedy="y", certifier_id=record.id)
    (row, *_fine) = health.section(DomainStatus(at=NOW, concerns=(late,), certifiers=()), running, {}, idle).rows
    assert (row.remark, row.button) == (advice, Button(label, f"{CONSOLE}{line}"))
    for other in ("Yes", "No (disabled)", "No (it expired)"):
        assert not activation.needed(office.domain, [record], replace(RUNNING, certifiers=((1, record.name, other),)))


def test_many_concerns_are_counted_and_the_worst_are_shown() -> None:
    many = [Concern(matter=Matter.IDS, level=Level.TROUBLE, text=f"{number}") for number in range(9)]
    found = health.section(DomainStatus(at=NOW, concerns=tuple(many), certifiers=()), STOPPED, {}, {})
    assert rows(found)[:7] == [*(("act now", str(number)) for number in range(6)), ("act soon", "3 more need your attention.")]


def test_trouble_with_the_audit_log_comes_first() -> None:
    found = health.section(DomainStatus(at=NOW, concerns=(), certifiers=()), replace(RUNNING, audit="It was cut."), {}, {})
    assert rows(found) == [("act now", "It was cut."), ("OK", "The server is running.")]
    assert found.rows[0].button == Button("Verify", "verify-audit-log")


def test_what_is_well_is_said_too(office) -> None:
    with_hosts(office, "www.example.com")
    said = rows(home(office, RUNNING).health)
    assert ("OK", "The certifiers' configurations match their signatures.") in said
    assert any(badge == "OK" and text.startswith("CRLs are current. The next to expire: MyCompany CA, 20") for badge, text in said)


@pytest.mark.parametrize(
    "altered",
    [
        "UPDATE requests SET subject = 'CN=evil.example.com' WHERE id = 1",
        "UPDATE admin_requests SET fields = replace(fields, 'www', 'evil') WHERE request_id = 1",
        "UPDATE issued SET subject = 'CN=evil.example.com'",
        "UPDATE audit SET actor = 'CN=Rob Ra/O=MyCompany/C=US' WHERE number = (SELECT max(number) FROM audit)",
    ],
)
def test_a_row_that_was_altered_is_told_and_nothing_is_well(office, altered) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.approved(office, "two.example.com")
    builders.load_ca(office)
    office.clock.now = ends_of(office)[0] - timedelta(days=40)
    builders.submitted(office, "three.example.com")  # the last entry, so that there is news
    before = {each.text for each in home(office).health.rows}
    builders.sql(office, altered)
    found = home(office)
    new = [(each.badge, each.text) for each in found.health.rows if each.text not in before]
    assert [badge for badge, _text in new if badge] != []
    assert new[0][0] == "act now"
    assert "The certifiers' configurations match their signatures." not in str(rows(found.health))


def test_few_certificates_are_named_on_the_line(office) -> None:
    with_hosts(office, "one.example.com", "two.example.com")
    end = ends_of(office)[0]
    office.clock.now = end - timedelta(days=6, hours=1)
    marks = [each for each in home(office).timeline.marks if each.command == "issued-certificates"]
    assert [(each.name, each.when) for each in marks] == [("one.example.com", "6 days"), ("two.example.com", "6 days")]
    assert [each.tone for each in marks] == [Tone.ACT] * 2
    assert marks[0].sentence == f"The certificate of one.example.com expires on {end.astimezone():%Y-%m-%d}."
    assert marks[0].target == Target(certifier_id=1, days=7)
    assert marks[0].place == pytest.approx(6 / 90, abs=0.01)


def test_what_expires_soon_and_what_waits_open_just_these(office) -> None:
    with_hosts(office, "one.example.com")
    office.clock.now = ends_of(office)[0] - timedelta(days=29)
    builders.submitted(office, "two.example.com")
    targets = {each.text: each.button for each in home(office).health.rows}
    soon = targets["1 certificate of MyCompany CA expires within 30 days."]
    assert (soon.command, soon.target) == ("issued-certificates", Target(certifier_id=1, days=30))
    others = Concern(matter=Matter.APPROVALS, level=Level.ADVICE, text="x")
    (row, *_fine) = health.section(DomainStatus(at=NOW, concerns=(others,), certifiers=()), RUNNING, {}, {}).rows
    assert row.button.command == "pending-requests"


def test_revoked_certificates_do_not_end(office) -> None:
    with_hosts(office, "one.example.com", "two.example.com")
    (row, *_others) = builders.sql(office, "SELECT serial_hex FROM issued ORDER BY id")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],)))
    builders.load_ca(office)
    office.clock.now = ends_of(office)[0] - timedelta(days=40)
    marks = [each.name for each in home(office).timeline.marks if each.command == "issued-certificates"]
    assert marks == ["two.example.com"]
    assert page.count(office.domain, home(office)).bars.total.endswith("1 of all certificates is revoked.")


def test_many_certificates_are_counted_for_each_week_and_the_line_is_never_crowded() -> None:
    weeks = [Count(NOW + timedelta(weeks=n), NOW + timedelta(weeks=n + 1), n % 3 + 1) for n in range(13)]
    status = DomainStatus(at=NOW, concerns=(), certifiers=())
    found = ends.timeline(status, (), weeks)
    assert len(found.marks) == ends.MOST
    counted = [int(each.name.split()[0]) for each in found.marks]
    assert sum(counted) == sum(each.number for each in weeks)
    assert [each.place for each in found.marks] == sorted(each.place for each in found.marks)
    assert found.marks[0].sentence.startswith("From 2026-12-01 to 2026-12-")
    assert found.sentence == " ".join(each.sentence for each in found.marks)


def test_more_than_five_certificates_wait_for_the_count(office) -> None:
    hosts = [f"host{number}.example.com" for number in range(6)]
    with_hosts(office, *hosts)
    office.clock.now = ends_of(office)[0] - timedelta(days=40)
    found = home(office)
    assert found.timeline is None
    marks = [each for each in page.count(office.domain, found).timeline.marks if each.command == "issued-certificates"]
    assert [each.name for each in marks] == ["6 certificates"]


def test_a_line_without_marks_says_that_nothing_ends() -> None:
    found = ends.timeline(DomainStatus(at=NOW, concerns=(), certifiers=()), (), ())
    assert (found.marks, found.sentence) == ((), "Nothing ends in the next 90 days.")


def test_the_months_are_read_in_words(office) -> None:
    with_hosts(office, "one.example.com", "two.example.com")
    bars = page.count(office.domain, home(office)).bars
    month = f"{office.clock.now:%Y-%m}"
    assert (bars.months[-1], bars.numbers) == (month, (*[0] * 11, 2))
    assert bars.sentence == f"2 certificates were issued. {month}: 2"
    assert bars.target == Target(certifier_id=1)


def test_the_news_names_subjects_and_counts_what_follows_each_other(office) -> None:
    with_hosts(office, "one.example.com", "two.example.com")
    found = home(office).news
    said = [(each.text, each.remark) for each in found.rows]
    assert ("Certificate issued: two.example.com and 1 more", "Server1/MyCompany/US") in said
    assert found.rows[0].when == f"{office.clock.now.astimezone():%H:%M}"
    assert found.more == Button("Open Audit Log", "audit-log")
    office.clock.advance(days=1, seconds=1)
    assert home(office).news.rows == ()


def test_the_news_names_the_owner_of_a_revoked_certificate(office) -> None:
    with_hosts(office, "one.example.com")
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],)))
    builders.load_ca(office)
    assert "Certificate revoked: one.example.com" in [each.text for each in home(office).news.rows]
