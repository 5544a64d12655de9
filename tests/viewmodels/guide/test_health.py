"""The Quick Guide's last chapter: how to keep an authority healthy."""

import pytest

from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import checkpoints
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.viewmodels.guide import chapters as guiding
from dominoadmin.viewmodels.guide.chapters import ServerView
from dominoadmin.viewmodels.guide.steps import StepState
from dominoadmin.viewmodels.target import Target
from tests import builders
from tests.tasks.test_ca_lists import started
from tests.tasks.test_checkpoints import settle


def chapter(office):
    return guiding.guide(office.domain, office.actor(), ServerView())[-1]


def step(office, title):
    return next(each for each in chapter(office).steps if each.title.startswith(title))


def test_without_a_certifier_nothing_nags(office) -> None:
    assert chapter(office).title == "Keep the authority healthy"
    assert [each.state for each in chapter(office).steps] == [StepState.NOT_YET, StepState.NOT_YET, StepState.NOT_YET, StepState.DONE, StepState.DONE, StepState.NOT_YET, StepState.NOT_YET, StepState.TO_DO]
    assert step(office, "Verify").is_optional


def test_a_list_is_in_time_then_runs_out_then_has_expired(office) -> None:
    builders.certifier(office)
    assert "No CRL yet" in step(office, "Revocation lists").because
    builders.load_ca(office)
    now = step(office, "Revocation lists")
    assert (now.state, "MyCompany CA" in now.because) == (StepState.DONE, True)
    office.clock.advance(days=28)
    assert "expires on " in step(office, "Revocation lists").because
    assert step(office, "Revocation lists").because.endswith("Start the server and activate the certifier: it issues the next CRL.")
    office.clock.advance(days=3)
    late = step(office, "Revocation lists")
    assert (late.state, "expired on" in late.because, late.is_optional) == (StepState.TO_DO, True, False)


def test_what_waits_for_a_checkpoint_for_more_than_a_day_is_told(office) -> None:
    """The CA process signs checkpoints; while the server is off, acts wait. `audit verify` says so, too."""
    title = "The audit log has a current checkpoint"
    builders.ready(office)
    assert step(office, title).state == StepState.DONE, "the log is younger than a day"
    run_ca(office)
    office.clock.advance(hours=48)
    assert step(office, title).state == StepState.DONE, "nothing waits"
    builders.received(office)
    late = step(office, title)
    waiting = builders.sql(office, "SELECT max(number) FROM audit")[0][0] - signed_until(office)
    many = "1 entry of the audit log has" if waiting == 1 else f"{waiting} entries of the audit log have"
    assert late.because == f"{many} been waiting for a checkpoint for more than a day. Start the server: it verifies and signs them."
    assert (late.state, late.is_optional, late.command) == (StepState.TO_DO, False, "start-server")
    assert guiding.urgent([chapter(office)]) == late
    running = ServerView(is_running=True, tasks=frozenset({"adminp"}))
    last = guiding.guide(office.domain, office.actor(), running)[-1]
    assert next(each for each in last.steps if each.title == title).command == "console:load ca"
    run_ca(office)
    assert step(office, title).state == StepState.DONE


def test_acts_that_have_never_had_a_checkpoint_are_told_a_day_later(office) -> None:
    builders.ready(office)
    office.clock.advance(hours=23)
    assert step(office, "The audit log has").state == StepState.DONE
    office.clock.advance(hours=2)
    late = step(office, "The audit log has")
    assert "been waiting for a checkpoint for more than a day." in late.because
    assert late.state == StepState.TO_DO


def test_an_altered_checkpoint_is_told(office) -> None:
    builders.ready(office)
    builders.load_ca(office)
    builders.sql(office, "UPDATE checkpoints SET document = ?", b"{}")
    told = step(office, "The audit log has")
    assert (told.state, told.command) == (StepState.TO_DO, "verify-audit-log")


def run_ca(office) -> None:
    """Run the CA process until it has signed all of its own entries, too."""
    task = started(office)
    settle(task)
    task.stop()


def signed_until(office) -> int:
    with office.domain.store.snapshot() as db:
        found = checkpoints.newest(db, office.actor().verifier())
    assert found is not None
    return found[1].size


def test_a_folder_that_lacks_the_newest_list_is_told(office, tmp_path) -> None:
    folder = tmp_path / "web"
    builders.ready(office, publication=Publication(folder=str(folder)))
    builders.load_ca(office)
    late = step(office, "Revocation lists")
    assert late.state == StepState.TO_DO
    assert late.because.startswith(f"The newest CRL of MyCompany CA could not be written to {folder}")
    folder.mkdir()
    builders.load_ca(office)
    assert step(office, "Revocation lists").state == StepState.DONE


def test_revocations_that_wait_are_counted(office) -> None:
    builders.ready(office)
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    serial = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")[0][0]
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,)))
    waiting = step(office, "Carry out revocations")
    assert (waiting.state, waiting.because) == (
        StepState.TO_DO,
        "1 revocation request of MyCompany CA is waiting. Start the server and activate the certifier.",
    )
    builders.load_ca(office)
    assert step(office, "Carry out revocations").state == StepState.DONE


def test_certificates_that_end_soon_are_counted_but_not_revoked_ones(office) -> None:
    builders.ready(office)
    builders.approved(office, "www.example.com")
    builders.approved(office, "two.example.com")
    builders.load_ca(office)
    assert step(office, "Renew certificates").because == "None expires within the next 30 days."
    serial, end = builders.sql(office, "SELECT serial_hex, not_after FROM issued WHERE request_id IS NOT NULL")[0]
    days = int(builders.sql(office, f"SELECT julianday('{end}') - julianday('{office.clock():%Y-%m-%d}')")[0][0])
    office.clock.advance(days=days - 10)
    assert step(office, "Renew certificates").because == "2 certificates of MyCompany CA expire within 30 days. Renew those that are still needed."
    assert step(office, "Renew certificates").target == Target(certifier_id=1, days=30)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,)))
    builders.load_ca(office)
    soon = step(office, "Renew certificates")
    assert (soon.because, soon.is_optional) == ("1 certificate of MyCompany CA expires within 30 days. Renew those that are still needed.", True)


def test_one_administrator_is_pointed_out(office) -> None:
    builders.certifier(office)
    alone = step(office, "Every certifier")
    assert (alone.state, alone.is_optional, alone.target) == (StepState.TO_DO, True, Target(certifier_id=1))


@pytest.mark.parametrize("document", ["x'00'", "CAST('{}' AS blob)"])
def test_a_configuration_that_was_tampered_with_comes_first(office, document) -> None:
    builders.certifier(office)
    builders.sql(office, f"UPDATE configurations SET document = {document}")
    bad = step(office, "Configurations")
    assert (bad.state, bad.command) == (StepState.TO_DO, "certifiers")
    assert bad.because.startswith("The configuration of MyCompany CA was tampered with")
