"""The end of an ID: only cert.id revokes or renews one, and nobody opens it any more."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dominoadmin.errors import NotAllowed, NotFound, Refused, Tampered
from dominoadmin.pki import identities
from dominoadmin.pki.publication import Publication
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.audit import anchoring, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import protecting
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.states import Protection
from dominoadmin.store import id_files
from tests import builders
from tests.builders import sql
from tests.conftest import ROB_PASSWORD, SERVER_PASSWORD

NEW_PASSWORD = "another password 4"


def test_a_revoked_id_is_not_opened_and_the_sentence_says_why(office) -> None:
    done = renewing.revoke(office.domain, office.certifier, "Rob Ra", Reason.KEY_COMPROMISE)
    assert (done.name, done.reason, done.locked) == (office.rob.name, "keyCompromise", ())
    with pytest.raises(Refused) as refusal:
        identifying.open_id(office.domain, office.root / "rob-ra.id", ROB_PASSWORD)
    day = f"{office.clock().astimezone():%Y-%m-%d}"
    assert str(refusal.value) == f"The ID of Rob Ra/MyCompany/US has been revoked since {day} (keyCompromise)."
    assert "person renew" in refusal.value.hint
    assert builders.actions(office)[-1] == ("ID revoked", office.rob.name)
    with pytest.raises(Refused, match="has been revoked since"):
        renewing.revoke(office.domain, office.certifier, "Rob Ra")


def test_a_new_id_of_the_same_name_supersedes_the_old_one(office) -> None:
    identifying.make_default(office.domain, office.root / "rob-ra.id")
    made = renewing.renew(office.domain, office.certifier, "Rob Ra", NEW_PASSWORD)
    assert made.path == office.root / "rob-ra-2.id"
    assert made.path.stat().st_mode & 0o777 == 0o600
    rob = identifying.open_id(office.domain, made.path, NEW_PASSWORD)
    assert (rob.name, rob.kind) == (office.rob.name, identities.PERSON)
    assert rob.sealing_key.public != office.rob.sealing_key.public
    with pytest.raises(Refused, match="superseded by a newer one since") as refusal:
        identifying.open_id(office.domain, office.root / "rob-ra.id", ROB_PASSWORD)
    assert refusal.value.hint == "Use the newer ID file."
    assert identifying.default_id(office.domain) == made.path
    assert builders.actions(office)[-1] == ("ID renewed", office.rob.name)
    assert renewing.renew(office.domain, office.certifier, "Rob Ra", NEW_PASSWORD).path.name == "rob-ra-3.id"
    assert [row["reason"] for row in sql(office, "SELECT reason FROM former_ids")] == ["superseded"] * 2
    verifying.verify(office.domain, office.actor())


def test_the_new_id_has_the_roles_of_the_name(office) -> None:
    renewing.revoke(office.domain, office.certifier, "Ann Admin", Reason.KEY_COMPROMISE)
    change = ServerChange(host_name="www.example.com")
    with pytest.raises(NotAllowed, match="has been revoked"):
        server_documents.change(office.domain, office.actor(), "Server1", change)
    made = renewing.renew(office.domain, office.certifier, "Ann Admin", NEW_PASSWORD)
    ann = identifying.open_id(office.domain, made.path, NEW_PASSWORD)
    assert server_documents.change(office.domain, Actor.of(ann), "Server1", change).host_name == "www.example.com"
    assert [row["reason"] for row in sql(office, "SELECT reason FROM former_ids")] == ["keyCompromise"]


def test_only_the_organizations_certifier_ends_ids(office) -> None:
    for who in (office.ann, office.rob, office.server):
        with pytest.raises(NotAllowed, match="Only the organization's certifier ID"):
            renewing.revoke(office.domain, who, "Rob Ra")
        with pytest.raises(NotAllowed, match="Only the organization's certifier ID"):
            renewing.renew(office.domain, who, "Rob Ra", NEW_PASSWORD)
    for nobody in ("Eve Ra", "Server1", "O=MyCompany/C=US"):
        with pytest.raises(NotFound):
            renewing.revoke(office.domain, office.certifier, nobody)
        with pytest.raises(NotFound):
            renewing.renew(office.domain, office.certifier, nobody, NEW_PASSWORD)
    for reason in (Reason.SUPERSEDED, Reason.HOLD, "because"):
        with pytest.raises(Refused, match="is not a reason for revoking an ID"):
            renewing.revoke(office.domain, office.certifier, "Rob Ra", reason)
    with pytest.raises(Refused, match="must have 8 to 1024 characters"):
        renewing.renew(office.domain, office.certifier, "Rob Ra", "short")
    assert not sql(office, "SELECT * FROM former_ids")


@pytest.mark.parametrize("what", ["chain = '[]'", "chain = (SELECT chain FROM directory WHERE kind = 'server')", "fields = '{}'"])
def test_a_document_that_was_altered_by_sql_becomes_no_genuine_one(office, what: str) -> None:
    sql(office, f"UPDATE directory SET {what} WHERE name = ?", office.rob.name)
    with pytest.raises(Tampered, match="is not the one that was signed"):
        renewing.revoke(office.domain, office.certifier, "Rob Ra")
    with pytest.raises(Tampered, match="is not the one that was signed"):
        renewing.renew(office.domain, office.certifier, "Rob Ra", NEW_PASSWORD)
    assert not list(office.root.glob("*-2.id"))


def test_a_certifier_that_is_locked_with_the_id_is_not_lost(office) -> None:
    """Only the old ID opens its key: it still does for that, and signs nothing."""
    holder = id_files.describe(office.root / "rob-ra.id")
    registered = builders.certifier(office, protection="locking-id", locking_id=holder)
    with pytest.raises(Refused, match="is locked with this ID, and no other one opens its key"):
        renewing.renew(office.domain, office.certifier, "Rob Ra", NEW_PASSWORD)
    assert renewing.revoke(office.domain, office.certifier, "Rob Ra").locked == (builders.CA_NAME,)
    running = builders.server(office)
    list(running.console.execute("load ca"))
    assert "has been revoked" in "\n".join(running.console.execute(f"tell ca unlock rob-ra.id {ROB_PASSWORD}"))
    list(running.stop())
    old = identifying.open_holder(office.domain, office.root / "rob-ra.id", ROB_PASSWORD)
    order = ProtectionOrder(certifier_id=registered.certifier_id, version=1, protection="server-id")
    assert protecting.change(office.domain, office.ann, order, KeyOpening(old, "")).protection == "server-id"
    renewing.renew(office.domain, office.certifier, "Rob Ra", NEW_PASSWORD)


def test_no_key_is_sealed_to_an_id_that_has_ended(office) -> None:
    holder = id_files.describe(office.root / "rob-ra.id")
    registered = builders.certifier(office)
    renewing.renew(office.domain, office.certifier, "Rob Ra", NEW_PASSWORD)
    with pytest.raises(Refused, match="superseded by a newer one"):
        builders.certifier(office, "Other CA", protection="locking-id", locking_id=holder)
    order = ProtectionOrder(registered.certifier_id, 1, Protection.LOCKING_ID, locking_id=holder)
    with pytest.raises(Refused, match="superseded by a newer one"):
        protecting.change(office.domain, office.ann, order, KeyOpening(office.server, ""))


SERVER_2 = "server-2.id"


def renewed(office, reason: str = Reason.SUPERSEDED):
    """The office with a new server ID."""
    made = renewing.renew_server(office.domain, office.certifier, office.server, NEW_PASSWORD, reason)
    return made, replace(office, server=identifying.open_id(office.domain, made.path, NEW_PASSWORD))


@pytest.mark.parametrize("reason", [Reason.SUPERSEDED, Reason.KEY_COMPROMISE])
def test_a_renewed_server_goes_on(office, reason: str) -> None:
    builders.ready(office, publication=Publication(base_urls=("http://pki.example.com",)))
    builders.approved(office)
    builders.load_ca(office)
    (responder,) = sql(office, "SELECT certificate FROM responders")
    office.clock.advance(minutes=10)
    made, after = renewed(office, reason)
    assert made.path == office.root / SERVER_2 == identifying.server_id(office.domain)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.locked == ((builders.CA_NAME,) if reason == Reason.KEY_COMPROMISE else ())
    with pytest.raises(Refused, match="superseded by a newer" if reason == Reason.SUPERSEDED else r"has been revoked since .* \(keyCompromise\)"):
        identifying.open_id(office.domain, office.root / "server.id", SERVER_PASSWORD)
    if reason == Reason.KEY_COMPROMISE:
        assert after.server.sealing_key.public != office.server.sealing_key.public
        old = identifying.open_holder(office.domain, office.root / "server.id", SERVER_PASSWORD)
        order = ProtectionOrder(1, 1, Protection.PASSWORD, "a password of its own 5")
        protecting.change(office.domain, office.ann, order, KeyOpening(old, ""))
        protecting.change(office.domain, office.ann, ProtectionOrder(1, 2, Protection.SERVER_ID), KeyOpening(after.server, "a password of its own 5"))
    builders.submitted(office, "two.example.com")
    assert not builders.approve(office.domain, office.ann, [2])[0].problem
    said = "\n".join(builders.load_ca(after))
    assert builders.state(office, 2) == "Issued", said
    assert "refused" not in said
    assert sql(office, "SELECT certificate FROM responders")[0]["certificate"] != responder["certificate"]
    verifying.verify(office.domain, office.actor())
    anchoring.verify(office.domain, office.actor())
    assert deep_checks.check(office.domain, office.actor()) == []
    assert not [line for line in builders.load_ca(after) if "audit log" in line]
    (epoch,) = {json.loads(row["content"])["epoch"] for row in sql(office, "SELECT content FROM audit_heads ORDER BY size DESC LIMIT 1")}
    assert epoch == (2 if reason == Reason.KEY_COMPROMISE else 1)


def test_the_old_id_of_the_server_signs_nothing_more(office) -> None:
    """Attack: with the stolen ID of the server, as if he were the server: issue, refuse what others do, sign checkpoints."""
    builders.ready(office)
    builders.load_ca(office)
    before, (first,) = sql(office, "SELECT max(number) FROM audit")[0][0], sql(office, "SELECT document FROM checkpoints")
    _made, after = renewed(office, Reason.KEY_COMPROMISE)
    with pytest.raises(NotAllowed, match="The ID of Server1/MyCompany/US has been revoked"), office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), Actor.of(office.server), [Event(AuditAction.CRL_PUSHED, "", {})])
    with builders.act(office, office.server, AuditAction.CRL_ISSUED) as db:
        db.execute("UPDATE crls SET number = 99")
    with builders.act(office, office.server, AuditAction.ENTRY_REFUSED, f"entry {before}"):
        pass
    with pytest.raises(Tampered, match=r"was not allowed. The ID of Server1/MyCompany/US has been revoked"):
        verifying.verify(office.domain, office.actor())
    assert "\n".join(builders.load_ca(after)).count("was refused. The ID of Server1/MyCompany/US has been revoked") == 2
    assert sql(office, "SELECT document FROM checkpoints")[0]["document"] != first["document"]


def test_a_server_that_runs_keeps_its_id(office) -> None:
    running = builders.server(office)
    with pytest.raises(Refused, match="The server is running with its present ID"):
        renewed(office)
    list(running.stop())
    with pytest.raises(Refused, match="This is not the ID of the server"):
        renewing.renew_server(office.domain, office.certifier, office.ann, NEW_PASSWORD)
    with pytest.raises(NotAllowed, match="Only the organization's certifier ID"):
        renewing.renew_server(office.domain, office.ann, office.server, NEW_PASSWORD)
    with pytest.raises(Refused, match="is not a reason for revoking an ID"):
        renewed(office, Reason.HOLD)
    assert not sql(office, "SELECT * FROM former_ids")
