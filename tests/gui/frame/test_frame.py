"""The frame of the window: navigator, tool bar, panes, details, context menus."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from dominoadmin.gui.frame import foreign_text
from tests import builders
from tests.gui.test_every_view import make_window, sample_domain, sample_template, settle  # noqa: F401 - fixtures
from tests.gui.test_window import put_away, visible_dialogs


def titles(window, *, below: str = "") -> list[str]:
    """Return the titles of the navigator's places, or of the entries below one, with their groups."""
    tree = window.navigator
    tops = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    if not below:
        return [item.text(0) for item in tops]
    return [text for item in tops if item.text(0) == below for text in _under(item)]


def _under(item) -> list[str]:
    found = []
    for number in range(item.childCount()):
        found += [item.child(number).text(0), *_under(item.child(number))]
    return found


# the navigator


def test_the_navigator_lists_places_and_dominos_databases(make_window) -> None:  # noqa: F811
    window = make_window()
    settle()
    assert titles(window) == [
        "Home", "Requests", "Certificates", "Certifiers", "Key Rings", "People & Servers", "Server", "Audit Log", "Files",
        "Configuration", "Databases", "Certificate Requests", "Partners' Requests", "Staff Requests",
        "Administration Requests", "Domino Directory", "Mail", "icl\\icl_MyCompany.nsf", "icl\\icl_Partners.nsf",
        "icl\\icl_Staff.nsf",
    ]  # fmt: skip


def test_a_click_shows_the_place_and_its_views(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    hand.navigate(window, "Requests")
    settle()
    assert window.page().objectName() == "admin4"
    assert titles(window, below="Requests")[-2:] == ["Pending Administrator Approval", "All Errors"]
    hand.navigate(window, "All Errors")
    assert window.page().current.view.path == "All Errors"
    assert window.navigator.currentItem().text(0) == "All Errors"
    hand.navigate(window, "Certificates")
    settle()
    assert window.page().objectName() == "icl:0"
    assert titles(window, below="Requests") == []
    assert window.tabs.count() == 1


def test_a_database_is_marked_where_it_was_chosen(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    hand.navigate(window, "Administration Requests")
    settle()
    assert titles(window, below="Administration Requests")
    assert not titles(window, below="Requests")


def test_the_navigator_is_used_by_keyboard(make_window) -> None:  # noqa: F811
    window = make_window((1240, 800))
    tree = window.navigator
    tree.setFocus()
    tree.setCurrentItem(tree.topLevelItem(0))
    QTest.keyClick(tree, Qt.Key.Key_Down)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    settle()
    assert window.page().objectName() == "admin4"


def test_it_counts_what_waits_for_this_person(office, window, hand) -> None:
    builders.ready(office, ras=("Ann Admin",))
    builders.submitted(office)
    hand.until(lambda: window.navigator.topLevelItem(1).data(0, Qt.ItemDataRole.AccessibleDescriptionRole) == "1 request waits for you", "nothing is counted")


def test_a_place_that_is_closed_gives_way_to_home(make_window) -> None:  # noqa: F811
    window = make_window()
    window.run("files")
    window.close_current()
    assert window.page().objectName() == "home"
    assert window.places.count() == 1


# the tool bar


def button(window, text) -> QAction:
    return next(action for action in window.daily.actions() if action.text() == text)


def test_revoke_acts_on_the_selected_certificates_or_shows_all(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    button(window, "Revoke").trigger()
    settle()
    assert window.page().objectName() == "icl:0"
    assert window.statusBar().currentMessage() == "Select the certificates that you want to revoke."
    hand.select(window.page(), "www.example.com")
    button(window, "Revoke").trigger()
    hand.until(visible_dialogs, "no dialog opens")
    assert visible_dialogs()[0].windowTitle() == "Revoke Certificate"
    put_away()


def test_approve_without_a_selection_shows_what_waits(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    button(window, "Approve").trigger()
    settle()
    assert window.page().current.view.path == "Pending Administrator Approval"


# the panes


def test_panes_fold_and_f6_moves_between_those_that_are_shown(make_window) -> None:  # noqa: F811
    window = make_window((1366, 860))
    window.activateWindow()
    for switch in window._panes.switches.values():
        switch.setChecked(True)
    window.run("admin4")
    settle()

    def pane() -> QWidget:
        focus = QApplication.focusWidget()
        return next(each for each in (window.navigator, window.side, window.tabs) if each is focus or each.isAncestorOf(focus))

    found = []
    for _time in range(3):
        found.append(pane())
        QTest.keyClick(window, Qt.Key.Key_F6)
    assert sorted(map(id, found)) == sorted(map(id, (window.navigator, window.side, window.tabs)))
    window._panes.switches["side"].setChecked(False)
    window._panes.switches["navigator"].setChecked(False)
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert pane() is window.tabs


# details and menus


def test_a_click_on_a_row_shows_it_in_full(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    window.run("admin4")
    settle()
    page = window.page()
    hand.select(page, "www.example.com")
    assert page.details.isVisible()
    assert "CN=www.example.com/O=MyCompany" in page.details.accessibleDescription()
    page.current.table.selectAll()
    assert not page.details.isVisible()
    hand.select(page, "www.example.com")
    QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert not page.details.isVisible()
    QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert page.details.isVisible()


def test_a_small_window_shows_no_details(make_window, hand) -> None:  # noqa: F811
    window = make_window((800, 300))
    window.run("admin4")
    settle()
    hand.select(window.page(), "www.example.com")
    assert not window.page().details.isVisible()


def test_a_row_has_a_menu_with_the_actions_of_its_view(make_window, hand) -> None:  # noqa: F811
    window = make_window((1240, 800))
    window.run("admin4")
    settle()
    page = window.page()
    hand.select(page, "www.example.com")
    page.current.table.customContextMenuRequested.emit(QPoint(5, 5))
    menu = hand.until(lambda: next((top for top in QApplication.topLevelWidgets() if isinstance(top, QMenu) and top.isVisible()), None), "no menu opens")
    texts = [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]
    assert texts == ["Open", "Approve Request", "Reject Request…", "Withdraw Approval…", "Copy"]
    menu.close()


def test_a_heading_shows_hostile_names_in_one_line(make_window) -> None:  # noqa: F811
    window = make_window()
    window.run("admin4")
    page = window.page()
    page.heading.show_texts("<b>a\nb</b>" + "x" * 10_000, "view")
    assert "\n" not in page.heading.accessibleName()
    assert "<b>" not in page.heading.toolTip() or foreign_text.plain("<b>") in page.heading.toolTip()
    assert not page.heading.grab().isNull()


def test_a_place_below_another_is_marked_when_the_navigator_is_filled_again(office, window, hand) -> None:
    window.run("server-console")
    builders.ready(office)  # a database more
    hand.until(lambda: "Certificate Requests" in titles(window), "the database is not listed")
    current = window.navigator.currentItem()
    assert current.text(0) == "Console"
    assert window.navigator.visualItemRect(current).isValid()
