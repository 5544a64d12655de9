"""German is complete: every text has its translation, and the values in it are the same."""

import ast
import copy
import gettext
import json
import pickle
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from babel.messages.pofile import read_po

from dominoadmin import errors, i18n
from dominoadmin.errors import Refused
from dominoadmin.i18n import marked
from dominoadmin.services.requests.approving import Outcome
from tests.source import REPOSITORY, Module, modules

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


def test_a_text_is_english_and_can_be_said_in_german(german) -> None:
    text = marked("The server {name} is not in the Domino Directory.", name="Nobody/MyCompany")
    assert text == "The server Nobody/MyCompany is not in the Domino Directory."
    assert i18n.translated(text) == "Der Server Nobody/MyCompany ist nicht im Domino-Verzeichnis."


def test_the_texts_in_a_text_are_translated_with_it(german) -> None:
    text = marked("{name} issues no CRL: {problem}", name="MyCompany CA", problem=Refused(marked("Try again in a moment.")))
    assert text == "MyCompany CA issues no CRL: Try again in a moment."
    assert i18n.translated(text) == "MyCompany CA erstellt keine CRL: Versuchen Sie es gleich noch einmal."


def test_a_text_with_a_count_has_the_form_of_the_reader(german) -> None:
    assert i18n.marked_plural("{n} day", "{n} days", 1, n=1).translated() == "1 Tag"
    text = i18n.marked_plural("{n} day", "{n} days", 2, n=2)
    assert (text, text.translated()) == ("2 days", "2 Tage")


def test_an_error_is_english_in_a_log_and_german_for_the_reader(german) -> None:
    error = Refused(marked("Request {request_id} was not found.", request_id=7), marked("Try again in a moment."))
    assert f"{error} {error.hint}" == "Request 7 was not found. Try again in a moment."
    assert (error.text(), error.advice()) == ("Die Anforderung 7 wurde nicht gefunden.", "Versuchen Sie es gleich noch einmal.")
    assert error.whole().translated() == "Die Anforderung 7 wurde nicht gefunden. Versuchen Sie es gleich noch einmal."


def test_a_sentence_of_somebody_else_stays_as_it_is(german) -> None:
    assert i18n.translated("Try again in a moment.") == "Try again in a moment."
    assert Refused("Try again in a moment.").text() == "Try again in a moment."


def test_braces_of_a_value_are_letters(german) -> None:
    assert marked("Request {request_id} was not found.", request_id="{x}").translated() == "Die Anforderung {x} wurde nicht gefunden."


def test_texts_in_a_row_are_translated_each_by_itself(german) -> None:
    row = i18n.listed([marked("Digital signature"), "{X}", marked("Key agreement")])
    assert (row, row.translated()) == ("Digital signature, {X}, Key agreement", "Digitale Signatur, {X}, Schlüsselvereinbarung")
    assert (i18n.joined("", ""), i18n.joined("", "A", "")) == ("", "A")


@pytest.mark.parametrize("copied", [
    copy.copy, copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text)), lambda text: str(Refused(text)), str,
    lambda text: replace(Outcome(1, text), request_id=2).problem, lambda text: text.format(),
])  # fmt: skip
def test_a_text_keeps_its_template_on_its_way(german, copied) -> None:
    text = copied(marked("Request {request_id} was not found.", request_id=7))
    assert (text, i18n.translated(text)) == ("Request 7 was not found.", "Die Anforderung 7 wurde nicht gefunden.")


def test_a_text_is_stored_as_any_other_string() -> None:
    text = marked("Request {request_id} was not found.", request_id=7)
    with closing(sqlite3.connect(":memory:")) as db:
        assert db.execute("SELECT ?", (text,)).fetchone() == ("Request 7 was not found.",)
    assert json.dumps({"problem": text}) == '{"problem": "Request 7 was not found."}'


def test_every_sentence_below_the_window_is_marked() -> None:
    assert not catalogs.forgotten()


@pytest.mark.parametrize("source", [
    'raise Refused("A thing is wrong.")', 'raise Refused(f"{name} is wrong.")', 'return "A thing is wrong."',
    '_X = "A thing is wrong."', 'raise Refused(_("A thing is wrong."), "Make it right.")', 'raise Refused(_(f"{name} is wrong."))',
])  # fmt: skip
def test_the_guard_sees_a_sentence_that_is_not_marked(source) -> None:
    assert list(catalogs.unmarked(source))


