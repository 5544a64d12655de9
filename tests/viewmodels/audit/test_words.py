"""The actions of the audit log in the current language, for display, search and filters; the entries stay unchanged."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dominoadmin import i18n
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.viewmodels.audit import entries, words
from dominoadmin.viewmodels.audit.entries import AuditSource, Filter


@pytest.fixture
def german() -> Iterator[None]:
    i18n.use("de")
    yield
    i18n.use("en")


def shown(source: AuditSource, search: str = "") -> list[str]:
    return [row.action for row in source.rows(source.arrange(-1, search, descending=False)) if row]


def test_in_english_an_act_is_called_as_it_is_entered() -> None:
    assert [words.label(action) for action in AuditAction] == [*AuditAction]
    assert words.searched() == {}


def test_every_act_has_a_german_name(german) -> None:
    assert words.searched().keys() == {*AuditAction}


def test_an_act_is_found_by_its_german_name_and_by_its_text(office, german) -> None:
    assert words.label("domain set up") == "Domäne eingerichtet"
    source = AuditSource(office.domain)
    assert shown(source, "domäne") == shown(source, "domain set") == ["domain set up"]
    source.wanted = Filter(action="Server registr", labels=words.searched())
    assert shown(source) == ["server registered"]
    assert len(entries.numbers(office.domain, source.wanted)) == 1
    assert shown(AuditSource(office.domain, replace(source.wanted, action="nirgends"))) == []


def test_an_act_of_another_version_is_listed_as_it_stands(office, german) -> None:
    with office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), office.actor(), [Event("moon\x07 landed", "1", {})])
    source = AuditSource(office.domain)
    (row,) = [row for row in source.rows(source.arrange(-1, "landed", descending=False)) if row]
    assert words.label(row.action) == "moon\\x07 landed"
    assert entries.place(office.domain, row) is None
