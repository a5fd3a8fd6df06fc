"""The files of the project, for tests that read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
FOLDERS = ("directory", "provisioning", "scripts", "tests")
# Commands, which have no suffix.
COMMANDS = ("bench", "run", "test", "vendor")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """Every Python file below the folders, or of the whole project."""
    found = [path for folder in folders or FOLDERS for path in (HOUSE / folder).rglob("*.py")]
    if not folders:
        found += [HOUSE / "scripts" / name for name in COMMANDS if (HOUSE / "scripts" / name).exists()]
    return sorted(found)


def templates(*suffixes: str) -> list[Path]:
    """Every template whose name ends so."""
    return sorted(path for path in (HOUSE / "templates").rglob("*") if path.suffix in suffixes)


def name(path: Path) -> str:
    """The path as a reader of a test's answer wants it."""
    return path.relative_to(HOUSE).as_posix()


@cache
def lines(path: Path) -> list[str]:
    """The file's lines."""
    return path.read_text(encoding="utf-8").splitlines()


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of the file, inner ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))
