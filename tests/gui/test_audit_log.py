"""The audit log in the window: its view with filter, an entry in full, and Verify Audit Log."""

from __future__ import annotations

from dominoadmin.gui.dialogs import verify_audit_log
from dominoadmin.gui.views import audit_log
from tests.builders import sql


def test_the_view_shows_the_newest_first_and_filters(window, qtbot) -> None:
    tab = audit_log.open_log(window)
    model = tab.current.table.model()
    qtbot.waitUntil(lambda: model.rowCount() >= 4)
    everything = model.rowCount()
    assert model.index(0, 0).data() == str(everything)
    bar = tab._tables[tab.current.view.path].findChild(audit_log.FilterBar)
    bar._lines["action"].setText("domain set up")
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    bar._lines["since"].setText("nonsense")
    qtbot.waitUntil(lambda: bar._problem.isVisibleTo(tab))


def test_verify_audit_log_shows_the_anchor_and_compares_one(window, qtbot) -> None:
    dialog = verify_audit_log.VerifyAuditLog(window)
    dialog.open()
    qtbot.waitUntil(lambda: "whole" in dialog._headline.text())
    dialog._typed.setText(dialog._anchor.text())
    dialog._compare_typed()
    assert "agrees" in dialog._compared.text()
    sql(window.session, "UPDATE audit SET action = 'x' WHERE number = 2")
    dialog.verify()
    qtbot.waitUntil(lambda: "Entry 2" in dialog._headline.text())
    dialog.close()
