"""`dominoadmin audit prove …`: what an outsider gets, and that the printed command verifies it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

from tests import builders
from tests.cli.commands import Desk


@pytest.fixture
def serial(office, ready: Desk) -> str:
    builders.approved(office)
    builders.load_ca(office)
    return builders.sql(office, "SELECT serial_hex FROM issued")[0]["serial_hex"]


def verified(command: str) -> tuple[int, str]:
    """What the printed command answers."""
    _python, *arguments = shlex.split(command)
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_the_printed_command_verifies_the_proof(ready: Desk, serial: str) -> None:
    proof, root = ready.folder / "proof.json", ready.folder / "cert.pem"
    said = ready.ok("audit", "prove", serial, "--out", proof).splitlines()
    assert said[0].startswith(f"The proof has been written to {proof}.")
    assert "Written to" in ready.ok("id", "show", "--id", "cert.id", "--out", root)
    code, answer = verified(said[2].replace("cert.pem", str(root)))
    assert (code, answer.partition(":")[0]) == (0, f"The certificate {serial} had a valid approval")
    assert said[3] == "The certificate: dominoadmin id show --id cert.id --out cert.pem"


def test_a_printed_anchor_is_proved_to(office, ready: Desk, serial: str) -> None:
    anchor = ready.json("audit", "anchor")["text"]
    builders.approved(office, "later.example.com")
    done = ready.json("audit", "prove", serial, "--out", ready.folder / "proof.json", "--anchor", anchor)
    assert done["anchor"] == anchor and done["verifier"].endswith("verify_proof.py")
    assert json.loads((ready.folder / "proof.json").read_text())["format"] == "dominoadmin proof 2"


def test_what_cannot_be_proved_is_told_in_one_sentence(office, ready: Desk, serial: str) -> None:
    out = ready.folder / "proof.json"
    assert "No certificate with the serial number abcdef" in ready.refused("audit", "prove", "abcdef", "--out", out)
    assert "is not an anchor" in ready.refused("audit", "prove", serial, "--out", out, "--anchor", "x")
    assert "after the anchor was printed" in ready.refused("audit", "prove", serial, "--out", out, "--anchor", _first(office))
    assert not out.exists()
    ready.ok("audit", "prove", serial, "--out", out)
    assert "already exists" in ready.refused("audit", "prove", serial, "--out", out)
    assert "already exists" in ready.refused("id", "show", "--out", out)


def _first(office) -> str:
    from dominoadmin.store import audit

    with office.domain.store.snapshot() as db:
        return f"1 {audit.frontier(db, 1).root().hex()}"
