"""Fields of a record: how names are parted, numbers spelled, what looks wrong, and what two people change at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.errors import BadValue, ChangedMeanwhile, NotAllowed
from directory.lifecycle import Change, Newcomer, appoint, change
from directory.lifecycle.changes import seen_in
from directory.lifecycle.doubts import doubts_about_changes, doubts_about_newcomers
from directory.lifecycle.name_parts import parted
from directory.officials import Official, open_field
from directory.phones import normal_phone
from tests.book import LONG_AGO, House, acting, hire


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of an official with a record."""
    person = Newcomer(
        house.unit.id,
        "Nguyễn Văn An",
        title="Chuyên viên",
        sex="male",
        personal_id="068090001234",
        birth_date=date(1990, 5, 1),
        phone="0912345678",
        valid_from=LONG_AGO,
    )
    (account,) = appoint(session, actor, [person])
    return account


def write(session: Session, actor: Actor, account: Account, seen: dict[str, str | None], **fields: object) -> Official:
    """Change a record as somebody who saw it so."""
    (official,) = change(session, actor, [Change(account.official_id, fields, seen)])
    return official


@pytest.mark.parametrize(
    ("full", "typed", "parts"),
    [
        ("Nguyễn Thị Ánh Đào", ("", "", ""), ("Nguyễn", "Thị Ánh", "Đào")),
        ("Nguyễn Thị Ánh Đào", ("Nguyễn", "Thị", "Ánh Đào"), ("Nguyễn", "Thị", "Ánh Đào")),
        ("Tôn Nữ Thị Ninh", ("Tôn Nữ", "Thị", "Ninh"), ("Tôn Nữ", "Thị", "Ninh")),
        ("NGUYỄN VĂN AN", ("nguyen", "VĂN", "An"), ("Nguyễn", "Văn", "An")),
        ("Ðào Thị Hương", ("Đào", "Thị", "Hương"), ("Đào", "Thị", "Hương")),
        ("Nguye\u0302\u0303n Va\u0306n An", ("Nguyễn Văn", "", "An"), ("Nguyễn Văn", "", "An")),
        ("Páo", ("", "", "Páo"), ("", "", "Páo")),
        ("Y Thanh Niê Kdăm", ("Niê Kdăm", "", "Y Thanh"), ("Niê Kdăm", "", "Y Thanh")),
        ("H'Linh Byă", ("Byă", "", "H'Linh"), ("Byă", "", "H'Linh")),
        ("Giàng A Páo", ("Giàng", "", "A Páo"), ("Giàng", "", "A Páo")),
        ("Công Tằng Tôn Nữ Minh Thư", ("Công Tằng Tôn Nữ", "Minh", "Thư"), ("Công Tằng Tôn Nữ", "Minh", "Thư")),
    ],
)
def test_words_of_a_name_are_shared_out(full: str, typed: tuple[str, ...], parts: tuple[str, ...]) -> None:
    """Without parts the rule proposes them; typed ones hold if they are the words of the name in order."""
    name = parted(full, dict(zip(("family", "middle", "given"), typed, strict=True)))

    assert (name.family, name.middle, name.given) == parts


@pytest.mark.parametrize(
    "typed",
    [
        ("Nguyễn", "Văn", ""),
        ("Nguyễn", "", "An"),
        ("Văn", "Nguyễn", "An"),
        ("Lê", "Văn", "An"),
        ("Nguyễn Văn An", "", "An"),
    ],
)
def test_other_words_are_no_parts(typed: tuple[str, ...]) -> None:
    """Parts that leave a word out, add one, or turn them round are refused."""
    with pytest.raises(BadValue, match="words of the full name"):
        parted("Nguyễn Văn An", dict(zip(("family", "middle", "given"), typed, strict=True)))


