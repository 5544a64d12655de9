"""Issue Now: every step and document as when done one after the other, with a server that runs beside it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Self

import pytest
from cryptography import x509

from dominoadmin import application
from dominoadmin.errors import Cancelled, Error, NotAllowed, NotFound, Refused
from dominoadmin.i18n import marked
from dominoadmin.pki.profiles import NamePolicy
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingRequest
from dominoadmin.services.processes import issuing_now
from dominoadmin.services.processes.issuing_now import IssueRequest, UnfinishedError
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.requests import approving, submitting
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import CA, DATABASE
from tests.conftest import copy_data
from tests.outside.judges import everyone_verifies

PASSWORD = "a generated password"
ALL_ACTS = [
    "key ring created", "trusted root merged", "request received", "request submitted", "request approved",
    "request pulled", "key ring certificate merged",
]  # fmt: skip


class Running:
    """A server in a thread of its own, as in the window."""

    def __init__(self, office) -> None:
        self._stop = threading.Event()
        self.server = application.start_server(office.domain, office.server, builders.no_password)
        list(self.server.console.execute("load ca"))
        list(self.server.console.execute("load adminp"))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def states(self):
        task = self.server.host.task("ca")
        assert isinstance(task, CaTask)
        return task.states()

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            list(self.server.pump())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)
        list(self.server.stop())


@pytest.fixture(scope="module")
def ready_template(office_template, tmp_path_factory):
    """The office with a certifier and its database."""
    from tests.conftest import NO_KEYCHAIN, Clock, Office

    template, ids = office_template
    root = tmp_path_factory.mktemp("ready") / "data"
    copy_data(template, root)
    clock = Clock()
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    builders.ready(Office(domain=domain, clock=clock, **ids), key_algorithm="ec-p256")
    domain.store.close()
    return root, ids


@pytest.fixture
def ready(ready_template, tmp_path):
    from tests.conftest import NO_KEYCHAIN, Clock, Office

    template, ids = ready_template
    copy_data(template, tmp_path / "data")
    clock = Clock()
    domain = application.open_domain(tmp_path / "data", NO_KEYCHAIN, clock)
    yield Office(domain=domain, clock=clock, **ids)
    domain.store.close()


def ring(**changes) -> IssueRequest:
    fields = {
        "file": "www.kyr", "password": PASSWORD, "common_name": "www.example.com", "organization": "MyCompany",
        "state": "Massachusetts", "country": "US", "names": ("dns:example.com", "ip:10.0.0.1"),
        "key_algorithm": "ec-p256", "database": DATABASE,
    }  # fmt: skip
    return IssueRequest(database=DATABASE, key_ring=KeyRingRequest(**{**fields, **changes}))


def issue(office, running, request: IssueRequest, progress: Progress = QUIET, who=None):
    ra = who or office.ann
    shown = issuing_now.preview(office.domain, Actor.of(ra), request, running.states())
    assert not shown.problem
    return issuing_now.issue(office.domain, ra, request, shown, progress)


def certifier(office) -> x509.Certificate:
    return x509.load_der_x509_certificate(builders.record(office).active.certificate)


def left(office) -> list[str]:
    return sorted(path.name for path in office.root.iterdir() if path.suffix in (".kyr", ".sth"))


class Stopping(Progress):
    """Stops at a step, or acts there."""

    def __init__(self, at: str, act=None) -> None:
        self._at, self._act = at, act

    def step(self, text: str) -> None:
        if self._at in text:
            if self._act is None:
                raise Cancelled
            self._act()


@pytest.mark.judge
def test_a_key_ring_is_certified_in_one_act_with_every_document(ready) -> None:
    before = len(builders.actions(ready))
    with Running(ready) as running:
        done = issue(ready, running, ring())
    leaf = x509.load_der_x509_certificate(done.chain[0])
    everyone_verifies(leaf, certifier(ready), hostname="www.example.com")
    everyone_verifies(leaf, certifier(ready), hostname="example.com")
    opened = key_rings.show(ready.domain, KeyRingAccess("www.kyr", PASSWORD))
    assert (opened.state, opened.certificate) == ("certificate merged", leaf)
    shown = builders.view(ready, done.request_id)
    assert (shown.state, shown.request.key_ring, shown.request.applicant) == ("Issued", "www.kyr", "Ann Admin/MyCompany/US")
    assert shown.request.pulled_at
    acts = [act for act, _object in builders.actions(ready)[before:]]
    assert [act for act in acts if act in ALL_ACTS] == ALL_ACTS
    assert builders.sql(ready, "SELECT count(*) FROM mail")[0][0] == 1
    assert verifying.verify(ready.domain, ready.actor()).entries == len(builders.actions(ready))


@pytest.mark.judge
def test_a_request_that_somebody_has_is_certified(ready) -> None:
    request = IssueRequest(database=DATABASE, csr=builders.csr("mail.example.com"))
    with Running(ready) as running:
        done = issue(ready, running, request)
    assert done.key_ring == ""
    leaf = x509.load_der_x509_certificate(done.chain[0])
    everyone_verifies(leaf, certifier(ready), hostname="mail.example.com")
    assert done.chain[1] == builders.record(ready).active.certificate
    assert builders.view(ready, done.request_id).request.pulled_at


def test_in_an_automatic_database_the_administration_process_may_be_faster(ready) -> None:
    builders.certifier(ready, "Second CA", key_algorithm="ec-p256")
    builders.database(ready, "second.nsf", "Second CA", processing="automatic")
    with Running(ready) as running:
        for number in range(3):
            request = IssueRequest(database="second.nsf", csr=builders.csr(f"h{number}.example.com"))
            done = issue(ready, running, request)
            assert builders.view(ready, done.request_id).request.pulled_at


def test_a_name_that_is_typed_twice_is_certified_once(ready) -> None:
    with Running(ready) as running:
        done = issue(ready, running, ring(names=("dns:WWW.example.com", "dns:example.com", "dns:example.com")))
    names = x509.load_der_x509_certificate(done.chain[0]).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["www.example.com", "example.com"]


def test_only_databases_of_ones_own_certifiers_are_offered(ready) -> None:
    assert [record.file for record, _certifier in issuing_now.choices(ready.domain, ready.actor())] == [DATABASE]
    with pytest.raises(NotFound, match="registration authority of no certifier"):
        issuing_now.choices(ready.domain, Actor.of(ready.rob))


def test_a_database_for_people_is_not_offered(ready) -> None:
    builders.certifier(ready, "Second CA", key_algorithm="ec-p256")
    builders.database(ready, "second.nsf", "Second CA", supports="client")
    assert [record.file for record, _certifier in issuing_now.choices(ready.domain, ready.actor())] == [DATABASE]


def test_who_is_no_ra_can_neither_look_nor_issue(ready) -> None:
    with Running(ready) as running:
        with pytest.raises(NotAllowed, match="not a Registration Authority"):
            issuing_now.preview(ready.domain, Actor.of(ready.rob), ring(), running.states())
        shown = issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())
        with pytest.raises(NotAllowed, match="not a Registration Authority"):
            issuing_now.issue(ready.domain, ready.rob, ring(), shown)
    assert left(ready) == []
    assert not submitting.views(ready.domain)


def test_without_a_server_nothing_is_begun(ready) -> None:
    with pytest.raises(Refused, match="Server1/MyCompany/US is not running: nothing would issue"):
        issuing_now.preview(ready.domain, ready.actor(), ring())


def test_a_certifier_that_is_not_active_is_named_before_anything_is_done(ready) -> None:
    with Running(ready) as running:
        list(running.server.console.execute("tell ca deactivate 1"))
        with pytest.raises(Refused, match="is not active: nothing would issue"):
            issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())


def test_a_ca_process_that_is_not_loaded_is_named(ready) -> None:
    with Running(ready) as running:
        list(running.server.console.execute("tell ca quit"))
        with pytest.raises(Refused, match="The CA process of Server1/MyCompany/US is not loaded"):
            issuing_now.preview(ready.domain, ready.actor(), ring())


def test_a_server_in_another_process_is_trusted_to_issue(ready) -> None:
    with Running(ready) as running:
        builders.sql(ready, "UPDATE leases SET process = 1")  # another one of this computer
        assert not issuing_now.preview(ready.domain, ready.actor(), ring()).problem
        builders.sql(ready, "UPDATE leases SET process = ?", running.server.lease.record.process)


def test_a_key_ring_file_that_exists_is_refused_before_anything_is_done(ready) -> None:
    (ready.root / "www.kyr").write_bytes(b"somebody's")
    with Running(ready) as running, pytest.raises(Error, match="an existing file already exists"):
        issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())
    assert (ready.root / "www.kyr").read_bytes() == b"somebody's"


def test_what_the_settings_forbid_is_refused(ready) -> None:
    draft = modifying.begin(ready.domain, ready.actor(), 1)
    modifying.save(ready.domain, ready.ann, replace(draft, settings=replace(draft.settings, names=NamePolicy(wildcards=False))))
    with Running(ready) as running, pytest.raises(Refused, match="does not allow wildcard names"):
        issuing_now.preview(ready.domain, ready.actor(), ring(names=("dns:*.example.com",)), running.states())


def test_a_broken_rule_is_shown_and_nothing_is_begun(ready, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.services.issuance.orders.problem", lambda *_: marked("The certifier is disabled."))
    with Running(ready) as running:
        shown = issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())
        assert shown.problem == "The certifier is disabled."
        assert [each.problem for each in shown.checks][-1] == "The certifier is disabled."
        with pytest.raises(Refused, match="The certifier is disabled"):
            issuing_now.issue(ready.domain, ready.ann, ring(), shown)
    assert left(ready) == []


def test_a_certificate_that_would_outlive_its_certifier_is_shown_before_it_is_begun(ready) -> None:
    ready.clock.advance(days=365 * 9 + 200)
    with Running(ready) as running:
        shown = issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())
    assert "would outlive its certifier" in shown.problem


def test_stopped_before_anything_is_written_it_leaves_nothing(ready) -> None:
    with Running(ready) as running:
        with pytest.raises(Cancelled):
            issue(ready, running, ring(), Stopping("Generating the key"))
        with pytest.raises(Cancelled):
            issue(ready, running, IssueRequest(database=DATABASE, csr=builders.csr()), Stopping("Submitting"))
    assert left(ready) == []
    assert not submitting.views(ready.domain)


def test_stopped_after_the_key_ring_it_says_what_is_there(ready) -> None:
    with Running(ready) as running, pytest.raises(UnfinishedError, match="You stopped before") as stopped:
        issue(ready, running, ring(), Stopping("Submitting"))
    assert (stopped.value.request_id, stopped.value.key_ring) == (0, "www.kyr")
    assert "Certify it with Certify Key Ring" in stopped.value.hint
    assert left(ready) == ["www.kyr", "www.sth"]


def test_stopped_before_the_signature_the_request_waits_for_a_decision(ready) -> None:
    with Running(ready) as running, pytest.raises(UnfinishedError) as stopped:
        issue(ready, running, ring(), Stopping("Signing"))
    number = stopped.value.request_id
    assert builders.view(ready, number).document.state == "New"
    assert f"Request {number} remains. You can continue it like any other request." in stopped.value.hint
    # and it does
    builders.approve(ready.domain, ready.ann, [number])
    builders.load_ca(ready)
    submitting.pull(ready.domain, ready.actor(), [number])
    access = KeyRingAccess("www.kyr", PASSWORD)
    key_rings.pickup(ready.domain, ready.actor(), access, builders.view(ready, number).pickup_id)
    assert key_rings.show(ready.domain, access).state == "certificate merged"


def test_a_request_that_somebody_changes_before_the_signature_is_not_signed(ready) -> None:
    """What is signed is what was shown: here the store is altered in the moment between."""
    alter = "UPDATE admin_requests SET fields = replace(fields, 'example.com', 'evil.example')"
    with Running(ready) as running, pytest.raises(UnfinishedError) as stopped:
        issue(ready, running, ring(), Stopping("Signing", lambda: builders.sql(ready, alter)))
    number = stopped.value.request_id
    assert builders.state(ready, number) != "Issued"
    assert not builders.certificates(ready)
    assert not builders.sql(ready, "SELECT * FROM decisions")


def test_a_certifier_that_is_configured_in_between_changes_nothing_unseen(ready) -> None:
    with Running(ready) as running:
        shown = issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())
        draft = modifying.begin(ready.domain, ready.actor(), 1)
        modifying.save(ready.domain, ready.ann, replace(draft, settings=replace(draft.settings, default_days=100)))
        with pytest.raises(UnfinishedError, match="has changed since it was shown; nothing was signed"):
            issuing_now.issue(ready.domain, ready.ann, ring(), shown)
    assert not builders.certificates(ready)


def test_a_server_that_ends_in_between_leaves_an_approved_request(ready, monkeypatch) -> None:
    monkeypatch.setattr(issuing_now, "PATIENCE", 0.3)
    with Running(ready) as running:
        shown = issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())
    with pytest.raises(UnfinishedError, match="is approved and is waiting for the CA process") as stopped:
        issuing_now.issue(ready.domain, ready.ann, ring(), shown)
    assert "the certifier is active" in stopped.value.hint
    builders.load_ca(ready)
    assert builders.state(ready, stopped.value.request_id) == "Issued"


def test_an_approval_that_is_withdrawn_in_between_ends_the_act(ready) -> None:
    with Running(ready) as running:
        shown = issuing_now.preview(ready.domain, ready.actor(), ring(), running.states())

    def withdraw() -> None:
        approving.withdraw(ready.domain, ready.ann, [1])

    with pytest.raises(UnfinishedError, match="has withdrawn the approval of request 1"):
        issuing_now.issue(ready.domain, ready.ann, ring(), shown, Stopping("Waiting", withdraw))
    assert CA in builders.view(ready, 1).certifier




def test_another_validity_is_an_edit_that_the_ra_signs(ready) -> None:
    with Running(ready) as running:
        done = issue(ready, running, replace(ring(), days=90))
        leaf = x509.load_der_x509_certificate(done.chain[0])
        assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=90, seconds=-1)
        assert "request edited" in [action for action, _about in builders.actions(ready)]
        for days in (0, 200):  # what is usual is no edit
            issue(ready, running, replace(ring(file=f"www{days}.kyr"), days=days))
    assert [action for action, _about in builders.actions(ready)].count("request edited") == 1
    verifying.verify(ready.domain, ready.actor())


def test_a_validity_beyond_the_certifiers_limits_breaks_a_rule(ready) -> None:
    with Running(ready) as running:
        shown = issuing_now.preview(ready.domain, ready.actor(), replace(ring(), days=2000), running.states())
    assert "days" in shown.problem
