"""The data that relying parties get after changes in the store, of addresses, and since the last list."""

import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import ocsp

from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.ocsp_files import AnswerFiles
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.tasks import commands
from tests import builders
from tests.services.revocation.scene import authority, pem, serial
from tests.services.revocation.test_faults import BASE, listed, question, status


def hosts(count: int, first: int = 0) -> list[str]:
    return [f"h{number}.example.com" for number in range(first, first + count)]


def publish(scene, **fields) -> None:
    """Change the certifier's publication, as its CAA."""
    draft = modifying.begin(scene.office.domain, Actor.of(scene.office.ann), 1)
    publication = replace(draft.publication, **fields)
    modifying.save(scene.office.domain, scene.office.ann, replace(draft, publication=publication))


def verdict(folder, scene, leaf, crl: bytes) -> str:
    """OpenSSL's result for a certificate with only this list."""
    for name, each in (("ca", scene.root), ("leaf", leaf)):
        (folder / f"{name}.pem").write_bytes(pem(each))
    (folder / "crl.pem").write_bytes(pem(x509.load_der_x509_crl(crl)))
    line = ["openssl", "verify", "-CAfile", folder / "ca.pem", "-CRLfile", folder / "crl.pem", "-crl_check", folder / "leaf.pem"]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


# The rows of the Issued Certificate List are not signed; the certificates are.


def test_another_end_in_the_list_keeps_no_certificate_off_the_crl(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    builders.sql(office, "UPDATE issued SET not_after = '2001-01-01T00:00:00Z' WHERE request_id IS NOT NULL")
    scene.revoke(leaf, reason="keyCompromise")
    assert listed(scene) == {serial(leaf)} and status(scene, leaf) == "REVOKED"


def test_another_key_in_the_list_does_not_make_a_compromised_one_good(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    builders.sql(office, "UPDATE issued SET key_fingerprint = 'ab' WHERE request_id IS NOT NULL")
    scene.revoke(leaf, reason="keyCompromise")
    with pytest.raises(Refused, match="compromised"):
        builders.submitted(office, "b.example.com")


@pytest.mark.judge
def test_another_partition_in_the_list_leads_no_judge_astray(office, tmp_path) -> None:
    scene = authority(office, base=BASE, partition_size=10)
    leaf = scene.issue(*hosts(20))[15]
    builders.sql(office, "UPDATE issued SET part = 1 WHERE serial_hex = ?", serial(leaf))
    scene.revoke(leaf)
    assert "certificate revoked" in verdict(tmp_path, scene, leaf, scene.list_of(2))


@pytest.mark.parametrize("der", ["x'00'", "(SELECT certificate FROM certifiers)"])
def test_another_certificate_under_the_number_is_told(office, der) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    builders.sql(office, f"UPDATE issued SET der = {der} WHERE request_id IS NOT NULL")
    with pytest.raises(Tampered, match="was altered"):
        revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(leaf),)))


