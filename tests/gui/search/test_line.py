"""The search line, used by keyboard, on a real domain."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from dominoadmin import i18n
from dominoadmin.errors import Error
from dominoadmin.gui.frame import jobs
from dominoadmin.services.search import finding
from dominoadmin.services.search.finding import Findings, Searched
from dominoadmin.viewmodels.search import rows
from tests.builders import sql
from tests.german import found_in
from tests.gui import looking
from tests.gui.search.conftest import find, notes, subtitles, titles, type_in
from tests.gui.test_hostile_names import SHORT, WORST, about

CERTIFICATE = "www.example.com/MyCompany/US"


def press(key, modifiers=Qt.KeyboardModifier.NoModifier, where=None):
    QTest.keyClick(where or QApplication.focusWidget(), key, modifiers)
    QApplication.processEvents()


def chosen(found):
    return found.current().title


def tab(window):
    return window.page().windowTitle()


# by keyboard


@pytest.mark.parametrize("modifiers", [(Qt.Key.Key_K, False), (Qt.Key.Key_F, True)], ids=["Ctrl+K", "Ctrl+Shift+F"])
def test_a_certificate_is_found_and_opened(filled, place, hand, modifiers) -> None:
    window, line = place(filled)
    key, shifts = modifiers
    pressed = Qt.KeyboardModifier.ControlModifier | (Qt.KeyboardModifier.ShiftModifier if shifts else Qt.KeyboardModifier.NoModifier)
    press(key, pressed, window)
    assert line.hasFocus()
    found = find(line, hand, "www.exa")
    assert titles(found)[:2] == ["Certificates", CERTIFICATE]
    assert "Issued by MyCompany CA" in subtitles(found)[1]
    assert chosen(found) == CERTIFICATE
    press(Qt.Key.Key_Return)
    assert not found.isVisible()
    assert "www.example.com" in tab(window)
    assert not line.hasFocus()


def test_the_line_is_empty_once_a_result_was_opened(filled, place, hand) -> None:
    window, line = place(filled)
    find(line, hand, "www.exa")
    press(Qt.Key.Key_Return)
    assert line.text() == ""
    assert "www.example.com" in tab(window)
    find(line, hand, "refresh")
    press(Qt.Key.Key_Return)
    assert line.text() == ""


def test_a_text_that_was_left_is_selected_when_the_line_gets_the_focus_again(filled, place, hand) -> None:
    """As in KeePassXC: what is typed replaces it. A second click sets the cursor."""
    window, line = place(filled)
    window.run("admin4")
    find(line, hand, "www.exa")
    QTest.mouseClick(window.page().current.table.viewport(), Qt.MouseButton.LeftButton)
    window.page().focus_view()
    assert not line.hasFocus()
    assert line.text() == "www.exa"
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert line.selectedText() == "www.exa"
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    assert line.selectedText() == ""
    window.page().focus_view()
    line.setFocus(Qt.FocusReason.TabFocusReason)
    assert line.selectedText() == "www.exa"


def test_coming_back_from_the_list_does_not_select_what_was_typed(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "example")
    press(Qt.Key.Key_Down)
    assert found.hasFocus()
    press(Qt.Key.Key_Period, where=found)
    assert line.text() == "example."


def test_the_keys_work_while_another_line_has_the_focus(filled, place) -> None:
    window, line = place(filled)
    other = QLineEdit(window)
    other.setText("kept")
    other.show()
    other.setFocus()
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert line.hasFocus()
    press(Qt.Key.Key_Escape)
    assert other.hasFocus()
    assert other.text() == "kept"


def test_a_pasted_serial_number_and_enter_open_the_certificate(filled, place, hand) -> None:
    """Before the answer is there: nobody has to wait for it."""
    window, line = place(filled)
    (row,) = sql(filled, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    line.setFocus()
    line.setText(str(int(row["serial_hex"], 16)))
    press(Qt.Key.Key_Return)
    hand.until(lambda: "www.example.com" in tab(window), "no certificate is opened")
    assert not line._is_open()


def test_enter_opens_nothing_of_an_older_text(filled, place, hand) -> None:
    window, line = place(filled)
    find(line, hand, "www.exa")
    type_in(line, "mail.exa")
    press(Qt.Key.Key_Return)
    hand.until(lambda: tab(window) == "Request 2", "the request is not opened")


def test_escape_takes_back_what_enter_has_asked_for(filled, place, hand, monkeypatch) -> None:
    window, line = place(filled)
    before = tab(window)
    search, pressed = rows.search, threading.Event()

    def late(*arguments):
        pressed.wait(10)
        return search(*arguments)

    monkeypatch.setattr(rows, "search", late)
    type_in(line, "www.exa")
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Escape)
    pressed.set()
    jobs.wait_for_all(10)
    QApplication.processEvents()
    assert tab(window) == before
    assert not line._is_open()


def test_up_and_down_pass_over_headings(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "example")
    lines = [title for title, subtitle in zip(titles(found), subtitles(found), strict=True) if subtitle]
    assert len(lines) > 3
    assert len(titles(found)) > len(lines)
    for title in lines[1:]:
        press(Qt.Key.Key_Down)
        assert found.hasFocus()
        assert chosen(found) == title
    press(Qt.Key.Key_Down)
    assert chosen(found) == lines[-1]
    for title in lines[-2::-1]:
        press(Qt.Key.Key_Up)
        assert chosen(found) == title
    press(Qt.Key.Key_Up)
    assert line.hasFocus()
    assert found.isVisible()
    press(Qt.Key.Key_Escape)
    assert not found.isVisible()
    assert line.text() == "example"
    press(Qt.Key.Key_Escape)
    assert line.text() == ""


def test_typing_in_the_list_goes_on_in_the_line(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "exampl")
    press(Qt.Key.Key_Down)
    QTest.keyClicks(found, "e")
    assert line.hasFocus()
    assert line.text() == "example"
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Backspace, where=found)
    assert line.text() == "exampl"


def test_a_click_opens_a_result(filled, place, hand) -> None:
    window, line = place(filled)
    found = find(line, hand, "mail.example")
    place_of = found.visualRect(found.lines.index(titles(found).index("mail.example.com/MyCompany/US"), 0))
    QTest.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place_of.center())
    assert tab(window) == "Request 2"


@pytest.mark.parametrize(
    ("text", "title", "opened"),
    [
        ("rob ra", "Rob Ra/MyCompany/US", "Rob Ra"),
        ("server1.ex", "Server1/MyCompany/US", "Server1"),
        ("mycompany ca", "MyCompany CA", "MyCompany CA"),
        ("certreq", "Certificate Requests", "Certificate Requests"),
        ("keyfile", "keyfile.kyr", "View & Edit Key Rings"),
        ("issued certificate", "Open Issued Certificate List", "MyCompany"),
    ],
)
def test_each_kind_leads_to_its_document(filled, place, hand, text, title, opened) -> None:
    (filled.root / "keyfile.kyr").write_bytes(b"")
    window, line = place(filled)
    found = find(line, hand, text)
    assert title in titles(found)
    while chosen(found) != title:
        press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    hand.until(lambda: opened in tab(window), f"{opened} is not opened but {tab(window)}")
    jobs.wait_for_all(10)


def test_a_key_ring_that_was_found_is_the_one_that_is_shown(filled, place, hand) -> None:
    for file in ("first.kyr", "second.kyr"):
        (filled.root / file).write_bytes(b"")
    window, line = place(filled)
    for file in ("second.kyr", "first.kyr"):
        found = find(line, hand, file)
        assert chosen(found) == file
        press(Qt.Key.Key_Return)
        view = window.page().current
        hand.until(lambda view=view, file=file: [view.rows.row(n).file for n in range(view.rows.rowCount())] == [file], f"not {file} is shown")
    press(Qt.Key.Key_Escape)
    hand.until(lambda: view.rows.rowCount() == 2, "Escape does not show all")


# commands


@pytest.mark.parametrize("text", ["internet cert", "Registration: Internet Certifier…", "configuration registration", "registration: int"])
def test_a_command_is_found_by_its_label_and_its_menu(filled, place, hand, text) -> None:
    _window, line = place(filled)
    found = find(line, hand, text)
    while chosen(found) != "Internet Certifier…":
        press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    hand.dialog("Register Internet Certifier", QDialog).close()


def test_a_command_of_the_window_itself_is_found(filled, place, hand) -> None:
    window, line = place(filled)
    found = find(line, hand, "console")
    assert chosen(found) == "Console"
    assert subtitles(found)[1] == "View (Ctrl+Shift+C)"
    press(Qt.Key.Key_Return)
    assert window.page().objectName() == "server-console"


def test_a_command_that_is_off_says_why(filled, place, hand, monkeypatch) -> None:
    window, line = place(filled)
    monkeypatch.setattr(type(window.server), "is_running", property(lambda _self: True))
    found = find(line, hand, "start server")
    assert chosen(found) == "Start Server"
    assert subtitles(found)[1] == "The server is running."
    press(Qt.Key.Key_Return)
    assert found.isVisible()
    assert window.statusBar().currentMessage() == "The server is running."


def test_commands_and_results_speak_german(filled, place, hand) -> None:
    i18n.use("de")
    try:
        window, line = place(filled)
        assert line.placeholderText() == "Host, Seriennummer, Person, Befehl"
        found = find(line, hand, "registrierung zertifizierer")
        assert chosen(found) == "Internet-Zertifizierer…"
        for text in ("example", "mycompany ca", "zzz", "rob", "server1"):
            shown = find(line, hand, text)
            said = [*titles(shown), *subtitles(shown), line.toolTip(), line.accessibleDescription()]
            assert not [*filter(None, map(found_in, filter(None, said)))]
        assert titles(find(line, hand, "zzz")) == ["Nichts gefunden für „zzz“."]
        assert not looking.objections(window)
    finally:
        i18n.use("en")


# what is not found


def test_nothing_found(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "zzz")
    assert titles(found) == ["Nothing found for “zzz”."]
    assert found.current() is None
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert line.accessibleDescription() == "0 results"


def test_a_search_that_was_not_finished_says_so(filled, place, hand, monkeypatch) -> None:
    monkeypatch.setattr(finding, "find", lambda *_given: Findings(unfinished=frozenset(Searched)))
    _window, line = place(filled)
    found = find(line, hand, "zzz")
    assert len(notes(found)) == 4
    assert any("Type more letters" in note for note in notes(found))


def test_a_damaged_row_is_named(filled, place, hand) -> None:
    sql(filled, "UPDATE directory SET created_at = 'never' WHERE name LIKE 'CN=Rob%'")
    _window, line = place(filled)
    found = find(line, hand, "mycompany")
    assert any("cannot be read" in note for note in notes(found))
    assert "Ann Admin/MyCompany/US" in titles(found)


def test_a_store_that_cannot_be_read_is_a_sentence_in_the_list(filled, place, hand, monkeypatch) -> None:
    def fail(*_given):
        raise Error("The store is away.", "Bring it back.")

    monkeypatch.setattr(finding, "find", fail)
    _window, line = place(filled)
    assert titles(find(line, hand, "rob")) == ["The store is away.", "Bring it back."]


# while typing


def test_the_newest_text_wins(filled, place, hand, monkeypatch) -> None:
    """The first search takes long: it is cancelled, and its answer is dropped."""
    _window, line = place(filled)
    going, stops, genuine = threading.Event(), {}, rows.search

    def slow(domain, text, progress):
        stops[text] = progress.stop
        if text == "www":
            going.wait(10)
        return genuine(domain, text, finding.QUIET)

    monkeypatch.setattr(rows, "search", slow)
    type_in(line, "www")
    hand.until(lambda: "www" in stops, "no search is started")
    found = find(line, hand, "mail")
    assert "mail.example.com/MyCompany/US" in titles(found)
    assert stops["www"].is_set()
    assert not stops["mail"].is_set()
    going.set()
    jobs.wait_for_all(10)
    QApplication.processEvents()
    assert "mail.example.com/MyCompany/US" in titles(found)


def test_letters_that_follow_quickly_are_one_search(filled, place, hand, monkeypatch) -> None:
    _window, line = place(filled)
    searched, genuine = [], rows.search
    monkeypatch.setattr(rows, "search", lambda domain, text, progress: searched.append(text) or genuine(domain, text, progress))
    line.setFocus()
    for letter in "example":
        QTest.keyClicks(line, letter)
        QApplication.processEvents()
    hand.until(lambda: "example" in searched, "it is not searched")
    assert len(searched) < len("example")


def test_a_long_job_does_not_keep_the_search_waiting(filled, place, hand) -> None:
    _window, line = place(filled)
    done = threading.Event()
    job = jobs.Job(lambda _progress: done.wait(20))
    job.start()
    assert CERTIFICATE in titles(find(line, hand, "www.exa"))
    done.set()


def test_the_list_closes_when_the_focus_goes_elsewhere(filled, place, hand) -> None:
    window, line = place(filled)
    found = find(line, hand, "example")
    press(Qt.Key.Key_Down)
    assert found.isVisible()
    window.navigator.setFocus()
    QApplication.processEvents()
    assert not found.isVisible()
    assert not titles(found)
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier, window)
    hand.until(found.isVisible, "the results are not back")
    assert line.selectedText() == "example"


def test_a_click_elsewhere_closes_the_list(filled, place, hand) -> None:
    """On what takes no focus, too: the menu bar, a title, the status bar."""
    window, line = place(filled)
    found = find(line, hand, "example")
    native = QApplication.focusWindow()
    inside = found.mapTo(window, found.rect().center())
    QTest.mousePress(native, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, inside)
    QTest.mouseRelease(native, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, inside)
    assert found.isVisible()
    below = window.statusBar().mapTo(window, window.statusBar().rect().center())
    QTest.mousePress(native, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, below)
    QTest.mouseRelease(native, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, below)
    assert not found.isVisible()


# locked


def test_a_lock_closes_and_clears_everything(filled, place, hand) -> None:
    window, line = place(filled)
    found = find(line, hand, "example")
    press(Qt.Key.Key_Down)
    window.locking.lock()
    QApplication.processEvents()
    assert not found.isVisible()
    assert not titles(found)
    assert line.text() == ""
    assert not line.isUndoAvailable()
    assert line.accessibleDescription() == ""
    line.setText("example")
    line._search()
    assert line._job is None
    press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier, window)
    jobs.wait_for_all(10)
    QApplication.processEvents()
    assert not titles(found)
    assert not found.isVisible()


def test_an_answer_that_comes_while_the_window_is_locked_is_dropped(filled, place, hand, monkeypatch) -> None:
    window, line = place(filled)
    going, genuine = threading.Event(), rows.search

    def slow(domain, text, _progress):
        going.wait(10)
        return genuine(domain, text, finding.QUIET)

    monkeypatch.setattr(rows, "search", slow)
    type_in(line, "www")
    hand.until(lambda: line._job is not None, "no search is started")
    window.locking.lock()
    going.set()
    jobs.wait_for_all(10)
    QApplication.processEvents()
    assert line._found is None or not titles(line._found)


def test_another_person_does_not_see_what_was_searched(filled, place, hand) -> None:
    window, line = place(filled)
    found = find(line, hand, "example")
    window.session.log_in(filled.rob, None)
    assert line.text() == ""
    assert not found.isVisible()


# what is painted


@pytest.mark.parametrize("text", [SHORT, WORST], ids=["short", "worst"])
def test_hostile_names_are_letters(filled, place, hand, text) -> None:
    sql(filled, "UPDATE issued SET subject = ?, names = ?, requester = ?", f"CN={text}", text, text)
    sql(filled, "UPDATE requests SET subject = ?, applicant = ?, state = ? WHERE id = 2", text, text, text)
    sql(filled, "UPDATE admin_requests SET fields = '{}', state = ?", text)
    sql(filled, "UPDATE directory SET fields = json_set(fields, '$.mail_address', ?, '$.host_name', ?)", text, text)
    sql(filled, "UPDATE databases SET title = ?", text)
    sql(filled, "UPDATE certifiers SET name = ?", text)
    sql(filled, "INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
    (filled.root / f"{SHORT.replace('/', ':')}{chr(0x202E)}.kyr").write_bytes(b"")
    window, line = place(filled)
    window.resize(700, 600)
    found = find(line, hand, "<b>")
    assert {"Certificates", "Requests", "People", "Servers", "Certifiers", "Key Rings", "Databases"} <= set(titles(found))
    hand.picture(window, "/tmp/shots/hostile-search.png")
    assert not [*about(found), *about(line)]
    line.setText(text)
    line._search()
    hand.until(lambda: line._job is None, "no answer")
    assert not [*about(found)]


def test_two_hundred_results_are_scrolled_in_the_window(filled, place, hand, monkeypatch) -> None:
    sql(
        filled,
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO issued"
        " SELECT 1000 + i, certifier_id, printf('%032x', i), NULL, kind, 'CN=many' || i, '', requester, key_algorithm, not_before, not_after,"
        " printf('%064x', i), '', der, issued_at, part, generation FROM issued, n WHERE request_id = 1",
    )
    sql(filled, "INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
    monkeypatch.setattr(rows.search, "__defaults__", (300,))
    window, line = place(filled)
    window.resize(800, 500)
    found = find(line, hand, "many")
    assert len(titles(found)) == 201
    assert window.rect().contains(found.geometry())
    for _ in range(199):
        press(Qt.Key.Key_Down)
    assert found.visualRect(found.currentIndex()).intersects(found.viewport().rect())
    assert line.accessibleDescription() == "200 results"


def test_the_list_stays_in_a_narrow_window_and_follows_it(filled, place, hand) -> None:
    window, line = place(filled)
    for size in ((1400, 900), (900, 600), (1024, 768)):
        window.resize(*size)
        found = find(line, hand, "example")
        assert window.rect().contains(found.geometry())
        window.resize(size[0] - 100, size[1] - 50)
        for _time in range(5):  # the tool bar drops its words in an event of its own
            QApplication.processEvents()
        assert window.rect().contains(found.geometry())
    assert line.width() >= 28 * line.fontMetrics().averageCharWidth()


def test_a_screen_reader_hears_the_results(filled, place, hand) -> None:
    window, line = place(filled)
    found = find(line, hand, "www.exa")
    assert not looking.objections(window)
    interface = QAccessible.queryAccessibleInterface(found)
    assert interface.text(QAccessible.Text.Name) == "Search results"
    assert interface.child(1).text(QAccessible.Text.Name).startswith(f"{CERTIFICATE}, ")
    assert interface.child(1).text(QAccessible.Text.Name).endswith(", Certificates")
    assert line.accessibleDescription() == f"{len([s for s in subtitles(found) if s])} results"


def test_the_line_goes_with_its_window(filled, place, hand, qapp) -> None:
    """The list is a child of the window: nothing is left over, and nothing fails."""
    window, line = place(filled)
    find(line, hand, "example")
    other = QWidget()
    line.setParent(other)
    line.show()
    other.show()
    other.activateWindow()
    QApplication.processEvents()
    found = find(line, hand, "mail")
    assert found.window() is other
    other.close()
    other.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    window.navigator.setFocus()
    QApplication.processEvents()


def test_the_icon_of_the_chosen_row_has_the_ground_that_it_is_made_for(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "www.example")
    rect = found.visualRect(found.currentIndex())
    image = found.viewport().grab(rect).toImage()
    base = found.palette().base().color().lightness()
    left = [image.pixelColor(x, y).lightness() for x in range(30) for y in range(image.height() // 2 + 2)]
    assert left.count(base) > 60, "the icon stands on the ground of a chosen row"
