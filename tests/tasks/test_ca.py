"""The CA process: certifiers numbered, activated, locked, refreshed; password by password (fact sheet 3.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dominoadmin.errors import Cancelled
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.store import id_files
from tests import builders
from tests.builders import CA_NAME, no_password, sql
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD
from tests.outside.disks import limited_file_size

ACTIVATION = "activation 1"
PLAIN, SECRET, LOCKED = CA_NAME, "CN=Secret CA/O=MyCompany", "CN=Locked CA/O=MyCompany"


@pytest.fixture
def three(office):
    """One certifier of each protection, in this order."""
    builders.certifier(office)
    builders.certifier(office, "Secret CA", "server-id-and-password", activation_password=ACTIVATION)
    builders.certifier(office, "Locked CA", "locking-id", locking_id=id_files.describe(office.root / "rob-ra.id"))
    return office


class Typing:
    """Answers prompts."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.prompts = list(answers), []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self.answers:
            raise Cancelled(prompt)
        return self.answers.pop(0)


def without_lists(said: str) -> str:
    """Leave out the lines about CRLs, which tests/tasks/test_ca_lists.py checks."""
    return "\n".join(line for line in said.split("\n") if " (regular) of " not in line)


class Session:
    def __init__(self, office, ask=no_password) -> None:
        self.server = builders.server(office, ask)

    def __call__(self, line: str) -> str:
        """Return the output; refusals without the task's prefix, which test_interpreter checks."""
        self.server.console.refused = False
        said = without_lists(builders.said(list(self.server.console.execute(line))))
        return said.removeprefix("CA Process: ") if self.server.console.refused else said

    def states(self) -> list[str]:
        return [state for _, _, state in self.server.host.task("ca").states()]

    def end(self) -> None:
        list(self.server.stop())


@pytest.fixture
def say(three):
    session = Session(three)
    session("load ca")
    yield session
    session.end()


def test_each_certifier_has_its_number_and_its_state(say) -> None:
    assert say.states() == ["Yes", "No (password required)", "No (locked)"]
    assert [line for line in say("tell ca stat").splitlines() if line[:4].strip()] == [
        "CA Process: 3 certifier(s) configured", f"  1. {PLAIN}", f"  2. {SECRET}", f"  3. {LOCKED}",
    ]  # fmt: skip
    assert say.server.host.task("ca").status() == ["Idle, 1 of 3 certifiers active"]


def test_activation_with_the_right_and_the_wrong_password(three, say) -> None:
    wrong = say("tell ca activate 2 wrong password")
    assert wrong == f"The key of {SECRET} cannot be opened with this password.\n  Type the password again."
    assert say(f"tell ca activate 2 {ACTIVATION}") == f"CA Process: {SECRET} is active"
    assert say.states()[1] == "Yes"
    assert say(f"tell ca activate 2 {ACTIVATION}") == f"{SECRET} is already active."
    assert builders.actions(three).count(("certifier activated", SECRET)) == 1


def test_activation_without_a_password_asks(three) -> None:
    ask = Typing("wrong password", ACTIVATION)
    say = Session(three, ask)
    say("load ca")
    assert "cannot be opened with this password" in say("tell ca activate 2")
    assert say("tell ca activate 2") == f"CA Process: {SECRET} is active"
    assert ask.prompts == [f"Activation password for {SECRET}: "] * 2
    say.end()


def test_where_nobody_can_be_asked_it_is_cancelled(say) -> None:
    assert say("tell ca activate 2") == "Cancelled"
    assert say.states()[1] == "No (password required)"


def test_star_activates_all_but_the_locked_ones_and_asks_for_each(three) -> None:
    builders.certifier(three, "Other CA", "server-id-and-password", activation_password="activation 2")
    ask = Typing(ACTIVATION, "activation 2")
    say = Session(three, ask)
    say("load ca")
    say("tell ca deactivate 1")
    answer = say("tell ca activate *")
    assert [f"{name} is active" in answer for name in (PLAIN, SECRET, LOCKED, "CN=Other CA/O=MyCompany")] == [True, True, False, True]
    assert [SECRET in prompt for prompt in ask.prompts] == [True, False]
    assert say("tell ca activate *") == ""
    say.end()


def test_star_goes_on_after_a_wrong_password_and_a_disabled_certifier(three) -> None:
    builders.certifier(three, "Other CA", "server-id-and-password", activation_password="activation 2")
    disable(three, 1)
    say = Session(three)
    say("load ca")
    answer = say("tell ca activate * activation 2")
    assert PLAIN not in answer  # it needs no password, and is active for its CRLs
    assert f"The key of {SECRET} cannot be opened with this password" in answer
    assert "CN=Other CA/O=MyCompany is active" in answer
    say.end()


def disable(office, certifier_id: int) -> None:
    builders.next_version(office, certifier_id, enabled=False)


