"""A desk: the copied domain of tests/conftest.py with the command line on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import builders
from tests.cli.commands import Desk


@pytest.fixture
def empty_desk(tmp_path: Path, monkeypatch, capsys) -> Desk:
    """A desk with no domain yet."""
    return Desk(tmp_path / "desk", tmp_path / "desk" / "data", monkeypatch, capsys)


@pytest.fixture
def desk(office, tmp_path: Path, monkeypatch, capsys) -> Desk:
    """A desk with a domain: Ann, Rob, Server1."""
    return Desk(tmp_path / "desk", office.root, monkeypatch, capsys)


@pytest.fixture
def ready(office, desk: Desk) -> Desk:
    """A desk whose domain has the certifier MyCompany CA, where Rob is RA too, and its database certreq.nsf."""
    builders.ready(office, ras=("Rob Ra",))
    return desk
