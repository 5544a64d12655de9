#!/usr/bin/env python3
"""Collects the texts for translation, and compiles the catalogs: `catalogs.py [--check]`.

Collects the texts in `_()` and the other functions of dominoadmin/i18n.py, also within f-strings. An unmarked sentence
below the window is refused, as it would stay English. Translators edit `resources/locale/de.po`; the program reads
`de.mo`. Neither contains a tool's version or a date, and both headers are written here, so that the same texts give the
same bytes with every release of Babel.
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
_CHOSEN: Final = re.compile(r'^"(X-Language-Name|Plural-Forms): (.*)\\n"$', re.MULTILINE)
"""The fields of a header that only a translator knows: the language's own name, and the rule for its plural forms."""
_COMMENT: Final = "# The texts of dominoadmin. 'make translations' brings this file up to date."
_MARKERS: Final = {"_": 1, "marked": 1, "_n": 2, "marked_plural": 2, "plural": 2}
"""The number of texts that each takes: one, or the two forms of a sentence with a count."""
_BELOW: Final = (
    "pki", "store", "services", "tasks", "console", "viewmodels", "errors.py", "paths.py", "logs.py", "application.py"
)  # fmt: skip
_SENTENCE: Final = re.compile(r"[A-ZÄÖÜ{][^\n]* [^\n]*[.?!…]")
_BUGS: Final = {"AssertionError", "RuntimeError", "TypeError", "ValueError"}
"""Python's own exceptions report bugs; only developers read them."""


def collected() -> Catalog:
    """Return all texts of the program."""
    catalog = Catalog(project="dominoadmin", charset="utf-8", fuzzy=False)
    for file in sorted(PACKAGE.rglob("*.py")):
        for message in marked(file.read_text("utf-8")):
            catalog.add(message)
    return catalog


def marked(source: str) -> Iterator[str | tuple[str, ...]]:
    """Yield the marked texts of a module, including plural forms."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKERS:
            forms = tuple(map(_literal, node.args[: _MARKERS[node.func.id]]))
            if all(isinstance(each, ast.Constant) for each in node.args[: len(forms)]) and all(forms):
                yield forms if len(forms) > 1 else forms[0]


def forgotten() -> list[str]:
    """Return the unmarked sentences below the window, each with its place."""
    found = []
    for name in _BELOW:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []:
            where = file.relative_to(REPOSITORY).as_posix()
            found += [f"{where}:{line}: {text}" for line, text in unmarked(file.read_text("utf-8"))]
    return found


def unmarked(source: str) -> Iterator[tuple[int, str]]:
    """Yield the unmarked sentences of a module, with their lines."""
    tree = ast.parse(source)
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {*_MARKERS, *_BUGS}:
            passed |= {id(each) for each in node.args if isinstance(each, ast.Constant) or node.func.id in _BUGS}
        elif isinstance(node, ast.JoinedStr):
            passed |= set(map(id, node.values))
        elif isinstance(node, ast.Dict):  # a lookup key is not a text
            passed |= set(map(id, node.keys))
    for node in ast.walk(tree):
        text = _literal(node)
        if id(node) not in passed and _SENTENCE.fullmatch(text) and any(map(str.isalpha, text)):
            yield getattr(node, "lineno", 0), text


def _literal(node: ast.AST) -> str:
    """Return a string, with `{}` for the values of an f-string, or an empty string for other nodes."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def updated(language: str) -> Catalog:
    """Return a language's catalog with exactly the program's current texts; translations are kept."""
    path = LOCALE / f"{language}.po"
    known = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    fresh = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in collected():
        if message.id:
            before = known.get(message.id)
            fresh.add(message.id, before.string if before is not None else None)
    return fresh


def header(language: str) -> str:
    """Return a catalog's header: only what is needed to read it, nothing about its author."""
    fields = {
        "Project-Id-Version": "dominoadmin",
        "Language": language,
        **dict(sorted(_CHOSEN.findall((LOCALE / f"{language}.po").read_text("utf-8")))),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def po(catalog: Catalog, language: str) -> bytes:
    """Return a catalog in the format that translators edit."""
    lines = [_COMMENT, 'msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header(language).splitlines())]
    out = io.BytesIO()
    write_po(out, catalog, width=120, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return "\n".join([*lines, "", ""]).encode() + out.getvalue()


def mo(catalog: Catalog, language: str) -> bytes:
    """Return a compiled catalog in GNU gettext's format, without a hash table."""
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


def languages() -> list[str]:
    """Return the languages that have a file for translators."""
    return sorted(path.stem for path in LOCALE.glob("*.po"))


def main(*, check: bool) -> int:
    """Write the catalogs, or report which are out of date, and which sentences are unmarked."""
    lost = forgotten()
    print(*(f"{each} (mark it: _(…), see dominoadmin/i18n.py)" for each in lost), sep="\n", end="\n" if lost else "")
    stale = []
    for language in languages():
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
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
