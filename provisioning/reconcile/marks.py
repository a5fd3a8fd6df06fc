"""Sets of subjects that take a byte for each there is in the book, however many of them are in the set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from directory.desired.values import Key
from directory.due import TABLES

Item = TypeVar("Item")
_ROOM = 5000
"""Subjects for which memory is taken at once."""


class Marks(Collection[Key]):
    """Some subjects; given back kind by kind, by their ids."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._there: dict[str, bytearray] = {each: bytearray() for each in TABLES}
        self.update(keys)

    def add(self, key: Key) -> None:
        """Take one in."""
        subject, subject_id = key
        there = self._there[subject]
        if subject_id >= len(there):
            there.extend(bytes(subject_id + _ROOM - len(there)))
        there[subject_id] = 1

    def update(self, keys: Iterable[Key]) -> None:
        """Take more in."""
        for key in keys:
            self.add(key)

    def __contains__(self, key: object) -> bool:
        match key:
            case (str(subject), int(subject_id)):
                there = self._there[subject]
                return subject_id < len(there) and bool(there[subject_id])
        return False

    def __len__(self) -> int:
        return sum(there.count(1) for there in self._there.values())

    def __iter__(self) -> Iterator[Key]:
        for subject, there in self._there.items():
            at = there.find(1)
            while at >= 0:
                yield subject, at
                at = there.find(1, at + 1)


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Give items so many at a time."""
    waiting = iter(items)
    while some := list(islice(waiting, size)):
        yield some
