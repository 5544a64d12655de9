"""The packages that `make` installs are locked: every requirement, for every Python, with hashes, without URLs."""

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.source import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "packaging"))
import compare_lock

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LOCK = REPOSITORY / "packaging" / "requirements.lock"
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
WANTED = [
    Requirement(line)
    for line in [*PYPROJECT["build-system"]["requires"], *PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
]
PLACES = re.compile(r"://|file:|\s--(?!hash=)[\w-]+|\s@\s|^\s*[-./~]\S*|[A-Za-z]:\\", re.MULTILINE)


def entries() -> list[tuple[Requirement, list[str]]]:
    """Return the lock's requirements with their options."""
    text = re.sub(r"^#.*\n", "", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        requirement, *hashes = re.split(r"\s+(?=--)", line.strip())
        found.append((Requirement(requirement), hashes))
    return found


def on(python: str) -> dict[str, str]:
    """Return the environment for markers on Linux with a Python version."""
    return {
        **default_environment(), "python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux",
        "platform_system": "Linux", "os_name": "posix", "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def counts(requirement: Requirement, python: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(on(python))


def pinned(name: str, python: str) -> list[str]:
    """Return the versions of a package in the lock for a Python version."""
    return [
        str(entry.specifier).removeprefix("==")
        for entry, _hashes in entries()
        if canonicalize_name(entry.name) == canonicalize_name(name) and counts(entry, python)
    ]


def test_the_oldest_supported_python_is_the_one_that_is_promised() -> None:
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert f"--python-version {PYTHONS[0]} " in (REPOSITORY / "packaging" / "renew-lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_every_requirement_is_locked_within_its_range(wanted: Requirement, python: str) -> None:
    if counts(wanted, python):
        versions = pinned(wanted.name, python)
        assert len(versions) == 1, f"`make lock`: {wanted.name} has the locked versions {versions}"
        assert wanted.specifier.contains(versions[0]), f"`make lock`: {wanted} is locked at {versions[0]}"


@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_is_locked_twice_for_one_python(python: str) -> None:
    names = [canonicalize_name(entry.name) for entry, _hashes in entries() if counts(entry, python)]
    assert sorted(names) == sorted(set(names))


def test_every_locked_package_has_one_exact_version_and_its_hashes() -> None:
    assert entries()
    for entry, hashes in entries():
        assert re.fullmatch(r"==[^*,]+", str(entry.specifier)), entry
        assert entry.url is None
        assert hashes, f"{entry} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word) for word in hashes), entry


def test_the_lock_names_no_index_no_host_and_no_path() -> None:
    text = re.sub(r"^ +--hash=sha256:\w+( \\)?$", "", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not PLACES.findall(text)


def test_pip_accepts_the_lock() -> None:
    """pip reads every line; without an index it fails at the first package, which shows that it accepts the file."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--no-index", "--isolated", "--require-hashes",
               "--ignore-installed", "--requirement", str(LOCK)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert "No matching distribution found for aiosmtpd==" in told
    assert "hash" not in told


def test_make_installs_from_the_lock_and_nothing_else() -> None:
    script = (REPOSITORY / "packaging" / "make-venv").read_text(encoding="utf-8")
    locked = script.split("locked)")[1].split(";;")[0]
    for line in [line for line in locked.splitlines() if line.strip().startswith("install ")]:
        assert "--require-hashes" in line or "--no-deps --no-build-isolation" in line, line
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^\$\(READY\):.* packaging/requirements\.lock", makefile, re.MULTILINE)
    assert all("--no-build-isolation" in line for line in makefile.splitlines() if "-m pip" in line)


def test_what_differs_from_the_lock_is_said() -> None:
    lock = compare_lock.locked(
        "# a comment\nbabel==2.18.0 \\\n    --hash=sha256:00\nshiboken6==6.11.3 ; python_full_version < '3.12' \\\n"
        "    --hash=sha256:00\nshiboken6==6.12.0 ; python_full_version >= '3.12' \\\n    --hash=sha256:00\n"
    )
    installed = {"babel": "2.19.0", "shiboken6": "6.12.0", "newcomer": "1"}
    assert compare_lock.differences(lock, installed) == ["babel 2.19.0 (locked: 2.18.0)", "newcomer 1 (locked: not at all)"]
