"""`make tour`: the technote's 33 steps in real windows on a virtual screen, in a throw-away folder; then the guided way.

The guided way is the same path, from the empty folder to the closed padlock, with the Quick Guide's buttons alone. What
each way costs a person is counted and printed. `make guide` takes the pictures of the user's guide.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e import counting
from tests.e2e.screen import virtual_screen

WAYS = {"technote's way": "tests.e2e.walk", "guided way": "tests.e2e.guided"}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--guide", type=Path, help="write the pictures of the user's guide into this folder")
    options.add_argument("--pictures", type=Path, help="write the screenshots here; else into a temporary folder")
    options.add_argument("--json", action="store_true", help="report as JSON: the technote's way, and in it the guided way")
    options.add_argument("--colours", default="light", choices=("light", "dark"))
    options.add_argument("--scale", default="1", help="1 to 2")
    options.add_argument("--way", choices=("technote", "guided"), help="walk only this way")
    given = options.parse_args()
    pictures = given.guide or given.pictures or Path(tempfile.mkdtemp(prefix="dominoadmin-pictures-"))
    reports: dict[str, dict[str, Any]] = {}
    with virtual_screen() as display:
        for way, module in WAYS.items():
            if given.way and not way.startswith(given.way):
                continue
            status, reports[way] = _walk(module, pictures, given, display)
            if status:
                return status
    if given.json:
        first, *others = reports.values()
        print(json.dumps({**first, "guided": others[0] if others else None}))
    else:
        print("\n" + counting.table({way: report["counts"] for way, report in reports.items()}))
    return 0


def _walk(module: str, pictures: Path, given: argparse.Namespace, display: str) -> tuple[int, dict[str, Any]]:
    folder = Path(tempfile.mkdtemp(prefix="dominoadmin-tour-"))
    command = [sys.executable, "-m", module, str(folder), str(pictures), given.colours, *(["--quiet"] if given.json else [])]
    environment = {
        **os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder),
        "DOMINOADMIN_KEYCHAIN": "none", "LANG": "C.UTF-8", "QT_SCALE_FACTOR": given.scale, "QT_LOGGING_RULES": "qt.qpa.*=false",
    }  # fmt: skip
    for name in ("LC_ALL", "LC_MESSAGES", "WAYLAND_DISPLAY", "DOMINOADMIN_DATA", "QT_STYLE_OVERRIDE"):
        environment.pop(name, None)
    try:
        status = subprocess.run(command, env=environment, check=False).returncode
        report = folder / "report.json"
        return status, counting.read(report) if report.is_file() else {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
