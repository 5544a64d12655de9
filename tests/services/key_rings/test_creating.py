"""The results, refusals and failures of `create`."""

from __future__ import annotations

import errno
import json
import os
import sqlite3

import pytest

from dominoadmin import application
from dominoadmin.errors import Cancelled, Error, NotFound, Refused, Tampered
from dominoadmin.services import recorded_files
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.progress import Progress
from dominoadmin.store import certifiers
from tests import builders
from tests.conftest import NO_KEYCHAIN
from tests.kills.killing import killed
from tests.services.key_rings.conftest import (
    DATABASE,
    PASSWORD,
    Stage,
    add_certifier,
    add_database,
    form,
    keytool,
    pkcs12,
)

EXISTS = "Keyring file or stash file could not be created because an existing file already exists."


def refused(stage, kind, sentence, **changes):
    """Create a key ring; check that it is refused and that nothing was changed."""
    before = stage.files(), stage.acts()
    with pytest.raises(kind, match=sentence) as caught:
        stage.create(**{"file": "other.kyr", **changes})
    assert (stage.files(), stage.acts()) == before
    return caught.value


def test_the_dialog_shows_what_was_made(stage):
    made = stage.create(file="other.kyr", common_name="bücher.example", names=("dns:*.example.com",))
    assert made.path == stage.root / "other.kyr"
    assert made.stash == stage.root / "other.sth"
    assert (made.names, made.key) == (("dns:xn--bcher-kva.example", "dns:*.example.com"), "ec-p256")
    assert made.remarks == ("The key ring contains the host name as xn--bcher-kva.example (IDNA 2008).",)


@pytest.mark.judge
def test_a_new_key_ring_opens_in_openssl_and_keytool(stage):
    assert "CN=server1.example.com" in pkcs12(stage.root / "new.kyr", "-nokeys")
    assert "Certificate chain length: 1" in keytool(stage.root / "new.kyr")
    assert "invalid password" in pkcs12(stage.root / "new.kyr", "-noout", password="zebra quartz 77", status=1)


def test_the_stash_says_which_server_opens_it_and_nothing_else(stage):
    fields = json.loads((stage.root / "new.sth").read_text())
    assert sorted(fields) == ["key", "sealed", "server", "version"]
    assert (fields["version"], fields["server"]) == (1, "CN=Server1/O=MyCompany/C=US")
    assert fields["key"] == stage.show("new.kyr").key_fingerprint


def test_a_password_beyond_ascii_is_remarked(stage):
    assert "keytool" in stage.create(file="other.kyr", password="пароль пароль").remarks[0]


@pytest.mark.parametrize("lost", ["new.kyr", "new.sth"])
def test_an_existing_file_is_never_overwritten(stage, lost):
    assert str(refused(stage, Error, EXISTS, file="new.kyr")) == EXISTS
    (stage.root / lost).unlink()
    refused(stage, Error, EXISTS, file="new.kyr")


def test_a_folder_that_does_not_exist_is_named(stage, tmp_path):
    refused(stage, Error, "cannot be written: no such file or directory", file=str(tmp_path / "none" / "a.kyr"))


def test_a_key_ring_may_lie_in_another_folder(stage, tmp_path):
    made = stage.create(file=str(tmp_path / "other.kyr"))
    assert made.path == tmp_path / "other.kyr"
    assert (tmp_path / "other.sth").is_file()


def test_a_database_for_clients_only_is_refused_in_the_technotes_words(stage):
    add_certifier(stage.domain, stage.ann, "Client CA")
    add_database(stage.domain, stage.ann, "Client CA", "clients.nsf", "client")
    error = refused(
        stage, Refused, '"Client Certificates Only" should not be chosen if you wish to create a Server Key Ring for SSL.',
        database="clients.nsf",
    )  # fmt: skip
    assert "Both Client and Server Certificates" in error.hint


