"""Who may commit what: an act without its role is refused, and an entry that was made nevertheless is skipped (design: attacks 12 and 19)."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dominoadmin import application
from dominoadmin.errors import NotAllowed, NotFound, Refused, Tampered
from dominoadmin.pki import documents
from dominoadmin.services.audit import checking, roles, taking_over, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import administrators
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import DatabaseConfiguration, DatabaseRequest
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store import audit, audit_entries, state
from dominoadmin.store.account_state import NoAccountState
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AuditRecord
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import DATABASE, behind, sql
from tests.conftest import NO_KEYCHAIN, Clock, Office
from tests.services.audit.test_taking_over import earlier  # noqa: F401 - the fixture

SERVER = "Server1/MyCompany/US"


def test_each_kind_needs_a_role() -> None:
    assert roles.RULES.keys() == KINDS.keys()


ACTS = {
    "the Server document": lambda office, who: server_documents.change(office.domain, who, SERVER, ServerChange(host_name="www.example.com")),
    "Run unrestricted": lambda office, who: server_documents.change(office.domain, who, SERVER, ServerChange(run_unrestricted=("Rob Ra",))),
    "a database": lambda office, who: databases.configure(office.domain, who, DATABASE, DatabaseConfiguration(processing="automatic")),
    "another database": lambda office, who: databases.create(office.domain, who, DatabaseRequest("Other", "other.nsf", "Other CA")),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_only_administrators_change_the_directory_and_databases(office, act: str) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    before = sql(office, "SELECT count(*) FROM audit")[0][0]
    with pytest.raises(NotAllowed, match="Rob Ra/MyCompany/US may not change this") as refusal:
        ACTS[act](office, Actor.of(office.rob))
    assert "Administrators: Ann Admin/MyCompany/US." in refusal.value.hint
    assert sql(office, "SELECT count(*) FROM audit")[0][0] == before
    administrators.name_administrator(office.domain, office.certifier, "Rob Ra")
    ACTS[act](office, Actor.of(office.rob))
    administrators.remove_administrator(office.domain, office.certifier, "Rob Ra")
    with pytest.raises(NotAllowed):
        server_documents.change(office.domain, Actor.of(office.rob), SERVER, ServerChange(host_name="again.example.com"))
    verifying.verify(office.domain, office.actor())
    builders.load_ca(office)


def test_the_organizations_certifier_names_administrators_and_nobody_else(office) -> None:
    with pytest.raises(NotAllowed, match="Only the organization's certifier ID"):
        administrators.name_administrator(office.domain, office.ann, "Rob Ra")
    with pytest.raises(NotFound):
        administrators.name_administrator(office.domain, office.certifier, "Eve Ra")
    with pytest.raises(Refused, match="The last administrator cannot be removed"):
        administrators.remove_administrator(office.domain, office.certifier, "Ann Admin")
    with pytest.raises(Refused, match="is not an administrator"):
        administrators.remove_administrator(office.domain, office.certifier, "Rob Ra")
    assert administrators.name_administrator(office.domain, office.certifier, "Rob Ra") == office.rob.name
    with pytest.raises(Refused, match="is an administrator already"):
        administrators.name_administrator(office.domain, office.certifier, "Rob Ra")
    administrators.remove_administrator(office.domain, office.certifier, "Ann Admin")
    assert administrators.administrators(office.domain) == (office.rob.name,)
    with pytest.raises(NotAllowed):
        server_documents.change(office.domain, office.actor(), SERVER, ServerChange(host_name="www.example.com"))


def test_an_administrator_who_was_put_in_by_sql_is_none(office) -> None:
    sql(office, "INSERT INTO domain VALUES ('administrators', ?)", office.rob.name)
    with pytest.raises(Tampered, match=r"domain administrators\) is not the one that was signed"):
        server_documents.change(office.domain, Actor.of(office.rob), SERVER, ServerChange(host_name="www.example.com"))
    sql(office, "DELETE FROM domain WHERE key = 'administrators'")
    sql(office, "UPDATE domain SET value = ? WHERE key = 'administrator'", office.rob.name)
    with pytest.raises(Tampered, match=r"domain administrator\) is not the one that was signed"):
        server_documents.change(office.domain, Actor.of(office.rob), SERVER, ServerChange(host_name="www.example.com"))
    with pytest.raises(Tampered, match="is not the one that was signed"):
        builders.load_ca(office)


FORGED = {
    "domain": "UPDATE domain SET value = 'CN=Rob Ra/O=MyCompany/C=US' WHERE key = 'administrator'",
    "server": "UPDATE domain SET value = 'CN=Rob Ra/O=MyCompany/C=US' WHERE key = 'server'",
    "directory": "UPDATE directory SET fields = json_set(fields, '$.run_unrestricted', json_array('CN=Rob Ra/O=MyCompany/C=US')) WHERE kind = 'server'",
    "person": "INSERT INTO directory SELECT 'CN=Eve/O=MyCompany/C=US', kind, chain, fields, created_at FROM directory WHERE kind = 'person' LIMIT 1",
    "nobody": "DELETE FROM directory WHERE name LIKE 'CN=Ann%'",
    "former_ids": "INSERT INTO former_ids VALUES ('aa', 'CN=Ann Admin/O=MyCompany/C=US', 'keyCompromise', '2026-01-01T00:00:00Z')",
    "certifiers": "UPDATE certifiers SET sealed_key = x'00' WHERE id = 2",
    "no founder": "INSERT INTO certifiers SELECT 3, 'CN=MyCompany  CA/O=MyCompany', server, 'x', protection, locking_id, key_algorithm, certificate, sealed_key, created_at, NULL FROM certifiers WHERE id = 1",
    "generations": "INSERT INTO generations SELECT id, 2, protection, locking_id, key_algorithm, certificate, sealed_key, created_at, created_at, 0 FROM certifiers WHERE id = 2",
    "generation_certificates": "INSERT INTO generation_certificates SELECT id, 1, 1, 'parent', certificate, '[]', created_at FROM certifiers WHERE id = 2",
    "generation_responders": "INSERT INTO generation_responders VALUES (2, 2, x'00', x'00', '2030-01-01T00:00:00Z', '2026-01-01T00:00:00Z')",
    "configurations": "INSERT INTO configurations SELECT certifier_id, 2, document FROM configurations WHERE certifier_id = 2",
    "founding_statements": "UPDATE founding_statements SET signature = x'00' WHERE certifier_id = 2",
    "founder": "DELETE FROM founding_statements WHERE certifier_id = 2",
    "configuration_evidence": "INSERT INTO configuration_evidence VALUES (1, 2, 1, x'00', '', '2026-01-01T00:00:00Z')",
    "databases": "UPDATE databases SET fields = '{}' WHERE certifier_id = 2",
    "requests": "UPDATE requests SET subject = 'CN=evil.example.com' WHERE id = 2",
    "admin_requests": "UPDATE admin_requests SET state = 'Rejected' WHERE request_id = 2",
    "admin_request": "DELETE FROM admin_requests WHERE request_id = 2",
    "decisions": "DELETE FROM decisions",
    "decision": "INSERT INTO decisions VALUES (2, 1, x'00')",
    "crl_floors": "INSERT INTO crl_floors VALUES (1, 99)",
    "installed_files": "INSERT INTO installed_files VALUES ('x', '')",
    "request_edits": "INSERT INTO request_edits VALUES (1, 2, 'CN=Rob Ra/O=MyCompany/C=US', '2026-01-01T00:00:00Z', '{}', '{}')",
    "issued": "UPDATE issued SET part = 7",
    "certificate": "DELETE FROM issued",
    "cross_certificates": "UPDATE cross_certificates SET book = 'directory'",
    "revocation_requests": "INSERT INTO revocation_requests SELECT 9, certifier_id, action, serials, reason, invalidity_at, requested_by, document, 'Done', problem, created_at, changed_at FROM revocation_requests",
    "revocations": "DELETE FROM revocations",
    "revocation_states": "DELETE FROM revocation_states",
    "barred_keys": "INSERT INTO barred_keys VALUES ('aa', 1, '01')",
    "crls": "UPDATE crls SET number = 99",
    "responders": "INSERT INTO responders VALUES (2, x'00', x'00', '2030-01-01T00:00:00Z', '2026-01-01T00:00:00Z')",
}  # fmt: skip
"""What Rob, who has no role, enters with a program of his own."""


@contextmanager
def opened(template, root):
    shutil.copytree(template[0], root)
    root.chmod(0o700)
    clock = Clock()
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    yield Office(domain=domain, clock=clock, **template[1])
    domain.store.close()


@pytest.fixture(scope="module")
def busy_template(office_template, tmp_path_factory):
    """A domain with two certifiers, a certificate that is revoked, and a request for each."""
    root = tmp_path_factory.mktemp("busy") / "data"
    with opened(office_template, root) as made:
        office = replace(made, domain=replace(made.domain, account=NoAccountState()))  # no installation has adopted it yet
        builders.ready(office)
        builders.certifier(office, "Other CA")
        builders.database(office, "other.nsf", "Other CA")
        builders.approved(office)
        builders.submitted(office, "two.example.com", "other.nsf")
        builders.load_ca(office)
        (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = 1")
        revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="superseded"))
        builders.load_ca(office)
        with builders.act(office, office.ann) as db:
            db.execute("INSERT INTO cross_certificates VALUES (1, 'personal', 's', 'i', '01', 'k', '2030-01-01T00:00:00Z', x'00', '2026-01-01T00:00:00Z')")
        sql(office, "UPDATE leases SET holder = ''")
    return root, office_template[1]


@pytest.fixture
def busy(busy_template, tmp_path):
    with opened(busy_template, tmp_path / "data") as office:
        yield office


def objects(office) -> dict[Object, str]:
    """What the signed state has of everything that the log names."""
    with office.domain.store.snapshot() as db:
        named = {commit.object for entry in audit.entries(db) for commit in entry.commits}
        root = state.root(db)
        return {each: state.find(db, [each.hash()], root).get(each.hash(), b"").hex() for each in named}


@pytest.mark.parametrize("what", FORGED)
def test_an_entry_that_was_not_allowed_is_refused_and_skipped(busy, what: str) -> None:
    before = objects(busy)
    number = sql(busy, "SELECT max(number) FROM audit")[0][0] + 1
    (fields,) = sql(busy, "SELECT fields FROM directory WHERE kind = 'server'")
    with builders.act(busy, busy.rob) as db:
        changed = db.execute(FORGED[what]).rowcount
        assert changed > 0
    assert {each: digest for each, digest in objects(busy).items() if digest} != {each: digest for each, digest in before.items() if digest}
    told = rf"Entry {number} of the audit log was not allowed. Rob Ra/MyCompany/US may not change this \({KIND.get(what, what)} "
    if what not in ("domain", "server"):  # an altered fact: nobody's role is known any more
        with pytest.raises(Tampered, match=told):
            verifying.verify(busy.domain, busy.actor())
        assert f"Entry {number} of the audit log was refused." in "\n".join(builders.load_ca(busy))
        after = objects(busy)
        assert {each: after[each] for each in before} == before | {each: after[each] for each in before if is_work(after, each)}
        assert not any(digest for each, digest in after.items() if each not in before and not is_work(after, each))
        verifying.verify(busy.domain, busy.actor())
        sql(busy, "UPDATE directory SET fields = ? WHERE kind = 'server'", fields["fields"])  # else it does not start
        assert not [line for line in builders.load_ca(busy) if "audit log" in line], "another process comes to the same"
        if what not in ("certifiers", "configurations", "founding_statements", "founder"):
            found = checking.check(busy.domain, busy.actor())
            assert {each.table for each in found} <= {KIND.get(what, what)}, "the row, and nothing else"
    else:
        assert "is not the one that was signed" in "\n".join(builders.load_ca(busy))


KIND = {
    "person": "directory", "nobody": "directory", "founder": "founding_statements", "no founder": "certifiers",
    "certificate": "issued", "decision": "decisions", "admin_request": "admin_requests",
}  # fmt: skip


def is_work(after, which: Object) -> bool:
    """Whether the CA process may have changed this since: it adopts the store, renews lists and responders, and refuses requests."""
    return which.kind in ("crls", "revocation_states", "responders", "issued", "admin_requests", "installation")


def test_an_act_in_the_name_of_another_person_is_refused(busy) -> None:
    number = sql(busy, "SELECT max(number) FROM audit")[0][0] + 1
    with busy.domain.store.transaction() as db:
        db.execute(FORGED["directory"])
        audit_log.enter(db, busy.clock(), Actor(busy.ann.name, busy.ann.anchor, replace(busy.rob, name=busy.ann.name)), [Event(AuditAction.SERVER_DOCUMENT_CHANGED, "", {})])
    with pytest.raises(Tampered, match=f"Entry {number} .* in the name of Ann Admin/MyCompany/US, and signed by Rob Ra/MyCompany/US"):
        verifying.verify(busy.domain, busy.actor())
    assert f"Entry {number} of the audit log was refused." in "\n".join(builders.load_ca(busy))
    verifying.verify(busy.domain, busy.actor())
    assert [each.table for each in checking.check(busy.domain, busy.actor())] == ["directory"]


def test_the_running_process_knows_who_was_caa_although_the_document_is_gone(busy) -> None:
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    before = objects(busy)
    with builders.act(busy, busy.rob) as db:
        db.execute("DELETE FROM configurations WHERE certifier_id = 2")
        db.execute("UPDATE certifiers SET sealed_key = x'00' WHERE id = 2")
    said = "\n".join(ca.run_due())
    assert "was refused. Rob Ra/MyCompany/US may not change this" in said
    assert objects(busy) == before
    number = builders.approved(busy, "three.example.com")
    assert f"Certificate issued for request {number}" in "\n".join(ca.run_due()), "the rest works on"
    ca.stop()


def test_what_was_entered_since_the_process_has_looked_is_seen_before_it_acts(busy) -> None:
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    with builders.act(busy, busy.rob) as db:
        db.execute(FORGED["directory"])
    with pytest.raises(Tampered, match="was not allowed"), busy.domain.store.transaction() as db:
        audit_log.enter(db, busy.clock(), Actor.of(busy.server), [Event(AuditAction.CRL_PUSHED, "", {})])
    with pytest.raises(Tampered, match="was not allowed"):
        builders.verified(busy)
    with busy.domain.store.transaction() as db:  # people are not kept from their work
        audit_log.enter(db, busy.clock(), busy.actor(), [Event(AuditAction.ID_PASSWORD_CHANGED, "", {})])
    assert "was refused" in "\n".join(ca.run_due())
    builders.verified(busy)
    ca.stop()


def test_what_is_changed_after_a_refused_entry_stays_and_a_row_put_back_is_genuine(busy) -> None:
    (fields,) = sql(busy, "SELECT fields FROM directory WHERE kind = 'server'")
    for _twice in range(2):
        with builders.act(busy, busy.rob) as db:
            db.execute("UPDATE directory SET fields = json_set(fields, '$.host_name', fields -> '$.host_name' || 'x') WHERE kind = 'server'")
    with builders.act(busy, busy.rob) as db:
        db.execute(FORGED["databases"])
    databases.configure(busy.domain, busy.actor(), "other.nsf", DatabaseConfiguration("both"))
    kept = objects(busy)[Object("databases", "other.nsf")]
    assert "\n".join(builders.load_ca(busy)).count("was refused") == 3
    assert objects(busy)[Object("databases", "other.nsf")] == kept
    assert [each.table for each in checking.check(busy.domain, busy.actor())] == ["directory"]
    sql(busy, "UPDATE directory SET fields = ? WHERE kind = 'server'", fields["fields"])
    assert checking.check(busy.domain, busy.actor()) == []
    verifying.verify(busy.domain, busy.actor())


def test_a_member_refuses_nobodys_entries(busy) -> None:
    number = sql(busy, "SELECT max(number) FROM audit")[0][0]
    before = objects(busy)
    with builders.act(busy, busy.rob, AuditAction.ENTRY_REFUSED, f"entry {number}") as db:
        db.execute("UPDATE databases SET fields = '{}' WHERE certifier_id = 2")
    assert f"Entry {number + 1} of the audit log was refused" in "\n".join(builders.load_ca(busy))
    assert objects(busy)[Object("databases", "other.nsf")] == before[Object("databases", "other.nsf")]


def test_a_refusal_changes_nothing_else(busy) -> None:
    """Somebody with the server's ID, or a fault of the program, must not change by it what only others may change."""
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    with builders.act(busy, busy.server, AuditAction.ENTRY_REFUSED, "entry 5") as db:
        db.execute("UPDATE databases SET title = 'Mine'")
    number = sql(busy, "SELECT max(number) FROM audit")[0][0]
    assert f"Entry {number} of the audit log was refused. It changes more than the entry that it refuses." in "\n".join(ca.run_due())
    ca.stop()
    verifying.verify(busy.domain, busy.actor())


