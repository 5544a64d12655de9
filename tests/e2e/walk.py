"""Follows the technote's 33 steps in the windows like a user, by their labels; checks the results from outside."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget, QWizard

from dominoadmin.cli import tour_judges
from dominoadmin.gui.application import Client
from dominoadmin.gui.collector import Collector
from dominoadmin.gui.frame import jobs, theme
from tests.e2e.counting import CountingHand
from tests.e2e.health import Health
from tests.gui.hand import LONGEST, PATIENCE, _button, at_work, texts

HOST = "server1.example.com"
CA = "MyCompany CA"
PASSWORD = "a Password for 1 tour only"
RING_PASSWORD = "another Password 4 the ring"


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclass
class Walk:
    folder: Path
    pictures: Path
    quiet: bool
    client: Client
    hand: CountingHand = field(default_factory=CountingHand)
    report: list[dict[str, str]] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _shots: list[str] = field(default_factory=list)

    done = "All 33 steps of the technote were walked"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def window(self) -> QMainWindow:
        assert isinstance(self.client.window, QMainWindow)
        return self.client.window

    def steps(self) -> list[tuple[str, str, Callable[[], str]]]:
        return [
            ("before", "First start: set up a new domain", self.set_up),
            ("1", "The Administrator client, Configuration tab", self.launch),
            ("2-7", "Register a new Internet certifier", self.register),
            ("8", "The CA task: tell ca refresh, tell ca stat", self.ca_task),
            ("9-13", "File - Database - New; Database Configuration", self.database),
            ("14-18", "Create Key Ring, merge trusted root, submit the request", self.key_ring),
            ("19", "Pending/Submitted Requests: Submit Selected Requests", self.submit),
            ("20-21", "Admin4: verify and approve the request; it is issued", self.approve),
            ("22", "Pull Selected Request(s); Cross Certify", self.pull),
            ("23", "Certificate Pickup: copy the Request ID", self.copy_id),
            ("24-26", "Pickup Key Ring Certificate; merge it", self.pickup),
            ("27", "Install on server", self.install),
            ("28", "Server document: SSL key file name, SSL Port Status", self.server_document),
            ("29", "tell http restart; show tasks", self.restart),
            ("30", "The live check: a TLS connection", self.live_check),
            ("31-32", "A browser that does not know the authority yet warns", self.warning),
            ("33", "A browser that trusts the authority: a closed padlock", self.padlock),
            *Health(self, HOST).steps(),
        ]

    def walk(self) -> None:
        for number, title, act in self.steps():
            self._shots = []
            started = time.monotonic()
            verified = act()
            if number != "after":  # what a person does to the closed padlock
                self.counts = self.hand.counts.totals()
            seconds = round(time.monotonic() - started, 1)
            shots = [str(self.pictures / name) for name in self._shots]
            self.report.append({"step": number, "title": title, "verified": verified, "pictures": shots, "seconds": seconds})
            if not self.quiet:
                print(f"{number:>6}  {title}\n        verified: {verified}", flush=True)
                for shot in shots:
                    print(f"        picture: {shot}", flush=True)

    def shot(self, widget: QWidget, name: str) -> None:
        for _ in range(25):  # background results have arrived by then
            QApplication.processEvents()
            time.sleep(0.01)
        self.hand.picture(widget, self.pictures / f"{name}.png")
        self._shots.append(f"{name}.png")

    # the steps

    def set_up(self) -> str:
        start = self.hand.dialog("Domino Administrator", QWidget)
        self.shot(start, "01-first-start")
        self.hand.click(start, "Set up a new domain")
        wizard = self.hand.until(lambda: next((w for w in QApplication.topLevelWidgets() if isinstance(w, QWizard) and w.isVisible()), None), "no wizard")
        http, ssl = free_ports(2)
        pages: tuple[dict[str, str], ...] = (
            {"Organization Name": "MyCompany", "Country Code": "US"},
            {"Server name": "Server1", "Host name": HOST, "TCP/IP port number": str(http), "SSL port number": str(ssl)},
            {"Your name": "Ann Admin", "Password": PASSWORD, "Confirm Password": PASSWORD},
            {},
            {},
            {},
        )
        for number, answers in enumerate(pages, start=1):
            page = wizard.currentPage()
            for label, text in answers.items():
                self.hand.fill(page, label, text)
            self.shot(wizard, f"02-set-up-{number}")
            if page.isCommitPage():
                self.hand.click(wizard, "Set Up")
                break
            self.hand.click(wizard, wizard.buttonText(QWizard.WizardButton.NextButton))
            self.hand.until(lambda page=page: wizard.currentPage() is not page, "the wizard does not go on")
        finish = self.hand.until(lambda: (b := wizard.button(QWizard.WizardButton.FinishButton)).isVisible() and b.isEnabled() and b, "set-up does not end", 60)
        self.shot(wizard, "02-set-up-done")
        self.hand.press(finish)
        self.hand.until(lambda: isinstance(self.client.window, QMainWindow), "no main window")
        self.found["ports"] = (http, ssl)
        files = sorted(path.name for path in self.data.glob("*.id"))
        assert all(not path.stat().st_mode & 0o077 for path in (self.data, *self.data.glob("*.id")))
        return f"{', '.join(files)} are readable by their owner only"

    def launch(self) -> str:
        self.hand.until(lambda: "http" in [name for name, *_ in self.window.server.tasks()], "the server does not start")
        self.hand.says(self.window, "Ann Admin/MyCompany/US")
        self.shot(self.window, "03-administrator")
        return "signed in as Ann Admin/MyCompany/US; the server runs inside the client"

    def register(self) -> str:
        self.hand.navigate(self.window, "Registration > Internet Certifier")
        choice = self.hand.dialog("Register Internet Certifier")
        self.shot(choice, "04-register-choice")
        self.hand.click(choice, "OK")
        dialog = self.hand.dialog("Register a New Internet Certifier")
        self.hand.click(dialog, "Create Certifier Name")
        name = self.hand.dialog("Create Certifier Name")
        for label, text in (("Common Name", CA), ("Organization Name", "MyCompany"), ("State or Province", "Massachusetts"), ("Country Code", "US")):
            self.hand.fill(name, label, text)
        self.shot(name, "05-certifier-name")
        self.hand.click(name, "OK")
        self.hand.closed(name)
        self.shot(dialog, "06-register-basics")
        self.hand.tab(dialog, "Certificates")
        self.shot(dialog, "06-register-certificates")
        self.hand.tab(dialog, "Misc")
        self.backup(dialog)
        self.shot(dialog, "06-register-misc")
        self.hand.tab(dialog, "Basics")
        self.hand.click(dialog, "OK")
        said = self.hand.message("Success")
        root = self.folder / "root.pem"
        from dominoadmin.pki import describe
        from dominoadmin.store import certifiers

        with self.window.session.domain.store.snapshot() as db:
            record = certifiers.all_of(db)[0]
        root.write_text(describe.pem(record.active.certificate))
        self.found["root"] = root
        judged = tour_judges.openssl(["verify", "-x509_strict", "-CAfile", str(root), str(root)])
        return f"{said.splitlines()[0]} openssl verify -x509_strict: {judged}"

    def backup(self, dialog: QWidget) -> None:
        self.hand.tick(dialog, "Create a local copy of the certifier ID")
        for label in ("Password", "Confirm Password"):
            self.hand.fill(dialog, label, PASSWORD)

    def ca_task(self) -> str:
        page = self.console("tell ca refresh", "tell adminp process all", "tell ca stat")
        said = self.hand.says(page, "Active: Yes")
        self.shot(self.window, "07-console")
        assert CA in said
        return f"{CA} is number 1 and active"

    def console(self, *lines: str) -> QWidget:
        self.hand.menu(self.window, "View > Console")
        for line in lines:
            self.hand.enter(self.window, "Command", line)
            self.hand.says(self.window, f"> {line}")
        return self.window

    def database(self) -> str:
        self.hand.menu(self.window, "File > Database > New")
        new = self.hand.dialog("New Database")
        self.hand.tick(new, "Show Advanced Templates")
        self.hand.select(new, "Certificate Requests (6)")
        self.hand.fill(new, "Title", "Certificate Requests")
        self.hand.fill(new, "File Name", "certreq.nsf")
        self.shot(new, "08-new-database")
        self.hand.click(new, "OK")
        about = self.hand.dialog("About Certificate Requests")
        self.shot(about, "09-about")
        self.hand.click(about, "Close")
        form = self.hand.dialog("Database Configuration")
        self.hand.choose(form, "Certifier", f"CN={CA}")
        self.hand.tick(form, "Both Client and Server Certificates")
        self.shot(form, "10-database-configuration")
        self.hand.click(form, "Save & Close")
        self.hand.closed(form)
        self.hand.until(lambda: "Certificate Requests" in self.tab_titles(), "the database does not open")
        self.shot(self.window, "10-certificate-requests")
        return "certreq.nsf accepts requests for the new certifier"

    def tab_titles(self) -> list[str]:
        return [self.window.tabs.tabText(number) for number in range(self.window.tabs.count())]

    def go(self, title: str) -> QWidget:
        """Go to a document by its tab, or to a place by the navigator."""
        titles = self.tab_titles()
        if title in titles:
            self.window.tabs.setCurrentIndex(titles.index(title))
        else:
            self.hand.navigate(self.window, self.entry_of(title))
        QApplication.processEvents()
        return self.window.page()

    def entry_of(self, title: str) -> str:
        """Return the navigator's entry for the page with this title: an Issued Certificate List has its file's name there."""
        tree, (prefix, _space, certifier) = self.window.navigator, title.partition("ICL for ")
        tops = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
        lists = [top.text(0) for top in tops if certifier and certifier in top.toolTip(0) and not prefix]
        return lists[0] if lists else title

    def key_ring(self) -> str:
        tab = self.go("Certificate Requests")
        self.hand.navigate(tab, "Domino Key Ring Management > Create Key Ring")
        form = self.hand.dialog("Create Key Ring")
        for label, text in (
            ("Key Ring File Name", "keyfile.kyr"), ("Key Ring Password", RING_PASSWORD), ("Confirm Password", RING_PASSWORD),
            ("Common Name", HOST), ("Organization Name", "MyCompany"), ("State or Province", "Massachusetts"), ("Country Code", "US"),
        ):  # fmt: skip
            self.hand.fill(form, label, text)
        self.hand.choose(form, "Key Size", "RSA 2048")
        self.shot(form, "11-create-key-ring")
        self.hand.click(form, "Create Key Ring")
        created = self.hand.dialog("Key Ring Created")
        self.shot(created, "12-key-ring-created")
        self.hand.click(created, "OK")
        merge = self.hand.dialog("Merge Trusted Root Certificate Confirmation")
        self.shot(merge, "13-merge-trusted-root")
        self.hand.click(merge, "OK")
        self.hand.message("Certificate received into key ring and designated as trusted root")
        self.hand.message("Certificate Request Successfully Submitted for Key Ring")
        secret = self.folder / "ring.password"
        secret.touch(mode=0o600)
        secret.write_text(RING_PASSWORD + "\n")
        self.found["secret"] = secret
        return f"keyfile.kyr opens with openssl pkcs12 ({tour_judges.pkcs12_iterations(self.data / 'keyfile.kyr', secret)})"

    def submit(self) -> str:
        tab = self.go("Certificate Requests")
        self.hand.navigate(tab, "Pending/Submitted Requests")
        self.hand.select(tab, "Pending Submission")
        self.shot(self.window, "14-pending-submission")
        self.hand.click(tab, "Submit Selected Requests")
        said = self.hand.message("Successfully submitted 1 request(s) to the Administration Process")
        self.hand.select(tab, "Submitted to Administration Process")
        return said.strip()

    def approve(self) -> str:
        self.hand.menu(self.window, "File > Database > Open Administration Requests (Admin4.nsf)")
        tab = self.go("Administration Requests")
        self.hand.until(lambda: self.rows(tab), "Admin4 shows no request")
        self.shot(self.window, "15-admin4")
        self.hand.open_row(tab, HOST)
        document = self.hand.until(lambda: (w := self.window.page()) is not tab and w, "the request does not open")
        self.hand.says(document, HOST)
        self.hand.click(document, "Edit Request")
        self.shot(self.window, "16-request")
        self.hand.click(document, "Approve Request")
        self.settle()
        tab = self.go("Administration Requests")
        self.hand.select(tab, "Issued")
        self.shot(self.window, "17-issued")
        return "New → Approved → Issued, the state badges changed by themselves"

    def settle(self) -> None:
        """Answer a confirmation if there is one."""
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            QApplication.processEvents()
            box = QApplication.activeModalWidget()
            if isinstance(box, QDialog):
                for label in ("Approve Request", "Approve", "Close", "OK"):
                    if button := _button(box, label):
                        self.hand.press(button)
                        break
            time.sleep(0.02)

    def rows(self, tab: QWidget) -> int:
        return tab.current.rows.rowCount()

    def pull(self) -> str:
        tab = self.go("Certificate Requests")
        self.hand.navigate(tab, "Pending/Submitted Requests")
        self.hand.select(tab, HOST)
        self.hand.click(tab, "Pull Selected Request(s)")
        cross = self.hand.dialog("Issue Cross Certificate")
        self.shot(cross, "18-cross-certify")
        self.hand.click(cross, "Cross Certify")
        said = self.pull_messages()
        self.hand.navigate(tab, "Issued/Rejected Certificates")
        self.hand.select(tab, HOST)
        return said

    def pull_messages(self) -> str:
        """Enter the certifier's password if prompted, and read all messages."""
        from PySide6.QtWidgets import QLineEdit, QMessageBox

        end = time.monotonic() + PATIENCE
        while time.monotonic() < end or (at_work() and time.monotonic() < end + LONGEST):
            QApplication.processEvents()
            box = QApplication.activeModalWidget()
            if isinstance(box, QMessageBox):
                text = box.text()
                self.hand.click(box, "OK")
                if "Successfully pulled" in text:
                    return text
            elif isinstance(box, QDialog) and (line := next((e for e in box.findChildren(QLineEdit) if e.isVisible() and e.echoMode() == QLineEdit.EchoMode.Password), None)):
                self.hand.fill_line(line, PASSWORD)
                self.hand.click(box, "OK")
            time.sleep(0.02)
        raise AssertionError(f"the request is not pulled; there is: {self.hand.visible()}")

    def copy_id(self) -> str:
        tab = self.go("Certificate Requests")
        self.hand.open_row(tab, HOST)
        document = self.hand.until(lambda: (w := self.window.page()) is not tab and w, "the document does not open")
        self.hand.says(document, "Request ID (pickup ID)")
        self.shot(self.window, "19-certificate-pickup")
        self.hand.click(document, "Copy")
        copied = QApplication.clipboard().text()
        assert len(copied.replace(" ", "").replace("-", "")) == 32, copied
        self.found["pickup"] = copied
        self.hand.key(document, Qt.Key.Key_Escape)
        self.hand.menu(self.window, "File > Database > Open Mail")
        mail = self.window.page()
        self.hand.select(mail, "Your certificate request has been approved.")
        self.shot(self.window, "20-mail")
        return "the Request ID is on the clipboard; the memo has come, too"

    def pickup(self) -> str:
        tab = self.go("Certificate Requests")
        self.hand.navigate(tab, "Domino Key Ring Management > Pickup Key Ring Certificate")
        form = self.hand.dialog("Pickup Key Ring Certificate")
        self.hand.fill(form, "Key Ring File Name", "keyfile.kyr")
        self.hand.fill(form, "Key Ring Password", RING_PASSWORD)
        self.hand.fill(form, "Request ID (pickup ID)", self.found["pickup"])
        self.shot(form, "21-pickup")
        self.hand.click(form, "Pickup Certificate")
        merge = self.hand.dialog("Merge Signed Certificate Confirmation")
        self.shot(merge, "22-merge-signed")
        self.hand.click(merge, "OK")
        self.hand.message("Certificate received into key ring")
        subject = tour_judges.pkcs12_leaf_subject(self.data / "keyfile.kyr", self.found["secret"])
        return f"openssl finds the certificate of {subject} in the key ring"

    def install(self) -> str:
        self.hand.navigate(self.window, "Domino Key Ring Management > Install on Server")
        dialog = self.hand.dialog("Install on Server")
        self.shot(dialog, "23-install")
        self.hand.click(dialog, "Install")
        self.hand.until(lambda: list((self.data / "servers").rglob("keyfile.sth")), "nothing is copied")
        self.close_messages()
        copies = sorted((self.data / "servers").rglob("keyfile.*"))
        assert all(copy.read_bytes() == (self.data / copy.name).read_bytes() for copy in copies)
        return "keyfile.kyr and keyfile.sth are equal to the originals, byte for byte"

    def close_messages(self) -> None:
        """Press OK or Close until no dialog is left."""
        end = time.monotonic() + 3
        while time.monotonic() < end:
            QApplication.processEvents()
            box = QApplication.activeModalWidget()
            if box is None:
                time.sleep(0.1)
                QApplication.processEvents()
                if QApplication.activeModalWidget() is None:
                    return
                continue
            for label in ("OK", "Close", "Cancel"):
                button = _button(box, label)
                if button is not None and button.isEnabled():
                    self.hand.press(button)
                    break
            time.sleep(0.05)

    def server_document(self) -> str:
        self.hand.menu(self.window, "Configuration > Server Document")
        document = self.window.page()
        self.hand.click(document, "Edit Server")
        self.hand.tab(document, "Ports")
        self.hand.fill(document, "SSL key file name", "/local/notesdata/keyfile.kyr")
        self.hand.says(document, "only the file name")
        self.hand.fill(document, "SSL key file name", "keyfile.kyr")
        self.hand.choose(document, "SSL Port Status", "Enabled")
        self.shot(self.window, "24-server-document")
        self.hand.click(document, "Save & Close")
        self.settle()
        self.close_messages()
        return "a path is refused with the technote's note; keyfile.kyr is accepted"

    def restart(self) -> str:
        page = self.console("tell http restart", "show tasks")
        http, ssl = self.found["ports"]
        self.hand.says(page, f"SSL Port:{ssl}", 30)
        self.shot(self.window, "25-listening")
        return f"Listen for connect requests on TCP Port:{http} SSL Port:{ssl}"

    def live_check(self) -> str:
        self.hand.navigate(self.window, "Server > Live Check")
        dialog = self.hand.dialog("Live Check")
        self.hand.says(dialog, "TLS 1.3", 30)
        self.shot(dialog, "26-live-check")
        shown = " ".join(texts(dialog))
        assert HOST in shown, shown
        self.hand.click(dialog, "Close")
        self.hand.tab(self.window, "Quick Guide")
        self.hand.says(self.window, "All required steps are done")
        self.shot(self.window, "27-quick-guide-done")
        return tour_judges.handshake(self.found["ports"][1], HOST, self.found["root"])

    def warning(self) -> str:
        return self.browse(None)

    def padlock(self) -> str:
        self.hand.navigate(self.window, "Server > Trust in Browsers")
        dialog = self.hand.until(lambda: QApplication.activeModalWidget() or None, "no browser help")
        self.shot(dialog, "28-browser-help")
        self.hand.click(dialog, "Close")
        return self.browse(self.found["root"])

    def browse(self, trusted: Path | None) -> str:
        if missing := tour_judges.missing_browser():
            self.unchecked.append(missing)
            return f"not checked: {missing} is not installed"
        url = f"https://{HOST}:{self.found['ports'][1]}/certreq.nsf"
        return tour_judges.browse(url, HOST, trusted, self.folder)


