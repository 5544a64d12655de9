#!/usr/bin/env python3
"""Collects the texts for translation, and compiles the catalogs: `catalogs.py [--check]`.

Two kinds of texts are collected: what stands in `_()` and `plural()`, and the whole sentences that the layers below the
window raise or return (`Refused(f"{name} is …")`), whose values become `{0}`, `{1}` … `resources/locale/de.po` is what
translators edit; `de.mo` is what the program reads. Neither names the version of a tool or a date, and both headers are
written here: the same texts give the same bytes with every release of Babel.
"""

from __future__ import annotations

import ast
import io
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

REPOSITORY: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = REPOSITORY / "dominoadmin"
LOCALE: Final = REPOSITORY / "resources" / "locale"
LANGUAGES: Final = {"de": "nplurals=2; plural=(n != 1);"}  # with the rule for its plural forms
_COMMENT: Final = "# The texts of dominoadmin. 'make translations' brings this file up to date."
_BELOW: Final = (
    "pki", "store", "services", "viewmodels", "tasks", "console", "errors.py", "paths.py", "application.py",
)  # fmt: skip
_SENTENCE: Final = re.compile(r"[A-ZÄÖÜ{][^\n]* [^\n]*[.?!…]")
_KEYWORDS: Final = {"_": 1, "plural": 2}  # with the number of their texts


def collected() -> Catalog:
    """Return all texts of the program."""
    catalog = Catalog(project="dominoadmin", charset="utf-8", fuzzy=False)
    for file in sorted(PACKAGE.rglob("*.py")):
        for message in marked(file):
            catalog.add(message)
    for name in _BELOW:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for sentence in sentences(file):
                catalog.add(sentence)
    return catalog


def marked(file: Path) -> Iterator[str | tuple[str, ...]]:
    """Yield what stands in `_()` and `plural()`, within f-strings too: Babel finds those from Python 3.12 on only."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        wanted = node.args[: _KEYWORDS.get(name, 0)]
        texts = [part.value for part in wanted if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if texts and len(texts) == len(wanted):
            yield texts[0] if name == "_" else tuple(texts)


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
    fresh = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in collected():
        if message.id:
            before = known.get(message.id)
            fresh.add(message.id, before.string if before is not None else None)
    return fresh


def header(language: str) -> str:
    """Return what a catalog says about itself: what is needed to read it, and nothing about who wrote it."""
    fields = {
        "Project-Id-Version": "dominoadmin",
        "Language": language,
        "Plural-Forms": LANGUAGES[language],
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def po(catalog: Catalog, language: str) -> bytes:
    """Return a catalog as the file that translators edit."""
    lines = [_COMMENT, 'msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header(language).splitlines())]
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return "\n".join([*lines, "", ""]).encode() + out.getvalue()


def mo(catalog: Catalog, language: str) -> bytes:
    """Return a compiled catalog as GNU gettext describes it, without a hash table."""
    texts = {b"": header(language).encode()}
    for message in catalog:
        ids, strings = _forms(message.id), _forms(message.string or "")
        if message.id and all(strings):
            texts["\0".join(ids).encode()] = "\0".join(strings).encode()
    ordered = sorted(texts.items())
    size, tables, strings_at = 28, b"", 28 + 16 * len(ordered)
    body = b""
    for column in zip(*ordered, strict=True):
        for text in column:
            tables += struct.pack("<2I", len(text), strings_at + len(body))
            body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(ordered), size, size + 8 * len(ordered), 0, strings_at)
    return head + tables + body


def _forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def main(*, check: bool) -> int:
    """Write the catalogs anew, or say which are not up to date."""
    stale = []
    for language in LANGUAGES:
        text = po(updated(language), language)
        compiled = mo(read_po(io.BytesIO(text), locale=language), language)
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
