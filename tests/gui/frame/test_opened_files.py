"""Files opened or dropped on the window: what they are, their contents say."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from PySide6.QtCore import QLibraryInfo, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.certificates.viewer import CertificateWindow
from dominoadmin.gui.requests.new_request import NewRequestDialog
from tests import specimens
from tests.builders import csr, ready


def drop(window, *paths) -> bool:
    """Drop files on the window; return whether it takes them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    is_newer = QLibraryInfo.version().minorVersion() >= 12  # of Qt 6: only since then are these positions fractions
    at = QPointF(300, 300) if is_newer else QPoint(300, 300)
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, button, none)
    enter.setAccepted(False)
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, button, none))
    return enter.isAccepted()


def viewers():
    return [top for top in QApplication.topLevelWidgets() if isinstance(top, CertificateWindow) and top.isVisible()]


CERTIFICATES = {
    "certificate.pem": lambda: specimens.pem(specimens.leaf()),
    "certificate.der": lambda: specimens.der(specimens.leaf()),
    "named-otherwise.txt": lambda: specimens.pem(specimens.leaf()),
    "path.pem": lambda: specimens.pem(specimens.leaf()) + specimens.pem(specimens.intermediate()),
    "path.p7b": lambda: pkcs7.serialize_certificates([specimens.leaf(), specimens.intermediate()], Encoding.DER),
    "path.p7c": lambda: pkcs7.serialize_certificates([specimens.leaf(), specimens.intermediate()], Encoding.PEM),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_is_shown(window, hand, tmp_path, name) -> None:
    path = tmp_path / name
    path.write_bytes(CERTIFICATES[name]())
    assert drop(window, path)
    viewer = hand.until(viewers, "no viewer opens")[0]
    assert specimens.HOST in viewer.windowTitle()
    viewer.close()


def test_an_id_is_shown_without_its_password(window, office, hand) -> None:
    drop(window, office.root / "ann-admin.id")
    viewer = hand.until(viewers, "no viewer opens")[0]
    assert viewer.windowTitle() == "Ann Admin/MyCompany/US"
    viewer.close()


def test_a_request_goes_to_the_newest_database(window, office, hand, tmp_path) -> None:
    ready(office)
    path = tmp_path / "www.csr"
    path.write_bytes(csr())
    drop(window, path)
    dialog = hand.dialog("New Request", NewRequestDialog)
    assert "www.example.com" in hand.says(dialog, "www.example.com")
    dialog.discard()


def test_a_request_without_a_database_says_what_to_do(window, hand, tmp_path) -> None:
    path = tmp_path / "www.csr"
    path.write_bytes(csr())
    drop(window, path)
    assert "Choose File - Database - New." in hand.message("There is no Certificate Requests database that takes it in.")


OTHERS = {
    "empty": (b"", "The file is empty."),
    "zeros": (bytes(4_000), "The file contains only zeros."),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "'picture' is a PNG picture."),
    "key.pem": (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "'key.pem' is a private key."),
    "cut.pem": (specimens.pem(specimens.leaf())[:300], "'cut.pem' is a certificate that cannot be read: it is truncated or altered."),
    "cut.der": (specimens.der(specimens.leaf())[:300], "'cut.der' is damaged, or is none of the files that can be opened here."),
    "letter.txt": (b"Dear Ann,\n", "'letter.txt' is damaged, or is none of the files that can be opened here."),
}


@pytest.mark.parametrize("name", OTHERS)
def test_anything_else_is_named(window, hand, tmp_path, name) -> None:
    data, said = OTHERS[name]
    path = tmp_path / name
    path.write_bytes(data)
    drop(window, path)
    assert len(hand.message(said).splitlines()) == 2, "no hint"


def test_a_file_that_is_too_large_or_gone_is_refused(window, hand, tmp_path) -> None:
    large = tmp_path / "large.der"
    with large.open("wb") as file:
        file.truncate(5 << 20)
    drop(window, large)
    hand.message("is too large")
    drop(window, tmp_path / "gone.der")
    hand.message("does not exist")


def test_a_locked_window_takes_no_files(window, office, hand) -> None:
    window.locking.lock()
    assert not drop(window, office.root / "ann-admin.id")
    hand.dialog("Log In").reject()
    assert not viewers()
