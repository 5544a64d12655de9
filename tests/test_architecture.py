"""The dependency rule, the size rules and the habits that tests can check. docs/decisions/0001 gives the reasons."""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.source import PACKAGE, REPOSITORY, Module, length, modules, parameters

WRITING = {"transaction"}  # of the store
UNTRANSLATED = {"pki", "store", "services", "tasks", "console"}
TRANSLATING = {"text", "plural", "translated", "use"}  # of i18n
# From left to right: a module imports from its own place in the order and from places to its left, never to its right.
# Layers in one tuple are neighbors; those marked as strangers may not import each other either.
ORDER = (
    ("",),
    ("resources",),
    ("i18n",),
    ("errors",),
    ("settings", "paths"),
    ("logs",),
    ("pki",),
    ("store",),
    ("services",),
    ("tasks",),
    ("console",),
    ("application",),
    ("viewmodels",),
    ("cli", "gui"),
    ("__main__",),
)
STRANGERS = {"cli", "gui"}
RANK = {layer: rank for rank, layers in enumerate(ORDER) for layer in layers}

# The imports of each layer outside the standard library. The longest prefix of a module's name counts.
THIRD_PARTY = {
    "paths": {"platformdirs"},
    "settings": {"platformdirs"},
    "pki": {"cryptography", "idna"},
    "store": {"keyring"},
    "services": {"cryptography"},
    "viewmodels": {"cryptography"},
    "services.identities.password_quality": {"zxcvbn"},
    "tasks.http": {"starlette", "uvicorn", "jinja2"},
    "gui": {"PySide6", "shiboken6"},  # both come in one package
}
# Parts of the standard library that belong to one layer only.
RESERVED = {
    "sqlite3": ("store",),
    "argparse": ("cli", "__main__"),
    "getpass": ("cli",),
}
# pki is values in, values out: no files, no processes, no network, no clock.
FORBIDDEN_IN_PKI = {"pathlib", "shutil", "socket", "subprocess", "tempfile", "time", "urllib.request"}
CLOCKLESS = {"pki", "store", "services"}
THE_CLOCK = "services.domain"  # the one place that reads it, for the code that assembles the program
CLOCK = re.compile(r"(\w+\.)*(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?)")

FILE_LINES, FILE_MEDIAN = 400, 120
FUNCTION_LINES, FUNCTION_USUAL, USUAL_SHARE = 50, 30, 0.95
PARAMETERS = 6
NAMELESS, CROWDED = 5, 10  # arguments by position in one call; calls with more
FLOORS = ("services", "viewmodels", "gui")
FOLDER = 15  # modules that a reader can see at a glance
FLAT = {"tests/pki", "tests/store", "tests/cli"}  # as their floors

