"""Translates texts for people. English is in the code; other languages are catalogs in resources/locale.

There are two ways to mark a text, and the layer decides which one its modules import as `_`:

- Below the window (errors, pki, store, services, tasks, console) it is `marked`. The result is a `Text`: the finished
  English sentence with its template and values. It is translated later.
  `Refused(_("{name} is not active.", name=name))`; plural forms: `_n("{count} request", "{count} requests", count)`.
- In viewmodels and in the window it is `text`. The result is a plain string in the reader's language.
  `_("{count} requests").format(count=count)`; plural forms: `plural("{count} request", "{count} requests", count)`.

`translated(text)` translates texts from below, and `error.text()` errors. A string operation (`+`, `strip`, an f-string
with other words) returns a plain string, which has lost its template: combine texts with `joined` and `listed`.
`str(text)`, `str(error)` and `text.format()` keep it.
"""

from __future__ import annotations

import gettext
import io
import os
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from string import Formatter
from typing import Any, Final, Self

from dominoadmin.resources import resource

_SPECIFIC: Final = 10
"""Characters that a template has at least, without its values, to recognize what was made of it."""
_LONGEST: Final = 2_000  # characters; longer texts are no sentences

_speaking: list[gettext.NullTranslations] = [gettext.NullTranslations()]  # the last one is in use


class Text(str):
    """A finished English sentence that can still be translated."""

    __slots__ = ("many", "number", "template", "values")

    template: str
    values: Mapping[str, Any]
    many: str
    """The plural template, or an empty string if the sentence has one form."""
    number: int

    def __new__(cls, template: str, values: Mapping[str, object] | None = None, many: str = "", count: int = 1) -> Self:
        """Return a filled template; `many` is its plural form."""
        kept = {name: _kept(value) for name, value in (values or {}).items()}
        text = super().__new__(cls, _filled(many if many and count != 1 else template, kept))
        text.template, text.values, text.many, text.number = template, kept, many, count
        return text

    def __str__(self) -> Text:
        """Return the text itself, so that `str(error)` keeps the template."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Text, (self.template, dict(self.values), self.many, self.number)

    def format(self, *_nothing: object, **values: object) -> Text:
        """Return the text with additional values."""
        return Text(self.template, {**self.values, **values}, self.many, self.number)

    def translated(self) -> str:
        """Return the text in the current language, including texts among its values."""
        said = plural(self.template, self.many, self.number) if self.many else text(self.template)
        values = {name: value.translated() if isinstance(value, Text) else value for name, value in self.values.items()}
        return _filled(said, values)


def _kept(value: object) -> object:
    """Return a value as a text keeps it: immutable, and possible to copy."""
    return value if isinstance(value, str | int | float | date | timedelta) else str(value)


def _filled(template: str, values: Mapping[str, object]) -> str:
    return template.format(**values) if values else template


def languages() -> dict[str, str]:
    """Return the code of each language with its own name for itself: English, and those of the catalogs."""
    codes = sorted(path.stem for path in resource("locale").glob("*.mo"))
    return {"en": "English"} | {code: _catalog(code).info()["x-language-name"] for code in codes}


def use(language: str) -> None:
    """Use `language` (`de`) from now on, or English if there is no catalog for it."""
    speak(_catalog(language))


def speak(catalog: gettext.NullTranslations) -> None:
    """Use the texts of a catalog from now on."""
    _speaking[:] = [catalog]


def _catalog(language: str) -> gettext.NullTranslations:
    if not _has_catalog(language):
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(resource(f"locale/{language}.mo").read_bytes()))


def _has_catalog(language: str) -> bool:
    return language.isalpha() and resource(f"locale/{language}.mo").is_file()


def language() -> str:
    """Return the language in use."""
    return _speaking[-1].info().get("language", "en")


def language_of(environ: Mapping[str, str] = os.environ) -> str:
    """Return the language of the user's system, if there is a catalog for it, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            language = environ[name].partition("_")[0].partition(".")[0].lower()
            return language if _has_catalog(language) else "en"
    return "en"


