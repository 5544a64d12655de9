"""Runs the command line like a script: in this process for speed, or in a separate process where that matters."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dominoadmin.cli.main import main
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD, SERVER_PASSWORD
from tests.outside.keychain_session import private_environment

PROGRAM = (sys.executable, "-m", "dominoadmin")
ACTIVATION_PASSWORD = "activate me 4"
KEY_RING_PASSWORD = "ring of keys 5"
BACKUP_PASSWORD = "spare wheel 6"
# Domino's own words, printed as Domino prints them.
DOMINOS = ("Unable to parse certificate",)
PASSWORDS = {
    "admin": ADMIN_PASSWORD,
    "server": SERVER_PASSWORD,
    "rob": ROB_PASSWORD,
    "activation": ACTIVATION_PASSWORD,
    "keyring": KEY_RING_PASSWORD,
    "backup": BACKUP_PASSWORD,
    "wrong": "not this one 7",
}


@dataclass(frozen=True)
class Done:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()

    def refusal(self) -> str:
        """Return the sentence of a refusal, after checking its form: one sentence, at most one hint, nothing else."""
        assert self.code == 1, self
        assert not self.out, self
        assert 1 <= len(self.lines) <= 2, self
        assert self.lines[0].startswith("dominoadmin: "), self
        sentence = self.lines[0].removeprefix("dominoadmin: ")
        assert sentence.endswith(".") or sentence in DOMINOS, self
        if len(self.lines) == 2:
            assert self.lines[1].startswith("  ") and not self.lines[1].startswith("   "), self
        assert "Traceback" not in self.err and "Error(" not in self.err, self
        return self.err


@dataclass
class Desk:
    """A user's shell: a data directory, password files, and the program in this process."""

    folder: Path
    data: Path
    monkeypatch: Any
    capsys: Any
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        home = self.folder / "home"
        self.environment = {
            **private_environment(home), "DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_DATA": str(self.data),
            "DOMINOADMIN_STATE": "../state",
        }
        for name, value in self.environment.items():
            self.monkeypatch.setenv(name, value)
        for name, password in PASSWORDS.items():
            self.file(f"{name}.txt", password + "\n")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def password(self, name: str) -> str:
        return str(self.folder / f"{name}.txt")

    def run(self, *arguments: object, stdin: str | bytes = "", signed: str = "") -> Done:
        """Run one command; `signed` names the person whose password file is used for --id-password-file."""
        argv = [str(argument) for argument in arguments]
        if signed:
            argv += ["--id-password-file", self.password(signed)]
        data = stdin.encode() if isinstance(stdin, str) else stdin
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), errors="surrogateescape"))
        mask = os.umask(0o077)
        self.capsys.readouterr()
        try:
            code = main(argv)
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os.umask(mask)
        captured = self.capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def ok(self, *arguments: object, **options: Any) -> str:
        done = self.run(*arguments, **options)
        assert done.code == 0, done
        assert not done.err, done
        return done.out

    def json(self, *arguments: object, **options: Any) -> Any:
        return json.loads(self.ok("--json", *arguments, **options))

    def refused(self, *arguments: object, **options: Any) -> str:
        """Run a command that must be refused and must not change anything."""
        before = contents(self.data)
        sentence = self.run(*arguments, **options).refusal()
        assert contents(self.data) == before
        return sentence

    def console(self, *commands: str) -> list[str]:
        """Type commands into the console and return its output."""
        script = "".join(f"{line}\n" for line in (PASSWORDS["server"], *commands))
        return self.ok("console", "--server-password-file", "-", stdin=script).splitlines()

    def process(self, *arguments: object, stdin: str | bytes = "", **environment: str) -> Done:
        """Run the program in a separate process."""
        return self.process_of([*PROGRAM, *map(str, arguments)], stdin, **environment)

    def process_of(self, argv: list[str], stdin: str | bytes = "", **environment: str) -> Done:
        done = subprocess.run(
            argv, env={**self.environment, **environment}, cwd=self.folder,
            input=stdin.encode() if isinstance(stdin, str) else stdin, capture_output=True, timeout=60, check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*PROGRAM, *map(str, arguments)], env=self.environment, cwd=self.folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )


def contents(root: Path) -> tuple[dict[str, str], list[str]]:
    """Return the contents of a data directory: a digest of each file, and every row of the store."""
    if not root.is_dir():
        return {}, []
    files = {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith("domain.db")
    }
    store = root / "domain.db"
    if not store.exists():
        return files, []
    with tempfile.TemporaryDirectory() as folder:  # reading it in place may need room for its log
        for path in root.glob("domain.db*"):
            shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder) / "domain.db")) as db:
            return files, _rows(db)


def _rows(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Return every row of every table; a word index has no rows of its own."""
    tables = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [
        (name, *row)
        for name, sql in tables
        if not sql.startswith("CREATE VIRTUAL TABLE")
        for row in db.execute(f'SELECT * FROM "{name}"')
    ]


def read_until(process: subprocess.Popen[str], text: str, seconds: float = 20) -> list[str]:
    """Return the lines of a server's output up to the one that contains `text`."""
    lines: list[str] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        line = process.stdout.readline()
        if not line:
            break
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError(f"{text!r} did not come: {lines} {process.stderr.read() if process.poll() is not None else ''}")


@dataclass
class Terminal:
    """A program on its own terminal, like a user's."""

    process: subprocess.Popen[bytes]
    master: int
    seen: str = ""

    @classmethod
    def start(cls, argv: list[str], environment: Mapping[str, str], cwd: Path) -> Terminal:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            argv, env={**environment, "TERM": "dumb"}, cwd=cwd, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=_take_terminal,  # noqa: PLW1509 - no threads here
        )
        os.close(slave)
        return cls(process, master)

    def expect(self, text: str, seconds: float = 20) -> str:
        """Read until `text` appears; return everything since the last call."""
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            self._read(0.1)
        assert text in self.seen, f"{text!r} did not come: {self.seen!r}"
        head, _, self.seen = self.seen.partition(text)
        return head + text

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def rest(self, seconds: float = 20) -> str:
        """Wait for the end and return the remaining output."""
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self._read(0.1)
        while self._read(0.1):
            pass
        return self.seen

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        os.close(self.master)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], seconds)
        try:
            data = os.read(self.master, 4096) if ready else b""
        except OSError:  # Linux: the other end is closed
            data = b""
        self.seen += data.decode(errors="replace")
        return bool(data)


def _take_terminal() -> None:
    """Make standard input the controlling terminal: Ctrl+C on it then reaches the program, and /dev/tty is it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
