"""Acts that may be killed at any moment, and what must hold at the next start: done or not, never half.

The functions run in a process that is killed, and in the judge; both have an office with all IDs open.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from dominoadmin import application
from dominoadmin.errors import Error
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import protecting
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.domain import system_clock
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.setup import creating
from dominoadmin.services.states import Protection
from dominoadmin.store import id_files
from dominoadmin.store.keychain import NoKeychain
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql
from tests.conftest import NO_KEYCHAIN, Clock, Office
from tests.services.key_rings.conftest import DATABASE, PASSWORD, form

HOSTS = tuple(f"host{number}.example.com" for number in range(3))
EVE = "CN=Eve Ra/O=MyCompany/C=US"
SETUP = creating.SetupRequest(
    organization="MyCompany", country="", server="Server1", host="server1.example.com", administrator="Ann Admin",
    administrator_password="administrator 1", server_password="server pass",
)  # fmt: skip


@dataclass(frozen=True)
class Act:
    """`prepare` makes the store of the first try; `do` may be repeated; `check` is asked after it was done in the end.

    `is_done`: whether the first try has done it.
    """

    prepare: Callable[[Office], object]
    do: Callable[[Office], object]
    is_done: Callable[[Office], bool]
    check: Callable[[Office], object] = lambda _office: None


def published(root: Path) -> Path:
    """The folder that the certifier's configuration names: one for all tries, which have it in turn."""
    return root.parent.parent / "published"


def _ready(office: Office) -> None:
    folder = published(office.root)
    folder.mkdir(exist_ok=True)
    builders.ready(office, publication=Publication(("http://server1.example.com/pki",), folder=str(folder)))


def _turn(office: Office, *commands: str) -> list[str]:
    """A turn of the CA process, and its commands."""
    task = CaTask(office.domain, office.server, builders.no_password)
    lines = [*task.start(), *(line for command in commands for line in task.tell(command))]
    task.stop()
    return lines


def _has(office: Office, action: str) -> int:
    return [done for done, _about in builders.actions(office)].count(action)


def _submitted(office: Office) -> None:
    _ready(office)
    for host in HOSTS:
        builders.submitted(office, host)


def _approve(office: Office) -> None:
    waiting = [row["request_id"] for row in sql(office, "SELECT request_id FROM admin_requests WHERE state = 'New'")]
    outcomes = builders.approve(office.domain, office.ann, waiting)
    assert not [each.problem for each in outcomes if each.problem]


def _approved(office: Office) -> None:
    _submitted(office)
    _approve(office)


def _check_approved(office: Office) -> None:
    assert _has(office, "request approved") == len(HOSTS)
    assert [row["state"] for row in sql(office, "SELECT state FROM admin_requests")] == ["Approved"] * len(HOSTS)


def _check_issued(office: Office) -> None:
    """Each request has one certificate, which the journal knows; nothing in it is unfinished."""
    assert [row["request_id"] for row in sql(office, "SELECT request_id FROM issued WHERE request_id > 0 ORDER BY request_id")] == [1, 2, 3]
    assert not sql(office, "SELECT 1 FROM serials WHERE state IN ('reserved', 'intended')")
    intents = {(row["serial_hex"], row["state"]): row["tbs"] for row in sql(office, "SELECT serial_hex, state, tbs FROM serials")}
    for certificate in map(x509.load_der_x509_certificate, (row["der"] for row in sql(office, "SELECT der FROM issued"))):
        assert intents[f"{certificate.serial_number:x}", "issued"] == certificate.tbs_certificate_bytes
    issued = [about for action, about in builders.actions(office) if action == "certificate issued"]
    assert len(issued) == len({*issued})


def _issued(office: Office) -> None:
    _approved(office)
    _turn(office)


