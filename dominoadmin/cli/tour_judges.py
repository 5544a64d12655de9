"""The programs that the tour uses: this program as a user runs it, openssl, a TLS client, and a browser."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dominoadmin.errors import Error

_TIMEOUT: Final = 60
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--dump-dom",
)  # fmt: skip
_PORTS: Final = re.compile(r"TCP Port:(\d+) SSL Port:(\d+)")


def _run(
    command: list[str], text: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - only our own arguments
        command, capture_output=True, text=True, timeout=_TIMEOUT, check=False, input=text, env=environment
    )


class Program:
    """`dominoadmin`, run as a user runs it."""

    def __init__(self, data: Path, secret: Path) -> None:
        self.command = [sys.executable, "-m", "dominoadmin", "--data", str(data)]
        self.secret = str(secret)

    def json(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        """Run a command and return its JSON answer."""
        done = _run([*self.command, "--json", *words])
        if done.returncode:
            raise Error(f"dominoadmin {' '.join(words[:2])} failed: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def signed(self, *words: str) -> Any:  # noqa: ANN401 - JSON
        """Run a command that needs the administrator's signature."""
        return self.json("--id-password-file", self.secret, *words)

    def refused(self, *words: str) -> str:
        """Run a command that must be refused and return the message."""
        done = _run([*self.command, *words])
        if done.returncode != 1:
            raise Error(f"dominoadmin {' '.join(words)} should have been refused.")
        return done.stderr


class ServerProcess:
    """`dominoadmin server` as its own process, with its console on standard input."""

    def __init__(self, program: Program) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - only our own arguments
            [*program.command, "server", "--server-password-file", program.secret],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        self._wait_for("HTTP Server started", 0)

    def tell(self, command: str, answer: str) -> list[str]:
        """Type a command and return the lines up to the one that contains `answer`."""
        assert self._process.stdin is not None
        before = len(self._lines)
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._wait_for(answer, before)

    def ports(self) -> tuple[int, int]:
        """Return the ports in `show tasks`."""
        lines = self.tell("show tasks", "SSL Port:")
        found = next(match for line in lines if (match := _PORTS.search(line)))
        return int(found[1]), int(found[2])

    def stop(self) -> None:
        """End it as an administrator does."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=15)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n"))

    def _wait_for(self, text: str, start: int) -> list[str]:
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            if any(text.lower() in line.lower() for line in self._lines[start:]):
                return self._lines[start:]
            time.sleep(0.05)
        raise Error(f"The server did not answer '{text}': " + " | ".join(self._lines[-5:]))


def openssl(words: Sequence[str]) -> str:
    """Run openssl and return its last line; if it fails, the tour fails."""
    done = _run(["openssl", *words])
    if done.returncode:
        raise Error(f"openssl {words[0]} says: {done.stderr.strip()}")
    return done.stdout.strip().splitlines()[-1].rsplit(": ", 1)[-1] if done.stdout.strip() else "OK"


def pkcs12_iterations(path: Path, secret: Path) -> str:
    """Return openssl's information about a key ring's protection."""
    done = _run(["openssl", "pkcs12", "-in", str(path), "-info", "-noout", "-passin", f"file:{secret}"])
    if done.returncode:
        raise Error(f"openssl pkcs12 says: {done.stderr.strip()}")
    return next(line for line in done.stderr.splitlines() if "Iteration" in line).strip().split(": ", 1)[-1]


def pkcs12_leaf_subject(path: Path, secret: Path) -> str:
    """Return the subject of the certificate that belongs to a key ring's key."""
    command = ["openssl", "pkcs12", "-in", str(path), "-clcerts", "-nokeys", "-passin", f"file:{secret}"]
    leaf = _run(command)
    # Without -nameopt the spaces around = depend on openssl's version.
    command = ["openssl", "x509", "-noout", "-subject", "-nameopt", "sname,sep_comma_plus"]
    return _run(command, text=leaf.stdout).stdout.strip().split("CN=")[-1]


def handshake(port: int, host: str, root: Path) -> str:
    """Open a TLS connection as a client that trusts only `root`; return protocol, cipher and days left."""
    context = ssl.create_default_context(cafile=str(root))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname=host) as connection,
    ):
        certificate, cipher = connection.getpeercert() or {}, connection.cipher()
        left = ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()
        name = cipher[0] if cipher else "?"
        return f"{connection.version()}, {name}, certificate of {host}, {left / 86400:.0f} days left"


def missing_browser() -> str:
    """Return the program that is missing for the browser's steps, or an empty string."""
    if not any(map(shutil.which, _BROWSERS)):
        return "chromium"
    return "" if shutil.which("certutil") else "certutil (libnss3-tools)"


def browse(url: str, host: str, trusted: Path | None, folder: Path) -> str:
    """Load a page in headless Chromium, with the authority trusted or not; return the result."""
    home = Path(tempfile.mkdtemp(dir=folder, prefix="browser-"))
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    _run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"])
    if trusted:
        _run(["certutil", "-A", "-d", f"sql:{database}", "-n", "MyCompany CA", "-t", "C,,", "-i", str(trusted)])
    browser = next(path for name in _BROWSERS if (path := shutil.which(name)))
    rule = f"--host-resolver-rules=MAP {host} 127.0.0.1"
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin:/usr/local/bin", "LANG": "C.UTF-8"}
    done = _run([browser, *_CHROMIUM, f"--user-data-dir={home / 'profile'}", rule, url], environment=environment)
    shown = "Certificate Requests" in done.stdout
    if trusted is None:
        if shown or "ERR_CERT_AUTHORITY_INVALID" not in done.stderr + done.stdout:
            raise Error("The browser should have warned of an unknown authority.")
        return "Chromium stops with ERR_CERT_AUTHORITY_INVALID, and shows nothing of the page"
    if not shown:
        raise Error(f"The browser did not show the page: {done.stderr.strip()[-300:]}")
    return f"Chromium shows {url} without a warning"
