"""Mail of those who left: kept to the last day, then no longer, and never that of somebody who came back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import AuditEvent
from directory.base import Actor, start_of
from directory.lifecycle import (
    Leaving,
    Merging,
    Rehiring,
    RoleOpening,
    Setting,
    close_role_mailbox,
    consequences,
    end_keeping,
    leave,
    mail_to_remove,
    merge,
    note_removed,
    open_role_mailbox,
    rehire,
    set_policy,
)
from directory.mailboxes import Mailbox
from provisioning.outbox import Outbox
from tests.book import House, found_house, hire, mailbox_of
from tests.statements import is_one_waiting


def later(actor: Actor, session: Session, account: Account, days: int) -> Actor:
    """Give the same actor some days after the last on which the mail of an account is kept."""
    until = mailbox_of(session, account).kept_until
    assert until is not None
    return replace(actor, now=actor.now + (until - actor.today) + timedelta(days=days))


def events(session: Session, action: str) -> list[AuditEvent]:
    """Give the events of an action."""
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def test_mail_is_kept_to_the_end_of_the_last_day(session: Session, actor: Actor, gone: Account) -> None:
    """On the last day nothing ends; on the day after it does, once."""
    last, after = later(actor, session, gone, 0), later(actor, session, gone, 1)

    ended = [end_keeping(session, who) for who in (last, after, after)]

    assert ended == [0, 1, 0]


def test_no_more_ends_at_once(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """However PostgreSQL reads what is over, so many mailboxes end at once and no more."""
    [other] = hire(session, actor, house.department, "Trần Thị Bình")
    leave(session, actor, [Leaving(other.official_id)])
    after = later(actor, session, other, 1)
    for way in ("hashjoin", "mergejoin", "material", "hashagg", "sort", "memoize"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))

    ended = [end_keeping(session, after, size=1) for _ in range(3)]

    assert ended == [1, 1, 0]


def test_end_is_told_to_the_audit(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """The audit says of which account and mailbox, at the agency of the last post."""
    box = mailbox_of(session, gone)

    end_keeping(session, later(actor, session, gone, 1))

    (event,) = events(session, "mailbox.kept_no_longer")
    assert (event.subject, event.agency_id) == (f"account:{gone.number}", house.department.id)
    assert event.detail == {"mailbox": box.public_id, "kept_until": str(box.kept_until)}


def test_only_what_came_while_it_was_kept_is_removed(session: Session, actor: Actor, gone: Account) -> None:
    """The store is asked for mail from before the day after the last one."""
    after = later(actor, session, gone, 1)
    end_keeping(session, after)

    (kept,) = mail_to_remove(session)

    assert (kept.mailbox_id, kept.before) == (mailbox_of(session, gone).public_id, start_of(after.today))


def test_removal_is_noted_once(session: Session, actor: Actor, gone: Account) -> None:
    """What was removed is asked for no more, and told to the audit once."""
    after = later(actor, session, gone, 1)
    end_keeping(session, after)
    (kept,) = mail_to_remove(session)

    noted = [note_removed(session, after, [kept.id]) for _ in range(2)]

    assert (noted, mail_to_remove(session), len(events(session, "mailbox.emptied"))) == ([1, 0], [], 1)


def test_nothing_is_removed_that_was_not_ended(session: Session, actor: Actor, gone: Account) -> None:
    """Without the decision the store is asked for nothing and nothing can be noted."""
    box = mailbox_of(session, gone)

    assert (mail_to_remove(session), note_removed(session, actor, [box.id])) == ([], 0)


def test_mail_of_somebody_rehired_stays(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """Who came back before the mail was ended, however late, keeps it."""
    after = later(actor, session, gone, 30)
    rehire(session, after, [Rehiring(gone.official_id, house.department.id)])

    ended = end_keeping(session, replace(after, now=after.now + timedelta(days=400)))

    assert (ended, mail_to_remove(session)) == (0, [])


def test_store_is_not_asked_about_somebody_rehired(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """Who comes back between the decision and the store's turn has a mailbox that nobody empties any more."""
    after = later(actor, session, gone, 1)
    end_keeping(session, after)
    (kept,) = mail_to_remove(session)

    rehire(session, after, [Rehiring(gone.official_id, house.department.id)])

    box = mailbox_of(session, gone)
    assert (mail_to_remove(session), note_removed(session, after, [kept.id])) == ([], 0)
    assert (box.state, box.keeping_ended_at, box.mail_removed_at) == ("active", None, None)


