"""A store of an earlier version: it is taken over by `cert.id`, with all that it proves, and goes on working."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dominoadmin import application
from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.pki import documents
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import anchoring, shown, taking_over, verifying
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.issuance.cycle import unleased
from dominoadmin.services.key_rings import certifying as key_rings
from dominoadmin.services.requests import approving, inspecting, submitting
from dominoadmin.services.revocation import publishing, revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.web import request_site
from dominoadmin.store import audit, directory, issued_lists, reading, request_lists
from dominoadmin.store.keychain import Keychain
from dominoadmin.tasks.revocation import RevocationLists
from dominoadmin.tasks.said_once import Told
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN, ROB_PASSWORD, SERVER_PASSWORD, Clock, Office

EARLIER = Path(__file__).parents[2] / "store" / "earlier" / "schema-2.zip"
ANCHOR = "56 55bc b935 3215 2f8b cbfb 3e84 f4ed e1e5 f0b2 9cef 7ef3 d839 63d9 1248 c923 7a0e 3b43 e9fc"
"""What that version printed."""


def unpacked(packed: Path, root: Path) -> Path:
    """Unpack a data folder."""
    root.mkdir(mode=0o700)
    with zipfile.ZipFile(packed) as files:
        files.extractall(root)
    for file in root.iterdir():
        file.chmod(0o600)
    return root


def opened(packed: Path, root: Path, now: datetime) -> Office:
    """Unpack a data folder, and open it at this time: its certificates must still be valid in years."""
    clock = Clock()
    clock.now = now
    domain = application.open_domain(unpacked(packed, root), NO_KEYCHAIN, clock)
    ids = {
        name: identifying.open_id(domain, root / file, password)
        for name, file, password in (
            ("ann", "ann-admin.id", ADMIN_PASSWORD), ("rob", "rob-ra.id", ROB_PASSWORD),
            ("server", "server.id", SERVER_PASSWORD), ("certifier", "cert.id", ADMIN_PASSWORD),
        )
    }  # fmt: skip
    return Office(domain=domain, clock=clock, **ids)


@pytest.fixture
def earlier(tmp_path):
    office = opened(EARLIER, tmp_path / "data", datetime(2026, 11, 29, 12, tzinfo=UTC))
    yield office
    office.domain.store.close()


def verify(office) -> verifying.LogVerdict:
    return verifying.verify(office.domain, office.actor())


def test_it_is_not_written_to_before_it_is_taken_over(earlier) -> None:
    before = sql(earlier, "SELECT * FROM audit_1")
    with pytest.raises(Refused, match="made by an earlier version") as refused:
        builders.received(earlier)
    assert "store take-over" in refused.value.hint
    with pytest.raises(Refused, match="made by an earlier version"):
        verify(earlier)
    assert sql(earlier, "SELECT * FROM audit_1") == before
    assert inspecting.inspect(earlier.domain, earlier.actor(), 2).shown.state == "Issued", "it can be read"


def test_no_server_runs_on_it_before(earlier) -> None:
    with pytest.raises(Refused, match="made by an earlier version"):
        builders.server(earlier)
    assert not sql(earlier, "SELECT 1 FROM leases WHERE holder <> ''")
    taking_over.take_over(earlier.domain, earlier.certifier)
    list(builders.server(earlier).stop())


def test_only_the_organizations_certifier_takes_it_over(earlier) -> None:
    with pytest.raises(NotAllowed):
        taking_over.take_over(earlier.domain, earlier.ann)
    assert taking_over.is_needed(earlier.domain)
    done = taking_over.take_over(earlier.domain, earlier.certifier)
    assert (done.entries, done.problems) == (56, ())
    assert not taking_over.is_needed(earlier.domain)
    with pytest.raises(Refused, match="nothing to take over"):
        taking_over.take_over(earlier.domain, earlier.certifier)


def test_a_store_of_this_version_needs_none(office) -> None:
    assert not taking_over.is_needed(office.domain)
    with pytest.raises(Refused, match="nothing to take over"):
        taking_over.take_over(office.domain, office.certifier)


def test_everything_goes_on_working(earlier) -> None:
    before = {row["serial_hex"]: row["der"] for row in sql(earlier, "SELECT serial_hex, der FROM issued")}
    taking_over.take_over(earlier.domain, earlier.certifier)
    assert verify(earlier).signer == "O=MyCompany/C=US"
    said = builders.said(builders.load_ca(earlier))
    assert "Certificate issued for request 10" in said
    assert "1 certificate revoked" in said
    assert "CRL number 4" in said
    serials = [row["serial_hex"] for row in sql(earlier, "SELECT serial_hex FROM issued ORDER BY request_id")][1:]
    number = builders.submitted(earlier, "new.example.com", data=builders.csr("new.example.com", key=ec.generate_private_key(ec.SECP256R1())))
    (outcome,) = builders.approve(earlier.domain, earlier.ann, [number])
    assert not outcome.problem
    revoking.request(earlier.domain, earlier.ann, 1, RevocationOrder((serials[5],), reason="superseded"))
    builders.load_ca(earlier)
    submitting.pull(earlier.domain, earlier.actor(), [number])
    verify(earlier)
    after = {row["serial_hex"]: row["der"] for row in sql(earlier, "SELECT serial_hex, der FROM issued")}
    assert before.items() <= after.items()


def test_its_approvals_are_the_first_decisions(earlier) -> None:
    taking_over.take_over(earlier.domain, earlier.certifier)
    (approved,) = sql(earlier, "SELECT request_id, decision FROM admin_requests WHERE state = 'Approved'")
    number = approved["request_id"]
    (outcome,) = approving.withdraw(earlier.domain, earlier.ann, [number])
    assert not outcome.problem
    assert builders.authority(earlier).issue_approved().issued == []
    (row,) = sql(earlier, "SELECT * FROM decisions")
    content = json.loads(documents.parse(row["document"]).content)
    assert (row["number"], content["previous"]) == (2, hashlib.sha256(approved["decision"]).hexdigest())
    builders.approve(earlier.domain, earlier.ann, [number])
    assert builders.authority(earlier).issue_approved().issued == [number]


def test_an_approval_of_an_earlier_version_put_back_is_refused(earlier) -> None:
    taking_over.take_over(earlier.domain, earlier.certifier)
    (approved,) = sql(earlier, "SELECT * FROM admin_requests WHERE state = 'Approved'")
    approving.withdraw(earlier.domain, earlier.ann, [approved["request_id"]])
    sql(earlier, "UPDATE admin_requests SET state = 'Approved', changed_at = ?", approved["changed_at"])
    sql(earlier, "DELETE FROM decisions")
    assert not builders.authority(earlier).issue_approved().issued


def test_an_anchor_printed_before_goes_on_verifying(earlier) -> None:
    taking_over.take_over(earlier.domain, earlier.certifier)
    anchoring.check(earlier.domain, anchoring.read(ANCHOR))
    builders.load_ca(earlier)
    anchoring.check(earlier.domain, anchoring.read(ANCHOR))
    with pytest.raises(Tampered):
        anchoring.check(earlier.domain, anchoring.read("55 " + ANCHOR[3:].rsplit(" ", 2)[0]))


def test_its_head_and_what_it_did_not_prove_are_kept_as_evidence(earlier) -> None:
    (head,) = sql(earlier, "SELECT * FROM audit_head_1")
    sql(earlier, "UPDATE audit_1 SET object = 'something else' WHERE number = 20")
    done = taking_over.take_over(earlier.domain, earlier.certifier)
    assert [str(problem) for problem in done.problems] == ["Entry 20 of the audit log was changed or moved."]
    (row,) = sql(earlier, "SELECT detail FROM audit WHERE number = 57")
    detail = json.loads(row["detail"])
    assert base64.b64decode(detail["head"]) == head["document"]
    assert detail["problems"] == ["Entry 20 of the audit log was changed or moved."]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM audit_head_1", "has no signed head"),
        ("UPDATE audit_head_1 SET document = x'00'", "cannot be read"),
        ("UPDATE audit_head_1 SET number = 50", "does not match its head"),
        ("DELETE FROM audit_1 WHERE number > 50", "has no signed head"),
        ("UPDATE audit_1 SET at = '2020-01-01T00:00:00Z' WHERE number = 30", "Entry 30 of the audit log was changed"),
    ],
)
def test_what_it_does_not_prove_is_told_before(earlier, statement: str, problem: str) -> None:
    sql(earlier, statement)
    (found,) = taking_over.problems(earlier.domain, earlier.actor())
    assert problem in found


def test_a_store_that_was_taken_over_is_checked_from_its_first_entry(earlier) -> None:
    taking_over.take_over(earlier.domain, earlier.certifier)
    (row,) = sql(earlier, "SELECT octets FROM audit WHERE number = 20")
    octets = row["octets"].replace(b"CN=Ann Admin", b"CN=Rob Ra")
    if octets == row["octets"]:
        octets = row["octets"].replace(b"Server1", b"Server2")
    assert octets != row["octets"]
    sql(earlier, "UPDATE audit SET octets = ?, actor = ? WHERE number = 20", octets, json.loads(octets)["actor"])
    with pytest.raises(Tampered):
        verify(earlier)


def test_a_whole_store_has_nothing_to_say(earlier) -> None:
    assert taking_over.problems(earlier.domain, earlier.actor()) == ()


def test_its_certificates_are_its_certifiers_afterwards(earlier) -> None:
    taking_over.take_over(earlier.domain, earlier.certifier)
    builders.load_ca(earlier)
    (root,) = sql(earlier, "SELECT certificate FROM certifiers")
    for row in sql(earlier, "SELECT der FROM issued WHERE request_id > 0"):
        x509.load_der_x509_certificate(row["der"]).verify_directly_issued_by(x509.load_der_x509_certificate(root["certificate"]))


def test_actors_of_the_earlier_log_are_shown_as_they_were(earlier) -> None:
    names = [(row["actor"], row["signed_in"]) for row in sql(earlier, "SELECT actor, signed_in FROM audit_1 ORDER BY number")]
    taking_over.take_over(earlier.domain, earlier.certifier)
    with earlier.domain.store.snapshot() as db:
        found = [(entry.actor, entry.signed_in) for entry in audit.entries(db)][: len(names)]
    assert found == [(actor, bool(signed)) for actor, signed in names]
    assert Actor.of(earlier.certifier).name == "O=MyCompany/C=US"


def test_until_its_key_is_open_a_certifier_runs_no_command_and_hands_out_no_certificate_of_its_own(earlier, tmp_path) -> None:
    told = tmp_path / "told"
    (tmp_path / "command").write_text(f"#!/bin/sh\necho $1 >> {told}\n")
    (tmp_path / "command").chmod(0o700)
    taking_over.take_over(earlier.domain, earlier.certifier)
    builders.next_version(earlier, 1, publication=Publication(folder=str(tmp_path), command=str(tmp_path / "command")))
    certifier = builders.verified(earlier)
    assert not certifier.is_founded
    database = sql(earlier, "SELECT file FROM databases WHERE certifier_id = 1")[0]["file"]
    published = f"{certifier.configuration.key_fingerprint[:16]}.cer"
    handing_out = (
        lambda: request_site.authority(earlier.domain, earlier.actor(), database),
        lambda: key_rings.trusted_root_of(earlier.domain, earlier.actor(), database),
        lambda: publishing.published(earlier.domain, earlier.actor(), published),
        lambda: request_site.pickup(earlier.domain, earlier.actor(), sql(earlier, "SELECT pickup_id FROM requests WHERE id = 2")[0]["pickup_id"]),
    )
    for attempt in handing_out:
        with pytest.raises(Refused, match="has not confirmed its founder yet"):
            attempt()
    list(publishing.release(earlier.domain, earlier.actor(), certifier, lambda *_given: pytest.fail("the command was run")))
    assert [path.suffix for path in tmp_path.glob(f"{published[:16]}*")] == [".crl"]
    builders.load_ca(earlier)
    for attempt in handing_out:
        attempt()
    assert told.exists()
    assert (tmp_path / published).exists()
    assert ("founder confirmed", builders.CA_NAME) in builders.actions(earlier)
    assert json.loads(sql(earlier, "SELECT content FROM founding_statements")[0]["content"])["founder"] == earlier.ann.name
    verify(earlier)


def test_until_its_key_is_open_a_certifier_revokes_and_releases_nothing(earlier) -> None:
    """By the roles of an earlier version; what was revoked before stays so."""
    taking_over.take_over(earlier.domain, earlier.certifier)
    lists, certifier = RevocationLists(earlier.domain, earlier.server, KeyVault(), unleased, Told()), builders.verified(earlier)
    before = sql(earlier, "SELECT count(*) AS n FROM revocations")[0]["n"]
    assert list(lists.carry_out([certifier])) == []
    assert sql(earlier, "SELECT count(*) AS n FROM revocations")[0]["n"] == before
    assert "1 certificate revoked" in builders.said(lists.carry_out([replace(certifier, is_founded=True)]))


LATER = ("audit_heads", "audit_signers", "audit_blocks", "audit", "state_pages", "state_groups", "state_root", "founding_statements", "salts")
ADDED = {
    "decisions": "INSERT INTO decisions VALUES (1, 1, x'00')",
    "checkpoints": "INSERT INTO checkpoints VALUES ('CN=Server1', x'00', x'00')",
    "installation": "INSERT INTO installation VALUES (1, '00', '2026-01-01T00:00:00Z')",
    "installed_files": "INSERT INTO installed_files VALUES ('x', '')",
}
"""Tables that are empty in this store."""


def empty(office, *kept: str) -> None:
    """Empty the log and all that belongs to it, and put one entry of an earlier version there."""
    for table in (*LATER, *ADDED):
        if table not in kept:
            sql(office, f"DELETE FROM {table}")
    sql(office, "INSERT INTO audit_1 VALUES (1, '2026-01-01T00:00:00Z', 'CN=Rob Ra', 0, 'nothing', '', '{}', '', '')")


@pytest.mark.parametrize("kept", [table for table in LATER if table not in ("audit_heads", "audit_blocks")] + [*ADDED])
def test_an_emptied_log_does_not_make_a_store_an_earlier_one(office, kept: str) -> None:
    builders.certifier(office)
    empty(office, kept, *(["audit_signers"] if kept == "audit_heads" else []))
    if kept in ADDED:
        sql(office, ADDED[kept])
    assert not taking_over.is_needed(office.domain)
    with pytest.raises(Refused, match="nothing to take over"):
        taking_over.take_over(office.domain, office.certifier)
    with pytest.raises(Tampered):
        builders.verified(office)
    for identity in (office.ann, office.certifier):
        with pytest.raises(Tampered, match="does not match its signature"), builders.act(office, identity):
            pass
    with pytest.raises(Tampered):
        verify(office)


def test_an_account_that_knows_the_tree_takes_nothing_over_again(office, system_keyring) -> None:
    builders.certifier(office)
    office = replace(office, domain=replace(office.domain, keychain=Keychain("test")))
    assert not anchoring.look(office.domain, office.actor()).problem
    empty(office)
    assert taking_over.is_needed(office.domain)
    with pytest.raises(Tampered, match="has seen the store after it was taken over"):
        taking_over.take_over(office.domain, office.certifier)
    assert taking_over.is_needed(office.domain)


def test_so_does_an_account_whose_file_knows_it(office) -> None:
    builders.ready(office)
    builders.load_ca(office)
    empty(office)
    with pytest.raises(Tampered, match="has seen the store after it was taken over"):
        taking_over.take_over(office.domain, office.certifier)


def test_the_number_of_the_schema_that_is_set_back_is_told(office) -> None:
    office.domain.store.close()
    sql(office, "PRAGMA user_version = 2")
    with pytest.raises(Tampered, match=r"The schema of .* was changed"):
        application.open_domain(office.root, NO_KEYCHAIN, office.clock)


@pytest.mark.parametrize("is_whole", [True, False])
def test_lists_have_nothing_to_compare_with_before_it_is_taken_over(earlier, is_whole: bool) -> None:
    with reading.noting() as found, earlier.domain.store.snapshot() as db:
        request_lists.all_of(db)
        directory.entries(db, "person")
        issued_lists.page(db, range(100))
    assert {type(each).__name__ for each in found} >= {"RequestRecord", "DirectoryEntry", "Line"}
    assert shown.in_window(earlier.domain, earlier.actor(), found, is_whole=is_whole) == []
