"""Runs a program in a separate D-Bus session with a real gnome-keyring daemon and its own home.

It cannot access the developer's session or keyring. Works as root and without a screen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = {"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
# The daemon detaches itself and does not always notice the end of its bus, so it is ended by its process ID.
_SESSION = """
if [ -n "$KEYCHAIN_TEST_PASSWORD" ]; then
    eval "$(printf %s "$KEYCHAIN_TEST_PASSWORD" | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null \
        | sed 's/^/export /')"
fi
unset KEYCHAIN_TEST_PASSWORD
"$@"
status=$?
daemon=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
    org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null | awk '{print $2}')
[ -z "$daemon" ] || kill "$daemon"
exit $status
"""
# No directory of services, so that the bus cannot start a keychain on request.
_BARE_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


def run_in_keychain_session(
    argv: Sequence[str | Path], *, home: Path, unlock: str | None = "test", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `argv` with a keyring under `home`; the first use creates it with the password `unlock`, later ones open it.

    The wrong password leaves it locked; None starts no daemon, so that the bus starts a locked one on request.
    """
    _demand("dbus-run-session", "gnome-keyring-daemon")
    environment = {**private_environment(home), **(env or {}), "KEYCHAIN_TEST_PASSWORD": unlock or ""}
    return _run(["dbus-run-session", "--", "bash", "-c", _SESSION, "_", *argv], environment)


def run_in_bare_bus_session(
    argv: Sequence[str | Path], *, home: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `argv` in a session without a keychain daemon that runs or that the bus could start."""
    _demand("dbus-run-session")
    environment = {**private_environment(home), **(env or {})}
    configuration = home / "bare-bus.conf"
    configuration.write_text(_BARE_BUS)
    return _run(["dbus-run-session", f"--config-file={configuration}", "--", *argv], environment)


def run_without_bus(
    argv: Sequence[str | Path], *, home: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `argv` where there is no D-Bus session, as in a service or over ssh."""
    return _run(argv, {**private_environment(home), **(env or {})})


def private_environment(home: Path) -> dict[str, str]:
    """Return an environment with only `home`: no display, no session bus."""
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / ".local/share/keyrings").mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_RUNTIME_DIR": str(runtime),
    }


def _demand(*programs: str) -> None:
    missing = {_PACKAGES[program] for program in programs if shutil.which(program) is None}
    if missing:
        pytest.fail(f"The keychain tests need a real daemon: apt-get install {' '.join(sorted(missing))}")


def _run(argv: Sequence[str | Path], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in argv], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
