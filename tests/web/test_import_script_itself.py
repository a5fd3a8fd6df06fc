"""scripts/import_staff.py as a file that HR copies alone: what it needs, what it says, what it knows."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from directory.staff_lists.hints import FIELDS
from tests.web.office import SCRIPT, environment


@pytest.mark.parametrize("language", ["vi", "en"])
def test_help_in_both_languages(language: str) -> None:
    """The help has an example and the exit codes, in the language that is asked for."""
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, "--help", "--lang", language],
        capture_output=True, encoding="utf-8", check=False, env=environment()
    )  # fmt: skip

    told = " ".join(done.stdout.split())
    assert done.returncode == 0
    assert "--agency H36.05 --dry-run" in told
    assert ("Exit codes: 0 all done" if language == "en" else "Mã kết thúc: 0 đã xong hết") in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--server", "http://127.0.0.1:99999"), "Say where the portal is"),
        (("--server", "http://[::1"), "Say where the portal is"),
        (("--server", "http://127.0.0.1:1", "--outcome", "away/a.csv"), "cannot be written"),
        (("--server", "http://127.0.0.1:1", "--outcome", "folder.csv"), "cannot be written"),
    ],
)
def test_what_is_wrong_before_anything_is_sent(tmp_path: Path, more: tuple[str, ...], told: str) -> None:
    """An address that is none and an outcome that cannot be written are a sentence and the code of a refusal."""
    (tmp_path / "token").write_text("x", encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()
    words = ["token", "--agency", "H36.05", "--token-file", "token", "--lang", "en", *more]

    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, *words],
        capture_output=True, encoding="utf-8", check=False, env=environment(), cwd=tmp_path
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_script_needs_nothing_but_python_3_9() -> None:
    """The script is written in the language of Python 3.9 and imports only what comes with it."""
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))

    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import) else
                     [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
    }  # fmt: skip

    assert imported <= sys.stdlib_module_names


def constants() -> dict[str, Any]:
    """Give the texts and tables that stand at the top of the script."""
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(SCRIPT.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict | ast.Constant | ast.Tuple)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def test_script_knows_the_fields() -> None:
    """What the script takes as a field is what the service does."""
    assert constants()["FIELDS"] == FIELDS


def test_every_sentence_has_its_vietnamese() -> None:
    """Whatever the script says stands in its table."""
    tree, names = ast.parse(SCRIPT.read_text(encoding="utf-8")), constants()
    said = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("say", "self.say")
        and isinstance(node.args[0], ast.Constant)
    }
    said |= {value for value in names.values() if isinstance(value, str)}
    said |= {sentence for _, sentence in names["TEXTS"].values()}

    assert said - names["VIETNAMESE"].keys() == set()
