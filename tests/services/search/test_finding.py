"""The search for everything: what is found by which words, in which order, and in a limited time."""

from __future__ import annotations

import itertools
import threading
import time
from types import SimpleNamespace

import pytest

from dominoadmin.errors import Cancelled
from dominoadmin.services.progress import Progress
from dominoadmin.services.search import finding
from dominoadmin.services.search.finding import Searched
from dominoadmin.store import reading
from dominoadmin.store.sqlite import limits
from tests import builders
from tests.builders import sql

MANY = 30_000


@pytest.fixture
def office_of_two(office):
    """Two certifiers; a certificate of each, a request that waits, one in its database, a key ring."""
    builders.ready(office)
    builders.certifier(office, "Second CA")
    builders.database(office, "second.nsf", "Second CA")
    builders.approved(office, "www.example.com", applicant="Rob Ra")
    builders.authority(office).issue_approved()
    builders.approved(office, "www.example.net", "second.nsf")
    builders.authority(office, "Second CA").issue_approved()
    builders.submitted(office, "mail.example.com", data=builders.csr("mail.example.com", names=("imap.example.com",)))
    builders.received(office, "later.example.com")
    (office.root / "keyfile.kyr").write_bytes(b"a key ring")
    return office


def find(office, text, limit=8, progress=finding.QUIET):
    return finding.find(office.domain, text, limit, progress)


def subjects(found):
    return [line.subject for line in found.certificates]


def serials(office):
    return [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL ORDER BY id")]


def test_certificates_of_all_certifiers_are_found_the_newest_first(office_of_two) -> None:
    found = find(office_of_two, "example")
    assert subjects(found) == ["CN=www.example.net/O=MyCompany/C=US", "CN=www.example.com/O=MyCompany/C=US"]
    assert [found.certifier_names[line.certifier_id] for line in found.certificates] == [
        "CN=Second CA/O=MyCompany", "CN=MyCompany CA/O=MyCompany",
    ]  # fmt: skip
    assert not found.unfinished


def test_who_has_the_name_comes_before_newer_ones_that_contain_it(office_of_two) -> None:
    builders.approved(office_of_two, "old.www.example.com")
    builders.authority(office_of_two).issue_approved()
    assert subjects(find(office_of_two, "WWW.example.com"))[0] == "CN=www.example.com/O=MyCompany/C=US"
    assert len(find(office_of_two, "WWW.example.com").certificates) == 2
    assert len(find(office_of_two, "WWW.example.com", limit=1).certificates) == 1


def test_a_certificate_is_found_by_its_requester(office_of_two) -> None:
    assert subjects(find(office_of_two, "rob")) == ["CN=www.example.com/O=MyCompany/C=US"]


@pytest.mark.parametrize(
    "spelled",
    [
        lambda serial: serial,
        lambda serial: serial.upper(),
        lambda serial: f"0x{serial}",
        lambda serial: ":".join(pairs(serial)),
        lambda serial: " ".join(pairs(serial)).upper(),
        lambda serial: "-".join(pairs(serial)),
        lambda serial: f"00:{':'.join(pairs(serial))}",
        lambda serial: f"  {serial}\n",
        lambda serial: str(int(serial, 16)),
        lambda serial: serial[:6],
        lambda serial: ":".join(pairs(serial)[:4]),
        lambda serial: serial[-9:],
        lambda serial: serial[7:14],
    ],
)
def test_a_serial_number_in_any_spelling(office_of_two, spelled) -> None:
    for serial in serials(office_of_two):
        assert [line.serial_hex for line in find(office_of_two, spelled(serial)).certificates] == [serial]


def pairs(serial):
    even = serial.rjust(len(serial) + len(serial) % 2, "0")
    return [even[start : start + 2] for start in range(0, len(even), 2)]


def test_words_come_before_numbers_that_begin_with_the_same_letters(office_of_two) -> None:
    sql(office_of_two, "UPDATE issued SET serial_hex = 'cafe' || serial_hex")
    builders.approved(office_of_two, "cafe.example.com")
    builders.approved(office_of_two, "www.cafe.example.com")
    sql(office_of_two, "UPDATE issued SET serial_hex = substr(serial_hex, 5) WHERE subject LIKE '%.com/%'")
    builders.authority(office_of_two).issue_approved()
    found = [subject[3:].partition("/")[0] for subject in subjects(find(office_of_two, "cafe"))]
    assert found == ["cafe.example.com", "www.cafe.example.com", "www.example.net"]
    assert len(find(office_of_two, "cafe", limit=2).certificates) == 2


def test_a_whole_number_is_not_searched_as_words(office_of_two) -> None:
    """A million requests are not read for it."""
    (serial, _other) = serials(office_of_two)
    sql(office_of_two, "UPDATE requests SET key_ring = ? WHERE id = 4", f"{serial}.kyr")
    for text in (serial, str(int(serial, 16)), ":".join(pairs(serial)), serial[:16]):
        assert [shown.request.id for shown in find(office_of_two, text).requests] == [1]
    assert [shown.request.id for shown in find(office_of_two, serial[:15]).requests] == [4, 1]


def test_a_fingerprint(office_of_two) -> None:
    (row,) = sql(office_of_two, "SELECT fingerprint FROM issued WHERE subject LIKE '%.net%'")
    for text in (row["fingerprint"], ":".join(pairs(row["fingerprint"])).upper(), row["fingerprint"][:12]):
        assert subjects(find(office_of_two, text)) == ["CN=www.example.net/O=MyCompany/C=US"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", [3]),
        ("imap", [3]),
        ("mail", [3]),
        ("later example", [4]),
        ("Rob", [1]),
        ("www", [2, 1]),
        ("example", [4, 3, 2, 1]),
        ("99", []),
        (str(1 << 70), []),
    ],
)
def test_requests_by_number_name_and_applicant(office_of_two, text, numbers) -> None:
    assert [shown.request.id for shown in find(office_of_two, text).requests] == numbers


