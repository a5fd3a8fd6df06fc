"""What policies may say, kept by PostgreSQL as by the pages: tried with values of all kinds and at the borders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.errors import BadValue
from directory.lifecycle.policy_values import check_value
from directory.policies import COLLEAGUE_FIELDS, DEFAULTS, MIB, PASSWORD_PROFILES, SECOND_FACTOR_RULES
from tests.book import House

TIB = 1024 * 1024 * MIB
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
LOCALS = st.lists(st.from_regex(r"[a-z0-9._-]{1,5}", fullmatch=True) | WORDS, max_size=4)


def numbers(least: int, most: int) -> st.SearchStrategy[Any]:
    """Give numbers round two borders, and what looks like one."""
    near = [value + step for value in (least, most) for step in (-1, 0, 1)]
    return st.sampled_from(near) | st.integers(least, most) | st.sampled_from([float(least), str(least), True, None])


def tables(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give rule tables with values such as these."""
    words = WORDS | st.sampled_from(["chuyên viên", ",", " ", "a" * 500, "a" * 501])
    rules = st.lists(st.fixed_dictionaries({"words": words, "value": values}, optional={"more": values}), max_size=3)
    return st.fixed_dictionaries({"rules": rules | ANYTHING, "default": values}, optional={"more": values})


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "naming_patterns": st.lists(st.sampled_from([*DEFAULTS["naming_patterns"], "{given}{n}", "x", "{given}\n"])),
    "reserved_locals": LOCALS,
    "forbidden_locals": LOCALS,
    "alias_days": numbers(0, 36500),
    "quarantine_days": numbers(0, 36500),
    "mailbox_kept_months": tables(numbers(0, 120)),
    "quota_rules": tables(numbers(MIB, TIB)),
    "role_quota_bytes": numbers(MIB, TIB),
    "second_factor": st.fixed_dictionaries(
        {
            "who": st.sampled_from(SECOND_FACTOR_RULES) | ANYTHING,
            "since": st.none() | st.dates().map(str) | st.sampled_from(["2026-02-30", "20260101", "0000-01-01", ""]),
        }
    ),
    "password_profile": st.sampled_from([*PASSWORD_PROFILES, "NIST", ""]),
    "session_idle_minutes": numbers(1, 1440),
    "session_hours": numbers(1, 168),
    "unused_days": numbers(8, 366),
    "app_password_unused_days": numbers(30, 366),
    "colleague_fields": st.lists(st.sampled_from([*COLLEAGUE_FIELDS, "phone"]), max_size=4),
    "use_days": numbers(1, 366),
    "targets": st.fixed_dictionaries(dict.fromkeys(DEFAULTS["targets"], numbers(0, 100))),
}
TRIED = settings(
    max_examples=200, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
KEPT_BY_THE_CODE = ("naming_patterns", "mailbox_kept_months", "quota_rules")
"""Policies of which PostgreSQL keeps the form and the range only: not the fields of a pattern, nor what a word is."""


def is_taken(name: str, value: Any) -> bool:  # noqa: ANN401 - whatever JSON there is
    """Say whether the pages take a value."""
    try:
        check_value(name, value)
    except BadValue:
        return False
    return True


def is_sound(engine: Engine, name: str, value: Any) -> bool:  # noqa: ANN401 - as above
    """Say whether PostgreSQL takes it."""
    with engine.connect() as connection:
        asked = {"name": name, "value": json.dumps(value)}
        return bool(connection.scalar(text("SELECT policy_is_sound(:name, CAST(:value AS jsonb))"), asked))


@pytest.mark.parametrize("name", DEFAULTS)
def test_postgresql_takes_what_the_pages_take(shared_engine: Engine, name: str) -> None:
    """Every value that a page takes can be written, and none else, as far as PostgreSQL can tell."""

    @TRIED
    @given(VALUES.get(name, st.booleans()) | ANYTHING)
    def compare(value: object) -> None:
        taken, sound = is_taken(name, value), is_sound(shared_engine, name, value)

        assert sound or not taken
        assert taken or not sound or name in KEPT_BY_THE_CODE

    compare()


def rules(*values: object, default: object = 5) -> dict[str, object]:
    """Give a rule table."""
    return {"rules": [{"words": "giám đốc", "value": value} for value in values], "default": default}


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("alias_days", 0, 36500),
        ("quarantine_days", 0, 36500),
        ("role_quota_bytes", MIB, TIB),
        ("session_idle_minutes", 1, 1440),
        ("session_hours", 1, 168),
        ("unused_days", 8, 366),
        ("app_password_unused_days", 30, 366),
        ("use_days", 1, 366),
    ],
)
def test_range_is_the_same_on_both_sides(shared_engine: Engine, name: str, least: int, most: int) -> None:
    """A number at the border is taken by both, and the one beside it by none."""
    tried = (least - 1, least, most, most + 1)

    both = [(is_taken(name, value), is_sound(shared_engine, name, value)) for value in tried]

    assert both == [(False, False), (True, True), (True, True), (False, False)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mailbox_kept_months", rules(121)),
        ("mailbox_kept_months", rules(12, default=-1)),
        ("mailbox_kept_months", rules(*[6] * 51)),
        ("mailbox_kept_months", {"rules": [{"words": ",", "value": 6}], "default": 6}),
        ("mailbox_kept_months", {"rules": [{"words": "a" * 501, "value": 6}], "default": 6}),
        ("mailbox_kept_months", {"rules": {}, "default": 6}),
        ("quota_rules", rules(MIB - 1, default=MIB)),
        ("quota_rules", rules(TIB + 1, default=MIB)),
        ("naming_patterns", []),
        ("naming_patterns", [f"{{given}}{number}" for number in range(11)]),
        ("naming_patterns", ["{full}", "{full}"]),
        ("naming_patterns", ["{given} {family}"]),
        ("reserved_locals", ["a", "a"]),
        ("reserved_locals", ["a" * 65]),
        ("reserved_locals", ["an\n"]),
        ("forbidden_locals", [f"a{number}" for number in range(501)]),
        ("second_factor", {"who": "everybody"}),
        ("second_factor", {"who": "somebody", "since": None}),
        ("second_factor", {"who": "roles", "since": "2026-02-29"}),
        ("colleague_fields", ["extension", "title"]),
        ("colleague_fields", "title"),
        ("targets", {"provided": 100, "activated": 90, "in_use": 80}),
        ("targets", {"provided": 101, "activated": 90, "in_use": 80, "second_factor": 100}),
        ("password_profile", "none"),
        ("keep_address", 1),
    ],
)
def test_value_beyond_the_border_is_refused_by_both(session: Session, house: House, name: str, value: object) -> None:
    """What a page refuses cannot be written past it."""
    row = text("INSERT INTO policies (agency_id, name, value) VALUES (:id, :name, CAST(:value AS jsonb))")

    with pytest.raises(IntegrityError, match="policies_sound_check"):
        session.execute(row, {"id": house.unit.id, "name": name, "value": json.dumps({"value": value})})

    assert not is_taken(name, value)


@pytest.mark.parametrize("name", DEFAULTS)
def test_default_is_sound(shared_engine: Engine, name: str) -> None:
    """What holds where nobody has said otherwise can be said."""
    assert is_sound(shared_engine, name, DEFAULTS[name])
