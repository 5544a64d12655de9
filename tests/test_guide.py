"""The user's guide: its pictures are from the walk, its links work, its labels are those of the program."""

import ast
import re
import sys

import pytest

from tests.source import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "packaging"))
import catalogs

GUIDE = REPOSITORY / "docs" / "guide"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(GUIDE.glob("*.md"))}
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PICTURES = {path.name for path in GUIDE.glob("*.png")}
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
# The words on Qt's own buttons.
QT = {"OK", "Cancel", "Close"}
# "in {n} days" is too short to search for.
EXAMPLES = {"in 199 days"}


def shots() -> re.Pattern[str]:
    """Return a pattern for the names of the walk's pictures; an f-string's values may be anything."""
    trees = [ast.parse((REPOSITORY / "tests/e2e" / name).read_text(encoding="utf-8")) for name in ("walk.py", "health.py", "guided.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    names = [named(call.args[1]) for call in calls if call.func.attr == "shot"]
    return re.compile("|".join(rf"(?:{name})\.png" for name in names))


def named(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values)
    return re.escape(ast.literal_eval(node))


def pictures(text: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\(([^)\s]+\.png)\)", text)


def links(text: str) -> list[str]:
    found = re.findall(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)", CODE.sub("", text))
    return [target for target in found if "://" not in target]


def prose(text: str) -> str:
    """Return the text without code and with every paragraph on one line, as labels may be wrapped."""
    return re.sub(r"[ \t]*\n[ \t]*(?=\S)", " ", CODE.sub("", text))


def bold(text: str) -> list[str]:
    return re.findall(r"\*\*([^*]+)\*\*", prose(text))


def italic(text: str) -> list[str]:
    return re.findall(r"(?<!\*)\*([^*|]+)\*(?!\*)", re.sub(r"\*\*[^*]+\*\*", "", prose(text)))


def plain(label: str) -> str:
    """Return a label without its mnemonic, and without the dots or the colon at its end."""
    return re.sub(r"&(?=\w)", "", label.replace("&&", "\0")).replace("\0", "&").rstrip(":… .").strip()


def texts() -> list[str]:
    """Return all texts of the program in their forms."""
    ids = [message.id for message in catalogs.collected() if message.id]
    return [form for each in ids for form in (each if isinstance(each, tuple | list) else (each,))]


@pytest.fixture(scope="module")
def labels() -> set[str]:
    """The labels, and the parts of a navigator's paths."""
    return QT | {plain(part) for text in texts() for part in (text, *text.split("/"), *text.split("\\"))}


@pytest.fixture(scope="module")
def messages() -> re.Pattern[str]:
    """Patterns for messages with any values, without those that have hardly a word of their own."""
    patterns = []
    for text in texts():
        literal = re.split(r"\{\w*\}", text)
        if len("".join(literal)) >= 12:
            patterns.append(".+?".join(re.escape(plain(part) if number == len(literal) - 1 else part)
                                       for number, part in enumerate(literal)))  # fmt: skip
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def test_each_chapter_of_the_quick_guide_has_its_page_in_order() -> None:
    source = (REPOSITORY / "dominoadmin/viewmodels/guide/chapters.py").read_text(encoding="utf-8")
    titles = re.findall(r'Chapter\(\s*_\("([^"]+)"\)', source)
    chapters = [text for name, text in PAGES.items() if re.match("0[1-9]-|1", name)]
    assert [text.splitlines()[0] for text in chapters] == [f"# {title}" for title in titles]


def test_the_first_page_leads_to_all_others() -> None:
    assert set(PAGES) - {"index.md"} == {target for target in links(PAGES["index.md"]) if "/" not in target}
    assert "(docs/guide/index.md)" in README


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page) -> None:
    assert not [target for target in links(PAGES[page]) if not (GUIDE / target.partition("#")[0]).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_of_a_page_is_taken_by_the_walk(page) -> None:
    taken = shots()
    assert not [name for name in pictures(PAGES[page]) if not taken.fullmatch(name)]


def test_every_picture_that_is_shown_is_there_and_every_picture_that_is_there_is_shown() -> None:
    shown = {name for text in PAGES.values() for name in pictures(text)}
    assert shown
    assert shown == PICTURES, "run `make guide`"
    assert {name.removeprefix("docs/guide/") for name in pictures(README)} <= PICTURES


@pytest.mark.parametrize("page", PAGES)
def test_every_label_in_bold_is_on_the_screen(page, labels) -> None:
    assert not [label for label in bold(PAGES[page]) if label != "bold" and plain(label) not in labels]


@pytest.mark.parametrize("page", PAGES)
def test_every_message_in_italics_is_the_programs(page, messages, labels) -> None:
    quoted = [plain(text) for text in italic(PAGES[page]) if text not in EXAMPLES and text != "italics"]
    assert not [text for text in quoted if not messages.fullmatch(text) and text not in labels]


def test_every_shortcut_of_the_menus_stands_on_the_keyboard_page() -> None:
    source = "".join((REPOSITORY / "dominoadmin/gui" / name).read_text() for name in ("actions.py", "main_window.py"))
    keys = re.findall(r'"((?:(?:Ctrl|Shift|Alt)\+)+(?:\w+|,)|F\d+)"', source)
    assert len(keys) >= 8
    told = re.findall(r"^\| ([^|]+?) \|", PAGES["keyboard.md"], re.MULTILINE)
    assert not set(keys) - {key for cell in told for key in re.split(r", (?=\S)", cell)}


def test_a_label_is_compared_without_its_mnemonic_and_its_end() -> None:
    assert [plain(label) for label in ("&New…", "&Password:", "&View && Edit", "Pull Selected Request(s)")] == [
        "New", "Password", "View & Edit", "Pull Selected Request(s)",
    ]  # fmt: skip


def test_what_stands_in_code_is_neither_a_label_nor_a_message() -> None:
    text = "Press **Save &\n   Close**, type `**x** *y*`, then *No domain was\nfound in FOLDER.*"
    assert (bold(text), italic(text)) == (["Save & Close"], ["No domain was found in FOLDER."])