def test_a_database_that_does_not_exist_is_named(stage):
    refused(stage, NotFound, "Certificate Requests database none.nsf", database="none.nsf")


def test_what_the_certifier_would_not_certify_is_not_even_made(stage):
    from dominoadmin.pki.profiles import CertificateSettings, NamePolicy

    settings = CertificateSettings(key_algorithms=("rsa-2048",), names=NamePolicy(dns_suffixes=("example.com",)))
    add_certifier(stage.domain, stage.ann, "Strict CA", settings=settings)
    add_database(stage.domain, stage.ann, "Strict CA", "strict.nsf")
    refused(stage, Refused, "does not certify keys of type ECDSA P-256", database="strict.nsf")
    refused(
        stage, Refused, "www.example.org is outside the domains",
        database="strict.nsf", key_algorithm="rsa-2048", names=("dns:www.example.org",),
    )  # fmt: skip


def test_an_expired_certifier_is_refused(stage):
    stage.clock.advance(days=366 * 11)
    # The IDs of the server and of Ann have expired too; the certifier is found first.
    refused(stage, Refused, "The certificate of 'CN=MyCompany CA/O=MyCompany/C=US' expired on")


def test_an_expired_certificate_of_a_certifier_is_refused(stage):
    add_certifier(stage.domain, stage.ann, "Brief CA", years=1)
    add_database(stage.domain, stage.ann, "Brief CA", "brief.nsf")
    stage.clock.advance(days=367)
    refused(stage, Refused, "Brief CA.* expired on", database="brief.nsf")
    with pytest.raises(Refused, match="expired on"):
        key_rings.trusted_root_of(stage.domain, stage.actor, "brief.nsf")


def test_a_certificate_put_behind_the_certifiers_configuration_is_refused(stage):
    other = stage.sql("SELECT hex(der) FROM issued LIMIT 1")[0][0]
    stage.sql(f"UPDATE certifiers SET certificate = x'{other}'")
    refused(stage, Tampered, "does not belong to this certifier.")
    with pytest.raises(Tampered, match="does not belong to this certifier"):
        key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)


def test_without_a_database_the_stash_is_sealed_to_the_domains_server(stage):
    assert stage.create(file="other.kyr", database="").server == "CN=Server1/O=MyCompany/C=US"


def test_a_server_that_does_not_exist_is_named(stage):
    refused(stage, NotFound, "The server Server9/MyCompany/C?=?U?S?", server="Server9")


def test_a_forged_server_document_gets_no_password(stage):
    person = stage.sql("SELECT chain FROM directory WHERE kind = 'person'")[0][0]
    stage.sql(f"UPDATE directory SET chain = '{person}' WHERE kind = 'server'")
    refused(stage, Tampered, "is not the one that was signed")
    builders.signed(stage, f"UPDATE directory SET chain = '{person}' WHERE kind = 'server'")
    refused(stage, Tampered, "The certificate of Server1/MyCompany/US belongs to")
    builders.signed(stage, """UPDATE directory SET chain = '["AAAA"]' WHERE kind = 'server'""")
    refused(stage, Tampered, "not certified by the organization's certifier")


def test_without_an_audit_entry_there_is_no_key_ring(stage, monkeypatch):
    stage.no_entry(monkeypatch)
    refused(stage, sqlite3.IntegrityError, "no entry")


def test_if_the_transaction_fails_at_the_very_end_both_files_are_taken_back(stage, monkeypatch):
    stage.no_commit(monkeypatch)
    refused(stage, sqlite3.IntegrityError, "FOREIGN KEY")


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_full_disk_leaves_neither_file(stage, monkeypatch, nth):
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    error = refused(stage, Error, "other.(kyr|sth) cannot be written: no space left on device")
    assert "Free up disk space and try again; nothing was changed." in error.hint


