"""Compares the words of the store in SQL and in enums, and those in older stores."""

import ast
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from dominoadmin.pki.revocation import Reason
from dominoadmin.services.audit.actions import AuditAction, Thing, thing_of
from dominoadmin.services.requests import next_steps
from dominoadmin.services.requests.databases import Processing
from dominoadmin.services.states import (
    AdminRequestState,
    CertificateRole,
    CertifierState,
    CrlKind,
    Decision,
    KeyRingState,
    Protection,
    RelayState,
    RequestState,
    RevocationAction,
    RevocationRequestState,
    SerialState,
)

STORE = Path(__file__).parent.parent.parent / "dominoadmin" / "store"
# The words in stores of older versions, which scripts read with --json.
STORED: dict[type[StrEnum], str] = {
    Protection: "server-id, server-id-and-password, locking-id",
    CertificateRole: "link, outside authority, parent",
    CertifierState: "disabled, locked, password required, deactivated",
    AdminRequestState: "New, Approved, Issued, Rejected, Error",
    RequestState: "Pending Submission, Submitted to Administration Process, Approved, Issued, Rejected, Error",
    Decision: "approve, reject, withdraw, edit",
    RevocationAction: "revoke, release",
    RevocationRequestState: "New, Done, Error",
    SerialState: "reserved, intended, issued, void",
    CrlKind: "regular, non-regular",
    RelayState: "local, queued, sent, failed",
    Processing: "manual, automatic",
    KeyRingState: "created (unsigned), root merged, request submitted, certificate issued, to be picked up,"
    " certificate merged, expired",
    Reason: "unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation,"
    " certificateHold, removeFromCRL, privilegeWithdrawn, aACompromise",
}
# The enum of each column that SQL compares with literals, where an index needs them.
IN_SQL: dict[tuple[str, str], type[StrEnum] | Iterable[StrEnum]] = {
    ("0001.sql", "state"): SerialState,
    ("0002.sql", "reason"): Reason,
    ("0003.sql", "state"): (*RequestState, *AdminRequestState, *RevocationRequestState),
    ("0003.sql", "relay_state"): RelayState,
    ("figures.py", "state"): (*RequestState, *AdminRequestState),
    ("issued.py", "state"): SerialState,
    ("mail.py", "relay_state"): RelayState,
    ("request_lists.py", "state"): AdminRequestState,
    ("requests.py", "state"): (*RequestState, *AdminRequestState),
    ("revocation_requests.py", "state"): RevocationRequestState,
    ("0007.sql", "reason"): Reason,
    ("compromised_keys.py", "action"): RevocationAction,
    ("compromised_keys.py", "reason"): Reason,
}
COMMENTS: dict[tuple[str, str], type[StrEnum]] = {
    ("state: reserved, intended, issued, void.", "0001.sql"): SerialState,
    ("state: New, Done, Error.", "0002.sql"): RevocationRequestState,
    ("action: revoke, release.", "0002.sql"): RevocationAction,
    ("kind: regular, non-regular.", "0002.sql"): CrlKind,
}
COMPARED = re.compile(
    r"(?<![:\w])(state|relay_state|action|reason|protection)(?:, '[^']*'\))?\s*(?:=|<>|IN)\s*('[^']*'|\((?:'[^']*'(?:, )?)+\))"
)
DEFAULT = re.compile(r"coalesce\((?:\w\.)?(state|action|reason), ('[^']*')\)")


def compared(sql: str) -> Iterator[tuple[str, str]]:
    """Yield each column that SQL compares with a literal, and the literal."""
    for column, words in [*COMPARED.findall(sql), *DEFAULT.findall(sql)]:
        yield from ((column, word) for word in re.findall("'([^']*)'", words))


def sql_of(path: Path) -> str:
    """Return the SQL of a script, or all strings of a module."""
    if path.suffix == ".sql":
        return re.sub("--.*", "", path.read_text("utf-8"))
    tree = ast.parse(path.read_text("utf-8"))
    return "\n".join(n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def test_the_search_for_literals_finds_them() -> None:
    sql = "WHERE state = 'a' AND coalesce(a.state, 'b') IN ('c', 'd') OR r.reason <> 'e' AND state = :state"
    assert sorted(compared(sql)) == [("reason", "e"), *(("state", word) for word in "abcd")]


@pytest.mark.parametrize("path", [*STORE.glob("*.py"), *STORE.glob("migrations/*.sql")], ids=lambda path: path.name)
def test_words_in_sql_are_those_of_the_enums(path: Path) -> None:
    for column, word in compared(sql_of(path)):
        assert (path.name, column) in IN_SQL, f"{path.name} compares {column} with {word!r}: hand it in as a parameter"
        assert word in [*map(str, IN_SQL[path.name, column])]


def test_every_exception_for_sql_is_needed() -> None:
    files = (*STORE.glob("*.py"), *STORE.glob("migrations/*.sql"))
    assert {(path.name, column) for path in files for column, _word in compared(sql_of(path))} == set(IN_SQL)


@pytest.mark.parametrize(("comment", "script"), COMMENTS, ids=lambda text: text)
def test_what_a_migration_says_about_a_column_is_true(comment: str, script: str) -> None:
    text = (STORE / "migrations" / script).read_text("utf-8")
    assert comment.rstrip(".") in text
    assert comment.partition(": ")[2].rstrip(".").split(", ") == [*map(str, COMMENTS[comment, script])]


@pytest.mark.parametrize("states", STORED, ids=lambda states: states.__name__)
def test_what_is_stored_never_changes(states: type[StrEnum]) -> None:
    assert ", ".join(states) == STORED[states]


def test_a_state_is_stored_and_printed_as_its_word() -> None:
    state = RequestState.SUBMITTED
    with sqlite3.connect(":memory:") as db:
        (stored,) = db.execute("SELECT quote(?)", (state,)).fetchone()
    db.close()
    assert stored == "'Submitted to Administration Process'"
    assert json.dumps({state: state}) == '{"Submitted to Administration Process": "Submitted to Administration Process"}'
    assert f"{state}|{state:>36}" == f"Submitted to Administration Process|{'Submitted to Administration Process':>36}"


def test_every_state_has_its_turn_and_a_sentence_for_the_applicant() -> None:
    for state in ("New", *STORED[RequestState].split(", ")):
        for is_pulled in (False, True):
            turn = next_steps.turn_of(state, is_pulled=is_pulled)
            assert turn != next_steps.Turn.UNKNOWN
            assert next_steps.FOR_APPLICANTS[turn]
    assert next_steps.turn_of("Lost") == next_steps.Turn.UNKNOWN


def test_an_action_is_known_by_the_text_of_its_entry() -> None:
    assert thing_of("request pulled") == Thing.REQUEST
    assert thing_of("OCSP responder certified") == Thing.CERTIFICATE
    assert thing_of("request forgotten") is None
    assert all(re.fullmatch(r"[A-Za-z-]+( [a-z]+)+", action) for action in AuditAction)
