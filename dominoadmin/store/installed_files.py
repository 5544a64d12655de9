"""The files that administrators have installed on servers: their paths in the data folder, and their digests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from dominoadmin.paths import SERVERS
from dominoadmin.store.database import Connection
from dominoadmin.store.records import dump
from dominoadmin.store.sqlite import documents


def name_of(root: Path, path: Path) -> str:
    """Return how a file in a server's data directory is recorded; an empty string for any other file."""
    try:
        inside = path.resolve().relative_to(root.resolve())
    except (ValueError, OSError, RuntimeError):
        return ""
    return inside.as_posix() if inside.parts[:1] == (SERVERS,) else ""


def keep(db: Connection, files: Mapping[str, str]) -> None:
    """Record files by their paths: the SHA-256 of each in hex, or nothing for a file that was deleted."""
    gone = [{"path": path} for path, sha256 in files.items() if not sha256]
    db.executemany("DELETE FROM installed_files WHERE path = :path", gone)
    db.executemany(
        "INSERT INTO installed_files (path, sha256) VALUES (:path, :sha256)"
        " ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256",
        ({"path": path, "sha256": sha256} for path, sha256 in files.items() if sha256),
    )


def find(db: Connection, paths: Iterable[str]) -> dict[str, str]:
    """Return the digests of those files that are recorded, by their paths."""
    sql = f"SELECT path, sha256 FROM installed_files WHERE path {documents.one_of('paths')}"  # noqa: S608
    return {row["path"]: row["sha256"] for row in db.execute(sql, {"paths": dump([*paths])})}
