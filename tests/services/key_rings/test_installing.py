"""Step 27, and unattended opening of a key ring on its server."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged, Error, Locked, NotFound, Refused, Tampered, WrongPassword
from dominoadmin.services.key_rings import management as key_rings
from tests.services.key_rings.conftest import PASSWORD


def test_both_files_are_copied_byte_for_byte(stage):
    done = stage.install(server="Server1/MyCompany/US")
    assert (done.server, done.folder) == ("CN=Server1/O=MyCompany/C=US", stage.installed)
    for name in ("keyfile.kyr", "keyfile.sth"):
        copy = (stage.installed / name).read_bytes()
        assert copy == (stage.root / name).read_bytes()
        assert done.sha256[name] == hashlib.sha256(copy).hexdigest()
    assert stage.acts()[-1] == "key ring installed"


def test_installing_again_takes_the_newer_files(stage):
    stage.install("waiting.kyr")
    stage.pickup("waiting.kyr", stage.pickup_ids["waiting.kyr"])
    assert not stage.open_installed("waiting.kyr").is_certified
    stage.install("waiting.kyr")
    assert stage.open_installed("waiting.kyr").is_certified


def test_an_uncertified_key_ring_is_installed_with_a_warning(stage):
    assert stage.install("new.kyr").warnings == ("No certificate has been issued for the key of this key ring yet.",)
    assert stage.install("keyfile.kyr").warnings == ()
    done = stage.install("waiting.kyr", password=PASSWORD)
    assert done.warnings == (
        "The key ring does not contain a signed certificate yet, only a placeholder that no browser trusts.",
    )


def test_what_a_browser_will_complain_of_is_a_warning(stage):
    stage.create(file="other.kyr", common_name="www.example.org")
    warnings = stage.install("other.kyr", password=PASSWORD).warnings
    assert "The certificate does not name server1.example.com, the server's host name: browsers will warn." in warnings
    stage.create(file="wild.kyr", common_name="www.example.org", names=("dns:*.example.com",))
    assert len(stage.install("wild.kyr", password=PASSWORD).warnings) == 1
    stage.clock.advance(days=366)
    assert "expired on" in stage.install("keyfile.kyr", password=PASSWORD).warnings[0]


def test_a_wrong_password_installs_nothing(stage):
    with pytest.raises(WrongPassword):
        stage.install(password="wrong password")
    assert not stage.installed.exists()


def resealed(stage, **fields):
    file = stage.root / "keyfile.sth"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def test_a_stash_of_another_server_is_refused(stage):
    resealed(stage, server="CN=Server9/O=MyCompany/C=US")
    with pytest.raises(
        Refused, match="is sealed to 'CN=Server9/O=MyCompany/C=US'; Server1/MyCompany/US cannot"
    ) as caught:
        stage.install()
    assert "keyring password --file keyfile.kyr --server Server1/MyCompany/US" in caught.value.hint
    assert not stage.installed.exists()


@pytest.mark.parametrize("lost", ["keyfile.kyr", "keyfile.sth"])
def test_a_missing_file_is_named(stage, lost):
    (stage.root / lost).unlink()
    with pytest.raises(NotFound, match=f"{lost} does not exist"):
        stage.install()
    assert not stage.installed.exists()


def test_an_unknown_server_is_named(stage):
    with pytest.raises(NotFound, match="The server Server9"):
        stage.install(server="Server9")


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_full_disk_leaves_the_servers_files_as_they_were(stage, monkeypatch, nth):
    stage.install()
    before = stage.files()
    key_rings.change_password(stage.domain, stage.actor, stage.access(), "Yellow Piano 88")
    installed = {name: data for name, data in before.items() if name.startswith("servers")}
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == nth:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Error, match="cannot be written: input/output error"):
        stage.install()
    assert {name: data for name, data in stage.files().items() if name.startswith("servers")} == installed
    assert stage.open_installed().is_certified


def test_a_copy_that_differs_is_noticed_and_taken_back(stage, monkeypatch):
    real = Path.replace

    def flipping(self, target):
        moved = real(self, target)
        if Path(target).parent == stage.installed and Path(target).suffix == ".kyr":
            data = Path(target).read_bytes()
            Path(target).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        return moved

    monkeypatch.setattr(Path, "replace", flipping)
    with pytest.raises(Error, match=r"The copy .*keyfile\.kyr differs from the original"):
        stage.install()
    monkeypatch.undo()
    assert not (stage.installed / "keyfile.sth").exists()


def test_a_key_ring_that_is_not_installed_is_named_with_what_to_do(stage):
    with pytest.raises(NotFound, match=r"keyfile\.kyr does not exist") as caught:
        stage.open_installed()
    assert caught.value.hint == "Install the key ring again: Install on Server, or 'dominoadmin keyring install --file keyfile.kyr'."
    stage.install()
    (stage.installed / "keyfile.sth").unlink()
    with pytest.raises(NotFound, match=r"The stash file .*keyfile\.sth does not exist"):
        stage.open_installed()


@pytest.mark.parametrize("file", ["/etc/keyfile.kyr", "../../keyfile.kyr", "a\\keyfile.kyr"])
def test_a_path_is_refused_in_the_technotes_words(stage, file):
    with pytest.raises(Refused, match="Do not include the full path to the key ring file, only the file name"):
        stage.open_installed(file)


def test_another_name_than_a_key_rings_is_refused(stage):
    with pytest.raises(Refused, match="is not a valid key ring file name"):
        stage.open_installed("server.id")


def test_another_server_cannot_open_it(stage):
    stage.install()
    other = replace(stage.ann, name="CN=Server1/O=OtherCompany")
    with pytest.raises(Locked, match="is sealed to 'CN=Server1/O=MyCompany/C=US', not to Server1/OtherCompany"):
        key_rings.open_installed(stage.domain, other, "keyfile.kyr")
    pretender = replace(stage.ann, name=stage.server.name)
    with pytest.raises(Locked, match="cannot be opened with the ID of Server1/MyCompany/US"):
        key_rings.open_installed(stage.domain, pretender, "keyfile.kyr")


def test_files_that_do_not_belong_together_are_told(stage):
    before = (stage.root / "keyfile.sth").read_bytes()
    (stage.root / "keyfile.sth").write_bytes((stage.root / "new.sth").read_bytes())
    stage.install()
    with pytest.raises(Damaged, match="do not belong together"):  # the same password, another key
        stage.open_installed()
    (stage.root / "keyfile.sth").write_bytes(before)
    data = (stage.root / "keyfile.kyr").read_bytes()
    key_rings.change_password(stage.domain, stage.actor, stage.access(), "Yellow Piano 88")
    (stage.root / "keyfile.kyr").write_bytes(data)
    stage.install()
    with pytest.raises(Damaged, match="do not belong together") as caught:
        stage.open_installed()
    assert "Install the key ring again" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\0" * 1000, b"\xff\xd8\xff\xe0 JFIF"])
def test_a_file_that_is_no_key_ring_is_told(stage, data):
    (stage.root / "keyfile.kyr").write_bytes(data)
    stage.install()
    with pytest.raises(Damaged, match="The file is not a key ring"):
        stage.open_installed()


def refused(stage) -> None:
    with pytest.raises(Tampered, match=r"keyfile\.\w+ was not installed by an administrator, or was changed since then") as caught:
        stage.open_installed()
    assert caught.value.hint == "Install the key ring again: Install on Server, or 'dominoadmin keyring install --file keyfile.kyr'."


@pytest.mark.parametrize("file", ["keyfile.kyr", "keyfile.sth"])
def test_a_file_with_one_flipped_bit_is_refused(stage, file):
    stage.install()
    data = (stage.installed / file).read_bytes()
    (stage.installed / file).write_bytes(bytes([data[0] ^ 1]) + data[1:])
    refused(stage)
    stage.install()
    assert stage.open_installed().is_certified


def test_a_key_ring_that_somebody_has_sealed_to_the_server_is_not_opened(stage):
    stage.create(file="forged.kyr", common_name="server1.example.com")
    stage.install()
    for name in ("keyfile.kyr", "keyfile.sth"):  # the server's public key is in the directory: anyone can seal to it
        (stage.installed / name).write_bytes((stage.root / f"forged{name[-4:]}").read_bytes())
    refused(stage)
    forged = {name: hashlib.sha256((stage.installed / name).read_bytes()).hexdigest() for name in ("keyfile.kyr", "keyfile.sth")}
    for name, sha256 in forged.items():
        stage.sql(f"UPDATE installed_files SET sha256 = '{sha256}' WHERE path = 'servers/server1/{name}'")
    with pytest.raises(Tampered, match=r"A row of the store \(installed_files servers/server1/keyfile\.\w+\) is not the one"):
        stage.open_installed()


def test_a_copy_by_hand_is_no_installation_until_an_administrator_signs_it(stage):
    stage.installed.mkdir(parents=True)
    for name in ("keyfile.kyr", "keyfile.sth"):
        (stage.installed / name).write_bytes((stage.root / name).read_bytes())
    refused(stage)
    stage.install(str(stage.installed / "keyfile.kyr"))
    assert stage.open_installed().is_certified


def test_an_installed_key_ring_can_be_changed_where_it_is(stage):
    stage.install()
    access = stage.access(str(stage.installed / "keyfile.kyr"))
    key_rings.change_password(stage.domain, stage.actor, access, "Yellow Piano 88")
    assert stage.open_installed().is_certified
    key_rings.delete(stage.domain, stage.actor, access.file)
    assert stage.sql("SELECT 1 FROM installed_files") == []


def test_a_file_that_is_far_too_large_is_not_read(stage):
    stage.install()
    with (stage.installed / "keyfile.kyr").open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(Error, match="is too large: more than 1024 KB"):
        stage.open_installed()
