"""Random lives of officials over PostgreSQL: whatever is decided in whatever order, some things always hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, Row, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.errors import DirectoryError
from directory.lifecycle import (
    Granting,
    HandOver,
    Leaving,
    Merging,
    PostEnd,
    Posting,
    Rehiring,
    Renaming,
    RoleOpening,
    Setting,
    Transfer,
    assign,
    carry_out_days,
    end_posts,
    grant,
    hand_over,
    leave,
    merge,
    open_role_mailbox,
    rehire,
    reinstate,
    rename,
    set_policy,
    stay,
    suspend,
    transfer,
)
from directory.mailboxes import Mailbox
from tests.book import House, found_house, hire, mailbox_of
from tests.conftest import KEYS
from tests.directory.test_suspension import app_password, sign_in

PEOPLE = 3
WHO = st.integers(0, PEOPLE - 1)
DAYS = st.one_of(st.none(), st.integers(-2, 4))
AGENCY = st.sampled_from(["department", "unit", "elsewhere"])
LIVES = settings(
    max_examples=int(os.environ.get("CONGVU_LIVES", "15")),
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
"""CONGVU_LIVES=2000 tries that many."""

NEVER = {
    "an address has two owners, or one that is kept from others is in use": """
        SELECT address FROM addresses WHERE kind <> 'reserved' GROUP BY address HAVING count(*) > 1""",
    "a mailbox has two primary addresses": """
        SELECT mailbox_id FROM addresses WHERE kind = 'primary' GROUP BY mailbox_id HAVING count(*) > 1""",
    "an open personal mailbox has no primary address": """
        SELECT mailboxes.id FROM mailboxes WHERE account_id IS NOT NULL AND state <> 'disabled' AND NOT EXISTS
          (SELECT FROM addresses WHERE mailbox_id = mailboxes.id AND kind = 'primary')""",
    "somebody who left has a living session, app password, token, secret, role or role mailbox": """
        SELECT accounts.id FROM accounts WHERE state = 'disabled' AND (
          EXISTS (SELECT FROM sessions WHERE account_id = accounts.id AND ended_at IS NULL)
          OR EXISTS (SELECT FROM app_passwords WHERE account_id = accounts.id AND revoked_at IS NULL)
          OR EXISTS (SELECT FROM api_tokens WHERE account_id = accounts.id AND revoked_at IS NULL)
          OR EXISTS (SELECT FROM passwords WHERE account_id = accounts.id)
          OR EXISTS (SELECT FROM grants WHERE account_id = accounts.id AND coalesce(valid_to > :today, true))
          OR EXISTS (SELECT FROM holdings WHERE account_id = accounts.id AND coalesce(valid_to > :today, true)))""",
    "somebody who left holds a post": """
        SELECT accounts.id FROM accounts JOIN appointments USING (official_id) WHERE state = 'disabled'
           AND valid_from <= :today AND coalesce(valid_to > :today, true)""",
    "somebody in service has no primary post": """
        SELECT accounts.id FROM accounts WHERE state <> 'disabled' AND NOT EXISTS
          (SELECT FROM appointments WHERE official_id = accounts.official_id AND kind = 'primary'
              AND coalesce(valid_to > :today, true))""",
    "a mailbox is open whose account is closed, or the other way round": """
        SELECT accounts.id FROM accounts JOIN mailboxes ON mailboxes.account_id = accounts.id
         WHERE (accounts.state = 'disabled') <> (mailboxes.state = 'disabled')""",
    "an open mailbox forwards, or one that is kept no longer": """
        SELECT id FROM mailboxes WHERE forward_to IS NOT NULL AND state = 'disabled' AND kept_until < :today""",
    "an official has no account any more, or another one": """
        SELECT accounts.id FROM accounts JOIN before ON before.id = accounts.id AND before.number <> accounts.number""",
    "a merged record is in service": """
        SELECT officials.id FROM officials JOIN appointments ON official_id = officials.id
         WHERE merged_into_id IS NOT NULL AND coalesce(valid_to > :today, true)""",
    "a role mailbox is opened by an app password of somebody who does not hold it": """
        SELECT app_passwords.id FROM app_passwords JOIN mailboxes ON mailboxes.id = mailbox_id AND kind = 'role'
         WHERE revoked_at IS NULL AND NOT EXISTS (SELECT FROM holdings WHERE holdings.mailbox_id = mailboxes.id
           AND holdings.account_id = app_passwords.account_id AND valid_from <= :today
           AND coalesce(valid_to > :today, true))""",
}
"""What no life may lead to, once the days that have begun are carried out."""


class Lives(RuleBasedStateMachine):
    """Three officials, two of them with the same name, a role mailbox, and days that pass."""

    engine: Engine
    actor: Actor

    @initialize()
    def begin(self) -> None:
        """Hire people in a book that is rolled back at the end."""
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.session = Session(self.connection, info={"keys": KEYS}, join_transaction_mode="create_savepoint")
        self.now = self.actor
        self.house: House = found_house(self.session, self.now)
        set_policy(self.session, self.now, [Setting(self.house.elsewhere.id, "keep_address", value=False)])
        set_policy(self.session, self.now, [Setting(self.house.elsewhere.id, "alias_days", 2)])
        set_policy(self.session, self.now, [Setting(self.house.elsewhere.id, "quarantine_days", 3)])
        names = ("Nguyễn Văn An", "Nguyễn Văn An", "Lê Bình")
        self.people = hire(self.session, self.now, self.house.department, *names)
        opening = RoleOpening(self.house.department.id, "Văn thư", "vanthu@tinh.gov.vn")
        self.role: Mailbox = open_role_mailbox(self.session, self.now, [opening])[0]
        self.session.execute(text("CREATE TEMPORARY TABLE before ON COMMIT DROP AS SELECT id, number FROM accounts"))

    @rule(who=WHO, days=DAYS, forwards=st.booleans())
    def leave(self, who: int, days: int | None, *, forwards: bool) -> None:
        """Somebody leaves, at once or at a date, perhaps with a successor."""
        to = "vanthu@tinh.gov.vn" if forwards else None
        day = self.now.today + timedelta(days=days) if days is not None else None
        self.twice(lambda: leave(self.session, self.now, [Leaving(self.official(who), day, to)]))

    @rule(who=WHO)
    def stay(self, who: int) -> None:
        """A leaving to come is taken back."""
        self.twice(lambda: stay(self.session, self.now, [self.official(who)]))

    @rule(who=WHO, where=AGENCY)
    def rehire(self, who: int, where: str) -> None:
        """Somebody comes back."""
        goal = getattr(self.house, where).id
        self.twice(lambda: rehire(self.session, self.now, [Rehiring(self.official(who), goal)]))

    @rule(who=WHO, where=AGENCY, days=st.integers(0, 3))
    def transfer(self, who: int, where: str, days: int) -> None:
        """Somebody moves, today or in some days."""
        day = self.now.today + timedelta(days=days)
        self.tried(
            lambda: transfer(
                self.session, self.now, [Transfer(self.official(who), getattr(self.house, where).id, valid_from=day)]
            )
        )

    @rule(who=WHO, name=st.sampled_from(["Nguyễn Văn An", "Trần Văn Chi"]))
    def rename(self, who: int, name: str) -> None:
        """Somebody gets another name and an address made from it."""
        self.twice(lambda: rename(self.session, self.now, [Renaming(self.official(who), name, new_address=True)]))

    @rule(who=WHO, kind=st.sampled_from(["concurrent", "acting", "secondment"]), days=st.integers(0, 3))
    def post(self, who: int, kind: str, days: int) -> None:
        """Somebody gets another post for some days."""
        posting = Posting(
            self.official(who), self.house.elsewhere.id, kind, last_day=self.now.today + timedelta(days=days)
        )
        self.tried(lambda: assign(self.session, self.now, [posting]))

    @rule(who=WHO)
    def end_posts(self, who: int) -> None:
        """The other posts of somebody end today."""
        ids = self.rows("SELECT id FROM appointments WHERE official_id = :official AND kind <> 'primary'", who)
        for (post_id,) in ids:
            self.twice(lambda post_id=post_id: end_posts(self.session, self.now, [PostEnd(post_id)]))

    @rule(who=WHO)
    def suspend(self, who: int) -> None:
        """Somebody is suspended, or the suspension taken back."""
        verb = reinstate if self.account(who).state == "suspended" else suspend
        self.tried(lambda: verb(self.session, self.now, [self.account(who).id], "thử"))

    @rule(who=WHO, days=st.integers(0, 3))
    def hand_over(self, who: int, days: int) -> None:
        """The role mailbox goes to somebody, today or later."""
        since = self.now.today + timedelta(days=days)
        wish = HandOver(self.role.id, [self.account(who).id], since)
        self.twice(lambda: hand_over(self.session, self.now, [wish]))

    @rule(one=WHO, other=WHO)
    def merge(self, one: int, other: int) -> None:
        """Two records become one."""
        wish = Merging(self.official(one), self.official(other))
        self.twice(lambda: merge(self.session, self.now, [wish]))

    @precondition(lambda self: hasattr(self, "people"))
    @rule(who=WHO, on_role=st.booleans())
    def use(self, who: int, *, on_role: bool) -> None:
        """Somebody in service signs in, gets a role, and an app password for a mailbox that they may open."""
        account = self.account(who)
        if account.state != "active" or not account.is_in_service_on(self.now.today):
            return
        held = "SELECT 1 FROM holdings JOIN accounts ON accounts.id = account_id WHERE official_id = :official"
        holds = self.rows(held + " AND valid_from <= :today AND coalesce(valid_to > :today, true)", who)
        self.session.execute(text("DELETE FROM sessions WHERE account_id = :id"), {"id": account.id})
        sign_in(self.session, self.now, account)
        grant(self.session, self.now, [Granting(account.id, "hr", self.house.unit.id)])
        mailbox = self.role if on_role and holds else mailbox_of(self.session, account)
        app_password(self.session, self.now, account, mailbox)

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        """Days pass before anybody looks."""
        self.now = replace(self.now, now=self.now.now + timedelta(days=days))

    @invariant()
    def what_must_not_be_is_not(self) -> None:
        """Carry out the days, and ask for everything that may never be; PostgreSQL asks as at the end of each."""
        if not hasattr(self, "people"):
            return
        while carry_out_days(self.session, self.now):
            pass
        self.session.flush()
        for told, query in NEVER.items():
            found = self.session.execute(text(query), {"today": self.now.today}).all()
            assert not found, f"{told}: {found}"
        self.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"))
        self.session.expire_all()

    def teardown(self) -> None:
        """Forget this life."""
        if hasattr(self, "session"):
            self.session.close()
            self.transaction.rollback()
            self.connection.close()

    def account(self, who: int) -> Account:
        """Give the account of somebody as it is now."""
        account = self.people[who]
        self.session.refresh(account)
        return account

    def official(self, who: int) -> int:
        """Give the record that somebody's account belongs to now."""
        return self.account(who).official_id

    def rows(self, query: str, who: int) -> list[Row[tuple[int]]]:
        """Ask something about an official."""
        return list(self.session.execute(text(query), {"official": self.official(who), "today": self.now.today}).all())

    def tried(self, verb: Callable[..., object]) -> bool:
        """Do something; the book may refuse it by name, and then nothing has changed."""
        try:
            with self.session.begin_nested():
                verb()
        except DirectoryError:
            return False
        return True

    def twice(self, verb: Callable[..., object]) -> None:
        """Do something, and the same again: that is refused or changes nothing."""
        if not self.tried(verb):
            return
        before = self.state()
        self.tried(verb)
        assert self.state() == before

    def state(self) -> list[list[Row[tuple[object, ...]]]]:
        """Give everything that a repeated verb must leave as it is."""
        self.session.flush()
        tables = {
            "accounts": "id, official_id, state, credential_version",
            "mailboxes": "id, state, kept_until, forward_to",
            "addresses": "id, address, kind, mailbox_id, valid_until",
            "appointments": "official_id, agency_id, kind, title, valid_from, valid_to",
            "holdings": "account_id, valid_from, valid_to",
            "grants": "id, valid_to",
            "officials": "id, full_name, leaves_on, merged_into_id",
            "app_passwords": "id, revoked_at",
        }
        asked = (f"SELECT {columns} FROM {table} ORDER BY {columns}" for table, columns in tables.items())
        return [list(self.session.execute(text(query)).all()) for query in asked]


@pytest.mark.slow
def test_every_life_keeps_what_must_hold(shared_engine: Engine, actor: Actor) -> None:
    """No order of decisions and days leads to what may never be, and nothing done twice changes more than once."""
    run_state_machine_as_test(type("Bound", (Lives,), {"engine": shared_engine, "actor": actor}), settings=LIVES)
