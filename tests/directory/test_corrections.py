"""What officials say is wrong in their own records, and what is decided of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import AuditEvent
from directory.base import Actor
from directory.corrections import FIELDS, Correction
from directory.errors import BadValue, CorrectionDecided, CorrectionWaits, NotAllowed, NotFound
from directory.lifecycle import Newcomer, Transfer, appoint, suspend, transfer
from directory.lifecycle.corrections import (
    Refusal,
    Wish,
    accept_corrections,
    read_correction,
    refuse_corrections,
    send_corrections,
    withdraw_corrections,
)
from directory.lifecycle.particulars import FIELDS as RECORD_FIELDS
from directory.notices import Notice
from directory.officials import open_field
from directory.people import (
    count_waiting_corrections,
    own_corrections,
    waiting_correction,
    waiting_corrections,
)
from tests.book import LONG_AGO, House, acting, give, hire
from tests.statements import statements

PHONE = Wish("phone", "0987654321", "Tôi đã đổi số")


@pytest.fixture
def official(session: Session, actor: Actor, house: House) -> Account:
    """Give an official with a record."""
    person = Newcomer(
        house.unit.id,
        "Nguyễn Văn An",
        title="Chuyên viên",
        personal_id="068090001234",
        phone="0912345678",
        birth_date=date(1990, 5, 1),
        valid_from=LONG_AGO,
    )
    (account,) = appoint(session, actor, [person])
    account.state, account.activated_at = "active", actor.now
    session.flush()
    return account


@pytest.fixture
def hr(session: Session, actor: Actor, house: House) -> Actor:
    """Give HR of the department."""
    (account,) = hire(session, actor, house.department, "Lê Nhân Sự")
    give(session, account, "hr", house.department)
    return acting(actor, account)


def send(session: Session, actor: Actor, official: Account, *wishes: Wish) -> list[str]:
    """Send corrections and give their ids."""
    return [each.public_id for each in send_corrections(session, acting(actor, official), wishes or [PHONE])]


def test_accepted_correction_changes_the_record(session: Session, actor: Actor, official: Account, hr: Actor) -> None:
    """What HR accepts stands in the record, as after a change by HR."""
    wishes = [PHONE, Wish("title", "Chuyên viên chính", "QĐ 7"), Wish("birth_date", date(1990, 1, 5), "Nhầm ngày")]
    ids = send(session, actor, official, *wishes)

    accept_corrections(session, hr, ids)

    assert open_field(session, official.official, "phone") == "0987654321"
    assert open_field(session, official.official, "birth_date") == "1990-01-05"
    assert [each.state for each in own_corrections(session, acting(actor, official))] == ["accepted"] * 3
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "official.changed")).one()
    assert event.detail == {"phone": "changed", "title": ["Chuyên viên", "Chuyên viên chính"], "birth_date": "changed"}


def test_correction_can_empty_a_field(session: Session, actor: Actor, official: Account, hr: Actor) -> None:
    """An official may ask that a field says nothing any more."""
    ids = send(session, actor, official, Wish("phone", None, "Không dùng nữa"))

    accept_corrections(session, hr, ids)

    assert official.official.phone is None


def test_refused_correction_changes_nothing_and_says_why(
    session: Session, actor: Actor, official: Account, hr: Actor
) -> None:
    """What HR refuses leaves the record as it is, and the official reads the reason."""
    ids = send(session, actor, official)

    refuse_corrections(session, hr, [Refusal(ids[0], "Cần bản sao")])

    (own,) = own_corrections(session, acting(actor, official))
    assert (own.state, own.reason, own.value) == ("refused", "Cần bản sao", None)
    assert open_field(session, official.official, "phone") == "0912345678"


def test_withdrawn_correction_waits_no_more(session: Session, actor: Actor, official: Account, hr: Actor) -> None:
    """An official takes back what is not decided yet."""
    ids = send(session, actor, official)

    withdraw_corrections(session, acting(actor, official), ids)

    assert waiting_corrections(session, hr) == ([], None)
    with pytest.raises(CorrectionDecided):
        accept_corrections(session, hr, ids)


@pytest.mark.parametrize("decision", ["accepted", "refused", "withdrawn"])
def test_decided_correction_is_forgotten(
    session: Session, actor: Actor, official: Account, hr: Actor, decision: str
) -> None:
    """Once decided, neither the value nor the words of a correction are kept, and nothing decides it again."""
    ids = send(session, actor, official)
    steps: dict[str, Callable[[], None]] = {
        "accepted": lambda: accept_corrections(session, hr, ids),
        "refused": lambda: refuse_corrections(session, hr, [Refusal(ids[0], "Sai")]),
        "withdrawn": lambda: withdraw_corrections(session, acting(actor, official), ids),
    }
    steps[decision]()

    (row,) = session.scalars(select(Correction)).all()

    assert (row.state, row.value, row.note) == (decision, None, None)
    for again in steps.values():
        with pytest.raises(CorrectionDecided):
            again()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("phone", "12", "a phone number"),
        ("phone", "0912345678", "says already"),
        ("personal_mail", None, "says already"),
        ("full_name", None, "missing"),
        ("full_name", "1", "not a name"),
        ("category", "king", "not a category"),
        ("birth_date", "1990-05-01", "not a date"),
        ("state", "active", "not a field"),
        ("personal_id_index", "x", "not a field"),
    ],
)
def test_wrong_wish_is_refused_at_once(
    session: Session, actor: Actor, official: Account, field: str, value: object, reason: str
) -> None:
    """What could not stand in a record, or stands there, is not sent."""
    with pytest.raises(BadValue, match=reason):
        send(session, actor, official, Wish(field, value, "Sai"))


def test_wish_has_its_reason(session: Session, actor: Actor, official: Account) -> None:
    """A correction without a word of explanation is not sent."""
    with pytest.raises(BadValue, match="note"):
        send(session, actor, official, Wish("phone", "0987654321", "  "))


def test_every_field_of_a_record_can_be_corrected() -> None:
    """An official may say of each field of the record that it is wrong."""
    assert set(FIELDS) == RECORD_FIELDS - {"family", "middle", "given"}


def test_one_correction_of_a_field_waits_at_a_time(session: Session, actor: Actor, official: Account) -> None:
    """A second wish for the same field is refused while the first waits."""
    send(session, actor, official)

    with pytest.raises(CorrectionWaits):
        send(session, actor, official, Wish("phone", "0977777777", "Nữa"))


def test_nobody_decides_on_their_own(session: Session, actor: Actor, house: House, official: Account) -> None:
    """HR staff send corrections as everybody does, and others decide them."""
    give(session, official, "hr", house.department)
    ids = send(session, actor, official)

    with pytest.raises(NotAllowed):
        accept_corrections(session, acting(actor, official), ids)
    with pytest.raises(NotAllowed):
        read_correction(session, acting(actor, official), ids[0])
    assert count_waiting_corrections(session, acting(actor, official)) == 0


@pytest.mark.parametrize("role", [None, "head", "auditor", "elsewhere"])
def test_others_neither_see_nor_decide(
    session: Session, actor: Actor, house: House, official: Account, role: str | None
) -> None:
    """Who may not change the record is not told that there is a correction."""
    (account,) = hire(session, actor, house.elsewhere, "Lê Khác")
    if role:
        give(
            session,
            account,
            "hr" if role == "elsewhere" else role,
            house.elsewhere if role == "elsewhere" else house.department,
        )
    other, (id_,) = acting(actor, account), send(session, actor, official)

    assert waiting_corrections(session, other) == ([], None)
    assert count_waiting_corrections(session, other) == 0
    for step in (
        lambda: waiting_correction(session, other, id_),
        lambda: accept_corrections(session, other, [id_]),
        lambda: refuse_corrections(session, other, [Refusal(id_, "Sai")]),
        lambda: read_correction(session, other, id_),
        lambda: withdraw_corrections(session, other, [id_]),
    ):
        with pytest.raises(NotFound):
            step()


def test_only_the_active_send(session: Session, actor: Actor, house: House, official: Account) -> None:
    """Programs, the suspended and the system send nothing."""
    own = acting(actor, official)
    for who in (actor, replace(own, within=house.unit.id)):
        with pytest.raises(NotAllowed):
            send_corrections(session, who, [PHONE])
    suspend(session, actor, [official.id], "QĐ 1")
    with pytest.raises(NotAllowed):
        send_corrections(session, own, [PHONE])


def test_both_sides_are_told(session: Session, actor: Actor, official: Account, hr: Actor) -> None:
    """HR gets a notice of what was sent, the official one of the decision, and neither has a value in it."""
    ids = send(session, actor, official)
    accept_corrections(session, hr, ids)

    told = {(row.account_id, row.message): row.fields for row in session.scalars(select(Notice))}

    assert told[hr.account_id or 0, "correction_sent"] == {"official": "Nguyễn Văn An"}
    assert told[official.id, "correction_decided"] == {"field": "phone", "decision": "accepted"}
    assert "0987654321" not in str(told)


def test_nearest_hr_is_told(session: Session, actor: Actor, house: House, official: Account, hr: Actor) -> None:
    """Of several who could decide, HR of the nearest agency is told, not the operators above."""
    operator, above = hire(session, actor, house.province, "Lê Vận Hành", "Lê Trên")
    give(session, operator, "operator", house.province)
    give(session, above, "hr", house.province)

    send(session, actor, official)

    told = session.scalars(select(Notice.account_id).where(Notice.message == "correction_sent")).all()
    assert told == [hr.account_id]


def test_waiting_shows_only_a_mask_of_what_is_recorded(
    session: Session, actor: Actor, official: Account, hr: Actor
) -> None:
    """Beside what is asked for stands the present value, of personal data only a mask."""
    ids = send(session, actor, official, PHONE, Wish("title", "Trưởng phòng", "QĐ 7"))

    assert [waiting_correction(session, hr, each).present for each in ids] == ["091•••••78", "Chuyên viên"]


def test_list_of_waiting_costs_the_same_for_any_rows(
    session: Session, actor: Actor, house: House, official: Account, hr: Actor
) -> None:
    """A page of three costs as many statements as a page of one, and pages follow each other."""
    others = hire(session, actor, house.unit, "Lê Hai", "Lê Ba")
    ids = [send(session, actor, each)[0] for each in (official, *others)]

    session.flush()
    with statements(session) as one:
        first, after = waiting_corrections(session, hr, limit=1)
    with statements(session) as two:
        rest, end = waiting_corrections(session, hr, after, limit=2)

    assert len(one) == len(two) == 1
    assert ([each.public_id for each in (*first, *rest)], end) == (ids, None)


def test_new_agency_decides(session: Session, actor: Actor, house: House, official: Account, hr: Actor) -> None:
    """After a transfer, HR of the new agency sees what was sent before, and HR of the old one does not."""
    (account,) = hire(session, actor, house.elsewhere, "Lê Khác")
    give(session, account, "hr", house.elsewhere)
    send(session, actor, official)

    transfer(session, actor, [Transfer(official.official_id, house.elsewhere.id)])

    assert [count_waiting_corrections(session, who) for who in (hr, acting(actor, account))] == [0, 1]