CREATE = """
from tests.services.key_rings.conftest import form
from dominoadmin.services.key_rings import management as key_rings
key_rings.create(domain, Actor.of(opened), form(file="other.kyr"))
"""
LEFT = "An earlier attempt to create this key ring was interrupted. Its leftover stash file was replaced."


def made_files(root) -> list[str]:
    return sorted(path.name for path in root.iterdir() if "other" in path.name)


def test_a_kill_at_any_step_leaves_a_whole_key_ring_or_nothing(stage, tmp_path):
    stage.domain.store.close()
    (tmp_path / "tries").mkdir()
    ends = set()
    for root, step in killed(stage.root, tmp_path / "tries", "ann-admin.id", CREATE).items():
        before = made_files(root)
        assert "other.kyr" in before or "other.sth" not in before, step
        place = Stage(application.open_domain(root, NO_KEYCHAIN), stage.ann, stage.server, stage.clock, {})  # the next start
        left = made_files(root)
        assert left in ([], ["other.kyr", "other.sth"]), step
        created = "key ring created" in place.acts()[len(stage.acts()) :]
        assert created == bool(left), step
        if (created, step) not in ends:  # keys are derived slowly
            if not left:
                assert place.create(file="other.kyr").remarks == (), step
            fingerprint = json.loads((root / "other.sth").read_text())["key"]
            assert place.show("other.kyr").key_fingerprint == fingerprint, step
        assert {path.stat().st_nlink for path in root.glob("other.*")} <= {1}
        place.domain.store.close()
        ends.add((created, step))
    assert {created for created, _step in ends} == {True, False}


def test_a_stash_that_an_earlier_version_has_left_is_replaced(stage):
    stage.create(file="other.kyr")
    (stage.root / "other.kyr").unlink()
    stage.sql("UPDATE audit SET detail = json_set(detail, '$.key_sha256', '00') WHERE object = 'other.kyr'")
    assert stage.create(file="other.kyr").remarks == (LEFT,)
    assert stage.show("other.kyr").key_fingerprint == json.loads((stage.root / "other.sth").read_text())["key"]


def test_if_the_disk_fails_after_the_record_the_next_start_puts_the_files_in_place(stage, monkeypatch):
    def full(*_given):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        with pytest.raises(Error, match=r"other.kyr cannot be put in place: input/output error") as caught:
            stage.create(file="other.kyr")
    assert "start the program again" in caught.value.hint
    assert all(name.startswith(".") for name in made_files(stage.root))
    recorded_files.settle(stage.domain)
    assert made_files(stage.root) == ["other.kyr", "other.sth"]
    assert stage.show("other.kyr").key_fingerprint


def test_stopping_leaves_nothing(stage):
    class Impatient(Progress):
        def step(self, text):
            if text.startswith("Writing"):
                raise Cancelled

    before = stage.files(), stage.acts()
    with pytest.raises(Cancelled):
        key_rings.create(stage.domain, stage.actor, form(file="other.kyr"), Impatient())
    assert (stage.files(), stage.acts()) == before


def test_a_claimed_name_may_create_and_the_audit_log_says_so(stage):
    from dominoadmin.services.domain import Actor

    claimed = Actor(stage.ann.name, stage.ann.anchor)
    key_rings.create(stage.domain, claimed, form(file="other.kyr"))
    assert stage.sql("SELECT action, object, signed_in FROM audit ORDER BY number DESC LIMIT 1") == [
        ("key ring created", "other.kyr", 0)
    ]


def test_the_audit_entry_holds_no_secret(stage):
    detail = stage.sql("SELECT detail FROM audit WHERE action = 'key ring created' LIMIT 1")[0][0]
    assert PASSWORD not in detail
    assert sorted(json.loads(detail)) == ["key", "key_sha256", "names", "server", "subject"]


def test_the_fixture_has_a_verified_certifier(stage):
    with stage.domain.store.snapshot() as db:
        record = certifiers.all_of(db)[0]
        configuring.verified(db, record, stage.actor.verifier(), stage.domain.now())
