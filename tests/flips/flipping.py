"""Flips a bit of a populated store, and asks commands and addresses about everything in it: each says what it said
before, or names what is damaged.
"""

from __future__ import annotations

import base64
import io
import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from dominoadmin import application
from dominoadmin.cli.main import main
from dominoadmin.errors import Error
from dominoadmin.services.audit import committed
from dominoadmin.store.kinds import KINDS
from dominoadmin.tasks.http.task import HttpTask
from tests import builders
from tests.conftest import NO_KEYCHAIN, Office, copy_data

COMMANDS = (
    "audit verify", "audit list", "request list", *(f"request show {number}" for number in (2, 4, 12, 13, 14, 15, 16)), "person list",
    "certifier list", "certifier show 'MyCompany CA'", "certifier history 'MyCompany CA'", "icl list", "icl show {leaf} --out {folder}/leaf.pem",
    "icl show {revoked}", "icl requests", "server show", "database list", "database show certreq.nsf", "crl list",
    "crl show 'MyCompany CA' --out {folder}/list.crl", "crosscert list", "crosscert show 1", "store check",
    "find example", "find mycompany", "find certreq",
)  # fmt: skip
"""What only reads; approving and the console come after it."""
APPROVE = "request approve --all"
PAGES = (
    "/", "/healthz", "/certreq.nsf", "/certreq.nsf/authority", "/certreq.nsf/ca.cer", "/second.nsf",
    "/certreq.nsf/ServerCertificateRequest?OpenForm&SpecialAction=ServerRequest",
)  # fmt: skip
UNSIGNED = {
    "requests": {"state", "pulled_at", "key_fingerprint"}, "certifiers": {"published_at"}, "crls": {"pushed_at"}, "mail": None, "leases": None,
    "serials": None,
}  # fmt: skip
"""Columns and tables that nobody signs: what is shown of them can be changed, and nothing is decided by them."""
TOLD = re.compile(r"altered|was changed|were changed|cannot be read|not the one|does not|damaged|malformed|removed|added|is not|was not certified|differs from|do not match|is signed by|missing|has a new certificate|was not found|No certifier is called|no longer exists")


@dataclass(frozen=True)
class Flip:
    """Where a bit was flipped: in a value of a row, or at a place of the file."""

    table: str
    column: str = ""
    row: int = 0
    bit: int = 0

    def __str__(self) -> str:
        return f"{self.table}.{self.column} row {self.row} bit {self.bit}" if self.column else f"file bit {self.bit}"


@dataclass
class Said:
    """The answers to all questions, and what was issued."""

    answers: dict[str, tuple[object, str]] = field(default_factory=dict)
    issued: set[object] = field(default_factory=set)


