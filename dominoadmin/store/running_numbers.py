"""Which running numbers objects have got, by what the log says: none is used again."""

from __future__ import annotations

from typing import Any, Final, Self

from dominoadmin.store.kinds import FREE, KINDS

NUMBERED: Final = tuple(kind for kind, table in KINDS.items() if table.is_numbered)


class RunningNumbers:
    """The running numbers that objects have got, for each kind as ranges in which each number follows another closely.

    Those of an entry that was not allowed count, too: others may have gone on after it before it was refused. So a
    range may begin anywhere, and most of its numbers may be free again.
    """

    def __init__(self, ranges: dict[str, list[list[int]]] | None = None) -> None:
        self._ranges = {kind: [[0, 0]] for kind in NUMBERED} if ranges is None else ranges

    def content(self) -> dict[str, list[list[int]]]:
        """Return the ranges as JSON content: the number before each, and its last one."""
        return {kind: [[*each] for each in ranges] for kind, ranges in self._ranges.items()}

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        """Return the numbers from JSON content; earlier versions only have the highest number of a kind."""
        return cls({kind: [[0, each]] if isinstance(each, int) else each for kind, each in content.items()})

    def follow(self, kind: str, number: int) -> bool:
        """Return whether a number follows another one of its kind; any does if nothing is known about the kind."""
        return kind not in self._ranges or any(before < number <= last + FREE for before, last in self._ranges[kind])

    def add(self, kind: str, number: int) -> None:
        """Take in a number, wherever it is."""
        ranges = self._ranges.setdefault(kind, [[0, 0]])
        for each in ranges:
            if each[0] < number <= each[1] + FREE:
                each[1] = max(each[1], number)
                return
        if number > 0:
            ranges.append([number - 1, number])

    def next(self, kind: str, number: int) -> int:
        """Return the lowest number from this one on that is in a range; 0 if there is none."""
        found = (max(number, before + 1) for before, last in self._ranges.get(kind, ()) if number <= last)
        return min(found, default=0)
