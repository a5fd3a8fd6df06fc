"""The agency tree, role mailboxes, the audit and the start page's figures, as far as the actor may see."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.errors import NotAllowed, NotFound
from directory.lifecycle import (
    Declaration,
    HandOver,
    Leaving,
    Newcomer,
    RoleOpening,
    declare_headcount,
    enlist,
    hand_over,
    leave,
    open_role_mailbox,
    suspend,
)
from directory.reorganisation import Plan, reorganise
from directory.role_mailboxes import role_mailbox, role_mailboxes
from directory.tallies import in_view
from directory.trail import trail
from directory.tree import below, sheet_of, tops
from tests.book import House, acting, give, hire
from tests.statements import statements


@pytest.fixture
def auditor(session: Session, actor: Actor, house: House) -> Actor:
    """Give the auditor of the department as actor."""
    (account,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, account, "auditor", house.department)
    return acting(actor, account)


def test_tree_begins_at_the_actors_agencies(session: Session, actor: Actor, house: House, auditor: Actor) -> None:
    """The system's view begins at the top, a person's at the agencies of the own roles."""
    assert [node.name for node in tops(session, actor)] == ["Tỉnh Một", "Tỉnh Khác"]
    assert [node.name for node in tops(session, auditor)] == ["Sở Nội vụ"]


def test_tree_counts_whole_subtrees(session: Session, actor: Actor, house: House) -> None:
    """A node counts the officials and accounts of everything below it, each once."""
    hire(session, actor, house.unit, "Lê An", "Lê Bình")
    (gone,) = hire(session, actor, house.department, "Lê Nghỉ")
    leave(session, actor, [Leaving(gone.official_id, reason="Nghỉ hưu")])
    enlist(session, actor, [Newcomer(house.department.id, "Lê Chi")])

    (node,) = below(session, actor, house.province.id)

    assert (node.name, node.officials, node.accounts, node.has_children) == ("Sở Nội vụ", 3, 2, True)


def test_agency_below_another_with_a_like_number_is_not_counted(session: Session, actor: Actor, house: House) -> None:
    """Nobody sees what is below a neighbour."""
    (account,) = hire(session, actor, house.elsewhere, "Lê Giang")
    give(session, account, "operator", house.elsewhere)

    assert below(session, acting(actor, account), house.province.id) == []


def test_sheet_shows_way_headcount_domains(session: Session, actor: Actor, house: House, auditor: Actor) -> None:
    """The sheet of an agency shows where it stands, its declared headcount and the domains it uses."""
    declare_headcount(session, actor, [Declaration(house.department.id, 55, date(2026, 1, 1), "QĐ 12")])

    sheet = sheet_of(session, auditor, house.department.public_id)

    assert [(step.name, step.is_open) for step in sheet.way] == [("Tỉnh Một", False)]
    assert (sheet.posts, sheet.posts_decision) == (55, "QĐ 12")
    assert [(domain.name, domain.is_inherited) for domain in sheet.domains] == [("tinh.gov.vn", True)]
    assert [node.name for node in sheet.children] == ["Phòng Tổ chức"]


def test_sheet_names_what_was_taken_over(session: Session, actor: Actor, house: House) -> None:
    """The sheets of two agencies name each other after a merger, and the old domain stands with the new one."""
    plan = Plan([house.elsewhere.id], date(2025, 7, 1), [house.province.id], receives_until=date(2027, 1, 1))
    reorganise(session, actor, [plan])

    new, old = (sheet_of(session, actor, agency.public_id) for agency in (house.province, house.elsewhere))

    assert [step.name for step in new.predecessors] == ["Tỉnh Khác"]
    assert [step.name for step in old.successors] == ["Tỉnh Một"]
    assert [(domain.name, domain.state) for domain in new.domains] == [
        ("tinh.gov.vn", "active"),
        ("khac.gov.vn", "retiring"),
    ]


def test_foreign_sheet_is_not_found(session: Session, house: House, auditor: Actor) -> None:
    """The sheet of an agency above or beside one's own looks as if there were none."""
    for agency in (house.province, house.elsewhere):
        with pytest.raises(NotFound):
            sheet_of(session, auditor, agency.public_id)


def test_sheet_costs_the_same_for_any_children(session: Session, actor: Actor, house: House) -> None:
    """A sheet takes as many statements with children as without."""
    with statements(session) as with_children:
        sheet_of(session, actor, house.province.public_id)
    with statements(session) as without:
        sheet_of(session, actor, house.unit.public_id)

    assert len(with_children) == len(without)


