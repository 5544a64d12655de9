"""Modify Certifier: new versions, their signers, their differences, and recovery from tampering."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dominoadmin.errors import NotAllowed, NotFound, Refused, Tampered
from dominoadmin.pki import documents
from dominoadmin.pki.profiles import CertificateSettings, NamePolicy
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import configuration_versions, modifying
from dominoadmin.services.certifiers.settings import Difference
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.processes import adminp
from dominoadmin.services.states import RequestState
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import CA_NAME, sql

ANN, ROB = "CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"


@pytest.fixture
def one(office):
    """An office with the certifier MyCompany CA, where Rob is RA too."""
    builders.ready(office, ras=("Rob Ra",))
    return office


def begin(office) -> modifying.SettingsDraft:
    return modifying.begin(office.domain, office.actor(), 1)


def save(office, signer=None, draft=None, **fields) -> modifying.Saved:
    return modifying.save(office.domain, signer or office.ann, replace(draft or begin(office), **fields))


def test_a_caa_saves_a_signed_version_and_the_log_says_what_changed(one) -> None:
    settings = replace(CertificateSettings(), default_days=90, names=NamePolicy(("dns",), ("example.com",)))
    saved = save(
        one, caas=("Ann Admin", "Rob Ra"), settings=settings, crl_days=20, hash_name="sha384",
        publication=Publication(("http://crl.example.com/pki",), 100, 6, "/", "/bin/true"),
    )  # fmt: skip
    assert (saved.version, saved.name, saved.remarks) == (2, CA_NAME, ())
    assert Difference("default_days", 200, 90) in saved.changes
    found = builders.verified(one).configuration
    assert (found.caas, found.crl_days, found.settings) == ((ANN, ROB), 20, settings)
    assert builders.actions(one)[-1] == ("certifier modified", CA_NAME)
    (row,) = sql(one, "SELECT detail FROM audit ORDER BY number DESC LIMIT 1")
    assert {"setting": "default_days", "before": 200, "after": 90} in json.loads(row["detail"])["changes"]
    verifying.verify(one.domain, one.actor())


def test_a_second_caa_can_sign_and_removes_the_first_who_then_may_no_more(one) -> None:
    save(one, caas=("Ann Admin", "Rob Ra"))
    saved = save(one, one.rob, caas=(ROB,))
    assert any("only one CA administrator" in remark for remark in saved.remarks)
    with pytest.raises(NotAllowed, match="not a CA administrator"):
        save(one, crl_days=10)
    assert begin(one).caas == (ROB,)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Nothing was changed"),
        ({"caas": ()}, "last CA administrator"),
        ({"crl_days": 7}, "Time between CRLs"),
        ({"hash_name": "md5"}, "md5 is not a supported hash"),
        ({"settings": replace(CertificateSettings(), minimum_days=900)}, "Minimum duration"),
        ({"publication": Publication(("ftp://x",))}, "ftp"),
    ],
)
def test_what_breaks_a_rule_is_refused(one, fields, sentence) -> None:
    with pytest.raises(Refused, match=sentence):
        save(one, **fields)
    assert builders.verified(one).configuration.version == 1


def test_whoever_is_in_no_directory_gets_no_role(one) -> None:
    with pytest.raises(NotFound, match="is not in the Domino Directory"):
        modifying.check(one.domain, one.actor(), replace(begin(one), ras=("Ann Admin", "Nobody")))
    with pytest.raises(NotFound, match="The person Server1"):
        save(one, caas=(ANN, "Server1"))


def test_of_two_editors_the_second_is_told(one) -> None:
    first, second = begin(one), begin(one)
    save(one, draft=first, crl_days=20)
    with pytest.raises(Refused, match="Someone saved version 2"):
        save(one, draft=second, crl_days=25)


def test_checking_shows_the_changes_and_changes_nothing(one) -> None:
    preview = modifying.check(one.domain, one.actor(), replace(begin(one), ras=(ANN,), crl_days=20))
    assert [change.field for change in preview.changes] == ["ras", "crl_days"]
    assert begin(one).version == 1
    assert modifying.check(one.domain, one.actor(), begin(one)).changes == ()


def test_a_disabled_certifier_issues_nothing_until_it_is_enabled(one) -> None:
    task = CaTask(one.domain, one.server, builders.no_password)
    list(task.start())
    request = builders.approved(one)
    modifying.set_enabled(one.domain, one.ann, 1, enabled=False)
    list(task.run_due())
    assert builders.state(one, request) == RequestState.APPROVED
    assert builders.actions(one)[-1][0] == "certifier disabled"
    with pytest.raises(Refused, match="The certifier is already disabled"):
        modifying.set_enabled(one.domain, one.ann, 1, enabled=False)
    modifying.set_enabled(one.domain, one.ann, 1, enabled=True)
    list(task.run_due())
    assert builders.state(one, request) == RequestState.ISSUED


def test_other_administrators_are_stored_in_the_directory_by_the_administration_process(one) -> None:
    server = Actor.of(one.server)
    list(adminp.process(one.domain, server))
    save(one, crl_days=20)
    assert not list(adminp.process(one.domain, server))
    save(one, caas=(*begin(one).caas, "Rob Ra"))
    assert list(adminp.process(one.domain, server)) == [f"Store CA Policy Information in the Domino Directory: {CA_NAME}"]
    assert not list(adminp.process(one.domain, server))


def test_versions_stay_readable_and_comparable(one) -> None:
    one.clock.advance(days=3)
    save(one, crl_days=20)
    newer, older = configuration_versions.versions(one.domain, one.actor(), 1)
    assert (newer.number, newer.signer, newer.in_force, older.in_force) == (2, ANN, True, False)
    assert newer.signed_at == one.clock.now and newer.signed_at - older.signed_at >= timedelta(days=3)
    compared = configuration_versions.compare(one.domain, one.actor(), 1, 1, 2)
    assert compared.differences == (Difference("crl_days", 30, 20),)
    with pytest.raises(NotFound, match="no version 7"):
        configuration_versions.compare(one.domain, one.actor(), 1, 1, 7)


def test_a_certifier_outlives_the_ids_of_those_who_signed_for_it(one) -> None:
    save(one, crl_days=20)
    one.clock.now = one.ann.certificate.not_valid_after_utc + timedelta(days=1)
    assert builders.verified(one).configuration.version == 2
    with pytest.raises(Tampered, match="expired"):
        save(one, crl_days=25)


def add(office, number: int, configuration, signer) -> None:
    document = configuration.sign(signer).serialize()
    sql(office, "INSERT INTO configurations VALUES (1, ?, ?)", number, document)


def forged(office, **fields):
    """Return a correct successor of the newest version, except for `fields`."""
    present = builders.verified(office).configuration
    (row,) = sql(office, "SELECT document FROM configurations ORDER BY version DESC LIMIT 1")
    at = office.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    follows = {"version": present.version + 1, "previous": documents.digest(row["document"]), "signed_at": at}
    return replace(present, **{**follows, **fields})


FORGED = {
    "by a former CAA": ({}, "ann", "was not signed by a CA administrator"),
    "by a former CAA, backdated": ({"signed_at": "2000-01-01T00:00:00Z"}, "ann", "signed earlier than the version before it"),
    "out of its row": ({"previous": "0" * 64}, "rob", "does not follow the version before it."),
    "at no time": ({"signed_at": "soon"}, "rob", "cannot be read"),
    "without a time zone": ({"signed_at": "2099-01-01T00:00:00"}, "rob", "cannot be read"),
}


@pytest.mark.parametrize(("fields", "signer", "sentence"), FORGED.values(), ids=FORGED)
def test_a_version_that_does_not_follow_is_refused_and_the_last_good_one_restored(
    one, fields, signer, sentence
) -> None:
    save(one, caas=("Ann Admin", "Rob Ra"))
    save(one, one.rob, caas=(ROB,), crl_days=20)
    add(one, 4, forged(one, **fields), getattr(one, signer))
    with pytest.raises(Tampered, match=sentence):
        builders.verified(one)
    with pytest.raises(NotAllowed):
        configuration_versions.restore(one.domain, one.ann, 1)
    restored = configuration_versions.restore(one.domain, one.rob, 1)
    found = builders.verified(one).configuration
    assert (found.version, found.crl_days, found.caas) == (restored.version, 20, (ROB,))
    verifying.verify(one.domain, one.actor())


def test_a_seal_that_a_version_binds_is_not_dropped_by_going_back(one) -> None:
    save(one, crl_days=20)
    add(one, 3, forged(one, seal="0" * 64), one.ann)
    with pytest.raises(Tampered, match="does not belong to this certifier"):
        builders.verified(one)
    with pytest.raises(Refused, match="was replaced: an old password may open it"):
        configuration_versions.restore(one.domain, one.ann, 1)


def test_a_tampered_certifier_refuses_work_until_a_caa_restores_it(one) -> None:
    task = CaTask(one.domain, one.server, builders.no_password)
    list(task.start())
    approved, submitted = builders.approved(one), builders.submitted(one, "b.example.com")
    save(one, crl_days=20)
    bad = sql(one, "SELECT document FROM configurations WHERE version = 2")[0]["document"].replace(b"A", b"B", 3)
    sql(one, "UPDATE configurations SET document = ? WHERE version = 2", bad)
    standing = configuration_versions.standing(one.domain, one.actor(), 1)
    assert standing.problem and (standing.last_good, standing.versions, standing.caas) == (1, 2, (ANN,))
    assert any("MyCompany CA" in line for line in task.run_due())
    assert builders.state(one, approved) == RequestState.APPROVED
    assert list(task.tell("stat"))[3].startswith("       Active: No (refused")
    with pytest.raises(Refused):
        list(task.tell("crl issue 1"))
    (outcome,) = builders.approve(one.domain, one.ann, [submitted])
    assert outcome.problem
    shown = configuration_versions.versions(one.domain, one.actor(), 1)
    assert [(each.number, bool(each.problem), each.in_force) for each in shown] == [(2, True, False), (1, False, False)]
    with pytest.raises(Tampered):
        configuration_versions.compare(one.domain, one.actor(), 1, 1, 2)
    with pytest.raises(Tampered):
        begin(one)
    restored = configuration_versions.restore(one.domain, one.ann, 1)
    assert (restored.version, restored.good, restored.set_aside) == (2, 1, 1)
    assert [row["document"] for row in sql(one, "SELECT document FROM configuration_evidence")] == [bad]
    assert builders.actions(one)[-1] == ("certifier restored", CA_NAME)
    list(task.run_due())
    assert builders.state(one, approved) == RequestState.ISSUED
    with pytest.raises(Refused, match=r"The configuration is intact\. There is nothing to restore\."):
        configuration_versions.restore(one.domain, one.ann, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certifiers SET protection = 'locking-id', locking_id = 'CN=Rob Ra/O=MyCompany/C=US'",
        "UPDATE certifiers SET name = 'CN=Evil'",
        "UPDATE certifiers SET server = 'CN=Other/O=MyCompany/C=US'",
        "UPDATE configurations SET version = -1 WHERE version = 2",
        "UPDATE configurations SET version = 9 WHERE version = 2",
        "INSERT INTO configurations VALUES (1, 0, x'00')",
        "DELETE FROM configurations WHERE version = 1; ",
    ],
)
def test_rows_that_were_moved_or_changed_are_put_right(one, statement) -> None:
    save(one, crl_days=20)
    sql(one, statement)
    if "DELETE" in statement:
        with pytest.raises(Refused, match="No version of the configuration can be trusted:"):
            configuration_versions.restore(one.domain, one.ann, 1)
        return
    assert configuration_versions.standing(one.domain, one.actor(), 1).problem
    configuration_versions.restore(one.domain, one.ann, 1)
    assert builders.record(one).name == CA_NAME
    assert builders.verified(one).configuration.protection == "server-id"


def test_an_exchanged_certificate_cannot_be_put_right(one) -> None:
    builders.certifier(one, "Other CA")
    sql(one, "UPDATE certifiers SET certificate = (SELECT certificate FROM certifiers WHERE id = 2) WHERE id = 1")
    with pytest.raises(Refused, match="The certificate of"):
        configuration_versions.restore(one.domain, one.ann, 1)


def test_a_clock_that_was_ahead_when_a_version_was_saved_freezes_nothing(one) -> None:
    one.clock.advance(days=300)
    save(one, crl_days=20)
    one.clock.advance(days=-299)
    save(one, crl_days=25)
    newest, before, _first = configuration_versions.versions(one.domain, one.actor(), 1)
    assert newest.configuration.crl_days == 25
    assert newest.signed_at == before.signed_at, "no version may have been signed before the one it follows"
    assert builders.verified(one).configuration.version == 3


NOT_RUN = (
    'The command will not be run: none of those who have signed it ({names}) is in the list "Run unrestricted methods and operations" of the '
    "Server document, tab Security."
)
COMMAND = Publication(command="/bin/true")


def test_a_command_that_will_not_run_is_told_before_it_is_signed(one) -> None:
    """The CA process reported it only at the first CRL, long after the certifier was saved."""
    server_documents.change(one.domain, one.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
    preview = modifying.check(one.domain, one.actor(), replace(begin(one), publication=COMMAND))
    assert preview.remarks[1:] == (NOT_RUN.format(names="Ann Admin/MyCompany/US"),)
    save(one, caas=("Ann Admin", "Rob Ra"), publication=COMMAND)
    rob = Actor.of(one.rob)
    draft = modifying.begin(one.domain, rob, 1)
    assert modifying.check(one.domain, rob, replace(draft, crl_days=20)).remarks == ()
    save(one, one.rob, draft, crl_days=20)
    assert modifying.check(one.domain, one.actor(), replace(begin(one), crl_days=21)).remarks == (), "Rob has signed it"
    other = replace(begin(one), publication=replace(COMMAND, command="/bin/false"))
    assert modifying.check(one.domain, one.actor(), other).remarks == (NOT_RUN.format(names="Ann Admin/MyCompany/US"),)


def test_an_altered_server_document_keeps_nobody_from_saving(one) -> None:
    sql(one, "UPDATE directory SET fields = replace(fields, 'server1.example.com', 'evil.example.com')")
    assert len(modifying.check(one.domain, one.actor(), replace(begin(one), publication=COMMAND)).remarks) == 1


def test_there_is_no_such_certifier(one) -> None:
    with pytest.raises(NotFound):
        modifying.begin(one.domain, one.actor(), 99)
    with pytest.raises(NotFound):
        configuration_versions.versions(one.domain, one.actor(), 99)


def test_a_damaged_first_version_leaves_nothing_to_go_back_to(one) -> None:
    sql(one, "UPDATE configurations SET document = x'7b7d'")
    with pytest.raises(Tampered):
        modifying.begin(one.domain, one.actor(), 1)
    standing = configuration_versions.standing(one.domain, one.actor(), 1)
    assert (standing.last_good, standing.caas) == (0, ())


def test_a_folder_with_too_long_a_name_is_not_on_this_computer():
    folder = "/" + "x" * 300
    assert list(modifying.publication_remarks(Publication(folder=folder))) == [f"Folder {folder} was not found on this computer."]
