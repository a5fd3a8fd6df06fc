"""Four hundred names with every trap, as a table and as properties, and random histories of addresses."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import LOCAL, LOCAL_LIMIT, Address
from directory.agencies import Agency
from directory.base import Actor, system
from directory.errors import DirectoryError
from directory.lifecycle import Newcomer, Setting, appoint, propose, set_policy
from directory.mailboxes import Mailbox
from directory.naming import Withheld, bar, candidates, normal_name, proposals, split_name
from tests.book import House
from tests.directory.names400 import COLUMNS, FILE, lines

ROWS = [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in FILE.read_text(encoding="utf-8").splitlines()[1:]]
PATTERNS = {
    "given+initials": "{given}{initials}",
    "initials+given": "{initials}{given}",
    "full name": "{full}",
    "given.rest": "{given}.{family}{middle}",
}
USUAL = ["{given}{initials}", "{given}{initials}.{unit}", "{given}.{family}{middle}", "{full}{n}"]
WITHHELD = Withheld(frozenset({"anl", "hienhtnd"}), frozenset({"lean"}))
typed_names = st.sampled_from([row["typed"] for row in ROWS])


def test_table_has_four_hundred_different_names() -> None:
    """The table holds at least 400 names, each typed in its own way, and is what its program writes."""
    assert FILE.read_text(encoding="utf-8").splitlines() == lines()
    assert len({row["typed"] for row in ROWS}) >= 400


def test_table_has_every_way_of_typing() -> None:
    """Names in one piece, with all marks apart, with the tone apart, in capitals and in small letters are there."""
    typed = [row["typed"] for row in ROWS]
    apart = [each for each in typed if each != unicodedata.normalize("NFC", each)]

    assert sum(each == unicodedata.normalize("NFD", each) for each in apart) >= 50
    assert sum(each != unicodedata.normalize("NFD", each) for each in apart) >= 50
    assert sum(map(str.isupper, typed)) >= 50
    assert sum(map(str.islower, typed)) >= 50


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row["typed"]))
def test_name_is_read_and_addressed(row: dict[str, str]) -> None:
    """Each name comes to its one spelling, its parts, and the local part that an office would give by hand."""
    name = split_name(row["typed"])
    locals_ = {column: next(proposals(name, [pattern])).local for column, pattern in PATTERNS.items()}

    assert normal_name(row["typed"]) == row["full"]
    assert (name.family, name.middle, name.given) == (row["family"], row["middle"], row["given"])
    assert locals_ == {column: row[column] for column in PATTERNS}


@given(typed_names, st.permutations(USUAL[:3]), st.sampled_from([None, "SNV", "Đam Rông 1", "Ỷ-Ẵ"]))
def test_candidates_are_legal_plain_and_allowed(typed: str, patterns: list[str], unit: str | None) -> None:
    """Whatever the name, patterns and unit: plain ASCII, legal, short enough, not withheld, no two alike."""
    found = [each.local for each in islice(candidates(split_name(typed), patterns, unit, WITHHELD), 15)]

    assert all(each.isascii() and LOCAL.match(each) and len(each) <= LOCAL_LIMIT for each in found)
    assert all(each == each.lower() and ".." not in each for each in found)
    assert not [each for each in found if bar(each, WITHHELD)]
    assert len(set(found)) == len(found)


@given(typed_names)
def test_spelling_of_a_name_does_not_change_its_address(typed: str) -> None:
    """However a name is composed and typed, it gives the same candidates, every time."""
    spellings = [unicodedata.normalize(form, typed) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    found = {
        tuple(each.local for each in islice(candidates(split_name(spelling), USUAL, "SNV"), 6))
        for spelling in [*spellings, typed.upper(), *spellings]
    }

    assert len(found) == 1


class Addresses(RuleBasedStateMachine):
    """Officials come and leave, days pass, addresses are wanted and policies change, over PostgreSQL."""

    session: Session
    house: House
    now: Actor

    @initialize()
    def begin(self) -> None:
        """Begin with the small book, which the next history gets unchanged."""
        self.savepoint = self.session.begin_nested()
        self.clock = self.now
        self.owners: dict[str, set[int]] = {}
        self.asked_for: set[str] = set()
        self.withheld = Withheld()

    @property
    def agencies(self) -> list[Agency]:
        """Give the agencies of one domain."""
        return [self.house.department, self.house.unit]

    @rule(
        name=st.sampled_from(["Nguyễn Văn An", "Nguyê\u0303n Va\u0306n An", "Văn Thư", "K'Brêu", "Y Thanh"]),
        at=st.integers(0, 1),
    )
    def newcomer(self, name: str, at: int) -> None:
        """Appoint somebody: what is given is what was proposed, and nobody ever had it."""
        agency = self.agencies[at]
        proposed = propose(self.session, self.clock, agency.id, name).free[0].local
        (account,) = appoint(self.session, self.clock, [Newcomer(agency.id, name)])
        address = self.address_of(account)
        assert address == proposed
        assert address not in self.owners
        assert bar(address.partition("@")[0], self.withheld) is None
        self.owners[address] = {account.id}

    @rule(local=st.sampled_from(["annv", "annv2", "annv.snv", "nguyenvanan2", "kbreu", "thuv", "vanthu3", "bachu"]))
    def wanted(self, local: str) -> None:
        """Want an address: it is given if its quarantine is over or nobody had it, and never during it."""
        address = f"{local}@tinh.gov.vn"
        row = self.session.scalar(select(Address).where(Address.address == address))
        is_free = row is None or (
            row.kind == "quarantined" and row.valid_until is not None and row.valid_until < self.clock.today
        )
        savepoint = self.session.begin_nested()
        try:
            (account,) = appoint(self.session, self.clock, [Newcomer(self.house.unit.id, "Lê Thị Ba", address=address)])
        except DirectoryError:
            savepoint.rollback()
            assert not is_free or bar(local, self.withheld)
        else:
            savepoint.commit()
            assert is_free
            assert bar(local, self.withheld) is None
            self.owners.setdefault(address, set()).add(account.id)
            self.asked_for.add(address)

    @rule(days=st.integers(0, 400))
    def leaver(self, days: int) -> None:
        """Put the oldest address that is in use into quarantine, as leaving does."""
        row = self.session.scalar(select(Address).where(Address.kind == "primary").order_by(Address.id).limit(1))
        if row is not None:
            row.kind, row.valid_until = "quarantined", self.clock.today + timedelta(days=days)
            self.session.flush()

    @rule(days=st.integers(1, 200))
    def days_pass(self, days: int) -> None:
        """Let time pass."""
        self.clock = replace(self.clock, now=self.clock.now + timedelta(days=days))

    @rule(
        word=st.sampled_from(["bachu", "kbreu", "annv"]), name=st.sampled_from(["reserved_locals", "forbidden_locals"])
    )
    def withhold(self, word: str, name: str) -> None:
        """Withhold a word from now on."""
        set_policy(self.session, system(self.clock.now, "test"), [Setting(self.house.province.id, name, [word])])
        found = {"reserved_locals": self.withheld.reserved, "forbidden_locals": self.withheld.forbidden}
        found[name] = frozenset({word})
        self.withheld = Withheld(found["reserved_locals"], found["forbidden_locals"])

    @invariant()
    def nobody_is_given_what_another_had(self) -> None:
        """An address has had two owners only if the second asked for it by name."""
        assert {address for address, owners in self.owners.items() if len(owners) > 1} <= self.asked_for

    def address_of(self, account: Account) -> str:
        """Give the primary address of an account."""
        return self.session.scalars(
            select(Address.address)
            .join(Mailbox, Mailbox.id == Address.mailbox_id)
            .where(Mailbox.account_id == account.id, Address.kind == "primary")
        ).one()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.savepoint.rollback()
        self.session.expire_all()


@pytest.mark.slow
def test_no_history_gives_an_address_that_another_had(session: Session, actor: Actor, house: House) -> None:
    """In random histories nobody is ever proposed or given what somebody else had, unless by asking for it."""

    class Machine(Addresses):
        """Histories over this test's database."""

    Machine.session, Machine.house, Machine.now = session, house, actor
    histories = settings(
        max_examples=25,
        stateful_step_count=15,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Machine, settings=histories)


def test_counter_does_not_come_back(session: Session, actor: Actor, house: House) -> None:
    """A number that somebody had is not given again, also long after the quarantine is over."""
    accounts = appoint(session, actor, [Newcomer(house.elsewhere.id, "Nguyễn Văn An")] * 4)
    for row in session.scalars(select(Address).where(Address.local.in_(["annv2", "annv", "nguyenvanan"]))):
        row.kind, row.valid_until = "quarantined", actor.today
    session.flush()
    years_later = replace(actor, now=actor.now + timedelta(days=4000))

    found = propose(session, years_later, house.elsewhere.id, "Nguyễn Văn An")

    assert len(accounts) == 4
    assert not {each.local.partition("@")[0] for each in found.free} & {"annv", "annv2", "nguyenvanan"}
    assert {each.obstacle for each in found.passed_over} == {"used", "taken"}
