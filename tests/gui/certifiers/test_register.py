"""Register Internet Certifier, by hand (technote, steps 1-7; fact sheet 2)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QListWidget, QMessageBox, QTableWidget, QWidget

from dominoadmin.gui.certifiers import register as register_certifier
from dominoadmin.gui.certifiers.preview import CertifierPreview
from dominoadmin.services.certifiers import registering
from dominoadmin.viewmodels.certifiers.preview import CertificatePreview
from tests import builders
from tests.builders import sql
from tests.gui.hand import plain, texts

CHOICE, DIALOG, NAMING = "Register Internet Certifier", "Register a New Internet Certifier", "Create Certifier Name"
PASSWORD = "activation pass 1"
BACKUP = "backup pass 22"
ANN, ROB = "CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"


@pytest.fixture
def dialog(window, hand):
    register_certifier.start(window)
    hand.click(hand.dialog(CHOICE), "OK")
    return hand.dialog(DIALOG)


def name(hand, dialog, common_name: str = "MyCompany CA", **parts: str) -> None:
    hand.tab(dialog, "Basics")
    hand.click(dialog, "Create Certifier Name")
    naming = hand.dialog(NAMING)
    hand.fill(naming, "Common Name", common_name)
    for label, text in ({"Organization Name": "MyCompany", "State or Province": "", "Country Code": ""} | parts).items():
        hand.fill(naming, label, text)
    hand.click(naming, "OK")
    hand.closed(naming)


def without_backup(hand, dialog) -> None:
    hand.tab(dialog, "Misc")
    hand.tick(dialog, "Create a local copy of the certifier ID", on=False)


def says(hand, dialog, text: str) -> str:
    return hand.says(dialog, text, 5)


def configuration(office, certifier: str = "MyCompany CA"):
    return builders.verified(office, certifier).configuration


def administrators(dialog) -> QTableWidget:
    return dialog.findChild(QTableWidget)


def select(people, text: str) -> None:
    found = people.findChild(QListWidget)
    (item,) = found.findItems(text, Qt.MatchFlag.MatchExactly)
    QTest.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualItemRect(item).center())
    QApplication.processEvents()


def tick_role(dialog, row: int, column: int) -> None:
    table = administrators(dialog)
    table.setFocus()
    table.setCurrentCell(row, column)
    QTest.keyClick(table, Qt.Key.Key_Space)
    QApplication.processEvents()


# the walk


def test_a_certifier_is_registered_as_the_technote_says(office, window, hand) -> None:
    register_certifier.start(window)
    choice = hand.dialog(CHOICE)
    assert hand.button(choice, "I want to register a new Internet certifier that uses the CA process").isChecked()
    other = hand.button(choice, "I want to register an Internet certifier that uses a key ring file")
    assert not other.isEnabled()
    says(hand, choice, "Key ring certifiers are not supported in this version.")
    hand.click(choice, "OK")
    dialog = hand.dialog(DIALOG)
    assert not any("needs a name" in text for text in texts(dialog))
    hand.refused(dialog, "The certifier needs a name. Click Create Certifier Name.")
    name(hand, dialog, **{"State or Province": "Massachusetts", "Country Code": "us"})
    says(hand, dialog, "CN=MyCompany CA/O=MyCompany/ST=Massachusetts/C=US")
    assert not any("needs a name" in text for text in texts(dialog))
    hand.tab(dialog, "Misc")
    hand.tick(dialog, "Create a local copy of the certifier ID")
    hand.refused(dialog, "A password is required for the backup copy")
    hand.fill(dialog, "Password", BACKUP)
    hand.fill(dialog, "Confirm Password", BACKUP)
    hand.click(dialog, "OK")
    said = hand.message("Success…")
    hand.closed(dialog)
    assert "The Internet certifier CN=MyCompany CA/O=MyCompany/ST=Massachusetts/C=US has been registered" in said
    assert r"icl\icl_MyCompany.nsf" in said
    assert "load ca" in said
    assert "tell ca refresh" not in said  # a running CA process finds it by itself
    assert builders.actions(office)[-1][0] == "certifier registered"
    assert (office.root / "mycompany-ca.bak").is_file()
    assert configuration(office).protection == "server-id"
    assert not any(isinstance(each, register_certifier.RegisterNewCertifier) for each in QApplication.topLevelWidgets() if each.isVisible())


def test_everything_that_is_filled_in_is_registered(office, window, hand, dialog) -> None:
    name(hand, dialog)
    hand.fill(dialog, "ICL database name", r"icl\own.nsf")
    hand.tick(dialog, "Require password to activate certifier")
    hand.fill(dialog, "Password", PASSWORD)
    hand.fill(dialog, "Confirm Password", PASSWORD)
    says(hand, dialog, "of 16)")
    hand.click(dialog, "Add")
    people = hand.dialog("Add Administrators")
    assert not hand.button(people, "OK").isEnabled()
    select(people, "Rob Ra/MyCompany/US")
    hand.click(people, "OK")
    tick_role(dialog, 1, 1)
    hand.tab(dialog, "Certificates")
    hand.fill(dialog, "Default duration (days)", "90")
    hand.fill(dialog, "Minimum duration (days)", "7")
    hand.fill(dialog, "Maximum duration (days)", "100")
    hand.tick(dialog, "Code signing")
    hand.tick(dialog, "Data encipherment", on=False)
    hand.tick(dialog, "RSA 2048 bits", on=False)
    hand.tick(dialog, "E-mail addresses", on=False)
    hand.fill(dialog, "Domains", "Example.com\nexample.org")
    hand.tick(dialog, "Wildcard names, such as *.example.com", on=False)
    hand.fill(dialog, "Maximum names per certificate", "5")
    without_backup(hand, dialog)
    hand.choose(dialog, "Key", "ECDSA P-384")
    hand.choose(dialog, "Hash", "SHA-512")
    hand.fill(dialog, "Valid for (years)", "3")
    hand.fill(dialog, "CRL duration (days)", "20")
    hand.fill(dialog, "Time between CRLs (days)", "5")
    says(hand, dialog, "If the store is lost, the certifier is lost")
    hand.click(dialog, "OK")
    assert "tell ca activate" in hand.message("Success…")
    found = configuration(office)
    assert (found.protection, found.caas, found.ras) == ("server-id-and-password", (ANN, ROB), (ANN, ROB))
    settings = found.settings
    assert (settings.minimum_days, settings.default_days, settings.maximum_days) == (7, 90, 100)
    assert settings.extended_key_usage == ("serverAuth", "clientAuth", "codeSigning", "emailProtection")
    assert settings.key_usage == ("digitalSignature", "nonRepudiation", "keyEncipherment", "keyAgreement")
    assert "rsa-2048" not in settings.key_algorithms
    assert "ml-dsa-87" in settings.key_algorithms
    assert (settings.names.kinds, settings.names.dns_suffixes) == (("dns", "ip", "uri"), ("example.com", "example.org"))
    assert (settings.names.wildcards, settings.names.maximum) == (False, 5)
    assert (found.hash_name, found.crl_days, found.crl_interval_days) == ("sha512", 20, 5)
    record = builders.record(office)
    assert (record.icl_file, record.active.key_algorithm) == (r"icl\own.nsf", "ec-p384")
    assert not list(office.root.glob("*.bak"))


def test_a_persons_id_locks_the_certifier(office, window, hand, dialog) -> None:
    name(hand, dialog)
    hand.tick(dialog, "Encrypt ID with Locking ID")
    hand.refused(dialog, "Choose the person whose ID locks the certifier.")
    assert not hand.button(dialog, "Require password to activate certifier").isEnabled()
    hand.choose(dialog, "Whose ID", "Rob Ra")
    without_backup(hand, dialog)
    hand.click(dialog, "OK")
    assert "tell ca unlock" in hand.message("Success…")
    assert (configuration(office).protection, configuration(office).locking_id) == ("locking-id", ROB)


def test_a_locking_id_may_lie_somewhere_else(office, window, hand, dialog, tmp_path) -> None:
    (office.root / "rob-ra.id").rename(tmp_path / "rob.id")
    name(hand, dialog)
    hand.tick(dialog, "Encrypt ID with Locking ID")
    for path in (office.root / "domain.db", tmp_path / "rob.id"):
        hand.click(dialog, "Other ID File")
        files = hand.until(lambda: next((w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()), None), "no file dialog")
        files.fileSelected.emit(str(path))
        files.close()
        if path.name == "domain.db":
            hand.message("domain.db")
    assert hand.until(lambda: hand.editor(dialog, "Whose ID").currentText() == "Rob Ra/MyCompany/US (rob.id)", "Rob is not chosen")
    without_backup(hand, dialog)
    hand.click(dialog, "OK")
    hand.message("Success…")
    assert configuration(office).locking_id == ROB


# each rule, where it is shown


def test_the_name_is_asked_for_with_its_rules(window, hand, dialog) -> None:
    hand.click(dialog, "Create Certifier Name")
    naming = hand.dialog(NAMING)
    hand.fill(naming, "Common Name", "")
    hand.refused(naming, "Common Name is required.")
    hand.fill(naming, "Common Name", "My CA")
    for label in ("Organization Name", "State or Province"):
        hand.fill(naming, label, "")
    hand.fill(naming, "Country Code", "USA")
    hand.refused(naming, "Country Code must be two letters, such as US;")
    hand.fill(naming, "Country Code", "")
    says(hand, naming, "The certifier has only a common name")
    assert not any("must be two letters" in text for text in texts(naming))
    for label, text in {"Organizational Unit": "IT", "City or Locality": "Boston", "State or Province": "Massachusetts"}.items():
        hand.fill(naming, label, text)
    says(hand, naming, "CN=My CA/OU=IT/L=Boston/ST=Massachusetts")
    assert not any("only a common name" in text for text in texts(naming))
    hand.click(naming, "OK")
    says(hand, dialog, "CN=My CA/OU=IT/L=Boston/ST=Massachusetts")


def test_a_name_that_is_cancelled_changes_nothing(window, hand, dialog) -> None:
    name(hand, dialog)
    hand.click(dialog, "Create Certifier Name")
    naming = hand.dialog(NAMING)
    assert hand.editor(naming, "Common Name").text() == "MyCompany CA"
    hand.fill(naming, "Common Name", "Other CA")
    hand.click(naming, "Cancel")
    hand.message("Discard your changes?", "Discard")
    hand.closed(naming)
    says(hand, dialog, "CN=MyCompany CA/O=MyCompany")


def test_the_icl_and_the_backup_follow_the_name_until_they_are_typed(window, hand, dialog) -> None:
    name(hand, dialog)
    icl = hand.editor(dialog, "ICL database name")
    assert icl.text() == r"icl\icl_MyCompany.nsf"
    name(hand, dialog, **{"Organization Name": "Acme"})
    assert icl.text() == r"icl\icl_Acme.nsf"
    hand.fill(dialog, "ICL database name", "x.txt")
    hand.refused(dialog, "'x.txt' is not a valid ICL database name.")
    hand.fill(dialog, "ICL database name", r"icl\mine.nsf")
    name(hand, dialog, "Sales CA", **{"Organization Name": "Renovations"})
    assert icl.text() == r"icl\mine.nsf"
    hand.fill(dialog, "ICL database name", "")
    dialog.activateWindow()
    hand.until(lambda: QApplication.focusWidget() is icl, "the keyboard is not at the ICL")
    hand.key(dialog, Qt.Key.Key_Tab)
    assert icl.text() == r"icl\icl_Renovations.nsf"
    hand.tab(dialog, "Misc")
    hand.tick(dialog, "Create a local copy of the certifier ID")
    file = hand.editor(dialog, "ID file")
    assert file.text() == "sales-ca.bak"
    hand.fill(dialog, "ID file", "/nowhere/mine.bak")
    hand.fill(dialog, "Password", BACKUP)
    hand.refused(dialog, "The folder /nowhere does not exist.")
    hand.fill(dialog, "ID file", "mine.bak")
    hand.refused(dialog, "The passwords do not match.")
    name(hand, dialog)
    hand.tab(dialog, "Misc")
    assert file.text() == "mine.bak"


def test_the_backup_file_can_be_chosen(window, hand, dialog, tmp_path) -> None:
    hand.tab(dialog, "Misc")
    hand.tick(dialog, "Create a local copy of the certifier ID")
    hand.click(dialog, "Set ID File")
    files = hand.until(lambda: next((w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()), None), "no file dialog")
    files.fileSelected.emit(str(tmp_path / "chosen.bak"))
    files.close()
    assert hand.editor(dialog, "ID file").text() == str(tmp_path / "chosen.bak")


def test_each_tab_says_what_is_wrong_on_it(window, hand, dialog) -> None:
    name(hand, dialog)
    hand.tick(dialog, "Require password to activate certifier")
    hand.refused(dialog, "A password is required for activating the certifier.")
    hand.fill(dialog, "Password", "short")
    says(hand, dialog, "must have 8 to 1024 characters")
    hand.fill(dialog, "Password", PASSWORD)
    says(hand, dialog, "The passwords do not match.")
    hand.tab(dialog, "Certificates")
    hand.fill(dialog, "Minimum duration (days)", "500")
    says(hand, dialog, "Minimum duration must not exceed the default duration (200).")
    hand.fill(dialog, "Minimum duration (days)", "1")
    for usage in ("Digital signature", "Non-repudiation", "Key encipherment", "Data encipherment", "Key agreement"):
        next(box for box in dialog.findChildren(QCheckBox) if box.text().startswith(usage)).setChecked(False)
    says(hand, dialog, "at least one key usage")
    assert [dialog._tabs.tabText(number) for number in range(3)] == ["Basics (1)", "Certificates (1)", "Misc"]
    hand.tab(dialog, "Misc")
    hand.tick(dialog, "Create a local copy of the certifier ID", on=False)
    hand.fill(dialog, "Time between CRLs (days)", "30")
    says(hand, dialog, "Time between CRLs must be shorter than the CRL duration")


def test_ml_dsa_is_remarked_on_and_brings_its_hash(window, hand, dialog) -> None:
    hand.tab(dialog, "Misc")
    hand.choose(dialog, "Key", "ML-DSA-65")
    says(hand, dialog, "Browsers do not support ML-DSA yet; they will not accept this certifier's certificates.")
    assert not hand.editor(dialog, "Hash").isEnabled()
    hand.choose(dialog, "Key", "RSA 4096")
    assert hand.editor(dialog, "Hash").isEnabled()
    assert not any("ML-DSA yet" in text for text in texts(dialog))


def test_administrators_are_added_ticked_and_removed(window, hand, dialog) -> None:
    name(hand, dialog)
    says(hand, dialog, "Add a second CA administrator (CAA), so that someone can stand in when the first is away.")
    assert "Select someone other than yourself: the person who registers the certifier remains its CAA and RA." in hand.button(dialog, "Remove").toolTip()
    tick_role(dialog, 0, 1)  # the user's own roles stay
    assert administrators(dialog).item(0, 1).checkState() == Qt.CheckState.Checked
    hand.click(dialog, "Add")
    people = hand.dialog("Add Administrators")
    hand.fill(people, "Search", "zzz")
    assert not hand.button(people, "OK").isEnabled()
    hand.fill(people, "Search", "rob")
    select(people, "Rob Ra/MyCompany/US")
    hand.click(people, "OK")
    hand.click(dialog, "Add")
    hand.says(hand.dialog("Add Administrators"), "Everyone in the Domino Directory is already on the list.")
    hand.click(hand.dialog("Add Administrators"), "Cancel")
    tick_role(dialog, 1, 2)
    hand.refused(dialog, "Rob Ra/MyCompany/US has neither role.")
    tick_role(dialog, 1, 1)
    assert not any("has neither role" in text or "Add a second CA administrator (CAA), so that someone can stand in when the first is away." in text for text in texts(dialog))
    administrators(dialog).selectRow(1)
    hand.click(dialog, "Remove")
    assert administrators(dialog).rowCount() == 1
    says(hand, dialog, "Add a second CA administrator (CAA), so that someone can stand in when the first is away.")


def test_the_preview_follows_what_is_typed(window, hand, dialog) -> None:
    hand.tab(dialog, "Preview")
    says(hand, dialog, "Common Name is required.")
    name(hand, dialog)
    hand.tab(dialog, "Misc")
    hand.choose(dialog, "Key", "RSA 4096")
    hand.fill(dialog, "Valid for (years)", "1")
    hand.tab(dialog, "Preview")
    shown = texts(dialog)
    for text in ("CN=MyCompany CA/O=MyCompany", "RSA 4096 bits", "RSA with SHA-256", "Basic constraints (critical)"):
        assert text in shown
    assert any("(1 year)" in text for text in shown)
    assert sum(text == "Subject" for text in shown) == 1


# errors


def test_a_failure_keeps_what_was_typed(office, window, hand, dialog, monkeypatch) -> None:
    name(hand, dialog)
    hand.tab(dialog, "Misc")
    hand.tick(dialog, "Create a local copy of the certifier ID")
    hand.fill(dialog, "Password", BACKUP)
    hand.fill(dialog, "Confirm Password", BACKUP)
    builders.certifier(office, icl_file=r"icl\other.nsf")  # meanwhile, by another user
    hand.click(dialog, "OK")
    says(hand, dialog, "A certifier named CN=MyCompany CA/O=MyCompany already exists.")  # below the name
    assert dialog._tabs.currentIndex() == 0
    hand.tab(dialog, "Misc")
    assert dialog.isVisible()
    assert hand.editor(dialog, "Password").text() == BACKUP
    name(hand, dialog, "Second CA")
    hand.click(dialog, "OK")
    hand.message("Success…")
    assert {row["name"] for row in sql(office, "SELECT name FROM certifiers")} == {"CN=MyCompany CA/O=MyCompany", "CN=Second CA/O=MyCompany"}


def test_only_a_person_comes_as_far_as_the_form(office, window, hand) -> None:
    window.session.log_in(office.certifier, None)
    register_certifier.start(window)
    choice = hand.dialog(CHOICE)
    hand.click(choice, "OK")
    hand.message("Only a person can register a certifier, and becomes its CA administrator (CAA).")
    assert choice.isVisible()


def test_a_window_that_was_locked_meanwhile_registers_nothing(office, window, hand, dialog) -> None:
    name(hand, dialog)
    without_backup(hand, dialog)
    window.session._identity = None
    hand.click(dialog, "OK")
    # The message waits behind the log-in, like every window that opens while locked.
    hand.until(lambda: any("locked" in box.text() for box in dialog.findChildren(QMessageBox)), "nothing is said")
    assert dialog.isVisible()
    assert sql(office, "SELECT * FROM certifiers") == []


def test_cancel_asks_before_it_throws_away(office, window, hand, dialog) -> None:
    name(hand, dialog)
    hand.click(dialog, "Cancel")
    hand.message("Discard your changes?", "Cancel")
    assert dialog.isVisible()
    dialog.close()
    hand.message("Discard your changes?", "Discard")
    hand.closed(dialog)
    assert sql(office, "SELECT * FROM certifiers") == []


def test_an_untouched_dialog_closes_at_once(window, hand, dialog) -> None:
    hand.key(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)


@pytest.mark.parametrize("way", ["Cancel", "close"])
def test_the_work_can_be_stopped_while_it_runs(office, window, hand, dialog, monkeypatch, way: str) -> None:
    import threading

    going_on = threading.Event()
    real = registering.keys.generate

    def slow(algorithm: str):
        going_on.wait(10)
        return real(algorithm)

    name(hand, dialog)
    without_backup(hand, dialog)
    monkeypatch.setattr(registering.keys, "generate", slow)
    hand.click(dialog, "OK")
    says(hand, dialog, "Generating the key (ECDSA P-256)")
    assert not hand.editor(dialog, "Key").isEnabled()
    if way == "close":
        dialog.close()
        hand.message("The operation is still running. Stop it?", "Stop")
    else:
        hand.click(dialog, "Cancel")
        says(hand, dialog, "Cancelling…")
    going_on.set()
    hand.until(lambda: not dialog.is_running, "it does not stop")
    assert dialog.isVisible()
    assert hand.button(dialog, "OK").isEnabled()
    assert sql(office, "SELECT * FROM certifiers") == []


# keyboard, size, colors


def test_the_keyboard_alone_is_enough(office, window, hand) -> None:
    register_certifier.start(window)
    choice = hand.dialog(CHOICE)
    hand.key(choice, Qt.Key.Key_Return)
    dialog = hand.dialog(DIALOG)
    assert plain(QApplication.focusWidget().text()) == "Create Certifier Name"
    hand.key(dialog, Qt.Key.Key_Return)
    naming = hand.dialog(NAMING)
    for text in ("MyCompany CA", "", "MyCompany"):
        QTest.keyClicks(QApplication.focusWidget(), text)
        hand.key(naming, Qt.Key.Key_Tab)
    hand.key(naming, Qt.Key.Key_Return)
    hand.closed(naming)
    dialog.activateWindow()  # a window manager restores the focus; the offscreen platform has none
    hand.until(lambda: QApplication.focusWidget() and QApplication.focusWidget().window() is dialog, "the keyboard is lost")
    for _ in range(2):
        hand.key(dialog, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    backup = hand.button(dialog, "Create a local copy of the certifier ID")
    while QApplication.focusWidget() is not backup:
        hand.key(dialog, Qt.Key.Key_Tab)
    assert not backup.isChecked()
    hand.key(dialog, Qt.Key.Key_Return)
    hand.message("Success…")
    assert builders.record(office).name == "CN=MyCompany CA/O=MyCompany/C=US"  # the country was filled in


def reachable(dialog: QWidget) -> list[QWidget]:
    return [w for w in dialog.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]


def test_everything_that_takes_the_keyboard_has_a_name_and_its_own_letter(window, hand, dialog) -> None:
    from PySide6.QtGui import QAccessible
    from PySide6.QtWidgets import QAbstractButton, QLabel

    for ticks in ("Require password to activate certifier", "Encrypt ID with Locking ID"):
        hand.tab(dialog, "Basics")
        hand.tick(dialog, ticks)
        for tab in ("Basics", "Certificates", "Misc", "Preview"):
            hand.tab(dialog, tab)
            for widget in reachable(dialog):
                spoken = QAccessible.queryAccessibleInterface(widget)
                assert spoken.text(QAccessible.Text.Name) or widget.parent().accessibleName(), widget
            labelled = [w for w in dialog.findChildren(QWidget) if isinstance(w, QAbstractButton | QLabel) and w.isVisible()]
            letters = [w.text()[w.text().index("&") + 1].lower() for w in labelled if "&" in w.text()]
            assert len(letters) == len(set(letters)), (tab, letters)


def test_it_fits_a_small_screen(window, hand, dialog) -> None:
    name(hand, dialog, "A certifier with a rather long name for a small screen")
    hand.tick(dialog, "Require password to activate certifier")
    dialog.resize(560, 480)
    for tab in ("Basics", "Certificates", "Misc", "Preview"):
        page = hand.tab(dialog, tab)
        QTest.qWait(20)
        assert page.horizontalScrollBar().maximum() == 0, tab
    assert (dialog.width(), dialog.height()) == (560, 480)


def test_a_sentence_that_is_wider_than_the_screen_stands_in_two_lines(window, hand, monkeypatch) -> None:
    monkeypatch.setattr(register_certifier, "_MARGIN", 150)
    register_certifier.start(window)
    hand.button(hand.dialog(CHOICE), "I want to register a new Internet certifier\nthat uses the CA process")


def test_the_preview_stands_beside_the_tabs_where_there_is_room(office, window, hand, monkeypatch) -> None:
    monkeypatch.setattr(register_certifier, "_WIDTH", 40)
    monkeypatch.setattr(register_certifier, "_PREVIEW_WIDTH", 30)
    register_certifier.start(window)
    hand.click(hand.dialog(CHOICE), "OK")
    dialog = hand.dialog(DIALOG)
    name(hand, dialog)
    assert "CN=MyCompany CA/O=MyCompany" in texts(dialog)
    says(hand, dialog, "ECDSA with SHA-256")


def test_a_preview_that_ends_leaves_no_line(qtbot, hand) -> None:
    shown = CertifierPreview()
    qtbot.addWidget(shown)
    shown.tell(CertificatePreview((("Subject", "<b>CN=CA</b>"),), (("Keys", "none"),)))
    shown.show()
    assert {"Subject", "<b>CN=CA</b>", "Keys", "none"} <= set(texts(shown))
    shown.tell(CertificatePreview(problem="Common Name is required."))
    assert texts(shown) == ["Common Name is required."]
