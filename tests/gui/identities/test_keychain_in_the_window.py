"""The window with a real gnome-keyring in its own D-Bus session: working, locked, and missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import ADMIN_PASSWORD
from tests.outside.keychain_session import run_in_keychain_session, run_without_bus

WALK = Path(__file__).with_name("keychain_walk.py")
ANN = "CN=Ann Admin/O=MyCompany/C=US"
NONE = "No keychain is available on this system."


def walk(run, home, root, what, **options):
    done = run([sys.executable, WALK, root, what, ADMIN_PASSWORD], home=home, **options)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert ADMIN_PASSWORD not in done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.keychain
def test_what_is_remembered_is_used_the_next_time_and_can_be_forgotten(office, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    first = walk(run_in_keychain_session, home, office.root, "remember")
    assert first["log in"] == {"name": ANN, "asked": True, "offered": True}
    assert first["preferences"]["name"] == "SecretService Keyring"
    assert first["preferences"]["state"] == "It is unlocked and works."
    assert first["preferences"]["listed"] == ["Ann Admin/MyCompany/US (ann-admin.id)"]
    assert first["wizard"] == "The keychain of this system works: SecretService Keyring."
    second = walk(run_in_keychain_session, home, office.root, "again")
    assert second["log in"] == {"name": ANN, "asked": False, "offered": False}
    assert second["preferences"]["tested"].startswith("The keychain works: a test entry was written, read back, and deleted.")
    assert second["preferences"]["left"] == "No password is remembered."
    third = walk(run_in_keychain_session, home, office.root, "look", unlock="wrong")
    assert third["log in"] == {"name": ANN, "asked": True, "offered": False}
    assert third["preferences"]["state"] == "The keychain is locked."
    assert third["wizard"] == "The keychain is locked. You will be prompted for the passwords each time."


@pytest.mark.keychain
def test_without_a_session_there_is_none_and_the_password_is_asked_for(office, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    seen = walk(run_without_bus, home, office.root, "look")
    assert seen["log in"] == {"name": ANN, "asked": True, "offered": False}
    assert (seen["preferences"]["name"], seen["preferences"]["state"]) == ("none", NONE)
    assert seen["wizard"] == f"{NONE} You will be prompted for the passwords each time."
