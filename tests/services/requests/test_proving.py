"""Proofs for outsiders: the script alone, in a process of its own, tells a valid approval from any other file."""

from __future__ import annotations

import base64
import importlib.util
import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.services.audit import anchoring, taking_over
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring, own_certificates
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import decisions, proving, submitting
from dominoadmin.services.requests.decisions import Case, History
from dominoadmin.store import certifiers, requests, state
from dominoadmin.store import decisions as stored_decisions
from dominoadmin.store.ledger import Object
from tests import builders, specimens
from tests.builders import sql
from tests.services.audit.test_taking_over import ANCHOR, earlier  # noqa: F401 - a fixture
from tests.services.certifiers.test_generations import begun
from tests.source import REPOSITORY

SCRIPT = REPOSITORY / "resources" / "verify_proof.py"
RAS = ("CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US")
FLIPS = 300


@pytest.fixture(scope="session")
def script():
    """The script as a module, for the many cases; what a process of its own says is tested, too."""
    spec = importlib.util.spec_from_file_location("verify_proof", SCRIPT)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def judge(script, monkeypatch, tmp_path, capsys):
    """What the script answers: its exit code and its sentence."""
    def ask(data: bytes, anchor: str, root: x509.Certificate) -> tuple[int, str]:
        (tmp_path / "proof.json").write_bytes(data)
        (tmp_path / "cert.pem").write_bytes(root.public_bytes(Encoding.PEM))
        arguments = [str(tmp_path / "proof.json"), "--anchor", anchor, "--root", str(tmp_path / "cert.pem")]
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
        code = script.main()
        (line,) = capsys.readouterr().out.splitlines()
        assert code in (0, 1) and line.endswith(".")
        return code, line
    return ask


def serial(office, request: int) -> str:
    return sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", request)[0][0]


def proof(office, request: int, typed: str | None = None) -> proving.Proof:
    known = anchoring.read(typed) if typed else None
    return proving.prove(office.domain, office.actor(), 1, serial(office, request), known)


def issued(office, host: str = builders.HOST, ra=None) -> int:
    request = builders.submitted(office, host)
    builders.approve(office.domain, ra or office.ann, [request])
    builders.load_ca(office)
    return request


@pytest.fixture
def proved(office):
    """An office whose request 1 was approved by Rob, and issued; and its proof."""
    builders.ready(office, ras=RAS)
    request = issued(office, ra=office.rob)
    return office, request, proof(office, request)


