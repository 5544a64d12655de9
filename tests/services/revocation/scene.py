"""A running authority: a certifier, the CA process, and an HTTP task on a real port that serves CRLs and OCSP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.pki.publication import Publication
from dominoadmin.services.revocation import lists, revoking
from dominoadmin.services.revocation.lists import newest_lists
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.tasks.ca import CaTask
from dominoadmin.tasks.http.task import HttpTask
from tests import builders
from tests.conftest import Office
from tests.outside.web_office import WebOffice


@dataclass
class Scene:
    """The input of the judges. Certificates are pyca's; lists are DER as in the store."""

    office: Office
    ca: CaTask
    base: str = ""

    @property
    def root(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(builders.verified(self.office).record.active.certificate)

    def issue(self, *hosts: str, **fields: object) -> list[x509.Certificate]:
        submitted = [builders.submitted(self.office, host, **fields) for host in hosts]
        outcomes = builders.approve(self.office.domain, self.office.ann, submitted)
        assert not any(outcome.problem for outcome in outcomes), outcomes
        self.run()
        by_request = {row["request_id"]: row["der"] for row in builders.sql(self.office, "SELECT request_id, der FROM issued")}
        return [x509.load_der_x509_certificate(by_request[number]) for number in submitted]

    def run(self) -> list[str]:
        return list(self.ca.run_due())

    def revoke(self, *leaves: x509.Certificate, reason: str = "unspecified", invalidity_at: datetime | None = None) -> list[str]:
        order = RevocationOrder(tuple(map(serial, leaves)), reason=reason, invalidity_at=invalidity_at)
        revoking.request(self.office.domain, self.office.ann, 1, order)
        return self.run()

    def release(self, *leaves: x509.Certificate) -> list[str]:
        revoking.request(self.office.domain, self.office.ann, 1, RevocationOrder(tuple(map(serial, leaves)), action=RevocationAction.RELEASE))
        return self.run()

    def list_of(self, part: int = 0, *, delta: bool = False) -> bytes:
        """The newest list of a partition as DER."""
        with self.office.domain.store.snapshot() as db:
            (found,) = [crl for crl in newest_lists(db, 1, 1) if crl.part == part and (crl.base_number is not None) == delta]
        return b"".join(lists.octets(self.office.domain, found))


def serial(leaf: x509.Certificate) -> str:
    return f"{leaf.serial_number:x}"


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def write(folder: Path, **files: bytes | x509.Certificate | x509.CertificateRevocationList) -> Path:
    """Write files; `leaf=` becomes leaf.pem if it is an object of pyca's, leaf.der if it is bytes."""
    for name, content in files.items():
        if isinstance(content, bytes):
            (folder / f"{name}.der").write_bytes(content)
        else:
            (folder / f"{name}.pem").write_bytes(content.public_bytes(Encoding.PEM))
    return folder


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def authority(office: Office, algorithm: str = "ec-p256", base: str = "", years: int = 10, **publication: object) -> Scene:
    """A certifier with its database and the CA process; with `base`, its certificates name the addresses."""
    published = Publication((base,) if base else (), **publication)
    builders.ready(office, key_algorithm=algorithm, years=years, ras=("Rob Ra",), publication=published)
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    return Scene(office, ca, base)


@contextmanager
def on_the_air(office: Office, algorithm: str = "ec-p256", **publication: object) -> Iterator[Scene]:
    """The same with a running HTTP task, at the address in the certificates."""
    port = free_port()
    scene = authority(office, algorithm, f"http://127.0.0.1:{port}/pki", **publication)
    WebOffice(office, scene.root).change(http_port=port)
    task = HttpTask(office.domain, office.server)
    list(task.start())
    try:
        yield scene
    finally:
        task.stop()
