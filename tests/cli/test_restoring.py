"""`dominoadmin server accept-restore` and what `audit verify` names: what the command line promises."""

from __future__ import annotations

import json

from dominoadmin.services.restoring.accepting import JUMP
from tests.cli.commands import Desk
from tests.tasks.copies import Copies, copies

__all__ = ["copies"]


def test_a_store_that_was_put_back_is_named_and_accepted(office, ready: Desk, copies: Copies) -> None:
    assert "it was compared with nothing outside the store" in ready.ok("audit", "verify")
    before = copies.take()
    ready.ok("server", "set", "--host", "other.example.com", signed="admin")
    verified = json.loads(ready.run("--json", "audit", "verify").out)
    assert [each["with"] for each in verified["compared"]] == ["account"]
    text = ready.ok("audit", "verify")
    assert f"the file {office.domain.account.path} saw at entry {verified['entries']}." in text
    copies.put_back(before)
    refused = ready.run("audit", "verify")
    assert refused.code == 1
    assert "The store was put back to an older state" in refused.err
    assert "dominoadmin server accept-restore" in refused.err
    assert ready.run("audit", "anchor", "--accept", signed="admin").code == 1
    handed_in = ready.folder / "hello.crl"
    handed_in.write_bytes(b"hello")
    password = ("--certifier-password-file", ready.password("admin"))
    assert "hello.crl is neither a CRL" in ready.refused("server", "accept-restore", *password, "--seen", str(handed_in))
    assert ready.run("server", "accept-restore", *password, "--crl-number", "-1").code == 2
    said = ready.ok("server", "accept-restore", *password, "--crl-number", "41")
    assert "An ID that was revoked since is valid again: use person revoke." in said
    assert "epoch 2 begins" in said
    assert f"CRL number 0 in the store, 41 seen; the next one is {42 + JUMP}." in said
    assert "It continues the log" in ready.ok("audit", "verify")


def test_another_id_decides_nothing(office, ready: Desk) -> None:
    assert "Only the organization's certifier ID can decide this" in ready.refused(
        "server", "accept-restore", "--certifier-id", "ann-admin.id", "--certifier-password-file", ready.password("admin")
    )
