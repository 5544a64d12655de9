"""`dominoadmin store …`: what the command line promises."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from dominoadmin.application import open_domain
from dominoadmin.pki import identities
from dominoadmin.services.identities import renewing
from tests import builders, ids
from tests.cli.commands import Desk
from tests.conftest import NO_KEYCHAIN, ROB_PASSWORD, Clock, Office
from tests.services.audit.test_taking_over import EARLIER, unpacked

CLEAN = "The store is as it was signed: nothing was altered, added or removed."


def test_a_clean_store_is_clean(ready: Desk) -> None:
    assert ready.ok("store", "check") == f"{CLEAN}\n"
    assert ready.json("store", "check") == []


def test_what_was_altered_is_named_with_its_remedy(office, ready: Desk) -> None:
    builders.sql(office, "UPDATE databases SET title = 'Mine'")
    done = ready.run("store", "check")
    assert done.code == 1
    assert "databases" in done.out and "certreq.nsf" in done.out and "Restore this row from a backup" in done.out
    (row,) = json.loads(ready.run("--json", "store", "check").out)
    assert list(row) == ["table", "key", "finding", "remedy"]
    assert (row["table"], row["key"]) == ("databases", "certreq.nsf")


def test_what_follows_from_other_tables_is_created_again(office, ready: Desk) -> None:
    builders.sql(office, "DELETE FROM state_pages")
    assert "store check --rebuild" in ready.run("store", "check").out
    done = ready.run("store", "check", "--rebuild")
    assert (done.code, done.out.splitlines()[-1]) == (0, CLEAN)
    assert "state_pages" in done.out and "Created again." in done.out
    assert ready.run("store", "check", "--rebuild", "--repair", "x").code == 2
    builders.sql(office, "DELETE FROM state_root")
    assert ready.run("store", "check", "--rebuild", signed="admin").code == 0, "no ID can be opened before"


LOCKING_OUT = {
    "a fact about the domain": "UPDATE domain SET value = 'x' WHERE key = 'domain_id'",
    "the name of the organization": "UPDATE domain SET value = 'O=Another' WHERE key = 'organization'",
    "a fact is gone": "DELETE FROM domain WHERE key = 'server'",
    "the document of the organization": "UPDATE directory SET chain = '[]' WHERE name = 'O=MyCompany/C=US'",
    "it is gone": "DELETE FROM directory WHERE name = 'O=MyCompany/C=US'",
    "the documents of all people": "UPDATE directory SET created_at = '2020-01-01T00:00:00Z' WHERE kind = 'person'",
    "nobody can read them": "UPDATE directory SET chain = '[', created_at = 'never' WHERE kind = 'person'",
    "they are gone": "DELETE FROM directory WHERE kind = 'person'",
    "a row that ends an ID": "INSERT INTO former_ids VALUES (:ann, 'CN=Ann Admin/O=MyCompany/C=US', 'keyCompromise', '2026-01-01T00:00:00Z')",
    "a row that nobody can read": "INSERT INTO former_ids VALUES (:ann, 'CN=Ann Admin/O=MyCompany/C=US', 'keyCompromise', 'never')",
}


@pytest.mark.parametrize("what", LOCKING_OUT)
def test_rows_by_which_ids_are_opened_are_repaired_with_the_id_that_nothing_else_opens(office, ready: Desk, tmp_path, what: str) -> None:
    """Otherwise the remedy that each refusal names would be refused, too."""
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(office.domain.store.path)) as db, closing(sqlite3.connect(backup)) as copy:
        db.backup(copy)
        db.execute(LOCKING_OUT[what], {"ann": identities.fingerprint(office.ann.chain_der[0])})
        db.commit()
    assert "backup" in ready.run("request", "approve", "1", signed="admin").err.lower()
    assert ready.run("store", "check").code == 1
    assert ready.run("store", "check", "--rebuild").code == 1
    done = ready.run("store", "check", "--repair", str(backup), signed="admin")
    assert (done.code, done.out.splitlines()[-1]) == (0, CLEAN), done
    assert ready.ok("store", "check") == f"{CLEAN}\n"
    ready.ok("audit", "verify")


@pytest.mark.parametrize("which", ["revoked", "of another organization", "not recorded"])
def test_no_other_id_repairs_a_store(office, ready: Desk, tmp_path, which: str) -> None:
    path = office.root / "rob-ra.id"
    if which == "revoked":
        renewing.revoke(office.domain, office.certifier, "Rob Ra")
    else:
        certifier = office.certifier if which == "not recorded" else ids.organization("O=MyCompany/C=US", 1, office.clock())
        name = "CN=Eva New/O=MyCompany/C=US" if which == "not recorded" else office.rob.name
        path = tmp_path / "other.id"
        path.write_bytes(identities.serialize(ids.certify(certifier, "person", name, 2, office.clock()), ROB_PASSWORD))
    builders.sql(office, LOCKING_OUT["the document of the organization"])
    before = builders.actions(office)
    ready.refused("store", "check", "--repair", str(office.domain.store.path), "--id", str(path), signed="rob")
    assert builders.actions(office) == before


def test_a_store_of_an_earlier_version_is_taken_over_by_the_certifier_id(tmp_path, monkeypatch, capsys) -> None:
    root = unpacked(EARLIER, tmp_path / "data")
    desk = Desk(tmp_path / "desk", root, monkeypatch, capsys)
    assert "undecided.example.com" in desk.ok("request", "list")  # it can be read
    refused = desk.refused("request", "submit", "--all")
    assert "made by an earlier version" in refused and "store take-over" in refused
    assert desk.run("store", "take-over").code == 1
    said = desk.ok("store", "take-over", "--certifier-password-file", desk.password("admin"))
    assert said.startswith("The store has been taken over: 56 entries of the audit log, ")
    assert desk.ok("store", "check").startswith("The store is as it was signed")
    assert "nothing to take over" in desk.refused("store", "take-over", "--certifier-password-file", desk.password("admin"))
    domain = open_domain(root, NO_KEYCHAIN, Clock())
    assert builders.actions(Office(domain=domain, clock=Clock(), ann=None, rob=None, server=None, certifier=None))[56] == (
        "store taken over", "O=MyCompany/C=US",
    )  # fmt: skip
    domain.store.close()


def test_every_signature_is_verified_on_request(office, ready: Desk) -> None:
    builders.load_ca(office)
    assert ready.ok("store", "check", "--deep").startswith("The store is as it was signed")
    builders.sql(office, "UPDATE crl_pieces SET bytes = zeroblob(length(bytes)) WHERE number = 1")
    assert ready.json("store", "check") == []
    done = ready.run("store", "check", "--deep", "--json")
    (row,) = json.loads(done.out)
    assert (done.code, list(row)) == (1, ["table", "key", "finding", "remedy"])
    assert row["table"] == "crls" and row["finding"] == "The CRL is not the one that was made."


def test_rows_are_repaired_from_a_backup(office, ready: Desk, tmp_path) -> None:
    backup = tmp_path / "backup.sqlite"
    builders.sql(office, "VACUUM INTO ?", str(backup))
    builders.sql(office, "UPDATE databases SET title = 'Mine'")
    assert "store check --repair BACKUP" in ready.run("store", "check").out
    refused = ready.refused("store", "check", "--repair", backup)
    assert "password" in refused
    done = ready.ok("store", "check", "--repair", backup, signed="admin")
    assert "Taken from the backup." in done and done.endswith("nothing was altered, added or removed.\n")
    assert ready.json("store", "check") == []
    assert ready.json("store", "check", "--repair", backup, "--deep", signed="admin") == []
    assert builders.actions(office)[-1] == ("row repaired", "databases certreq.nsf")


def test_what_cannot_be_repaired_is_left_with_its_remedy(office, ready: Desk, tmp_path) -> None:
    backup = tmp_path / "backup.sqlite"
    builders.sql(office, "VACUUM INTO ?", str(backup))
    builders.next_version(office, 1, crl_days=9)
    builders.sql(office, "DELETE FROM configurations")
    for more in ((), ("--deep",)):
        done = ready.run("store", "check", "--json", "--repair", backup, *more, signed="admin")
        rows = json.loads(done.out)
        assert done.code == 1 and rows[-1]["key"] in {"1", "1 2"}
        assert ("configurations", "1 2", "try another backup") in [(row["table"], row["key"], row["remedy"][-19:-1]) for row in rows]
    assert "does not exist" in ready.refused("store", "check", "--repair", tmp_path / "no.sqlite", signed="admin")
    assert "is not a store" in ready.refused("store", "check", "--repair", ready.file("x.txt", "x"), signed="admin")
