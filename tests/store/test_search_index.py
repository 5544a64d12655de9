"""The search index follows from the certificates: if it was altered, they are still issued, and a check reports it."""

from __future__ import annotations

import pytest

from dominoadmin.cli.main import main
from dominoadmin.services.audit import checking
from dominoadmin.services.processes import rebuilding
from dominoadmin.store.sqlite import issued_search
from tests import builders
from tests.builders import sql
from tests.tasks.test_ca_lists import issued
from tests.tasks.test_checkpoints import ca, settle

__all__ = ["ca"]
ALTERED = [
    "UPDATE issued_words_data SET block = x'00'", "DELETE FROM issued_words_data", "UPDATE issued_words_data SET id = id + 5", "DELETE FROM issued_words_config",
    "UPDATE issued_words_config SET v = 99", "UPDATE issued_words_data SET block = zeroblob(3) WHERE id > 10",
]  # fmt: skip


def findings(office) -> list[str]:
    return [each.table for each in checking.check(office.domain, office.actor())]


def found(office, text: str) -> int:
    with office.domain.store.snapshot() as db:
        return len([*issued_search.newest(db, text, 10)])


@pytest.mark.parametrize("statement", ALTERED)
def test_an_altered_index_of_the_search_keeps_nothing_from_being_issued(office, ca, statement: str) -> None:
    """The approved request became an Error, or issuing stopped, and a check of the store did not report it."""
    issued(office, ca, "one.example.com", "two.example.com")
    settle(ca)
    sql(office, statement)
    assert findings(office) == ["issued_words"]
    request = builders.approved(office, "three.example.com")
    lines = " ".join(settle(ca))
    assert f"Certificate issued for request {request}" in lines
    assert "error" not in lines
    assert "damaged" not in lines


def test_an_index_of_the_search_that_cannot_be_added_to_is_made_again(office, ca) -> None:
    """It finds all, but something is in the place of its next part."""
    issued(office, ca, "one.example.com", "two.example.com")
    settle(ca)
    numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION SELECT n + 1 FROM n WHERE n < 20)"
    sql(office, f"INSERT OR IGNORE INTO issued_words_idx {numbers} SELECT n, x'', 2 FROM n")
    assert findings(office) == []
    request = builders.approved(office, "three.example.com")
    assert f"Certificate issued for request {request}" in " ".join(settle(ca))
    assert found(office, "example") == 3
    assert findings(office) == []


@pytest.mark.parametrize("statement", ALTERED)
def test_an_altered_index_of_the_search_is_made_again(office, ca, capsys, statement: str) -> None:
    issued(office, ca, "one.example.com", "two.example.com")
    settle(ca)
    assert findings(office) == []
    sql(office, statement)
    code = main(["--data", str(office.root), "find", "example"])
    assert code == 0 or "The search index" in capsys.readouterr().err
    rebuilding.rebuild(office.domain, office.actor())
    assert findings(office) == []
    assert found(office, "example") == 2
