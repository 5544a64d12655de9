"""The pages of Certificate Requests databases. Handlers turn a visit into an answer; they block, so run in threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import jinja2
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from dominoadmin.errors import Error, NotFound, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.services.audit import shown
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.web import request_site
from dominoadmin.services.web.request_site import IssuedCertificate, Site, WebForm
from dominoadmin.store import reading
from dominoadmin.tasks.http.guard import Problem
from dominoadmin.tasks.http.submissions import WINDOW, Submissions

log = logging.getLogger(__name__)

_UNAVAILABLE: Final = Problem(503, _("The server cannot answer this at the moment."), _("Try again in a minute."))
_TOO_MANY: Final = Refused(
    _("Too many requests were submitted from your address."), _("Try again in an hour, or ask the administrator.")
)
_LABELS: Final = {SERVER: "Request Server Certificate", CLIENT: "Request Client Certificate"}
_DER, _PEM = "application/pkix-cert", "application/pem-certificate-chain"


@dataclass(frozen=True)
class Visit:
    """One request: the database's file name, the fields of the form if one was sent, and the client's address."""

    file: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    wants_json: bool = False
    address: str = ""


class Pages:
    """All pages of one server. `server` is the actor for submitted requests: its open ID signs the audit log."""

    def __init__(self, domain: Domain, server: Actor) -> None:
        self._domain, self._server = domain, server
        self._submissions = Submissions()
        self._organization = names.abbreviated(domain.organization)
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader(__package__), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self.index = self._compared(self._index)
        self.shown = self._all_compared(
            {
                "": self.home,
                "authority": self.authority,
                "servercertificaterequest": lambda visit: self.form(visit, SERVER),
                "usercertificaterequest": lambda visit: self.form(visit, CLIENT),
                "status": lambda visit: self.ask(visit, "status.html"),
                "pickup": lambda visit: self.ask(visit, "pickup.html"),
                "certificate": lambda visit: self.ask(visit, "pickup.html"),  # Domino's URL command ServerPickup
                "ca.cer": lambda visit: self.certificate(visit, _DER),
                # With this type, Firefox offers to trust the authority.
                "ca.crt": lambda visit: self.certificate(visit, "application/x-x509-ca-cert"),
                "ca.pem": lambda visit: self.certificate(visit, _PEM),
            }
        )
        self.taken = self._all_compared(
            {
                "servercertificaterequest": lambda visit: self.submit(visit, SERVER),
                "usercertificaterequest": lambda visit: self.submit(visit, CLIENT),
                "status": self.status,
                "pickup": self.pickup,
            }
        )

    def _all_compared(self, pages: Mapping[str, Page]) -> dict[str, Page]:
        return {name: self._compared(page) for name, page in pages.items()}

    def _compared(self, page: Page) -> Page:
        """Return a page that is shown only if each row it was made of is the one that was signed."""

        def comparing(visit: Visit) -> Response:
            with reading.noting() as found:
                response = page(visit)
            for complaint in shown.complaints(self._domain, self._server, found):
                raise complaint
            return response

        return comparing

    def _index(self, _visit: Visit) -> Response:
        """List the databases."""
        return self._page("index.html", sites=request_site.sites(self._domain))

    def health(self, visit: Visit) -> Response:
        """Answer that the store can be read."""
        request_site.sites(self._domain)
        return JSONResponse({"status": "ok"}) if visit.wants_json else PlainTextResponse("ok\n")

    def stylesheet(self, _visit: Visit) -> Response:
        """Return the one style sheet."""
        css = self._templates.get_template("style.css").render()
        return Response(css, media_type="text/css", headers={"cache-control": "max-age=3600"})

    def home(self, visit: Visit) -> Response:
        """Show the home page of a database."""
        return self._page("home.html", site=self._site(visit))

    def authority(self, visit: Visit) -> Response:
        """Show the authority's certificate and how to trust it ("Accept This Authority In Your Browser")."""
        found = request_site.authority(self._domain, self._server, visit.file)
        return self._page("authority.html", site=self._site(visit), authority=found)

    def certificate(self, visit: Visit, media_type: str) -> Response:
        """Return the authority's certificate as a file."""
        found = request_site.authority(self._domain, self._server, visit.file)
        if media_type == _PEM:
            return _file(found.pem(), media_type, f"{found.stem}.pem")
        return _file(found.der(), media_type, f"{found.stem}.cer")

    def form(self, visit: Visit, kind: str) -> Response:
        """Show the empty form for a request."""
        return self._request_form(visit, kind)

    def submit(self, visit: Visit, kind: str) -> Response:
        """Take in a request; if it is refused, show the form with its input."""
        form = WebForm(visit.form.get("csr", ""), kind, visit.form.get("contact", ""))
        if not self._submissions.admit(visit.address):
            response = self._request_form(visit, kind, _TOO_MANY, 429)
            response.headers["retry-after"] = f"{WINDOW:.0f}"
            return response
        try:
            receipt = request_site.submit(self._domain, self._server, visit.file, form)
        except Tampered:
            raise
        except Refused as refusal:
            self._submissions.take_back(visit.address)
            return self._request_form(visit, kind, refusal, 422)
        return self._page("submitted.html", site=self._site(visit), receipt=receipt)

    def ask(self, visit: Visit, template: str, error: Error | None = None) -> Response:
        """Show a form that asks for a Request ID."""
        status = 200 if error is None else 404 if isinstance(error, NotFound) else 409
        typed = visit.form.get("id", "")
        return self._page(template, status, site=self._site(visit), error=error, id=typed, found=None)

    def status(self, visit: Visit) -> Response:
        """Show the state of a request."""
        site = self._site(visit)
        try:
            found = request_site.status(self._domain, visit.form.get("id", ""))
        except NotFound as error:
            return self.ask(visit, "status.html", error)
        return self._page("status.html", site=site, error=None, id=found.request_id, found=found)

    def pickup(self, visit: Visit) -> Response:
        """Show an issued certificate, or return it as a file if a format was chosen."""
        site = self._site(visit)
        try:
            found = request_site.pickup(self._domain, self._server, visit.form.get("id", ""))
        except Tampered:
            raise
        except (NotFound, Refused) as error:
            return self.ask(visit, "pickup.html", error)
        chosen = _FORMATS.get(visit.form.get("format", ""))
        if chosen is not None:
            return chosen(found)
        return self._page("pickup.html", site=site, error=None, id=found.request_id, found=found)

    def problem(self, problem: Problem) -> Response:
        """Show an error page."""
        return self._page("problem.html", problem.status, problem=problem)

    def failure(self, error: Error) -> Response:
        """Show an error of the services; those that only the administrator can fix go to the log instead."""
        if isinstance(error, NotFound | Refused) and not isinstance(error, Tampered):
            return self.problem(Problem(404 if isinstance(error, NotFound) else 400, str(error), error.hint))
        log.error("%s", error)
        return self.problem(_UNAVAILABLE)

    def _site(self, visit: Visit) -> Site:
        return request_site.site(self._domain, visit.file)

    def _request_form(self, visit: Visit, kind: str, error: Error | None = None, status: int = 200) -> Response:
        site = self._site(visit)
        if kind not in site.kinds:
            return self.problem(Problem(404, _("{title} does not accept requests of this type.", title=site.title)))
        typed = {name: visit.form.get(name, "") for name in ("csr", "contact")}
        if "PRIVATE KEY" in typed["csr"]:
            typed["csr"] = ""  # it was posted by mistake; do not send it back
        return self._page("request.html", status, site=site, kind=kind, label=_LABELS[kind], error=error, typed=typed)

    def _page(self, template: str, status: int = 200, **content: object) -> Response:
        content |= {"organization": self._organization, "labels": _LABELS}
        return HTMLResponse(self._templates.get_template(template).render(content), status)


Page = Callable[[Visit], Response]


def _file(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


_FORMATS: Final[Mapping[str, Callable[[IssuedCertificate], Response]]] = {
    "pem": lambda found: _file(found.chain_pem(), _PEM, f"{found.stem}.pem"),
    "der": lambda found: _file(found.der(), _DER, f"{found.stem}.cer"),
    "p7b": lambda found: _file(found.pkcs7(), "application/x-pkcs7-certificates", f"{found.stem}.p7b"),
}
