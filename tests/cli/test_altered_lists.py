"""What lists and documents of the command line show is compared with what was signed: altered and missing rows are named."""

from __future__ import annotations

import json

import pytest

from dominoadmin.services.certifiers import generations
from dominoadmin.services.identities import renewing
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from tests import builders
from tests.builders import sql
from tests.services.certifiers.test_generations import order

ALTERED = {
    "request list": ("UPDATE requests SET subject = 'CN=evil.example.com' WHERE id = 1", "requests 1"),
    "request show 1": ("UPDATE requests SET applicant = 'evil@example.com' WHERE id = 1", "requests 1"),
    "person list": ("UPDATE directory SET fields = json_set(fields, '$.mail_address', 'evil@example.com') WHERE name LIKE 'CN=Rob%'", "directory CN=Rob Ra/O=MyCompany/C=US"),
    "certifier list": ("UPDATE certifiers SET protection = 'locking-id' WHERE id = 1", "certifiers 1"),
    "certifier history 'MyCompany CA'": ("UPDATE certifiers SET server = 'CN=Server2' WHERE id = 1", "certifiers 1"),
    "database list": ("UPDATE databases SET title = 'Another'", "databases certreq.nsf"),
    "database show certreq.nsf": ("UPDATE databases SET template = 'evil.ntf'", "databases certreq.nsf"),
    "icl list": ("UPDATE issued SET subject = 'CN=evil.example.com' WHERE request_id = 1", "issued 1 "),
    "find a.example": ("UPDATE issued SET requester = 'CN=Evil/O=MyCompany' WHERE request_id = 1", "issued 1 "),
    "find b example": ("UPDATE requests SET applicant = 'evil@example.com' WHERE id = 2", "requests 2"),
    "find rob": ("UPDATE directory SET fields = json_set(fields, '$.mail_address', 'evil@example.com') WHERE name LIKE 'CN=Rob%'", "directory CN=Rob Ra/O=MyCompany/C=US"),
    "find server1": ("UPDATE directory SET fields = replace(fields, 'example.com', 'example.org') WHERE kind = 'server'", "directory CN=Server1/O=MyCompany/C=US"),
    "find second": ("UPDATE certifiers SET icl_file = 'second.nsf' WHERE id = 2", "certifiers 2"),
    "find certreq": ("UPDATE databases SET title = 'Another'", "databases certreq.nsf"),
    "icl requests": ("UPDATE revocation_requests SET requested_by = 'CN=Rob Ra/O=MyCompany/C=US'", "revocation_requests 1"),
    "crl list": ("UPDATE crls SET entries = 7 WHERE number = 1", "crls 1"),
    "audit verify": ("UPDATE domain SET value = replace(value, '1', '2') || 'x' WHERE key = 'domain_id'", "domain domain_id"),
    "server show": ("UPDATE directory SET fields = replace(fields, 'server1.example.com', 'evil.example.com')", "directory CN=Server1/O=MyCompany/C=US"),
}
HIDDEN = ("UPDATE directory SET kind = 'persom' WHERE name LIKE 'CN=Rob%'", "directory CN=Rob Ra/O=MyCompany/C=US")
NAMED = ("UPDATE certifiers SET name = 'CN=Another CA/O=MyCompany' WHERE id = 1", "certifiers 1")
REMOVED = {
    "icl list": NAMED,
    "person list": HIDDEN,
    "database list": ("DELETE FROM databases WHERE file = 'certreq.nsf'", "databases certreq.nsf"),
    "request list": ("DELETE FROM requests WHERE id = 2", "requests 2"),
    "certifier list": ("DELETE FROM certifiers WHERE id = 2", "certifiers 2"),
    "crl list": ("DELETE FROM crls WHERE id = (SELECT max(id) FROM crls WHERE certifier_id = 2)", "crls "),
}


@pytest.fixture
def full(office, ready):
    builders.certifier(office, "Second CA")
    for host in ("a.example.com", "b.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    serials = [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id = 1")]
    revoking.request(office.domain, office.ann, 1, RevocationOrder(tuple(serials)))
    return ready


