"""Every window of the running program, as a screen reader is told about it over D-Bus."""

import json
import os
import subprocess
import sys

import pytest

from tests.e2e.accessible_program import DOCUMENTS, PLACES, UNNAMED
from tests.gui.dialog_openers import OPENERS


@pytest.mark.judge
@pytest.mark.slow
def test_a_screen_reader_is_told_a_name_for_everything_that_takes_the_focus(tmp_path) -> None:
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-m", "tests.e2e.accessibility", *PLACES, *DOCUMENTS, *OPENERS, UNNAMED],
        capture_output=True, text=True, timeout=280, check=False,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    told = json.loads(done.stdout[done.stdout.index("{") :])  # the registry of the bus says first that it runs
    (unnamed,) = told["wrong"].pop(UNNAMED)
    assert unnamed.startswith("no name: "), "the judge finds nothing"
    assert told["wrong"] == {}
    assert told["code"] == 0
    assert told["windows"] == len(PLACES) + len(DOCUMENTS) + len(OPENERS) + 1
    assert told["roles"]["push button"] > 300
    assert told["roles"]["text"] > 100
