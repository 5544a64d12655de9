"""`dominoadmin tour`: the technote's 33 steps with real parts in a throw-away folder, each with its check."""

from __future__ import annotations

import argparse
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dominoadmin.cli import tour_judges
from dominoadmin.cli.framework import Invocation, Reply, Verb, add_command
from dominoadmin.cli.tour_judges import Program, ServerProcess
from dominoadmin.errors import Error

_HOST: Final = "server1.example.com"
_CA: Final = "MyCompany CA"
_PASSWORD: Final = "a password for the tour only"  # noqa: S105 - it protects a throw-away folder


def add(nouns: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    text = "run the technote's 33 steps with real components in a temporary data directory"
    parser = add_command(nouns, Verb("tour", run, text, "tour"), "tour")
    parser.add_argument("--keep", action="store_true", help="keep the folder")


def run(session: Invocation) -> Reply:
    """Walk the steps."""
    folder = Path(tempfile.mkdtemp(prefix="dominoadmin-tour-"))
    started = time.monotonic()
    tour = _Tour(folder=folder, quiet=session.options.json)
    try:
        for step in tour.steps():
            tour.walk(*step)
    finally:
        tour.end()
        if not session.options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    seconds = round(time.monotonic() - started, 1)
    text = f"\nAll 33 steps of the technote were completed in {seconds} s."
    if tour.unchecked:
        text += "\nNot checked, because a program is missing: " + "; ".join(tour.unchecked)
    return Reply({"steps": tour.report, "seconds": seconds, "unchecked": tour.unchecked}, text)


Step = tuple[str, str, Callable[[], str]]


@dataclass(kw_only=True)
class _Tour:
    folder: Path
    quiet: bool
    report: list[dict[str, str]] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)
    server: ServerProcess | None = None

    def __post_init__(self) -> None:
        self.data = self.folder / "data"
        self.secret = self.folder / "password.txt"
        self.secret.touch(mode=0o600)
        self.secret.write_text(_PASSWORD + "\n")
        self.program = Program(self.data, self.secret)

    def steps(self) -> list[Step]:
        """Return the steps: their numbers in the technote, texts, and functions that return the verified result."""
        return [
            ("before", "Set up a domain: certifier, server and administrator with their IDs", self._set_up),
            ("1", "Launch with the administrator's ID", self._launch),
            ("2-7", "Register a new Internet certifier", self._register),
            ("8", "Load the CA task; tell ca stat", self._load_ca),
            ("9-13", "Create and set up the Certificate Requests database", self._database),
            ("14-18", "Create Key Ring, merge trusted root, submit the request", self._key_ring),
            ("19", "Pending/Submitted Requests: Submit Selected Requests", self._submit),
            ("20-21", "Admin4: verify and approve the request; it is issued", self._approve),
            ("22", "Pull Selected Request(s); cross-certify the new Internet CA", self._pull),
            ("23", "Copy the pickup ID from the memo", self._memo),
            ("24-26", "Pickup Key Ring Certificate; merge it", self._pickup),
            ("27", "Copy the key ring and its stash file to the server", self._install),
            ("28", "Server document: SSL key file name, SSL Port Status", self._server_document),
            ("29", "tell http restart; show tasks", self._restart),
            ("30", "Open the URL: a TLS connection", self._handshake),
            ("31-32", "A browser that does not know the authority yet warns", self._warning),
            ("33", "A browser that trusts the authority: a closed padlock", self._padlock),
        ]

    def walk(self, number: str, title: str, act: Callable[[], str]) -> None:
        """Do one step and report the verified result."""
        verified = act()
        self.report.append({"step": number, "title": title, "verified": verified})
        if not self.quiet:
            print(f"{number:>6}  {title}\n        verified: {verified}", flush=True)

    def end(self) -> None:
        """Stop the server."""
        if self.server:
            self.server.stop()

    def _set_up(self) -> str:
        made = self.program.json(
            "setup", "--organization", "MyCompany", "--country", "US", "--server", "Server1", "--host", _HOST,
            "--admin", "Ann Admin", "--admin-password-file", str(self.secret),
            "--server-password-file", str(self.secret), "--http-port", "0", "--ssl-port", "0",
        )  # fmt: skip
        files = sorted(self.data.glob("*.id"))
        _check(all(_private(path) for path in (self.data, *files)), "the files are private")
        names = ", ".join(path.name for path in files)
        return f"{names} are readable by their owner only; administrator {made['administrator']}"

    def _launch(self) -> str:
        shown = self.program.json("id", "show")
        return f"logged in as {shown['name']}, valid until {shown['not_after']}"

    def _register(self) -> str:
        made = self.program.signed(
            "certifier", "register", "--common-name", _CA, "--organization", "MyCompany", "--state", "Massachusetts",
            "--country", "US", "--encrypt-with", "server-id", "--key", "ec-p256",
        )  # fmt: skip
        shown = self.program.json("certifier", "show", _CA)
        self.found["root"] = root = self._file("root.pem", shown["certificate"])
        judged = tour_judges.openssl(["verify", "-x509_strict", "-CAfile", str(root), str(root)])
        return f"Success… {made['name']}, SHA-256 {made['fingerprint'][:16]}…; openssl verify -x509_strict: {judged}"

    def _load_ca(self) -> str:
        self.server = ServerProcess(self.program)
        lines = self.server.tell("tell ca stat", "ICL DB Name")
        _check(any("Active: Yes" in line for line in lines), "the certifier is active")
        return f"{_CA} is number 1 and active; ICL {made_icl(lines)}"

    def _database(self) -> str:
        made = self.program.signed(
            "database", "create", "--title", "Certificate Requests", "--file", "certreq.nsf",
            "--template", "certreq.ntf", "--certifier", _CA, "--supports", "both", "--processing", "manual",
            "--mail-confirmation",
        )  # fmt: skip
        return f"{made['file']} accepts requests for {_CA}"

    def _key_ring(self) -> str:
        made = self.program.json(
            "keyring", "create", "--file", "keyfile.kyr", "--password-file", str(self.secret), "--key", "rsa-2048",
            "--common-name", _HOST, "--san", "ip:127.0.0.1", "--organization", "MyCompany", "--state", "Massachusetts",
            "--country", "US", "--database", "certreq.nsf",
        )  # fmt: skip
        self.found["request"] = made["request"]["id"]
        info = tour_judges.pkcs12_iterations(self.data / "keyfile.kyr", self.secret)
        state = made["request"]["state"]
        return f"keyfile.kyr opens with openssl pkcs12 ({info}); request {self.found['request']} is {state}"

    def _submit(self) -> str:
        self.program.json("request", "submit", str(self.found["request"]))
        shown = self.program.json("request", "show", str(self.found["request"]))
        _check(shown["state"] == "Submitted to Administration Process", "the request is submitted")
        return f"the request is {shown['state']}, in Admin4 it is {shown['admin_state']}"

    def _approve(self) -> str:
        number = str(self.found["request"])
        shown = self.program.json("request", "show", number)
        _check(all(check["problem"] is None for check in shown["preflight"]), "the preflight passes")
        self.program.signed("request", "approve", number, "--digest", shown["digest"])
        issued = self._wait_for_issue(number)
        leaf = self._file("leaf.pem", self.program.json("icl", "show", issued["serial"])["pem"])
        judged = tour_judges.openssl([
            "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", _HOST,
            "-CAfile", str(self.found["root"]), str(leaf),
        ])  # fmt: skip
        self.found["leaf"] = leaf
        return f"{len(shown['preflight'])} rules; New → Approved → Issued; openssl verify for {_HOST}: {judged}"

    def _wait_for_issue(self, number: str) -> dict[str, Any]:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            shown = self.program.json("request", "show", number)
            if shown["state"] == "Issued":
                return dict(shown)
            time.sleep(0.3)
        raise Error(f"The request was not issued; it is in the state {shown['state']}: {shown['reason']}")

    def _pull(self) -> str:
        self.program.json("request", "pull", str(self.found["request"]))
        made = self.program.signed(
            "crosscert", "issue", "--subject", str(self.found["root"]), "--certifier", "cert.id", "--into", "personal"
        )
        cross = self._file("cross.pem", made["pem"])
        organization = self._file("organization.pem", self.program.json("id", "show", "--id", "cert.id")["pem"])
        judged = tour_judges.openssl(
            ["verify", "-x509_strict", "-CAfile", str(organization), "-untrusted", str(cross), str(self.found["leaf"])]
        )
        return f"path from our own root over the cross-certificate to {_HOST}: {judged}"

    def _memo(self) -> str:
        memo = self.program.json("mail", "list")[-1]
        body = self.program.json("mail", "show", str(memo["id"]))["body"]
        self.found["pickup"] = next(
            line.split()[-1] for line in body.splitlines() if line.startswith("Request ID (pickup ID):")
        )
        return f'memo "{memo["subject"]}" to {memo["recipient"]}'

    def _pickup(self) -> str:
        self.program.json(
            "keyring", "pickup", "--file", "keyfile.kyr", "--password-file", str(self.secret),
            "--pickup-id", self.found["pickup"],
        )  # fmt: skip
        subject = tour_judges.pkcs12_leaf_subject(self.data / "keyfile.kyr", self.secret)
        return f"the key ring now holds the certificate of {subject}"

    def _install(self) -> str:
        self.program.signed("keyring", "install", "--file", "keyfile.kyr", "--server", "Server1")
        copies = sorted((self.data / "servers").rglob("keyfile.*"))
        same = all(copy.read_bytes() == (self.data / copy.name).read_bytes() for copy in copies)
        _check(same and [copy.suffix for copy in copies] == [".kyr", ".sth"], "both files are copied completely")
        return "keyfile.kyr and keyfile.sth are equal to the originals, byte for byte"

    def _server_document(self) -> str:
        signed = ("--id-password-file", self.program.secret)
        path = self.program.refused(*signed, "server", "set", "--ssl-key-file", "/local/notesdata/keyfile.kyr")
        _check("only the file name" in path, "a path is refused")
        self.program.signed("server", "set", "--ssl-key-file", "keyfile.kyr", "--ssl-port-status", "enabled")
        return "a full path is refused with the technote's note; keyfile.kyr is accepted"

    def _restart(self) -> str:
        assert self.server is not None
        self.server.tell("tell http restart", "restart")
        self.found["ports"] = ports = self.server.ports()
        return f"Listen for connect requests on TCP Port:{ports[0]} SSL Port:{ports[1]}"

    def _handshake(self) -> str:
        return tour_judges.handshake(self.found["ports"][1], _HOST, self.found["root"])

    def _warning(self) -> str:
        return self._browser(trusted=None)

    def _padlock(self) -> str:
        return self._browser(trusted=self.found["root"])

    def _browser(self, trusted: Path | None) -> str:
        if missing := tour_judges.missing_browser():
            self.unchecked.append(missing)
            return f"not checked: {missing} is not installed"
        url = f"https://{_HOST}:{self.found['ports'][1]}/certreq.nsf"
        return tour_judges.browse(url, _HOST, trusted, self.folder)

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


def made_icl(lines: list[str]) -> str:
    """Return the ICL database's name from `tell ca stat`."""
    return next(line.split(": ", 1)[1].strip() for line in lines if "ICL DB Name" in line)


def _private(path: Path) -> bool:
    return not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise Error(f"The tour failed: this is not true: {what}.")
