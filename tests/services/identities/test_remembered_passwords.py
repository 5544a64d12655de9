"""Remembered passwords, forgotten one by one."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from dominoadmin.errors import KeychainUnavailable, WrongPassword
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.registering import CertifierRequest
from dominoadmin.services.identities import remembered_passwords
from dominoadmin.services.states import Protection
from dominoadmin.store.keychain import Keychain
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD


@pytest.fixture
def domain(office, system_keyring):
    return replace(office.domain, keychain=Keychain("0f3a"))


@pytest.fixture
def certifier_id(office):
    request = CertifierRequest(
        DistinguishedName(common_name="MyCompany CA", organization="MyCompany"), Protection.PASSWORD, activation_password="activate me 4"
    )
    return registering.register(office.domain, office.ann, request).certifier_id


def labels(secrets):
    return [secret.label for secret in secrets]


def of(domain, part):
    return next(secret for secret in remembered_passwords.secrets(domain) if part in secret.label)


def test_every_id_and_every_certifier_with_a_password_can_be_remembered(domain, certifier_id):
    assert labels(remembered_passwords.secrets(domain)) == [
        "Ann Admin/MyCompany/US (ann-admin.id)", "MyCompany/US (cert.id)", "Rob Ra/MyCompany/US (rob-ra.id)",
        "Server1/MyCompany/US (server.id)", "CN=MyCompany CA/O=MyCompany",
    ]  # fmt: skip


def test_passwords_are_remembered_and_forgotten_one_by_one(domain, system_keyring, certifier_id):
    remembered_passwords.check_and_remember(domain, of(domain, "Ann"), ADMIN_PASSWORD)
    remembered_passwords.check_and_remember(domain, of(domain, "Rob"), ROB_PASSWORD)
    remembered_passwords.remember(domain, of(domain, "MyCompany CA"), "activate me 4")
    assert system_keyring.entries == {
        ("dominoadmin/0f3a/id-ann-admin.id", "password"): ADMIN_PASSWORD,
        ("dominoadmin/0f3a/id-rob-ra.id", "password"): ROB_PASSWORD,
        (f"dominoadmin/0f3a/activation-{certifier_id}", "password"): "activate me 4",
    }
    remembered_passwords.forget(domain, of(domain, "Rob"))
    assert labels(remembered_passwords.remembered(domain)) == [
        "Ann Admin/MyCompany/US (ann-admin.id)", "CN=MyCompany CA/O=MyCompany",
    ]  # fmt: skip
    remembered_passwords.forget(domain, of(domain, "MyCompany CA"))
    remembered_passwords.forget(domain, of(domain, "Ann"))
    assert system_keyring.entries == {}


def test_a_wrong_id_password_is_not_kept(domain, system_keyring):
    with pytest.raises(WrongPassword):
        remembered_passwords.check_and_remember(domain, of(domain, "Ann"), "wrong password")
    assert system_keyring.entries == {}


def test_the_ca_process_finds_the_activation_password(domain, system_keyring, certifier_id):
    assert remembered_passwords.activation_password(domain, certifier_id) is None
    remembered_passwords.remember(domain, of(domain, "MyCompany CA"), "activate me 4")
    assert remembered_passwords.activation_password(domain, certifier_id) == "activate me 4"
    assert remembered_passwords.activation_password(domain, certifier_id + 1) is None
    system_keyring.locked = True
    assert remembered_passwords.activation_password(domain, certifier_id) is None


def test_an_id_outside_the_data_directory_is_found_again_even_when_its_file_has_gone(domain, office, tmp_path, system_keyring):
    elsewhere = tmp_path / "stick" / "ann.id"
    elsewhere.parent.mkdir()
    shutil.copy(office.root / "ann-admin.id", elsewhere)
    secret = remembered_passwords.of_id(domain, elsewhere)
    remembered_passwords.check_and_remember(domain, secret, ADMIN_PASSWORD)
    assert labels(remembered_passwords.remembered(domain)) == [f"Ann Admin/MyCompany/US ({elsewhere})"]
    elsewhere.unlink()
    [left] = remembered_passwords.remembered(domain)
    assert left.label == str(elsewhere)
    remembered_passwords.forget(domain, left)
    assert system_keyring.entries == {}
    assert str(elsewhere) not in labels(remembered_passwords.secrets(domain))


def test_only_the_server_s_secret_is_the_server_s(domain):
    assert [secret.label for secret in remembered_passwords.secrets(domain) if secret.is_server] == [
        "Server1/MyCompany/US (server.id)"
    ]


def test_the_state_says_which_keychain_and_whether_it_works(domain, system_keyring, office):
    assert remembered_passwords.state(domain) == remembered_passwords.KeychainState("memory", "")
    assert system_keyring.entries == {}
    system_keyring.locked = True
    assert remembered_passwords.state(domain) == remembered_passwords.KeychainState("memory", "The keychain is locked.")
    assert remembered_passwords.state(office.domain) == remembered_passwords.KeychainState(
        "", "The keychain is turned off (DOMINOADMIN_KEYCHAIN=none)."
    )


def test_a_locked_keychain_lists_nothing_and_says_so(domain, system_keyring):
    system_keyring.locked = True
    with pytest.raises(KeychainUnavailable, match="locked"):
        remembered_passwords.remembered(domain)


def test_a_note_that_was_altered_is_started_afresh(domain, office):
    from dominoadmin.store import directory

    for value in ("{", '{"a": 1}', "[1, 2]"):
        with domain.store.transaction() as db:
            directory.set_fact(db, "remembered_ids", value)
        assert len(remembered_passwords.secrets(domain)) == 4
