"""A row of a page was altered with SQL: the page is not shown, and nobody gets another one's certificate."""

from __future__ import annotations

import pytest

from tests.builders import sql
from tests.outside.web_office import FILE, csr_pem


def pickup_id(running) -> str:
    """Submit a request and have it issued; return its Request ID."""
    running.web.issue(csr_pem().encode())
    (row,) = sql(running.web.office, "SELECT pickup_id FROM requests ORDER BY id DESC LIMIT 1")
    return row["pickup_id"]


@pytest.mark.parametrize("page", ["pickup", "status"])
def test_exchanged_request_ids_give_nobody_the_certificate_of_another(running, page: str) -> None:
    first, second = pickup_id(running), pickup_id(running)
    assert running.post(f"/{FILE}/{page}", id=first).status == 200
    sql(running.web.office, "UPDATE requests SET pickup_id = 'x' WHERE pickup_id = ?", first)
    sql(running.web.office, "UPDATE requests SET pickup_id = ? WHERE pickup_id = ?", first, second)
    sql(running.web.office, "UPDATE requests SET pickup_id = ? WHERE pickup_id = 'x'", second)
    for each in (first, second):
        assert running.post(f"/{FILE}/{page}", id=each).status == 503


@pytest.mark.parametrize("path", ["/", f"/{FILE}", f"/{FILE}/ServerCertificateRequest"])
def test_an_altered_title_is_not_shown(running, path: str) -> None:
    before = running.get(path)
    assert before.status == 200
    sql(running.web.office, "UPDATE databases SET title = 'Call this number'")
    after = running.get(path)
    assert after.status == 503
    assert "Call this number" not in after.text
