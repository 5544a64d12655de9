"""The Quick Guide follows the whole technote, and notices when something is undone."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import DatabaseConfiguration, DatabaseRequest
from dominoadmin.viewmodels.guide import chapters as guiding
from dominoadmin.viewmodels.guide import facts as guide_facts
from dominoadmin.viewmodels.guide.chapters import ServerView
from dominoadmin.viewmodels.guide.steps import StepState
from dominoadmin.viewmodels.target import Target
from tests import builders
from tests.builders import CA, CA_NAME, DATABASE
from tests.services.key_rings.conftest import PASSWORD, form

HOST = "server1.example.com"
RUNNING = ServerView(is_running=True, tasks=frozenset({"ca", "adminp", "http"}))
ACTIVE = replace(RUNNING, certifiers=((1, CA_NAME, "Yes"),))
TITLES = [
    "Register Internet Certifier", "Run the CA task", "Create and set up Certificate Request database", "Create Key Ring",
    "Approve the request", "Pull the request and cross-certify", "Pick up the certificate", "Configure port",
    "Test and configure Web browser", "Keep the authority healthy",
]  # fmt: skip


def chapters(office, view: ServerView = ACTIVE, actor: Actor | None = None):
    return guiding.guide(office.domain, actor or office.actor(), view)


def steps(office, view: ServerView = ACTIVE, actor: Actor | None = None):
    return {
        step.command + "|" + step.numbers: step for chapter in chapters(office, view, actor) for step in chapter.steps
    }


def step(office, numbers: str, view: ServerView = ACTIVE, nth: int = 0):
    return [each for each in steps(office, view).values() if each.numbers == numbers][nth]


def following(office, view: ServerView = ACTIVE):
    found = guiding.next_step(chapters(office, view))
    return (found.numbers, found.command) if found else None


def ring(office, file: str = "keyfile.kyr", database: str = DATABASE):
    key_rings.create(office.domain, office.actor(), form(file=file, database=database))


def access(file: str = "keyfile.kyr"):
    return key_rings.KeyRingAccess(file, PASSWORD)


def certify(office, file: str = "keyfile.kyr", database: str = DATABASE) -> int:
    root = key_rings.trusted_root_of(office.domain, office.actor(), database)
    return key_rings.certify(office.domain, office.actor(), access(file), database, root).request.id


def issue(office, number: int) -> None:
    submitting.submit(office.domain, office.actor(), [number])
    assert builders.approve(office.domain, office.ann, [number])[0].problem == ""
    builders.load_ca(office)


def pick_up(office, number: int, file: str = "keyfile.kyr") -> None:
    submitting.pull(office.domain, office.actor(), [number])
    key_rings.pickup(office.domain, office.actor(), access(file), builders.view(office, number).pickup_id)


def install(office, file: str = "keyfile.kyr") -> None:
    key_rings.install(office.domain, office.actor(), key_rings.Installation(file))


def change(office, **fields) -> None:
    server_documents.change(office.domain, office.actor(), "", ServerChange(**fields))


def furnished(office, file: str = "keyfile.kyr") -> int:
    """A domain after step 27."""
    builders.ready(office)
    ring(office, file)
    number = certify(office, file)
    issue(office, number)
    pick_up(office, number, file)
    install(office, file)
    return number


def fingerprint(office) -> str:
    (row,) = builders.sql(office, "SELECT fingerprint FROM issued")
    return row["fingerprint"]


def test_the_chapters_hold_the_steps_of_the_technote_in_their_order(office):
    found = chapters(office, ServerView())
    assert [chapter.title for chapter in found] == TITLES
    numbers = [step.numbers for chapter in found for step in chapter.steps if step.numbers]
    covered = [
        n for text in dict.fromkeys(numbers) for n in range(int(text.split("-")[0]), int(text.split("-")[-1]) + 1)
    ]
    assert covered == list(range(1, 34))
    assert all(
        step.state in (StepState.DONE, StepState.TO_DO, StepState.NOT_YET) and step.because.endswith((".", "!")) for c in found for step in c.steps
    )


def test_the_whole_technote_step_by_step(office):
    stopped = ServerView()
    assert following(office, stopped) == ("2-7", "register-certifier")
    builders.certifier(office)
    assert following(office, stopped) == ("8", "start-server")
    assert following(office, RUNNING) == ("8", "console:tell ca refresh")
    assert following(office) == ("8", "console:tell adminp process all")
    running = builders.server(office)
    list(running.console.execute("load adminp"))
    list(running.stop())
    assert following(office) == ("9-11", "new-database")
    assert step(office, "9-11").target == Target(certifier_name=CA_NAME)
    builders.database(office)
    assert following(office) == ("14-16", "create-key-ring")
    assert step(office, "14-16").target == Target(database=DATABASE)
    ring(office)
    assert following(office) == ("17-18", "certify-key-ring")
    assert step(office, "17-18").target == Target(database=DATABASE, key_ring="keyfile.kyr")
    number = certify(office)
    assert following(office) == ("19", "open-database")
    assert step(office, "19").target == Target(database=DATABASE, view="Pending/Submitted Requests", request_id=number)
    submitting.submit(office.domain, office.actor(), [number])
    assert following(office) == ("20-21", "admin4")
    assert step(office, "20-21").target.request_id == number
    builders.approve(office.domain, office.ann, [number])
    assert following(office) is None
    assert step(office, "20-21").because == f"Request {number} is approved. The CA task will issue the certificate."
    builders.load_ca(office)
    assert following(office) == ("22", "open-database")
    submitting.pull(office.domain, office.actor(), [number])
    pickup_id = builders.view(office, number).pickup_id
    assert following(office) == ("24-26", "pickup-key-ring")
    assert step(office, "24-26").target.pickup_id == pickup_id
    assert step(office, "23").because == f"It is {pickup_id}; the guide fills it in."
    key_rings.pickup(office.domain, office.actor(), access(), pickup_id)
    assert following(office) == ("27", "install-key-ring")
    install(office)
    assert following(office) == ("28", "server-document")
    assert (
        step(office, "28").because == "The SSL key file name of the Server document is empty; it should be keyfile.kyr."
    )
    change(office, ssl_key_file="keyfile.kyr")
    assert step(office, "28").because == "The SSL port status is Disabled."
    assert step(office, "29").state == StepState.NOT_YET
    change(office, ssl_port_status="Enabled")
    assert following(office) == ("29", "console:tell http restart")
    listening = replace(ACTIVE, ssl_port=8443)
    assert following(office, listening) == ("30", "live-check")
    checked = replace(listening, checked=fingerprint(office))
    assert following(office, checked) is None
    assert step(office, "33", checked).state == StepState.DONE
    assert step(office, "33", checked).target.url == f"https://{HOST}:8443/{DATABASE}"
    assert all(chapter.is_done for chapter in chapters(office, checked))


def test_cross_certifying_may_be_left_out_but_is_noticed(office):
    number = certify_after_ready(office)
    issue(office, number)
    assert step(office, "22", nth=1).state == StepState.NOT_YET
    submitting.pull(office.domain, office.actor(), [number])
    asked = step(office, "22", nth=1)
    assert (asked.state, asked.is_optional) == (StepState.TO_DO, True)
    assert asked.target == Target(certifier_name=CA_NAME)  # the whole name: two may share the common name
    subject = cross_certifying.certificate_of(office.domain, office.actor(), CA)
    request = cross_certifying.CrossRequest(subject)
    cross_certifying.issue_with_id(office.domain, office.certifier, office.actor(), request)
    assert step(office, "22", nth=1).state == StepState.DONE


def certify_after_ready(office, **fields) -> int:
    builders.certifier(office)
    builders.database(office, **fields)
    ring(office)
    return certify(office)


def test_a_locked_window_is_the_first_thing_to_mend(office):
    claimed = Actor(office.ann.name, office.ann.anchor)
    found = guiding.next_step(chapters(office, actor=claimed))
    assert (found.numbers, found.command) == ("1", "log-in")
    assert found.because == "The window is locked: log in as Ann Admin/MyCompany/US."


def test_a_certifier_with_a_password_has_to_be_activated(office):
    builders.certifier(office, protection="server-id-and-password", activation_password="Zebra Quartz 78")
    locked = replace(RUNNING, certifiers=((1, CA_NAME, "No (password required)"),))
    asked = step(office, "8", locked, nth=2)
    assert (asked.title, asked.command) == ("Activate the certifier", "console:tell ca activate 1 ")
    assert asked.because == f"{CA}, number 1, is not active: No (password required)."


def test_a_certifier_with_a_locking_id_is_unlocked_with_that_file(office):
    from dominoadmin.store import id_files

    rob = next(path for path in office.root.glob("*.id") if id_files.describe(path).name == office.rob.name)
    builders.certifier(office, protection="locking-id", locking_id=id_files.describe(rob))
    locked = replace(RUNNING, certifiers=((1, CA_NAME, "No (locked)"),))
    assert step(office, "8", locked, nth=2).command == f"console:tell ca unlock {rob.name} "
    spaced = rob.rename(rob.with_name("rob ra.id"))
    assert spaced.exists()
    asked = step(office, "8", locked, nth=2)
    assert (asked.title, asked.command) == ("Unlock the certifier", 'console:tell ca unlock "rob ra.id" ')


def test_the_task_that_is_missing_is_named(office):
    builders.certifier(office)
    without_ca = replace(ACTIVE, tasks=frozenset({"http"}), certifiers=())
    assert following(office, without_ca) == ("8", "console:load ca")
    assert step(office, "8", without_ca, nth=1).command == "console:load adminp"
    furnish_ring(office)
    change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    assert (
        step(office, "29", without_ca.__class__(is_running=True, tasks=frozenset({"ca"}))).command
        == "console:load http"
    )
    assert step(office, "29", ServerView()).command == "start-server"


def furnish_ring(office) -> None:
    builders.database(office)
    ring(office)
    number = certify(office)
    issue(office, number)
    pick_up(office, number)
    install(office)


def test_a_server_that_another_process_runs_is_believed_but_not_watched(office):
    number = furnished(office)
    assert number
    change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled", ssl_port=8443)
    running = builders.server(office)
    try:
        loaded = step(office, "8", ServerView())
        assert loaded.state == StepState.DONE
        assert "its tasks cannot be seen from here" in loaded.because
        restart = step(office, "29", ServerView())
        assert (restart.state, restart.command) == (StepState.TO_DO, "live-check")
        assert step(office, "30", ServerView()).state == StepState.TO_DO
        assert step(office, "29", ServerView(checked=fingerprint(office))).state == StepState.DONE
    finally:
        list(running.stop())
    assert step(office, "29", ServerView()).command == "start-server"


def test_a_database_for_clients_only_has_to_be_configured_anew(office):
    builders.certifier(office)
    builders.database(office, supports="client")
    asked = step(office, "12-13")
    asked_for = (asked.state, asked.command, asked.target)
    assert asked_for == (StepState.TO_DO, "configure-database", Target(database=DATABASE))


def test_agents_that_may_not_run_are_explained_with_the_technotes_note(office):
    builders.certifier(office)
    builders.database(office, processing="automatic")
    assert step(office, "12-13").because == (
        "It supports: Both Client and Server Certificates. Processing method: Automatic."
    )
    change(office, run_unrestricted=())
    asked = step(office, "12-13")
    assert (asked.state, asked.command) == (StepState.TO_DO, "server-document")
    assert "Run unrestricted methods and operations" in asked.because


def test_an_automatic_database_submits_and_pulls_by_itself(office):
    number = certify_after_ready(office, processing="automatic")
    assert "automatically" in step(office, "19").because
    issue(office, number)
    assert (step(office, "22").state, "automatically" in step(office, "22").because) == (StepState.NOT_YET, True)


def test_a_configuration_that_cannot_be_read_is_to_be_filled_in_anew(office):
    builders.ready(office)
    builders.sql(office, "UPDATE databases SET fields = '{}'")
    assert "cannot be read" in step(office, "12-13").because


def test_only_a_registration_authority_is_sent_to_approve(office):
    number = certify_after_ready(office)
    submitting.submit(office.domain, office.actor(), [number])
    seen = steps(office, actor=Actor.of(office.rob))["admin4|20-21"]
    assert seen.state == StepState.NOT_YET
    assert seen.because == "Only a registration authority (RA) can approve it: Ann Admin/MyCompany/US."


def test_a_rejected_request_is_made_anew(office):
    number = certify_after_ready(office)
    submitting.submit(office.domain, office.actor(), [number])
    builders.reject(office.domain, office.ann, [number], "The host is wrong.")
    assert following_after_publishing(office) == ("17-18", "certify-key-ring")
    assert step(office, "17-18").because == f"Request {number} was rejected: The host is wrong. Submit a new request."
    assert step(office, "19").state == StepState.NOT_YET


def following_after_publishing(office):
    builders.sql(office, "UPDATE certifiers SET published_at = created_at")
    return following(office)


def test_what_the_ca_task_refused_is_to_be_decided_again(office):
    number = certify_after_ready(office)
    submitting.submit(office.domain, office.actor(), [number])
    builders.sql(office, "UPDATE admin_requests SET state = 'Error', reason = 'It was altered.'")
    assert following_after_publishing(office) == ("20-21", "admin4")
    assert step(office, "20-21").because == f"The CA task refused request {number}: It was altered."


def test_an_expired_certificate_leads_back_to_the_request(office):
    furnished(office)
    change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    assert step(office, "28").state == StepState.DONE
    office.clock.advance(days=800)
    (row,) = builders.sql(office, "SELECT not_after FROM issued")
    asked = step(office, "17-18")
    assert asked.state == StepState.TO_DO
    assert asked.because == f"The certificate of keyfile.kyr expired on {row['not_after'][:10]}. Request a new one."
    assert step(office, "28").state == StepState.NOT_YET


def test_an_expired_certifier_is_registered_anew(office):
    builders.ready(office)
    office.clock.advance(days=365 * 11)
    asked = step(office, "2-7")
    assert asked.state == StepState.TO_DO
    assert "expired on" in asked.because


def test_a_certifier_whose_configuration_was_altered_is_not_trusted(office):
    builders.ready(office)
    builders.sql(office, "UPDATE configurations SET document = x'7b7d'")
    asked = step(office, "2-7")
    assert asked.state == StepState.TO_DO
    assert asked.because.startswith(f"{CA} cannot be used: ")
    builders.sql(office, "UPDATE certifiers SET certificate = x'00'")
    assert step(office, "2-7").state == StepState.TO_DO


def test_deleting_the_key_ring_or_its_copy_is_noticed(office):
    furnished(office)
    change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    server = office.domain.directory.server("Server1")
    (server / "keyfile.sth").unlink()
    assert step(office, "27").state == StepState.TO_DO
    install(office)
    assert step(office, "27").state == StepState.DONE
    key_rings.delete(office.domain, office.actor(), "keyfile.kyr")
    assert step(office, "27").state == StepState.DONE  # it is still on the server
    for file in ("keyfile.kyr", "keyfile.sth"):
        (server / file).unlink()
    assert step(office, "14-16").state == StepState.TO_DO
    assert step(office, "28").state == StepState.NOT_YET


def test_a_new_key_ring_of_the_old_name_starts_anew(office):
    furnished(office)
    key_rings.delete(office.domain, office.actor(), "keyfile.kyr")
    ring(office)
    assert step(office, "17-18").because == "keyfile.kyr has no certificate request yet."
    assert step(office, "24-26").state == StepState.NOT_YET


def test_a_key_ring_without_its_stash_is_explained(office):
    builders.ready(office)
    ring(office)
    (office.root / "keyfile.sth").unlink()
    asked = step(office, "14-16")
    assert (asked.state, asked.command) == (StepState.TO_DO, "key-rings")
    assert "does not exist" in asked.because


def test_a_copy_that_cannot_be_read_counts_as_missing(office):
    furnished(office)
    copy = office.domain.directory.server("Server1") / "keyfile.kyr"
    copy.write_bytes(b"x" * 20_000_000)
    assert step(office, "27").state == StepState.TO_DO


def test_the_newest_unfinished_walk_leads(office):
    furnished(office)
    assert step(office, "27").target.key_ring == "keyfile.kyr"
    ring(office, "second.kyr")
    assert step(office, "14-16").because == "second.kyr and its stash file exist."
    assert step(office, "17-18").target == Target(database=DATABASE, key_ring="second.kyr")
    number = certify(office, "second.kyr")
    issue(office, number)
    pick_up(office, number, "second.kyr")
    install(office, "second.kyr")
    assert step(office, "27").because == "Server1/MyCompany/US has second.kyr."
    builders.certifier(office, "Other CA")
    asked = step(office, "9-11")
    assert (asked.state, asked.target) == (StepState.TO_DO, Target(certifier_name="CN=Other CA/O=MyCompany"))
    wanted = DatabaseRequest(
        "For clients", "clients.nsf", "Other CA", configuration=DatabaseConfiguration(supports="client")
    )
    databases.create(office.domain, office.actor(), wanted)
    assert step(office, "9-11").because == f"{DATABASE} accepts the requests for {CA}."


def test_a_key_ring_for_another_host_takes_nothing_back(office):
    """After the first Issue Now for a web server elsewhere, the guide offered to install its key ring on this server."""
    furnished(office)
    key_rings.create(office.domain, office.actor(), form(file="web2.kyr", common_name="web2.example.com"))
    number = certify(office, "web2.kyr")
    assert step(office, "27").because == "Server1/MyCompany/US has keyfile.kyr."
    issue(office, number)
    pick_up(office, number, "web2.kyr")
    assert step(office, "27").state == StepState.DONE
    assert step(office, "27").because == "Server1/MyCompany/US has keyfile.kyr."


def test_a_key_ring_for_another_host_leads_if_there_is_no_other(office):
    builders.ready(office)
    key_rings.create(office.domain, office.actor(), form(file="web2.kyr", common_name="web2.example.com"))
    certify(office, "web2.kyr")
    assert step(office, "14-16").because == "web2.kyr and its stash file exist."


def test_another_servers_key_ring_is_not_the_guides(office):
    builders.ready(office)
    ring(office)
    stash = office.root / "keyfile.sth"
    stash.write_text(stash.read_text().replace("Server1", "Server2"))
    assert step(office, "14-16").state == StepState.TO_DO


@pytest.mark.slow
def test_the_guide_is_quick_with_ten_thousand_certificates(office):
    furnished(office)
    fill(office, 10_000)
    guiding.guide(office.domain, office.actor(), ACTIVE)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        guiding.guide(office.domain, office.actor(), ACTIVE)
        times.append(time.perf_counter() - started)
    print(f"guide with 10 000 certificates: {min(times) * 1000:.1f} ms")
    assert min(times) < 0.2  # 0.03 on an idle machine, which may be busy


def fill(office, count: int) -> None:
    """Add ten thousand copies of the existing row."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < {999 + count}) "
    builders.sql(
        office,
        "INSERT INTO requests "
        + numbers
        + "SELECT i, kind, database, certifier_id, csr, subject, applicant, '', state,"
        " pickup_id || i, fields, remarks, requested_at, pulled_at, key_fingerprint FROM requests, n WHERE id = 1",
    )
    builders.sql(
        office,
        "INSERT INTO admin_requests " + numbers + "SELECT i, certifier_id, state, fields, decision, reason, serial_hex,"
        " changed_at FROM admin_requests, n WHERE request_id = 1",
    )
    builders.sql(
        office,
        "INSERT INTO issued "
        + numbers
        + "SELECT 1000 + i, certifier_id, serial_hex || i, i, kind, subject, names, requester, key_algorithm, not_before,"
        " not_after, fingerprint || i, key_fingerprint, der, issued_at, part, generation FROM issued, n WHERE request_id = 1",
    )
    for action in ("request received", "request submitted", "request approved", "certificate issued"):
        builders.sql(
            office,
            "INSERT INTO audit "
            + numbers
            + "SELECT (SELECT max(number) FROM audit) + i, octets, detail || printf('%200s', ''), salt, at, actor, signed_in,"
            f" '{action}', object FROM audit, n WHERE number = 1",
        )