def test_a_serial_number_that_is_a_path_writes_no_file(office, tmp_path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    scene = authority(office, base=BASE, folder=str(folder))
    scene.issue("a.example.com")
    before = set(tmp_path.rglob("*.ors"))
    builders.sql(office, "UPDATE issued SET serial_hex = '../../zz' WHERE request_id IS NOT NULL")
    office.clock.advance(hours=13)
    scene.run()
    assert before and not set(tmp_path.rglob("*.ors")) - before


# Certificates keep the addresses that they were issued with.


@pytest.mark.judge
@pytest.mark.parametrize("fields", [{"base_urls": (), "partition_size": 0}, {"base_urls": ("http://new.example.com/pki",)}])
def test_partitions_are_still_those_that_their_certificates_name(office, tmp_path, fields) -> None:
    scene = authority(office, base=BASE, partition_size=10)
    leaves = scene.issue(*hosts(20))
    publish(scene, **fields)
    scene.revoke(leaves[15])
    assert "certificate revoked" in verdict(tmp_path, scene, leaves[15], scene.list_of(2))
    assert "different CRL scope" in verdict(tmp_path, scene, leaves[15], scene.list_of(1))
    assert "OK" in verdict(tmp_path, scene, leaves[14], scene.list_of(2))


def test_the_responder_lives_on_when_no_new_certificate_names_it(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    publish(scene, base_urls=())
    for _day in range(40):
        office.clock.advance(days=1)
        scene.run()
    assert status(scene, leaf) == "GOOD"


def test_a_revoked_responder_is_replaced_before_it_signs_again(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    ((responder,),) = builders.sql(office, "SELECT serial_hex FROM issued WHERE kind = 'ocsp'")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((responder,), reason="keyCompromise"))
    scene.run()
    answer = ocsp.load_der_ocsp_response(Responder(office.domain, office.server).answer(question(scene, leaf)).der)
    assert answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert f"{answer.certificates[0].serial_number:x}" != responder
    assert responder in listed(scene)


# Deltas and partitions over time.


def test_a_partition_that_was_begun_after_the_last_regular_list_has_no_delta_yet(office) -> None:
    scene = authority(office, base=BASE, partition_size=10, delta_hours=24)
    scene.issue(*hosts(5))
    office.clock.advance(days=8)
    scene.run()
    scene.issue(*hosts(11, 100))
    made = builders.sql(office, "SELECT part, base_number FROM crls WHERE base_number IS NOT NULL AND number = (SELECT max(number) FROM crls)")
    for part, base in made:
        assert builders.sql(office, "SELECT 1 FROM crls WHERE part = ? AND number = ? AND base_number IS NULL", part, base)
    assert {part for part, _base in made} == {0, 1}
    complete = x509.load_der_x509_crl(scene.list_of(2))
    assert x509.FreshestCRL not in {type(each.value) for each in complete.extensions}, "names a delta that is not there"
    for days in (8, 2):  # the next regular one is the first base
        office.clock.advance(days=days)
        scene.run()
    complete = x509.load_der_x509_crl(scene.list_of(2))
    assert complete.extensions.get_extension_for_class(x509.FreshestCRL)
    assert scene.list_of(2, delta=True)


def test_what_was_revoked_after_its_end_is_on_no_list_and_no_delta(office) -> None:
    scene = authority(office, base=BASE, delta_hours=24)
    (leaf,) = scene.issue("a.example.com")
    office.clock.now = leaf.not_valid_after_utc + timedelta(hours=1)
    scene.run()
    office.clock.advance(days=8)
    scene.run()
    scene.revoke(leaf)
    assert not listed(scene) and not list(x509.load_der_x509_crl(scene.list_of(delta=True)))


def test_partitions_of_expired_certificates_are_not_made_any_more(office) -> None:
    scene = authority(office, base=BASE, partition_size=10)
    scene.issue(*hosts(20))
    lists = "SELECT count(*) FROM crls WHERE number = (SELECT max(number) FROM crls)"
    assert builders.sql(office, lists)[0][0] == 3
    office.clock.advance(days=800)
    for _week in range(3):
        office.clock.advance(days=8)
        scene.run()
    assert builders.sql(office, lists)[0][0] == 1
    assert not scene.run() and not scene.run(), "a list is due again and again"


# OCSP answers and files.


def test_answers_about_what_was_never_issued_fill_no_memory(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    responder = Responder(office.domain, office.server)
    responder.answer(question(scene, leaf))
    kept = len(responder._answers)
    with builders.act(office, office.server) as db:
        db.execute("DELETE FROM issued WHERE request_id IS NOT NULL")
    for algorithm in (SHA1(), SHA256()):
        said = responder.answer(question(scene, leaf, algorithm))
        assert ocsp.load_der_ocsp_response(said.der).certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    assert len(responder._answers) == kept == 1


def test_answer_files_that_somebody_deleted_come_again_and_half_files_go(office, tmp_path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    scene = authority(office, base=BASE, folder=str(folder))
    (leaf,) = scene.issue("a.example.com")
    (place,) = [path for path in folder.iterdir() if path.is_dir()]
    answer = place / f"{serial(leaf)}.ors"
    answer.unlink()
    half = place / f".{answer.name}.0123.new"
    half.write_bytes(b"killed here")
    scene.run()
    assert answer.stat().st_size and not half.exists()


def test_answers_are_neither_written_nor_removed_behind_a_link(office, tmp_path) -> None:
    """Anyone may register a certifier and name its folder; the CA process works there with the rights of the server."""
    folder, others = tmp_path / "published", tmp_path / "others"
    folder.mkdir()
    others.mkdir()
    files = [others / "5f3a.ors", others / "nginx.conf.new"]
    for file in files:
        file.write_bytes(b"somebody else's")
    scene = authority(office, base=BASE, folder=str(folder))
    place = folder / f"{builders.verified(office).key_fingerprint[:16]}-ocsp"
    if place.exists():
        place.rmdir()
    place.symlink_to(others)
    scene.issue("a.example.com")
    assert sorted(others.iterdir()) == files


def test_a_link_that_takes_the_place_of_the_folder_meanwhile_leads_nowhere(office, tmp_path) -> None:
    """It was looked at first, and written to and removed from afterwards."""
    folder, others = tmp_path / "published", tmp_path / "others"
    folder.mkdir()
    others.mkdir()
    files = [others / "5f3a.ors", others / "nginx.conf.new"]
    for file in files:
        file.write_bytes(b"somebody else's")
    scene = authority(office, base=BASE, folder=str(folder))
    scene.issue("a.example.com", "b.example.com")
    (place,) = [path for path in folder.iterdir() if path.is_dir()]
    written = sorted(path.name for path in place.iterdir())
    assert len(written) == 2
    for path in place.iterdir():
        path.unlink()

    class Swapping(Responder):
        def beforehand(self, *which) -> bytes:
            if not place.is_symlink():
                place.rename(tmp_path / "moved")
                place.symlink_to(others)
            return super().beforehand(*which)

    answers = AnswerFiles(domain=office.domain, verifier=office.actor().verifier(), responder=Swapping(office.domain, office.server))
    answers.write_due(builders.verified(office), folder)
    assert sorted(others.iterdir()) == files
    assert sorted(path.name for path in (tmp_path / "moved").iterdir()) == written
    with pytest.raises(Error, match="is a link"):
        answers.write_due(builders.verified(office), folder)
    assert sorted(others.iterdir()) == files


ENDED = "UPDATE issued SET not_after = '2020-01-01T00:00:00Z' WHERE request_id IS NOT NULL"
LATER = "UPDATE issued SET generation = 2 WHERE request_id IS NOT NULL"


@pytest.mark.parametrize("change", [ENDED, LATER, "DELETE FROM issued WHERE request_id IS NOT NULL"])
def test_a_row_that_nobody_signed_removes_no_answer(office, tmp_path, change: str) -> None:
    """Who staples them would have none."""
    folder = tmp_path / "published"
    folder.mkdir()
    scene = authority(office, base=BASE, folder=str(folder))
    scene.issue("a.example.com", "b.example.com")
    (place,) = [path for path in folder.iterdir() if path.is_dir()]
    before = {path.name: path.stat().st_mtime_ns for path in place.iterdir()}
    assert len(before) == 2
    builders.sql(office, change)
    office.clock.advance(hours=13)
    scene.run()
    after = {path.name: path.stat().st_mtime_ns for path in place.iterdir()}
    assert after.keys() == before.keys()
    assert all(after[name] > before[name] for name in before), "they are made again"


# The effect of an administrator's command on the rest.


def test_a_command_that_fails_after_a_long_time_is_not_run_at_every_turn(office, tmp_path, monkeypatch) -> None:
    count = tmp_path / "count"
    command = tmp_path / "slow"
    command.write_text(f"#!/bin/sh\necho x >> {count}\nexec sleep 5\n")
    command.chmod(0o755)
    monkeypatch.setattr(commands, "_PATIENCE", 0.3)
    monkeypatch.setattr(commands, "_LONG", 0.1)
    scene = authority(office, base=BASE, command=str(command))
    scene.run()
    scene.run()
    assert count.read_text() == "x\n"
    assert any("did not finish within" in line for line in scene.ca.status())
    list(scene.ca.tell("refresh"))
    scene.run()
    assert count.read_text() == "x\nx\n", "refresh tries it at once"


def test_a_command_that_leaves_a_process_behind_is_not_waited_for(tmp_path) -> None:
    command = tmp_path / "daemon"
    command.write_text("#!/bin/sh\nsleep 30 &\nexit 0\n")
    command.chmod(0o755)
    commands.run(str(command), tmp_path / "x")


def test_a_command_that_fails_keeps_no_file_from_the_folder(office, tmp_path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    scene = authority(office, base=BASE, partition_size=10, folder=str(folder), command="/bin/false")
    scene.issue(*hosts(11))
    assert len(list(folder.glob("*.crl"))) == 3


# Compromised keys, across certifiers.


def test_a_key_that_is_about_to_be_revoked_elsewhere_as_compromised_is_not_certified(office) -> None:
    scene = authority(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    first = builders.submitted(office, "b.example.com", file="other.nsf")
    assert not builders.approve(office.domain, office.ann, [first])[0].problem
    scene.run()
    ((number,),) = builders.sql(office, "SELECT serial_hex FROM issued WHERE certifier_id = 2 AND request_id IS NOT NULL")
    second = builders.submitted(office, "c.example.com")
    assert not builders.approve(office.domain, office.ann, [second])[0].problem
    revoking.request(office.domain, office.ann, 2, RevocationOrder((number,), reason="keyCompromise"))
    scene.run()
    assert builders.state(office, second) == "Error"
    assert not builders.sql(office, "SELECT 1 FROM issued WHERE request_id = ?", second)


def test_a_locked_certifier_that_is_to_revoke_a_compromised_key_bars_it_already(office) -> None:
    scene = authority(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    first = builders.submitted(office, "b.example.com", file="other.nsf")
    builders.approve(office.domain, office.ann, [first])
    scene.run()
    ((number,),) = builders.sql(office, "SELECT serial_hex FROM issued WHERE certifier_id = 2 AND request_id IS NOT NULL")
    list(scene.ca.tell("deactivate 2"))
    revoking.request(office.domain, office.ann, 2, RevocationOrder((number,), reason="keyCompromise"))
    with pytest.raises(Refused, match="compromised"):
        builders.submitted(office, "c.example.com")


# A restored older store is not signed.


def test_an_older_state_that_was_put_back_answers_nobody(office) -> None:
    tables = ("revocations", "revocation_pages", "revocation_states")
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    before = {table: [tuple(row) for row in builders.sql(office, f"SELECT * FROM {table}")] for table in tables}
    scene.revoke(leaf, reason="keyCompromise")
    for table, rows in before.items():
        builders.sql(office, f"DELETE FROM {table}")
        for row in rows:
            builders.sql(office, f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", *row)
    assert status(scene, leaf) == "INTERNAL_ERROR"


def test_lists_that_were_deleted_from_the_store_make_nothing_good(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf, reason="keyCompromise")
    for statement in ("DELETE FROM crl_pieces", "DELETE FROM crls WHERE number > 1", "UPDATE revocations SET chunk = NULL"):
        builders.sql(office, statement)
    assert status(scene, leaf) == "REVOKED"
    assert any("is not stored as it was issued" in line for line in scene.run())


def test_what_was_altered_is_audited_once_and_not_at_every_turn(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf)
    builders.sql(office, "UPDATE revocations SET reason = 'superseded'")
    list(scene.ca.tell("refresh"))
    for _turn in range(6):
        office.clock.advance(hours=13)
        scene.run()
    assert [action for action, _object in builders.actions(office)].count("CRL refused") == 1
