"""Runs the tests of each mutant in a copy of the tree; a mutant that they do not notice survives.

    python -m tests.mutants              all of them; exit code 1 if one survives
    python -m tests.mutants audit cycle  those whose name contains one of the words
    python -m tests.mutants --quick log  without running the tests on the unchanged tree first
    python -m tests.mutants --list       only their names
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.change import Edit, Mutant
from tests.mutants.everything import MUTANTS
from tests.source import REPOSITORY

LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "__pycache__", "*_cache", "dist", "build", "htmlcov", "docs")
LONGEST = 900  # seconds: a mutant that makes the tests wait forever was noticed, too
PASSED, FAILED = 0, 1  # of pytest
SCRYPT = Edit("dominoadmin/pki/seals.py", "_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 1 << 17, 8, 1", "_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 1 << 10, 8, 1")
"""Half of the time of most tests is scrypt, on purpose."""
COMMITTED_IDS = ("earlier", "vectors")  # what tests say that open ID files made with the real parameter


def run(copy: Path, tests: tuple[str, ...], *options: str, longest: float | None = LONGEST) -> int | None:
    """Return pytest's exit code, or nothing if it took too long."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *options, *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    if not options:  # of a changed module, no byte code may remain
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=longest, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode not in (PASSED, FAILED):
        print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
        raise SystemExit(f"pytest did not run: {' '.join(command)}")
    return done.returncode


def survives(copy: Path, mutant: Mutant) -> bool:
    """Apply a mutant to the copy, run its tests, and take it back."""
    changed = mutant.changed()
    if not any(word in (copy / test.partition("::")[0]).read_text(encoding="utf-8") for word in COMMITTED_IDS for test in mutant.tests):
        changed |= {SCRYPT.file: SCRYPT.applied((copy / SCRYPT.file).read_text(encoding="utf-8"))}
    before = {file: (copy / file).read_text(encoding="utf-8") for file in changed}
    try:
        for file, text in changed.items():
            (copy / file).write_text(text, encoding="utf-8")
        return run(copy, mutant.tests) == PASSED
    finally:
        for file, text in before.items():
            (copy / file).write_text(text, encoding="utf-8")


def main(words: list[str], *, quick: bool = False) -> int:
    chosen = [each for each in MUTANTS if not words or any(word in each.name for word in words)]
    survivors = []
    with tempfile.TemporaryDirectory(prefix="dominoadmin-mutants-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(REPOSITORY, copy, ignore=LEFT_OUT)
        tests = tuple(dict.fromkeys(test for each in chosen for test in each.tests))
        run(copy, tests, "--collect-only")  # compiles everything once
        if not quick and run(copy, tests, longest=None) != PASSED:
            raise SystemExit("These tests fail without any change.")
        for number, mutant in enumerate(chosen, start=1):
            started = time.monotonic()
            if survives(copy, mutant):
                survivors.append(mutant)
            state = "SURVIVES" if mutant in survivors else "killed"
            print(f"{number}/{len(chosen)} {state} {mutant.name} ({time.monotonic() - started:.0f} s)", flush=True)
    for mutant in survivors:
        print(f"Survivor: {mutant.name}; noticed by none of {', '.join(mutant.tests)}")
    print(f"{len(chosen)} mutants, {len(survivors)} survivors.")
    return 1 if survivors else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(each.name for each in MUTANTS))
        sys.exit()
    sys.exit(main([each for each in sys.argv[1:] if each != "--quick"], quick="--quick" in sys.argv))
