#!/usr/bin/env python3
"""Collects the texts for translation, and compiles the catalogs: `catalogs.py [--check]`.

What stands in `_()` and its kin is collected; dominoadmin/i18n.py says which they are. A sentence below the window that
nobody marked is refused: it would stay English. `resources/locale/de.po` is what translators edit; `de.mo` is what the
program reads.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

REPOSITORY: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = REPOSITORY / "dominoadmin"
LOCALE: Final = REPOSITORY / "resources" / "locale"
LANGUAGES: Final = ("de",)
_MARKERS: Final = {"_": 1, "marked": 1, "_n": 2, "marked_plural": 2, "plural": 2}
"""How many texts each takes: one, or the two forms of a sentence with a count."""
_BELOW: Final = (
    "pki", "store", "services", "tasks", "console", "viewmodels", "errors.py", "paths.py", "logs.py", "application.py"
)  # fmt: skip
_SENTENCE: Final = re.compile(r"[A-ZÄÖÜ{][^\n]* [^\n]*[.?!…]")
_BUGS: Final = {"AssertionError", "RuntimeError", "TypeError", "ValueError"}
"""Errors of Python say that the program is wrong; nobody but us reads them."""


def collected() -> Catalog:
    """Return all texts of the program."""
    catalog = Catalog(project="dominoadmin", charset="utf-8", fuzzy=False)
    for file in sorted(PACKAGE.rglob("*.py")):
        for message in marked(file.read_text("utf-8")):
            catalog.add(message)
    return catalog


def marked(source: str) -> Iterator[str | tuple[str, ...]]:
    """Yield the texts of a module that are marked, both forms of those that have two."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKERS:
            forms = tuple(map(_literal, node.args[: _MARKERS[node.func.id]]))
            if all(isinstance(each, ast.Constant) for each in node.args[: len(forms)]) and all(forms):
                yield forms if len(forms) > 1 else forms[0]


def forgotten() -> list[str]:
    """Return the sentences below the window that nobody marked, each with its place."""
    found = []
    for name in _BELOW:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []:
            where = file.relative_to(REPOSITORY).as_posix()
            found += [f"{where}:{line}: {text}" for line, text in unmarked(file.read_text("utf-8"))]
    return found


def unmarked(source: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a module that are not marked, with their lines."""
    tree = ast.parse(source)
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {*_MARKERS, *_BUGS}:
            passed |= {id(each) for each in node.args if isinstance(each, ast.Constant) or node.func.id in _BUGS}
        elif isinstance(node, ast.JoinedStr):
            passed |= set(map(id, node.values))
        elif isinstance(node, ast.Dict):  # what is looked up is not what is said
            passed |= set(map(id, node.keys))
    for node in ast.walk(tree):
        text = _literal(node)
        if id(node) not in passed and _SENTENCE.fullmatch(text) and any(map(str.isalpha, text)):
            yield getattr(node, "lineno", 0), text


def _literal(node: ast.AST) -> str:
    """Return a string, with `{}` for the values of an f-string, or an empty string if the node is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def updated(language: str) -> Catalog:
    """Return a language's catalog with exactly the texts the program has now; what was translated is kept."""
    path = LOCALE / f"{language}.po"
    known = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    fresh = Catalog(locale=language, project="dominoadmin", charset="utf-8", fuzzy=False)
    fresh.header_comment = "# The texts of dominoadmin. 'make translations' brings this file up to date."
    for message in collected():
        if message.id:
            before = known.get(message.id)
            fresh.add(message.id, before.string if before is not None else None)
    return fresh


def po(catalog: Catalog) -> bytes:
    """Return a catalog as its file, without dates: the same texts give the same bytes."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    return re.sub(
        rb'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Generated-By|Language-Team|Report-Msgid-Bugs-To):[^"]*"\n',
        b"",
        out.getvalue(),
    )


def mo(catalog: Catalog) -> bytes:
    """Return a compiled catalog; its dates are fixed, so that the same texts give the same bytes."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main(*, check: bool) -> int:
    """Write the catalogs anew, or say which are not up to date, and which sentences cannot be in them."""
    lost = forgotten()
    print(*(f"{each} (mark it: _(…), see dominoadmin/i18n.py)" for each in lost), sep="\n", end="\n" if lost else "")
    stale = []
    for language in LANGUAGES:
        text = po(updated(language))
        compiled = mo(read_po(io.BytesIO(text), locale=language))
        for path, data in ((LOCALE / f"{language}.po", text), (LOCALE / f"{language}.mo", compiled)):
            if not path.exists() or path.read_bytes() != data:
                stale.append(path.name)
                if not check:
                    path.write_bytes(data)
        empty = [
            message.id
            for message in read_po(io.BytesIO(text), locale=language)
            if message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,))
        ]
        print(f"{language}: {len(empty)} texts are not translated", *map(repr, empty[:3]), sep="\n  ")
    if check and stale:
        print(f"Not up to date: {', '.join(stale)}. Run 'make translations'.")
        return 1
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
