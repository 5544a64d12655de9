"""Remembered passwords, forgotten one by one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial

import pytest

from dominoadmin.errors import KeychainUnavailable, Tampered, WrongPassword
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.certifiers import protecting, registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.identities import identifying, remembered_passwords, renewing
from dominoadmin.services.states import Protection
from dominoadmin.store import directory
from dominoadmin.store.keychain import Keychain
from tests import builders
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD, SERVER_PASSWORD


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

    for value in ("{", '{"a": 1}', "[1, 2]", "[" * 100_000):
        with domain.store.transaction() as db:
            directory.set_fact(db, "remembered_ids", value)
        assert len(remembered_passwords.secrets(domain)) == 4


def test_the_password_of_a_renewed_or_revoked_id_is_removed(domain, office):
    for end in (renewing.revoke, partial(renewing.renew, password="another password 4")):
        rob = remembered_passwords.of_id(domain, identifying.id_path(domain, office.rob.name))
        remembered_passwords.remember(domain, rob, ROB_PASSWORD)
        end(domain, office.certifier, "Rob Ra")
        assert not remembered_passwords.is_remembered(domain, rob)
        assert remembered_passwords.remembered(domain) == []


def test_the_password_of_the_old_server_id_is_removed_and_not_tried_for_the_new_one(domain, office):
    old = remembered_passwords.of_id(domain, identifying.server_id(domain))
    remembered_passwords.remember(domain, old, SERVER_PASSWORD)
    done = renewing.renew_server(domain, office.certifier, office.server, "another password 4")
    assert not remembered_passwords.is_remembered(domain, remembered_passwords.of_id(domain, done.path))
    assert remembered_passwords.remembered(domain) == []


def test_after_a_key_compromise_the_old_password_is_kept_while_certifiers_are_sealed_to_the_old_id(domain, office, certifier_id):
    old = remembered_passwords.of_id(domain, identifying.server_id(domain))
    remembered_passwords.remember(domain, old, SERVER_PASSWORD)
    done = renewing.renew_server(domain, office.certifier, office.server, "another password 4", Reason.KEY_COMPROMISE)
    assert not remembered_passwords.is_remembered(domain, remembered_passwords.of_id(domain, done.path))
    assert identifying.remembered_password(domain, old.path) == SERVER_PASSWORD


def test_the_kept_password_is_removed_with_the_last_key_that_is_sealed_to_the_old_id(domain, office):
    """It stayed in the keychain: anyone with the leaked ID and the keychain could open the ID."""
    made = [builders.certifier(office), builders.certifier(office, "Second CA")]
    old = remembered_passwords.of_id(domain, identifying.server_id(domain))
    remembered_passwords.remember(domain, old, SERVER_PASSWORD)
    renewing.renew_server(domain, office.certifier, office.server, "another password 4", Reason.KEY_COMPROMISE)
    kept = []
    for each in made:
        order = ProtectionOrder(each.certifier_id, 1, Protection.PASSWORD, "activate me 4")
        protecting.change(domain, office.ann, order, KeyOpening(office.server))
        kept.append(remembered_passwords.is_remembered(domain, old))
    assert kept == [True, False]


@pytest.mark.parametrize("change", ["UPDATE certifiers SET sealed_key = x'00' WHERE id = 2", "UPDATE certifiers SET created_at = 'never' WHERE id = 2"])
def test_no_kept_password_is_removed_while_a_certifier_is_not_as_it_was_signed(domain, office, change: str):
    """Once the row is restored, nothing else opens its key: setup has generated the password without showing it."""
    made = [builders.certifier(office), builders.certifier(office, "Second CA")]
    old = remembered_passwords.of_id(domain, identifying.server_id(domain))
    remembered_passwords.remember(domain, old, SERVER_PASSWORD)
    renewing.renew_server(domain, office.certifier, office.server, "another password 4", Reason.KEY_COMPROMISE)
    builders.sql(office, change)
    order = ProtectionOrder(made[0].certifier_id, 1, Protection.PASSWORD, "activate me 4")
    protecting.change(domain, office.ann, order, KeyOpening(office.server))
    assert remembered_passwords.is_remembered(domain, old)


@pytest.mark.parametrize("change", ["UPDATE certifiers SET locking_id = 'CN=Rob Ra/O=MyCompany/C=US'", "DELETE FROM certifiers"])
def test_no_server_id_ends_after_a_leak_while_a_certifier_is_not_as_it_was_signed(domain, office, change: str):
    """Its key would not count as one that needs the old ID, whose password would be gone."""
    builders.certifier(office)
    for table in ("configurations", "founding_statements"):
        builders.sql(office, f"DELETE FROM {table}")
    builders.sql(office, change)
    with pytest.raises(Tampered, match="certifiers 1"):
        renewing.renew_server(domain, office.certifier, office.server, "another password 4", Reason.KEY_COMPROMISE)
    assert identifying.server_id(domain).name == "server.id"


@pytest.mark.parametrize("file", ["server.id", "ann-admin.id", "gone.id"])
def test_a_note_that_nobody_has_signed_removes_no_password_of_an_id_that_is_in_use(domain, office, file: str):
    builders.certifier(office)
    for path, password in ((identifying.server_id(domain), SERVER_PASSWORD), (office.root / "ann-admin.id", ADMIN_PASSWORD)):
        remembered_passwords.remember(domain, remembered_passwords.of_id(domain, path), password)
    with domain.store.transaction() as db:
        directory.set_fact(db, "kept_server_passwords", f'{{"{file}": ["none"]}}')
    order = ProtectionOrder(1, 1, Protection.PASSWORD, "activate me 4")
    protecting.change(domain, office.ann, order, KeyOpening(office.server))
    assert identifying.remembered_password(domain, office.root / "server.id") == SERVER_PASSWORD
    assert identifying.remembered_password(domain, office.root / "ann-admin.id") == ADMIN_PASSWORD


def test_a_locked_keychain_is_told_and_the_kept_password_goes_with_the_next_reseal(domain, office, system_keyring):
    made = builders.certifier(office)
    old = remembered_passwords.of_id(domain, identifying.server_id(domain))
    remembered_passwords.remember(domain, old, SERVER_PASSWORD)
    renewing.renew_server(domain, office.certifier, office.server, "another password 4", Reason.KEY_COMPROMISE)
    system_keyring.locked = True
    order = ProtectionOrder(made.certifier_id, 1, Protection.LOCKING_ID, locking_id=office.rob)
    done = protecting.change(domain, office.ann, order, KeyOpening(office.server))
    assert done.remarks == ("The keychain is not responding. An old password may still be stored there.",)
    system_keyring.locked = False
    protecting.change(domain, office.ann, replace(order, version=2, locking_id=office.ann), KeyOpening(office.rob))
    assert not remembered_passwords.is_remembered(domain, old)


@pytest.mark.parametrize("altered", ["[]", "x", "[1]", '{"server.id": 1}', "null", "[" * 100_000])
def test_an_altered_note_about_kept_passwords_harms_nothing(domain, office, altered):
    with domain.store.transaction() as db:
        directory.set_fact(db, "kept_server_passwords", altered)
    remembered_passwords.forget_needless_servers(domain, office.actor().verifier())


def test_an_id_that_still_opens_a_locked_certifier_keeps_its_password(domain, office):
    builders.certifier(office, protection=Protection.LOCKING_ID, locking_id=office.rob)
    rob = remembered_passwords.of_id(domain, identifying.id_path(domain, office.rob.name))
    remembered_passwords.remember(domain, rob, ROB_PASSWORD)
    renewing.revoke(domain, office.certifier, "Rob Ra")
    assert remembered_passwords.is_remembered(domain, rob)


def test_a_locked_keychain_does_not_keep_an_id_from_ending(domain, office, system_keyring):
    system_keyring.locked = True
    assert renewing.renew(domain, office.certifier, "Rob Ra", "another password 4").path.exists()