class Witness:
    """Asks about a copy of the populated store. `question`: what OCSP is asked, in DER, by name."""

    def __init__(self, template: Path, office: Office, folder: Path) -> None:
        self._template, self._office, self._folder = template, office, folder
        self._log = io.StringIO()
        password = folder / "password.txt"
        password.write_text("correct horse 1\n")
        self._password = password
        with closing(sqlite3.connect(template / "domain.db")) as db:
            rows = db.execute("SELECT i.request_id, i.serial_hex, i.der, c.certificate FROM issued i JOIN certifiers c ON c.id = i.certifier_id").fetchall()
            self._pickups = [row[0] for row in db.execute("SELECT pickup_id FROM requests WHERE id IN (2, 4, 11, 12, 14)")]
            self._known, self._ders = {row[1] for row in rows}, {row[2] for row in rows}
        by_request = {row[0]: row[1] for row in rows}
        self._names = {"leaf": by_request[4], "revoked": by_request[2], "folder": str(folder)}
        self._questions = {}
        for request, number, der, issuer in rows:
            if request in (2, 3, 4, 10):
                leaf, authority = x509.load_der_x509_certificate(der), x509.load_der_x509_certificate(issuer)
                asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, authority, SHA1()).build()
                self._questions[number] = asked.public_bytes(Encoding.DER)
            if request == 4:
                leaf = x509.load_der_x509_certificate(der)
        points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        complete = points[0].full_name[0].value.removeprefix("http://server1.example.com")
        self._files = (complete, complete.replace(".crl", "-delta.crl"), complete.replace(".crl", ".cer"))

    def data(self) -> Path:
        """A fresh copy of the store."""
        root = self._folder / "data"
        shutil.rmtree(root, ignore_errors=True)
        shutil.rmtree(self._folder / "state", ignore_errors=True)
        copy_data(self._template, root)
        return root

    def ask(self, root: Path) -> Said:
        said = Said()
        for command in COMMANDS:
            said.answers[command] = self._command(root, command)
        said.answers |= dict(self._web(root))
        said.answers[APPROVE] = self._command(root, f"{APPROVE} --id-password-file {self._password}")
        said.answers["console"] = self._console(root)
        said.issued = set(self._issued(root))
        return said

    def _command(self, root: Path, command: str) -> tuple[object, str]:
        import shlex

        committed._FOUND = committed._Found()  # as a new process
        for name in ("leaf.pem", "list.crl"):
            (self._folder / name).unlink(missing_ok=True)
        out, err = io.StringIO(), io.StringIO()
        argv = ["--data", str(root), *shlex.split(command.format_map(self._names))]
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(argv)
        except Exception as error:  # noqa: BLE001 - what this test looks for
            return ("traceback", repr(error)), "Traceback"
        wrote = [path.read_bytes() for name in ("leaf.pem", "list.crl") if (path := self._folder / name).exists()]
        return (code, out.getvalue(), wrote), err.getvalue()

    def _web(self, root: Path) -> Iterator[tuple[str, tuple[object, str]]]:
        committed._FOUND = committed._Found()
        domain = None
        try:
            domain = application.open_domain(root, NO_KEYCHAIN, self._office.clock)
            task = HttpTask(domain, self._office.server)
            list(task.start())
        except Error as error:
            for each in (*PAGES, *self._files, *self._pickups, *self._questions):
                yield f"web {each}", ("off", str(error))
            if domain:
                domain.store.close()
            return
        try:
            port = task._plain.port
            for page in (*PAGES, *self._files):
                yield f"web {page}", _fetched(port, "GET", page)
            for pickup in self._pickups:
                form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://server1.example.com:{port}"}
                for page in ("status", "pickup"):
                    yield f"web {page} {pickup}", _fetched(port, "POST", f"/certreq.nsf/{page}", urlencode({"id": pickup}), form)
            for number, question in self._questions.items():
                yield f"web ocsp {number}", _asked(port, question)
        finally:
            task.stop()
            domain.store.close()

    def _console(self, root: Path) -> tuple[object, str]:
        committed._FOUND = committed._Found()
        try:
            domain = application.open_domain(root, NO_KEYCHAIN, self._office.clock)
        except Error as error:
            return "off", str(error)
        try:
            running = application.start_server(domain, self._office.server, builders.no_password)
            lines = [line for command in ("load ca", "tell ca stat") for line in running.console.execute(command)]
            lines += running.stop()
        except Error as error:
            return "off", str(error)
        finally:
            domain.store.close()
        text = builders.said(lines)
        return re.sub(r"\b[0-9a-f]{30,40}\b", "SERIAL", text), text

    def _issued(self, root: Path) -> Iterator[object]:
        try:
            with closing(sqlite3.connect(root / "domain.db")) as db:
                rows = db.execute("SELECT serial_hex, der FROM issued WHERE request_id IS NOT NULL").fetchall()
        except sqlite3.DatabaseError:
            return
        for number, der in rows:
            if number in self._known or der in self._ders:
                continue
            try:
                made = x509.load_der_x509_certificate(der)
            except ValueError:
                continue  # it was flipped
            content = [each.public_bytes() for each in (made.subject, made.issuer)], [
                each.value.public_bytes() for each in made.extensions
            ]
            yield str(content), str(made.not_valid_after_utc)


