"""Somebody has written into the store with SQL what the program never writes: never a traceback, and no row is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from dominoadmin import application
from dominoadmin.cli.main import main
from dominoadmin.errors import Damaged, NotFound, Tampered
from dominoadmin.services.audit import verifying
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store import audit, directory, guide_facts, issued_lists, key_rings, records
from dominoadmin.viewmodels.directory import views
from tests import builders, second_rows
from tests.builders import sql
from tests.conftest import NO_KEYCHAIN, Clock, Office, copy_data

NO_UNICODE = "CAST(x'ff' || CAST({column} AS BLOB) AS TEXT)"
NOT_WRITTEN = [
    "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00Z", "99999-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
]
NO_OBJECT = ["null", "[]", "1", '"x"', "NaN", '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', '{"\\ud800": 1}', "[" * 100_000]


@pytest.mark.parametrize("text", NOT_WRITTEN)
def test_a_time_is_read_only_as_it_is_written(text) -> None:
    with pytest.raises(ValueError):
        records.moment(text)


@pytest.mark.parametrize("text", NO_OBJECT)
def test_json_of_another_kind_is_no_document(office, text) -> None:
    sql(office, "UPDATE directory SET fields = ? WHERE kind = 'person'", text)
    with pytest.raises(Damaged, match="DirectoryEntry CN=Ann Admin/O=MyCompany/C=US: fields"), office.domain.store.snapshot() as db:
        directory.entries(db, "person")


OTHER_TYPES = [  # a schema without types, for a moment
    ("fields", b"{}"), ("chain", b"[]"), ("kind", None), ("kind", b"person"), ("created_at", 5.0), ("created_at", None), ("fields", -1),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), OTHER_TYPES)
def test_a_value_of_another_type_is_damaged(office, column, value) -> None:
    with second_rows.loosened(office.domain.directory.store, "directory"):
        sql(office, f"UPDATE directory SET {column} = ? WHERE name LIKE 'CN=Ann%'", value)
    with pytest.raises(Damaged, match=f"DirectoryEntry CN=Ann Admin/O=MyCompany/C=US: {column}"), office.domain.store.snapshot() as db:
        directory.find(db, office.ann.name)


@pytest.mark.parametrize("column", ["certificate", "sealed_key", "protection", "locking_id"])
def test_a_first_key_of_another_type_is_damaged(office, column) -> None:
    """It stopped the CA process, and each command that shows a certifier, with the words for a bug."""
    builders.certifier(office)
    builders.certifier(office, "Second CA")
    with second_rows.loosened(office.domain.directory.store, "certifiers"):
        sql(office, f"UPDATE certifiers SET {column} = 7 WHERE id = 1")
    with pytest.raises(Damaged, match=f": {column}"):
        builders.record(office)
    lines = builders.load_ca(office)
    assert "unexpected" not in builders.said(lines)
    assert "CN=Second CA/O=MyCompany is active" in builders.said(lines), "the other certifier goes on"


def test_a_version_of_another_type_is_damaged(office, capsys) -> None:
    builders.certifier(office)
    with second_rows.loosened(office.domain.directory.store, "configurations"):
        sql(office, "INSERT INTO configurations VALUES (1, NULL, x'')")
    assert main(["--data", str(office.root), "certifier", "history", builders.CA]) == 1
    assert "Configuration 1: version" in capsys.readouterr().err


def test_a_value_of_another_type_that_no_reader_expects_is_told_and_is_no_bug(office) -> None:
    store = office.domain.store
    with pytest.raises(TypeError), store.snapshot():
        len(5)  # a bug of ours
    builders.ready(office)
    builders.load_ca(office)
    with second_rows.loosened(store.path, "crl_chunks"):
        sql(office, "INSERT INTO crl_chunks (certifier_id, part, number, is_current, count, sha256, entries) VALUES (1, 0, 1, 1, 'x', '', x'')")
    for unit in (store.snapshot, store.transaction):
        with pytest.raises(Damaged, match=r"altered \(non-INTEGER value in crl_chunks.count\)") as told, unit() as db:
            int(db.execute("SELECT count FROM crl_chunks").fetchone()["count"])
        assert "store check" in told.value.hint


def test_nothing_has_a_number_that_no_row_can_have(office) -> None:
    with pytest.raises(NotFound, match="Nothing has a number this large"), office.domain.store.snapshot() as db:
        audit.at(db, 1 << 63)


@pytest.mark.parametrize("text", ["null", "{}", "1", "[1]", "[null]", '["!!"]', '["\\ud800"]', '["MII"]'])
def test_certificates_in_no_base64_are_damaged(office, text) -> None:
    sql(office, "UPDATE directory SET chain = ? WHERE kind = 'certifier'", text)
    with pytest.raises(Damaged):
        views.organization_chain(office.domain)


@pytest.mark.parametrize("column", ["name", "chain", "fields", "created_at"])
def test_text_that_is_no_unicode_is_read_all_the_same(office, column) -> None:
    """One flipped bit is enough; a replacement character stands in place of the octets that cannot be read."""
    sql(office, f"UPDATE directory SET {column} = {NO_UNICODE.format(column=column)} WHERE name LIKE 'CN=Rob%'")
    with office.domain.store.snapshot() as db:
        if column == "name":
            assert [entry.name for entry in directory.entries(db, "person")] == ["CN=Ann Admin/O=MyCompany/C=US", "\ufffdCN=Rob Ra/O=MyCompany/C=US"]
        else:
            with pytest.raises(Damaged, match=f"DirectoryEntry CN=Rob Ra/O=MyCompany/C=US: {column}"):
                directory.entries(db, "person")


def test_an_entry_that_is_no_unicode_is_named_by_the_verification(office) -> None:
    sql(office, f"UPDATE audit SET object = {NO_UNICODE.format(column='object')} WHERE number = 2")
    with pytest.raises(Tampered, match="Entry 2 of the audit log was changed"):
        verifying.verify(office.domain, office.actor())


def test_a_list_of_numbers_never_reads_its_texts(office) -> None:
    """A million texts that are read only to be thrown away would take a third of a second."""
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    sql(office, f"UPDATE issued SET subject = {NO_UNICODE.format(column='subject')} WHERE request_id = ?", number)
    with office.domain.store.snapshot() as db:
        ids = issued_lists.ids(db, issued_lists.Chosen(), issued_lists.BY_SUBJECT, records.instant(office.domain.now()))
        page = issued_lists.page(db, ids)
    assert [page[each].subject[:1] for each in ids if page[each].request_id == number] == ["\ufffd"]


@pytest.mark.parametrize("detail", ["null", "no JSON", "[]", '{"key_sha256": "ab", "request": []}', '{"request": {}}'])
def test_the_guide_reads_an_altered_log(office, detail) -> None:
    sql(office, "UPDATE audit SET action = 'key ring certificate merged', detail = ? WHERE number = 2", detail)
    with office.domain.store.snapshot() as db:
        assert guide_facts.merged(db, "key ring certificate merged") == set()
        assert audit.at(db, 1)


@pytest.mark.parametrize("serials", ["no JSON", "null", "[", "[" * 100_000])
def test_a_compromised_key_whose_request_cannot_be_read_is_not_taken_for_a_good_one(office, serials) -> None:
    """Nobody can say which key it is about, so none is certified until the row is as it was."""
    builders.ready(office)
    first, second = builders.approved(office), builders.submitted(office, "mail.example.com")
    builders.load_ca(office)
    (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", first)
    number = revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="keyCompromise"))
    sql(office, "UPDATE revocation_requests SET serials = ?", serials)
    (outcome,) = builders.approve(office.domain, office.ann, [second])
    assert f"(RevocationRequest {number}: serials) cannot be read" in outcome.problem


def test_an_altered_entry_is_no_reason_to_fail_over_a_new_key_ring(office) -> None:
    sql(office, "UPDATE audit SET action = 'key ring created', detail = 'no JSON' WHERE number = 2")
    with office.domain.store.snapshot() as db:
        assert not key_rings._was_created(db, "ab", "key ring created")


@pytest.mark.parametrize("number", [-1, 1 << 62, (1 << 63) - 1])
def test_a_number_that_nobody_counts_to_is_named(office, number) -> None:
    """The next one would not fit into a row."""
    sql(office, "UPDATE audit SET number = ? WHERE number = (SELECT max(number) FROM audit)", number)
    if number > 0:
        with pytest.raises(Damaged, match=rf"\(Audit {number}: octets\)"), office.domain.store.snapshot() as db:
            audit.last(db)
    with pytest.raises(Tampered):
        verifying.verify(office.domain, office.actor())


LISTS = {
    "person list": ("UPDATE directory SET {} WHERE name LIKE 'CN=Rob%'", ("fields = '[]'", "created_at = 'yesterday'", "chain = 'null'")),
    "certifier list": ("UPDATE certifiers SET {} WHERE id = 2", ("created_at = ''", "created_at = '7'")),
    "database list": ("UPDATE databases SET {} WHERE certifier_id = 2", ("fields = 'no JSON'", "created_at = ''", "certifier_id = 77")),
    "request list": ("UPDATE requests SET {} WHERE id = 2", ("fields = '['", "remarks = '{{}}'", "requested_at = ''")),
    "icl list": ("UPDATE issued SET {} WHERE request_id = 2", ("not_after = 'x'", "part = -1")),
    "icl requests": ("UPDATE revocation_requests SET {} WHERE id = 2", ("serials = '{{}}'", "changed_at = ''")),
    "crl list": ("UPDATE crls SET {} WHERE id = (SELECT max(id) FROM crls)", ("number = -1", "made_at = '-1'", "base_number = -7")),
    "mail list": ("UPDATE mail SET {} WHERE id = (SELECT max(id) FROM mail)", ("created_at = '0'", "attempts = -1")),
    "audit list": ("UPDATE audit SET {} WHERE number = 3", ("detail = '[]'", "at = 'never'")),
}


@pytest.fixture(scope="module")
def rich_template(office_template, tmp_path_factory):
    """Two certifiers, of whose documents of all kinds there are at least two."""
    root = tmp_path_factory.mktemp("rich") / "data"
    template, ids = office_template
    copy_data(template, root)
    office = Office(domain=application.open_domain(root, NO_KEYCHAIN, Clock()), clock=Clock(), **ids)
    builders.ready(office)
    builders.certifier(office, "Second CA")
    builders.database(office, "second.nsf", "Second CA")
    numbers = [builders.approved(office), builders.approved(office, "mail.example.com")]
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), numbers)
    for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL"):
        revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="superseded"))
    office.domain.store.close()
    return root


@pytest.mark.parametrize(("command", "change"), [(command, change) for command, (_sql, changes) in LISTS.items() for change in changes])
def test_a_row_that_cannot_be_read_hides_no_other(rich_template, tmp_path, capsys, monkeypatch, command, change) -> None:
    monkeypatch.setenv("DOMINOADMIN_KEYCHAIN", "none")
    root = tmp_path / "data"
    copy_data(rich_template, root)
    root.chmod(0o700)
    arguments = ["--data", str(root), "--json", *command.split()]
    assert main(arguments) == 0
    whole = json.loads(capsys.readouterr().out)
    with closing(sqlite3.connect(root / "domain.db")) as db:
        assert db.execute(LISTS[command][0].format(change.format())).rowcount == 1
        db.commit()
    code = main(arguments)
    said = capsys.readouterr()
    if change == "chain = 'null'" or code:
        assert len(json.loads(said.out)) == len(whole) - 1
        assert "Restore a backup." in said.err
        assert code == 1
    else:
        raise AssertionError(said)


@pytest.mark.parametrize("number", [0, -(1 << 63), (1 << 63) - 1])
def test_a_head_that_stands_nowhere_is_told_and_no_act_goes_on_from_it(office, number) -> None:
    sql(office, "UPDATE audit_heads SET size = ? WHERE size = (SELECT max(size) FROM audit_heads)", number)
    with pytest.raises((Damaged, Tampered)):
        builders.ready(office)
    with pytest.raises((Damaged, Tampered)):
        verifying.verify(office.domain, office.actor())


@pytest.mark.parametrize("end", ["never", "2099-01-01T00:00:00", "9999-12-31T23:59:59Z"])
def test_an_altered_cross_certificate_lasts_no_longer(office, end) -> None:
    sql(office, "INSERT INTO cross_certificates VALUES (1, 'directory', 's', 'i', '1f', 'ab', ?, x'', '')", end)
    with office.domain.store.snapshot() as db:
        assert guide_facts.cross_certified_until(db, "ab", ("directory", "x")) is None
