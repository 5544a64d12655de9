"""The technote's 33 steps, as in `make run`: real processes, a real server, openssl, TLS, Chromium."""

import json
import subprocess
import sys

import pytest

STEPS = [
    "before", "1", "2-7", "8", "9-13", "14-18", "19", "20-21", "22", "23", "24-26", "27", "28", "29", "30", "31-32", "33",
]


@pytest.mark.judge
@pytest.mark.slow
def test_all_33_steps_of_the_technote_end_with_a_closed_padlock(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dominoadmin", "--json", "tour"], capture_output=True, text=True, timeout=250, check=False,
        env={"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(tmp_path)},
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [step["step"] for step in told["steps"]] == STEPS
    assert told["unchecked"] == []
    (pickup,) = [step for step in told["steps"] if step["step"] == "24-26"]
    assert pickup["verified"] == "the key ring now holds the certificate of server1.example.com"
    assert "without a warning" in told["steps"][-1]["verified"]
    assert "ERR_CERT_AUTHORITY_INVALID" in told["steps"][-2]["verified"]
    assert done.stderr == ""