def unsigned(office, action: AuditAction, about: str, actor: str) -> None:
    """Append an entry that nobody signs, as a writer can: the next act signs over it."""
    with behind(office.domain.store) as db:
        number = db.execute("SELECT max(number) FROM audit").fetchone()[0] + 1
        entry = AuditRecord(number=number, at=office.clock(), actor=actor, signed_in=False, action=action, object=about, detail={})
        audit.add(db, [entry], [audit_entries.write(entry, bytes(16))])


def test_an_unsigned_entry_makes_nobody_an_administrator(busy) -> None:
    unsigned(busy, AuditAction.ADMINISTRATOR_NAMED, busy.rob.name, busy.certifier.name)
    with builders.act(busy, busy.rob) as db:
        db.execute("UPDATE directory SET fields = json_set(fields, '$.run_unrestricted', json_array('CN=Rob Ra/O=MyCompany/C=US')) WHERE kind = 'server'")
    assert "was refused. Rob Ra/MyCompany/US may not change this (directory " in "\n".join(builders.load_ca(busy))


def test_nor_does_it_remove_one(busy) -> None:
    unsigned(busy, AuditAction.ADMINISTRATOR_REMOVED, busy.ann.name, busy.certifier.name)
    databases.configure(busy.domain, busy.actor(), "other.nsf", DatabaseConfiguration(processing="automatic"))
    assert not [line for line in builders.load_ca(busy) if "refused" in line]
    verifying.verify(busy.domain, busy.actor())


