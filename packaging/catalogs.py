#!/usr/bin/env python3
"""Collects the texts for translation, and compiles the catalogs: `catalogs.py [--check]`.

Two kinds of texts are collected: what stands in `_()` and `plural()`, and the whole sentences that the layers below the
window raise or return (`Refused(f"{name} is …")`), whose values become `{0}`, `{1}` … `resources/locale/de.po` is what
translators edit; `de.mo` is what the program reads.
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
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

REPOSITORY: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = REPOSITORY / "dominoadmin"
LOCALE: Final = REPOSITORY / "resources" / "locale"
LANGUAGES: Final = ("de",)
_BELOW: Final = (
    "pki", "store", "services", "viewmodels", "tasks", "console", "errors.py", "paths.py", "application.py",
)  # fmt: skip
_SENTENCE: Final = re.compile(r"[A-ZÄÖÜ{][^\n]* [^\n]*[.?!…]")
_KEYWORDS: Final = {"_": None, "plural": (1, 2)}


def collected() -> Catalog:
    """Return all texts of the program."""
    catalog = Catalog(project="dominoadmin", charset="utf-8", fuzzy=False)
    for _file, line, message, _comments, _context in extract_from_dir(
        PACKAGE, [("**.py", "python")], keywords=_KEYWORDS
    ):
        del line
        catalog.add(message)
    for name in _BELOW:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for sentence in sentences(file):
                catalog.add(sentence)
    return catalog


def sentences(file: Path) -> Iterator[str]:
    """Yield the sentences that a module raises or returns, with `{0}`, `{1}` … for their values."""
    tree = ast.parse(file.read_text("utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in silent or id(node) in parts:
            continue
        text = template(node)
        if text and _SENTENCE.fullmatch(text):
            yield text


def template(node: ast.AST) -> str:
    """Return a string as a template, or an empty string if the node is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    number, text = 0, ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text += f"{{{number}}}"
            number += 1
    return text


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
    """Write the catalogs anew, or say which are not up to date."""
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
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