# A broad handler swallows bugs, unless it ends by raising the exception again. Each of these has its reason.
BROAD_HANDLERS = {
    "dominoadmin/gui/frame/jobs.py": "the runner hands whatever is raised to the GUI thread, which shows it",
    "dominoadmin/gui/frame/server.py": "the server's thread has nobody to raise to: the window shows it",
    "dominoadmin/pki/cross_certificates.py": "whatever a hostile certificate makes the parser raise becomes one refusal",
    "dominoadmin/pki/requests.py": "whatever a hostile request makes the parser raise becomes one refusal",
    "dominoadmin/tasks/audit_watch.py": "a thread has nobody to raise to: the log has it",
    "dominoadmin/tasks/ca.py": "a bug over one certifier keeps no other from its turn: console and log tell it",
    "dominoadmin/tasks/host.py": "a bug of one task keeps no other from its turn: console and log tell it",
    "dominoadmin/services/issuance/cycle.py": "a bug at one certificate does not stop the others; it is logged",
    "dominoadmin/services/requests/issuing.py": "a bug at one request does not stop the others; it is logged",
    "dominoadmin/store/keychain.py": "a keychain's backend raises what its system does; the caller's thread gets it",
    "dominoadmin/services/directory/mailing.py": "whatever a hostile address makes the parser raise becomes one failure",
}
# Methods whose results PySide6 treats as children of the widget.
ADOPTING = {"screen", "defaultAction", "nextInFocusChain", "previousInFocusChain", "findChild", "findChildren", "buddy"}
# Widgets that the mouse wheel changes silently: gui/frame/forms/steady.py has replacements.
WHEELED = {
    "QComboBox", "QDateEdit", "QDateTimeEdit", "QDial", "QDoubleSpinBox", "QSlider", "QSpinBox", "QTabBar", "QTabWidget",
    "QTimeEdit",
}  # fmt: skip
# The ways from a job to the person who is logged in when it runs.
OF_THE_SESSION = {"session", "_session", "workspace", "_workspace", "Session", "Workspace"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
VAGUE = re.compile(r"(manager|helper|util)s?$", re.IGNORECASE)
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\s")
# The places for SQLite's own words: docs/decisions/0002. `store/migrations/` holds no Python.
OF_SQLITE = re.compile(r"store\.(database|sqlite\b.*)")
# Its key words and names; its functions; a negative start or limit, a plus sign before a column, octets written out.
SQLITE = re.compile(
    r"\b(PRAGMA|COLLATE|GLOB|MATCH|REGEXP|LIKE|CROSS JOIN|(NOT )?INDEXED|INSERT OR|REPLACE INTO|WITHOUT ROWID|AUTOINCREMENT"
    r"|ATTACH|VACUUM|AS BLOB|rowid|data_version|sqlite_\w+|fts5|bm25)\b"
    r"|\b(json(b?_\w+)?|group_concat|iif|ifnull|instr|hex|unhex|char|unicode|strftime|julianday|unixepoch|datetime|typeof"
    r"|random|randomblob|zeroblob|printf|quote|total|changes|last_insert_rowid|likely|unlikely|likelihood)\("
    r"|\bsubstr\([^()]*, ?-|\bLIMIT -|\b(BY|WHERE|AND|OR|NOT|ON) \+(\w|$)|^\+[a-z]\w*\.\w+|(?<![\w'])[xX]'[0-9A-Fa-f]*'"
)
# A place in a question without a name. A regular expression has more behind its question mark.
UNNAMED = re.compile(r"(^|[\s(,=])\?($|[\s),])")
BUILDER = re.compile(r"(Certificate|CertificateSigningRequest|CertificateRevocationList|RevokedCertificate|OCSP\w+)Builder")
OWN = re.compile(r"\b(issuer|active|generation)\.certificate$")
ONE_CERTIFICATE = {
    "dominoadmin/services/certifiers/own_certificates.py": "the chains themselves",
    "dominoadmin/services/records/address_books.py": "the issuer to compare a cross-certificate with",
    "dominoadmin/viewmodels/certifiers/document.py": "shows the fields of the certificate alone",
}
"""Modules that may list a certifier's own certificate."""

Rule = Callable[[Module], Iterator[str]]
SOURCE = modules()
PACKAGES = {module.name for module in SOURCE if module.path.endswith("__init__.py")}


def imports_only_to_the_left(module: Module) -> Iterator[str]:
    if module.layer not in RANK:
        yield f"{module.path}: {module.layer} has no place in the order of layers"
        return
    for node, name in module.imports():
        root, _, rest = name.partition(".")
        if root != "dominoadmin":
            continue
        other = rest.partition(".")[0]
        other = other if other in RANK else ""  # `from dominoadmin import __version__`
        if RANK[other] > RANK[module.layer] or (other != module.layer and {other, module.layer} <= STRANGERS):
            yield f"{module.at(node)}: {module.layer} imports {other}"


def imports_only_the_libraries_of_its_layer(module: Module) -> Iterator[str]:
    prefixes = [prefix for prefix in THIRD_PARTY if f"{module.name}.".startswith(f"{prefix}.")]
    allowed = THIRD_PARTY[max(prefixes, key=len)] if prefixes else set()
    for node, name in module.imports():
        root = name.partition(".")[0]
        if root not in sys.stdlib_module_names and root != "dominoadmin" and root not in allowed:
            yield f"{module.at(node)}: {module.name} imports {root}"


def leaves_reserved_modules_to_their_layer(module: Module) -> Iterator[str]:
    for node, name in module.imports():
        root = name.partition(".")[0]
        if module.layer not in RESERVED.get(root, (module.layer,)):
            yield f"{module.at(node)}: {root} belongs to {' and '.join(RESERVED[root])}"
        if module.layer == "pki" and any(f"{name}.".startswith(f"{forbidden}.") for forbidden in FORBIDDEN_IN_PKI):
            yield f"{module.at(node)}: pki imports {name}"


def has_no_relative_import(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{module.at(node)}: relative import"


def is_handed_the_clock(module: Module) -> Iterator[str]:
    for node in _calls(module):
        handed = module.layer in CLOCKLESS and module.name != THE_CLOCK
        if handed and CLOCK.fullmatch(ast.unparse(node.func)):
            yield f"{module.at(node)}: {module.layer} reads the clock; pass `now` in"


def opens_no_file_in_pki(module: Module) -> Iterator[str]:
    for node in _calls(module):
        if module.layer == "pki" and ast.unparse(node.func) in {"open", "os.open", "input"}:
            yield f"{module.at(node)}: pki opens a file"


def takes_no_widget_into_its_own(module: Module) -> Iterator[str]:
    """PySide6 treats the results of these methods as children of the widget (gui/frame/widget_tree.py)."""
    for node in _calls(module):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ADOPTING:
            yield f"{module.at(node)}: use gui.widget_tree"


def lets_no_wheel_change_a_value(module: Module) -> Iterator[str]:
    """A wheel that scrolls a form must not change the values under the pointer (gui/frame/forms/steady.py)."""
    if module.name == "gui.frame.forms.steady":
        return
    made = [(node, node.func) for node in _calls(module)]
    based = [(node, base) for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    for node, name in (*made, *based):
        if ast.unparse(name).rpartition(".")[2] in WHEELED:
            yield f"{module.at(node)}: use gui.frame.forms.steady"


def reads_in_a_job_not_who_is_logged_in(module: Module) -> Iterator[str]:
    """A job runs later than the click: who acts is a value (gui/frame/session.py). Jobs have a `Progress`."""
    for job in ast.walk(module.tree):
        if module.layer != "gui" or not isinstance(job, (*FUNCTIONS, ast.Lambda)) or not _has_progress(job.args):
            continue
        body = [job.body] if isinstance(job, ast.Lambda) else job.body
        for node in (inner for part in (job.args, *body) for inner in ast.walk(part)):
            said = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", getattr(node, "arg", None))
            if said in OF_THE_SESSION or (isinstance(node, ast.Attribute) and said in {"actor", "identity"}):
                yield f"{module.at(node)}: a job reads {ast.unparse(node)}"


def _has_progress(arguments: ast.arguments) -> bool:
    return any(each.arg.lstrip("_") == "progress" for each in (*arguments.posonlyargs, *arguments.args))


def asks_for_files_in_one_place(module: Module) -> Iterator[str]:
    """The callback of a file dialog may destroy the dialog: gui/frame/messages.py calls it afterwards."""
    for node in _calls(module):
        if module.name != "gui.frame.messages" and ast.unparse(node.func) in {"QFileDialog", "QInputDialog"}:
            yield f"{module.at(node)}: use gui.frame.messages"


def prints_only_in_the_command_line(module: Module) -> Iterator[str]:
    for node in _calls(module):
        if module.layer != "cli" and ast.unparse(node.func) == "print":
            yield f"{module.at(node)}: prints"


def keeps_sql_in_the_store(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and module.layer != "store" and SQL.match(node.value):
            yield f"{module.at(node)}: SQL outside store"


def leaves_to_sqlite_what_only_sqlite_understands(module: Module) -> Iterator[str]:
    """Another database should need another `store/sqlite/`, not changes in all queries."""
    if OF_SQLITE.fullmatch(module.name):
        return
    told = {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in told
        if is_text and (word := SQLITE.search(node.value)):
            yield f"{module.at(node)}: {word.group()} outside store/sqlite"
    for node, name in module.imports():
        if name.partition(".")[0] == "sqlite3":
            yield f"{module.at(node)}: sqlite3 outside store/sqlite and store/database.py"


def names_the_values_of_a_question(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and module.layer == "store" and UNNAMED.search(node.value):
            yield f"{module.at(node)}: a parameter without a name"


def builds_x509_only_in_pki(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if module.layer != "pki" and BUILDER.fullmatch(name):
            yield f"{module.at(node)}: {name} outside pki"


def builds_no_chain_of_its_own(module: Module) -> Iterator[str]:
    """A certifier has several keys, and each several certificates: `Certifier.chain` chooses what is handed out."""
    assigned = [node for node in ast.walk(module.tree) if isinstance(node, ast.Assign)]
    unpacked = {node.value for node in assigned if isinstance(node.targets[0], ast.Tuple)}
    for node in ast.walk(module.tree):
        parts = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) and node not in unpacked else ()
        sides = (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else ()
        is_free = module.layer in {"pki", "store"} or module.path in ONE_CERTIFICATE
        if not is_free and any(OWN.search(ast.unparse(each)) for each in (*parts, *sides)):
            yield f"{module.at(node)}: a chain that is not `Certifier.chain`"


def catches_narrowly(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and module.path not in BROAD_HANDLERS:
            yield f"{module.at(node)}: a broad handler without a reason in BROAD_HANDLERS"


def has_names_that_say_something(module: Module) -> Iterator[str]:
    if VAGUE.search(module.name):
        yield f"{module.path}: {module.name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name):
            yield f"{module.at(node)}: {node.name}"


def can_be_read_in_one_sitting(module: Module) -> Iterator[str]:
    if module.lines > FILE_LINES:
        yield f"{module.path}: {module.lines} lines"


def has_functions_that_fit_a_screen(module: Module) -> Iterator[str]:
    for function in module.functions():
        if length(function) > FUNCTION_LINES:
            yield f"{module.at(function)}: {function.name} has {length(function)} lines"
        if parameters(function) > PARAMETERS:
            yield f"{module.at(function)}: {function.name} has {parameters(function)} parameters"


def translates_nothing_below_the_window(module: Module) -> Iterator[str]:
    """Texts are translated for the reader: the layers below keep templates and values (`i18n.marked`)."""
    for node, name in module.imports():
        if module.layer in UNTRANSLATED and name.removeprefix("dominoadmin.i18n.") in TRANSLATING:
            yield f"{module.at(node)}: {module.layer} translates with {name}"


def signs_nothing_in_viewmodels(module: Module) -> Iterator[str]:
    """Writing and signing need a person's open ID, which view models only pass to the services."""
    for node in _calls(module):
        if module.layer == "viewmodels" and any(
            ast.unparse(each) in {"person", "identity", "self.identity"} for each in node.args[:2]
        ) and not ast.unparse(node.func)[0].isupper():
            yield f"{module.at(node)}: {ast.unparse(node.func)} gets a person's ID"


def writes_nothing_in_viewmodels(module: Module) -> Iterator[str]:
    for node in _calls(module):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if module.layer == "viewmodels" and called in WRITING:
            yield f"{module.at(node)}: {called}() in viewmodels"


def opens_no_snapshot_in_a_user_interface(module: Module) -> Iterator[str]:
    for node in _calls(module):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if module.layer in {"cli", "gui"} and called in {"snapshot", *WRITING}:
            yield f"{module.at(node)}: {module.layer} reads the store by itself"


def _calls(module: Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def _is_broad(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


# Each rule, and the smallest module that breaks it.
RULES: dict[Rule, tuple[str, str]] = {
    imports_only_to_the_left: ("pki.names", "def f():\n    from dominoadmin import store"),
    imports_only_the_libraries_of_its_layer: ("store.directory", "def f():\n    import cryptography.x509"),
    leaves_reserved_modules_to_their_layer: ("services.requests.issuing", "import sqlite3"),
    has_no_relative_import: ("pki.names", "from . import keys"),
    is_handed_the_clock: ("pki.issuance", "import datetime\ndatetime.datetime.now(datetime.UTC)"),
    opens_no_file_in_pki: ("pki.keys", "open('key.pem')"),
    takes_no_widget_into_its_own: ("gui.frame.dialog", "self.screen().availableSize()"),
    lets_no_wheel_change_a_value: ("gui.frame.forms.form", "class Tabs(QTabWidget): pass"),
    reads_in_a_job_not_who_is_logged_in: ("gui.requests.document", "Job(lambda _progress: approve(session.identity))"),
    asks_for_files_in_one_place: ("gui.frame.tables.view", "QFileDialog(self)"),
    prints_only_in_the_command_line: ("services.requests.issuing", "print('issued')"),
    keeps_sql_in_the_store: ("services.requests.issuing", "f'SELECT * FROM {x}'"),
    leaves_to_sqlite_what_only_sqlite_understands: ("store.audit", "f'SELECT * FROM {x} WHERE actor GLOB :who'"),
    names_the_values_of_a_question: ("store.audit", "', '.join('?' * len(numbers))"),
    builds_x509_only_in_pki: ("services.requests.issuing", "x509.CertificateBuilder()"),
    builds_no_chain_of_its_own: ("services.requests.issuing", "[entry.der, certifier.record.active.certificate]"),
    catches_narrowly: ("cli.main", "try: f()\nexcept (OSError, Exception): pass"),
    has_names_that_say_something: ("services.requests.issuing", "class IssuanceManager: pass"),
    translates_nothing_below_the_window: ("services.requests.issuing", "from dominoadmin.i18n import text as _"),
    signs_nothing_in_viewmodels: ("viewmodels.requests.lists", "revoking.request(domain, person, 1, order)"),
    writes_nothing_in_viewmodels: ("viewmodels.requests.lists", "domain.store.transaction()"),
    opens_no_snapshot_in_a_user_interface: ("cli.icl", "domain.store.snapshot()"),
    can_be_read_in_one_sitting: ("pki.names", "\n" * (FILE_LINES + 1)),
    has_functions_that_fit_a_screen: ("pki.names", "def f(self, a, b, c, /, d, *, e, f, g): pass"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module(rule: Rule) -> None:
    assert not [offence for module in SOURCE for offence in rule(module)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_guard_sees_a_module_that_breaks_its_rule(rule: Rule) -> None:
    assert list(rule(Module.of(*RULES[rule])))


def test_the_command_line_and_the_window_do_not_know_each_other() -> None:
    assert list(imports_only_to_the_left(Module.of("cli.main", "import dominoadmin.gui.application")))
    assert list(imports_only_to_the_left(Module.of("gui.application", "from dominoadmin.cli import main")))


def test_rooms_form_no_circle() -> None:
    """A room is a folder of a floor. Rooms that import each other, directly or not, are one room with two names."""
    for floor in FLOORS:
        assert not circles(imports_between(floor, room_of)), floor


def test_modules_of_the_window_form_no_circle() -> None:
    assert not circles(imports_between("gui", lambda name: name))


def test_the_guard_sees_a_circle() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_no_folder_holds_too_much() -> None:
    folders = [*(PACKAGE / floor for floor in FLOORS), REPOSITORY / "tests"]
    for folder in [inner for outer in folders for inner in (outer, *outer.rglob("*/"))]:
        held = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        if folder.relative_to(REPOSITORY).as_posix() not in FLAT:
            assert len(held) <= FOLDER, f"{folder.relative_to(REPOSITORY)}: {len(held)} modules"


def room_of(name: str) -> str:
    """Return the room of a module: the folder below its floor. A module on the floor itself is its own room."""
    parts = name.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 or name in PACKAGES else name


def imports_between(floor: str, place: Callable[[str], str]) -> dict[str, set[str]]:
    known = {module.name for module in SOURCE}
    graph: dict[str, set[str]] = {}
    for module in SOURCE:
        if module.layer != floor:
            continue
        for _node, imported in module.imports():
            name = imported.removeprefix("dominoadmin.")
            name = name if name in known else name.rpartition(".")[0]
            if name in known and name.startswith(f"{floor}.") and place(name) != place(module.name):
                graph.setdefault(place(module.name), set()).add(place(name))
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of nodes that can all reach each other (computed from the reachable sets: small graphs)."""
    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        ways = [*graph.get(start, ())]
        while ways:
            if (node := ways.pop()) not in seen:
                seen.add(node)
                ways.extend(graph.get(node, ()))
        return seen

    reached = {node: reach(node) for node in graph}
    found = {tuple(sorted(other for other in reached[node] if node in reached.get(other, ()))) for node in graph}
    return [list(group) for group in sorted(found) if group]


def test_every_broad_handler_on_the_list_exists() -> None:
    broad = {
        module.path
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    }
    assert broad == set(BROAD_HANDLERS)


def test_a_class_name_means_one_thing() -> None:
    found = Counter(
        node.name for module in SOURCE for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )  # fmt: skip
    assert not [name for name, count in found.items() if count > 1]


def test_most_files_are_short() -> None:
    assert statistics.median(module.code_lines for module in SOURCE if not module.path.endswith("__init__.py")) <= FILE_MEDIAN


def test_most_functions_are_short() -> None:
    lengths = [length(function) for module in SOURCE for function in module.functions()]
    assert sum(lines <= FUNCTION_USUAL for lines in lengths) >= USUAL_SHARE * len(lengths)


def test_values_that_could_change_places_are_named() -> None:
    """The type checker cannot detect two swapped strings. Only lists of words and pages are exempt."""
    crowded = [
        f"{module.at(node)}: {ast.unparse(node.func)}"
        for module in SOURCE
        for node in _calls(module)
        if sum(not isinstance(argument, ast.Starred) for argument in node.args) > NAMELESS
    ]
    assert len(crowded) <= CROWDED, crowded


def test_a_value_of_many_fields_is_made_by_their_names() -> None:
    for module in SOURCE:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and (decorator := _dataclass(node)) is not None:
                fields = [part for part in node.body if isinstance(part, ast.AnnAssign) and "init=False" not in ast.unparse(part)]
                named = "kw_only=True" in decorator or any("KW_ONLY" in ast.unparse(part) for part in fields)
                assert named or len(fields) <= NAMELESS, f"{module.at(node)}: {node.name}"


def _dataclass(node: ast.ClassDef) -> str | None:
    return next((text for each in node.decorator_list if (text := ast.unparse(each)).startswith("dataclass")), None)
