"""The search of Issued Certificate Lists: subject, alternative names, requester, serial number and fingerprint.

Words of three letters and more are found by the word index; serial numbers and fingerprints by reading their indexes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from dominoadmin.store.database import Connection, migrations
from dominoadmin.store.sqlite import limits, plans, scripts, texts

_FEW: Final = 5_000
"""The most rows that are sorted at once; if there are more, any order soon yields a screenful."""
_TRIGRAM: Final = 3  # letters; shorter words are not in the index
_HEX: Final = re.compile("[0-9A-Fa-f]+")
_LONG: Final = 16
"""The shortest hex text that is searched as the start of a serial number or fingerprint."""
_WHOLE: Final = 32
"""Hex text of this length is no part of a serial number that somebody types, but the whole, or a fingerprint."""
_GROUPED: Final = re.compile(r"(?<!\S)(?:(?:[0-9A-Fa-f]{2}:)+|(?:[0-9A-Fa-f]{2} ){2,})[0-9A-Fa-f]{2}(?!\S)")
_TEXTS: Final = "i.subject || ' ' || i.names || ' ' || i.requester"
_ALL_TEXTS: Final = f"{_TEXTS} || ' ' || i.serial_hex || ' ' || i.fingerprint"
_MATCHING: Final = "SELECT rowid FROM issued_words WHERE issued_words MATCH {match}"
_BEGINNING: Final = (
    "SELECT id FROM issued WHERE certifier_id IN (SELECT id FROM certifiers)"
    " AND serial_hex >= {bare} AND serial_hex < {bare} || 'g'"
    " UNION SELECT id FROM issued WHERE fingerprint >= {hex} AND fingerprint < {hex} || 'g'"
)
_CONTAINING: Final = (
    f"SELECT id FROM issued WHERE {texts.has('serial_hex', '{hex}')}"  # noqa: S608
    f" UNION SELECT id FROM issued WHERE {texts.has('fingerprint', '{hex}')}"
)
_EXACTLY: Final = "SELECT id FROM issued WHERE certifier_id IN (SELECT id FROM certifiers) AND serial_hex = :digits"
_LAST: Final = "\U0010ffff"
_SUBJECT: Final = texts.in_any_case("subject")
_CALLED: Final = (
    "SELECT id FROM issued WHERE certifier_id IN (SELECT id FROM certifiers)"  # noqa: S608
    f" AND {_SUBJECT} >= :first AND {_SUBJECT} < :last"
)
_OF_WORDS: Final = f"SELECT w.rowid FROM {plans.nested('issued_words w', 'issued i', 'i.id = w.rowid')}"  # noqa: S608
_OF_ROWS: Final = "SELECT i.id, i.id FROM issued i"
_IN_SERIALS: Final = (
    "SELECT id, serial_hex FROM issued WHERE certifier_id = :certifier AND serial_hex > :after"  # noqa: S608
    f" AND {texts.has('serial_hex', ':digits')} ORDER BY serial_hex"
)
_IN_FINGERPRINTS: Final = (
    "SELECT id, fingerprint FROM issued WHERE fingerprint > :after"  # noqa: S608
    f" AND {texts.has('fingerprint', ':digits')} ORDER BY fingerprint"
)
_NAMED: Final = "SELECT count(*) FROM issued_words WHERE issued_words MATCH 'subject : \"cn=\"'"
_NAMES: Final = "SELECT count(*) FROM issued WHERE instr(lower(subject), 'cn=')"
_DAMAGED: Final = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CONSTRAINT})
"""What SQLite says of a word index that was altered."""
_ID: Final = plans.no_index("i.id")


@dataclass(frozen=True)
class SearchConditions:
    """The result of a search: conditions on rows `i` and their values, and the numbers of the rows if they are few."""

    conditions: Sequence[str] = ()
    values: dict[str, str] = field(default_factory=dict)
    ids: Sequence[int] | None = None


def enter(db: Connection, entries: Iterable[Mapping[str, object]]) -> None:
    """Add certificates in `issued` to the word index, under the same row numbers.

    An index that is damaged is made again: it follows from `issued`, and must not keep anything from being issued.
    """
    chosen = (
        "SELECT id, subject, names, requester FROM issued"
        " WHERE certifier_id = :certifier_id AND serial_hex = :serial_hex"
    )
    rows = [dict(row) for each in entries for row in db.execute(chosen, each)]
    # Row by row: if a statement of several rows fails, or one that selects them, SQLite undoes the whole transaction.
    insert = "INSERT INTO issued_words (rowid, subject, names, requester) VALUES (:id, :subject, :names, :requester)"
    db.execute("SAVEPOINT words")
    try:
        db.executemany(insert, rows)
        db.execute("SAVEPOINT written")  # writes what the index has kept in memory: later, COMMIT would fail by it
        db.execute("RELEASE written")
        db.execute("RELEASE words")
    except sqlite3.DatabaseError as error:
        if not db.in_transaction or error.sqlite_errorcode & 0xFF not in _DAMAGED:
            raise
        with suppress(sqlite3.OperationalError):  # SQLite may have ended it
            db.execute("ROLLBACK TO words")
            db.execute("RELEASE words")
        make_again(db)


def make_again(db: Connection) -> None:
    """Make the word index again, from an empty one: SQLite does not open one of which a certain row was altered."""
    with _empty() as empty:
        for (table,) in empty.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'issued!_words!_%' ESCAPE '!'"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608
            rows = empty.execute(f"SELECT * FROM {table}")  # noqa: S608
            columns = [each[0] for each in rows.description]
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES (:{', :'.join(columns)})"  # noqa: S608
            db.executemany(insert, [dict(zip(columns, row, strict=True)) for row in rows])
    db.execute("INSERT INTO issued_words (issued_words) VALUES ('rebuild')")


@contextmanager
def _empty() -> Iterator[Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for statement in scripts.statements("\n".join(migrations())):
            if "CREATE VIRTUAL TABLE issued_words" in statement:
                db.execute(statement)
        yield db


def is_whole(db: Connection) -> bool:
    """Return whether the word index can be read, and finds the common names of all certificates."""
    version = "SELECT k, v FROM issued_words_config"  # only a connection that opens the index looks at it
    with _empty() as empty:
        if [*map(tuple, db.execute(version))] != empty.execute(version).fetchall():
            return False
    try:
        db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, issued_words, 'row')")
        db.execute("SELECT sum(doc) FROM temp.terms").fetchone()  # reads all of it
        numbers = {db.execute(sql).fetchone()[0] for sql in (_NAMED, _NAMES)}
        db.execute("DROP TABLE temp.terms")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _DAMAGED:
            raise
        return False
    return len(numbers) == 1


def find(db: Connection, search: str, *, is_partial: bool) -> SearchConditions:
    """Return the conditions for the words of a search: a row must contain all of them.

    `is_partial`: only the first rows of an order are needed.
    """
    joined = _GROUPED.sub(_ungrouped, search)  # 01:AB as people copy it
    conditions: list[str] = []
    values: dict[str, str] = {}
    indexed: list[str] = []
    plain: list[tuple[str, str]] = []
    for number, word in enumerate(texts.words(joined)):
        values |= _values(number, word)
        if len(word) < _TRIGRAM:
            conditions.append(texts.contains(_ALL_TEXTS, f"like{number}"))
        elif _HEX.fullmatch(word):
            indexed.append(f"{_MATCHING.format(match=f':match{number}')} UNION {_numbers(db, number, word)}")
        else:
            plain.append((values[f"match{number}"], texts.contains(_TEXTS, f"like{number}")))
    if plain:
        values["match"] = " ".join(quoted for quoted, _condition in plain)
        indexed.append(_MATCHING.format(match=":match"))
    if not indexed:
        return SearchConditions(conditions, values)
    # The pieces are constants of this module; typed text is in the values.
    both = " INTERSECT ".join(f"SELECT * FROM ({each})" for each in indexed)  # noqa: S608
    ids = [int(row[0]) for row in db.execute(f"{both} LIMIT {_FEW + 1}", values)]
    if len(ids) <= _FEW:
        return SearchConditions(conditions, values, ids)
    if is_partial and len(indexed) == len(plain[:1]):
        return SearchConditions([*conditions, *(condition for _quoted, condition in plain)], values)
    return SearchConditions([*conditions, *(f"{_ID} IN ({each})" for each in indexed)], values)


def called(db: Connection, text: str, limit: int) -> Iterator[int]:
    """Yield certificates whose common name begins with a text, in any case, by its index: the same one comes first."""
    first = f"CN={' '.join(texts.words(text))}"
    values = {"first": first, "last": f"{first}{_LAST}", "limit": limit}
    return (int(row[0]) for row in db.execute(f"{_CALLED} {plans.AT_MOST}", values))


def newest(db: Connection, search: str, limit: int) -> Iterator[int]:
    """Yield certificates whose subject, alternative names or requester contain all words of a search, the newest first.

    Only what the word index finds is looked at. If all words are too short for it, all rows are, until the caller has
    enough.
    """
    found = texts.words(search)
    indexed = " ".join(_phrase(word) for word in found if len(word) >= _TRIGRAM)
    values = {f"like{number}": texts.pattern(word) for number, word in enumerate(found) if len(word) < _TRIGRAM}
    conditions = [texts.contains(_TEXTS, name) for name in values]
    if not indexed:
        query = f"{_OF_ROWS} WHERE {' AND '.join(['i.id < :after', *conditions])} ORDER BY i.id DESC"
        return limits.one_by_one(db, query, values, limits.ABOVE_ALL)
    query = f"{_OF_WORDS} WHERE {' AND '.join(['issued_words MATCH :match', *conditions])} ORDER BY w.rowid DESC"
    rows = db.execute(f"{query} {plans.AT_MOST}", {**values, "match": indexed, "limit": limit})
    return (int(row[0]) for row in rows)


def numbered(db: Connection, beginning: str, whole: str, limit: int) -> Iterator[int]:
    """Yield certificates by a whole serial number, or by the first hex digits of theirs or of their fingerprint.

    `beginning`, `whole`: in lower case; an empty text finds nothing.
    """
    for query, digits in ((_EXACTLY, whole), (_BEGINNING.format(bare=":digits", hex=":digits"), beginning)):
        if digits:
            yield from (
                int(row[0]) for row in db.execute(f"{query} {plans.AT_MOST}", {"digits": digits, "limit": limit})
            )


def with_digits(db: Connection, digits: str) -> Iterator[int]:
    """Yield certificates with hex digits anywhere in their serial number or fingerprint: both indexes are read.

    So many digits that they are a whole number are not looked for: they are no part of another one.
    """
    if len(digits) < _WHOLE:
        for row in db.execute("SELECT id FROM certifiers ORDER BY id").fetchall():
            yield from limits.one_by_one(db, _IN_SERIALS, {"digits": digits, "certifier": row["id"]}, "")
        yield from limits.one_by_one(db, _IN_FINGERPRINTS, {"digits": digits}, "")


def _numbers(db: Connection, number: int, word: str) -> str:
    """Return the query for serial numbers and fingerprints that begin with a long word, or else contain the word."""
    names = {"hex": f":hex{number}", "bare": f":bare{number}"}
    beginning = _BEGINNING.format(**names)
    if len(word) >= _LONG and db.execute(f"{beginning} LIMIT 1", _values(number, word)).fetchone():
        return beginning
    return _CONTAINING.format(**names)


def _values(number: int, word: str) -> dict[str, str]:
    lower = word.lower()
    return {
        f"match{number}": _phrase(word),
        f"like{number}": texts.pattern(word),
        f"hex{number}": lower,
        f"bare{number}": lower.lstrip("0") or lower,  # zeros are shown, but not stored
    }


def _phrase(word: str) -> str:
    """Return a word for the word index, without what is special there."""
    return '"' + word.replace('"', '""').replace("\0", "") + '"'


def _ungrouped(found: re.Match[str]) -> str:
    return re.sub("[: ]", "", found.group())