def test_a_request_by_its_request_id(office_of_two) -> None:
    (row,) = sql(office_of_two, "SELECT pickup_id FROM requests WHERE id = 1")
    for text in (row["pickup_id"], row["pickup_id"].replace("-", "").lower()):
        assert [shown.request.id for shown in find(office_of_two, text).requests] == [1]


def test_what_an_ra_has_edited_is_found(office_of_two) -> None:
    names = ["dns:mail.example.com", "dns:pop.example.com"]
    builders.edit(office_of_two.domain, office_of_two.ann, 3, {"names": names})
    assert [shown.request.id for shown in find(office_of_two, "pop.ex").requests] == [3]


@pytest.mark.parametrize("word", ['quo"te', "back\\slash", "dns:", "names", "common_name", "100%", "under_score"])
def test_only_values_of_a_stored_document_are_searched(office_of_two, word) -> None:
    """Its text has quotation marks and names of fields, which nobody sees."""
    wanted = word in {'quo"te', "back\\slash", "dns:", "100%", "under_score"}
    text = '{"names": ["dns:quo\\"te", "back\\\\slash 100% under_score"], "subject": {"common_name": "x"}}'
    sql(office_of_two, "UPDATE admin_requests SET fields = ? WHERE request_id = 3", text)
    assert (3 in [shown.request.id for shown in find(office_of_two, word).requests]) is wanted


def test_people_and_servers(office_of_two) -> None:
    sql(office_of_two, """UPDATE directory SET fields = json_set(fields, '$.mail_address', 'robert@example.org') WHERE name LIKE 'CN=Rob%'""")
    assert [entry.name for entry in find(office_of_two, "rob ra").people] == ["CN=Rob Ra/O=MyCompany/C=US"]
    assert [entry.name for entry in find(office_of_two, "Rob Ra/MyCompany").people] == ["CN=Rob Ra/O=MyCompany/C=US"]
    assert [entry.name for entry in find(office_of_two, "ROBERT@").people] == ["CN=Rob Ra/O=MyCompany/C=US"]
    assert [entry.name for entry in find(office_of_two, "server1.example").servers] == ["CN=Server1/O=MyCompany/C=US"]
    both = find(office_of_two, "mycompany")
    assert [entry.name.partition("/")[0] for entry in both.people] == ["CN=Ann Admin", "CN=Rob Ra"]