def raised(module: Module) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Yield the texts of errors that a module creates, each with the call."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ERRORS:
            yield from ((node, each) for each in node.args)


def is_a_loose_string(node: ast.expr) -> bool:
    """Return whether an expression is a string without a template: a literal, or a combined string."""
    match node:
        case ast.Constant(value=str(text)):
            return bool(text)
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.IfExp():
            return is_a_loose_string(node.body) or is_a_loose_string(node.orelse)
        case ast.Call(func=ast.Attribute(value=ast.Constant())):
            return True  # " ".join(…), "…".format(…)
    return False


BELOW = {"errors", "paths", "logs", "pki", "store", "services", "tasks", "console", "application", "viewmodels"}
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Error)} | {"PutBack", "_Missing"}


def test_every_error_below_the_window_keeps_its_template() -> None:
    loose = [
        f"{module.at(node)}: {ast.unparse(text)}"
        for module in modules()
        if module.layer in BELOW
        for node, text in raised(module)
        if is_a_loose_string(text)
    ]
    assert not loose


@pytest.mark.parametrize("source", ['Refused("wrong")', 'errors.Refused(x, f"{y} z")', 'Error("a" + b)', 'Error(" ".join(x))', 'Error("a {}".format(b))'])
def test_the_guard_sees_an_error_without_a_template(source) -> None:
    assert any(is_a_loose_string(text) for _node, text in raised(Module.of("services.x", source)))


def test_every_marked_text_has_the_values_of_its_template() -> None:
    wrong = []
    for module in modules():
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "_n", "marked", "marked_plural"}):
                continue
            given, template = {keyword.arg for keyword in node.keywords}, node.args[0]
            if not given or None in given or not isinstance(template, ast.Constant):
                continue  # the values come with `format`, or are a mapping
            needed = {value[1:-1] for value in VALUES.findall(template.value)}
            if node.func.id in {"_n", "marked_plural"}:
                given.add("count")
                needed.add("count")
            if needed != given:
                wrong.append(f"{module.at(node)}: {template.value} takes {sorted(needed)}, gets {sorted(given)}")
    assert not wrong


@pytest.mark.parametrize(("environ", "language"), [
    ({"LANG": "de_DE.UTF-8"}, "de"), ({"LANG": "C.UTF-8"}, "en"), ({"LC_ALL": "fr_FR", "LANG": "de_DE"}, "en"),
    ({"LC_MESSAGES": "de"}, "de"), ({}, "en"),
])
def test_the_language_is_that_of_the_system(environ, language) -> None:
    assert i18n.language_of(environ) == language


def test_sentences_that_were_stored_in_english_are_said_in_german(german) -> None:
    """The store has what was made of a template; it is found again by what is between its values."""
    stored = str.__str__(marked("{name} is not active.", name="CN=CA {x}/O=MyCompany")) + ""
    assert type(stored) is str
    assert i18n.recalled(stored) == i18n.text("{name} is not active.").format(name="CN=CA {x}/O=MyCompany") != stored
    two = "The relay is not available: mail:25: [Errno 111] Connection refused"
    assert i18n.recalled(two) == i18n.text("The relay is not available: {where}: {problem}").format(where="mail:25", problem="[Errno 111] Connection refused")
    both = f"{stored} Try again in a moment."
    assert i18n.recalled(both) == f"{i18n.recalled(stored)} {i18n.text('Try again in a moment.')}"


@pytest.mark.parametrize("typed", ["", "x", "We know nobody of this name.", "{", "(.*) \\1", "a" * 100_000])
def test_what_the_program_has_not_said_stays_as_it_is(german, typed) -> None:
    assert i18n.recalled(typed) == typed


def test_in_english_nothing_stored_is_changed() -> None:
    assert i18n.recalled("Mail is sent again.") == "Mail is sent again."


def test_a_text_that_also_has_a_plural_form_is_said_in_german_alone(german) -> None:
    """The document of a request had an English button: Approve Request is also counted elsewhere."""
    assert i18n.text("&Approve Request") == "Anforderung &genehmigen"
    for message in messages():
        if isinstance(message.id, tuple):
            assert i18n.text(message.id[0]) == message.string[0]