def test_a_request_that_cannot_be_read_counts_as_none(office):
    certify_after_ready(office)
    builders.sql(office, "UPDATE requests SET csr = x'00'")
    assert step(office, "17-18").because == "keyfile.kyr has no certificate request yet."


def test_a_certifier_that_was_disabled_is_said(office, monkeypatch):
    builders.ready(office)
    found = guide_facts.gather(office.domain, office.actor())
    last = found.certifier.versions[-1]
    off = replace(last, configuration=replace(last.configuration, enabled=False))
    disabled = replace(found, certifier=replace(found.certifier, versions=(*found.certifier.versions[:-1], off)))
    monkeypatch.setattr(guide_facts, "gather", lambda *_: disabled)
    assert step(office, "2-7").because == f"{CA} is disabled: register another one."


def test_the_buttons_of_two_steps_act_where_the_row_only_opens_the_view(office):
    builders.ready(office)
    assert [step(office, numbers).act.command for numbers in ("19", "22")] == ["submit-request", "pull-request"]


def test_the_guide_follows_the_certifier_that_is_chosen(office):
    furnished(office)
    builders.certifier(office, "Second CA")
    first, second = (record for record in all_certifiers(office))
    assert guiding.certifiers(office.domain) == [(second.id, "Second CA"), (first.id, CA)]
    assert "Second CA" in registered(chapters(office))  # the newest that is not finished
    assert CA in registered(guiding.guide(office.domain, office.actor(), ACTIVE, first.id))
    assert "Second CA" in registered(guiding.guide(office.domain, office.actor(), ACTIVE, 4711))  # it has been deleted


