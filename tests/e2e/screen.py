"""A virtual screen with a window manager: real windows where there is no display."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def virtual_screen(size: str = "1400x950x24") -> Iterator[str]:
    """Start Xvfb and openbox; yield the display's name."""
    read, write = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as lines:
        number = lines.readline().strip()
    assert number, "Xvfb does not start"
    display = f":{number}"
    print(display) if os.environ.get("SCREEN_DEBUG") else None
    # Without a window manager no window ever becomes active.
    keeper = subprocess.Popen(
        ["openbox"], env={**os.environ, "DISPLAY": display}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(0.5)
    try:
        yield display
    finally:
        for process in (keeper, screen):
            process.terminate()
            process.wait(10)
