"""The mutants of `make mutants` still fit the code; whether each is killed takes a quarter of an hour, so not here."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.everything import MUTANTS
from tests.source import REPOSITORY


def test_there_are_enough_mutants_each_with_a_name_of_its_own() -> None:
    assert len(MUTANTS) >= 60
    names = [each.name for each in MUTANTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_code(mutant) -> None:
    """Each old text occurs exactly once, the changed file is Python, and the tests exist."""
    for file, text in mutant.changed().items():
        ast.parse(text)
        assert text != (REPOSITORY / file).read_text(encoding="utf-8")
    assert mutant.tests
    for test in mutant.tests:
        file, _colons, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (REPOSITORY / file).read_text(encoding="utf-8")
