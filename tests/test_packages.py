"""Every program that the tests call is in the list of Debian's packages that `make test` installs."""

from __future__ import annotations

import ast
import re

from tests.source import REPOSITORY

INSTALL = REPOSITORY / "packaging/debian/install-packages"
CALLING = re.compile(r"\b(asked|_ask|_run|run|Popen|check_output|run_in_keychain_session)$")
# Every Debian has these; `dominoadmin` is the program itself, and the judge that needs `javac` asks whether it is there.
ALWAYS_THERE = {"bash", "sh", "mount", "umount", "dominoadmin", "javac", "sha256sum"}


def installed_programs() -> set[str]:
    """Return the programs that the lists name: PACKAGE:PROGRAM[,PROGRAM…]."""
    lists = re.findall(r"^(?:PYTHON|TOUR|TEST)=\((.*?)\)$", INSTALL.read_text(), re.MULTILINE | re.DOTALL)
    entries = [entry for each in lists for entry in each.split() if ":" in entry]
    return {program for entry in entries for program in entry.partition(":")[2].split(",")}


def called_programs(source: str) -> set[str]:
    """Return the first word of each command that is written out where it is run."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args and CALLING.search(ast.unparse(node.func)):
            match node.args[0]:
                case ast.List(elts=[ast.Constant(value=str(program)), *_]):
                    found.add(program)
    return found


def test_every_program_that_a_test_calls_is_installed() -> None:
    called = {program for path in REPOSITORY.glob("tests/**/*.py") for program in called_programs(path.read_text())}
    assert {"openssl", "curl", "gnutls-cli", "faketime"} <= called
    # gnutls-cli comes with certtool, and Xvfb and openbox are named themselves.
    assert not called - installed_programs() - ALWAYS_THERE - {"gnutls-cli"}


def test_a_program_that_no_package_brings_is_seen() -> None:
    assert called_programs("subprocess.run(['curl', '-s'])\njudges._ask(['certtool'])") == {"curl", "certtool"}