def test_an_unsigned_entry_refuses_nothing_although_the_server_signs_over_it(busy) -> None:
    """It would stand for the server's own refusal, after which nobody knew any more who was CAA."""
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    with builders.act(busy, busy.rob) as db:
        db.execute("DELETE FROM configurations WHERE certifier_id = 2")
    number = sql(busy, "SELECT max(number) FROM audit")[0][0]
    unsigned(busy, AuditAction.ENTRY_REFUSED, f"entry {number}", busy.server.name)
    assert f"Entry {number} of the audit log was refused." in "\n".join(ca.run_due())
    with builders.act(busy, busy.rob) as db:
        db.execute("UPDATE certifiers SET sealed_key = x'00' WHERE id = 2")
    assert "was refused. Rob Ra/MyCompany/US may not change this (certifiers 2)" in "\n".join(ca.run_due())
    ca.stop()


def test_a_caa_may_until_he_is_removed(office) -> None:
    builders.certifier(office, caas=("Rob Ra",))
    begun = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.rob, replace(begun, crl_days=20))
    begun = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(begun, caas=(office.ann.name,)))
    assert not [line for line in builders.load_ca(office) if "refused" in line]
    verifying.verify(office.domain, office.actor())
    with builders.act(office, office.rob) as db:
        db.execute("UPDATE certifiers SET sealed_key = x'00'")
    with pytest.raises(Tampered, match=r"Rob Ra/MyCompany/US may not change this \(certifiers 1\)"):
        verifying.verify(office.domain, office.actor())


