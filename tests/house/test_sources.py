"""What every source file keeps to; ruff, mypy and import-linter keep the rest."""

import ast
import re
from pathlib import Path
from tokenize import COMMENT, tokenize

import pytest

from tests.house.sources import HOUSE, functions, name, python_files, tree

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
# How a file or a function that is longer says why, in its first docstring or the comments above its code.
REASON = re.compile(r"\blong because\b")
EMPTY_NAMES = re.compile(r"(?:^|_)(?:utils?|helpers?|commons?|managers?|misc)(?:_|$)")
ONE_SENTENCE = re.compile(r"\S.*[.?]\)?", re.DOTALL)
SENTENCE_BREAK = re.compile(r"[.?!]\)?\s+[A-Z]|\n\s*\n")
REASONED_NOQA = re.compile(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* +[-–(].{5,}")

every_file = pytest.mark.parametrize("path", python_files(), ids=name)
every_test_file = pytest.mark.parametrize(
    "path",
    [path for path in python_files("tests") if path.name.startswith("test_")],
    ids=name,
)
every_file_of_directory = pytest.mark.parametrize("path", python_files("directory"), ids=name)


@every_test_file
def test_each_test_states_one_fact(path: Path) -> None:
    """Each test has a docstring of one sentence."""
    tests = [function for function in functions(path) if function.name.startswith("test_")]
    said = {test.name: ast.get_docstring(test) or "" for test in tests}

    wrong = [test for test, sentence in said.items() if not _is_one_sentence(sentence)]

    assert wrong == []


@every_file
def test_names_say_something(path: Path) -> None:
    """No module or package is named for holding this and that."""
    parts = path.relative_to(HOUSE).with_suffix("").parts

    empty = [part for part in parts if EMPTY_NAMES.search(part)]

    assert empty == []


@every_file
def test_files_are_short(path: Path) -> None:
    """A file of more than 300 lines says at its top that it is "long because ..."."""
    lines = path.read_text(encoding="utf-8").splitlines()

    top = "\n".join(lines[:15])

    assert len(lines) <= LONGEST_FILE or REASON.search(top), f"{len(lines)} lines: cut it, or say `long because`"


@every_file
def test_functions_are_short(path: Path) -> None:
    """A function of more than 40 lines says at its top that it is "long because ..."."""
    lines = path.read_text(encoding="utf-8").splitlines()
    lengths = {
        function.name: (function.end_lineno or function.lineno) - function.lineno + 1
        for function in functions(path)
        if not REASON.search("\n".join(lines[function.lineno - 1 : function.lineno + 9]))
    }

    long = {function: length for function, length in lengths.items() if length > LONGEST_FUNCTION}

    assert long == {}, "cut them, or say `long because`"


@every_file
def test_each_noqa_has_its_reason(path: Path) -> None:
    """A rule is put aside for one line, by its name, with the reason beside it."""
    with path.open("rb") as source:
        comments = [token.string for token in tokenize(source.readline) if token.type == COMMENT]

    unreasoned = [comment for comment in comments if "noqa" in comment and not REASONED_NOQA.match(comment)]

    assert unreasoned == []


@every_test_file
def test_nothing_of_ours_is_mocked(path: Path) -> None:
    """No test replaces our own code: what stands in for a server is a class that passes the server's contract."""
    assert not _imported(path) & {"unittest.mock", "mock", "unittest"}


@every_file_of_directory
def test_directory_does_no_input_or_output(path: Path) -> None:
    """The book of record has no files, no sockets, no processes, no settings."""
    outside = {"io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile", "urllib", "http"}

    opened = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Name) and node.id in {"open", "print"}]

    assert not _imported(path) & outside
    assert opened == []


@every_file_of_directory
def test_directory_has_no_clock(path: Path) -> None:
    """The time of a verb comes with its actor, so that it can be any day in a test."""
    asked = [
        node.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "today", "utcnow"}
        and ast.unparse(node.value).split(".")[-1] in {"date", "datetime"}
    ]

    assert asked == []
    assert "time" not in _imported(path)


def _is_one_sentence(text: str) -> bool:
    return bool(ONE_SENTENCE.fullmatch(text)) and not SENTENCE_BREAK.search(text)


def _imported(path: Path) -> set[str]:
    """The modules a file imports, each also by the packages it lies in."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found | {module.split(".")[0] for module in found}
