"""What an RA has not signed last, or not seen, is not issued (design: attacks 5 and 9)."""

from __future__ import annotations

import json

from tests import builders
from tests.builders import sql


def test_an_approval_put_back_after_a_signed_rejection_is_refused(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    (before,) = sql(office, "SELECT * FROM admin_requests")
    sql(office, "UPDATE admin_requests SET state = 'Error'")
    builders.reject(office.domain, office.ann, [number], "No.")
    sql(office, "UPDATE admin_requests SET state = ?, decision = ?, reason = '', changed_at = ?", before["state"], before["decision"], before["changed_at"])
    builders.load_ca(office)
    assert not builders.certificates(office)


def test_fields_that_are_not_the_requests_own(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    fields = builders.view(office, number).document.fields
    sql(office, "UPDATE admin_requests SET fields = ?", json.dumps({**fields, "names": [*fields["names"], "dns:evil.example.com"]}))
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert outcome.problem