def test_a_disabled_certifier_issues_nothing_but_goes_on_making_lists(three, say) -> None:
    builders.database(three)
    builders.approved(three)
    disable(three, 1)
    disable(three, 3)
    disabled = "disabled: issues no certificates, but continues to issue CRLs"
    assert f"CA Process: {PLAIN} is {disabled}" in say("tell ca refresh")
    assert say.states()[::2] == ["No (disabled)"] * 2
    assert say("tell ca activate 1") == f"{PLAIN} is already active."
    assert say(f"tell ca unlock rob-ra.id {ROB_PASSWORD}") == f"CA Process: {LOCKED} is {disabled}"
    assert builders.state(three, 1) == "Approved"
    three.clock.advance(days=8)
    said = builders.said(list(say.server.pump()))
    assert [f"CRL number 2 (regular) of {name} was issued" in said for name in (PLAIN, LOCKED)] == [True, True]
    assert builders.state(three, 1) == "Approved"
    assert say.server.host.task("ca").status() == ["Idle, 0 of 3 certifiers active"]


def test_what_a_caa_has_changed_counts_without_a_refresh(three, say) -> None:
    builders.database(three)
    builders.approved(three)
    disable(three, 1)
    assert f"{PLAIN} has a new configuration" in builders.said(list(say.server.pump()))
    list(say.server.pump())
    assert builders.state(three, 1) == "Approved"


def test_a_configuration_that_is_altered_while_the_certifier_works_stops_it(three, say) -> None:
    sql(three, "UPDATE configurations SET document = x'00' WHERE certifier_id = 1")
    assert "A signed document in the store cannot be read." in builders.said(list(say.server.pump()))
    assert say.states()[0] == "No (refused: A signed document in the store cannot be read.)"
    assert list(say.server.pump()) == []


def test_a_deactivated_certifier_waits_until_it_is_activated(three, say) -> None:
    builders.database(three)
    assert say("tell ca deactivate 1") == f"CA Process: {PLAIN} has been deactivated"
    assert say.states()[0] == "No (deactivated)"
    builders.approved(three)
    assert list(say.server.pump()) == []
    assert say("tell ca activate 1") == (
        f"CA Process: {PLAIN} is active\nCA Process: Certificate issued for request 1 by {PLAIN}"
    )
    say("tell ca deactivate *")
    assert say.states() == ["No (deactivated)", "No (password required)", "No (locked)"]
    assert ("certifier deactivated", LOCKED) in builders.actions(three)


@pytest.mark.parametrize("number", ["", "0", "4", "-1", "1.0", "x", "²"])
def test_a_number_that_no_certifier_has_is_said_to_have_none(say, number: str) -> None:
    for command in ("activate", "deactivate", "show queue"):
        answer = say(f"tell ca {command} {number}")
        missing = f"Certifier number {number} was not found." if number.isdecimal() else "Enter the certifier number."
        expected = "Enter: tell ca show queue" if command == "show queue" and not number else missing
        assert answer.startswith(expected)


def test_a_locking_id_unlocks_and_locks(three, say) -> None:
    assert say(f"tell ca unlock rob-ra.id {ROB_PASSWORD}") == f"CA Process: {LOCKED} is active"
    assert say.states()[2] == "Yes"
    assert say("tell ca lock rob-ra.id") == f"CA Process: {LOCKED} is locked"
    assert say.states()[2] == "No (locked)"
    acts = [action for action, name in builders.actions(three) if name == LOCKED]
    assert acts[-3:] == ["certifier activated", "CRL issued", "certifier locked"]


def test_a_quoted_file_name_may_have_blanks(three, say, tmp_path: Path) -> None:
    folder = tmp_path / "my ids"
    folder.mkdir()
    (three.root / "rob-ra.id").rename(folder / "rob ra.id")
    assert say(f'tell ca unlock "{folder}/rob ra.id" {ROB_PASSWORD}') == f"CA Process: {LOCKED} is active"
    assert say(f'tell ca lock "{folder}/rob ra.id"') == f"CA Process: {LOCKED} is locked"


def test_an_unlock_without_a_password_asks(three) -> None:
    ask = Typing(ROB_PASSWORD)
    say = Session(three, ask)
    say("load ca")
    assert say("tell ca unlock rob-ra.id") == f"CA Process: {LOCKED} is active"
    assert ask.prompts == ["Password for the ID file rob-ra.id: "]
    say.end()


def test_what_does_not_unlock_says_why(say) -> None:
    assert "cannot be opened with this password" in say("tell ca unlock rob-ra.id wrong password")
    assert "No certifier is locked by the ID of CN=Ann Admin" in say(f"tell ca unlock ann-admin.id {ADMIN_PASSWORD}")
    assert "nobody.id does not exist" in say("tell ca unlock nobody.id secret")
    for command in ("lock", "unlock", 'unlock ""'):
        assert say(f"tell ca {command}").startswith("Specify the ID file:")
    assert say("tell ca activate 3").startswith(f"{LOCKED} is locked by an ID.")
    assert say.states()[2] == "No (locked)"


