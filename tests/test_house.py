"""The README's commands, the documents and the versions are correct."""

import argparse
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dominoadmin
from tests.source import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "packaging"))
import cli_reference

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
TARGETS = ("run", "test", "test-newest", "lock", "lint", "reformat", "fixtures", "bench", "doc", "package")

# One letter of each is in brackets, so that this file does not match itself.
MACHINE_TRACES = re.compile(
    r"/w[o]rk/|/r[o]ot/|/opt/p[y]pi|/opt/w[h]eels|\.\./s[h]ared|i[n]dex-url|a[r]tifactory|p[k]g\.dev"
)

GENERATED = {".mo", ".po", ".png", ".svg", ".txt", ".lock"}
# A path in back quotes: below a folder of the repository or of the package. A module may be named without its ending.
TOPS = (REPOSITORY, REPOSITORY / "dominoadmin")
FOLDERS = {each.name for top in TOPS for each in top.iterdir() if each.is_dir()}
NAMED_PATH = re.compile(rf"`((?:{'|'.join(map(re.escape, sorted(FOLDERS)))})/[\w./-]*)`")
# Files that only the wheel has.
IN_THE_WHEEL = {"dominoadmin/_resources"}

TOOL_TRACES = re.compile(
    rb"generat(ed|or)-by|generat(ed|or) by \w+ v?\d|generator[:=]|created (with|by) [A-Z][a-z]+ \d|(?-i:tEXt|iTXt|zTXt)|\b(babel|uv|pip|python|openssl|qt|inkscape)[ /]v?\d+\.\d",
    re.IGNORECASE,
)


def tracked_files() -> list[Path]:
    """Return the files that git tracks or would track; without git, all files."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    if git.returncode == 0:
        names = [name for name in git.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.rglob("*") if not path.parts[len(REPOSITORY.parts)].startswith(".venv")]
    return [path for name in names if (path := REPOSITORY / name).is_file()]


def texts(suffix: str = "") -> list[tuple[Path, str]]:
    found = []
    for path in tracked_files():
        data = path.read_bytes() if path.name.endswith(suffix) else b"\0"
        if b"\0" not in data[:8192]:
            found.append((path, data.decode("utf-8", "replace")))
    return found


def fenced_commands(text: str) -> list[str]:
    """Return the `dominoadmin …` lines of the fenced blocks, continued lines joined."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.removesuffix(" &") for line in lines if line.startswith("dominoadmin ")]


def parser() -> argparse.ArgumentParser:
    from dominoadmin.cli.main import build_parser

    return build_parser()


def test_the_readme_names_both_commands() -> None:
    assert "\nmake run\n" in README
    assert "\nmake test\n" in README


def test_ci_runs_the_readmes_own_test_command() -> None:
    printed = subprocess.run(["bash", ".ci/run", "--print"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert printed.stdout == "make test\n"


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_every_verb(target: str) -> None:
    subprocess.run(["make", "--dry-run", target], cwd=REPOSITORY, capture_output=True, check=True)


def test_the_reader_is_told_once_whose_program_this_is() -> None:
    assert README.count("HCL") == 1
    assert "not affiliated with" in README


def test_the_versions_agree() -> None:
    released = re.findall(r"^## \[(\d[^\]]*)\]", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert dominoadmin.__version__ == PYPROJECT["project"]["version"]
    assert not released or released[0] == dominoadmin.__version__


def test_the_licence_is_the_one_that_is_promised() -> None:
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in (REPOSITORY / "LICENSE").read_text()


def test_every_dependency_is_reasoned() -> None:
    reasons = (REPOSITORY / "docs/decisions/0003-dependencies.md").read_text()
    project = PYPROJECT["project"]
    wanted = project["dependencies"] + [name for extra in project["optional-dependencies"].values() for name in extra]
    names = [re.split(r"[\[<>=; ]", requirement)[0] for requirement in wanted]
    assert not [name for name in names if f"| {name} |" not in reasons]


def test_no_file_tells_on_which_machine_it_was_written() -> None:
    assert not [f"{path}: {hit[0]}" for path, text in texts() if (hit := MACHINE_TRACES.search(text))]


def test_no_generated_file_names_the_tool_that_wrote_it() -> None:
    """Otherwise the file differs with each release of the tool, and tests fail with another one."""
    written = [path for path in tracked_files() if path.suffix in GENERATED or path.name == "cli.md"]
    assert {path.suffix for path in written} == {*GENERATED, ".md"}
    assert not [f"{path}: {hit[0]!r}" for path in written if (hit := TOOL_TRACES.search(path.read_bytes()))]


def test_every_link_between_documents_leads_somewhere() -> None:
    dead = []
    for path, text in texts(".md"):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not (path.parent / target).exists():
                dead.append(f"{path.relative_to(REPOSITORY)}: {target}")
    assert not dead


def missing_paths(text: str) -> list[str]:
    return [
        path
        for path in NAMED_PATH.findall(text)
        if path not in IN_THE_WHEEL and not any((top / f"{path}{end}").exists() for top in TOPS for end in ("", ".py"))
    ]


def test_every_path_that_a_document_names_exists() -> None:
    gone = [f"{path.relative_to(REPOSITORY)}: {hit}" for path, text in texts(".md") for hit in missing_paths(text)]
    assert not gone


def test_a_path_is_seen_below_the_package_and_without_its_ending() -> None:
    text = "`gui/frame/theme.py`, `tasks/ca`, `tests/outside/`, `/pki/ocsp`, `SHA/256`; `gui/dialogs/theme.py`, `tests/none`"
    assert missing_paths(text) == ["gui/dialogs/theme.py", "tests/none"]


def test_every_command_is_documented() -> None:
    written = (REPOSITORY / "docs/cli.md").read_text(encoding="utf-8")
    assert written == cli_reference.reference(parser()), "run `make doc`"


def test_every_command_has_a_help_text_and_an_example() -> None:
    silent = [
        command.prog
        for command in cli_reference.commands(parser())
        if not command.description or "dominoadmin " not in f"{command.epilog}"
    ]
    assert not silent


@pytest.mark.parametrize(
    ("path", "line"),
    [(path.name, line) for path, text in texts(".md") if path.name != "cli.md" for line in fenced_commands(text)],
)
def test_every_command_in_the_documents_can_be_typed(path: str, line: str) -> None:
    parser().parse_args(shlex.split(line, comments=True)[1:])


def toy_parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("toy", description="A toy.")
    top.add_argument("--data", metavar="DIR", help="where it lies (default: %(default)s)", default="here")
    top.add_argument("--json", action="store_true", help="a|b")
    top.add_argument("--hidden", help=argparse.SUPPRESS)
    verbs = top.add_subparsers().add_parser("request", aliases=["req"], description="Requests.").add_subparsers()
    approve = verbs.add_parser("approve", description="Approve requests.", epilog="Example: %(prog)s 1")
    approve.add_argument("ids", nargs="*", metavar="ID", help="which ones")
    approve.add_argument("--ra", action="append", required=True, choices=["a", "b"], help="who")
    return top


def test_the_reference_walks_every_command() -> None:
    text = cli_reference.reference(toy_parser())
    assert re.findall("^#+ .*", text, re.MULTILINE)[1:] == ["## `toy`", "### `toy request`", "#### `toy request approve`"]
    assert "| `--data DIR` | where it lies (default: here) |" in text
    assert "| `--json` | a\\|b |" in text
    assert "hidden" not in text
    assert "| `[ID …]` | which ones |" in text
    assert "| `--ra {a,b}` | who; required; may be given several times |" in text
    assert "```\nExample: toy request approve 1\n```" in text
