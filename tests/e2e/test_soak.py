"""A short soak with fixed seeds, each in its own process, so that a crash of Qt does not end the suite."""

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), [("sample", 5), ("fresh", 6)])
def test_300_random_actions_neither_crash_nor_complain(kind, seed, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "tests.e2e.soak", "300", str(seed), kind],
        capture_output=True, text=True, timeout=240, check=False,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "300 actions in" in done.stdout
    assert done.stderr == ""
