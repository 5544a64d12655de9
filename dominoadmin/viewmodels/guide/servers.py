"""The Quick Guide's steps about certifier, server and browser: the technote's 1-8 and 28-33."""

from __future__ import annotations

from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.directory.server_entries import ENABLED
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels.guide import activation
from dominoadmin.viewmodels.guide.facts import GuideFacts
from dominoadmin.viewmodels.guide.steps import CONSOLE, Act, Heading, ServerView, Step
from dominoadmin.viewmodels.target import Target


def _day(facts: GuideFacts) -> str:
    assert facts.certifier is not None
    return f"{facts.certifier.issuer.certificate.not_valid_after_utc:%Y-%m-%d}"


def _is_elsewhere(facts: GuideFacts, running: ServerView) -> bool:
    """Return whether another process runs the server, so that its tasks are not visible here."""
    return facts.run_by is not None and not running.is_running


def _elsewhere(facts: GuideFacts, text: str = "") -> str:
    assert facts.run_by is not None
    text = text or _("Process {process} on {host} runs {server}; its tasks cannot be seen from here.")
    return text.format(process=facts.run_by.process, host=facts.run_by.host, server=facts.server_name)


class CaSteps:
    """Returns steps 1-8."""

    def __init__(self, facts: GuideFacts, running: ServerView) -> None:
        self._facts, self._running = facts, running
        self._entry = next((each for each in running.certifiers if facts.record and each[1] == facts.record.name), None)

    def launch(self) -> Step:
        """Return step 1."""
        title, act = _("Launch the Domino Administrator client with the Administrator's ID file"), Act(_("Log In…"))
        heading = Heading("1", title, "log-in", act=act)
        name = names.abbreviated(self._facts.actor.name)
        if self._facts.actor.identity is None:
            return heading.to_do(_("The window is locked: log in as {name}.").format(name=name))
        return heading.done(_("{name} is logged in.").format(name=name))

    def register(self) -> Step:
        """Return steps 2 to 7."""
        facts = self._facts
        title, act = _("Register a new Internet certifier"), Act(_("Register the Certifier…"))
        heading = Heading("2-7", title, "register-certifier", act=act)
        if facts.record is None:
            return heading.to_do(_("There is no Internet certifier yet."))
        if facts.certifier is None:
            return heading.to_do(
                _("{name} cannot be used: {problem}").format(name=facts.certifier_name, problem=facts.certifier_problem)
            )
        end = facts.certifier.issuer.certificate.not_valid_after_utc
        values = {"name": facts.certifier_name, "date": _day(facts)}
        if end <= facts.now:
            return heading.to_do(_("{name} expired on {date}: register another one.").format(**values))
        if not facts.certifier.configuration.enabled:
            return heading.to_do(_("{name} is disabled: register another one.").format(**values))
        return heading.done(_("{name} is registered and valid until {date}.").format(**values))

    def load(self) -> Step:
        """Return step 8."""
        facts, running, title = self._facts, self._running, _("Load the CA task")
        if not running.is_running:
            if _is_elsewhere(facts, running):
                return Heading("8", title).done(_elsewhere(facts))
            title, act = _("Start the server and load the CA task"), Act(_("Start the Server"))
            heading = Heading("8", title, "start-server", act=act)
            return heading.to_do(_("{server} is not running.").format(server=facts.server_name))
        if "ca" not in running.tasks:
            return Heading("8", title, f"{CONSOLE}load ca").to_do(_("The CA task is not running."))
        heading = Heading("8", title, f"{CONSOLE}tell ca refresh")
        if facts.certifier is None:
            return heading.not_yet(_("It is running. Register an Internet certifier for it first."))
        if self._entry is None:
            return heading.to_do(
                _("The CA task is running, but {name} is not in its list yet.").format(name=facts.certifier_name)
            )
        heading = Heading("8", title, f"{CONSOLE}tell ca stat")
        return heading.done(
            _("It is running. {name} is certifier number {number}.").format(
                name=facts.certifier_name, number=self._entry[0]
            )
        )

    def publish(self) -> Step:
        """Return step 8: `tell adminp process all`."""
        facts, running = self._facts, self._running
        loaded = "adminp" in running.tasks
        line = "tell adminp process all" if loaded or not running.is_running else "load adminp"
        heading = Heading("8", _("Publish the certifier with the Administration Process"), CONSOLE + line)
        if facts.record is None:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if facts.record.published_at:
            return heading.done(_("Its CA policy information is in the Domino Directory."))
        problem = _("The CA policy information of {name} is not in the Domino Directory yet.")
        text = problem.format(name=facts.certifier_name)
        return heading.to_do(text) if running.is_running else heading.not_yet(text)

    def activate(self) -> Step:
        """Return step 8, the tip: `tell ca activate`."""
        title = _("Unlock the certifier") if self._protection == Protection.LOCKING_ID else _("Activate the certifier")
        is_aside = self._facts.record is not None and self._facts.record.name in self._running.put_aside()
        is_optional = is_aside and not self._facts.is_needed
        heading = Heading("8", title, self._activation(), is_optional=is_optional)
        if self._facts.certifier is None:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if _is_elsewhere(self._facts, self._running):
            return heading.done(_elsewhere(self._facts))
        if self._entry is None:
            return heading.not_yet(_("The CA task must be running, with the certifier in its list."))
        number, _name, state = self._entry
        if state == activation.ACTIVE:
            return heading.done(_("{name} is active.").format(name=self._facts.certifier_name))
        values = {"name": self._facts.certifier_name, "number": number, "state": state}
        if is_optional:
            idle = _("{name}, number {number}, is not active: {state}. Nothing is waiting for it.")
            return heading.to_do(idle.format(**values))
        return heading.to_do(_("{name}, number {number}, is not active: {state}.").format(**values))

    @property
    def _protection(self) -> str:
        return self._facts.record.active.protection if self._facts.record else ""

    def _activation(self) -> str:
        number = self._entry[0] if self._entry else "*"
        return activation.command(number, self._protection, self._facts.locking_file)


