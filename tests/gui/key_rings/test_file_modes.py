"""All files that the program writes for its user are private, even if the system would let others read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dominoadmin.gui.certificates import viewer as certificate_viewer
from dominoadmin.gui.web.browser_help import BrowserHelp
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.identities import identifying
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.exporting import FORMATS, TAKES_NO_PASSWORD
from dominoadmin.store import id_files
from tests import specimens
from tests.conftest import ADMIN_PASSWORD
from tests.services.key_rings.conftest import DATABASE, PASSWORD

NEW_PASSWORD = "Green Violin 55"


@pytest.fixture(autouse=True)
def everybody_may_read():
    """Set a umask that removes nothing, so that only the program's modes count."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(*roots: Path) -> dict[str, int]:
    """Return the modes of the files and folders that others may use."""
    found = [path for root in roots for path in root.rglob("*")]
    assert found
    return {path.name: path.stat().st_mode & 0o7777 for path in found if path.stat().st_mode & 0o077}


def test_key_rings_and_all_that_is_made_of_them(stage, tmp_path) -> None:
    out = tmp_path / "exports"
    out.mkdir()
    stage.create(file="another.kyr", key_algorithm="rsa-2048")  # kyrtool accepts no other key
    stage.pickup("another.kyr", stage.issue(stage.certify("another.kyr")))
    for format_ in FORMATS:
        password = "" if format_ in TAKES_NO_PASSWORD else NEW_PASSWORD
        request = key_rings.ExportRequest(format_, out / f"{format_}.out", password)
        key_rings.export(stage.domain, stage.actor, stage.access("another.kyr"), request)
    stage.install()
    key_rings.change_password(stage.domain, stage.actor, stage.access(), NEW_PASSWORD)
    stage.install()
    root = key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)
    key_rings.label_trusted_root(stage.domain, stage.actor, stage.access(password=NEW_PASSWORD), root.label, "Ours")
    assert len(list(out.iterdir())) >= len(FORMATS)
    assert modes(stage.root, out) == {}


def test_ids_and_their_copies(stage, tmp_path) -> None:
    out = tmp_path / "stick"
    out.mkdir()
    request = CertifierRequest(
        DistinguishedName(common_name="Other CA", organization="Other"), "server-id", key_algorithm="ec-p256",
        backup_file=out / "ca.bak", backup_password=NEW_PASSWORD,
    )  # fmt: skip
    registering.register(stage.domain, stage.ann, request)
    certifier = identifying.open_id(stage.domain, stage.root / "cert.id", ADMIN_PASSWORD)
    person = identifying.PersonRequest("Cara Caa", NEW_PASSWORD)
    path = identifying.register_person(stage.domain, certifier, person)
    opened = identifying.open_id(stage.domain, path, NEW_PASSWORD)
    identifying.change_password(stage.domain, path, opened, PASSWORD)
    id_files.save(out / "cara.id", opened, PASSWORD)
    assert modes(stage.root, out) == {}


def test_what_the_windows_save(desk, stage, tmp_path, hand) -> None:
    out = tmp_path / "saved"
    out.mkdir()
    certificate_viewer.show(desk, [specimens.der(specimens.leaf())])
    (viewer,) = desk.findChildren(certificate_viewer.CertificateWindow)
    viewer.save(out / "leaf.cer", specimens.der(specimens.leaf()))
    hand.message("The certificate has been saved.")
    viewer.save(out / "leaf.cer", b"again")
    hand.message("The certificate has been saved.")
    help_ = BrowserHelp(desk, [DATABASE], DATABASE)
    help_.show()
    help_._write(b"root", out / "root.pem")
    hand.message("The certificate has been saved")
    desk._save()
    assert {path.name for path in out.iterdir()} == {"leaf.cer", "root.pem"}
    assert (out / "leaf.cer").read_bytes() == b"again"
    assert stat.S_IMODE((stage.root / "client.json").stat().st_mode) == 0o600
    assert modes(stage.root, out) == {}
