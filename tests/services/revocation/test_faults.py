"""Bad input and faults: double revocations, a killed process, a full disk, wrong clocks, and attacks on the parser."""

import base64
import contextlib
import http.client
import random
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin.errors import Error, NotFound, Refused
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.directory import leasing
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.crl_issuing import CrlAuthority
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from tests import builders
from tests.conftest import SERVER_PASSWORD
from tests.outside.disks import limited_file_size, small_disk
from tests.services.issuance.test_crashes import start
from tests.services.revocation.scene import Scene, authority, on_the_air, serial

BASE = "http://ca.example.com/pki"


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    head = bytes([length]) if length < 128 else bytes([0x82]) + length.to_bytes(2, "big") if length > 255 else bytes([0x81, length])
    return bytes([tag]) + head + content


def crl_of(scene: Scene) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(scene.list_of())


def number_of(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def listed(scene: Scene) -> set[str]:
    return {f"{entry.serial_number:x}" for entry in crl_of(scene)}


def question(scene: Scene, leaf: x509.Certificate, algorithm=None, nonce: bytes = b"") -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, scene.root, algorithm or SHA1())
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def status(scene: Scene, leaf: x509.Certificate) -> str:
    """The OCSP status: GOOD, REVOKED, UNKNOWN, or the status of a refusal."""
    answer = Responder(scene.office.domain, scene.office.server).answer(question(scene, leaf))
    read = ocsp.load_der_ocsp_response(answer.der)
    return read.certificate_status.name if read.response_status.value == 0 else read.response_status.name


def agree(scene: Scene, leaf: x509.Certificate) -> str:
    said = status(scene, leaf)
    assert (said == "REVOKED") == (serial(leaf) in listed(scene)), "CRL and OCSP must say the same"
    return said


def audited(scene: Scene) -> None:
    verifying.verify(scene.office.domain, scene.office.actor())


# Faults of people


def test_revoking_twice_is_refused_and_a_hold_can_become_final(office) -> None:
    scene = authority(office)
    first, held = scene.issue("a.example.com", "b.example.com")
    scene.revoke(first, reason="superseded")
    with pytest.raises(Refused, match="has already been revoked"):
        scene.revoke(first, reason="keyCompromise")
    scene.revoke(held, reason="certificateHold")
    with pytest.raises(Refused, match="has already been revoked"):
        scene.revoke(held, reason="certificateHold")
    scene.revoke(held, reason="keyCompromise")
    with pytest.raises(Refused, match="only a hold can be released"):
        scene.release(held)
    with pytest.raises(Refused, match="only a hold can be released"):
        scene.release(first)
    assert listed(scene) == {serial(first), serial(held)}
    audited(scene)


def test_a_foreign_serial_and_the_certifiers_own(office) -> None:
    scene = authority(office)
    with pytest.raises(NotFound, match="has not issued a certificate with the serial number abcdef"):
        revoking.request(office.domain, office.ann, 1, RevocationOrder(("abcdef",)))
    with pytest.raises(Refused, match="itself; its own CRLs cannot revoke it"):
        scene.revoke(scene.root)
    builders.certifier(office, "Other CA")
    (leaf,) = scene.issue("a.example.com")
    with pytest.raises(NotFound, match=r"Other CA.* has not issued a certificate"):
        revoking.request(office.domain, office.ann, 2, RevocationOrder((serial(leaf),)))


@pytest.mark.parametrize("crls_between", [0, 1, 3])
def test_a_hold_that_is_released_after_so_many_lists_is_gone_from_the_next(office, crls_between) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf, reason="certificateHold")
    for _ in range(crls_between):
        list(scene.ca.tell("CRL issue 1"))
    assert agree(scene, leaf) == "REVOKED"
    scene.release(leaf)
    assert agree(scene, leaf) == "GOOD"
    scene.revoke(leaf, reason="keyCompromise")
    assert agree(scene, leaf) == "REVOKED"


def test_two_ras_at_once_on_one_certificate_the_second_is_told(office) -> None:
    scene = authority(office)
    (leaf,) = scene.issue("a.example.com")
    for person, reason in ((office.ann, "superseded"), (office.rob, "keyCompromise")):
        revoking.request(office.domain, person, 1, RevocationOrder((serial(leaf),), reason=reason))
    lines = scene.run()
    assert any("1 certificate revoked" in line for line in lines), lines
    assert any("Revocation request 2: " in line and "already been revoked" in line for line in lines), lines
    (entry,) = crl_of(scene)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.superseded
    audited(scene)


