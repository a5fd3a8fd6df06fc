"""Following a log through its rotations: read on from where it was left, to the end of each file in turn.

A log is rotated by renaming it; its one writer then begins a new file under the old name. A renamed file is
finished once the next one has something in it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

CHUNK = 4 * 1024 * 1024
"""Bytes read at a time: some 20,000 lines, marked in one transaction."""
_LONGEST_HEAD = 64 * 1024


@dataclass(frozen=True)
class Place:
    """How far a log was read, and when: the file, told by its inode and first line, and the bytes read of it."""

    inode: int
    head: bytes
    offset: int
    read_at: datetime


@dataclass(frozen=True)
class Piece:
    """Whole lines that were read, and the place after them."""

    lines: Sequence[bytes]
    place: Place
    is_gap: bool = False
    """The file that was being read is gone or was cut: lines may have been lost before these."""
    broken: int = 0
    """Lines without an end: longer than a piece, or broken off when their writer died."""


@dataclass(frozen=True)
class _File:
    """A log or one of its renamed forerunners, as found."""

    path: Path
    inode: int
    modified: float


class _Moved(Exception):
    """The log was rotated while it was being looked at."""


def read_on(path: Path, place: Place | None, now: datetime, chunk: int = CHUNK) -> Piece | None:
    """Read the next lines of the log at `path`; None if there are none now. An unreadable log raises `OSError`."""
    files = _generations(path)
    try:
        if place is None:
            return _read(files[-1], 0, now, chunk)
        index = next((at for at, file in enumerate(files) if _is_same(file, place)), None)
        if index is None:
            # Days are marked, not added up: what was read before may be read again.
            newer = [file for file in files if file.modified >= place.read_at.timestamp()] or files[-1:]
            piece = _first(newer, now, chunk)
            return piece and replace(piece, is_gap=True)
        # Looked at first: once its writer has gone on to the next file, what is in this one is all there will be.
        following = _first(files[index + 1 :], now, chunk)
        piece = _read(files[index], place.offset, now, chunk)
        if piece is not None or following is None:
            return piece
        left = files[index].path.stat().st_size > place.offset
        return replace(following, broken=following.broken + left)
    except _Moved:
        return None


def _generations(path: Path) -> list[_File]:
    """Give the log and its renamed forerunners, the oldest first; packed ones cannot be read on.

    Between a renaming and the first new line there may be no file under the log's own name.
    """
    renamed = [_file(each) for each in path.parent.glob(f"{path.name}?*") if each.is_file() and each.suffix != ".gz"]
    renamed.sort(key=lambda file: file.modified)
    return renamed if renamed and not path.exists() else [*renamed, _file(path)]


def _file(path: Path) -> _File:
    """Look at a file."""
    state = path.stat()
    return _File(path, state.st_ino, state.st_mtime)


def _is_same(file: _File, place: Place) -> bool:
    """Say whether a file is the one that was being read: a new one can have the inode of one deleted."""
    if file.inode != place.inode:
        return False
    with file.path.open("rb") as log:
        return os.fstat(log.fileno()).st_size >= place.offset and _head(log) == place.head


def _first(files: Sequence[_File], now: datetime, chunk: int) -> Piece | None:
    """Read the first file that has lines, from its beginning."""
    return next((piece for file in files if (piece := _read(file, 0, now, chunk))), None)


def _read(file: _File, offset: int, now: datetime, chunk: int) -> Piece | None:
    """Read whole lines from an offset on."""
    with file.path.open("rb") as log:
        if os.fstat(log.fileno()).st_ino != file.inode:
            raise _Moved
        log.seek(offset)
        data = log.read(chunk)
        end = data.rfind(b"\n") + 1
        if end == 0 and len(data) < chunk:
            return None
        place = Place(file.inode, _head(log), offset + (end or len(data)), now)
        return Piece(data[:end].split(b"\n")[:-1], place, broken=int(end == 0))


def _head(log: BinaryIO) -> bytes:
    """Give the digest of a file's first line (of its beginning, if that is longer than any line should be)."""
    log.seek(0)
    return hashlib.sha256(log.readline(_LONGEST_HEAD)).digest()
