"""What the LDAP server says no to: an entry for a person to look at, or a server that blames nobody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from directory.desired import Name
from provisioning.ports import Add
from provisioning.reconcile.status import try_again
from provisioning.reconcile.tables import EntryStatus
from tests.engines import person
from tests.faults.conftest import Connect, Times
from tests.faults.slapds import NAMES, answering, by_hand, configured, must, settings_of
from tests.faults.tally import BASE, PromisingEngine, Tally
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.faults
FOREIGN: Name = (("uid", "foreign"), ("ou", "people"))
SCHEMA = "cn={3}congvu,cn=schema,cn=config"
CONSTRAINTS = "olcOverlay={1}constraint,olcDatabase={1}mdb,cn=config"


def refusals(engine: PromisingEngine) -> list[tuple[str, int]]:
    """Give the reasons for which entries were given up, with how often each was tried."""
    with engine.outbox.transaction() as session:
        found = select(EntryStatus.reason, EntryStatus.attempts).where(EntryStatus.state == "refused")
        return [(reason or "", attempts) for reason, attempts in session.execute(found)]


def ask_again(engine: PromisingEngine, *numbers: str) -> None:
    """Do what the button "try again" does, and let the engine work."""
    with engine.outbox.transaction() as session:
        try_again(session, engine.actor, [("account", number) for number in numbers])
    engine.settle()


@pytest.mark.fault("F18")
def test_address_of_a_foreign_entry_is_for_a_person(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """An address that a foreign entry has taken is refused with the reason; the others become real, and so does it
    when the address is free.
    """
    values = {"cvAddress": ("annv@tinh.gov.vn",), "cvMailboxId": ("foreign",), "uid": ("foreign",)}
    mailbox = {"objectClass": ("inetOrgPerson", "cvMailbox"), "cn": ("x",), "sn": ("x",)}
    connect().apply([Add(FOREIGN, {**values, **mailbox, "cvState": ("active",), "cvRevision": ("1",)})])
    refused, *fine = engine.hire("Nguyễn Văn An", *NAMES[1:10])
    tally.injected()

    engine.settle()

    [(reason, attempts)] = refusals(engine)
    seen = connect().observe([FOREIGN, *(person(number) for number in fine)])
    assert attempts == 1
    assert reason.startswith("Another entry of the LDAP server has one of these addresses")
    assert len(seen) == 1 + len(fine)
    with by_hand(slapd) as hand:
        must(hand, hand.delete, f"uid=foreign,ou=people,{BASE}")
    ask_again(engine, refused)
    tally.close(engine, connect())


@pytest.mark.fault("F19")
def test_changed_access_rules_are_for_a_person(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """Where the server does not let us write any more (50), each is given up after one try with the reason; it waits
    for the button.
    """
    rules = [f'to dn.subtree="{BASE}" by dn.exact="cn=provisioner,ou=services,{BASE}" read by anonymous auth']
    numbers = engine.hire(*NAMES[:5])
    with configured(slapd, "olcAccess", *rules):
        engine.settle()
        tally.injected(len(numbers))
        found = refusals(engine)

    ask_again(engine, *numbers)

    assert found == [(found[0][0], 1)] * len(numbers)
    assert found[0][0].startswith("The LDAP server does not let this program write here")
    tally.close(engine, connect())


@pytest.mark.fault("F19")
def test_older_schema_is_for_a_person(engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally) -> None:
    """Where the server's schema forbids an attribute of ours (65), the entry is given up after one try, and says so."""
    numbers = engine.hire(*NAMES[:5])
    classes = settings_of(slapd, "olcObjectClasses", SCHEMA)
    with configured(slapd, "olcObjectClasses", *(each.replace("$ cvQuota ", "") for each in classes), entry=SCHEMA):
        engine.settle()
        tally.injected(len(numbers))
        found = refusals(engine)

    ask_again(engine, *numbers)

    assert found == [(found[0][0], 1)] * len(numbers)
    assert "schema" in found[0][0]
    tally.close(engine, connect())


@pytest.mark.fault("F20")
@pytest.mark.parametrize(
    ("attribute", "value"), [("olcReadOnly", "TRUE"), ("olcDbMaxSize", "65536")], ids=["read-only", "map full"]
)
def test_server_that_cannot_write_blames_nobody(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, attribute: str, value: str
) -> None:
    """A server that is read-only (53), or whose database is full (80), is paused; when it writes again, all is real."""
    numbers = engine.hire(*NAMES)
    with configured(slapd, attribute, value):
        report = engine.run()
        tally.injected()

        assert report.paused_for is not None
        assert engine.status(numbers[0]) is None

    engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F20")
@pytest.mark.parametrize("code", [51, 52], ids=["busy", "unavailable"])
def test_server_that_has_no_time_blames_nobody(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, code: int
) -> None:
    """A server that says it is busy (51) or unavailable (52) is paused; later all is real."""
    numbers = engine.hire(*NAMES)
    with answering(slapd, code, "ou=people", *(f"uid={number}" for number in numbers)):
        report = engine.run()
        tally.injected(len(numbers))

        assert report.paused_for is not None
        assert [engine.status(number) for number in numbers] == [None] * len(numbers)

    engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F21")
def test_missing_branch_is_for_a_person(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """Where the branch itself was removed, those who belong there are refused with the reason and all else goes on."""
    with by_hand(slapd) as hand:
        must(hand, hand.delete, f"ou=people,{BASE}")
        numbers = engine.hire(*NAMES[:5])
        _, mailbox = engine.role_mailbox()
        tally.injected(len(numbers))

        engine.settle()

        found = refusals(engine)
        assert [reason for reason, _ in found] == [found[0][0]] * len(numbers)
        assert found[0][0].startswith("The branch of the LDAP tree")
        assert connect().observe([(("cvMailboxId", mailbox), ("ou", "mailboxes"))])
        must(hand, hand.add, f"ou=people,{BASE}", "organizationalUnit")
    ask_again(engine, *numbers)
    tally.close(engine, connect())


@pytest.mark.fault("F21")
def test_entry_removed_under_its_app_password(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally, times: Times
) -> None:
    """An app password whose owner's entry somebody has just removed gets both back, the parent first."""
    numbers = engine.hire(*NAMES[: times(5, 50)])
    engine.settle()
    with by_hand(slapd) as hand:
        for number in numbers:
            engine.app_password(number)
            engine.touch(number)
            must(hand, hand.delete, f"uid={number},ou=people,{BASE}")
            tally.injected()

    engine.settle()

    tally.close(engine, connect())


@pytest.mark.fault("F33")
def test_one_bad_entry_does_not_hold_up_the_rest(
    engine: PromisingEngine, slapd: Servers, connect: Connect, tally: Tally
) -> None:
    """An entry with a value that the server will never take is set aside after one try; the others go on."""
    bad, *fine = engine.hire("Nguyễn Văn Xấu", *NAMES)
    with configured(slapd, "olcConstraintAttribute", "sn regex ^[^X]*$", "givenName regex ^[^X]*$", entry=CONSTRAINTS):
        engine.settle()
        tally.injected()

        assert [attempts for _, attempts in refusals(engine)] == [1]
        assert len(connect().observe([person(number) for number in (bad, *fine)])) == len(fine)
        assert engine.due() == 0

    ask_again(engine, bad)
    tally.close(engine, connect())
