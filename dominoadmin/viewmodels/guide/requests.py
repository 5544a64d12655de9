"""The Quick Guide's steps about database, key ring and request: the technote's 9-27."""

from __future__ import annotations

from dataclasses import replace

from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
from dominoadmin.pki.profiles import SERVER
from dominoadmin.services.processes.adminp import UNRESTRICTED
from dominoadmin.services.requests.databases import SUPPORTS, Processing
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import RequestState
from dominoadmin.viewmodels.guide.facts import GuideFacts
from dominoadmin.viewmodels.guide.steps import CONSOLE, Act, Heading, Step
from dominoadmin.viewmodels.requests import next_steps
from dominoadmin.viewmodels.requests.next_steps import Audience
from dominoadmin.viewmodels.target import Target

_PENDING_VIEW = "Pending/Submitted Requests"


class RequestSteps:
    """Returns steps 9-27."""

    def __init__(self, facts: GuideFacts) -> None:
        self._facts = facts
        self._file = facts.database.file if facts.database else ""
        self._certifier = facts.record.name if facts.record else ""
        self._ring = facts.ring
        self._request = self._current()

    def _current(self) -> RequestView | None:
        """Return the current request, unless it was rejected or its certificate has expired."""
        ring = self._facts.ring
        if ring is None or ring.request is None or ring.request.state == RequestState.REJECTED:
            return None
        expired = ring.certificate is not None and ring.certificate.not_after <= self._facts.now
        return None if expired else ring.request

    def database(self) -> Step:
        """Return steps 9 to 11."""
        facts, name = self._facts, self._facts.certifier_name
        target, act = Target(certifier_name=self._certifier), Act(_("Create the Database…"))
        heading = Heading("9-11", _("Create the Certificate Requests database"), "new-database", target, act=act)
        if facts.certifier is None:
            return heading.not_yet(_("Register the Internet certifier for this database first."))
        if not self._file:
            return heading.to_do(_("{name} has no Certificate Requests database yet.").format(name=name))
        return heading.done(_("{file} accepts the requests for {name}.").format(file=self._file, name=name))

    def configuration(self) -> Step:
        """Return steps 12 and 13."""
        target, title = Target(database=self._file), _("Fill in the Database Configuration")
        heading = Heading("12-13", title, "configure-database", target)
        if not self._file:
            return heading.not_yet(_("Create the database first."))
        configuration = self._facts.configuration
        if configuration is None:
            return heading.to_do(_("The Database Configuration cannot be read. Fill it in again."))
        if SERVER not in SUPPORTS[configuration.supports]:
            return heading.to_do(
                _("With 'Client Certificates Only', the database accepts no requests for server key rings.")
            )
        if configuration.processing == Processing.AUTOMATIC and not self._agents_may_run():
            document = Heading("12-13", title, "server-document", Target(server=self._facts.server_name))
            return document.to_do(_(UNRESTRICTED))
        return heading.done(
            _("It supports: {types}. Processing method: {method}.").format(
                types=_(configuration.supports_label), method=_(configuration.processing.capitalize())
            )
        )

    def _agents_may_run(self) -> bool:
        ras = self._facts.certifier.configuration.ras if self._facts.certifier else ()
        return bool(set(self._facts.server.run_unrestricted) & set(ras))

    def key_ring(self) -> Step:
        """Return steps 14 to 16."""
        host = self._facts.server.host_name
        target, act = Target(database=self._file), Act(_("Create the Key Ring…"))
        heading = Heading("14-16", _("Create the key ring"), "create-key-ring", target, act=act)
        if not self._file:
            return heading.not_yet(_("Create the Certificate Requests database first."))
        if self._ring is None:
            return heading.to_do(_("There is no key ring for {host} yet.").format(host=host))
        if self._ring.stash_problem:
            mend = Heading("14-16", _("Create the key ring"), "key-rings")
            return mend.to_do(
                _("{problem} Change the password of {file} to create a new one.").format(
                    problem=self._ring.stash_problem, file=self._ring.file
                )
            )
        return heading.done(_("{file} and its stash file exist.").format(file=self._ring.file))

    def certify(self) -> Step:
        """Return steps 17 and 18."""
        target = Target(database=self._file, key_ring=self._ring.file if self._ring else "")
        title, act = _("Merge the trusted root and submit the request"), Act(_("Certify the Key Ring…"))
        heading = Heading("17-18", title, "certify-key-ring", target, act=act)
        if self._ring is None or not self._file:
            return heading.not_yet(_("Create the key ring first."))
        if self._request:
            return heading.done(
                _("Request {number} for {file} is in {database}.").format(
                    number=self._request.request.id, file=self._ring.file, database=self._file
                )
            )
        return heading.to_do(self._why_again())

    def _why_again(self) -> str:
        assert self._ring is not None
        shown, certificate = self._ring.request, self._ring.certificate
        if shown is None:
            return _("{file} has no certificate request yet.").format(file=self._ring.file)
        if certificate is not None:
            text = _("The certificate of {file} expired on {date}. Request a new one.")
            return text.format(file=self._ring.file, date=f"{certificate.not_after:%Y-%m-%d}")
        return next_steps.sentence(Audience.GUIDE, shown)

    def submit(self) -> Step:
        """Return step 19."""
        act = Act(_("Submit the Request"), "submit-request")
        heading = Heading("19", _("Submit the request"), "open-database", self._view(), act=act)
        if self._request is None:
            return heading.not_yet(_("There is no request yet."))
        if self._request.request.state != RequestState.PENDING:
            return heading.done(_("It has been submitted to the Administration Process."))
        if self._is_automatic():
            return heading.not_yet(_("The Administration Process will submit it automatically in a moment."))
        return heading.to_do(self._next())

    def approve(self) -> Step:
        """Return steps 20 and 21."""
        act = Act(_("Review the Request"))
        heading = Heading("20-21", _("Verify and approve the request"), "admin4", self._target(), act=act)
        shown = self._request
        if shown is None or shown.document is None:
            return heading.not_yet(_("No request has been submitted."))
        if shown.state == RequestState.ISSUED:
            return heading.done(
                _("Its certificate has been issued, serial number {serial}.").format(
                    serial=describe.serial(shown.document.serial_hex or "")
                )
            )
        if shown.state == RequestState.APPROVED:
            waiting = Heading("20-21", heading.title, f"{CONSOLE}tell ca stat", self._target())
            return waiting.not_yet(self._next())
        certifier = self._facts.certifier
        if certifier and self._facts.actor.name not in certifier.configuration.ras:
            ras = ", ".join(map(names.abbreviated, certifier.configuration.ras))
            return heading.not_yet(_("Only a registration authority (RA) can approve it: {names}.").format(names=ras))
        if shown.state == RequestState.ERROR:
            return heading.to_do(self._next())
        return heading.to_do(self._next())

    def pull(self) -> Step:
        """Return step 22."""
        act = Act(_("Pull the Request"), "pull-request")
        heading = Heading("22", _("Pull the request"), "open-database", self._view(), act=act)
        if self._request is None or self._request.state != RequestState.ISSUED:
            return heading.not_yet(_("The certificate has not been issued yet."))
        if self._request.request.pulled_at:
            return heading.done(_("It is in the view Issued/Rejected Certificates."))
        if self._is_automatic():
            return heading.not_yet(_("The Administration Process will pull it automatically in a moment."))
        return heading.to_do(self._next())

    def cross_certify(self) -> Step:
        """Return step 22, the note."""
        facts, target = self._facts, Target(certifier_name=self._certifier)
        title = _("Cross-certify the new Internet certifier")
        heading = Heading("22", title, "cross-certify", target, is_optional=True)
        end = facts.cross_certified_until
        if end and end > facts.now:
            text = _("{name} is cross-certified until {date}.")
            return heading.done(text.format(name=facts.certifier_name, date=f"{end:%Y-%m-%d}"))
        if self._is_pulled():
            text = _(
                "The cross-certificate makes your own organization trust the certificates that {certifier} issues."
            )
            return heading.to_do(text.format(certifier=facts.certifier_name))
        return heading.not_yet(_("You may be prompted for it while pulling."))

    def request_id(self) -> Step:
        """Return step 23."""
        heading = Heading("23", _("Copy the Request ID"), "mail", self._target())
        if not self._is_pulled():
            return heading.not_yet(_("Pull the request first."))
        return heading.done(_("It is {id}; the guide fills it in.").format(id=self._target().pickup_id))

    def pick_up(self) -> Step:
        """Return steps 24 to 26."""
        title, act = _("Pick up the certificate into the key ring"), Act(_("Pick Up the Certificate…"))
        heading = Heading("24-26", title, "pickup-key-ring", self._target(), act=act)
        if not self._is_pulled() or self._ring is None:
            return heading.not_yet(_("Pull the request first."))
        if self._ring.is_merged:
            return heading.done(_("The certificate is in {file}.").format(file=self._ring.file))
        return heading.to_do(_("{file} does not have the certificate yet.").format(file=self._ring.file))

    def install(self) -> Step:
        """Return step 27."""
        file = self._ring.file if self._ring else ""
        server, target = self._facts.server_name, Target(key_ring=file)
        title, act = _("Copy the key ring and its stash file to the server"), Act(_("Install the Key Ring"))
        heading = Heading("27", title, "install-key-ring", target, act=act)
        if self._ring is None or self._request is None or not self._ring.is_merged:
            return heading.not_yet(_("The key ring does not have its certificate yet."))
        if self._ring.is_copied:
            return heading.done(_("{server} has {file}.").format(server=server, file=file))
        return heading.to_do(_("{server} does not have this version of {file} yet.").format(server=server, file=file))

    def _next(self) -> str:
        """Return the next step of the current request."""
        assert self._request is not None
        return next_steps.sentence(Audience.GUIDE, self._request)

    def _is_pulled(self) -> bool:
        return (
            self._request is not None
            and self._request.state == RequestState.ISSUED
            and bool(self._request.request.pulled_at)
        )

    def _is_automatic(self) -> bool:
        return self._facts.configuration is not None and self._facts.configuration.processing == Processing.AUTOMATIC

    def _view(self) -> Target:
        """Return the target of the view with the request."""
        return replace(self._target(), pickup_id="", view=_PENDING_VIEW)

    def _target(self) -> Target:
        shown = self._request
        return Target(
            database=self._file,
            request_id=shown.request.id if shown else 0,
            pickup_id=(shown.pickup_id or "") if shown else "",
        )