def _asked_to_revoke(office: Office) -> None:
    _issued(office)
    serials = [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IN (1, 2)")]
    revoking.request(office.domain, office.ann, 1, RevocationOrder(tuple(serials), reason="keyCompromise"))


def _check_revoked(office: Office) -> None:
    rows = sql(office, "SELECT serial_hex FROM revocations")
    assert len(rows) == 2 == _has(office, "certificate revoked")
    assert {f"{each.serial_number:x}" for each in _published(office)} == {row["serial_hex"] for row in rows}


def _published(office: Office) -> x509.CertificateRevocationList:
    """The published list, which is the newest one; no number has two contents, and none is left out."""
    (file,) = published(office.root).glob("*.crl")
    numbers = [row["number"] for row in sql(office, "SELECT number FROM crls WHERE base_number IS NULL ORDER BY number")]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(numbers) == _has(office, "CRL issued")
    newest = x509.load_der_x509_crl(file.read_bytes())
    assert newest.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == numbers[-1]
    return newest


def _protection(office: Office) -> protecting.ProtectionOrder:
    return protecting.ProtectionOrder(1, 1, Protection.PASSWORD, activation_password="activation 1")


def _reseal(office: Office) -> None:
    protecting.change(office.domain, office.ann, _protection(office), KeyOpening(office.server, ""))


def _check_resealed(office: Office) -> None:
    found, vault = builders.verified(office), builders.KeyVault()
    vault.open(found, office.server, "activation 1")
    assert vault.is_open(found.generation) and found.configuration.version == 2


def _create_ring(office: Office) -> None:
    key_rings.create(office.domain, office.actor(), form(file="other.kyr"))


def _check_ring(office: Office) -> None:
    shown = key_rings.show(office.domain, KeyRingAccess("other.kyr", PASSWORD))
    assert shown.key_fingerprint == json.loads((office.root / "other.sth").read_text())["key"]


def _to_pick_up(office: Office) -> None:
    _ready(office)
    _create_ring(office)
    root = key_rings.trusted_root_of(office.domain, office.actor(), DATABASE)
    number = key_rings.certify(office.domain, office.actor(), KeyRingAccess("other.kyr", PASSWORD), DATABASE, root).request.id
    submitting.submit(office.domain, office.actor(), [number])
    _approve(office)
    _turn(office)
    submitting.pull(office.domain, office.actor(), [number])


def _pick_up(office: Office) -> None:
    (row,) = sql(office, "SELECT pickup_id FROM requests")
    key_rings.pickup(office.domain, office.actor(), KeyRingAccess("other.kyr", PASSWORD), row["pickup_id"])


def _check_picked_up(office: Office) -> None:
    """Picking up again enters what a kill has kept from being entered, and nothing twice."""
    assert key_rings.show(office.domain, KeyRingAccess("other.kyr", PASSWORD)).certificate
    assert _has(office, "key ring certificate merged") == 1
    _check_ring(office)


def _register_person(office: Office) -> None:
    identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", "a new password"))


def _check_person(office: Office) -> None:
    assert identifying.open_id(office.domain, office.root / "eve-ra.id", "a new password").name == EVE


def _is_registered(office: Office) -> bool:
    """Whether Eve has an ID; there is one exactly if she is in the directory."""
    is_known = bool(sql(office, "SELECT 1 FROM directory WHERE name = ?", EVE))
    found = []
    for path in office.root.iterdir():
        with contextlib.suppress(Error):
            found.append(id_files.describe(path).name)
    assert found.count(EVE) == is_known
    return is_known


ACTS = {
    "register": Act(
        lambda _office: None, builders.certifier, lambda office: bool(sql(office, "SELECT 1 FROM certifiers")),
        builders.authority,
    ),
    "keyring create": Act(_ready, _create_ring, lambda office: (office.root / "other.kyr").exists(), _check_ring),
    "pickup": Act(_to_pick_up, _pick_up, lambda _office: False, _check_picked_up),
    "approve": Act(_submitted, _approve, lambda office: _has(office, "request approved") == 3, _check_approved),
    "issue": Act(_approved, _turn, lambda office: _has(office, "certificate issued") == 4, _check_issued),
    "revoke": Act(_asked_to_revoke, _turn, lambda _office: False, _check_revoked),
    "CRL": Act(_issued, lambda office: _turn(office, "crl issue 1"), lambda _office: False, _published),
    "reseal": Act(_ready, _reseal, lambda office: builders.record(office).active.protection == Protection.PASSWORD, _check_resealed),
    "person register": Act(lambda _office: None, _register_person, _is_registered, _check_person),
}  # fmt: skip


def set_up(root: Path) -> None:
    creating.set_up(root, SETUP, lambda _id: NoKeychain(), Clock())


def opened(root: Path, ids: dict) -> Office:
    """An office whose clock goes: what was done before a kill must not be in the future."""
    domain = application.open_domain(root, NO_KEYCHAIN, system_clock)
    return Office(domain=domain, clock=system_clock, **ids)
