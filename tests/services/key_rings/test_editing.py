"""Key rings: contents, password, trusted roots and labels, deletion."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dominoadmin.errors import Error, NotFound, Refused, WrongPassword
from dominoadmin.services.audit import verifying
from dominoadmin.services.key_rings import management as key_rings
from tests.pki.authorities import root
from tests.services.key_rings.conftest import PASSWORD, form, keytool, pkcs12

NEW = "Yellow Piano 88"

# Changes a password in a process that dies at the n-th rename, as in a power failure.
CHANGE = """
import os, sys
from pathlib import Path
from dominoadmin import application
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.domain import Actor
from dominoadmin.store import id_files

root, dies_at, old, new = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
real, renames = Path.replace, []

def replace(self, target):
    renames.append(target)
    if len(renames) == dies_at:
        os._exit(9)
    return real(self, target)

Path.replace = replace
domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"})
shown = id_files.describe(root / "ann-admin.id")
actor = Actor(shown.name, shown.chain[-1])
key_rings.change_password(domain, actor, key_rings.KeyRingAccess("keyfile.kyr", old), new)
"""


def change(stage, new=NEW, file="keyfile.kyr", **more):
    return key_rings.change_password(stage.domain, stage.actor, stage.access(file), new, **more)


def test_show_tells_what_the_key_ring_holds(stage):
    shown = stage.show()
    assert (shown.file, shown.path) == ("keyfile.kyr", stage.root / "keyfile.kyr")
    assert shown.subject == "CN=server1.example.com/O=MyCompany/ST=Massachusetts/C=US"
    assert (shown.names, shown.key) == (("dns:server1.example.com",), "ec-p256")
    assert (shown.server, shown.stash_problem) == ("CN=Server1/O=MyCompany/C=US", "")
    assert [each.state for each in shown.requests] == ["Issued"]
    assert [each.label for each in shown.trusted_roots] == ["MyCompany CA"]
    assert shown.intermediates == ()


def test_an_expired_certificate_is_shown_as_expired(stage):
    stage.clock.advance(days=366)
    assert stage.show().state == "expired"


def test_a_request_of_an_older_key_ring_with_the_same_name_is_not_shown(stage):
    stage.certify("new.kyr")
    key_rings.delete(stage.domain, stage.actor, "new.kyr")
    stage.create(file="new.kyr")
    assert (stage.show("new.kyr").state, stage.show("new.kyr").requests) == ("created (unsigned)", ())


def test_a_lost_or_foreign_stash_is_told(stage):
    (stage.root / "keyfile.sth").write_bytes((stage.root / "new.sth").read_bytes())
    assert stage.show().stash_problem == f"The stash file {stage.root}/keyfile.sth belongs to another key ring."
    (stage.root / "keyfile.sth").unlink()
    shown = stage.show()
    assert (shown.server, shown.stash_problem) == ("", f"The stash file {stage.root}/keyfile.sth does not exist.")


@pytest.mark.judge
def test_a_changed_password_opens_the_key_ring_and_its_stash(stage):
    before = stage.show()
    assert change(stage) == "The password of the key ring has been changed; install the key ring on its server again."
    with pytest.raises(WrongPassword):
        stage.show()
    after = stage.show(password=NEW)
    assert (after.certificate, after.trusted_roots) == (before.certificate, before.trusted_roots)
    assert "invalid password" in pkcs12(stage.root / "keyfile.kyr", "-noout", status=1)
    assert "PrivateKeyEntry" in keytool(stage.root / "keyfile.kyr", NEW)
    stage.install()
    assert stage.open_installed().certificate == before.certificate
    assert "previous" not in json.loads((stage.root / "keyfile.sth").read_text())


@pytest.mark.parametrize("new", ["", "1234567", "x" * 1025, "a\0bcdefgh"])
def test_a_new_password_keeps_to_the_rules(stage, new):
    before = stage.files()
    with pytest.raises(Refused, match="password"):
        change(stage, new)
    assert stage.files() == before


@pytest.mark.parametrize("stash", [None, b"", b"{}", b"{nonsense", b'{"version": 2}'])
def test_a_lost_or_damaged_stash_is_made_anew_with_the_password(stage, stash):
    file = stage.root / "keyfile.sth"
    file.unlink() if stash is None else file.write_bytes(stash)
    change(stage)
    stage.install()
    assert stage.open_installed().is_certified


def test_the_stash_can_be_sealed_to_a_named_server(stage):
    change(stage, server="Server1")
    assert stage.show(password=NEW).server == "CN=Server1/O=MyCompany/C=US"
    with pytest.raises(NotFound, match="The server Server9"):
        key_rings.change_password(stage.domain, stage.actor, stage.access(password=NEW), PASSWORD, "Server9")


def test_a_stash_of_another_server_leaves_no_seal_behind(stage):
    file = stage.root / "keyfile.sth"
    fields = json.loads(file.read_text())
    file.write_text(json.dumps(fields | {"server": "CN=Server9/O=MyCompany/C=US"}))
    change(stage, server="Server1")
    assert "previous" not in json.loads(file.read_text())


@pytest.mark.parametrize(("dies_at", "opens_with"), [(1, PASSWORD), (2, PASSWORD), (3, NEW), (4, NEW)])
def test_a_crash_while_the_password_changes_leaves_a_key_ring_that_its_stash_opens(stage, dies_at, opens_with):
    arguments = [sys.executable, "-c", CHANGE, stage.root, str(dies_at), PASSWORD, NEW]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == (0 if dies_at == 4 else 9), done.stderr
    assert stage.show(password=opens_with).state == "certificate merged"
    stage.install()
    assert stage.open_installed().is_certified
    assert verifying.verify(stage.domain, stage.actor).entries == len(stage.acts())
    # And the next change cleans up.
    key_rings.change_password(stage.domain, stage.actor, stage.access(password=opens_with), "Purple Lamp 99")
    assert "previous" not in json.loads((stage.root / "keyfile.sth").read_text())
    assert stage.show(password="Purple Lamp 99").stash_problem == ""


@pytest.mark.parametrize("lost", ["missing", "foreign", "another server's"])
@pytest.mark.parametrize(("dies_at", "opens_with"), [(2, PASSWORD), (3, NEW)])
def test_also_without_a_usable_old_stash_the_key_ring_opens_after_a_crash(stage, lost, dies_at, opens_with):
    file = stage.root / "keyfile.sth"
    fields = json.loads(file.read_text())
    if lost == "missing":
        file.unlink()
    else:
        foreign = json.loads((stage.root / "new.sth").read_text())
        file.write_text(json.dumps(foreign if lost == "foreign" else fields | {"sealed": foreign["sealed"]}))
    arguments = [sys.executable, "-c", CHANGE, stage.root, str(dies_at), PASSWORD, NEW]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 9, done.stderr
    assert stage.show(password=opens_with).state == "certificate merged"
    stage.install()
    assert stage.open_installed().is_certified


@pytest.mark.parametrize("nth", [1, 2, 3, 4, 5, 6])
def test_a_full_disk_while_the_password_changes_leaves_both_files_as_they_were(stage, monkeypatch, nth):
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    before = stage.files(), stage.acts()
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Error, match="cannot be written: no space left on device"):
        change(stage)
    assert (stage.files(), stage.acts()) == before


@pytest.mark.parametrize("trouble", ["no_entry", "no_commit"])
def test_without_an_audit_entry_nothing_is_changed(stage, trouble, monkeypatch):
    before = stage.files()
    getattr(stage, trouble)(monkeypatch)
    for act in (
        lambda: change(stage),
        lambda: stage.pickup("waiting.kyr", stage.pickup_ids["waiting.kyr"]),
        lambda: key_rings.delete(stage.domain, stage.actor, "keyfile.kyr"),
        lambda: key_rings.remove_trusted_root(stage.domain, stage.actor, stage.access("waiting.kyr"), "MyCompany CA"),
        stage.install,
    ):
        with pytest.raises(sqlite3.IntegrityError):
            act()
        assert stage.files() == before


def test_a_label_can_be_changed(stage):
    key_rings.label_trusted_root(stage.domain, stage.actor, stage.access(), " mycompany ca ", "Our authority")
    assert [each.label for each in stage.show().trusted_roots] == ["Our authority"]
    assert stage.acts()[-1] == "trusted root labelled"


def test_a_label_that_is_not_there_or_taken_is_refused(stage):
    other = root("Other Root CA").certificate
    stage.clock.now = other.not_valid_before_utc
    key_rings.merge_trusted_root(stage.domain, stage.actor, stage.access("new.kyr"), other, "Other")
    before = stage.files()
    with pytest.raises(NotFound, match="no trusted root with the label 'None'") as caught:
        key_rings.label_trusted_root(stage.domain, stage.actor, stage.access("new.kyr"), "None", "x")
    assert caught.value.hint == "Available: Other."
    with pytest.raises(Refused, match="The label"):
        key_rings.label_trusted_root(stage.domain, stage.actor, stage.access("new.kyr"), "Other", "")
    assert stage.files() == before


def test_a_trusted_root_can_be_removed_unless_the_certificate_leads_to_it(stage):
    other = root("Other Root CA").certificate
    stage.clock.now = other.not_valid_before_utc
    key_rings.merge_trusted_root(stage.domain, stage.actor, stage.access(), other, "Other")
    key_rings.remove_trusted_root(stage.domain, stage.actor, stage.access(), "Other")
    assert [each.label for each in stage.show().trusted_roots] == ["MyCompany CA"]
    with pytest.raises(Refused, match="The key ring's own certificate depends on the trusted root 'MyCompany CA'"):
        key_rings.remove_trusted_root(stage.domain, stage.actor, stage.access(), "MyCompany CA")
    with pytest.raises(NotFound) as caught:
        key_rings.remove_trusted_root(stage.domain, stage.actor, stage.access("new.kyr"), "Other")
    assert caught.value.hint == "Available: none."


def test_delete_takes_both_files_and_leaves_installed_copies(stage):
    stage.install()
    gone = key_rings.delete(stage.domain, stage.actor, "keyfile.kyr")
    assert gone == [stage.root / "keyfile.kyr", stage.root / "keyfile.sth"]
    assert not [path for path in gone if path.exists()]
    assert stage.open_installed().is_certified
    assert stage.acts()[-1] == "key ring deleted"
    with pytest.raises(NotFound, match=r"keyfile\.kyr does not exist"):
        key_rings.delete(stage.domain, stage.actor, "keyfile.kyr")


def test_delete_takes_what_a_crash_has_left(stage):
    (stage.root / "new.kyr").unlink()
    assert key_rings.delete(stage.domain, stage.actor, "new.kyr") == [stage.root / "new.sth"]


@pytest.mark.parametrize("file", ["domain.db", "ann-admin.id", "server.id", "../x", "keyfile.sth"])
def test_delete_takes_key_rings_only(stage, file):
    with pytest.raises(Refused, match="is not a valid key ring file name"):
        key_rings.delete(stage.domain, stage.actor, file)
    assert (stage.root / "domain.db").exists()


def test_a_file_that_cannot_be_deleted_brings_the_other_back(stage, monkeypatch):
    real = Path.unlink

    def unlink(self, missing_ok=False):
        if self.suffix == ".sth":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        real(self, missing_ok)

    before = stage.files()
    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(Error, match=r"keyfile\.sth cannot be deleted: permission denied"):
        key_rings.delete(stage.domain, stage.actor, "keyfile.kyr")
    assert stage.files() == before


def test_what_somebody_else_wrote_in_between_is_not_taken_back(stage, tmp_path):
    from dominoadmin.store.key_rings import Changes

    changes = Changes()
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    changes.add(ours, b"ours")
    with pytest.raises(Error, match="already exists"):
        changes.add(theirs, b"ours")
    changes.undo()
    assert (ours.exists(), theirs.read_bytes()) == (False, b"theirs")


def test_passwords_are_in_no_representation(stage):
    from dominoadmin.services.key_rings.access import open_ring

    opened = open_ring(stage.domain, stage.access())
    texts = [repr(each) for each in (form(), stage.access(), opened, key_rings.Installation("a.kyr", "", PASSWORD))]
    assert not [text for text in texts if PASSWORD in text]