ENDED = {
    "another reason": "UPDATE former_ids SET reason = 'superseded'",
    "another certificate": "UPDATE former_ids SET fingerprint = replace(fingerprint, substr(fingerprint, 1, 1), 'x')",
    "none": "DELETE FROM former_ids",
}


@pytest.mark.parametrize("change", ENDED)
def test_the_end_of_an_id_is_compared_in_the_list_of_persons(office, full, change: str) -> None:
    """By a flipped bit, a revoked ID was shown as current."""
    renewing.revoke(office.domain, office.certifier, "Rob Ra")
    full.ok("person", "list")
    sql(office, ENDED[change])
    assert "A row of the store (former_ids " in complaint(full, "person list")


@pytest.mark.parametrize("removed", [2, 3])
def test_a_removed_key_of_a_certifier_is_named(office, full, removed: int) -> None:
    """The list showed the key before, and its end."""
    for _number in range(2):
        generations.begin(office.domain, office.ann, order(office))
    full.ok("certifier", "list")
    sql(office, "DELETE FROM generations WHERE number = ?", removed)
    assert f"A row of the store (generations 1 {removed})" in complaint(full, "certifier list")


def test_a_row_whose_key_was_altered_is_named(office, full) -> None:
    """It was looked up in vain, and what neither store nor log has is as it should be."""
    full.ok("icl", "list")
    sql(office, "UPDATE issued SET serial_hex = CAST(substr(serial_hex, 1, 9) || x'8d' || substr(serial_hex, 11) AS TEXT) WHERE request_id = 1")
    assert "A row of the store (issued 1 " in complaint(full, "icl list")


def test_a_name_that_is_none_is_shown_and_its_row_is_named(office, full) -> None:
    request = builders.submitted(office, "edited.example.com")
    builders.edit(office.domain, office.ann, request, {"days": 40})
    full.ok("request", "show", str(request))
    sql(office, "UPDATE request_edits SET editor = replace(editor, 'Ann', 'A%n')")
    assert "A row of the store (request_edits 1)" in complaint(full, f"request show {request}")


def test_a_checkpoint_of_a_server_that_is_none_is_named(office, full) -> None:
    list(builders.server(office).stop())
    builders.load_ca(office)
    full.ok("audit", "verify")
    assert sql(office, "SELECT count(*) AS n FROM checkpoints")[0]["n"] == 1
    sql(office, "UPDATE checkpoints SET server = replace(server, 'Server1', 'Ser%er1')")
    done = full.run("audit", "verify")
    assert done.code == 1 and "The checkpoint of CN=Ser%er1" in done.err


def complaint(full, command: str) -> str:
    import shlex

    done = full.run(*shlex.split(command))
    assert done.code == 1, done
    assert done.out, done  # the rest is shown all the same
    assert "Traceback" not in done.err
    return done.err


@pytest.mark.parametrize("command", ALTERED)
def test_an_altered_row_is_named(office, full, command: str) -> None:
    import shlex

    full.ok(*shlex.split(command))
    statement, which = ALTERED[command]
    sql(office, statement)
    assert f"A row of the store ({which}" in complaint(full, command)


@pytest.mark.parametrize("command", REMOVED)
def test_a_removed_row_is_named(office, full, command: str) -> None:
    full.ok(*command.split())
    statement, which = REMOVED[command]
    sql(office, statement)
    assert f"A row of the store ({which}" in complaint(full, command)


KEY_ALONE = {
    "database list": ("DELETE FROM databases", "databases certreq.nsf"),
    "certifier list": ("DELETE FROM certifiers", "certifiers 2"),
    "request list": ("DELETE FROM requests", "requests 2"),
    "person list": ("DELETE FROM directory WHERE name LIKE 'CN=Rob%'", "directory CN=Rob Ra/O=MyCompany/C=US"),
}