def test_a_release_and_a_revocation_at_once_the_second_was_signed_for_another_state(office) -> None:
    scene = authority(office)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf, reason="certificateHold")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(leaf),), action=RevocationAction.RELEASE))
    revoking.request(office.domain, office.rob, 1, RevocationOrder((serial(leaf),), reason="superseded"))
    lines = scene.run()
    assert any("1 certificate released" in line for line in lines), lines
    assert any("has changed since the request was signed" in line for line in lines), lines
    assert listed(scene) == set()


def test_an_old_signature_cannot_be_carried_out_again(office) -> None:
    scene = authority(office)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf, reason="certificateHold")
    scene.release(leaf)
    builders.sql(office, "UPDATE revocation_requests SET state = 'New' WHERE id = 1")
    scene.run()
    assert listed(scene) == set()


def test_a_request_that_was_altered_in_the_store_is_refused(office) -> None:
    scene = authority(office)
    mine, other = scene.issue("a.example.com", "b.example.com")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(mine),)))
    builders.sql(office, "UPDATE revocation_requests SET serials = ?", f'["{serial(other)}"]')
    assert any("(revocation_requests 1) is not the one that was signed" in line for line in scene.run())
    assert listed(scene) == set()


# Faults of machines

LOAD = """
import sys
from pathlib import Path
from dominoadmin import application
from dominoadmin.services.identities import identifying
from tests.builders import no_password
root = Path({root!r})
domain = application.open_domain(root, {{"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"}})
server = application.start_server(domain, identifying.open_id(domain, root / "server.id", {password!r}), no_password)
list(server.console.execute("load ca"))
print("loaded", flush=True)
sys.stdin.readline()
list(server.stop())
"""
DEATHS = {
    "after the revocation": ("revoking", "RevokingAuthority", "_finish"),
    "while the list is written": ("crl_issuing", "CrlAuthority", "_write"),
    "after the list": ("crl_issuing", "CrlAuthority", "issue"),
}
DIE = """
from dominoadmin.services.revocation import {module}
real = {module}.{owner}.{method}
def stepped(*given):
    result = real(*given)
    die()
    return result
{module}.{owner}.{method} = stepped
"""


@pytest.mark.slow
@pytest.mark.parametrize("when", sorted(DEATHS))
def test_a_kill_between_revocation_and_list_loses_nothing(office, tmp_path, when) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    scene = authority(office, folder=str(folder))
    (leaf,) = scene.issue("a.example.com")
    before = number_of(crl_of(scene))
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(leaf),), reason="keyCompromise"))
    module, owner, method = DEATHS[when]
    process = start(office, DIE.format(module=module, owner=owner, method=method))
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    # The program has the machine's clock; with one that stood still meanwhile, its list would be from the future.
    office.clock.now = max(office.clock.now, datetime.now(UTC).replace(microsecond=0))
    assert (serial(leaf) in listed(scene)) == (when == "after the list")
    said = builders.said(builders.load_ca(office))
    assert ("CRL number 2 (non-regular)" in said) == (when != "after the list"), said
    assert number_of(crl_of(scene)) == before + 1
    assert listed(scene) == {serial(leaf)}
    (file,) = folder.glob("*.crl")
    assert file.read_bytes() == scene.list_of()
    done = [action for action, _ in builders.actions(office)]
    assert done.count("certificate revoked") == 1 and done.count("CRL issued") == before + 1
    audited(scene)


def test_a_full_disk_when_the_list_is_due_is_told_and_made_up_for(office) -> None:
    scene = authority(office)
    (leaf,) = scene.issue("a.example.com")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(leaf),)))
    before = crl_of(scene)
    with limited_file_size(1000):
        lines = scene.run()
    assert any("the disk is full or failing" in line for line in lines), lines
    assert crl_of(scene) == before
    assert any("CRL number 2" in line for line in scene.run())
    assert listed(scene) == {serial(leaf)}
    audited(scene)


