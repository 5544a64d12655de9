"""Rows and their values; ID files on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged, Error, NotFound
from dominoadmin.store import certifiers, cross_certificates, directory, id_files, issued, mail, records, requests
from dominoadmin.store.database import Store
from dominoadmin.store.records import CrossCertificateRecord, MailRecord
from tests import builders
from tests.builders import sql
from tests.conftest import NOW


def test_a_time_is_stored_as_utc_to_the_second() -> None:
    berlin = datetime(2026, 11, 23, 18, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    assert records.instant(berlin) == "2026-11-23T17:00:00Z"
    assert records.moment("2026-11-23T17:00:00Z") == datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_json_is_stored_readable_and_in_order() -> None:
    assert records.dump({"b": "ä", "a": [1, None]}) == '{"a": [1, null], "b": "ä"}'


def test_a_memo_is_kept_as_it_was_given(tmp_path: Path) -> None:
    store = Store(tmp_path / "domain.db", create=True)
    memo = MailRecord(id=0, recipient="a@b.example", subject="subject", body="body", created_at=NOW, relay_state="queued", attempts=0, next_attempt_at=NOW, problem="")
    with store.transaction() as db:
        memo_id = mail.add(db, memo)
        assert mail.all_of(db, "a@b.example") == [MailRecord(**{**memo.__dict__, "id": memo_id})]
        assert mail.all_of(db, "nobody") == []
        assert [found.id for found in mail.all_of(db)] == [memo_id]
        assert mail.due(db, NOW - timedelta(seconds=1), NOW) == []
        assert len(mail.due(db, NOW, NOW)) == 1
        assert len(mail.due(db, NOW - timedelta(days=1), NOW - timedelta(hours=1))) == 1, "a wrong clock set it"
    store.close()


def test_cross_certificates_are_kept_by_book(tmp_path: Path) -> None:
    store = Store(tmp_path / "domain.db", create=True)
    with builders.behind(store) as db:
        for book in ("directory", "CN=Ann/O=X"):
            cross_certificates.add(db, CrossCertificateRecord(id=0, book=book, subject="CN=s", issuer="CN=i", serial_hex="1f", subject_key="ab", not_after=NOW, der=b"der", created_at=NOW))
        assert [found.book for found in cross_certificates.all_of(db)] == ["directory", "CN=Ann/O=X"]
        assert [found.id for found in cross_certificates.all_of(db, "CN=Ann/O=X")] == [2]
    store.close()


def test_a_row_that_the_program_never_wrote_is_damaged(office) -> None:
    sql(office, "UPDATE directory SET fields = 'no JSON' WHERE kind = 'server'")
    with pytest.raises(Damaged, match=r"A row in the store \(DirectoryEntry CN=Server1/O=MyCompany/C=US: fields\) cannot be read"), office.domain.store.snapshot() as db:
        directory.entries(db, "server")
    sql(office, "UPDATE directory SET fields = '{}', created_at = 'yesterday' WHERE kind = 'server'")
    with pytest.raises(Damaged), office.domain.store.snapshot() as db:
        directory.entries(db, "server")


def test_what_is_not_there_is_none(office) -> None:
    builders.ready(office)
    with office.domain.store.snapshot() as db:
        assert requests.find(db, 5) is None
        assert requests.find_admin_request(db, 5) is None
        assert requests.edits(db, [5]) == []
        assert issued.of_request(db, 5) is None
        assert issued.find(db, "1f") == []
        assert issued.find(db, "1f", 1) == []
        assert directory.find(db, "CN=Nobody/O=X") is None
        assert directory.fact(db, "nothing") == ""
        assert [found.id for found in certifiers.all_of(db)] == [1]
        assert certifiers.all_of(db, "CN=Server2/O=X") == []


def test_a_database_is_found_whatever_the_case(office) -> None:
    builders.ready(office)
    with office.domain.store.snapshot() as db:
        assert requests.find_database(db, "CERTREQ.NSF").file == "certreq.nsf"


def test_an_id_file_is_private_and_never_overwritten(office, tmp_path: Path) -> None:
    path = tmp_path / "copy.id"
    id_files.save(path, office.ann, "pass word 1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert id_files.describe(path).name == "CN=Ann Admin/O=MyCompany/C=US"
    assert id_files.load(path, "pass word 1").chain == office.ann.chain
    with pytest.raises(Error, match="already exists"):
        id_files.save(path, office.rob, "pass word 2")
    with pytest.raises(NotFound, match=r"The ID file .*nowhere.id does not exist"):
        id_files.describe(tmp_path / "nowhere.id")
