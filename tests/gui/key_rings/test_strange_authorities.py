"""View & Edit Key Rings with deceptive names of authorities."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from dominoadmin.gui.key_rings import view as views
from tests.gui.key_rings.test_key_rings import opened
from tests.gui.test_hostile_names import SHORT, WORST, hostile, objections


@pytest.mark.filterwarnings("ignore:Attribute.s length")
@pytest.mark.parametrize(("text", "label"), [(SHORT[:60], SHORT[:60]), (WORST, "Trusted root")], ids=["short", "worst"])
def test_a_strange_authority_becomes_a_trusted_root(desk, hand, tmp_path, text, label) -> None:
    desk.resize(800, 600)
    views.open_key_rings(desk)
    (tab,) = desk.findChildren(views.KeyRingsTab)
    (tmp_path / "strange.cer").write_bytes(hostile(is_ca=True, text=text))
    opened(hand, tab)
    hand.click(tab, "Add Trusted Root…")
    chooser = hand.dialog("Add Trusted Root", QFileDialog)
    chooser.findChild(QLineEdit).setText(str(tmp_path / "strange.cer"))
    chooser.accept()
    merge = hand.dialog("Merge Trusted Root Certificate Confirmation")
    assert hand.editor(merge, "Certificate label").text() == label
    assert not objections()
    hand.click(merge, "OK")
    hand.message("Certificate received into key ring and designated as trusted root")
    hand.select(tab, "&File")
    hand.picture(desk, "/tmp/shots/hostile-key-ring.png")
    QApplication.processEvents()
    assert not objections()
    hand.click(tab, "Label…")
    assert hand.editor(hand.dialog("Edit Label"), "Certificate label").text() == label
    assert not objections()
    hand.dialog("Edit Label").reject()
    hand.click(tab, "Delete")
    QApplication.processEvents()
    assert not objections()
    hand.message("from the key ring? It will no longer be a trusted root.", "Delete")