def test_a_state_with_something_that_no_entry_commits_is_told(busy, monkeypatch) -> None:
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    builders.approved(busy, "three.example.com")
    forged = Object("databases", "other.nsf").hash()
    apply = state.RootedPages.apply
    monkeypatch.setattr(state.RootedPages, "apply", lambda pages, changes: apply(pages, {**changes, forged: bytes(32)}))
    with builders.act(busy, busy.rob):
        pass
    monkeypatch.undo()
    number = sql(busy, "SELECT max(number) FROM audit")[0][0]
    assert f"does not match its signature at entry {number}" in "\n".join(ca.run_due())
    list(ca.tell("refresh"))
    assert [row["state"] for row in sql(busy, "SELECT state FROM admin_requests WHERE request_id = 3")] == ["Approved"]
    ca.stop()


def test_an_earlier_store_that_was_taken_over_knows_its_roles(earlier) -> None:  # noqa: F811
    taking_over.take_over(earlier.domain, earlier.certifier)
    with pytest.raises(NotAllowed):
        server_documents.change(earlier.domain, Actor.of(earlier.rob), SERVER, ServerChange(host_name="www.example.com"))
    server_documents.change(earlier.domain, earlier.actor(), SERVER, ServerChange(host_name="www.example.com"))
    with builders.act(earlier, earlier.rob) as db:
        db.execute("UPDATE certifiers SET sealed_key = x'00'")
    assert "was refused. Rob Ra/MyCompany/US may not change this (certifiers 1)." in "\n".join(builders.load_ca(earlier))


