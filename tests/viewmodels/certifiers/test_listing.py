"""Configuration - Certifiers: a damaged one does not hide the others."""

from dominoadmin.viewmodels.certifiers import listing as certifier_listing
from tests import builders


def test_a_garbled_certifier_is_shown_as_such_beside_the_others(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Second CA")
    builders.sql(office, "UPDATE certifiers SET certificate = x'00' WHERE id = 2")
    first, second = certifier_listing.listed(office.domain, office.actor())
    assert (first.problem, second.problem != "") == ("", True)