def test_a_second_certifier_needs_no_key_ring_of_its_own(office):
    """The server is secured by the first one: the chapters about its key ring stay done, unless the second is chosen."""
    furnished(office)
    builders.certifier(office, "Second CA")
    (_first, second) = all_certifiers(office)
    found = chapters(office)
    assert "Second CA" in registered(found)
    assert [chapter.is_done for chapter in found[3:7]] == [True] * 4
    assert not found[2].is_done  # it has no database yet
    chosen = guiding.guide(office.domain, office.actor(), ACTIVE, second.id)
    assert [chapter.is_done for chapter in chosen[3:7]] == [False] * 4


def registered(found) -> str:
    return next(step.because for chapter in found for step in chapter.steps if step.numbers == "2-7")


def all_certifiers(office):
    from dominoadmin.store import certifiers

    with office.domain.store.snapshot() as db:
        return certifiers.all_of(db)


def test_requests_of_other_people_come_first(office):
    builders.ready(office)
    assert following(office)[0] == "8"
    mine = builders.submitted(office, "www.example.com")
    builders.submitted(office, "mail.example.com")
    found = guiding.next_step(chapters(office))
    assert found.is_decision
    assert found.because == f"2 requests are waiting for your decision, request {mine} for the longest time."
    assert found.acting() == ("admin4", Target(request_id=mine, guided=True))
    assert guiding.urgent(chapters(office)) is None  # the window does not warn of it
    builders.approve(office.domain, office.ann, [mine])
    assert guiding.next_step(chapters(office)).because == f"Request {mine + 1} is waiting for your decision."
    rob = Actor.of(office.rob)
    assert not guiding.next_step(chapters(office, actor=rob)).is_decision  # he is no RA


