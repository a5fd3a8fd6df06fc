"""How words are found in names, titles and agencies: each begins a word there, in any order; and the indexes for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Index, Text, and_, func, or_, true
from sqlalchemy.sql.elements import SQLCoreOperations

from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.base import VIETNAMESE
from directory.naming import fold
from directory.officials import Official

_NAME = func.spaced(Official.name_key)
_TITLE = func.spaced(func.fold(Appointment.title))
_AGENCY = func.spaced(func.fold(Agency.name))
_SEPARATORS = str.maketrans("'-.", "   ")

for _table, _words in (("officials", _NAME), ("appointments", _TITLE), ("agencies", _AGENCY)):
    Index(
        f"{_table}_words_idx",
        _words.label("words"),
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
Index("addresses_local_idx", Address.local, postgresql_ops={"local": "text_pattern_ops"})


def name_has(words: list[str], official: Any = Official) -> ColumnElement[bool]:  # noqa: ANN401 - or an alias
    """Give the condition that each word, without its marks, begins a word of an official's name."""
    return _has(func.spaced(official.name_key), words)


def title_has(words: list[str]) -> ColumnElement[bool]:
    """Give the condition that each word begins a word of a post's title."""
    return _has(_TITLE, words)


def agency_has(words: list[str]) -> ColumnElement[bool]:
    """Give the condition that each word begins a word of an agency's name."""
    return _has(_AGENCY, words)


def _has(text: SQLCoreOperations[Any], words: list[str]) -> ColumnElement[bool]:
    """Give the condition that a spaced text has words that begin like these."""
    return and_(*(text.contains(" " + spaced(word), autoescape=True) for word in words))


def literally_has(name: ColumnElement[str], spellings: list[list[str]]) -> ColumnElement[bool]:
    """Give the condition that for each word one of its spellings, marks and all, begins a word of a name."""
    text = func.spaced(func.lower(name.collate(VIETNAMESE), type_=Text))
    return and_(
        true(),
        *(
            or_(*(text.contains(" " + each.translate(_SEPARATORS), autoescape=True) for each in same))
            for same in spellings
        ),
    )


def spaced(word: str) -> str:
    """Give a typed word as the database's `spaced(fold())` has it, but for the space before."""
    return fold(word).translate(_SEPARATORS)
