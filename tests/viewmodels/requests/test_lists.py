"""The views of Admin4: contents, every order, and the search; expected values are computed from the requests."""

import pytest

from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.requests import submitting
from dominoadmin.viewmodels.requests import lists as request_lists
from dominoadmin.viewmodels.requests.lists import CROSS, FAILED, UNDECIDED, USUAL, Admin4Source
from tests import builders, specimens
from tests.builders import sql


@pytest.fixture
def asked(office):
    """Three server requests, the first rejected and the second altered; one for a cross-certificate; one waiting."""
    builders.ready(office)
    for name in ("beta", "Alpha", "gamma"):
        builders.submitted(office, f"{name}.example.com")
    builders.received(office, "pending.example.com")
    crossing = CrossRequest(specimens.pem(specimens.root()))
    cross_certifying.submit_to_ca(office.domain, office.actor(), builders.CA, crossing)
    builders.reject(office.domain, office.ann, [1], "No such 100% host.")
    sql(office, "UPDATE admin_requests SET state = 'Error', reason = 'Altered.' WHERE request_id = 2")
    return office


def source(office, view: str) -> Admin4Source:
    return Admin4Source(office.domain, view, labels={"New": "Neu", "Rejected": "Abgelehnt"}, kinds={"cross": "Gegenzertifikat"})


def numbers(office, view=USUAL, column=-1, search="", *, descending=False, limit=-1) -> list[int]:
    return list(source(office, view).arrange(column, search, descending=descending, limit=limit))


@pytest.mark.parametrize(("view", "found"), [(USUAL, [3, 2, 1]), (CROSS, [5]), (UNDECIDED, [5, 3, 2]), (FAILED, [2])])
def test_each_view_has_its_requests_the_newest_first(asked, view, found) -> None:
    assert numbers(asked, view) == found
    assert numbers(asked, view, limit=1) == found[:1]
    shown = source(asked, view).rows(found)
    assert [row.request.id for row in shown] == found
    assert [(row.document.state, row.certifier) for row in shown] == [
        (row.document.state, row.certifier) for row in reversed(submitting.views(asked.domain)) if row.request.id in found
    ]


@pytest.mark.parametrize(
    ("column", "ordered"),
    [
        (0, [2, 3, 1]), (1, [1, 2, 3]), (2, [2, 1, 3]), (3, [2, 1, 3]), (4, [1, 2, 3]), (5, [1, 2, 3]), (6, [1, 2, 3]), (7, [1, 2, 3]),
        (8, [3, 2, 1]),
    ],
)  # fmt: skip
def test_every_column_sorts_both_ways(asked, column, ordered) -> None:
    assert len(request_lists.ADMIN4_ORDERS) == 9
    assert numbers(asked, column=column) == ordered
    assert numbers(asked, column=column, descending=True) == ordered[::-1]


def test_several_names_sort_in_the_order_in_which_they_stand(asked) -> None:
    for number, names in ((1, '["dns:m.example", "dns:a.example"]'), (2, '["dns:b.example", "dns:z.example"]'), (3, "[]")):
        sql(asked, "UPDATE admin_requests SET fields = json_set(fields, '$.names', json(?)) WHERE request_id = ?", names, number)
    column = request_lists.ADMIN4_ORDERS.index(request_lists.BY_NAMES)
    assert numbers(asked, column=column) == [3, 2, 1]
    assert numbers(asked, column=column, descending=True) == [1, 2, 3]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("alpha", [2]), ("example com", [3, 2, 1]), ("mycompany ca", [3, 2, 1]), ("100%", [1]), ("abgelehnt", [1]), ("neu", [3]),
        ("altered", [2]), ("gegenzertifikat", []), ("'; --", []), ("", [3, 2, 1]),
    ],
)  # fmt: skip
def test_the_search_looks_at_what_is_shown(asked, search, found) -> None:
    assert numbers(asked, search=search) == found
    assert numbers(asked, CROSS, search="gegenzertifikat") == [5]
