"""The guided way: from the empty folder to the closed padlock with the Quick Guide's button and what it opens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget, QWizard

from dominoadmin.cli import tour_judges
from tests.e2e.walk import HOST, PASSWORD, Walk, free_ports, main
from tests.gui.hand import Hand, texts


class Guided(Walk):
    done = "The guided way was walked"

    def steps(self) -> list[tuple[str, str, Callable[[], str]]]:
        return [
            ("before", "First start: set up a new domain", self.set_up),
            ("2-7", "Register the certifier", self.register),
            ("8", "The CA task has the certifier", self.ca_task),
            ("9-13", "Create the database", self.database),
            ("14-18", "Create the key ring, with a generated password", self.key_ring),
            ("19", "Submit the request", self.submit),
            ("20-21", "Review and approve the request", self.approve),
            ("22", "Pull the request", self.pull),
            ("24-26", "Pick up the certificate", self.pickup),
            ("27", "Install the key ring", self.install),
            ("28", "Enable SSL", self.server_document),
            ("29", "tell http restart", self.restart),
            ("30", "The live check: a TLS connection", self.live_check),
            ("33", "A browser that trusts the authority: a closed padlock", self.padlock),
        ]

    def step(self, label: str) -> None:
        """Press the guide's button once it offers this."""
        self.hand.click(self.window.guide, label)

    def set_up(self) -> str:
        start = self.hand.dialog("Domino Administrator", QWidget)
        self.hand.click(start, "Set up a new domain")
        wizard = self.hand.until(lambda: next((w for w in QApplication.topLevelWidgets() if isinstance(w, QWizard) and w.isVisible()), None), "no wizard")
        pages: tuple[dict[str, str], ...] = (
            {"Organization Name": "MyCompany", "State or Province": "Massachusetts", "Country Code": "US"},
            {"Host name": HOST},
            {"Your name": "Ann Admin", "Password": PASSWORD, "Confirm Password": PASSWORD},
            {},
            {},
            {},
        )
        for answers in pages:
            page = wizard.currentPage()
            for label, text in answers.items():
                self.hand.fill(page, label, text)
            if "Host name" in answers:  # not counted: the proposed ports are right unless other walks run here
                for label, port in zip(("TCP/IP port number", "SSL port number"), free_ports(2), strict=True):
                    Hand.fill(self.hand, page, label, str(port))
            if page.isCommitPage():
                self.hand.click(wizard, "Set Up")
                break
            self.hand.click(wizard, wizard.buttonText(QWizard.WizardButton.NextButton))
            self.hand.until(lambda page=page: wizard.currentPage() is not page, "the wizard does not go on")
        finish = self.hand.until(lambda: (b := wizard.button(QWizard.WizardButton.FinishButton)).isVisible() and b.isEnabled() and b, "set-up does not end", 60)
        self.hand.press(finish)
        self.hand.until(lambda: "http" in [name for name, *_ in self.window.server.tasks()], "the server does not start")
        return "the server runs, and its password was not asked again"

    def register(self) -> str:
        self.step("Register the Certifier…")
        dialog = self.hand.dialog("Register a New Internet Certifier")
        self.hand.says(dialog, "CN=MyCompany CA/O=MyCompany/ST=Massachusetts/C=US")
        self.shot(dialog, "39-guided-register")
        self.hand.click(dialog, "OK")
        self.hand.closed(dialog)
        self.hand.until(lambda: self.certifier() is not None, "no certifier is registered")
        root = self.folder / "root.pem"
        from dominoadmin.pki import describe

        root.write_text(describe.pem(self.certifier().active.certificate))
        self.found["root"] = root
        return f"openssl verify -x509_strict: {tour_judges.openssl(['verify', '-x509_strict', '-CAfile', str(root), str(root)])}"

    def certifier(self):
        from dominoadmin.store import certifiers

        with self.window.session.domain.store.snapshot() as db:
            return next(iter(certifiers.all_of(db)), None)

    def ca_task(self) -> str:
        states = self.hand.until(self.window.server.certifier_states, "the CA process does not know the certifier")
        return f"{states[0][1]}: active: {states[0][2]}"

    def database(self) -> str:
        self.step("Create the Database…")
        form = self.hand.dialog("Database Configuration")
        self.hand.click(form, "Create Database")
        self.hand.closed(form)
        self.hand.until(lambda: "Certificate Requests" in self.tab_titles(), "the database does not open")
        return "certreq.nsf accepts requests for the new certifier"

    def key_ring(self) -> str:
        self.step("Create the Key Ring…")
        form = self.hand.dialog("Create Key Ring")
        self.shot(form, "40-guided-key-ring")
        self.hand.click(form, "Create Key Ring")
        self.hand.closed(form)
        self.hand.until(lambda: self.button_says("Submit the Request"), "the request is not made")
        return "keyfile.kyr has a password that nobody has seen, the trusted root, and a request"

    def button_says(self, text: str) -> bool:
        return self.window.guide.button.isVisible() and self.window.guide.button.text() == text

    def submit(self) -> str:
        self.step("Submit the Request")
        return "the request was selected and submitted"

    def approve(self) -> str:
        self.step("Review the Request")
        document = self.hand.until(lambda: (w := self.window.page()).windowTitle().startswith("Request ") and w, "the request does not open")
        self.hand.says(document, HOST)
        self.shot(self.window, "41-guided-review")
        self.hand.click(document, "Approve Request")
        return "approved with the RA's signature after it was read"

    def pull(self) -> str:
        self.step("Pull the Request")
        return "the request was selected and pulled"

    def pickup(self) -> str:
        self.step("Pick Up the Certificate…")
        merge = self.hand.dialog("Merge Signed Certificate Confirmation")
        self.hand.click(merge, "OK")
        self.hand.closed(merge)
        return "the server's ID opened the key ring; the certificate was confirmed"

    def install(self) -> str:
        self.step("Install the Key Ring")
        self.hand.until(lambda: list((self.data / "servers").rglob("keyfile.sth")), "nothing is copied")
        return "keyfile.kyr and keyfile.sth are in the server's data directory"

    def server_document(self) -> str:
        self.step("Enable SSL…")
        document = self.hand.until(lambda: (w := self.window.page()).windowTitle().startswith("Server: ") and w, "no Server document")
        self.hand.until(lambda: self.hand.editor(document, "SSL key file name").currentText() == "keyfile.kyr", "the key ring is not filled in")
        self.shot(self.window, "42-guided-ports")
        self.hand.click(document, "Save & Close")
        return "the key ring was filled in, and the SSL port enabled"

    def restart(self) -> str:
        self.step("Enter “tell http restart”")
        from dominoadmin.gui.console.server_views import view_of

        port = self.hand.until(lambda: view_of(self.window).ssl_port, "HTTP does not listen with TLS", 30)
        self.found["ports"] = (0, port)
        return f"HTTP listens on the SSL port {port}"

    def live_check(self) -> str:
        self.step("Run the Live Check")
        dialog = self.hand.dialog("Live Check")
        self.hand.says(dialog, "TLS 1.3", 30)
        assert HOST in " ".join(texts(dialog))
        self.hand.click(dialog, "Close")
        self.hand.says(self.window, "All required steps are done")
        self.shot(self.window, "43-guided-done")
        return tour_judges.handshake(self.found["ports"][1], HOST, self.found["root"])

    def padlock(self) -> str:
        return self.browse(self.found["root"])


if __name__ == "__main__":
    main(Guided)
