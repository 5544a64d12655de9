"""Copies of a store, taken and put back while it is open, as an administrator's backup program would do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest


class Copies:
    def __init__(self, store: Path, folder: Path) -> None:
        self._store, self._folder = store, folder

    def take(self) -> Path:
        self._folder.mkdir(exist_ok=True)
        copy = self._folder / f"copy-{len([*self._folder.iterdir()])}.db"
        _copy(self._store, copy)
        return copy

    def put_back(self, copy: Path) -> None:
        _copy(copy, self._store)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as two:
        one.backup(two)


@pytest.fixture
def copies(office, tmp_path) -> Copies:
    return Copies(office.domain.store.path, tmp_path / "copies")
