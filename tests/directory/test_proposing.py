"""Proposed addresses: which are free, and why those before them are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.base import Actor
from directory.errors import NotAllowed
from directory.lifecycle import Setting, examples, propose, set_policy
from directory.lifecycle.proposing import EXAMPLES, PassedOver
from tests.book import House, acting, give, hire


def passed_over(session: Session, actor: Actor, house: House, name: str = "Nguyễn Văn An") -> list[PassedOver]:
    """Give what is passed over for a name in the unit."""
    return list(propose(session, actor, house.unit.id, name).passed_over)


def test_owner_is_named(session: Session, actor: Actor, house: House) -> None:
    """Of an address that is taken, whoever looks after its owner is told the name."""
    hire(session, actor, house.department, "Nguyễn Văn An")

    (found,) = passed_over(session, actor, house)

    assert (found.address, found.obstacle, found.owner) == ("annv@tinh.gov.vn", "taken", "Nguyễn Văn An")


def test_owner_elsewhere_is_not_named(session: Session, actor: Actor, house: House) -> None:
    """Who looks after one unit only hears that the address is taken, not by whom outside it."""
    hire(session, actor, house.province, "Nguyễn Thị An", "Ngô Văn An", "Nguyễn Văn An")
    (staff,) = hire(session, actor, house.unit, "Lê Thị Tư")
    give(session, staff, "agency_it", house.unit)

    (found,) = passed_over(session, acting(actor, staff), house)

    assert (found.obstacle, found.owner) == ("taken", None)


def test_quarantine_says_its_last_day(session: Session, actor: Actor, house: House) -> None:
    """An address in quarantine says until when, and one whose quarantine is over that somebody had it."""
    hire(session, actor, house.department, "Nguyễn Văn An", "Nguyễn Văn An")
    rows = session.scalars(select(Address).order_by(Address.id)).all()[-2:]
    for row, days in zip(rows, (30, -1), strict=True):
        row.kind, row.valid_until = "quarantined", actor.today + timedelta(days=days)
    session.flush()

    found = passed_over(session, actor, house)

    assert [(each.obstacle, each.until) for each in found] == [
        ("quarantined", actor.today + timedelta(days=30)),
        ("used", actor.today - timedelta(days=1)),
    ]


def test_withheld_words_say_so(session: Session, actor: Actor, house: House) -> None:
    """What the policy keeps for role mailboxes or gives to nobody is passed over with that reason."""
    set_policy(
        session,
        actor,
        [
            Setting(house.province.id, "reserved_locals", ["annv"]),
            Setting(house.department.id, "forbidden_locals", ["an.nvsnv"]),
        ],
    )

    found = passed_over(session, actor, house)

    assert [(each.address.partition("@")[0], each.obstacle) for each in found] == [
        ("annv", "reserved"),
        ("annv.snv", "forbidden"),
    ]


def test_first_free_one_is_found_behind_many(session: Session, actor: Actor, house: House) -> None:
    """Where dozens of the same name came before, the proposal is still the address that would be given."""
    hire(session, actor, house.unit, *["Nguyễn Văn An"] * 60)

    proposed = propose(session, actor, house.unit.id, "Nguyễn Văn An").free[0].local
    (account,) = hire(session, actor, house.unit, "Nguyễn Văn An")

    newest = session.scalars(select(Address.address).order_by(Address.id.desc())).first()
    assert account.number
    assert proposed == newest == "annv59@tinh.gov.vn"


def test_proposals_need_the_right(session: Session, actor: Actor, house: House) -> None:
    """Who may not appoint at an agency learns nothing of its addresses."""
    (staff,) = hire(session, actor, house.unit, "Lê Thị Tư")
    give(session, staff, "agency_it", house.unit)

    with pytest.raises(NotAllowed):
        propose(session, acting(actor, staff), house.elsewhere.id, "Nguyễn Văn An")


def test_examples_show_every_pattern(session: Session, actor: Actor, house: House) -> None:
    """The examples say what each pattern makes of each name, with the short name of the unit."""
    found = dict(examples(session, actor, house.unit.id, ["{given}{initials}", "{full}.{unit}"]))

    assert list(found) == list(EXAMPLES)
    assert [each.local for each in found["H'Linh Byă"]][:3] == ["hlinhb", "hlinhbya.snv", "hlinhb2"]
