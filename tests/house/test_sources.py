"""What every source file keeps to; ruff, mypy and import-linter keep the rest."""

import ast
import re
from pathlib import Path
from tokenize import COMMENT, tokenize

from tests.house.sources import HOUSE, functions, lines, name, python_files, tree

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
# How a file or a function that is longer says why, in its first docstring or the comments above its code.
REASON = re.compile(r"\blong because\b")
EMPTY_NAMES = re.compile(r"(?:^|_)(?:utils?|helpers?|commons?|managers?|misc)(?:_|$)")
ONE_SENTENCE = re.compile(r"\S.*[.?]\)?", re.DOTALL)
SENTENCE_BREAK = re.compile(r"[.?!]\)?\s+[A-Z]|\n\s*\n")
# What puts a rule aside for one line, and how it says which and why.
PUT_ASIDE = re.compile(r"noqa|type: *ignore")
REASONED = re.compile(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* +[-–(].{5,}|# type: ignore\[[a-z-]+(,[a-z-]+)*\]  # .{5,}")
INPUT_AND_OUTPUT = {"http", "io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile", "urllib"}


def test_each_test_states_one_fact() -> None:
    """Each test has a docstring of one sentence."""
    files = [path for path in python_files("tests") if path.name.startswith("test_")]
    said = {
        f"{name(path)}::{function.name}": ast.get_docstring(function) or ""
        for path in files
        for function in functions(path)
        if function.name.startswith("test_")
    }

    wrong = {test: sentence for test, sentence in said.items() if not _is_one_sentence(sentence)}

    assert wrong == {}


def test_names_say_something() -> None:
    """No module or package is named for holding this and that."""
    names = {name(path): path.relative_to(HOUSE).with_suffix("").parts for path in python_files()}

    assert [path for path, parts in names.items() if any(EMPTY_NAMES.search(part) for part in parts)] == []


def test_files_are_short() -> None:
    """A file of more than 300 lines says at its top that it is "long because ..."."""
    lengths = {
        name(path): len(lines(path)) for path in python_files() if not REASON.search("\n".join(lines(path)[:15]))
    }

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    """A function of more than 40 lines says at its top that it is "long because ..."."""
    lengths = {
        f"{name(path)}::{function.name}": (function.end_lineno or function.lineno) - function.lineno + 1
        for path in python_files()
        for function in functions(path)
        if not REASON.search("\n".join(lines(path)[function.lineno - 1 : function.lineno + 9]))
    }

    assert {function: length for function, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_each_rule_put_aside_has_its_reason() -> None:
    """A rule of ruff or mypy is put aside for one line, by its name, with the reason beside it."""
    marked = [path for path in python_files() if PUT_ASIDE.search(path.read_text(encoding="utf-8"))]

    unreasoned = {
        f"{name(path)}:{line}": comment
        for path in marked
        for line, comment in _comments(path)
        if PUT_ASIDE.search(comment) and not REASONED.match(comment)
    }

    assert unreasoned == {}


def test_nothing_of_ours_is_mocked() -> None:
    """No test replaces our own code: what stands in for a server is a class that passes the server's contract."""
    mocking = [name(path) for path in python_files("tests") if _imported(path) & {"mock", "unittest"}]

    assert mocking == []


def test_directory_does_no_input_or_output() -> None:
    """The book of record has no files, no sockets, no processes, no settings."""
    outside = {name(path): _imported(path) & INPUT_AND_OUTPUT for path in python_files("directory")}
    opened = [
        name(path)
        for path in python_files("directory")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id in {"open", "print"}
    ]

    assert {path: modules for path, modules in outside.items() if modules} == {}
    assert opened == []


def test_directory_has_no_clock() -> None:
    """The time of a verb comes with its actor, so that it can be any day in a test."""
    asked = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("directory")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "today", "utcnow"}
        and ast.unparse(node.value).split(".")[-1] in {"date", "datetime"}
    ]
    timed = [name(path) for path in python_files("directory") if "time" in _imported(path)]

    assert asked == []
    assert timed == []


def _is_one_sentence(text: str) -> bool:
    return bool(ONE_SENTENCE.fullmatch(text)) and not SENTENCE_BREAK.search(text)


def _comments(path: Path) -> list[tuple[int, str]]:
    with path.open("rb") as source:
        return [(token.start[0], token.string) for token in tokenize(source.readline) if token.type == COMMENT]


def _imported(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found
