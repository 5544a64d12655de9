"""Configuration - Certifiers: a damaged one does not hide the others."""

import pytest

from dominoadmin import i18n
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certifiers import document
from dominoadmin.viewmodels.certifiers import listing as certifier_listing
from tests import builders
from tests.source import modules


@pytest.fixture
def german():
    i18n.use("de")
    yield
    i18n.use("en")


def test_a_garbled_certifier_is_shown_as_such_beside_the_others(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Second CA")
    builders.sql(office, "UPDATE certifiers SET certificate = x'00' WHERE id = 2")
    first, second = certifier_listing.listed(office.domain, office.actor())
    assert (first.problem, second.problem != "") == ("", True)


def test_the_size_of_a_key_is_said_in_german(office, german) -> None:
    made = builders.certifier(office, key_algorithm="rsa-2048")
    assert certifier_listing.listed(office.domain, office.actor())[0].key == "RSA 2048 Bit"
    shown = document.certifier(office.domain, office.actor(), made.certifier_id)
    assert "RSA 2048 Bit" in repr(shown)
    assert "2048 bits" not in repr(shown)
    assert viewing.summary(builders.record(office).active.certificate, office.clock()).key == "RSA 2048 Bit"


def test_no_user_interface_shows_the_label_of_a_key_without_translating_it() -> None:
    above = [module for module in modules() if module.layer in {"viewmodels", "gui"}]
    assert [module.name for module in above if "describe_algorithm" in module.text] == ["viewmodels.words"]