def _fetched(port: int, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[object, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {"Host": f"server1.example.com:{port}", **(headers or {})})
        response = connection.getresponse()
        found = response.read()
    except OSError as error:
        return "cut", repr(error)
    except Exception as error:  # noqa: BLE001 - an answer that was cut
        return "cut", repr(error)
    finally:
        connection.close()
    return (response.status, re.sub(rb":%d\b" % port, b"", found)), "told" if response.status == 503 else f"{response.status} {found[:3000]!r}"


def _asked(port: int, question: bytes) -> tuple[object, str]:
    (status, body), text = _fetched(port, "GET", "/pki/ocsp/" + base64.b64encode(question).decode().replace("/", "%2F").replace("+", "%2B"))
    if status != 200:
        return (status, body), text
    answer = ocsp.load_der_ocsp_response(body)
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return answer.response_status, "told"
    return (answer.certificate_status, answer.serial_number, answer.revocation_time_utc, answer.revocation_reason), "answered"


def problems(before: Said, after: Said, flipped: Flip) -> Iterator[str]:
    """Yield each answer that is neither what it was nor a sentence about what is damaged."""
    columns = UNSIGNED.get(flipped.table, set())
    shows_it = columns is None or flipped.column in columns
    for what, (content, said) in after.answers.items():
        if "Traceback" in said or "An error occurred on the server" in str(content):
            yield f"{what}: {content} {said}"
            continue
        if content == before.answers.get(what, (None, ""))[0]:
            continue
        if shows_it and not what.startswith(("web /pki", "web ocsp", "icl show", "crl show")):
            continue
        if what == "console" and after.answers[APPROVE][0] != before.answers[APPROVE][0]:
            continue  # it issues what was approved: that less was approved has been told
        whole = f"{content} {said}"
        if said == "told" or TOLD.search(whole.replace(str(before.answers.get(what, (None, ""))[0]), "")):
            continue
        yield f"{what}: {difference(before.answers.get(what, (None, ''))[0], content)} {said[-600:]}"
    for made in after.issued - before.issued:
        yield f"issued: {made}"


def difference(before: object, after: object) -> str:
    old, new = (re.split(r"\\n|\n", str(each)) for each in (before, after))
    return " | ".join([f"-{each}" for each in old if each not in new][:4] + [f"+{each}" for each in new if each not in old][:4])


@cache
def columns(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The text and blob columns of each table that has rows, by table: their names and types."""
    with closing(sqlite3.connect(path)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'issued_words%' ORDER BY name")]
        return {
            table: [(row[1], row[2]) for row in db.execute(f"PRAGMA table_info({table})") if row[2] in ("TEXT", "BLOB")]
            for table in tables
            if db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        }


def flip(root: Path, chance: random.Random, table: str = "") -> Flip:
    """Flip a bit of a value in a row of a table; without a table, of the file."""
    path = root / "domain.db"
    if not table:
        data = bytearray(path.read_bytes())
        bit = chance.randrange(len(data) * 8)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        return Flip("", bit=bit)
    known = columns(path)[table]
    with closing(sqlite3.connect(path)) as db:
        db.text_factory = bytes
        rowids = [row[0] for row in db.execute(f"SELECT rowid FROM {table}")]
        while True:
            rowid, (column, kind) = chance.choice(rowids), chance.choice(known)
            (value,) = db.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
            if value:
                break
        bit = chance.randrange(len(value) * 8)
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
        db.execute(f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE rowid = ?", (bytes(changed), rowid))
        db.commit()
    return Flip(table, column, rowid, bit)


def is_signed(path: Path, flipped: Flip) -> bool:
    """Whether somebody has signed what was flipped in this store."""
    kind = KINDS.get(flipped.table)
    if kind and kind.only:
        with closing(sqlite3.connect(path)) as db:
            return bool(db.execute(f"SELECT count(*) FROM {flipped.table} WHERE rowid = ? AND {kind.only}", (flipped.row,)).fetchone()[0])
    return kind is not None and flipped.column in (*kind.key, *kind.columns)