class WebSteps:
    """Returns steps 28-33."""

    def __init__(self, facts: GuideFacts, running: ServerView) -> None:
        self._facts, self._running = facts, running
        self._port = running.ssl_port or facts.server.web.ssl_port

    def configure(self) -> Step:
        """Return step 28."""
        facts, ring = self._facts, self._facts.ring
        server = facts.server
        file = ring.file if ring else ""
        target = Target(server=facts.server_name, ssl_key_file=file, edit=True)
        title, act = _("Fill in the key ring and enable the SSL port"), Act(_("Enable SSL…"))
        heading = Heading("28", title, "server-document", target, act=act)
        if ring is None or not ring.is_finished(facts.now):
            return heading.not_yet(_("The server has no key ring with a valid certificate yet."))
        if server.ssl_key_file != ring.file:
            text = _("The SSL key file name of the Server document is {file}; it should be {wanted}.")
            return heading.to_do(text.format(file=server.ssl_key_file or _("empty"), wanted=ring.file))
        if server.web.ssl_port_status != ENABLED:
            return heading.to_do(_("The SSL port status is Disabled."))
        return heading.done(_("The Server document specifies {file}, and SSL is enabled.").format(file=ring.file))

    def restart(self) -> Step:
        """Return step 29."""
        facts, running, title = self._facts, self._running, _("Restart HTTP")
        if not self._is_ready():
            return Heading("29", title).not_yet(_("SSL is not set up in the Server document yet."))
        if _is_elsewhere(facts, running):
            return self._restart_elsewhere(Heading("29", title, "live-check"))
        if not running.is_running:
            stopped = _("{server} is not running.").format(server=facts.server_name)
            act = Act(_("Start the Server"))
            return Heading("29", _("Start the server"), "start-server", act=act).to_do(stopped)
        if "http" not in running.tasks:
            return Heading("29", _("Load HTTP"), f"{CONSOLE}load http").to_do(_("The HTTP task is not running."))
        if not running.ssl_port:
            heading = Heading("29", title, f"{CONSOLE}tell http restart")
            return heading.to_do(_("HTTP does not listen on the SSL port yet."))
        heading = Heading("29", title, f"{CONSOLE}show tasks")
        return heading.done(_("HTTP listens on the SSL port {port}.").format(port=running.ssl_port))

    def _restart_elsewhere(self, heading: Heading) -> Step:
        if self._is_checked():
            return heading.done(_("The live check has found the certificate on the server."))
        text = _("Process {process} on {host} runs {server}: enter 'tell http restart' there, then run the live check.")
        return heading.to_do(_elsewhere(self._facts, text))

    def check(self) -> Step:
        """Return step 30."""
        title, act = _("Confirm that SSL works with the live check"), Act(_("Run the Live Check"))
        heading = Heading("30", title, "live-check", act=act)
        if not self._is_listening():
            return heading.not_yet(_("The server does not listen on the SSL port."))
        if self._is_checked():
            return heading.done(_("The last live check found a secure session with this certificate."))
        return heading.to_do(_("The live check has not confirmed the new certificate yet."))

    def trust(self) -> Step:
        """Return steps 31 and 32, which are for every browser, so that they are never known to be done."""
        target = Target(database=self._facts.database.file if self._facts.database else "")
        heading = Heading("31-32", _("Trust the certifier in browsers"), "browser-help", target, is_optional=True)
        if self._facts.certifier is None:
            return heading.not_yet(_("There is no Internet certifier yet."))
        return heading.to_do(_("Once in each browser. Until then, the browser warns that the certifier is unknown."))

    def browse(self) -> Step:
        """Return step 33."""
        title = _("Open the database in the browser and check for a closed padlock")
        heading = Heading("33", title, "open-page", Target(url=self._url()))
        if not self._is_listening():
            return heading.not_yet(_("The server does not listen on the SSL port."))
        if self._is_checked():
            return heading.done(_("The session is secure: the padlock of the live check is closed."))
        return heading.not_yet(_("Run the live check first."))

    def _is_ready(self) -> bool:
        server, ring = self._facts.server, self._facts.ring
        named = ring is not None and server.ssl_key_file == ring.file and ring.is_finished(self._facts.now)
        return named and server.web.ssl_port_status == ENABLED

    def _is_listening(self) -> bool:
        return self._is_ready() and (self._running.ssl_port > 0 or _is_elsewhere(self._facts, self._running))

    def _is_checked(self) -> bool:
        certificate = self._facts.ring.certificate if self._facts.ring else None
        return certificate is not None and certificate.fingerprint == self._running.checked

    def _url(self) -> str:
        file = self._facts.database.file if self._facts.database else ""
        return f"https://{self._facts.server.host_name}:{self._port}/{file}"
