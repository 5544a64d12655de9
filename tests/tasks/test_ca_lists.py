"""The CA process updates its certifiers' CRLs, responders and published files, and warns if it cannot."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from dominoadmin.pki.publication import Publication, slug
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import lists, published_lists, publishing, revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.tasks.adminp import AdminpTask
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import CA_NAME, sql

BASE = "http://server1.example.com/pki"


def started(office) -> CaTask:
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    return task


def issued(office, ca, *hosts: str) -> list[str]:
    builders.approve(office.domain, office.ann, [builders.submitted(office, host) for host in hosts])
    list(ca.run_due())
    known = {c.subject.rfc4514_string(): f"{c.serial_number:x}" for c in builders.certificates(office)}
    return [next(serial for name, serial in known.items() if f"CN={host}" in name) for host in hosts]


def revoke(office, serial: str, **order) -> None:
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,), **order))


def newest(office):
    return publishing.find_list(office.domain, office.actor(), 1)


def listed(office) -> set[str]:
    found = x509.load_der_x509_crl(b"".join(lists.octets(office.domain, newest(office))))
    return {f"{entry.serial_number:x}" for entry in found}


@pytest.fixture
def ca(office):
    builders.ready(office)
    return started(office)


def test_the_next_list_is_made_before_the_old_one_ends_even_if_the_interval_is_as_long(office) -> None:
    builders.ready(office, crl_days=30, crl_interval_days=29)
    ca = started(office)
    end = newest(office).next_update
    certifier = ca._entries[0].certifier
    last = certifier.versions[-1]
    changed = replace(last, configuration=replace(last.configuration, crl_interval_days=30))
    ca._entries[0].certifier = replace(certifier, versions=(*certifier.versions[:-1], changed))
    office.clock.advance(days=29, hours=13)
    assert office.clock() < end
    assert any("CRL number 2 (regular)" in line for line in ca.run_due())


def test_after_a_long_sleep_the_list_is_made_at_once(office, ca) -> None:
    office.clock.advance(days=100)
    assert any("CRL number 2 (regular)" in line for line in ca.run_due())
    assert newest(office).next_update > office.clock()


def test_a_clock_that_was_ten_years_ahead_leaves_no_gap_when_it_is_back(office, ca) -> None:
    office.clock.advance(days=9 * 365)
    list(ca.run_due())
    office.clock.advance(days=-9 * 365)
    (line,) = ca.run_due()
    assert "CRL number 3 (regular)" in line
    assert newest(office).this_update <= office.clock()
    for day in range(40):
        office.clock.advance(days=1)
        list(ca.run_due())
        assert newest(office).this_update <= office.clock() < newest(office).next_update, day


def test_an_expired_certifier_makes_no_more_lists_and_nobody_is_warned(office, ca) -> None:
    office.clock.advance(days=20_000)
    assert not [line for line in ca.run_due() if "CRL" in line]
    list(ca.tell("deactivate 1"))
    assert list(ca.run_due()) == []


def test_a_certifier_that_is_not_active_warns_once_for_each_stage(office, ca) -> None:
    list(ca.tell("deactivate 1"))
    assert list(ca.run_due()) == []
    office.clock.advance(days=28)
    (soon,) = ca.run_due()
    assert soon.startswith(f"{CA_NAME}: its CRL expires on ")
    assert ca.status() == ["Idle, 0 of 1 certifier active", soon]
    assert list(ca.run_due()) == []
    office.clock.advance(days=3)
    (late,) = ca.run_due()
    assert late.startswith(f"{CA_NAME}: its CRL expired on ")
    assert list(ca.run_due()) == []
    assert any("CRL number 2 (regular)" in line for line in ca.tell("activate 1"))
    assert ca.status() == ["Idle, 1 of 1 certifier active"]


def test_what_stops_the_issuing_does_not_stop_the_lists(office, ca, monkeypatch) -> None:
    from dominoadmin.errors import Tampered
    from dominoadmin.services.requests.issuing import IssuingAuthority

    def refuse(*_rest):
        raise Tampered("The journal is no journal.")

    monkeypatch.setattr(IssuingAuthority, "issue_approved", refuse)
    office.clock.advance(days=8)
    said = list(ca.run_due())
    assert said[0] == f"{CA_NAME}: The journal is no journal."
    assert "CRL number 2 (regular)" in said[1]
    assert list(ca.run_due()) == []


def test_the_queue_shows_revocation_requests(office, ca) -> None:
    (serial,) = issued(office, ca, "www.example.com")
    revoke(office, serial)
    assert list(ca.tell("show queue 1")) == [
        f"{CA_NAME}: 1 pending request", "       Revocation request 1: revoke 1 certificate (New)",
    ]  # fmt: skip


def test_the_administration_process_stores_regular_lists_in_the_directory(office, ca) -> None:
    task = AdminpTask(office.domain, office.server)
    line = f"Store Certificate Revocation List in Domino or LDAP Directory: {CA_NAME} (CRL number 1)"
    assert line in list(task.start())
    assert newest(office).pushed_at == office.clock()
    list(ca.tell("CRL issue 1"))
    office.clock.advance(seconds=6)
    assert list(task.run_due()) == []
    assert ("CRL pushed", CA_NAME) in builders.actions(office)


ALTERED = {
    "a row was removed": "DELETE FROM revocations WHERE serial_hex = ?",
    "a row was released": "UPDATE revocations SET released_at = revoked_at WHERE serial_hex = ?",
    "a reason was changed": "UPDATE revocations SET reason = 'superseded' WHERE serial_hex = ?",
    "an end was changed": "UPDATE revocations SET not_after = '2020-01-01T00:00:00Z' WHERE serial_hex = ?",
    "an entry was changed": "UPDATE revocations SET entry = x'00' WHERE serial_hex = ?",
    "a chunk was removed": "DELETE FROM crl_chunks WHERE ? != ''",
    "a chunk was emptied": "UPDATE crl_chunks SET entries = x'' WHERE ? != ''",
    "a chunk was emptied with its digest": (
        "UPDATE crl_chunks SET entries = x'', sha256 ="
        " 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' WHERE ? != ''"
    ),
    "the digests were removed": "DELETE FROM revocation_pages WHERE ? != ''",
    "the signature was removed": "DELETE FROM revocation_states WHERE ? != ''",
}


@pytest.mark.parametrize("name", [name for name in ALTERED if name != "a chunk was emptied"])  # that is mended
def test_what_was_altered_in_the_store_is_seen_at_the_start_and_no_list_is_made_of_it(office, ca, name) -> None:
    one, two = issued(office, ca, "one.example.com", "two.example.com")
    revoke(office, one, reason="keyCompromise")
    list(ca.run_due())
    number = newest(office).number
    sql(office, ALTERED[name], one)
    before = sql(office, "SELECT max(number) FROM crls")[0][0]
    ca = CaTask(office.domain, office.server, builders.no_password)
    said = [line for line in ca.start() if "altered" in line or "do not match the signature of its server." in line]
    assert len(said) == 1, said
    revoke(office, two)
    office.clock.advance(days=8)
    assert not [line for line in ca.run_due() if "was issued" in line or "revoked by" in line]
    assert sql(office, "SELECT max(number) FROM crls")[0][0] == before == number
    assert ("CRL refused", CA_NAME) in builders.actions(office)


@pytest.mark.parametrize("name", [name for name in ALTERED if name not in ("an entry was changed", "a reason was changed")])
def test_what_is_altered_while_the_process_runs_gets_on_no_list(office, ca, name) -> None:
    one, two = issued(office, ca, "one.example.com", "two.example.com")
    revoke(office, one, reason="keyCompromise")
    list(ca.run_due())
    sql(office, ALTERED[name], one)
    revoke(office, two)
    said = list(ca.run_due())
    made = [line for line in said if "was issued with" in line]
    assert not made or one in listed(office), said


def test_an_altered_row_does_not_hide_in_a_chunk_that_is_written_anew(office, ca) -> None:
    one, two = issued(office, ca, "one.example.com", "two.example.com")
    revoke(office, one, reason="certificateHold")
    revoke(office, two)
    list(ca.run_due())
    sql(office, "UPDATE revocations SET entry = (SELECT entry FROM revocations WHERE serial_hex = ?)", one)
    revoke(office, one, action=RevocationAction.RELEASE)
    assert not [line for line in ca.run_due() if "was issued" in line]


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("change", ["UPDATE revocations SET since = 0", "DELETE FROM revocations"])
def test_a_revocation_that_waits_for_the_key_is_not_hidden_from_the_next_list(office, ca, change: str, opened) -> None:
    """Otherwise nobody would be told before the next regular list, a week later."""
    (serial,) = issued(office, ca, "www.example.com")
    list(ca.tell("deactivate 1"))
    revoke(office, serial)
    assert any("1 revocation not on its CRL yet" in line for line in ca.run_due())
    sql(office, change)
    office.clock.advance(minutes=5 if opened else 65)
    lines = [*(ca.tell("activate 1") if opened else ()), *ca.run_due()]
    assert any(f"of {CA_NAME} do" in line for line in lines), lines
    builders.received(office)
    number = builders.submitted(office, "two.example.com")
    builders.approve(office.domain, office.ann, [number])
    list(ca.run_due())
    assert builders.state(office, number) == "Approved", "it issues nothing until the row is restored"


def test_an_older_state_that_is_put_back_whole_is_not_the_one_that_the_log_commits(office, ca) -> None:
    (one,) = issued(office, ca, "one.example.com")
    tables = ("revocations", "crl_chunks", "revocation_pages", "revocation_states", "crls")
    old = {table: sql(office, f"SELECT * FROM {table}") for table in tables}
    revoke(office, one)
    list(ca.run_due())
    sql(office, "DELETE FROM crl_pieces")
    for table in tables:
        sql(office, f"DELETE FROM {table}")
        for row in old[table]:
            sql(office, f"INSERT INTO {table} VALUES ({', '.join('?' * len(tuple(row)))})", *row)
    said = list(CaTask(office.domain, office.server, builders.no_password).start())
    assert any("A row of the store (revocation_states 1) is not the one that was signed" in line for line in said), said


def test_the_audit_log_is_whole_after_all_that(office, ca) -> None:
    (one,) = issued(office, ca, "one.example.com")
    revoke(office, one, reason="certificateHold")
    list(ca.run_due())
    revoke(office, one, action=RevocationAction.RELEASE)
    list(ca.run_due())
    assert listed(office) == set()
    list(ca.tell("refresh"))
    assert [line for line in ca.run_due() if CA_NAME in line] == []
    verifying.verify(office.domain, office.actor())


def test_answers_are_written_as_files_for_another_server(office, tmp_path) -> None:
    builders.ready(office, publication=Publication((BASE,), folder=str(tmp_path)))
    ca = started(office)
    good, bad = issued(office, ca, "good.example.com", "bad.example.com")
    revoke(office, bad, reason="superseded")
    list(ca.run_due())
    key = slug(builders.verified(office).configuration.key_fingerprint)
    folder = tmp_path / f"{key}-ocsp"
    assert {path.name for path in folder.iterdir()} == {f"{good}.ors", f"{bad}.ors"}
    assert says(folder / f"{good}.ors").certificate_status is ocsp.OCSPCertStatus.GOOD
    revoked = says(folder / f"{bad}.ors")
    assert (revoked.certificate_status, revoked.serial_number) == (ocsp.OCSPCertStatus.REVOKED, int(bad, 16))
    # The certifier is closed: the responder's key is sealed to the server, and works until its certificate ends.
    list(ca.tell("deactivate 1"))
    office.clock.advance(days=1)
    list(ca.run_due())
    later = says(folder / f"{good}.ors")
    assert later.this_update_utc == office.clock() - timedelta(minutes=5)
    assert later.next_update_utc == office.clock() + timedelta(days=7)
    office.clock.advance(days=40)
    (line,) = [line for line in ca.run_due() if "responder" in line]
    assert line == f"{CA_NAME}: The OCSP responder has no valid certificate."
    assert says(folder / f"{good}.ors") and list(ca.run_due()) == []


def says(path) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(path.read_bytes())


def test_a_folder_that_is_gone_is_told_once_and_used_when_it_is_back(office, tmp_path) -> None:
    folder = tmp_path / "web"
    builders.ready(office, publication=Publication((BASE,), folder=str(folder)))
    ca = CaTask(office.domain, office.server, builders.no_password)
    told = [line for line in ca.start() if str(folder) in line]
    assert len(told) >= 1
    assert list(ca.run_due()) == []
    folder.mkdir()
    (line,) = ca.run_due()
    assert line == f"CRL number 1 of {CA_NAME} was written to {folder}"
    assert sorted(path.suffix for path in folder.iterdir() if path.is_file()) == [".cer", ".crl", ".txt"]


def test_a_command_gets_each_list_and_its_failure_is_told_once(office, tmp_path) -> None:
    seen, script = tmp_path / "seen", tmp_path / "publish"
    script.write_text(f'#!/bin/sh\ntest -e "{tmp_path}/broken" && exit 3\necho "$1" >> "{seen}"\n')
    script.chmod(0o755)
    builders.ready(office, publication=Publication((BASE,), command=str(script)))
    ca = started(office)
    assert seen.read_text().count(".crl") == 1
    (tmp_path / "broken").touch()
    said = list(ca.tell("CRL issue 1"))
    assert any(f"{script} exited with the status 3." in line for line in said)
    assert list(ca.run_due()) == []
    (tmp_path / "broken").unlink()
    assert any("CRL number 2" in line for line in ca.run_due())


def test_a_command_is_run_only_if_somebody_has_signed_it_who_may_run_programs_on_the_server(office, tmp_path) -> None:
    """Anyone may register a certifier: a member would run any program with the rights of the server."""
    script, told = tmp_path / "publish", tmp_path / "told"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {told}\n')
    script.chmod(0o755)
    wanted = Publication((BASE,), folder=str(tmp_path), command=str(script))
    builders.certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra", "Ann Admin"), ras=("Rob Ra",), publication=wanted)
    ca = CaTask(office.domain, office.server, builders.no_password)
    (line,) = [line for line in ca.start() if "command" in line]
    assert "none of those who have signed it may run programs on the server (Rob Ra/MyCompany/US)" in line
    assert list(tmp_path.glob("*.crl"))
    assert not told.exists()
    begun = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(begun, crl_days=20))
    list(ca.run_due())
    assert told.exists(), "Ann may, and has signed it, too"
    told.unlink()
    begun = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.rob, replace(begun, publication=replace(wanted, command="/bin/true")))
    assert "is not run" in "\n".join(ca.run_due()), "another command is not what she has signed"
    server_documents.change(office.domain, office.actor(), "Server1", ServerChange(run_unrestricted=("Rob Ra",)))
    assert "was written to" in "\n".join(ca.run_due())
    ca.stop()


SAID = {
    "a list": (AuditAction.CRL_ISSUED, CA_NAME, {"number": 99}), "a list without a number": (AuditAction.CRL_ISSUED, CA_NAME, {"number": "x"}),
    "a revocation": (AuditAction.CERTIFICATE_REVOKED, "abc", {"certifier": CA_NAME, "request": 1}),
}  # fmt: skip


@pytest.mark.parametrize("signs", [True, False])
@pytest.mark.parametrize("what", SAID)
def test_what_somebody_says_in_an_entry_stops_no_list(office, ca, what: str, signs: bool) -> None:
    """It cannot be taken back: the certifier would issue neither certificates nor CRLs for ever."""
    action, about, detail = SAID[what]
    who = Actor.of(office.rob) if signs else Actor(office.server.name, office.rob.anchor)
    with office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), who, [Event(action, about, detail)])
    if not signs:
        with office.domain.store.transaction() as db:  # the server signs over it
            audit_log.enter(db, office.clock(), Actor.of(office.server), [Event("crl refused", CA_NAME, {})])
    assert "CRL number 2" in "\n".join(ca.tell("CRL issue 1"))
    (serial,) = issued(office, ca, "www.example.com")
    revoke(office, serial, reason="superseded")
    assert "do not" not in "\n".join(ca.run_due())
    list(ca.tell("CRL issue 1"))
    assert listed(office) == {serial}


def test_nobody_says_that_a_published_list_was_issued_from_this_store(office, tmp_path) -> None:
    """Otherwise a newer list is overwritten after an older store was restored."""
    builders.ready(office, publication=Publication((BASE,), folder=str(tmp_path)))
    ca = started(office)
    builders.sql(office, "VACUUM INTO ?", str(tmp_path / "older"))
    list(ca.tell("CRL issue 1"))
    (path,) = tmp_path.glob("*.crl")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    ca.stop()
    office.domain.store.close()
    for each in office.domain.store.path.parent.glob(f"{office.domain.store.path.name}-*"):
        each.unlink()
    shutil.move(tmp_path / "older", office.domain.store.path)
    says = Event(AuditAction.CRL_ISSUED, CA_NAME, {"number": 2, "sha256": digest})
    for who in (Actor(office.server.name, office.rob.anchor), Actor.of(office.rob), Actor.of(replace(office.rob, name=office.server.name))):
        with office.domain.store.transaction() as db:
            audit_log.enter(db, office.clock(), who, [says])
    unknown = published_lists.unknown(office.domain, builders.verified(office), office.actor().verifier())
    assert [each.number for _path, each in unknown] == [2]