def test_parts_are_changed_and_told(session: Session, actor: Actor, account: Account) -> None:
    """A record keeps the parts that a person decided, until the name changes."""
    official = write(session, actor, account, {}, family="Nguyễn Văn", middle="", given="An")
    kept = (official.family, official.middle, official.given)

    official = write(session, actor, account, {}, full_name="Nguyễn Văn Anh")

    assert kept == ("Nguyễn Văn", "", "An")
    assert (official.family, official.middle, official.given) == ("Nguyễn", "Văn", "Anh")


def test_newcomer_is_parted_as_somebody_says(session: Session, actor: Actor, house: House) -> None:
    """A new record keeps the parts that were typed with it."""
    person = Newcomer(house.unit.id, "Tôn Nữ Thị Ninh", family="Tôn Nữ", middle="Thị", given="Ninh")

    (account,) = appoint(session, actor, [person])

    assert (account.official.family, account.official.middle) == ("Tôn Nữ", "Thị")


@pytest.mark.parametrize(
    "values", ["given = ''", "given = 'Bình'", "family = 'Nguyễn Văn'", "full_name = 'Lê Văn An'", "middle = ''"]
)
def test_postgresql_keeps_the_parts_of_a_name(session: Session, account: Account, values: str) -> None:
    """Round the code, too, the parts are the words of the name."""
    with pytest.raises(IntegrityError, match="name_parts"):
        session.execute(text(f"UPDATE officials SET {values} WHERE id = {account.official_id}"))


@pytest.mark.parametrize(
    "values", ["work_phone = '1'", "work_phone = '0912 345 678'", "extension = '12a'", "extension = ''"]
)
def test_postgresql_keeps_office_numbers(session: Session, account: Account, values: str) -> None:
    """Round the code, too, the numbers of an office are digits."""
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE officials SET {values} WHERE id = {account.official_id}"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0912345678", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0084 912345678", "0912345678"),
        ("(+84) 0912 345 678", "0912345678"),
        ("01662345678", "0362345678"),
        ("0126 234 5678", "0762345678"),
        ("0199-2345678", "0592345678"),
        ("024 3825 1234", "02438251234"),
        ("+856 20 5555 1234", "+8562055551234"),
        ("12", None),
        ("0412345678", None),
        ("09123456789", None),
        ("0912345678a", None),
        ("+84", None),
    ],
)
def test_phones_have_one_spelling(typed: str, kept: str | None) -> None:
    """Spaces, dots, the country's number and prefixes of before 2018 lead to one spelling; no number leads to none."""
    assert normal_phone(typed) == kept


@pytest.mark.parametrize("typed", ["068 090 001 299", "068.090.001.299"])
def test_personal_id_may_be_typed_in_groups(session: Session, actor: Actor, account: Account, typed: str) -> None:
    """Spaces and dots between the digits of an ID number do not count."""
    official = write(session, actor, account, {}, personal_id=typed)

    assert open_field(session, official, "personal_id") == "068090001299"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"sex": "female"}, ["sex"]),
        ({"birth_date": date(1991, 5, 1)}, ["birth_date"]),
        ({"personal_id": "068 190 001 299"}, ["sex"]),
        ({"personal_id": "068391001299"}, ["birth_date", "sex"]),
        ({"sex": "female", "birth_date": date(2090, 1, 1)}, ["birth_date", "sex"]),
        ({"sex": None, "birth_date": None}, []),
        ({"sex": "male", "full_name": "Lê An"}, []),
        ({"personal_id": None}, []),
        ({"personal_id": "12"}, []),
    ],
)
def test_what_does_not_fit_is_doubted(
    session: Session, actor: Actor, account: Account, changes: dict[str, object], fields: list[str]
) -> None:
    """An ID number tells sex and birth year; a change that says otherwise is doubted, never refused."""
    doubts = doubts_about_changes(session, actor, [Change(account.official_id, changes)])

    assert [doubt.field for doubt in doubts] == fields


def test_newcomers_are_doubted_too(house: House) -> None:
    """What does not fit in a new record is said before it is made."""
    person = Newcomer(house.unit.id, "Lê An", personal_id="068190001234", sex="male", birth_date=date(1990, 1, 1))

    assert [doubt.field for doubt in doubts_about_newcomers([person])] == ["sex"]


