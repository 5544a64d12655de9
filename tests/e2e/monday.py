"""An administrator's Monday on the sample domain: Home, five approvals, a certificate now, a revocation, a search, a chain.

openssl judges what the day has left behind, from files that were saved in the window or are read from the store.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMainWindow, QWidget

from dominoadmin.pki import describe
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.store import certifiers, issued
from tests.e2e.walk import Walk, main
from tests.gui.hand import _all_rows, texts

WAITING = ("mail.example.com", "shop.example.com", "crm.example.com", "helpdesk.example.com", "Ethan Cross")
NEW, REPLACED = "monday.example.com", "calendar.example.com"
CURRENT = "Expires in"  # what the row of the newest list says


class Monday(Walk):
    done = "An administrator's Monday was worked"

    def steps(self) -> list[tuple[str, str, Callable[[], str]]]:
        return [
            ("before", "First start: look around with sample data", self.look_around),
            ("home", "Home says what waits", self.look_at_home),
            ("approve", "Approve five requests at once", self.approve_five),
            ("issue", "Issue Now: a certificate for a new server", self.issue_now),
            ("chain", "Export its key ring, and the certificate with its chain", self.export_chain),
            ("find", "Find a certificate by its serial number (Ctrl+K)", self.find),
            ("revoke", "Revoke it: another one has replaced it", self.revoke),
            ("list", "Save the CRL that lists it", self.save_list),
            ("home", "Home again: what is left, and what was done", self.look_again),
        ]

    # what the judges are asked about

    def requests(self) -> Iterator[tuple[str, RequestView]]:
        for shown in submitting.views(self.window.session.domain):
            yield shown.subject.split("/")[0].removeprefix("CN="), shown

    def certificate(self, name: str) -> bytes | None:
        """Return the certificate of a host or person; None if it is not issued yet."""
        (number,) = [shown.request.id for found, shown in self.requests() if found == name]
        with self.window.session.domain.store.snapshot() as db:
            entry = issued.of_request(db, number)
        return entry.der if entry else None

    def file(self, name: str, der: bytes) -> Path:
        path = self.folder / name
        path.write_text(describe.pem(der))
        return path

    def openssl(self, *words: object) -> str:
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def judged(self, name: str, *more: object) -> str:
        """Return openssl's verdict about the certificate of a host or person."""
        der = self.certificate(name)
        assert der, f"{name} has no certificate"
        return self.openssl("verify", "-x509_strict", "-CAfile", self.found["root"], *more, self.file("leaf.pem", der))

    def home(self) -> str:
        """Return all that Home says; it breaks long words where they may be broken."""
        return " ".join(texts(self.window.page())).replace("\n", " ").replace("\u200b", "")

    # the steps

    def look_around(self) -> str:
        tempfile.tempdir = str(self.folder)  # the sample domain is removed with it
        self.hand.click(self.hand.dialog("Domino Administrator", QWidget), "Look around with sample data")
        ready = self.hand.dialog("Sample Data")
        self.hand.click(ready, "Open the Administrator")
        self.hand.until(lambda: isinstance(self.client.window, QMainWindow), "no main window")
        self.hand.until(lambda: "Yes" in [state for *_rest, state in self.window.server.certifier_states()], "no certifier is active", 60)
        with self.window.session.domain.store.snapshot() as db:
            self.found["root"] = self.file("root.pem", certifiers.all_of(db)[0].active.certificate)
        states = self.window.server.certifier_states()
        assert len(states) == 3 and [state for *_rest, state in states].count("Yes") == 1, states
        return "the server runs; one certifier works, one needs its password, and one is locked"

    def look_at_home(self) -> str:
        self.hand.says(self.window, "2 certificates of MyCompany CA expire within 30 days.")
        self.hand.says(self.window, "The server is running.", 60)
        self.shot(self.window, "50-monday-home")
        return self.hand.says(self.window, "6 requests are waiting for your approval.")

    def approve_five(self) -> str:
        self.hand.click(self.window, "Show all 6 Requests")
        tab = self.hand.until(lambda: (page := self.window.page()).objectName() == "admin4" and page, "the requests do not open")
        self.hand.select(tab, *(f"{name}/" for name in WAITING))
        self.hand.counts.clicks += len(WAITING) - 1  # a row each, with Ctrl
        self.shot(self.window, "51-monday-requests")
        self.hand.click(self.window.daily, "Approve")
        dialog = self.hand.dialog("Approve Requests")
        self.shot(dialog, "52-monday-approve")
        self.hand.click(dialog, "Approve 5 Requests")
        self.hand.says(dialog, "5 requests approved.")
        self.hand.click(dialog, "Close")
        self.hand.closed(dialog)
        self.hand.until(lambda: all(map(self.certificate, WAITING)), "not all are issued", 30)
        for name in WAITING:
            assert self.judged(name).rstrip().endswith(": OK"), name
        return "openssl verify -x509_strict: five are OK"

    def issue_now(self) -> str:
        self.hand.click(self.window.daily, "New Certificate")
        dialog = self.hand.dialog("New Certificate")
        self.hand.fill(dialog, "Host names", NEW)
        self.hand.says(dialog, "What will be issued")
        self.shot(dialog, "53-monday-issue-now")
        self.hand.click(dialog, "Issue Certificate")
        self.hand.says(dialog, f"Certificate for {NEW} issued", 60)
        said = self.judged(NEW, "-verify_hostname", NEW, "-purpose", "sslserver")
        assert said.rstrip().endswith(": OK"), said
        return f"openssl verify -verify_hostname {NEW}: OK"

    def export_chain(self) -> str:
        dialog = self.hand.dialog("New Certificate")
        self.hand.click(dialog, "Save…")
        export = self.hand.dialog("Export Key Ring")
        self.hand.fill(export, "Folder or file", str(self.folder))
        self.hand.click(export, "Export")
        self.hand.message("The key ring has been exported.")
        self.hand.click(dialog, "Close")
        self.hand.closed(dialog)
        stem = NEW.replace(".", "-")
        chain, key = self.folder / f"{stem}-chain.pem", self.folder / f"{stem}-key.pem"
        public = self.openssl("pkey", "-in", key, "-pubout")
        assert "PUBLIC KEY" in public and public == self.openssl("x509", "-in", chain, "-noout", "-pubkey")
        said = self.openssl("verify", "-x509_strict", "-CAfile", self.found["root"], "-untrusted", chain, chain)
        assert said.rstrip().endswith(": OK"), said
        return f"openssl: the chain is OK, and the key is that of its first certificate; {self.export_certificate()}"

    def export_certificate(self) -> str:
        """Export the certificate from its document, for a server that has the key already."""
        self.open_found(NEW, NEW)
        self.hand.click(self.window.daily, "Export")
        dialog = self.hand.dialog("Export Certificate")
        self.hand.tick(dialog, "The certificate with its chain (PEM)")
        chain = self.folder / f"{NEW}-chain.pem"
        self.hand.fill(dialog, "File", str(chain))
        self.shot(dialog, "58-monday-export")
        self.hand.click(dialog, "Export")
        self.hand.message("The certificate has been saved.")
        said = self.openssl("verify", "-x509_strict", "-CAfile", self.found["root"], "-untrusted", chain, chain)
        assert said.rstrip().endswith(": OK"), said
        first = self.openssl("x509", "-in", chain, "-noout", "-ext", "subjectAltName")
        assert f"DNS:{NEW}" in first, first
        return f"{chain.name} begins with the certificate and is OK"

    def open_found(self, text: str, host: str) -> None:
        """Find a certificate by the search line, and open it."""
        self.hand.until(self.window.isActiveWindow, "the window is not active again")
        self.hand.key(self.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        self.hand.until(self.window.search.hasFocus, "Ctrl+K does not lead to the search")
        self.hand.fill_line(self.window.search, text)
        self.hand.key(self.window.search, Qt.Key.Key_Return)
        self.hand.until(lambda: self.window.page().windowTitle() == f"Certificate: {host}", "the certificate does not open")

    def find(self) -> str:
        der = self.certificate(REPLACED)
        assert der
        serial = self.openssl("x509", "-in", self.file("leaf.pem", der), "-noout", "-serial").strip().partition("=")[2]
        self.open_found(serial, REPLACED)
        self.hand.says(self.window.page(), "the signature is valid")
        self.shot(self.window, "54-monday-found")
        return f"openssl's serial number {serial} opens {REPLACED}"

    def revoke(self) -> str:
        document = self.window.page()
        self.hand.click(document, "Revoke Certificate…")
        dialog = self.hand.dialog("Revoke Certificate")
        self.hand.tick(dialog, "Superseded")
        self.hand.click(dialog, "Revoke Certificate")
        self.hand.closed(dialog)
        self.hand.says(document, "Superseded", 30)
        self.shot(self.window, "55-monday-revoked")
        return "the CA process has carried it out"

    def save_list(self) -> str:
        self.hand.navigate(self.window, "icl\\icl_MyCompany.nsf")
        tab = self.window.page()
        self.hand.navigate(tab, "Certificate Revocation Lists")
        self.hand.until(lambda: any("non-regular" in row and CURRENT in row for row in _all_rows(tab)), "no list was made after the revocation")
        self.hand.select(tab, CURRENT)
        self.shot(self.window, "56-monday-lists")
        self.hand.click(tab, "Save CRL…")
        chooser = self.hand.dialog("Save CRL", QFileDialog)
        path = self.folder / "newest.crl.pem"
        (line,) = [each for each in chooser.findChildren(QLineEdit) if each.isVisible()]
        self.hand.fill_line(line, str(path))
        self.hand.click(chooser, "Save")
        self.hand.message("The CRL has been saved.")
        said = self.judged(REPLACED, "-crl_check", "-CRLfile", path)
        assert "certificate revoked" in said, said
        assert self.judged(NEW, "-crl_check", "-CRLfile", path).rstrip().endswith(": OK")
        assert "Superseded" in self.openssl("crl", "-in", path, "-noout", "-text")
        return f"openssl verify -crl_check: {REPLACED} is revoked, {NEW} is OK"

    def look_again(self) -> str:
        self.hand.navigate(self.window, "Home")
        said = self.hand.says(self.window, "1 request is waiting for your approval.")
        self.hand.until(lambda: f"Certificate revoked: {REPLACED}" in self.home(), "Home does not say what was revoked")
        self.shot(self.window, "57-monday-home-again")
        return said


if __name__ == "__main__":
    main(Monday)