def test_a_full_disk_between_revocation_and_list(office, monkeypatch) -> None:
    scene = authority(office)
    (leaf,) = scene.issue("a.example.com")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serial(leaf),)))
    issue = CrlAuthority.issue

    def on_a_full_disk(self, kind, problem=""):
        with limited_file_size(1000):
            return issue(self, kind, problem)

    monkeypatch.setattr(CrlAuthority, "issue", on_a_full_disk)
    lines = scene.run()
    assert any("revoked by" in line for line in lines) and any("the disk is full" in line for line in lines), lines
    assert listed(scene) == set()
    monkeypatch.undo()
    assert any("CRL number 2" in line for line in scene.run())
    assert listed(scene) == {serial(leaf)}


def test_a_folder_on_a_full_disk_keeps_the_old_list_whole_and_gets_the_new_one_later(office, tmp_path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 32):
        scene = authority(office, folder=str(disk))
        (leaf,) = scene.issue("a.example.com")
        (file,) = disk.glob("*.crl")
        old = file.read_bytes()
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(bytes(1 << 20))
        lines = scene.revoke(leaf)
        assert any("cannot be written" in line and "full" in line for line in lines), lines
        assert file.read_bytes() == old
        assert sorted(disk.iterdir()) == sorted([file, filler, file.with_suffix(".cer"), file.with_suffix(".checkpoint.txt")])
        assert scene.run() == [], "what is wrong is told once"
        filler.unlink()
        assert any("was written to" in line for line in scene.run())
        assert file.read_bytes() == scene.list_of() != old