def test_role_mailboxes_show_their_holders(session: Session, actor: Actor, house: House, auditor: Actor) -> None:
    """The list shows each role mailbox in view with its address and holders of today."""
    first, second = hire(session, actor, house.unit, "Lê An", "Lê Bình")
    opened = open_role_mailbox(
        session,
        actor,
        [
            RoleOpening(house.department.id, "Văn thư", "vanthu.snv@tinh.gov.vn", [first.id]),
            RoleOpening(house.elsewhere.id, "Một cửa", "motcua@khac.gov.vn"),
        ],
    )
    hand_over(session, actor, [HandOver(opened[0].id, [second.id])])

    (shown,) = role_mailboxes(session, auditor).mailboxes

    assert (shown.name, shown.address, [holder.full_name for holder in shown.holders]) == (
        "Văn thư",
        "vanthu.snv@tinh.gov.vn",
        ["Lê Bình"],
    )
    ever = role_mailbox(session, auditor, shown.public_id).holders
    assert {holder.full_name for holder in ever} == {"Lê An", "Lê Bình"}
    with pytest.raises(NotFound):
        role_mailbox(session, auditor, opened[1].public_id)


def test_role_mailboxes_follow_page_by_page(session: Session, actor: Actor, house: House) -> None:
    """Each role mailbox stands on one page."""
    names = ["Một cửa", "Tiếp dân", "Văn thư"]
    open_role_mailbox(
        session, actor, [RoleOpening(house.unit.id, name, f"rm{n}@tinh.gov.vn") for n, name in enumerate(names)]
    )

    first = role_mailboxes(session, actor, limit=2)
    rest = role_mailboxes(session, actor, after=first.after, limit=2)

    assert [each.name for each in (*first.mailboxes, *rest.mailboxes)] == names
    assert rest.after is None


def test_audit_is_read_newest_first_with_names(session: Session, actor: Actor, house: House, auditor: Actor) -> None:
    """An auditor reads who did what to whom in the own agencies, the newest first."""
    (account,) = hire(session, actor, house.unit, "Lê An")
    (officer,) = hire(session, actor, house.department, "Lê Giang")
    give(session, officer, "agency_it", house.department)
    suspend(session, acting(actor, officer), [account.id], "Thử")

    event = trail(session, auditor).events[0]

    assert (event.actor_name, event.action, event.subject_name) == ("Lê Giang", "account.suspended", "Lê An")
    assert (event.agency_name, event.detail) == ("Phòng Tổ chức", {"reason": "Thử"})


def test_audit_of_others_is_not_read(session: Session, actor: Actor, house: House, auditor: Actor) -> None:
    """Events of other agencies are not in an auditor's list, and without the role there is none."""
    (account,) = hire(session, actor, house.elsewhere, "Lê An")
    give(session, account, "agency_it", house.elsewhere)

    agencies = {event.agency_name for event in trail(session, auditor, limit=500).events}

    assert agencies == {"Sở Nội vụ", "Phòng Tổ chức"}
    with pytest.raises(NotAllowed):
        trail(session, acting(actor, account))


def test_audit_follows_page_by_page(session: Session, actor: Actor, house: House) -> None:
    """Each event stands on one page."""
    hire(session, actor, house.unit, "Lê An", "Lê Bình")
    every = [event.id for event in trail(session, actor, limit=500).events]

    first = trail(session, actor, limit=4)
    second = trail(session, actor, before=first.before, limit=500)

    assert [event.id for event in (*first.events, *second.events)] == every
    assert trail(session, actor, action="account.opened").events[0].action == "account.opened"


def test_start_page_counts_what_is_in_view(session: Session, actor: Actor, house: House, auditor: Actor) -> None:
    """The figures are those of the actor's agencies, by state of the account."""
    hire(session, actor, house.unit, "Lê An", "Lê Bình", state="pending")
    (shut,) = hire(session, actor, house.unit, "Lê Dung")
    suspend(session, actor, [shut.id], "Thử")
    enlist(session, actor, [Newcomer(house.unit.id, "Lê Em")])
    hire(session, actor, house.elsewhere, "Lê Giang")
    open_role_mailbox(session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn")])

    figures = in_view(session, auditor)

    assert (figures.agencies, figures.officials, figures.without_account) == (2, 5, 1)
    assert (figures.pending, figures.active, figures.suspended) == (2, 1, 1)
    assert (figures.role_mailboxes, figures.without_holder) == (1, 1)
