"""A real browser: headless Chromium, with or without a certification authority trusted through NSS.

Each start gets a fresh profile: a second run in the same one hangs. Chromium's exit code shows nothing; the page does.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
_SECONDS = 60
# Chromium reads commands from file descriptor 3 and writes to 4, which may be the numbers that we got.
_ON_3_AND_4 = """
import os, sys
high = [os.dup(os.dup(os.dup(int(number)))) for number in sys.argv[1:3]]
os.dup2(high[0], 3), os.dup2(high[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def load_page(
    url: str, trusted_root_pem: Path | None, home: Path, policies: Mapping[str, Any] | None = None
) -> tuple[str, str]:
    """Load a page; return its DOM and Chromium's standard error. Its host leads to this machine.

    A page that could not be loaded has another DOM, and standard error names the reason (ERR_CERT_AUTHORITY_INVALID).
    `policies` are an enterprise's (https://chromeenterprise.google/policies/).
    """
    environment = _prepared(home, trusted_root_pem)
    profile = tempfile.mkdtemp(prefix="profile-", dir=home)
    command = [_program(), *_FLAGS, f"--user-data-dir={profile}", *_hosts(url), "--dump-dom", url]
    done = subprocess.run(
        [*_under(policies, home), *command], env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout, done.stderr


@contextmanager
def browser(url: str, trusted_root_pem: Path | None, home: Path) -> Iterator[Browser]:
    """Open a page in a browser for typing and clicking."""
    environment = _prepared(home, trusted_root_pem)
    profile = tempfile.mkdtemp(prefix="profile-", dir=home)
    to_browser, our_end = os.pipe()
    our_ear, from_browser = os.pipe()
    command = [_program(), *_FLAGS, f"--user-data-dir={profile}", *_hosts(url), "--remote-debugging-pipe", "about:blank"]
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_3_AND_4, str(to_browser), str(from_browser), *command], env=environment, pass_fds=(to_browser, from_browser),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(to_browser), os.close(from_browser)
    try:
        opened = Browser(our_end, our_ear)
        opened.go(url)
        yield opened
        opened.call("Browser.close", session=False)
        process.wait(_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(our_end), os.close(our_ear)


class Browser:
    """One tab, by the DevTools protocol over a pipe: JSON messages that end in NUL."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read, self._number, self._rest = write, read, 0, b""
        self._session = ""
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")

    def go(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self._until("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Run a script like DevTools, to which the page's policy does not apply."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def fill(self, selector: str, text: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    def click(self, selector: str) -> None:
        """Click a link or button that leads to another page."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self._until("Page.loadEventFired")

    def wait_for(self, selector: str) -> None:
        """Wait until a page that redirects automatically has this element."""
        while not self.evaluate(f"document.readyState === 'complete' && !!document.querySelector({json.dumps(selector)})"):
            time.sleep(0.05)

    def text(self, selector: str = "main") -> str:
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def screenshot(self, file: Path, *, dark: bool = False, width: int = 900, height: int = 1000) -> None:
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def call(self, method: str, *, session: bool = True, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session and self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        number = self._number
        while True:
            answer = self._message()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _until(self, event: str) -> None:
        while self._message().get("method") != event:
            pass

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._read, 1 << 16)
            assert piece, "Chromium has ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


def _under(policies: Mapping[str, Any] | None, home: Path) -> list[str]:
    """Return the start of a command that gives it a private /etc/chromium with these policies."""
    if policies is None:
        return []
    file = home / "policies.json"
    file.write_text(json.dumps(policies))
    folder = "/etc/chromium/policies/managed"
    script = f'mount -t tmpfs none /etc/chromium && mkdir -p {folder} && cp "$0" {folder} && exec "$@"'
    # Without root a user namespace is needed; if the system forbids it, this fails instead of being skipped.
    return ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", script, str(file)]


def _prepared(home: Path, trusted_root_pem: Path | None) -> Mapping[str, str]:
    """Make the NSS database of a home directory, with the root or without any; return the environment."""
    folder = home / ".pki" / "nssdb"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _certutil("-N", "-d", f"sql:{folder}", "--empty-password")
    if trusted_root_pem:
        _certutil("-A", "-d", f"sql:{folder}", "-n", "root", "-t", "C,,", "-a", "-i", str(trusted_root_pem))
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "XDG_CACHE_HOME": str(home / ".cache")}


def _certutil(*arguments: str) -> None:
    done = subprocess.run(["certutil", *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr


def _hosts(url: str) -> list[str]:
    host = urlsplit(url).hostname or ""
    local = host == "localhost" or host.replace(".", "").isdigit() or ":" in host
    return [] if local or not host else [f"--host-resolver-rules=MAP {host} 127.0.0.1"]


def _program() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "chromium is not installed"
    return found
