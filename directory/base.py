"""What every table and verb stands on: the declarative base, the actor, public ids and the Vietnamese day."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from psycopg.sql import SQL, Identifier
from sqlalchemy import BigInteger, Date, DateTime, Identity, LargeBinary, MetaData, Text, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import NullType, TypeEngine, UserDefinedType

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
VIETNAMESE = "vi-VN-x-icu"
"""PostgreSQL collation for names: A Ă Â B C D Đ E Ê …, tones level < huyền < hỏi < ngã < sắc < nặng."""

TOGETHER = 500
"""Lines handed over at once: each handing over waits for the network."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class Ltree(UserDefinedType[str]):
    """PostgreSQL's label path: the ids of an agency and of all agencies above it, `1.7.42`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Name the type in DDL."""
        return "LTREE"


ischema_names["ltree"] = Ltree  # so that reflection (and the test that compares schemas) knows the type


class Base(DeclarativeBase):
    """Base of every table; text without length, instants with zone, fixed constraint names."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: BigInteger(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[dict[str, Any]]: JSONB(),
    }


class Numbered:
    """A table whose rows have a bigint key that never leaves the house."""

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, sort_order=-10)


def insert_all(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> Insert:
    """Give the statement that inserts rows with the same keys, each column as one array.

    Its text stays short, however many rows there are: with a placeholder for each value, reading it costs more than
    writing the rows. Defaults of Python are not filled in.
    """
    columns = [column for column in model.__table__.columns if column.key in rows[0]]
    arrays = [(column, literal(array_of([row[column.key] for row in rows]), Text())) for column in columns]
    values = select(*(func.unnest(cast(array, ARRAY(_plain(column.type), dimensions=1))) for column, array in arrays))
    return insert(model).from_select([column.key for column in columns], values, include_defaults=False)


def array_of(values: Sequence[object]) -> str:
    """Write values as PostgreSQL writes an array: for thousands quicker than the driver, which asks each for its type.

    The database casts the text to the type that is meant.
    """
    types = set(map(type, values))
    if types == {str}:
        joined = '","'.join(values)  # type: ignore[arg-type]  # all are
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return f'{{"{joined}"}}'
    if types == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if types == {bytes}:
        return '{"\\\\x' + '","\\\\x'.join(map(bytes.hex, values)) + '"}'  # type: ignore[arg-type]  # all are
    if len(types) == 1 and values.count(values[0]) == len(values):
        return "{" + ",".join([_element(values[0])] * len(values)) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


def any_of(column: InstrumentedAttribute[Any], values: Sequence[object]) -> ColumnElement[bool]:
    """Give the condition that a column has one of these values: one statement for one of them and for thousands.

    The parameter has no type of its own and so takes the array's: a text would be cast anew for each row that is read.
    """
    array = cast(literal(array_of(values), NullType()), ARRAY(_plain(column.type), dimensions=1))
    return column == func.any(array)


def _element(value: object) -> str:
    """Write one value of an array."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return '"' + value.translate(_QUOTED) + '"'
    if isinstance(value, int):  # true and false too
        return str(value)
    if isinstance(value, bytes):
        return '"\\\\x' + value.hex() + '"'
    if isinstance(value, date):
        return '"' + value.isoformat() + '"'
    if isinstance(value, dict | list):
        return '"' + _json(value).translate(_QUOTED) + '"'
    raise TypeError(type(value))


_QUOTED = str.maketrans({'"': '\\"', "\\": "\\\\"})
_json = json.JSONEncoder(ensure_ascii=False).encode


def _plain(of_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """Give a type of which there can be arrays: a collation is a column's and no array's."""
    return Text() if isinstance(of_type, Text) else of_type


def dated(days: Mapping[int, date]) -> TableValuedAlias:
    """Give a table of ids with a day each, `.c.id` and `.c.day`, for a statement that treats many rows at once."""
    ids, ends = literal(list(days), ARRAY(BigInteger)), literal(list(days.values()), ARRAY(Date))
    return func.unnest(ids, ends).table_valued("id", "day", name="dated").render_derived()


def copy_all(session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows with PostgreSQL's COPY, the fastest way in; nothing is given back, and defaults are PostgreSQL's."""
    session.flush()
    table = model.__table__
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(Identifier(model.__tablename__), names)
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise TypeError
    dialect = session.get_bind().dialect
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([table.columns[name].type.compile(dialect).lower() for name in columns])
        for row in rows:
            copy.write_row(row)


def copy_lines(session: Session, model: type[Base], columns: Sequence[str], lines: Iterable[bytes]) -> None:
    """Do the same with rows that are written out in COPY's text format already, each with the end of its line."""
    session.flush()
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(model.__tablename__), SQL(", ").join(map(Identifier, columns))
    )
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise TypeError
    waiting = iter(lines)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        while some := b"".join(islice(waiting, TOGETHER)):
            copy.write(some)


def public_id(length: int = 16) -> str:
    """Make a random id for what leaves the house; 16 characters carry 79 bits and say nothing of the row."""
    # One draw for the whole id: a list draws thousands, and each draw asks the kernel.
    drawn = secrets.randbelow(len(_ALPHABET) ** length)
    letters = []
    for _ in range(length):
        drawn, place = divmod(drawn, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)


@dataclass(frozen=True)
class Actor:
    """Who acts, from where, when; `within` narrows an API token to one agency's subtree."""

    now: datetime
    source: str
    account_id: int | None = None
    session_id: int | None = None
    request_id: str | None = None
    within: int | None = None
    factor_at: datetime | None = None
    is_system: bool = False

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError(self.now)

    @cached_property
    def today(self) -> date:
        """The day in Viet Nam: appointments, use and reports count in these."""
        return vietnamese_day(self.now)


def system(now: datetime, source: str) -> Actor:
    """Give the actor of the worker and of the operator's shell, which may do everything."""
    return Actor(now=now, source=source, is_system=True)


def vietnamese_day(instant: datetime) -> date:
    """Give the day of Asia/Ho_Chi_Minh on which the instant falls."""
    return instant.astimezone(VIETNAM).date()


def start_of(day: date) -> datetime:
    """Give the instant (UTC) at which a Vietnamese day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM).astimezone(UTC)