def test_a_refresh_locks_again_and_finds_what_is_new(three, say) -> None:
    say(f"tell ca activate 2 {ACTIVATION}")
    say(f"tell ca unlock rob-ra.id {ROB_PASSWORD}")
    builders.certifier(three, "New CA")
    assert say("tell ca refresh").splitlines() == [
        f"CA Process: {PLAIN} is active",
        f"CA Process: {SECRET} requires its password. Enter: tell ca activate 2 <password>",
        f"CA Process: {LOCKED} is locked. Enter: tell ca unlock <idfile> <password>",
        "CA Process: CN=New CA/O=MyCompany is active",
        "CA Process: Refreshed: 4 certifiers",
    ]
    assert say.states() == ["Yes", "No (password required)", "No (locked)", "Yes"]


def test_a_new_certifier_is_taken_up_without_a_refresh(three, say) -> None:
    builders.certifier(three, "New CA")
    assert without_lists(builders.said(list(say.server.pump()))) == "CA Process: CN=New CA/O=MyCompany is active"
    assert list(say.server.pump()) == []


def test_another_servers_certifiers_are_not_ours(three) -> None:
    sql(three, "UPDATE certifiers SET server = 'CN=Server2/O=MyCompany/C=US' WHERE id > 1")
    say = Session(three)
    say("load ca")
    assert say.states() == ["Yes"]
    say.end()


def test_the_queue_shows_what_waits(three, say) -> None:
    builders.database(three)
    builders.submitted(three)
    say("tell ca deactivate 1")
    builders.approved(three, "two.example.com")
    builders.received(three)
    assert say("tell ca show queue 1").splitlines() == [
        f"CA Process: {PLAIN}: 2 pending requests",
        "       Certificate request 1: CN=www.example.com/O=MyCompany/C=US (New)",
        "       Certificate request 2: CN=two.example.com/O=MyCompany/C=US (Approved)",
    ]
    assert say("tell ca show queue *").count("0 pending requests") == 2
    for words in ("show", "show queue 1 2", "show tasks"):
        assert say(f"tell ca {words}").startswith("Enter: tell ca show queue <certifier number>")


def test_quitting_forgets_the_keys(say) -> None:
    task = say.server.host.task("ca")
    assert repr(task._vault) == "KeyVault(1 open)"
    say("tell ca quit")
    assert repr(task._vault) == "KeyVault(0 open)"
    assert task.states() == []


def test_a_tampered_certifier_cannot_be_activated(three) -> None:
    sql(three, "UPDATE configurations SET document = x'00' WHERE certifier_id = 2")
    say = Session(three)
    assert f"{SECRET}: A signed document in the store cannot be read." in say("load ca")
    assert say(f"tell ca activate 2 {ACTIVATION}").startswith(f"{SECRET} cannot be activated: A signed document")
    assert say.states()[1] == "No (refused: A signed document in the store cannot be read.)"
    say.end()


def test_an_exchanged_seal_is_refused_at_activation(three, say) -> None:
    sql(three, "UPDATE certifiers SET sealed_key = (SELECT sealed_key FROM certifiers WHERE id = 1) WHERE id = 2")
    say("tell ca refresh")
    assert "is not the one that was signed" in say(f"tell ca activate 2 {ACTIVATION}")
    assert say.states()[1].startswith("No (refused: A row of the store (certifiers 2)")
    assert ("certifier refused", SECRET) in builders.actions(three)


def test_a_full_disk_is_told_and_survived(three, say) -> None:
    builders.database(three)
    builders.approved(three)
    with limited_file_size(1000):
        (line,) = say.server.pump()
    assert f"CA Process: {PLAIN}: " in line
    assert "the disk is full or failing" in line
    assert builders.state(three, 1) == "Approved"
    assert "Certificate issued for request 1" in builders.said(list(say.server.pump()))


def test_a_bug_over_one_certifier_is_told_once_and_keeps_no_other_from_issuing(office, monkeypatch, caplog) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    running = builders.server(office)
    list(running.console.execute("load ca"))
    builders.approved(office)
    builders.approved(office, file="other.nsf")
    real = IssuingAuthority.issue_approved

    def buggy(self, *given):
        if self._certifier.record.name == CA_NAME:
            raise ZeroDivisionError
        return real(self, *given)

    monkeypatch.setattr(IssuingAuthority, "issue_approved", buggy)
    said = builders.said([*running.pump(), *running.pump()])
    assert said.count("An unexpected error occurred (ZeroDivisionError); see the log for details.") == 1
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
    caplog.clear()
    assert "Certificate issued for request 2 by" in said
    assert (builders.state(office, 1), builders.state(office, 2)) == ("Approved", "Issued")
    monkeypatch.undo()
    assert "Certificate issued for request 1" in builders.said(list(running.pump()))
    list(running.stop())
