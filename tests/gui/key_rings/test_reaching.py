"""Every dialog about key rings can be used by keyboard and screen reader."""

import re
from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QRadioButton, QScrollBar, QWidget

from dominoadmin.gui.key_rings import (
    certify as certify_key_ring,
)
from dominoadmin.gui.key_rings import (
    create as create_key_ring,
)
from dominoadmin.gui.key_rings import (
    export as export_key_ring,
)
from dominoadmin.gui.key_rings import (
    install as install_key_ring,
)
from dominoadmin.gui.key_rings import (
    password as key_ring_password,
)
from dominoadmin.gui.key_rings import (
    pickup as pickup_key_ring,
)
from dominoadmin.gui.key_rings import (
    trusted_roots,
)
from dominoadmin.gui.web import browser_help

DIALOGS = {
    "Create Key Ring": create_key_ring.start,
    "Certify Key Ring": certify_key_ring.start,
    "Pickup Key Ring Certificate": pickup_key_ring.start,
    "Install on Server": install_key_ring.start,
    "Trust in Browsers": browser_help.start,
}


@pytest.fixture(params=[*DIALOGS, "Export Key Ring", "Change Key Ring Password", "Open Key Ring", "Edit Label"])
def dialog(request, desk, hand, stage):
    access = stage.access()
    others = {
        "Export Key Ring": lambda: export_key_ring.ExportKeyRing(desk, access, stage.root),
        "Change Key Ring Password": lambda: key_ring_password.ChangePassword(desk, access),
        "Open Key Ring": lambda: key_ring_password.OpenKeyRingDialog(desk, "keyfile.kyr"),
        "Edit Label": lambda: trusted_roots.EditLabel(desk, access, "MyCompany CA"),
    }
    if request.param in DIALOGS:
        DIALOGS[request.param](desk)
    else:
        others[request.param]().open()
    return hand.dialog(request.param)


def visible(dialog, kind):
    return [child for child in dialog.findChildren(kind) if child.isVisible()]


def test_every_widget_that_takes_the_keyboard_has_a_name(dialog):
    nameless = [
        child for child in visible(dialog, QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(child, QScrollBar)
        and not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name)
    ]  # fmt: skip
    assert not nameless


def test_no_two_mnemonics_are_the_same(dialog):
    captions = [w.text() for w in [*visible(dialog, QLabel), *visible(dialog, QAbstractButton)]]
    found = [match.lower() for text in captions for match in re.findall(r"&(\w)", text.replace("&&", ""))]
    assert not [letter for letter, count in Counter(found).items() if count > 1]


def test_a_button_is_the_default(dialog):
    assert [button for button in visible(dialog, QPushButton) if button.isDefault()]


def test_it_fits_a_small_screen(dialog):
    dialog.resize(760, 520)
    assert (dialog.width(), dialog.height()) == (760, 520)
    assert all(radio.width() >= radio.sizeHint().width() for radio in visible(dialog, QRadioButton))