def test_letters_of_other_alphabets_are_the_same_in_any_case(office_of_two) -> None:
    sql(office_of_two, "UPDATE directory SET name = 'CN=Änne Straße/O=MyCompany' WHERE name LIKE 'CN=Rob%'")
    for text in ("änne", "ÄNNE", "strasse", "STRASSE"):
        assert [entry.name for entry in find(office_of_two, text).people] == ["CN=Änne Straße/O=MyCompany"]


def test_certifiers_databases_and_key_rings(office_of_two) -> None:
    assert [record.name for record in find(office_of_two, "second").certifiers] == ["CN=Second CA/O=MyCompany"]
    assert [record.file for record in find(office_of_two, "second").databases] == ["second.nsf"]
    assert [record.file for record in find(office_of_two, "certificate requests").databases] == ["certreq.nsf", "second.nsf"]
    assert [ring.file for ring in find(office_of_two, "KEYF").key_rings] == ["keyfile.kyr"]


@pytest.mark.parametrize("text", ["", "  ", "\0", "\n\t"])
def test_nothing_is_found_by_nothing(office_of_two, text) -> None:
    assert find(office_of_two, text) == finding.Findings()


@pytest.mark.parametrize(
    "text",
    ['"', "'", "%", "_", "*", "a*", "NEAR(", "AND", "OR NOT", "a\0b", "\ud800", "\ud800www", "\u202e", "(", ":", "::::", "0x", "-", "--",
     "a" * 10_000, "w " * 5_000, "1" * 5_000, "f" * 31, "f" * 32, "f" * 5_000, "𐀀" * 3, "e\u0301xample", "٣٤٥", "²", "12:"],
)  # fmt: skip
def test_any_text_may_be_typed(office_of_two, text) -> None:
    find(office_of_two, text)


@pytest.mark.parametrize("text", ["%", "_", "*", "AND"])
def test_nothing_has_a_special_meaning(office_of_two, text) -> None:
    found = find(office_of_two, text)
    assert (found.certificates, found.requests, found.people) == ((), (), ())


def test_a_damaged_row_is_named_and_the_others_are_found(office_of_two) -> None:
    sql(office_of_two, "UPDATE issued SET not_after = 'never' WHERE subject LIKE '%.net%'")
    sql(office_of_two, "UPDATE directory SET created_at = 'never' WHERE name LIKE 'CN=Rob%'")
    sql(office_of_two, "UPDATE requests SET remarks = '{' WHERE id = 2")
    with reading.leaving_out() as damaged:
        found = find(office_of_two, "com")
    assert subjects(found) == ["CN=www.example.com/O=MyCompany/C=US"]
    assert [entry.name.partition("/")[0] for entry in found.people] == ["CN=Ann Admin"]
    assert {str(each).split("(")[1].split()[0] for each in damaged} == {"Line", "DirectoryEntry", "Request"}


# in a limited time


class Clicked(Progress):
    """A person who types on after some steps."""

    def __init__(self, after: int) -> None:
        self.after = after

    def step(self, text: str) -> None:
        self.after -= 1
        if self.after < 0:
            raise Cancelled