def test_a_target_folder_that_is_gone_is_told_and_used_again_when_it_is_back(office, tmp_path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    scene = authority(office, folder=str(folder))
    (leaf,) = scene.issue("a.example.com")
    shutil.rmtree(folder)
    lines = scene.revoke(leaf)
    assert any("cannot be written: no such" in line.lower() for line in lines), lines
    assert listed(scene) == {serial(leaf)}, "the list itself is made all the same"
    assert scene.run() == []
    folder.mkdir()
    scene.run()
    (file,) = folder.glob("*.crl")
    assert file.read_bytes() == scene.list_of()


def test_a_process_that_has_lost_its_server_makes_no_list(office) -> None:
    scene = authority(office)
    lease = leasing.take(office.domain, office.server.name)
    builders.sql(office, "UPDATE leases SET holder = 'another'")
    known, vault = builders.verified(office), KeyVault()
    vault.open(known, office.server)
    before = scene.list_of()
    with pytest.raises(Error, match="Another process has taken over this server"):
        CrlAuthority(office.domain, Actor.of(office.server), vault, known, lease.still_ours).issue("non-regular")
    assert scene.list_of() == before


def test_two_processes_at_once_the_second_is_told_and_does_nothing(office) -> None:
    scene = authority(office)
    first = subprocess.Popen(
        [sys.executable, "-c", LOAD.format(root=str(office.root), password=SERVER_PASSWORD)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert first.stdout.readline() == "loaded\n"
    before = scene.list_of()
    second = subprocess.run(
        [sys.executable, "-c", LOAD.format(root=str(office.root), password=SERVER_PASSWORD)], capture_output=True,
        text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert second.stdout == "" and f"has been run by process {first.pid}" in second.stderr, second
    assert scene.list_of() == before
    first.communicate("\n", timeout=30)
    audited(scene)


def test_a_clock_that_goes_back_and_forth_never_lowers_a_number(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    numbers = [number_of(crl_of(scene))]
    office.clock.advance(days=60)
    scene.run()
    scene.revoke(leaf)
    for step in (-30, 200, -190, -20, 1):
        office.clock.advance(days=step)
        scene.run()
        crl = crl_of(scene)
        numbers.append(number_of(crl))
        assert crl.last_update_utc <= office.clock() < crl.next_update_utc
        assert agree(scene, leaf) == "REVOKED"
    assert numbers == sorted(numbers) and numbers[-1] > numbers[0] + 4
    audited(scene)


def test_ten_years_ahead_and_back(office) -> None:
    scene = authority(office, base=BASE)
    (good, bad) = scene.issue("a.example.com", "b.example.com")
    scene.revoke(bad)
    before = number_of(crl_of(scene))
    office.clock.advance(days=3700)
    for _ in range(2):
        scene.run()
    office.clock.advance(days=-3700)
    scene.run()
    crl = crl_of(scene)
    assert number_of(crl) >= before
    assert crl.last_update_utc <= office.clock() < crl.next_update_utc
    assert [agree(scene, leaf) for leaf in (good, bad)] == ["GOOD", "REVOKED"]
    audited(scene)


def test_an_entry_that_left_after_the_end_comes_again_if_the_clock_was_wrong(office) -> None:
    scene = authority(office, base=BASE)
    (leaf,) = scene.issue("a.example.com")
    scene.revoke(leaf)
    ends = leaf.not_valid_after_utc - office.clock()
    office.clock.now += ends + timedelta(hours=1)
    scene.run()
    assert listed(scene) == {serial(leaf)}, "it is to be on one list after its end (RFC 5280, 3.3)"
    office.clock.advance(days=7)
    scene.run()
    assert listed(scene) == set()
    office.clock.now -= ends
    scene.run()
    assert listed(scene) == {serial(leaf)}
    assert agree(scene, leaf) == "REVOKED"


def test_a_responder_that_expired_while_the_machine_slept_is_renewed(office) -> None:
    scene = authority(office, base=BASE)
    (good, bad) = scene.issue("a.example.com", "b.example.com")
    scene.revoke(bad)
    office.clock.advance(days=45)
    assert status(scene, good) == "TRY_LATER", "no answer is better than one with an expired signature"
    assert any("has a new certificate" in line for line in scene.run())
    assert [agree(scene, leaf) for leaf in (good, bad)] == ["GOOD", "REVOKED"]


def test_a_responder_runs_on_while_the_task_runs(office) -> None:
    scene = authority(office, base=BASE)
    (good,) = scene.issue("a.example.com")
    for _ in range(60):
        office.clock.advance(days=1)
        scene.run()
        assert status(scene, good) == "GOOD"


# Attacks


def test_a_request_of_a_megabyte_and_one_that_is_only_too_long(office) -> None:
    with on_the_air(office) as scene:
        port = int(scene.base.split(":")[2].split("/")[0])
        assert post(port, bytes(1 << 20))[0] == 413
        code, body = post(port, b"\x30" * 20_000)
        assert code == 200 and ocsp.load_der_ocsp_response(body).response_status.name == "MALFORMED_REQUEST"
        (leaf,) = scene.issue("a.example.com")
        code, body = post(port, question(scene, leaf))
        assert ocsp.load_der_ocsp_response(body).certificate_status.name == "GOOD"


def post(port: int, body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the server did not read it all
            connection.request("POST", "/pki/ocsp", body, {"Content-Type": "application/ocsp-request"})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest("GET", path)
        connection.endheaders()
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def mutations(data: bytes, chance: random.Random, count: int):
    for end in range(len(data)):
        yield data[:end]
        yield data + data[:end]
    for position in range(len(data)):
        for value in (0, 0x7F, 0x80, 0xFF, data[position] ^ 1, data[position] ^ 0x80):
            yield data[:position] + bytes([value]) + data[position + 1 :]
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            position = chance.randrange(len(changed))
            match chance.randrange(3):
                case 0:
                    changed[position] = chance.randrange(256)
                case 1:
                    del changed[position : position + chance.randint(1, 8)]
                case _:
                    changed[position:position] = chance.randbytes(chance.randint(1, 8))
            if not changed:
                break
        yield bytes(changed)


FUZZED = {"SUCCESSFUL", "MALFORMED_REQUEST", "UNAUTHORIZED"}


def test_no_mutation_of_a_request_brings_the_parser_down_or_a_wrong_good(office) -> None:
    scene = authority(office, base=BASE)
    good, bad = scene.issue("a.example.com", "b.example.com")
    scene.revoke(bad)
    right = {good.serial_number: "GOOD", bad.serial_number: "REVOKED"}
    responder, chance, seen = Responder(office.domain, office.server), random.Random(4), set()
    for data in (
        question(scene, good), question(scene, bad, SHA256(), bytes(32)), question(scene, good, SHA1(), bytes(128)),
    ):  # fmt: skip
        for changed in mutations(data, chance, 800):
            answer = ocsp.load_der_ocsp_response(responder.answer(changed).der)
            seen.add(answer.response_status.name)
            if answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                assert answer.certificate_status.name == right.get(answer.serial_number, "UNKNOWN"), changed.hex()
                assert answer.serial_number == ocsp.load_der_ocsp_request(changed).serial_number
    assert seen == FUZZED


@pytest.mark.parametrize("number", ["ff", "80" + 15 * "00", "00", "01", "7f" * 20, "00" + "ff" * 20, "7f" * 500, "ff" * 500])
def test_negative_zero_and_giant_serial_numbers(office, number) -> None:
    scene = authority(office, base=BASE)
    name, key = ocsp_hashes(scene)
    content = bytes.fromhex(number)
    algorithm = bytes.fromhex("300906052b0e03021a0500")
    entry = tlv(0x30, algorithm, tlv(4, name), tlv(4, key), tlv(2, content))
    data = tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x30, entry))))
    read = ocsp.load_der_ocsp_response(Responder(office.domain, office.server).answer(data).der)
    if content[0] & 0x80:
        assert read.response_status.name == "MALFORMED_REQUEST"
    elif read.response_status.name != "MALFORMED_REQUEST":
        assert read.certificate_status.name == "UNKNOWN"
        assert read.serial_number == int.from_bytes(content, "big")


def ocsp_hashes(scene: Scene) -> tuple[bytes, bytes]:
    (leaf,) = scene.issue("hashed.example.com")
    read = ocsp.load_der_ocsp_request(question(scene, leaf))
    return read.issuer_name_hash, read.issuer_key_hash


def test_a_request_for_two_certificates_is_malformed(office) -> None:
    """RFC 5019, 2.1.1: one certificate in each request."""
    scene = authority(office, base=BASE)
    (good,) = scene.issue("a.example.com")
    one = question(scene, good)
    entries = one[2:]  # SEQUENCE { SEQUENCE { SEQUENCE OF Request } }, each shorter than 128 octets
    tbs = entries[2:]
    request = tbs[2:]
    assert tlv(0x30, tlv(0x30, tlv(0x30, request))) == one
    for requests in ((), (request, request), (request,) * 20):
        answer = Responder(office.domain, office.server).answer(tlv(0x30, tlv(0x30, tlv(0x30, *requests))))
        assert ocsp.load_der_ocsp_response(answer.der).response_status.name == "MALFORMED_REQUEST"


def test_no_address_and_no_body_brings_the_http_task_down(office, caplog) -> None:
    with on_the_air(office) as scene:
        good, bad = scene.issue("a.example.com", "b.example.com")
        scene.revoke(bad)
        port, chance = int(scene.base.split(":")[2].split("/")[0]), random.Random(5)
        data = question(scene, good)
        every = list(mutations(data, chance, 300))
        for changed in chance.sample(every, 250):
            code, body = post(port, changed)
            assert code == 200 and ocsp.load_der_ocsp_response(body).response_status.name in FUZZED
            code, body = get(port, "/pki/ocsp/" + quote(base64.b64encode(changed).decode()))
            assert code in (200, 404), (code, changed)  # nothing after the slash is not a request
            if code == 200:
                assert ocsp.load_der_ocsp_response(body).response_status.name in FUZZED
        (name,) = {path.split("/")[-1] for path in crl_paths(scene)}
        assert get(port, f"/pki/{name}")[1] == scene.list_of()
        for changed in (*names(name, chance), *(chance.randbytes(chance.randint(1, 60)).hex() for _ in range(20))):
            code, _ = get(port, f"/pki/{changed}")
            assert code in (200, 307, 400, 404, 405, 431), (code, changed)
        assert get(port, f"/pki/{name}")[1] == scene.list_of()
    assert not [record for record in caplog.records if record.exc_info], caplog.text


def crl_paths(scene: Scene) -> list[str]:
    (leaf,) = scene.issue("c.example.com")
    points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return [name.value for point in points for name in point.full_name]


def names(name: str, chance: random.Random):
    stem = name.removesuffix(".crl")
    yield from ("", ".", "..", "../domain.db", "%2e%2e/domain.db", "..%2f..%2fetc%2fpasswd", "%00", f"{name}%00", f"{name}/", "%ff%fe", "ocsp/", "ocsp//", "ocsp/%20", "ocsp/%zz")
    yield from (f"{stem}-{part}.crl" for part in (0, 1, -1, 99999, "x", "1-delta", "delta", "²", "9" * 500) if str(part).isascii())
    yield from (f"{stem}.cer", f"{stem}.CRL", f"{stem}.crl.crl", stem, "a" * 10_000, "a" * 20_000)
    for _ in range(100):
        changed = bytearray(name.encode())
        changed[chance.randrange(len(changed))] = chance.randrange(256)
        yield quote(bytes(changed))
