"""`make tour`: the technote's 33 steps in real windows on a virtual screen, in a throw-away folder; then two other ways.

The guided way is the same path, from the empty folder to the closed padlock, with the Quick Guide's buttons alone. Monday's
work is that of an administrator on the sample domain. What each costs a person is counted and printed. `make guide` takes
the pictures of the user's guide.
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

TECHNOTE, GUIDED, MONDAY = "technote's way", "guided way", "Monday's work"
WAYS = {TECHNOTE: "tests.e2e.walk", GUIDED: "tests.e2e.guided", MONDAY: "tests.e2e.monday"}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--guide", type=Path, help="write the pictures of the user's guide into this folder")
    options.add_argument("--pictures", type=Path, help="write the screenshots here; else into a temporary folder")
    options.add_argument("--json", action="store_true", help="report as JSON: the first way, and in it the others")
    options.add_argument("--colours", default="light", choices=("light", "dark"))
    options.add_argument("--scale", default="1", help="1 to 2")
    options.add_argument("--way", action="append", choices=("technote", "guided", "Monday"), help="walk only this way; may be repeated")
    given = options.parse_args()
    pictures = given.guide or given.pictures or Path(tempfile.mkdtemp(prefix="dominoadmin-pictures-"))
    reports: dict[str, dict[str, Any]] = {}
    with virtual_screen() as display:
        for way, module in WAYS.items():
            if not _is_walked(way, given):
                continue
            status, reports[way] = _walk(module, pictures, given, display)
            if status:
                return status
    if given.json:
        first = next(iter(reports.values()))
        print(json.dumps({**first, "guided": reports.get(GUIDED), "monday": reports.get(MONDAY)}))
    else:
        print("\n" + counting.table({way: report["counts"] for way, report in reports.items()}))
    return 0


def _is_walked(way: str, given: argparse.Namespace) -> bool:
    if given.guide and way == MONDAY:  # the guide shows a domain of the user's own
        return False
    return not given.way or way.startswith(tuple(given.way))


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
