"""The program's source as syntax trees, read once, for the tests that guard the architecture."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "dominoadmin"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of the package. `name` is dotted from below the package (`pki.keys`), empty for the package itself."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, name: str, text: str) -> "Module":
        return cls(name, f"dominoadmin/{name.replace('.', '/')}.py", text, ast.parse(text))

    @property
    def layer(self) -> str:
        return self.name.partition(".")[0]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def code_lines(self) -> int:
        """Count the lines of code, without blank lines and docstrings."""
        documented = [node for node in ast.walk(self.tree) if isinstance(node, Function | ast.ClassDef | ast.Module)]
        texts = [node.body[0] for node in documented if ast.get_docstring(node, clean=False) is not None]
        told = {line for text in texts for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)}
        return sum(bool(line.strip()) and number not in told for number, line in enumerate(self.text.splitlines(), 1))

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[ast.AST, str]]:
        """Yield every import, those inside functions too. `from a import b` counts as `a.b`, since b may be a module."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def modules() -> list[Module]:
    return [_read(path) for path in sorted(PACKAGE.rglob("*.py"))]


def _read(path: Path) -> Module:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    text = path.read_text(encoding="utf-8")
    return Module(name, path.relative_to(REPOSITORY).as_posix(), text, ast.parse(text))


def parameters(function: Function) -> int:
    """Count the parameters, without self and cls."""
    arguments = function.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