def test_the_next_start_goes_on_from_what_the_server_has_judged(busy) -> None:
    builders.load_ca(busy)
    with builders.act(busy, busy.rob) as db:  # who was CAA is known, although the document is gone
        db.execute("DELETE FROM configurations WHERE certifier_id = 2")
    assert "was refused. Rob Ra/MyCompany/US may not change this (configurations 2 1)." in "\n".join(builders.load_ca(busy))
    assert [each.table for each in checking.check(busy.domain, busy.actor())] == ["configurations"]


@pytest.mark.parametrize("roles", [b"", b"[]", b"altered"])
def test_roles_that_somebody_else_has_put_beside_a_checkpoint_are_of_no_use(busy, roles: bytes) -> None:
    builders.load_ca(busy)
    if roles == b"altered":
        content = json.loads(sql(busy, "SELECT roles FROM checkpoints")[0]["roles"])
        content["administrators"].append(busy.rob.name)
        roles = documents.canonical(content)
    sql(busy, "UPDATE checkpoints SET roles = ?", roles)
    with builders.act(busy, busy.rob) as db:
        db.execute(FORGED["directory"])
    assert "was refused. Rob Ra/MyCompany/US may not change this" in "\n".join(builders.load_ca(busy))


STRANGE = {
    "no number": ("certifiers", "abc"), "two numbers": ("certifiers", "1 2"), "a version": ("configurations", "2 x"), "no version": ("configurations", "2"),
    "huge": ("admin_requests", "9" * 40), "founding": ("founding_statements", ""), "unknown": ("nothing\n", "1\n2"), "long": ("requests_2", "x" * 5000),
    "a decision about nothing": ("decisions", "abc 1"), "a huge decision": ("decisions", "9" * 40 + " 1"), "a decision about no request": ("decisions", "999 1"), "the configuration of no certifier": ("configurations", "9 2"),
    "a key of no certifier": ("generations", "9 2"), "a certificate of no certifier": ("generation_certificates", "9 1 1"), "no decision": ("decisions", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", STRANGE)
def test_a_change_of_something_that_does_not_exist_is_refused_without_a_traceback(busy, monkeypatch, what: str) -> None:
    strange = Commit(Object(*STRANGE[what]), "", "00" * 32)
    monkeypatch.setattr(audit_log._End, "commits", lambda *_given: [strange])
    monkeypatch.setattr(audit_log, "_committing", lambda entries, *_given: [replace(entries[0], commits=(strange,))])
    with builders.act(busy, busy.rob):
        pass
    monkeypatch.undo()
    said = builders.load_ca(busy)
    (refused,) = [line for line in said if "of the audit log was refused" in line]
    assert len(refused) < 300
    assert refused.isprintable()
    verifying.verify(busy.domain, busy.actor())


@pytest.mark.parametrize("commit", [Commit(Object("databases", "a"), "", "xyz"), Commit(Object("databases", "a"), None, ""), Commit(Object("databases", 1), "", "00" * 32)])
def test_a_change_that_cannot_be_read_is_told(busy, monkeypatch, commit) -> None:
    monkeypatch.setattr(audit_log, "_committing", lambda entries, *_given: [replace(entries[0], commits=(commit,))])
    with builders.act(busy, busy.rob):
        pass
    monkeypatch.undo()
    assert "was changed or moved" in "\n".join(builders.load_ca(busy))
    with pytest.raises(Tampered, match="was changed or moved"):
        verifying.verify(busy.domain, busy.actor())


def test_an_entry_whose_number_is_a_fraction_is_refused_once(busy, monkeypatch) -> None:
    """5.0 is equal to 5 in Python; a refusal of "entry 5.0" would refuse nothing, at every turn."""
    real = audit_entries.write
    monkeypatch.setattr(audit_entries, "write", lambda entry, salt: real(replace(entry, number=float(entry.number)), salt))
    with builders.act(busy, busy.rob) as db:
        db.execute(FORGED["databases"])
    monkeypatch.undo()
    number = sql(busy, "SELECT max(number) FROM audit")[0][0]
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    assert f"Entry {number} of the audit log was refused." in "\n".join(ca.start())
    assert "refused" not in "\n".join(ca.run_due())
    ca.stop()
    verifying.verify(busy.domain, busy.actor())


def test_a_false_word_about_what_was_before_is_told(busy, monkeypatch) -> None:
    """Otherwise a change of a certifier passes for its registration, if its CAA has just changed it."""
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    with builders.act(busy, busy.ann) as db:
        db.execute("UPDATE certifiers SET icl_file = 'x' WHERE id = 2")
    commits = audit_log._End.commits
    monkeypatch.setattr(audit_log._End, "commits", lambda *given: [each._replace(before="") for each in commits(*given)])
    with builders.act(busy, busy.rob) as db:
        db.execute("UPDATE certifiers SET sealed_key = x'00' WHERE id = 2")
    monkeypatch.undo()
    number = sql(busy, "SELECT max(number) FROM audit")[0][0]
    assert f"does not match its signature at entry {number}" in "\n".join(ca.run_due())
    ca.stop()


def test_no_judgement_is_signed_while_an_entry_waits_for_its_refusal(busy, monkeypatch) -> None:
    """The next start would go on after it."""
    builders.load_ca(busy)

    def judged() -> int:
        return json.loads(documents.parse(sql(busy, "SELECT document FROM checkpoints")[0]["document"]).content)["size"]

    before = judged()
    with builders.act(busy, busy.rob) as db:
        db.execute(FORGED["directory"])
    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "refuse", lambda *_given: None)
        assert "was not allowed" in "\n".join(builders.load_ca(busy))
    assert judged() == before
    assert "was refused. Rob Ra/MyCompany/US may not change this" in "\n".join(builders.load_ca(busy))
    assert judged() > before + 1


@pytest.fixture
def rivals(office):
    builders.rivals(office)
    return office


ALTERED_REQUESTS = {"another certifier": "UPDATE requests SET certifier_id = 2", "gone": "DELETE FROM requests", "another text": "UPDATE requests SET subject = 'x'"}


@pytest.mark.parametrize("how", ALTERED_REQUESTS)
@pytest.mark.parametrize("decided", [False, True])
def test_nobody_is_judged_by_a_request_that_was_altered(rivals, how: str, decided: bool) -> None:
    """An RA's approval is not refused, nobody decides about requests of others, and the rest is right once the row is back."""
    kept = [tuple(row) for row in sql(rivals, "SELECT * FROM requests")]
    sql(rivals, ALTERED_REQUESTS[how])
    if decided:
        with builders.act(rivals, rivals.rob) as db:
            db.execute("UPDATE admin_requests SET state = 'Rejected', reason = 'x'")
    number = sql(rivals, "SELECT max(number) FROM audit")[0][0]
    said = "\n".join(builders.load_ca(rivals))
    assert "A row of the store (requests 1) is not the one that was signed" in said
    assert "refused" not in said
    with behind(rivals.domain.store) as db:
        db.execute("DELETE FROM requests")
        db.executemany(f"INSERT INTO requests VALUES ({', '.join('?' * len(kept[0]))})", kept)
    said = "\n".join(builders.load_ca(rivals))
    if decided:
        assert f"Entry {number} of the audit log was refused. Rob Ra/MyCompany/US may not change this (admin_requests 1)" in said
    else:
        assert "Certificate issued for request 1" in said
    verifying.verify(rivals.domain, rivals.actor())


def test_who_has_changed_a_request_into_one_of_his_certifier_does_not_decide_it(rivals) -> None:
    ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    list(ca.start())
    for statement in ("UPDATE requests SET certifier_id = 2", "UPDATE admin_requests SET state = 'Rejected', reason = 'x'"):
        with builders.act(rivals, rivals.rob) as db:
            db.execute(statement)
    said = "\n".join(ca.run_due())
    assert "was refused. Rob Ra/MyCompany/US may not change this (requests 1)" in said
    assert "was refused. Rob Ra/MyCompany/US may not change this (admin_requests 1)" in said
    sql(rivals, "UPDATE requests SET certifier_id = 1")
    verifying.verify(rivals.domain, rivals.actor())
    ca.stop()


def test_nobody_is_caa_of_a_certifier_before_it_is_registered(busy, monkeypatch) -> None:
    """Otherwise its first CAA would not be the one who counts, and its later keys would be there before the first one."""
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    planted = [Commit(Object("configurations", "3 2"), "", "00" * 32), Commit(Object("generations", "3 2"), "", "00" * 32)]
    monkeypatch.setattr(audit_log._End, "commits", lambda *_given: planted)
    monkeypatch.setattr(audit_log, "_committing", lambda entries, *_given: [replace(entries[0], commits=tuple(planted))])
    with builders.act(busy, busy.rob):
        pass
    monkeypatch.undo()
    assert "was refused. Rob Ra/MyCompany/US may not change this (configurations 3 2)" in "\n".join(ca.run_due())
    builders.certifier(busy, "Third CA")
    builders.verified(busy, "Third CA")
    with builders.act(busy, busy.rob) as db:
        db.execute("UPDATE certifiers SET sealed_key = x'00' WHERE id = 3")
    assert "was refused. Rob Ra/MyCompany/US may not change this (certifiers 3)" in "\n".join(ca.run_due())
    ca.stop()
