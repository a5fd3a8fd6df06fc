"""Agencies end while somebody is busy with what is theirs: all take subjects before agencies, and none is ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.desired.values import Key
from directory.due import Subject, mark
from directory.lifecycle import Change, NewDomain, add_domain, change
from directory.lifecycle.days import revoke_after_holdings
from directory.mailboxes import Holding, Mailbox
from directory.reorganisation import Move, Recoding, move, recode
from provisioning.reconcile import linking
from provisioning.reconcile.status import try_again
from tests.engines import Engine
from tests.reconcile.old_entries import adopted, number, proposed
from tests.reconcile.test_crossing import Others, end_agency, others
from tests.reconcile.test_orders import keys

__all__ = ["adopted", "keys", "number", "others"]
ESTATE: tuple[Subject, ...] = ("mailbox", "domain", "mailing_list")
"""What an agency leaves behind that has entries, in the common order."""


@pytest.fixture
def estate(engine: Engine, keys: dict[str, Sequence[Key]]) -> dict[Subject, int]:
    """Give what the department leaves behind: a role mailbox, a domain and a mailing list."""
    with engine.outbox.transaction() as session:
        department = session.scalars(select(Agency.id).where(Agency.code == "H36.05")).one()
        [domain] = add_domain(session, engine.actor, [NewDomain(department, "snv.gov.vn")])
        return {"mailbox": keys["mailbox"][0][1], "domain": domain.id, "mailing_list": keys["mailing_list"][0][1]}


def end_department(engine: Engine) -> None:
    """Let the department become part of a new one."""
    with engine.outbox.transaction() as session:
        end_agency(session, engine.actor)


@pytest.mark.parametrize(("first", "then"), list(combinations(ESTATE, 2)))
def test_agency_ends_while_its_subjects_are_marked(
    engine: Engine, others: Others, estate: dict[Subject, int], first: Subject, then: Subject
) -> None:
    """Whoever marks subjects of an agency in the common order, and a reorganisation that hands them over, end both."""
    with engine.outbox.transaction() as session:
        mark(session, engine.actor, first, [estate[first]])
        others.start(lambda: end_department(engine))
        mark(session, engine.actor, then, [estate[then]])

    assert others.ended() == []


@pytest.mark.parametrize("subject", ESTATE)
def test_agency_ends_while_somebody_writes_of_it(
    engine: Engine, others: Others, estate: dict[Subject, int], subject: Subject
) -> None:
    """Whoever has marked what belongs to an agency and then writes of the agency, and a reorganisation, end both."""
    with engine.outbox.transaction() as session:
        department = session.scalars(select(Agency.id).where(Agency.code == "H36.05")).one()
        mark(session, engine.actor, subject, [estate[subject]])
        others.start(lambda: end_department(engine))
        record(session, engine.actor, "entry.retried", f"{subject}:{estate[subject]}", department)

    assert others.ended() == []


def close_while(
    engine: Engine, others: Others, key: tuple[Subject, int], act: Callable[[Session, Actor], object]
) -> None:
    """Close all agencies to whoever writes of them, as a reorganisation does that has locked a subject, while somebody
    has begun something with the subject.
    """

    def begin() -> None:
        with engine.outbox.transaction() as session:
            act(session, engine.actor)

    with engine.outbox.transaction() as session:
        mark(session, engine.actor, key[0], [key[1]])
        others.start(begin)
        session.execute(select(Agency.id).order_by(Agency.id).with_for_update())


@pytest.mark.parametrize("subject", ["account", "mailbox"])
def test_somebody_tries_again_while_an_agency_ends(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]], subject: Subject
) -> None:
    """Whoever has an entry tried again marks it before that is written of its agency."""
    with engine.outbox.transaction() as session:
        account = select(Account.number).where(Account.id == keys["account"][0][1])
        box = select(Mailbox.public_id).where(Mailbox.id == keys["mailbox"][0][1])
        ref = session.scalars(account if subject == "account" else box).one()

    key = (subject, keys[subject][0][1])
    close_while(engine, others, key, lambda session, actor: try_again(session, actor, [(subject, ref)]))

    assert others.ended() == []


def test_link_is_confirmed_while_an_agency_ends(engine: Engine, others: Others, number: str) -> None:
    """Whoever confirms a link marks the account before that is written of its agency."""
    refs = proposed(engine)
    with engine.outbox.transaction() as session:
        account_id = engine.account(session, number).id

    with engine.kept_still():
        close_while(
            engine, others, ("account", account_id), lambda session, actor: linking.confirm(session, actor, refs)
        )

        assert others.ended() == []


def test_link_is_undone_while_an_agency_ends(engine: Engine, others: Others, adopted: str) -> None:
    """Whoever undoes a link marks the account before that is written of its agency."""
    with engine.outbox.transaction() as session:
        account_id = engine.account(session, adopted).id

    close_while(engine, others, ("account", account_id), lambda session, actor: linking.undo(session, actor, adopted))

    assert others.ended() == []


def test_holding_is_over_while_an_agency_ends(engine: Engine, others: Others, keys: dict[str, Sequence[Key]]) -> None:
    """The night that revokes app passwords after a holding marks the mailbox before that is written of its agency."""
    mailbox_id = keys["mailbox"][0][1]
    with engine.outbox.transaction() as session:
        holder = session.scalars(select(Account.number).join(Holding).where(Holding.mailbox_id == mailbox_id)).one()
    engine.app_password(holder, mailbox_id)
    with engine.outbox.transaction() as session:
        session.execute(update(Holding).values(valid_to=engine.actor.today))

    close_while(engine, others, ("mailbox", mailbox_id), revoke_after_holdings)

    assert others.ended() == []


def test_record_is_changed_while_an_agency_changes(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]]
) -> None:
    """Whoever changes somebody's record locks the account before that is written of its agency."""
    account_id = keys["account"][0][1]
    with engine.outbox.transaction() as session:
        official_id = session.scalars(select(Account.official_id).where(Account.id == account_id)).one()
    wish = Change(official_id, {"full_name": "Nguyễn Văn Khác"})

    close_while(engine, others, ("account", account_id), lambda session, actor: change(session, actor, [wish]))

    assert others.ended() == []


@pytest.mark.parametrize("subject", ["account", "mailbox"])
@pytest.mark.parametrize("what", ["code", "place"])
def test_agency_changes_while_somebody_writes_of_it(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]], subject: Subject, what: str
) -> None:
    """Whoever has marked what shows an agency's code and then writes of the agency, and who changes that, end both."""
    with engine.outbox.transaction() as session:
        places = {agency.code: agency.id for agency in session.scalars(select(Agency))}

    def begin() -> None:
        with engine.outbox.transaction() as session:
            if what == "code":
                recode(session, engine.actor, [Recoding(places["H36.05"], "H36.06")])
            else:
                move(session, engine.actor, [Move(places["H36.05"], places["H37"])])

    with engine.outbox.transaction() as session:
        mark(session, engine.actor, subject, [keys[subject][0][1]])
        others.start(begin)
        record(session, engine.actor, "entry.retried", f"{subject}:{keys[subject][0][1]}", places["H36.05"])

    assert others.ended() == []
