"""Pickup IDs and certificates of another key, and the correct ones."""

from __future__ import annotations

import pytest

from tests.builders import DATABASE, csr
from tests.cli.commands import Desk

NAME = ["--organization", "MyCompany", "--state", "Massachusetts", "--country", "US", "--database", DATABASE]


def ring(desk: Desk, name: str, *command: object) -> list[str]:
    return ["keyring", *map(str, command), "--file", f"{name}.kyr", "--password-file", desk.password("keyring")]


@pytest.fixture
def issued(ready: Desk) -> Desk:
    """Two key rings whose certificates are issued and pulled, and a certificate for a request from outside."""
    for name in ("first", "second"):
        ready.ok(*ring(ready, name, "create"), "--key", "ec-p256", "--common-name", f"{name}.example.com", *NAME)
    ready.ok("request", "submit", "--all")
    ready.ok("request", "submit", "--database", DATABASE, "--csr", ready.file("r.pem", csr()))
    ready.ok("request", "approve", "--all", signed="admin")
    ready.console("load ca")
    ready.ok("request", "pull", "--all")
    return ready


def pickup_ids(desk: Desk) -> list[str]:
    return [row["pickup_id"] for row in desk.json("request", "list")]


def test_a_pickup_id_is_good_for_its_own_key_ring_only(issued: Desk) -> None:
    first, second, outside = pickup_ids(issued)
    for wrong in (second, outside):
        assert issued.refused(*ring(issued, "first", "pickup"), "--pickup-id", wrong)
    for wrong in ("", "frob", first[:-1], first.replace(first[0], "Z"), "x" * 10_000, first + "0", "\0".join(first[:0])):
        assert issued.refused(*ring(issued, "first", "pickup"), f"--pickup-id={wrong}")
    text = issued.ok(*ring(issued, "first", "pickup"), "--pickup-id", first)
    assert "Certificate received into key ring" in text
    assert issued.json(*ring(issued, "first", "show"))["certificate"]["subject"].startswith("CN=first.example.com")


def test_a_certificate_for_another_key_is_not_merged(issued: Desk) -> None:
    """The key ring was deleted and created again: it has the name in the request, but another key."""
    first, _, _ = pickup_ids(issued)
    issued.ok("keyring", "delete", "--file", "first.kyr", "--yes")
    issued.ok(*ring(issued, "first", "create"), "--key", "ec-p256", "--common-name", "first.example.com", *NAME, "--later")
    assert "key" in issued.refused(*ring(issued, "first", "pickup"), "--pickup-id", first)


def test_a_key_ring_opens_with_its_own_password_only(issued: Desk) -> None:
    first, _, _ = pickup_ids(issued)
    wrong = ["--file", "first.kyr", "--password-file", issued.password("wrong")]
    for command in (("show",), ("pickup", "--pickup-id", first), ("certify", "--database", DATABASE),
                    ("export", "--format", "pem", "--out", issued.folder / "x.pem"),
                    ("password", "--new-password-file", issued.password("admin"))):  # fmt: skip
        issued.refused("keyring", *command, *wrong)
    assert not list(issued.folder.glob("x*.pem"))
