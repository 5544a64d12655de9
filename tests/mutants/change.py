"""A mutant: a change of the program, and the tests that must fail with it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.source import REPOSITORY


@dataclass(frozen=True)
class Edit:
    """Replaces a text, which occurs exactly once, in a file of the repository."""

    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        assert text.count(self.old) == 1, f"{self.file} has {text.count(self.old)} times: {self.old}"
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Mutant:
    """`what` it does wrong, in a few words; `tests` are files, or single tests of a file."""

    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.edits[0].file}: {self.what}"

    def changed(self) -> dict[str, str]:
        """The new texts of the files."""
        found: dict[str, str] = {}
        for edit in self.edits:
            text = found.get(edit.file) or (REPOSITORY / edit.file).read_text(encoding="utf-8")
            found[edit.file] = edit.applied(text)
        return found


def mutant(what: str, file: str, old: str, new: str, *tests: str) -> Mutant:
    return Mutant(what, (Edit(file, old, new),), tests)
