"""The table of a certifier's settings, which covers exactly the fields of a configuration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dominoadmin.errors import Refused, Tampered
from dominoadmin.pki import documents
from dominoadmin.services.certifiers import configuring, settings
from dominoadmin.services.certifiers.settings import BY_KEY, Kind
from dominoadmin.services.domain import Actor
from tests import builders

# The identity of a configuration and the links between versions, which are not settings.
ABOUT = {"certifier", "key_fingerprint", "certificate_sha256", "server", "version", "signed_at", "previous"}


@pytest.fixture
def configuration(office) -> configuring.Configuration:
    builders.ready(office)
    return builders.verified(office).configuration


def leaves(content: dict, *path: str) -> Iterator[tuple[str, ...]]:
    for key, value in content.items():
        yield from leaves(value, *path, key) if isinstance(value, dict) else [(*path, key)]


def test_the_table_has_every_key_of_the_signed_document(configuration) -> None:
    said = {path for path in leaves(configuration.content()) if path[0] not in ABOUT}
    assert said == {setting.path for setting in settings.SETTINGS}
    assert len({setting.key for setting in settings.SETTINGS}) == len(settings.SETTINGS) == 24


def test_every_value_can_be_read_and_put(configuration) -> None:
    other = {
        Kind.YES_NO: False, Kind.DAYS: 9, Kind.NUMBER: 9, Kind.TEXT: "x", Kind.PERSON: "CN=X", Kind.DIGEST: "ab",
        Kind.CHOICE: "sha512", Kind.CHOICES: (), Kind.DOMAINS: ("x.org",), Kind.ADDRESSES: (), Kind.PEOPLE: (),
    }  # fmt: skip
    for setting in settings.SETTINGS:
        old, new = setting.of(configuration), other[setting.kind]
        new = ("http://x.org/pki",) if new == old else new
        changed = setting.put(configuration, new)
        assert setting.of(changed) == new != old
        assert settings.differences(configuration, changed) == (settings.Difference(setting.key, old, new),)
        assert setting.put(changed, old) == configuration


def test_each_value_has_its_type(configuration) -> None:
    assert not list(settings.misfits(configuration))
    assert not BY_KEY["crl_days"].fits(True)
    assert not BY_KEY["enabled"].fits(1)
    assert not BY_KEY["caas"].fits(("x", 1))
    assert not BY_KEY["folder"].fits(None)


def test_a_hash_that_is_none_is_refused_at_registration_too(office) -> None:
    with pytest.raises(Refused, match="md5 is not a supported hash"):
        builders.certifier(office, hash_name="md5", key_algorithm="ml-dsa-44")
    with pytest.raises(Refused, match="ML-DSA has its own hash"):
        builders.certifier(office, hash_name="sha256", key_algorithm="ml-dsa-44")


@pytest.mark.parametrize(
    "said",
    [{"crl_days": "30"}, {"caas": "CN=Ann Admin/O=MyCompany/C=US"}, {"settings": None}, {"publication": ["x"]}, {"more": 1}, {"crl_days": 10**22}, {"crl_interval_days": -(10**22)}],
)
def test_a_signed_document_with_odd_values_is_refused_in_a_sentence(office, said) -> None:
    builders.ready(office)
    content = builders.verified(office).configuration.content() | said
    forged = documents.sign(configuring.KIND, content, office.ann).serialize()
    builders.sql(office, "UPDATE configurations SET document = ?", forged)
    with office.domain.store.snapshot() as db, pytest.raises(Tampered, match=r"cannot be read|not signed by a CA administrator"):
        configuring.verified(db, builders.record(office), Actor.of(office.ann).verifier(), office.domain.now())