@pytest.mark.parametrize("command", KEY_ALONE)
def test_a_removed_row_is_named_although_no_other_of_its_kind_is_left(office, full, command: str) -> None:
    statement, which = KEY_ALONE[command]
    sql(office, statement)
    done = full.run(*command.split())
    assert done.code == 1 and f"A row of the store ({which})" in done.err, done


MISSING = {
    1: "1 certificate that was issued is missing from the Issued Certificate List of CN=MyCompany CA/O=MyCompany.",
    2: "2 certificates that were issued are missing from the Issued Certificate List of CN=MyCompany CA/O=MyCompany.",
}


@pytest.mark.parametrize("count", MISSING)
def test_certificates_that_are_missing_from_their_list_are_counted(office, full, count: int) -> None:
    """A list has no running numbers: a removed row was named by 'store check' only."""
    full.ok("icl", "list")
    sql(office, "DELETE FROM issued WHERE request_id <= ?", count)
    done = full.run("icl", "list")
    assert done.code == 1 and MISSING[count] in done.err and "store check" in done.err, done


def test_what_is_issued_elsewhere_or_not_yet_is_not_missing(office, full) -> None:
    """A line of the journal alone says nothing: what was issued is in the state."""
    sql(office, "INSERT INTO serials VALUES ('x', 'ab', (SELECT max(id) FROM requests) + 1, 'issued', NULL, '')")
    full.ok("icl", "list")


def test_a_number_that_nobody_counts_to_keeps_no_list_busy(office, full) -> None:
    """The numbers of a kind are looked for in the state, not up to the largest one that a row has."""
    sql(office, "UPDATE requests SET id = 1000000000000 WHERE id = 2")
    said = complaint(full, "request list")
    assert "(requests 1000000000000)" in said and "(requests 2)" in said


def test_all_requests_are_approved_but_the_altered_one_is_named(office, full) -> None:
    """Its state hides it from --all."""
    first, second = builders.submitted(office, "c.example.com"), builders.submitted(office, "d.example.com")
    sql(office, "UPDATE admin_requests SET state = 'Rejected' WHERE request_id = ?", first)
    done = full.run("request", "approve", "--all", signed="admin")
    assert (done.code, f"(admin_requests {first})" in done.err) == (1, True)
    assert builders.state(office, second) == "Approved"


@pytest.mark.parametrize("place", ["the last entries", "a whole block"])
def test_an_altered_entry_is_named_by_the_list(office, full, place: str) -> None:
    from dominoadmin.services.directory import server_documents
    from dominoadmin.services.directory.server_documents import ServerChange

    if place == "a whole block":
        for number in range(256):
            server_documents.change(office.domain, office.actor(), "", ServerChange(host_name=f"server{number}.example.com"))
    full.ok("audit", "list")
    (row,) = sql(office, "SELECT * FROM audit WHERE number = 2")
    content = json.loads(row["octets"])
    sql(office, "UPDATE audit SET octets = ?, object = 'O=Another' WHERE number = 2", row["octets"].replace(content["object"].encode(), b"O=Another"))
    assert "ntry " in complaint(full, "audit list")


@pytest.mark.parametrize("change", ["name = 'O=MyCompany/C=UT'", "chain = replace(chain, 'MII', 'MIJ')"])
def test_the_id_file_is_not_blamed_for_an_altered_store(office, full, change: str) -> None:
    sql(office, f"UPDATE directory SET {change} WHERE kind = 'certifier'")
    assert "A row of the store (directory O=MyCompany/C=US) is not the one that was signed" in full.refused("audit", "verify")


@pytest.mark.parametrize("gone", ["issued", "certifiers"])
def test_a_certificate_whose_rows_are_gone_was_issued_nevertheless(office, ready, gone: str) -> None:
    builders.approved(office)
    builders.load_ca(office)
    serial = ready.json("icl", "list")[0]["serial"]
    assert "was issued here" in ready.refused("icl", "show", "ab" * 20)
    builders.sql(office, f"DELETE FROM {gone}")
    assert f"({gone} 1" in ready.refused("icl", "show", serial)