@pytest.fixture
def long_office(office):
    """An office with so many certificates and requests that a search of all rows takes a while."""
    builders.ready(office)
    sql(
        office,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO requests SELECT i, 'server', 'certreq.nsf', 1, x'', 'CN=host' || i, '', '', 'Issued', 'P' || i, '{\"names\": []}', '[]',"
        " '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '' FROM n",
        MANY,
    )
    sql(
        office,
        "INSERT INTO issued SELECT id, 1, printf('%032x', id), id, 'server', 'CN=host' || id, 'dns:host' || id, '', 'ec-p256', requested_at,"
        " '2036-01-01T00:00:00Z', printf('%064x', id), '', x'', requested_at, 0, 1 FROM requests",
    )
    sql(office, "INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
    return office


def test_a_search_that_nobody_waits_for_ends_in_the_middle(long_office) -> None:
    for after in (0, 1, 2, 3):
        with pytest.raises(Cancelled):
            find(long_office, "zz", progress=Clicked(after))
    assert len(find(long_office, "host").certificates) == 8  # the connection is as before


@pytest.fixture
def slow(monkeypatch):
    """A clock by which a search may look at about 10 000 rows."""
    looks = itertools.count()
    monkeypatch.setattr(finding, "time", SimpleNamespace(monotonic=lambda: next(looks) / 25))


@pytest.mark.usefixtures("slow")
def test_a_search_that_takes_too_long_says_so_and_shows_the_newest(long_office) -> None:
    assert find(long_office, "zz 9").unfinished == {Searched.CERTIFICATES, Searched.REQUESTS}
    found = find(long_office, f"host{MANY}")
    assert subjects(found) == [f"CN=host{MANY}"]
    assert [shown.request.id for shown in found.requests] == [MANY]


@pytest.mark.usefixtures("slow")
def test_the_request_of_a_certificate_is_found_even_if_it_is_old(long_office) -> None:
    found = find(long_office, "host77 host77", limit=3000)
    assert Searched.REQUESTS in found.unfinished
    assert len(found.requests) == len(found.certificates) == 1 + 10 + 100 + 0
    assert {shown.request.id for shown in found.requests} == {line.request_id for line in found.certificates}


@pytest.mark.usefixtures("slow")
def test_what_was_found_before_the_end_counts(long_office) -> None:
    sql(long_office, "UPDATE requests SET applicant = 'zz' WHERE id IN (?, 1)", MANY)
    sql(long_office, "UPDATE issued SET subject = 'zz' WHERE id IN (?, 1)", MANY)
    found = find(long_office, "zz")
    assert [shown.request.id for shown in found.requests] == [MANY]
    assert [line.id for line in found.certificates] == [MANY]
    assert found.unfinished == {Searched.CERTIFICATES, Searched.REQUESTS}


@pytest.mark.usefixtures("slow")
def test_digits_that_were_found_before_the_end_count(long_office) -> None:
    sql(long_office, "UPDATE issued SET serial_hex = iif(id = 1, '0facebf', 'f' || serial_hex)")
    found = find(long_office, "acebf")
    assert [line.id for line in found.certificates] == [1]
    assert Searched.CERTIFICATES in found.unfinished


def test_all_queries_end_together(long_office, monkeypatch) -> None:
    monkeypatch.setattr(finding, "_IN_ALL", 0)
    assert find(long_office, "zz").unfinished == {Searched.CERTIFICATES, Searched.REQUESTS}


@pytest.mark.parametrize("number", [1 << 61, -5])
def test_a_row_with_a_number_that_nobody_gave_is_found(long_office, number) -> None:
    sql(long_office, "UPDATE requests SET id = ? WHERE id = 1", number)
    sql(long_office, "UPDATE issued SET id = ?, subject = 'zz' WHERE id = 1", number)
    found = find(long_office, "zz")
    assert [line.id for line in found.certificates] == [number] * (number > 0)
    assert not found.unfinished


def test_an_error_in_a_limited_query_is_not_hidden(office) -> None:
    import sqlite3

    with office.domain.store.snapshot() as db, pytest.raises(sqlite3.OperationalError), limits.until(db, bool):
        db.execute("SELECT nothing FROM nowhere")


def test_a_search_does_not_keep_others_from_writing(long_office) -> None:
    started = threading.Event()

    class Waiting(Progress):
        def step(self, text: str) -> None:
            started.set()
            time.sleep(0.002)

    searching = threading.Thread(target=find, args=(long_office, "zz", 8, Waiting()))
    searching.start()
    assert started.wait(5)
    sql(long_office, "UPDATE requests SET remarks = '[]' WHERE id = 1")
    assert searching.is_alive()
    searching.join(10)
