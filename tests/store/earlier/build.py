"""Built the data folders of earlier versions beside it; each was made once, and is never made again.

`schema-2.zip`: the version of 2026-11-28, the last one before the log became a tree (by this file as it was then).
`schema-8.zip`: the version of 2026-11-29, the last one before certifiers had generations: `python
tests/store/earlier/build.py schema-8.zip`.
There are requests in every state; certificates that are valid, revoked, on hold and released; and a revocation that waits.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

from dominoadmin import application
from dominoadmin.services.audit import anchoring
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from tests import builders
from tests.conftest import NO_KEYCHAIN, Clock, Office, set_up_office


def build(root: Path) -> None:
    """Make the folder."""
    clock = Clock()
    _root, ids = set_up_office(root, clock)
    office = Office(domain=application.open_domain(root, NO_KEYCHAIN, clock), clock=clock, **ids)
    builders.ready(office)
    builders.received(office, "pending.example.com")
    issued = [builders.approved(office, f"www{number}.example.com") for number in range(6)]
    print("\n".join(builders.load_ca(office)))
    submitting.pull(office.domain, office.actor(), [issued[0]])
    builders.reject(office.domain, office.ann, [builders.submitted(office, "no.example.com")], "Not ours.")
    builders.submitted(office, "undecided.example.com")
    serials = [row["serial_hex"] for row in builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id > 0 ORDER BY request_id")]
    for serial, reason in ((serials[1], "superseded"), (serials[2], "certificateHold"), (serials[3], "certificateHold")):
        revoking.request(office.domain, office.ann, 1, RevocationOrder((serial,), reason=reason))
    print("\n".join(builders.load_ca(office)))
    clock.advance(hours=1)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serials[3],), action="release"))
    print("\n".join(builders.load_ca(office)))
    builders.approved(office, "approved.example.com")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((serials[4],), reason="affiliationChanged"))
    print(anchoring.current(office.domain).text())
    office.domain.store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        build(root)
        with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(root.iterdir()):
                if file.is_file() and not file.name.startswith("."):
                    packed.write(file, file.name)
                    print(file.name, file.stat().st_size)
