"""CRLs in the window: issued immediately by the CA process, shown with the signature checked, saved."""

from pathlib import Path

import pytest
from cryptography import x509
from PySide6.QtWidgets import QFileDialog, QLineEdit

from dominoadmin.gui.issuance import view as issued
from dominoadmin.gui.revocation import crl_actions
from dominoadmin.services.revocation import publishing, revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from tests import builders
from tests.gui.hand import _all_rows

SHOTS = "/tmp/shots"


@pytest.fixture
def crl_id(office):
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="superseded"))
    builders.load_ca(office)
    return publishing.find_list(office.domain, office.actor(), 1).id


def test_without_a_server_its_start_is_offered(office, window, hand, crl_id) -> None:
    crl_actions.issue(window, "CN=MyCompany CA/O=MyCompany")
    hand.message("The server is not running.", "Cancel")
    crl_actions.push(window, "CN=MyCompany CA/O=MyCompany")
    hand.message("The server is not running.", "Cancel")


def test_a_list_is_shown_with_its_entries_and_its_signature(office, window, hand, crl_id) -> None:
    crl_actions.show(window, crl_id)
    shown = hand.dialog("CRL number 2 of MyCompany CA")
    hand.says(shown, "The certifier's signature is valid.")
    hand.picture(shown, f"{SHOTS}/crl.png")
    shown.reject()
    altered = "CAST(substr(bytes, 1, length(bytes) - 1) || x'00' AS BLOB)"
    builders.sql(office, f"UPDATE crl_pieces SET bytes = {altered} WHERE crl_id = ?", crl_id)
    crl_actions.show(window, crl_id)
    shown = hand.dialog("CRL number 2 of MyCompany CA")
    hand.until(lambda: "signature is valid" not in hand.visible(), "an altered list is taken for whole")
    shown.reject()


def test_a_list_is_saved_from_its_window_under_its_certifiers_name(office, window, hand, crl_id, tmp_path) -> None:
    crl_actions.show(window, crl_id)
    shown = hand.dialog("CRL number 2 of MyCompany CA")
    hand.click(shown, "Save As")
    chooser = hand.dialog("Save CRL", QFileDialog)
    assert [Path(each).name for each in chooser.selectedFiles()] == ["mycompany-ca-2.crl"]
    chooser.findChild(QLineEdit).setText(str(tmp_path / "mine.crl"))
    chooser.accept()
    hand.message("The CRL has been saved.")
    assert len(x509.load_der_x509_crl((tmp_path / "mine.crl").read_bytes())) == 1
    shown.reject()


def test_the_lists_of_all_certifiers_begin_with_the_certifier(window, hand, crl_id) -> None:
    tab = issued.open_list(window)
    hand.navigate(tab, "Certificate Revocation Lists")
    hand.until(lambda: any(row.startswith("MyCompany CA | 2 | Expires in 30 days.") for row in _all_rows(tab)), f"they do not: {_all_rows(tab)}")


@pytest.mark.parametrize("name", ["list.crl", "list.pem"])
def test_a_list_is_saved(office, window, hand, crl_id, tmp_path, name) -> None:
    crl_actions._export(window, crl_id, tmp_path / name)
    hand.message("The CRL has been saved.")
    data = (tmp_path / name).read_bytes()
    load = x509.load_pem_x509_crl if name.endswith("pem") else x509.load_der_x509_crl
    assert len(load(data)) == 1
