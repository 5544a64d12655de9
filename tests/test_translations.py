"""German is complete: every text has its translation, and the values in it are the same."""

import gettext
import re
import sys

import pytest
from babel.messages.pofile import read_po

from dominoadmin import i18n
from tests.source import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "packaging"))
import catalogs

VALUES = re.compile(r"\{\w*\}")
PO = REPOSITORY / "resources" / "locale" / "de.po"


@pytest.fixture
def german():
    i18n.use("de")
    yield
    i18n.use("en")


def messages():
    with PO.open("rb") as file:
        return [message for message in read_po(file, locale="de") if message.id]


def forms(text):
    return list(text) if isinstance(text, tuple) else [text]


def test_the_catalogs_are_those_of_the_code() -> None:
    assert catalogs.main(check=True) == 0


@pytest.mark.parametrize("name", ["de.po", "de.mo"])
def test_the_catalogs_do_not_tell_which_tool_wrote_them_or_when(name) -> None:
    text = (PO.parent / name).read_bytes()
    assert b"Language: de" in text
    assert not re.findall(rb"Generated-By[^\n]*|Babel \d[^\n]*|X-Generator[^\n]*|[\w-]+-Date:[^\n]*", text)


def test_the_compiled_catalog_says_what_the_translators_wrote() -> None:
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in messages():
        if isinstance(message.id, tuple):
            assert (compiled.ngettext(*message.id, 1), compiled.ngettext(*message.id, 2)) == tuple(message.string)
        else:
            assert compiled.gettext(message.id) == message.string


def test_every_text_is_translated() -> None:
    assert not [message.id for message in messages() if not all(forms(message.string))]


def test_every_translation_has_the_values_of_its_text() -> None:
    wrong = [
        message.id
        for message in messages()
        for string in forms(message.string)
        if set(VALUES.findall(string)) not in [set(VALUES.findall(form)) for form in forms(message.id)]
    ]
    assert not wrong


def test_every_translation_can_be_filled_in() -> None:
    for message in messages():
        for string in forms(message.string):
            names = {value[1:-1] for value in VALUES.findall(string)}
            assert string.format(*range(10), **{name: "x" for name in names if name and not name.isdigit()})


def test_a_sentence_with_values_of_the_layers_below_is_translated(german) -> None:
    assert i18n.sentence("The Domino Directory has no server Nobody/MyCompany.") != "The Domino Directory has no server Nobody/MyCompany."
    assert "Nobody/MyCompany" in i18n.sentence("The Domino Directory has no server Nobody/MyCompany.")


def test_a_sentence_that_only_looks_like_a_known_one_is_left_alone(german) -> None:
    assert i18n.sentence("The moon is made of cheese.") == "The moon is made of cheese."


def test_what_nobody_translated_is_left_as_it_is(german) -> None:
    assert i18n.sentence("qwertz uiop") == "qwertz uiop"


@pytest.mark.parametrize(("environ", "language"), [
    ({"LANG": "de_DE.UTF-8"}, "de"), ({"LANG": "C.UTF-8"}, "en"), ({"LC_ALL": "fr_FR", "LANG": "de_DE"}, "en"),
    ({"LC_MESSAGES": "de"}, "de"), ({}, "en"),
])
def test_the_language_is_that_of_the_system(environ, language) -> None:
    assert i18n.language_of(environ) == language