def test_the_script_says_in_a_process_of_its_own_that_an_approval_was_valid(proved, tmp_path) -> None:
    office, request, made = proved
    (tmp_path / "proof.json").write_bytes(made.octets)
    (tmp_path / "cert.pem").write_bytes(office.ann.anchor.public_bytes(Encoding.PEM))
    command = [sys.executable, "-I", str(SCRIPT), "proof.json", "--anchor", made.anchor.text(), "--root", "cert.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = f"The certificate {serial(office, request)} had a valid approval: CN=Rob Ra/O=MyCompany/C=US approved request {request} at "
    assert done.stdout.startswith(said)
    other = made.anchor.text().replace(str(made.anchor.number), str(made.anchor.number + 1), 1)
    refused = subprocess.run([*command[:5], other, *command[6:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (1, "")
    assert refused.stdout == "Not shown: The anchor was mistyped.\n"


def test_the_script_is_small_and_needs_no_part_of_the_program() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 300
    assert "import dominoadmin" not in text and "from dominoadmin" not in text
    assert "SPDX-License-Identifier: Apache-2.0" in text


def test_an_anchor_that_was_printed_before_or_after_the_last_signature_proves_it_too(proved, judge) -> None:
    office, request, first = proved
    for number in range(6):
        issued(office, f"h{number}.example.com")
    later = proof(office, request, first.anchor.text())
    assert judge(later.octets, first.anchor.text(), office.ann.anchor)[0] == 0
    builders.received(office, "tail.example.com")
    claimed = proving.Actor(office.ann.name, office.ann.anchor)
    submitting.take_in(office.domain, claimed, builders.DATABASE, submitting.Submission(builders.csr("unsigned.example.com")))
    newest = proof(office, request)
    assert judge(newest.octets, newest.anchor.text(), office.ann.anchor)[0] == 0
    assert newest.anchor.number == sql(office, "SELECT max(size) FROM audit_heads")[0][0] + 1
    code, said = judge(newest.octets, first.anchor.text(), office.ann.anchor)
    assert code == 1 and "is made for an anchor" in said


def test_a_log_of_many_entries_proves_each_of_them(proved, judge) -> None:
    """Proofs use the kept hashes of 256 entries each."""
    office, request, _made = proved
    several = [builders.submitted(office, f"n{number}.example.com") for number in range(300)]
    builders.approve(office.domain, office.rob, several)
    builders.load_ca(office)
    for number in (request, several[0], several[-1]):
        made = proof(office, number)
        assert made.anchor.number > 1000
        assert judge(made.octets, made.anchor.text(), office.ann.anchor)[0] == 0


def test_each_flipped_bit_is_told(proved, judge) -> None:
    office, _request, made = proved
    chance = random.Random(9162)
    for _flip in range(FLIPS):
        place, bit = chance.randrange(len(made.octets)), 1 << chance.randrange(8)
        altered = bytearray(made.octets)
        altered[place] ^= bit
        assert judge(bytes(altered), made.anchor.text(), office.ann.anchor)[0] == 1, (place, bit)


def parts(value: object, path: tuple = ()):
    """The path to each part of a JSON value."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from parts(value[key], (*path, key))


def written(content: dict) -> bytes:
    """As the program writes it."""
    return f"{json.dumps(content, indent=1, sort_keys=True)}\n".encode()


def test_each_part_that_was_removed_or_replaced_is_told(proved, judge) -> None:
    office, _request, made = proved
    assert written(json.loads(made.octets)) == made.octets
    for path in parts(json.loads(made.octets)):
        for change in ("remove", "empty", "another type"):
            content = json.loads(made.octets)
            place = content
            for key in path[:-1]:
                place = place[key]
            if change == "remove":
                del place[path[-1]]
            else:
                before = place[path[-1]]
                place[path[-1]] = type(before)() if change == "empty" else [before]
                if place[path[-1]] == before:
                    continue
            assert judge(written(content), made.anchor.text(), office.ann.anchor)[0] == 1, (path, change)


def inside(content: dict, *path: str | int) -> tuple[dict, dict]:
    """A signed document, and what it says."""
    for key in path:
        content = content[key]
    return content, json.loads(base64.b64decode(content["content"]))


def resign(document: dict, said: dict, signer, kind: str) -> None:
    signed = proving.documents.sign(kind, said, signer)
    document.update(json.loads(signed.serialize()))


def test_an_approval_of_somebody_else_or_of_something_else_is_told(proved, judge) -> None:
    """Whoever has an ID can sign; the log has another approval, and the configuration other RAs."""
    office, _request, made = proved
    for signer, change in ((office.server, {}), (office.ann, {}), (office.rob, {"request": 2}), (office.rob, {"reason": "x"})):
        content = json.loads(made.octets)
        document, said = inside(content, "decision")
        resign(document, said | change, signer, "decision")
        code, line = judge(written(content), made.anchor.text(), office.ann.anchor)
        assert code == 1 and ("does not have this (decisions 1 1)" in line or "no signed entry" in line)


def test_a_proof_with_another_certificate_is_told(proved, judge) -> None:
    office, _request, _made = proved
    other = json.loads(proof(office, issued(office, "other.example.com")).octets)
    newest = proof(office, 1)
    for field in ("certificate", "request", "decision", "head", "entries"):
        content = json.loads(newest.octets)
        if content[field] != other[field]:
            content[field] = other[field]
            assert judge(written(content), newest.anchor.text(), office.ann.anchor)[0] == 1, field
    content = json.loads(newest.octets) | {"certificate": other["certificate"], "request": other["request"], "decision": other["decision"]}
    assert judge(written(content), newest.anchor.text(), office.ann.anchor)[0] == 1
    # All of the other certificate with this one's approval: its own entries do not say so.
    content = other | {"decision": json.loads(newest.octets)["decision"]}
    assert judge(written(content), newest.anchor.text(), office.ann.anchor)[0] == 1


def test_an_anchor_of_another_log_and_another_root_are_told(proved, judge) -> None:
    office, _request, made = proved
    forged = replace(made.anchor, hash="0" * 64).text()
    assert "another log" in judge(made.octets, forged, office.ann.anchor)[1]
    another = replace(made.anchor, number=made.anchor.number + 1).text()
    assert judge(made.octets, another, office.ann.anchor)[0] == 1
    older = replace(made.anchor, number=1).text()
    assert judge(made.octets, older, office.ann.anchor)[0] == 1
    assert judge(made.octets, made.anchor.text(), office.rob.certificate)[0] == 1
    assert judge(made.octets, "what", office.ann.anchor)[1].startswith("Not shown: This is not an anchor")


def test_the_configuration_in_force_when_it_was_issued_counts(proved, judge) -> None:
    """Rob's approval stays valid when he is removed; left out, the version that removes him is missed."""
    office, request, _made = proved
    builders.next_version(office, 1, ras=(office.ann.name,))
    later = proof(office, request)
    assert len(json.loads(later.octets)["configurations"]) == 2
    assert judge(later.octets, later.anchor.text(), office.ann.anchor)[0] == 0
    content = json.loads(later.octets)
    del content["configurations"][1]
    assert judge(written(content), later.anchor.text(), office.ann.anchor)[0] == 1
    _document, head = inside(content, "head")
    with office.domain.store.snapshot() as db:
        shown = state.proof(db, Object("configurations", "1 2").hash(), bytes.fromhex(head["state"]))
    content["state"]["configurations 1 2"] = {name: base64.b64encode(octets).decode() for name, octets in shown.items()}
    code, said = judge(written(content), later.anchor.text(), office.ann.anchor)
    assert code == 1 and "newer version" in said


def test_an_ra_who_was_removed_before_the_issue_is_told(proved, judge, monkeypatch) -> None:
    """As a CA process would do it that does not look: the outsider sees it."""
    office, _request, _made = proved
    request = builders.submitted(office, "late.example.com")
    builders.approve(office.domain, office.rob, [request])
    builders.next_version(office, 1, ras=(office.ann.name,))
    monkeypatch.setattr("dominoadmin.services.requests.decisions.Case.signer", lambda *_: office.rob.name)
    builders.load_ca(office)
    made = proof(office, request)
    code, said = judge(made.octets, made.anchor.text(), office.ann.anchor)
    assert code == 1 and said.endswith("CN=Rob Ra/O=MyCompany/C=US was not a registration authority (RA) of the certifier.")


@pytest.mark.parametrize(
    "change",
    [
        {"subject": {"common_name": "www.example.com"}}, {"names": ["dns:www.example.com", "dns:evil.example.com"]},
        {"names": []}, {"days": 201}, {"days": 199}, {"key_usage": []}, {"key_usage": ["digitalSignature", "nonRepudiation"]},
        {"extended_key_usage": ["serverAuth", "clientAuth"]}, {"extended_key_usage": []},
    ],
)  # fmt: skip
def test_a_certificate_that_says_something_else_than_was_approved_is_told(office, judge, monkeypatch, change) -> None:
    """As a CA process would do it that issues something else: the outsider sees it."""
    from dominoadmin.services.requests import rules

    builders.ready(office, ras=RAS)
    request = builders.submitted(office)
    builders.approve(office.domain, office.rob, [request])
    before = json.loads(sql(office, "SELECT fields FROM admin_requests WHERE request_id = ?", request)[0][0])
    real = rules.approved

    def other(shown, certifier, now):
        altered = replace(shown.document, fields={**before, **change})
        return real(replace(shown, document=altered), certifier, now)

    monkeypatch.setattr(rules, "approved", other)
    monkeypatch.setattr("dominoadmin.pki.profiles.Particulars.problem", lambda *_: "")
    monkeypatch.setattr("dominoadmin.pki.lint.problems", lambda *_: [])
    builders.load_ca(office)
    made = proof(office, request)
    code, said = judge(made.octets, made.anchor.text(), office.ann.anchor)
    assert code == 1 and "not the approved one" in said, said


def test_a_certificate_for_another_key_than_the_approved_one_is_told(office, judge, monkeypatch) -> None:
    from dominoadmin.services.requests import rules

    builders.ready(office, ras=RAS)
    request = builders.submitted(office)
    builders.approve(office.domain, office.rob, [request])
    real, other = rules.approved, specimens.key("ec-p256", "another applicant").public_key()
    monkeypatch.setattr(rules, "approved", lambda *about: replace(real(*about), public_key=other))
    builders.load_ca(office)
    made = proof(office, request)
    code, said = judge(made.octets, made.anchor.text(), office.ann.anchor)
    assert code == 1 and said.endswith("The key of the certificate is not the approved one."), said


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p384", "ml-dsa-65"])
def test_every_kind_of_key_is_proved(office, judge, algorithm: str) -> None:
    builders.ready(office, key_algorithm=algorithm)
    made = proof(office, issued(office))
    assert judge(made.octets, made.anchor.text(), office.ann.anchor)[0] == 0


def test_what_nobody_approved_has_no_proof(proved) -> None:
    office, _request, _made = proved
    with pytest.raises(NotFound, match="was issued here"):
        proving.prove(office.domain, office.actor(), 1, "ffff")
    sql(office, "UPDATE issued SET request_id = NULL")
    with pytest.raises(Refused, match="without a request"):
        proving.prove(office.domain, office.actor(), 1, serial_of_all(office))


def serial_of_all(office) -> str:
    return sql(office, "SELECT serial_hex FROM issued")[0][0]


@pytest.mark.parametrize("change", ["UPDATE issued SET subject = 'x'", "UPDATE admin_requests SET reason = 'x'", "DELETE FROM salts"])
def test_altered_rows_are_not_proved(proved, change: str) -> None:
    office, request, _made = proved
    sql(office, change)
    with pytest.raises(Tampered):
        proof(office, request)


def test_an_anchor_that_is_older_than_the_certificate_proves_nothing(office) -> None:
    builders.ready(office)
    before = anchoring.current(office.domain)
    request = issued(office)
    with pytest.raises(Refused, match="after the anchor"):
        proof(office, request, before.text())
    with pytest.raises(Tampered):
        proof(office, request, replace(before, hash="1" * 64).text())


def test_certificates_of_a_store_that_was_taken_over_are_proved(earlier, judge) -> None:  # noqa: F811
    """Their entries are earlier ones; the configurations are committed by the entry about the taking over."""
    taking_over.take_over(earlier.domain, earlier.certifier)
    rows = sql(earlier, "SELECT certifier_id, serial_hex FROM issued WHERE request_id IS NOT NULL")
    assert rows
    for row in rows:
        made = proving.prove(earlier.domain, earlier.actor(), row["certifier_id"], row["serial_hex"])
        assert judge(made.octets, made.anchor.text(), earlier.ann.anchor)[0] == 0, made.octets
    with pytest.raises(Refused, match="earlier version"):
        proving.prove(earlier.domain, earlier.actor(), rows[0][0], rows[0][1], anchoring.read(ANCHOR))
    earlier.clock.now += timedelta(minutes=1)


@pytest.mark.judge
def test_a_cross_certificate_is_proved_with_its_limits(office, judge, monkeypatch, tmp_path_factory) -> None:
    """The limits are read from the certificate: as a CA process would issue it that leaves them out, they are missed."""
    from dominoadmin.pki import cross_certificates
    from dominoadmin.services.cross_certificates import certifying
    from tests.services.cross_certificates import other_authorities

    builders.ready(office)
    for altered in (False, True):
        other = other_authorities.root(tmp_path_factory.mktemp("other") / "ca")
        office.clock.now = datetime.now(UTC) + timedelta(minutes=1)  # openssl dates its certificate now
        request = certifying.CrossRequest(other.pem, book="directory", permitted_dns=("b.example",))
        shown = certifying.submit_to_ca(office.domain, office.actor(), builders.CA, request)
        (outcome,) = builders.approve(office.domain, office.ann, [shown.request.id])
        assert not outcome.problem
        if altered:
            monkeypatch.setattr(cross_certificates.CrossCertification, "_name_constraints", lambda _self: None)
        builders.load_ca(office)
        made = proof(office, shown.request.id)
        code, said = judge(made.octets, made.anchor.text(), office.ann.anchor)
        assert (code, "The subject or a limit of the cross-certificate is not the approved one" in said) == (altered, altered), said


def test_what_each_key_of_a_certifier_has_issued_is_proved(proved, judge) -> None:
    office, first, _made = proved
    waiting = builders.approved(office, "waiting.example.com")
    begun(office)
    builders.load_ca(office)
    for request in (first, waiting, issued(office, "new.example.com")):
        made = proof(office, request)
        code, said = judge(made.octets, made.anchor.text(), office.ann.anchor)
        assert (code, "had a valid approval" in said) == (0, True), said


def by_a_program_of_his_own(monkeypatch, ask):
    """What a program gets from the store that asks whether nothing."""
    with monkeypatch.context() as patch:
        patch.setattr("dominoadmin.services.audit.committed.check", lambda *_given: None)
        patch.setattr("dominoadmin.services.requests.decisions.History.check", lambda *_given: None)
        return ask()


def test_who_registers_a_certifier_with_the_certificate_of_another_one_has_approved_nothing(proved, judge, monkeypatch) -> None:
    """Anyone may register a certifier, and is its CAA and RA: its key has to have signed who founded it."""
    office, request, _made = proved
    rob = office.rob.name
    monkeypatch.setattr(own_certificates, "name_of", lambda record: record.name)  # his program compares no names
    (document,) = sql(office, "SELECT document FROM configurations")
    said = json.loads(base64.b64decode(json.loads(document["document"])["content"]))
    (entry,) = sql(office, "SELECT * FROM issued WHERE request_id = ?", request)
    with builders.act(office, office.rob) as db:
        db.execute("INSERT INTO certifiers SELECT 2, name || ' ', ?, 'x.nsf', protection, locking_id, key_algorithm, certificate, sealed_key, created_at, NULL FROM certifiers", [rob])
        named = {"certifier": said["certifier"] + " ", "server": rob, "caas": [rob], "ras": [rob]}
        forged = proving.documents.sign(configuring.KIND, said | named, office.rob)
        db.execute("INSERT INTO configurations VALUES (2, 1, ?)", [forged.serialize()])
        columns = "kind, NULL, 2, csr, subject, applicant, key_ring, state, 'x', fields, remarks, requested_at, NULL, key_fingerprint"
        db.execute(f"INSERT INTO requests SELECT 2, {columns} FROM requests WHERE id = ?", [request])
        db.execute("INSERT INTO admin_requests SELECT 2, 2, 'Issued', fields, NULL, '', serial_hex, changed_at FROM admin_requests")
    with office.domain.store.snapshot() as db:
        certifier = configuring.verified(db, certifiers.get(db, 2), office.actor().verifier(), office.clock())
        case = Case(requests.find(db, 2), requests.find_admin_request(db, 2), certifier, History())
    approval = decisions.sign(office.rob, case.next("approve", office.clock()))
    with monkeypatch.context() as patch:
        patch.setattr(audit_log._End, "check_roles", lambda *_given: None)
        with office.domain.store.transaction() as db:
            stored_decisions.add(db, [approval])
            audit_log.enter(db, office.clock(), Actor.of(office.rob), [Event("request approved", "2", {"sha256": proving.documents.digest(approval.document)})])
        with office.domain.store.transaction() as db:
            db.execute("INSERT INTO issued SELECT NULL, 2, serial_hex, 2, kind, subject, names, requester, key_algorithm, not_before, not_after, fingerprint, key_fingerprint, der, issued_at, part, generation FROM issued WHERE id = ?", [entry["id"]])
            detail = {"request": 2, "sha256": entry["fingerprint"]}
            audit_log.enter(db, office.clock(), Actor.of(office.rob), [Event("certificate issued", entry["serial_hex"], detail)])
    made = by_a_program_of_his_own(monkeypatch, lambda: proving.prove(office.domain, office.actor(), 2, entry["serial_hex"]))
    code, line = judge(made.octets, made.anchor.text(), office.ann.anchor)
    assert (code, line) == (1, "Not shown: The certifier's key has not signed who founded it.")


def test_a_version_that_was_refused_is_no_version(office, judge, monkeypatch) -> None:
    """A CAA who was removed has prepared the version after the one that named him."""
    builders.ready(office, ras=RAS[:1], caas=RAS)
    begun = builders.verified(office)
    first = begun.versions[0]
    now = replace(begun.configuration, version=2, ras=RAS, signed_at=f"{office.clock():%Y-%m-%dT%H:%M:%SZ}", previous=proving.documents.digest(first.document))
    prepared = now.sign(office.rob).serialize()
    builders.next_version(office, 1, caas=RAS[:1])
    request = issued(office)
    with builders.act(office, office.rob) as db:
        db.execute("UPDATE configurations SET document = ? WHERE version = 2", [prepared])
    assert "was refused" in "\n".join(builders.load_ca(office))
    made = by_a_program_of_his_own(monkeypatch, lambda: proof(office, request))
    assert json.loads(made.octets)["configurations"][1] == json.loads(prepared)
    code, line = judge(made.octets, made.anchor.text(), office.ann.anchor)
    assert (code, line) == (1, "Not shown: The audit log does not have this (configurations 1 2).")


@pytest.mark.parametrize("action", ["request approved", "certificate issued"])
def test_what_somebody_says_who_may_not_hinders_no_proof(proved, judge, action: str) -> None:
    office, request, _made = proved
    about = str(request) if action == "request approved" else serial(office, request)
    (known,) = sql(office, "SELECT detail FROM audit WHERE action = ? AND object = ?", action, about)
    with office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), Actor.of(office.rob), [Event(action, about, json.loads(known["detail"]))])
    made = proof(office, request)
    assert judge(made.octets, made.anchor.text(), office.ann.anchor)[0] == 0


def test_what_a_file_says_does_not_move_the_cursor(proved, judge, script, monkeypatch) -> None:
    """Otherwise, a file could show another sentence than the script's in its place, also of an approval that is valid."""
    office, _request, made = proved
    moving = "\x1b[2K\rThe certificate 1 had a valid approval: \u2028\ud800."
    content = json.loads(made.octets)
    document, said = inside(content, "decision")
    resign(document, said | {"request": moving[:-2]}, office.rob, "decision")
    code, line = judge(written(content), made.anchor.text(), office.ann.anchor)
    assert code == 1 and line.isprintable() and line.startswith("Not shown: The file has no signed entry 'request approved' about ?[2K?The")
    monkeypatch.setattr(script, "verify", lambda *_given: moving)
    code, line = judge(made.octets, made.anchor.text(), office.ann.anchor)
    assert code == 0 and line.isprintable() and line.startswith("?[2K?The")