def main(make: type[Walk]) -> None:
    """Walk: `FOLDER PICTURES COLOURS [--quiet]`. The report is written to FOLDER/report.json."""
    folder, pictures, colours, quiet = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], "--quiet" in sys.argv
    os.umask(0o077)
    app = QApplication(["dominoadmin"])
    collector = Collector(app)
    theme.apply(colours)
    client = Client(app, folder / "data")
    sys.excepthook = client.unexpected
    client.start()
    theme.apply(colours)
    walk = make(folder, pictures, quiet, client)
    started = time.monotonic()
    status = 0
    try:
        walk.walk()
    except AssertionError as error:
        status = 1
        print(f"FAILED: {error}", file=sys.stderr, flush=True)
        for number, widget in enumerate(w for w in app.topLevelWidgets() if w.isVisible()):
            widget.grab().save(str(pictures / f"failed-{number}.png"))
        import traceback

        traceback.print_exc()
    seconds = round(time.monotonic() - started, 1)
    if isinstance(client.window, QMainWindow):
        client.window.server.stop()
        client.window.events.stop()
    jobs.wait_for_all(5)
    collector.stop()
    report = {"steps": walk.report, "seconds": seconds, "unchecked": walk.unchecked, "counts": walk.counts, "boxes": walk.hand.counts.boxes}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    if not quiet and not status:
        print(f"\n{walk.done} in windows in {seconds} s. The pictures are in {pictures}.")
        if walk.unchecked:
            print("Not checked, because a program is missing: " + "; ".join(walk.unchecked))
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main(Walk)
