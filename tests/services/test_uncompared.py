"""The watch over what acts compare tells of a row that an act has read and not compared."""

from __future__ import annotations

from dominoadmin.services.requests import pullable, submitting
from tests import builders


def test_a_row_that_no_act_compares_any_more_is_told(office, acts_compare_what_they_read, monkeypatch) -> None:
    listing = acts_compare_what_they_read
    builders.ready(office)
    number = builders.approved(office, applicant="Rob Ra")
    builders.load_ca(office)
    assert listing.problems() == []
    monkeypatch.setattr(pullable, "altered", lambda *_given: {})
    submitting.pull(office.domain, office.actor(), [number])
    told = {each.partition(" (")[0] for each in listing.problems()}
    assert "requests: services.requests.submitting.pull by services.requests.submitting._known" in told
    assert {each.partition(":")[0] for each in told} == {"requests", "admin_requests", "issued", "databases", "directory"}
    listing.found.clear()
