"""The work after the 33 steps, in the same windows: the list, revocation, CRLs, Modify Certifier, the audit log."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography import x509
from PySide6.QtWidgets import QMainWindow, QWidget

from dominoadmin.store import certifiers, issued
from tests.gui.hand import Hand


class Tour(Protocol):
    hand: Hand
    folder: Path
    found: dict

    @property
    def window(self) -> QMainWindow: ...
    def shot(self, widget: QWidget, name: str) -> None: ...
    def go(self, title: str) -> QWidget: ...
    def tab_titles(self) -> list[str]: ...


class Health:
    def __init__(self, walk: Tour, host: str) -> None:
        self.walk, self.hand, self.host = walk, walk.hand, host

    def steps(self) -> list[tuple[str, str, Callable[[], str]]]:
        return [
            ("after", "The Issued Certificate List and the certificate's document", self.listed),
            ("after", "Revoke Certificate: hold", self.hold),
            ("after", "Release Hold", self.release),
            ("after", "Certificate Revocation Lists", self.lists),
            ("after", "Modify Certifier: a new signed version", self.modify),
            ("after", "The audit log and its anchor", self.audit),
        ]

    # independent programs

    def serial(self) -> str:
        with self.walk.window.session.domain.store.snapshot() as db:
            (entry,) = [each for each in issued.all_of(db) if self.host in each.subject and each.request_id]
            return entry.serial_hex

    def crl(self) -> str:
        """Return openssl's text of the list at the address in the certificate."""
        with self.walk.window.session.domain.store.snapshot() as db:
            der = issued.find(db, self.serial())[0].der
        point = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.CRLDistributionPoints)
        url = point.value[0].full_name[0].value.replace(self.host, "127.0.0.1")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
            fetched = answer.read()
        read = subprocess.run(
            ["openssl", "crl", "-inform", "DER", "-noout", "-text"], input=fetched, capture_output=True, check=True
        )
        return read.stdout.decode().lower()

    def ocsp(self) -> str:
        root = self.walk.found["root"]
        http, _ssl = self.walk.found["ports"]
        ask = ["openssl", "ocsp", "-issuer", root, "-CAfile", root, "-serial", f"0x{self.serial()}"]
        done = subprocess.run(
            [*map(str, ask), "-url", f"http://127.0.0.1:{http}/pki/ocsp"], capture_output=True, text=True, check=False
        )
        assert "Response verify OK" in done.stderr + done.stdout, done.stderr
        return done.stdout

    # the steps

    def listed(self) -> str:
        self.hand.menu(self.walk.window, "File > Database > Open Issued Certificate List")
        tab = self.walk.go("ICL for MyCompany CA")
        self.hand.until(lambda: tab.current.rows.rowCount() >= 1, "nothing is listed")
        self.walk.shot(self.walk.window, "29-issued-list")
        self.hand.open_row(tab, self.host)
        document = self.walk.go(f"Certificate: {self.host}")
        self.hand.says(document, "the signature is valid")
        self.walk.shot(self.walk.window, "30-issued-document")
        return self.ocsp().splitlines()[0].rpartition("/")[2]

    def hold(self) -> str:
        document = self.walk.go(f"Certificate: {self.host}")
        self.hand.click(document, "Revoke Certificate…")
        dialog = self.hand.dialog("Revoke Certificate")
        self.hand.says(dialog, "shows it now (key ring keyfile.kyr)")
        self.hand.tick(dialog, "Certificate hold")
        self.walk.shot(dialog, "31-revoke-certificate")
        self.hand.click(dialog, "Revoke Certificate")
        self.hand.closed(dialog)
        self.hand.says(document, "On hold", 20)
        said = self.ocsp()
        assert "revoked" in said and "certificateHold" in said, said
        self.hand.until(lambda: self.serial() in self.crl(), "the list does not say so", 20)
        return "openssl ocsp: revoked, certificateHold; openssl crl: listed"

    def release(self) -> str:
        document = self.walk.go(f"Certificate: {self.host}")
        self.hand.click(document, "Release Hold…")
        self.hand.click(self.hand.dialog("Release Hold"), "Release")
        self.hand.says(document, "it was on hold, and released", 20)
        assert "good" in self.ocsp()
        self.hand.until(lambda: self.serial() not in self.crl(), "the list still has it", 20)
        return "openssl ocsp: good; openssl crl: not listed"

    def lists(self) -> str:
        tab = self.walk.go("ICL for MyCompany CA")
        self.hand.navigate(tab, "Certificate Revocation Lists")
        before = self.hand.until(tab.current.rows.rowCount, "no list is shown")
        self.hand.click(tab, "Issue CRL Now")
        self.hand.until(lambda: tab.current.rows.rowCount() > before, "no list was issued", 20)
        self.walk.shot(self.walk.window, "33-crls")
        with self.walk.window.session.domain.store.snapshot() as db:
            assert len(certifiers.all_of(db)) == 1
        return next(line.strip() for line in self.crl().splitlines() if "crl number" in line or line.strip().isdigit())

    def modify(self) -> str:
        self.hand.navigate(self.walk.window, "Certification > Modify Certifier")
        dialog = self.hand.dialog("Modify Certifier")
        self.walk.shot(dialog, "34-modify-certifier")
        self.hand.tab(dialog, "Misc")
        self.hand.fill(dialog, "CRL duration (days):", "20")
        self.walk.shot(dialog, "35-modify-misc")
        self.hand.tab(dialog, "Changes (1)")
        self.walk.shot(dialog, "36-modify-changes")
        self.hand.click(dialog, "Sign New Version")
        self.hand.message("Version 2 of the configuration was signed, with 1 change.")
        return self.audited()

    def audit(self) -> str:
        self.hand.menu(self.walk.window, "Tools > Audit Log")
        tab = self.walk.go("Audit Log")
        self.hand.until(lambda: tab.current.rows.rowCount() > 10, "the log is empty")
        self.walk.shot(self.walk.window, "37-audit-log")
        self.hand.menu(self.walk.window, "Tools > Verify Audit Log")
        dialog = self.hand.dialog("Verify Audit Log")
        self.hand.says(dialog, "The audit log is intact", 20)
        self.walk.shot(dialog, "38-verify-audit-log")
        dialog.reject()
        return self.audited()

    def audited(self) -> str:
        """Verify the log in a separate process and return the verdict."""
        data = str(self.walk.folder / "data")
        command = [sys.executable, "-m", "dominoadmin", "--data", data, "audit", "verify"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "The audit log is intact" in done.stdout, done.stdout + done.stderr
        return done.stdout.splitlines()[0].partition(",")[0]
