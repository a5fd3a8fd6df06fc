"""Where everything of a stack lies."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from .accounts import is_root
from .errors import StackError

TREE = Path(__file__).resolve().parents[2]
DEPLOY = TREE / "deploy"
# The kernel's limit for the path of a Unix socket, and the longest name that a server makes below `run`.
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = "dovecot/token-login/imap-urlauth"


@dataclass(frozen=True)
class Layout:
    """The folders of one stack. Servers get a folder each; `run` holds sockets and process ids."""

    root: Path

    def folder(self, name: str, mode: int = 0o755) -> Path:
        """A folder below the root, made if it is not there."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        return path

    @property
    def run(self) -> Path:
        """Sockets, process ids and the lock."""
        return self.folder("run")

    @property
    def log(self) -> Path:
        """One file a process, for the caller only: they name people."""
        return self.folder("log", 0o700)

    @property
    def secrets(self) -> Path:
        """One random secret a file, for the caller only."""
        return self.folder("secrets", 0o700)

    def log_file(self, name: str) -> Path:
        """Where a process writes what it has to say."""
        return self.log / f"{name}.log"

    def refuse_long_paths(self) -> None:
        """Stops where a server's socket would have a longer path than the kernel takes."""
        length = len(os.fsencode(self.root / "run" / LONGEST_SOCKET_NAME))
        if length > LONGEST_SOCKET_PATH:
            raise StackError(
                f"The folder {self.root} has too long a path: sockets below it would need {length} bytes and the "
                f"kernel allows {LONGEST_SOCKET_PATH}. Move the project to a shorter path, or make "
                f'{TREE / "var"} a link to a short one, such as: ln -s "$(mktemp -d)" {TREE / "var"}'
            )


def open_var(tree: Path, *, fresh: bool = False) -> Layout:
    """The layout of `scripts/run`: ./var, or a folder under /var/lib where servers may not enter the tree."""
    link = tree / "var"
    if fresh:
        remove_var(link)
    outside = outside_folder(tree)
    if is_root() and not link.exists() and closed_parent(tree) is not None:
        outside.mkdir(mode=0o755, exist_ok=True)
        link.symlink_to(outside)
        print(
            f"var is a link to {outside}, because {closed_parent(tree)} is closed to the users that PostgreSQL and "
            "mail run as; scripts/run --fresh removes it."
        )
    link.mkdir(exist_ok=True)
    return Layout(link.resolve())


def outside_folder(tree: Path) -> Path:
    """The folder that stands in for ./var, named after the place of the tree."""
    return Path("/var/lib") / f"congvu-{hashlib.sha256(os.fsencode(tree)).hexdigest()[:8]}"


def closed_parent(tree: Path) -> Path | None:
    """The first folder on the way to the tree that other users may not enter."""
    for folder in reversed((tree, *tree.parents)):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def remove_var(link: Path) -> None:
    """Removes the stack's folder with all data, wherever `link` leads; a link of one's own making stays."""
    outside = outside_folder(link.parent)
    if link.is_symlink() and link.resolve() != outside:
        for found in link.iterdir():
            shutil.rmtree(found) if found.is_dir() else found.unlink()
        return
    if link.is_symlink():
        link.unlink()
    for folder in (link, outside):
        if folder.exists():
            shutil.rmtree(folder)
