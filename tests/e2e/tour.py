"""`make tour`: the technote's 33 steps in real windows on a virtual screen, in a throw-away folder.

`make guide` does the same and writes the pictures of the user's guide.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.screen import virtual_screen


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--guide", type=Path, help="write the pictures of the user's guide into this folder")
    options.add_argument("--pictures", type=Path, help="write the screenshots here; else into a temporary folder")
    options.add_argument("--json", action="store_true", help="report as JSON")
    options.add_argument("--colours", default="light", choices=("light", "dark"))
    options.add_argument("--scale", default="1", help="1 to 2")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dominoadmin-tour-"))
    pictures = given.guide or given.pictures or Path(tempfile.mkdtemp(prefix="dominoadmin-pictures-"))
    command = [sys.executable, "-m", "tests.e2e.walk", str(folder), str(pictures), given.colours, *(["--json"] if given.json else [])]
    try:
        with virtual_screen() as display:
            environment = {
                **os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder),
                "DOMINOADMIN_KEYCHAIN": "none", "LANG": "C.UTF-8", "QT_SCALE_FACTOR": given.scale, "QT_LOGGING_RULES": "qt.qpa.*=false",
            }  # fmt: skip
            for name in ("LC_ALL", "LC_MESSAGES", "WAYLAND_DISPLAY", "DOMINOADMIN_DATA", "QT_STYLE_OVERRIDE"):
                environment.pop(name, None)
            return subprocess.run(command, env=environment, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