def test_the_request_of_the_key_ring_is_decided_in_its_own_step(office):
    builders.ready(office)
    builders.sql(office, "UPDATE certifiers SET published_at = created_at")
    ring(office)
    submitting.submit(office.domain, office.actor(), [certify(office)])
    assert following(office) == ("20-21", "admin4")


def aside(name: str, state: str = "locked") -> ServerView:
    return replace(RUNNING, certifiers=((1, name, f"No ({state})"),))


def test_a_certifier_that_was_locked_on_purpose_does_not_block_the_rest(office):
    builders.ready(office)
    builders.sql(office, "UPDATE certifiers SET published_at = created_at")
    locked = aside(CA_NAME)
    assert following(office, locked)[1].startswith("console:tell ca activate")  # it was never active: nothing is issued
    builders.load_ca(office)
    assert following(office, locked) == ("14-16", "create-key-ring")
    assert step(office, "8", locked, 2).because == f"{CA}, number 1, is not active: No (locked). Nothing is waiting for it."
    assert following(office, aside(CA_NAME, "password required"))[0] == "8"  # that is not on purpose
    ring(office)
    number = certify(office)
    submitting.submit(office.domain, office.actor(), [number])
    builders.approve(office.domain, office.ann, [number])
    office.clock.advance(minutes=1)
    assert following(office, locked)[0] == "8"  # now something waits for it


def test_another_unfinished_certifier_comes_before_one_that_is_put_aside(office):
    builders.certifier(office)
    builders.certifier(office, "Second CA")
    (_first, second) = all_certifiers(office)
    assert "Second CA" in registered(chapters(office, RUNNING))
    assert f"{CA} is" in registered(chapters(office, aside(second.name, "deactivated")))
    builders.next_version(office, second.id, enabled=False)
    assert f"{CA} is" in registered(chapters(office, RUNNING))
