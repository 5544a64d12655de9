"""The ID files that lock certifiers: the arguments of `tell ca lock` and `tell ca unlock`."""

from __future__ import annotations

from collections.abc import Iterator

from dominoadmin.errors import Error
from dominoadmin.services.domain import Domain
from dominoadmin.store import certifiers, directory, id_files


def file_of(domain: Domain, name: str) -> str:
    """Return the ID file in the data directory of the person with this name, or an empty string."""
    return next((file for file, holder in _holders(domain) if holder == name), "")


def all_of(domain: Domain) -> list[str]:
    """Return the ID files in the data directory that lock a certifier, by name."""
    with domain.store.snapshot() as db:
        wanted = {each.locking_id for record in certifiers.all_of(db) for each in record.generations} - {""}
    return [file for file, holder in _holders(domain) if holder in wanted] if wanted else []


def of_certifier(domain: Domain, number: int) -> str:
    """Return the ID file that locks the certifier with this number in `tell ca stat`, or an empty string."""
    with domain.store.snapshot() as db:
        records = certifiers.all_of(db, directory.fact(db, "server"))
    return file_of(domain, records[number - 1].active.locking_id) if 1 <= number <= len(records) else ""


def written(file: str) -> str:
    """Return a file's name as the console reads it: in quotes if it has a space."""
    return f'"{file}"' if " " in file else file


def _holders(domain: Domain) -> Iterator[tuple[str, str]]:
    for path in sorted(domain.directory.root.glob("*.id")):
        try:
            yield path.name, id_files.describe(path).name
        except Error:
            continue  # not an ID file of ours
