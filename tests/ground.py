"""What tests that roll back stand on: a transaction that is never committed, and what many of them find, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, NestedTransaction
from sqlalchemy.orm import Session

from directory.keys import Keys

Layer = Callable[[Session], object]
"""Makes something in the book; gives what a later session needs to find it, and no row of its own session."""


class Ground:
    """Layers of the book, one upon the other, each made once and kept by a savepoint until another is wanted there."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._savepoints: list[tuple[str, NestedTransaction]] = []
        self._made: dict[str, Any] = {}

    def lay(self, layers: Mapping[str, Layer]) -> None:
        """Have these layers and no others; what lies there already, and lies right, is not made again."""
        names = list(layers)
        while [name for name, _ in self._savepoints] != names[: len(self._savepoints)]:
            name, savepoint = self._savepoints.pop()
            savepoint.rollback()
            del self._made[name]
        for name in names[len(self._savepoints) :]:
            savepoint = self._connection.begin_nested()
            with self._open() as session:
                self._made[name] = layers[name](session)
                session.commit()
            self._savepoints.append((name, savepoint))

    def made(self, name: str) -> Any:  # noqa: ANN401 - whatever the layer gave
        """Give what a layer said of itself."""
        return self._made[name]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session with the book's keys whose work is rolled back afterwards."""
        savepoint = self._connection.begin_nested()
        with self._open() as session:
            yield session
        savepoint.rollback()

    def _open(self) -> Session:
        return Session(self._connection, info={"keys": self._keys}, join_transaction_mode="create_savepoint")
