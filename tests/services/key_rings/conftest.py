"""A domain with key rings in every state. Opening one takes half a second, so they are made once and copied.

new.kyr is unsigned; waiting.kyr has a request that is issued but not picked up; keyfile.kyr is certified.
"""

from __future__ import annotations

import base64
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from dominoadmin import application
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingRequest
from dominoadmin.services.requests import databases, submitting
from tests import builders
from tests.conftest import NO_KEYCHAIN, Clock, copy_data

PASSWORD = "Zebra Quartz 77"
HOST = "server1.example.com"
DATABASE = "certreq.nsf"


@dataclass
class Stage:
    """The domain, the IDs, and the pickup IDs of issued certificates by key ring."""

    domain: Domain
    ann: Identity
    server: Identity
    clock: Clock
    pickup_ids: dict[str, str]

    @property
    def root(self) -> Path:
        return self.domain.directory.root

    @property
    def actor(self) -> Actor:
        return Actor.of(self.ann)

    @property
    def installed(self) -> Path:
        return self.root / "servers" / "server1"

    def files(self) -> dict[str, bytes]:
        """All key rings and stashes."""
        found = [path for path in self.root.rglob("*") if path.suffix in (".kyr", ".sth", ".new", ".pending")]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}

    def create(self, **changes):
        return key_rings.create(self.domain, self.actor, form(**changes))

    def access(self, file: str = "keyfile.kyr", password: str = PASSWORD) -> KeyRingAccess:
        return KeyRingAccess(file, password)

    def show(self, file: str = "keyfile.kyr", password: str = PASSWORD):
        return key_rings.show(self.domain, self.access(file, password))

    def certify(self, file: str) -> int:
        root = key_rings.trusted_root_of(self.domain, self.actor, DATABASE)
        return key_rings.certify(self.domain, self.actor, self.access(file), DATABASE, root).request.id

    def console(self, *commands: str) -> str:
        server = application.start_server(self.domain, self.server, lambda _: "")
        lines = [line for command in commands for line in server.console.execute(command)]
        return "\n".join([*lines, *server.stop()])

    def issue(self, number: int) -> str:
        """Submit, approve, issue and pull; return the pickup ID."""
        submitting.submit(self.domain, self.actor, [number])
        assert [outcome.problem for outcome in builders.approve(self.domain, self.ann, [number])] == [""]
        assert f"Certificate issued for request {number}" in self.console("load ca")
        submitting.pull(self.domain, self.actor, [number])
        return self.view(number).pickup_id or ""

    def view(self, number: int):
        with self.domain.store.snapshot() as db:
            return submitting.view(db, number)

    def pickup(self, file: str, pickup_id: str):
        return key_rings.pickup(self.domain, self.actor, self.access(file), pickup_id)

    def install(self, file: str = "keyfile.kyr", **more):
        return key_rings.install(self.domain, self.actor, key_rings.Installation(file, **more))

    def open_installed(self, file: str = "keyfile.kyr"):
        return key_rings.open_installed(self.domain, self.server, file)

    def acts(self) -> list[str]:
        return [row[0] for row in self.sql("SELECT action FROM audit ORDER BY number")]

    def sql(self, *statements: str):
        db = sqlite3.connect(self.domain.store.path)
        try:
            for statement in statements:
                rows = db.execute(statement).fetchall()
            db.commit()
        finally:
            db.close()
        return rows

    def no_entry(self, monkeypatch) -> None:
        """Make the audit log refuse all further entries."""
        builders.plant(monkeypatch, self.domain.store, "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no entry'); END")

    def no_commit(self, monkeypatch) -> None:
        """Make transactions with an audit entry fail at their commit."""
        builders.plant(
            monkeypatch,
            self.domain.store,
            "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
            "CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TRIGGER late AFTER INSERT ON audit BEGIN INSERT INTO child VALUES (1); END",
        )


def form(**changes) -> KeyRingRequest:
    fields = {
        "file": "keyfile.kyr",
        "password": PASSWORD,
        "common_name": HOST,
        "organization": "MyCompany",
        "state": "Massachusetts",
        "country": "US",
        "key_algorithm": "ec-p256",
        "database": DATABASE,
    }
    return KeyRingRequest(**{**fields, **changes})


def add_certifier(domain: Domain, ann: Identity, name: str = "MyCompany CA", **more) -> None:
    dn = DistinguishedName(common_name=name, organization=name.replace(" CA", ""), country="US")
    registering.register(domain, ann, CertifierRequest(dn, "server-id", key_algorithm="ec-p256", **more))


def add_database(domain: Domain, ann: Identity, certifier: str, file: str, supports: str = "both") -> None:
    configuration = databases.DatabaseConfiguration(supports=supports)
    request = databases.DatabaseRequest("Certificate Requests", file, certifier, configuration=configuration)
    databases.create(domain, Actor.of(ann), request)


@pytest.fixture(scope="session")
def ring_template(office_template, tmp_path_factory):
    template, ids = office_template
    root = tmp_path_factory.mktemp("rings") / "data"
    copy_data(template, root)
    root.chmod(0o700)
    stage = Stage(application.open_domain(root, NO_KEYCHAIN, Clock()), ids["ann"], ids["server"], Clock(), {})
    add_certifier(stage.domain, stage.ann)
    add_database(stage.domain, stage.ann, "MyCompany CA", DATABASE)
    for file in ("keyfile.kyr", "waiting.kyr", "new.kyr"):
        stage.create(file=file)
    for file in ("keyfile.kyr", "waiting.kyr"):
        stage.pickup_ids[file] = stage.issue(stage.certify(file))
    stage.pickup("keyfile.kyr", stage.pickup_ids["keyfile.kyr"])
    stage.domain.store.close()
    return stage


@pytest.fixture
def stage(ring_template: Stage, tmp_path: Path):
    root = tmp_path / "data"
    copy_data(ring_template.root, root)
    root.chmod(0o700)
    clock = Clock()
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    yield Stage(domain, ring_template.ann, ring_template.server, clock, ring_template.pickup_ids)
    domain.store.close()


def output(*argv: object, status: int = 0) -> str:
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def pkcs12(file: Path, *options: object, password: str = PASSWORD, status: int = 0) -> str:
    """Return openssl's output; that of Debian 12 writes names as `C = US`, and pkcs12 has no -nameopt."""
    said = output("openssl", "pkcs12", "-in", file, "-passin", f"pass:{password}", *options, status=status)
    return said.replace(" = ", "=")


def keytool(file: Path, password: str = PASSWORD, status: int = 0) -> str:
    argv = ["keytool", "-J-Xshare:auto", "-J-Duser.language=en", "-list", "-v", "-storetype", "PKCS12"]
    return output(*argv, "-keystore", file, "-storepass", password, status=status)


def appearances(secret: bytes) -> list[bytes]:
    """The forms in which a secret could be stored; base64 in all three alignments."""
    shifted = [base64.b64encode(b"\0" * n + secret)[4 if n else 0 : -4] for n in range(3)]
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), *shifted]
