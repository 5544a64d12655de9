"""The first start: the domain, the copies of its ID files, and the remembered passwords."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin import application
from dominoadmin.errors import Refused
from dominoadmin.services.identities import identifying
from dominoadmin.services.setup import founding
from dominoadmin.services.setup.creating import SetupRequest
from dominoadmin.services.setup.founding import Founding
from dominoadmin.store.keychain import Keychain, NoKeychain
from tests.conftest import NO_KEYCHAIN, Clock

REQUEST = SetupRequest(
    organization="MyCompany", country="US", server="Server1", host="server1.example.com", administrator="Ann Admin", administrator_password="correct horse 1",
    server_password="battery staple 2", http_port=0, ssl_port=0,
)  # fmt: skip


def found(tmp_path, keychain=NoKeychain, **changes):
    wanted = Founding(REQUEST, tmp_path / "stick")
    return founding.found(tmp_path / "data", replace(wanted, **changes), keychain, Clock())


def test_the_ids_are_open_and_the_copies_equal(tmp_path):
    made = found(tmp_path, lambda _: NoKeychain())
    assert (made.administrator.name, made.server.name) == (
        "CN=Ann Admin/O=MyCompany/C=US", "CN=Server1/O=MyCompany/C=US",
    )  # fmt: skip
    assert made.remarks == ()
    assert {copy.name for copy in made.copies} == {"cert.id", "ann-admin.id", "server.id"}
    for copy in made.copies:
        assert copy.parent == tmp_path / "stick"
        assert copy.read_bytes() == (tmp_path / "data" / copy.name).read_bytes()
        assert copy.stat().st_mode & 0o077 == 0


def test_a_copy_never_replaces_another_file(tmp_path):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "ann-admin.id").write_text("another Ann's")
    made = found(tmp_path, lambda _: NoKeychain())
    assert (tmp_path / "stick" / "ann-admin.id").read_text() == "another Ann's"
    assert [remark for remark in made.remarks if "Not all ID files were copied:" in remark]
    assert [copy.name for copy in made.copies] == ["cert.id"]


def test_a_folder_that_cannot_be_made_is_a_remark_and_the_domain_stands(tmp_path):
    (tmp_path / "file").touch()
    made = found(tmp_path, lambda _: NoKeychain(), backup_folder=tmp_path / "file" / "stick")
    assert len(made.remarks) == 1
    assert (tmp_path / "data" / "domain.db").exists()


def test_a_folder_with_too_long_a_name_is_a_remark_and_the_domain_stands(tmp_path):
    made = found(tmp_path, lambda _: NoKeychain(), backup_folder=tmp_path / ("x" * 300))
    assert len(made.remarks) == 1
    assert (tmp_path / "data" / "domain.db").exists()


def test_a_folder_with_the_ids_of_another_domain_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "cert.id").touch()
    with pytest.raises(Refused):
        found(tmp_path, lambda _: NoKeychain())
    assert not (tmp_path / "data").exists()


def test_with_a_keychain_the_server_s_password_is_made_and_both_are_kept(tmp_path, system_keyring):
    request = replace(REQUEST, server_password="")
    made = found(tmp_path, Keychain, request=request, remember=True, backup_folder=None)
    assert made.result.keychain == "memory"
    assert len(system_keyring.entries) == 2
    assert "correct horse 1" in system_keyring.entries.values()
    assert (made.copies, made.remarks) == ((), ())
    domain = application.open_domain(made.root, {}, Clock())
    assert identifying.remembered_password(domain, made.result.administrator_id) == "correct horse 1"
    domain.store.close()


def test_a_password_that_cannot_be_remembered_is_a_remark(tmp_path):
    made = found(tmp_path, lambda _: NoKeychain(), remember=True, backup_folder=None)
    assert made.remarks[0].startswith("The password could not be stored in the keychain: The keychain is turned off")


def test_what_was_made_is_an_ordinary_domain(tmp_path):
    made = found(tmp_path, lambda _: NoKeychain(), backup_folder=None)
    domain = application.open_domain(made.root, NO_KEYCHAIN, Clock())
    assert identifying.open_id(domain, made.result.certifier_id, "correct horse 1").name == "O=MyCompany/C=US"
    domain.store.close()
