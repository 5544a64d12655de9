"""The technote's 33 steps, and an administrator's Monday, in real windows on a virtual screen, as in `make tour`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.counting import GOALS
from tests.e2e.screen import virtual_screen
from tests.e2e.test_tour import STEPS

GUIDED = ["before", "2-7", "8", "9-13", "14-18", "19", "20-21", "22", "24-26", "27", "28", "29", "30", "33"]


@pytest.mark.judge
@pytest.mark.slow
def test_all_33_steps_are_walked_by_mouse_and_keyboard_to_the_closed_padlock(tmp_path) -> None:
    told = toured(tmp_path, "technote", "guided")
    assert [step["step"] for step in told["steps"]] == [*STEPS, *["after"] * 6]
    assert told["unchecked"] == []
    (pickup,) = [step for step in told["steps"] if step["step"] == "24-26"]
    assert pickup["verified"] == "openssl finds the certificate of server1.example.com in the key ring"
    *_first, warned, shown = [step for step in told["steps"] if step["step"] != "after"]
    assert "without a warning" in shown["verified"]
    assert "ERR_CERT_AUTHORITY_INVALID" in warned["verified"]

    guided = told["guided"]
    assert [step["step"] for step in guided["steps"]] == GUIDED
    assert guided["unchecked"] == []
    assert "without a warning" in guided["steps"][-1]["verified"]
    over = {name: guided["counts"][name] for name, goal in GOALS.items() if guided["counts"][name] > goal}
    assert over == {}, guided["boxes"]
    # The technote's way keeps its messages.
    assert told["counts"]["boxes"] >= 8, told["boxes"]


@pytest.mark.judge
@pytest.mark.slow
def test_a_monday_on_the_sample_domain_is_worked_with_few_clicks_and_no_password(tmp_path) -> None:
    told = toured(tmp_path, "Monday")
    assert [step["step"] for step in told["steps"]] == ["before", "home", "approve", "issue", "chain", "find", "revoke", "list", "home"]
    verified = [step["verified"] for step in told["steps"]]
    assert verified[1] == "6 requests are waiting for your approval. 4 matters need attention."
    assert verified[-1] == "1 request is waiting for your approval. 4 matters need attention."
    assert told["counts"]["passwords"] == 0
    assert told["counts"]["clicks"] <= 30
    assert told["counts"]["fields"] <= 6  # two of them for the certificate that is exported with its chain
    assert told["counts"]["boxes"] <= 3, told["boxes"]
    assert not list(tmp_path.glob("dominoadmin-*")), "the tour leaves a folder behind"


def toured(folder: Path, *ways: str) -> dict[str, Any]:
    """Walk these ways, and return the report."""
    asked = [part for way in ways for part in ("--way", way)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.tour", "--json", "--pictures", str(folder / "pictures"), *asked],
        capture_output=True, text=True, timeout=290, check=False,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""
    told = json.loads(done.stdout)
    pictures = [Path(picture) for step in told["steps"] for picture in step["pictures"]]
    assert all(picture.stat().st_size > 2000 for picture in pictures)
    return told


BUTTONS = """
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QMessageBox
app = QApplication([])
from dominoadmin.gui.frame import theme
theme.apply(theme.LIGHT)
dialog, message = QDialog(), QMessageBox()
box = QDialogButtonBox(dialog)
kinds = QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
box.setStandardButtons(kinds)
message.setStandardButtons(QMessageBox.StandardButton.Ok | QMessageBox.StandardButton.Cancel)
print([button.icon().isNull() for button in (*box.buttons(), *message.buttons())])
"""


@pytest.mark.slow
def test_ok_and_cancel_have_no_pictures_of_the_desktop() -> None:
    """Offscreen they have none in any case: only a real platform asks for them."""
    with virtual_screen() as display:
        done = subprocess.run(
            [sys.executable, "-c", BUTTONS],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        )  # fmt: skip
    assert done.stdout == "[True, True, True, True]\n", done.stderr
