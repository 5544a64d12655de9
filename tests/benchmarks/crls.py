"""A CRL of a million entries: ours, compared with hashing and signing the same bytes and `openssl ca -gencrl`.

Each list is made in its own process, to measure its memory: `python -m tests.benchmarks.crls_child`.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dominoadmin import application
from dominoadmin.pki import digests, keys
from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.revocation import lists
from dominoadmin.store import certifiers, crls
from dominoadmin.store.records import instant
from tests import builders
from tests.benchmarks import issuance

COUNT = 1_000_000
ROUNDS = 5
_CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
crlnumber = {folder}/number
default_md = sha256
default_crl_days = 30
crl_extensions = list
[list]
authorityKeyIdentifier = keyid
"""
_EVERY = 5


@dataclass(frozen=True)
class Made:
    """The result of one process: the seconds for each list, and the additional memory."""

    seconds: list[float]
    memory: float
    size: int


def run(count: int = COUNT) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = issuance.set_up(folder / "data")
        issuance.prepare_ours(ours, "ec-p256")
        list(application.start_server(ours.domain, ours.server, lambda _: "").stop())
        serials = populate(ours, count)
        ours.domain.store.close()
        print(f"CRLs, {count} entries; memory is what the process grew by at its peak")
        first = child(folder / "data", 1)
        print(f"first list after {count} revocations one by one: {first.seconds[0]:.2f} s, {first.memory:.1f} MB")
        again = child(folder / "data", ROUNDS)
        limit = hash_and_sign(folder / "data", ROUNDS)
        print(f"the same list again ({again.size / 1e6:.1f} MB): {spread(again.seconds)}, {again.memory:.1f} MB")
        print(f"hashing and signing the same bytes: {spread(limit)}; "
              f"ratio {statistics.median(again.seconds) / statistics.median(limit):.1f}")
        more = child(folder / "data", ROUNDS, "one more")
        print(f"with one revocation more each time: {spread(more.seconds)}, {more.memory:.1f} MB")
        seconds, memory = openssl_ca(folder, serials)
        print(f"openssl ca -gencrl: {seconds:.1f} s, {memory:.0f} MB")


def populate(ours: issuance.Ours, count: int) -> list[str]:
    """Add revocations as if each had been requested separately; none is on a list yet. Every fifth has no reason."""
    serials = [hashlib.sha256(f"{number}".encode()).hexdigest()[:38].lstrip("0") for number in range(count)]
    now = datetime.now(UTC).replace(microsecond=0)
    with builders.behind(ours.domain.store) as db:
        db.execute(
            "INSERT INTO revocation_requests VALUES (1, 1, 'revoke', '[]', 'superseded', NULL, 'nobody', x'', 'Done', '', :now, :now)",
            {"now": instant(now)},
        )
        db.executemany(
            "INSERT INTO revocations (certifier_id, serial_hex, reason, revoked_at, request_id, since, not_after,"
            " key_fingerprint, part, entry) VALUES (1, ?, ?, ?, 1, 1, ?, '', 0, ?)",
            (row(serial, number, now) for number, serial in enumerate(serials)),
        )
    builders.sealed(ours.domain, 1, Actor.of(ours.server), serials, 0)
    return serials


def row(serial: str, number: int, now: datetime) -> tuple[object, ...]:
    reason = "unspecified" if number % _EVERY == 0 else "superseded"
    at = now - timedelta(minutes=number % 100_000)
    return serial, reason, instant(at), instant(now + timedelta(days=300)), Revocation(serial, reason, at).entry()


def child(root: Path, rounds: int, *more: str) -> Made:
    command = [sys.executable, "-m", "tests.benchmarks.crls_child", str(root), str(rounds), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Made(**json.loads(done.stdout))


def hash_and_sign(root: Path, rounds: int) -> list[float]:
    """The minimum work: the signed bytes are in memory."""
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"})
    with domain.store.snapshot() as db:
        found = crls.newest(db, 1, generation=1)
    octets = b"".join(lists.octets(domain, found))
    domain.store.close()
    key, seconds = keys.generate("ec-p256"), []
    for _ in range(rounds):
        start = time.perf_counter()
        digests.sign(key, hashlib.sha256(octets).digest(), "sha256")
        seconds.append(time.perf_counter() - start)
    return seconds


def openssl_ca(folder: Path, serials: list[str]) -> tuple[float, float]:
    ca = folder / "openssl"
    ca.mkdir()
    (ca / "ca.cnf").write_text(_CONFIG.format(folder=ca))
    (ca / "number").write_text("01\n")
    now = datetime.now(UTC)
    end = f"{now + timedelta(days=300):%y%m%d%H%M%SZ}"
    with (ca / "index.txt").open("w") as index:
        for number, serial in enumerate(serials):
            at = f"{now - timedelta(minutes=number % 100_000):%y%m%d%H%M%SZ}"
            said = "" if number % _EVERY == 0 else ",superseded"
            even = serial.upper() if len(serial) % 2 == 0 else f"0{serial.upper()}"
            index.write(f"R\t{end}\t{at}{said}\t{even}\tunknown\t/CN={number}\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", ca / "ca.key",
         "-out", ca / "ca.pem", "-subj", "/CN=CA", "-days", "3650"], check=True, capture_output=True,
    )  # fmt: skip
    command = ["openssl", "ca", "-gencrl", "-config", str(ca / "ca.cnf"), "-out", str(ca / "crl.pem")]
    script = (
        "import resource, subprocess, sys, time; start = time.perf_counter(); subprocess.run(sys.argv[1:], check=True,"
        " capture_output=True); print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=True)
    seconds, kilobytes = done.stdout.split()
    return float(seconds), int(kilobytes) / 1024


def opened(root: Path) -> tuple[object, Actor, KeyVault, object]:
    """Return the arguments of a CRL authority."""
    domain = application.open_domain(root, {"DOMINOADMIN_KEYCHAIN": "none", "DOMINOADMIN_STATE": "../state"})
    server = identifying.open_id(domain, root / "server.id", issuance.PASSWORD)
    with domain.store.snapshot() as db:
        known = configuring.verified(db, certifiers.get(db, 1), Actor.of(server).verifier(), domain.now())
    vault = KeyVault()
    vault.open(known, server)
    return domain, Actor.of(server), vault, known


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.3f} s ({min(seconds):.3f} - {max(seconds):.3f})"