def test_who_leaves_again_is_kept_anew(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """A mailbox that was emptied, used again and left again is kept for its time and then ended again."""
    after = later(actor, session, gone, 1)
    end_keeping(session, after)
    note_removed(session, after, [mailbox_of(session, gone).id])
    rehire(session, after, [Rehiring(gone.official_id, house.department.id)])
    leave(session, after, [Leaving(gone.official_id)])

    ended = [end_keeping(session, who) for who in (after, later(after, session, gone, 1))]

    assert ended == [0, 1]


@pytest.mark.parametrize(("days", "told"), [(0, "mail_is_back"), (1, "mail_is_gone")])
def test_who_rehires_is_told_what_is_in_the_mailbox(
    session: Session, actor: Actor, gone: Account, days: int, told: str
) -> None:
    """Before somebody is rehired the page says whether the mail of before is still there."""
    someday = later(actor, session, gone, days)
    end_keeping(session, someday)

    said = {each.code for each in consequences(session, someday, "rehire", gone.official_id)}

    assert said & {"mail_is_back", "mail_is_gone"} == {told}


@pytest.mark.parametrize(("title", "months"), [("Giám đốc Sở", 24), ("Chuyên viên", 1)])
def test_policy_of_the_position_decides(session: Session, actor: Actor, house: House, title: str, months: int) -> None:
    """Mail is kept as long as the policy says for the position that was held."""
    table = {"rules": [{"words": "giám đốc", "value": 24}], "default": 1}
    set_policy(session, actor, [Setting(house.province.id, "mailbox_kept_months", table)])
    (account,) = hire(session, actor, house.department, "Lê An")
    session.execute(text("UPDATE appointments SET title = :title"), {"title": title})
    session.expire_all()
    leave(session, actor, [Leaving(account.official_id)])

    ended = [
        end_keeping(session, replace(actor, now=actor.now + timedelta(days=days)))
        for days in (months * 30 - 5, months * 31 + 1)
    ]

    assert ended == [0, 1]


def test_others_are_left_alone(session: Session, actor: Actor, house: House) -> None:
    """Open mailboxes and closed role mailboxes are kept without an end."""
    (account,) = hire(session, actor, house.department, "Lê An")
    (role,) = open_role_mailbox(
        session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu.snv@tinh.gov.vn", [account.id])]
    )
    close_role_mailbox(session, actor, [role.id], "sắp xếp")

    assert end_keeping(session, replace(actor, now=actor.now + timedelta(days=4000))) == 0


def test_mail_of_a_merged_record_is_ended_too(session: Session, actor: Actor, house: House) -> None:
    """The mailbox of the record that was closed by a merge is kept for its time, and then no longer."""
    one, other = hire(session, actor, house.department, "Lê An", "Lê An")
    merge(session, actor, [Merging(one.official_id, other.official_id)])

    ended = end_keeping(session, later(actor, session, other, 1))

    assert (ended, len(events(session, "mailbox.kept_no_longer"))) == (1, 1)


def test_rehiring_that_is_under_way_wins(outbox: Outbox, actor: Actor) -> None:
    """While somebody is being rehired in another transaction, the mailbox is passed over; afterwards it is open."""
    with outbox.transaction() as session:
        official_id, department, after = _gone(session, actor)

    with outbox.transaction() as session:
        rehire(session, after, [Rehiring(official_id, department)])
        with outbox.transaction() as other:
            meanwhile = end_keeping(other, after)
    with outbox.transaction() as session:
        afterwards = end_keeping(session, after)

    assert (meanwhile, afterwards) == (0, 0)


def test_rehiring_waits_for_an_end_that_is_under_way(outbox: Outbox, actor: Actor) -> None:
    """Who is rehired while the mail is being ended has an open mailbox that nobody empties."""
    with outbox.transaction() as session:
        official_id, department, after = _gone(session, actor)

    def come_back() -> None:
        with outbox.transaction() as other:
            rehire(other, after, [Rehiring(official_id, department)])

    with ThreadPoolExecutor(1) as pool:
        with outbox.transaction() as session:
            ended = end_keeping(session, after)
            coming = pool.submit(come_back)
            _wait_for_a_lock(outbox)
        coming.result()
    with outbox.transaction() as session:
        (state, over) = session.execute(select(Mailbox.state, Mailbox.keeping_ended_at)).one()

    assert (ended, state, over) == (1, "active", None)


def _gone(session: Session, actor: Actor) -> tuple[int, int, Actor]:
    """Give an official who has left, the agency, and an actor of the day after the mail was kept last."""
    house = found_house(session, actor)
    (account,) = hire(session, actor, house.department, "Lê An")
    leave(session, actor, [Leaving(account.official_id)])
    return account.official_id, house.department.id, later(actor, session, account, 1)


def _wait_for_a_lock(outbox: Outbox) -> None:
    """Wait until a transaction waits for another one."""
    until = time.monotonic() + 60
    while not is_one_waiting(outbox.engine):
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'active', keeping_ended_at = now()",
        "kept_until = NULL, keeping_ended_at = now()",
        "mail_removed_at = now()",
        "keeping_ended_at = now(), mail_removed_at = now() - interval '1 day'",
    ],
)
def test_postgresql_keeps_the_order(session: Session, gone: Account, change: str) -> None:
    """Plain SQL ends the keeping of no open mailbox, and notes no removal that was not decided before."""
    with pytest.raises(IntegrityError, match=r"mailboxes_(keeping|removed)_check"):
        session.execute(
            text(f"UPDATE mailboxes SET {change} WHERE account_id = :id"),
            {"id": gone.id},
        )


def test_what_is_over_is_found_by_an_index(session: Session) -> None:
    """Looking for what is over reads no mailbox that is in use."""
    session.execute(text("SET LOCAL enable_seqscan = off"))

    plan = session.execute(
        text(
            "EXPLAIN SELECT id FROM mailboxes WHERE state = 'disabled' AND kept_until < current_date"
            " AND keeping_ended_at IS NULL AND mail_removed_at IS NULL"
        )
    ).scalars()

    assert "mailboxes_kept_idx" in "\n".join(plan)