def test_doubts_tell_strangers_nothing(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Whether an ID number fits is not told to who may not change the record."""
    (stranger,) = hire(session, actor, house.elsewhere, "Lê Khác")

    with pytest.raises(NotAllowed):
        doubts_about_changes(session, acting(actor, stranger), [Change(account.official_id, {"sex": "female"})])
    with pytest.raises(NotAllowed):
        seen_in(session, acting(actor, stranger), account.official_id)


def test_two_windows_lose_nothing(session: Session, actor: Actor, account: Account) -> None:
    """Who saves later is told what changed since; the fields that each left alone keep the other's value."""
    seen = seen_in(session, actor, account.official_id)
    first = dict(seen) | {"title": "Trưởng phòng", "staff_number": "NV7"}
    second = dict(seen) | {"title": "Phó phòng", "extension": "105"}
    form = ("full_name", "title", "staff_number", "extension")
    write(session, actor, account, seen, **{name: first[name] for name in form})

    with pytest.raises(ChangedMeanwhile) as told:
        write(session, actor, account, seen, **{name: second[name] for name in form})
    now = seen_in(session, actor, account.official_id)
    official = write(session, actor, account, now, **{name: (now | {"extension": "105"})[name] for name in form})

    assert told.value.fields["fields"] == "title"
    assert (now["title"], official.staff_number, official.extension) == ("Trưởng phòng", "NV7", "105")


def test_two_windows_may_change_different_fields(session: Session, actor: Actor, account: Account) -> None:
    """Two people who change different fields both succeed, and neither undoes the other."""
    seen = seen_in(session, actor, account.official_id)
    form = {name: seen[name] for name in ("full_name", "rank", "staff_number")}

    write(session, actor, account, seen, **form | {"rank": "01.003"})
    official = write(session, actor, account, seen, **form | {"staff_number": "NV7"})

    assert (seen_in(session, actor, account.official_id)["rank"], official.staff_number) == ("01.003", "NV7")


@pytest.mark.parametrize("second", ["0987654321", None])
def test_sealed_fields_are_guarded_too(session: Session, actor: Actor, account: Account, second: str | None) -> None:
    """A phone number that somebody else recorded meanwhile is not written over or removed, though nobody sees it."""
    seen = seen_in(session, actor, account.official_id)
    write(session, actor, account, seen, phone="0977777777")

    with pytest.raises(ChangedMeanwhile, match="phone"):
        write(session, actor, account, seen, phone=second)


def test_marks_of_sealed_fields_say_nothing(session: Session, actor: Actor, account: Account) -> None:
    """What a form carries of personal data changes with each sealing, so that nothing can be guessed from it."""
    before = seen_in(session, actor, account.official_id)
    write(session, actor, account, {}, phone="0977777777")
    write(session, actor, account, {}, phone="0912345678")

    after = seen_in(session, actor, account.official_id)

    assert before["phone"] != after["phone"]
    assert "0912345678" not in str(before)


def test_seen_values_are_no_way_to_other_columns(session: Session, actor: Actor, account: Account) -> None:
    """Whatever a form says it saw, only fields of the record are written."""
    with pytest.raises(BadValue):
        write(session, actor, account, {"state": "x"}, state="disabled")


def test_untouched_form_changes_nothing(session: Session, actor: Actor, account: Account) -> None:
    """A form that is saved as it was opened writes nothing, and undoes nothing that changed meanwhile."""
    seen = seen_in(session, actor, account.official_id)
    write(session, actor, account, {}, title="Trưởng phòng", family="Nguyễn Văn", middle="", given="An")
    form = {name: seen[name] for name in ("full_name", "family", "middle", "given", "title", "category", "sex")}

    official = write(session, replace(actor), account, seen, **form)

    assert (official.family, seen_in(session, actor, account.official_id)["title"]) == ("Nguyễn Văn", "Trưởng phòng")