def marked(template: str, /, **values: object) -> Text:
    """Return a sentence for the layers below the window, with its values: `_("{name} is not active.", name=name)`."""
    return Text(template, values) if values else _constant(template)


@cache
def _constant(template: str) -> Text:
    """Return a sentence without values, which is made once: approving a thousand requests asks for each rule's."""
    return Text(template)


def marked_plural(one: str, many: str, count: int, /, **values: object) -> Text:
    """Return the singular or plural form for `count`, which is the value `{count}`."""
    return Text(one, {"count": count, **values}, many, count)


def joined(*texts: str) -> Text:
    """Return sentences one after the other, without empty ones; each is translated separately."""
    return listed(filter(None, texts), " ")


def listed(texts: Iterable[str], between: str = ", ") -> Text:
    """Return texts in a row; each is translated separately."""
    values = {f"part{number}": text for number, text in enumerate(texts)}
    return Text(between.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name in values), values)


def counted(count: int, noun: str, many: str = "") -> str:
    """Return "1 request" or "2 requests", for the console and the command line, which are English only."""
    return f"{count} {noun if count == 1 else many or f'{noun}s'}"


def text(message: str) -> str:
    """Return `message` in the current language. Values are filled in afterwards: `text("{n} requests").format(n=3)`."""
    said = _speaking[-1].gettext(message) if message else ""
    # Before Python 3.13, gettext does not find a text that also has a plural form.
    return said if said != message else _speaking[-1].ngettext(message, message, 1)


def plural(one: str, many: str, count: int) -> str:
    """Return the singular or plural form for `count` in the current language."""
    return _speaking[-1].ngettext(one, many, count)


def translated(said: str) -> str:
    """Return a text from below the window in the current language; a plain string is user data and unchanged."""
    return said.translated() if isinstance(said, Text) else said


def recalled(stored: str) -> str:
    """Return sentences of the program that were stored in English in the current language.

    The store and the logs are English, and keep no templates. What fits none is returned as it is. Do not use it for
    what people have typed.
    """
    return (_recalled(stored, _speaking[-1]) if len(stored) <= _LONGEST else "") or stored


@lru_cache(maxsize=1)
def _templates(speaking: gettext.NullTranslations) -> list[tuple[str, tuple[str, ...]]]:
    """Return the templates of a language, the most specific ones first, each with what is between its values."""
    found = []
    for template in filter(lambda each: isinstance(each, str), vars(speaking).get("_catalog", ())):
        parts = tuple(literal for literal, *_value in Formatter().parse(template) if literal)
        if sum(map(len, parts)) >= _SPECIFIC:
            found.append((template, parts))
    return sorted(found, key=lambda each: -sum(map(len, each[1])))


@lru_cache(maxsize=1_000)  # lists show the same problems again and again
def _recalled(stored: str, speaking: gettext.NullTranslations) -> str:
    """Return a translation, or an empty string."""
    for template, parts in _templates(speaking):
        if all(part in stored for part in parts) and (values := _values(template, stored)) is not None:
            inner = {name: _recalled(each, speaking) or each for name, each in values.items()}
            return _filled(speaking.gettext(template), inner)
    for end in re.finditer(r"[.?!] ", stored):
        first, others = stored[: end.start() + 1], stored[end.end() :]
        if said := _recalled(first, speaking):
            return f"{said} {_recalled(others, speaking) or others}"
    return ""


def _values(template: str, filled: str) -> dict[str, str] | None:
    """Return the values with which a template becomes a text; None if none do."""
    pattern, names = "", set[str]()
    for literal, name, *_format in Formatter().parse(template):
        pattern += re.escape(literal)
        if name:
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>.*)"
            names.add(name)
    found = re.fullmatch(pattern, filled, re.DOTALL)
    return found.groupdict() if found else None
