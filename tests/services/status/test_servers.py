"""The certificate that the server shows to browsers: it never passes as healthy if it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.status import gathering
from dominoadmin.services.status.concerns import Level, Matter
from dominoadmin.store import key_rings as files
from tests.services.key_rings.conftest import ring_template, stage  # noqa: F401 - fixtures


@pytest.fixture
def served(stage):  # noqa: F811
    stage.install()
    server = server_documents.domain_server(stage.domain)
    server_documents.change(stage.domain, stage.actor, server, ServerChange(ssl_key_file="keyfile.kyr", ssl_port_status="Enabled"))
    return stage


def issued(stage) -> tuple[str, datetime]:  # noqa: F811
    """The serial number and the end of the certificate in the key ring."""
    key = files.read_stash(stage.root / "keyfile.kyr").key
    with stage.domain.store.snapshot() as db:
        row = db.execute("SELECT serial_hex, not_after FROM issued WHERE key_fingerprint = ?", (key,)).fetchone()
    return row[0], datetime.strptime(row[1], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def told(stage) -> list[tuple[Level, str]]:  # noqa: F811
    found = gathering.gather(stage.domain, stage.actor).about(Matter.SERVER_CERTIFICATE)
    return [(each.level, str(each.text)) for each in found]


def test_a_certificate_with_14_days_left_is_told(served) -> None:
    """It was said to be healthy."""
    assert told(served) == []
    _serial, end = issued(served)
    served.clock.now = end - timedelta(days=14)
    shown = f"The certificate that Server1/MyCompany/US shows to browsers expires on {end:%Y-%m-%d}."
    assert told(served) == [(Level.ATTENTION, shown)]
    served.clock.now = end
    assert told(served) == [(Level.TROUBLE, shown.replace("expires on", "expired on"))]


def test_a_revoked_one_is_trouble(served) -> None:
    serial, _end = issued(served)
    revoking.request(served.domain, served.ann, 1, RevocationOrder((serial,)))
    served.console("load ca")
    assert told(served) == [(Level.TROUBLE, "The certificate that Server1/MyCompany/US shows to browsers is revoked.")]


def test_a_key_ring_that_is_gone_is_told(served) -> None:
    for path in served.installed.iterdir():
        path.unlink()
    (level, text), *_rest = told(served)
    assert (level, "keyfile.sth" in text) == (Level.UNKNOWN, True)
