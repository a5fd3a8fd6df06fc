"""The project's own virtual environment, from a lock file with hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

from .errors import StackError
from .layout import TREE

FOLDER = TREE / ".venv"
OLDEST, NEWEST = (3, 11), (3, 13)
LOCK = "requirements.txt"


def prepare(lock: str = LOCK) -> None:
    """Makes or mends .venv so that it holds what the lock file says and the project itself; quick if it does."""
    refuse_version()
    stamp = FOLDER / f"congvu-{lock}.sha256"
    wanted = fingerprint(lock)
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    print(f"Installing the Python packages of {lock} into {FOLDER}", flush=True)
    if not is_ours():
        run(sys.executable, "-m", "venv", "--clear", str(FOLDER))
    pip("--require-hashes", "--requirement", str(TREE / lock))
    pip("--no-deps", "--no-build-isolation", "--editable", str(TREE))
    stamp.write_text(wanted, encoding="ascii")


def program(name: str) -> str:
    """The path of a program that the environment brings."""
    return str(FOLDER / "bin" / name)


def refuse_version() -> None:
    """Stops with a sentence where a syntax error would come otherwise."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise StackError(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} will not do; it takes 3.11, 3.12 or 3.13. "
            "On Debian 12 run: /usr/bin/python3 scripts/run"
        )


def fingerprint(lock: str) -> str:
    """Changes when the environment must be made to fit: other packages, another Python, another place."""
    parts = [(TREE / lock).read_bytes(), (TREE / "pyproject.toml").read_bytes(), os.fsencode(TREE)]
    return hashlib.sha256(b"\0".join([*parts, sys.version.encode()])).hexdigest()


def is_ours() -> bool:
    """Whether there is an environment that was made here, by this version of Python, and runs."""
    check = f"import pip, sys; sys.exit((sys.prefix, sys.version) != ({str(FOLDER)!r}, {sys.version!r}))"
    try:
        return subprocess.run([program("python"), "-c", check], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def pip(*words: str) -> None:
    """One installation into the environment."""
    run(program("python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", *words)


def run(*command: str) -> None:
    """A command that must succeed; else its last words say why."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-10:])
        raise StackError(f"{' '.join(command[:6])} … failed:\n{last}")
