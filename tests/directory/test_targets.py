"""Where entries stand: a domain names its target, and what has addresses in it lives there for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import AnotherTarget, DomainSettled, MergedApart, NotAllowed
from directory.lifecycle import (
    Alias,
    Leaving,
    ListOpening,
    ListRule,
    Merging,
    NewDomain,
    Placement,
    Rehiring,
    Retirement,
    RoleOpening,
    Setting,
    Transfer,
    add_alias,
    add_domain,
    carry_out_leavings,
    end_domains,
    leave,
    merge,
    open_mailing_list,
    open_role_mailbox,
    place_domain,
    rehire,
    retire_domain,
    set_policy,
    suspend,
    transfer,
)
from provisioning.reconcile.tables import EntryStatus
from tests.book import House, acting, address_of, give, hire, mailbox_of

RULE = ListRule("Toàn sở", "inside", "staff")


@pytest.fixture
def domain(session: Session, actor: Actor, house: House) -> Domain:
    """Let the department have a domain of its own on another server; the province's is on the default one."""
    [added] = add_domain(session, actor, [NewDomain(house.department.id, "so.gov.vn", target="hue")])
    return added


@pytest.fixture
def empty(session: Session, actor: Actor, house: House) -> Domain:
    """Give a domain that never had an address, is retired, and whose entry is shut."""
    [added] = add_domain(session, actor, [NewDomain(house.elsewhere.id, "moi.gov.vn")])
    retire_domain(session, actor, [Retirement(added.id, actor.today)])
    end_domains(session, replace(actor, now=actor.now + timedelta(days=1)))
    session.execute(delete(Due))
    session.add(EntryStatus(subject="domain", subject_id=added.id, state="ok", tried_revision=1, at=actor.now))
    session.flush()
    return added


def targets(session: Session, subject: str) -> set[str]:
    """Give the targets in which subjects of a kind wait."""
    return set(session.scalars(select(Due.target).where(Due.subject == subject)))


def refused(session: Session, statement: str) -> None:
    """Assert that PostgreSQL refuses a statement."""
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement))


def test_account_waits_for_the_target_of_its_domain(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """Whoever gets an address in a domain waits for the server that the domain is on."""
    hire(session, actor, house.department, "Nguyễn Văn An")

    assert targets(session, "account") == {"hue"}
    assert targets(session, "domain") == {"default", "hue"}


def test_others_stay_with_the_default_target(session: Session, actor: Actor, house: House, domain: Domain) -> None:
    """Another agency's people are not touched by a domain that is on another server."""
    hire(session, actor, house.elsewhere, "Nguyễn Văn An")

    assert targets(session, "account") == {"default"}


def test_role_mailboxes_and_lists_follow_their_domain(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """A role mailbox and a mailing list wait for the server of the domain of their address."""
    open_role_mailbox(session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu@so.gov.vn")])
    open_mailing_list(session, actor, [ListOpening(house.department.id, "toanso@so.gov.vn", RULE)])

    assert targets(session, "mailbox") == targets(session, "mailing_list") == {"hue"}


def test_closed_account_waits_where_its_entry_is(session: Session, actor: Actor, house: House, domain: Domain) -> None:
    """What shuts an account waits for the server where the account is."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    session.execute(delete(Due))

    suspend(session, actor, [account.id], "một lý do")

    assert targets(session, "account") == {"hue"}


def test_transferred_official_keeps_the_address_of_the_other_server(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """Whoever goes to an agency on another server keeps address and mailbox, whatever the policy says of addresses."""
    [account] = hire(session, actor, house.elsewhere, "Nguyễn Văn An")
    before = address_of(session, account)
    set_policy(session, actor, [Setting(house.department.id, "keep_address", value=False)])

    # The department has a domain above it, too, which is on the default server as the mailbox is.
    transfer(session, actor, [Transfer(account.official_id, house.department.id)])
    near = address_of(session, account)
    session.execute(text("UPDATE domains SET state = 'retiring' WHERE name = 'tinh.gov.vn'"))
    session.expire_all()
    [other] = hire(session, actor, house.elsewhere, "Trần Văn Bình")
    transfer(session, actor, [Transfer(other.official_id, house.department.id)])

    assert (before, near) == ("annv@khac.gov.vn", "annv@tinh.gov.vn")
    assert address_of(session, other) == "binhtv@khac.gov.vn"


def test_wanted_address_on_another_server_is_refused(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """An address is not given on a server where its mail would not be found."""
    [account] = hire(session, actor, house.province, "Nguyễn Văn An")
    leave(session, actor, [Leaving(account.official_id)])
    later = replace(actor, now=actor.now + timedelta(days=1))
    carry_out_leavings(session, later)

    with pytest.raises(AnotherTarget):
        rehire(session, later, [Rehiring(account.official_id, house.department.id, address="an@so.gov.vn")])


def test_alias_on_another_server_is_refused(session: Session, actor: Actor, house: House, domain: Domain) -> None:
    """A mailbox gets no alias in a domain of another server."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")

    with pytest.raises(AnotherTarget):
        add_alias(session, actor, [Alias(mailbox_of(session, account).id, "an@tinh.gov.vn")])


def test_records_of_two_servers_are_not_merged(session: Session, actor: Actor, house: House, domain: Domain) -> None:
    """The addresses of a record whose mail is on another server cannot be taken over."""
    [here] = hire(session, actor, house.elsewhere, "Nguyễn Văn An")
    [there] = hire(session, actor, house.department, "Nguyễn Văn An")

    with pytest.raises(MergedApart):
        merge(session, actor, [Merging(here.official_id, there.official_id)])


def test_only_an_operator_at_the_top_chooses_a_server(session: Session, actor: Actor, house: House) -> None:
    """An operator of a department takes no server for it; the operator of the province does."""
    [low, high] = hire(session, actor, house.province, "Lê Thị Chi", "Lê Thị Dung")
    give(session, low, "operator", house.department)
    give(session, high, "operator", house.province)
    wish = NewDomain(house.department.id, "so.gov.vn", target="hue")

    with pytest.raises(NotAllowed):
        add_domain(session, acting(actor, low), [wish])

    assert add_domain(session, acting(actor, high), [wish])[0].target == "hue"


def test_empty_retired_domain_is_placed(session: Session, actor: Actor, empty: Domain) -> None:
    """A domain of which nothing is left goes to another server, and waits there."""
    place_domain(session, actor, [Placement(empty.id, "hue")])

    assert empty.target == "hue"
    assert targets(session, "domain") == {"hue"}


def test_domain_comes_back_on_another_server(session: Session, actor: Actor, house: House, empty: Domain) -> None:
    """Whoever brings a retired domain back may name the server in the same step."""
    wish = NewDomain(house.elsewhere.id, empty.name, knows_past=True, target="hue")

    [back] = add_domain(session, actor, [wish])

    assert (back.state, back.target) == ("active", "hue")


def test_domain_in_use_stays(session: Session, actor: Actor, house: House, domain: Domain) -> None:
    """A domain that is in use is not placed elsewhere, and what was asked leaves no trace."""
    with pytest.raises(DomainSettled):
        place_domain(session, actor, [Placement(domain.id, "default")])

    assert domain.target == "hue"


@pytest.mark.parametrize(
    "left",
    [
        "UPDATE domains SET state = 'active' WHERE name = 'moi.gov.vn'",
        "INSERT INTO due (subject, subject_id, revision, since) SELECT 'domain', id, 1, now() FROM domains",
        "UPDATE entry_status SET state = 'refused'",
    ],
)
def test_postgresql_keeps_a_domain_of_which_something_is_left(session: Session, empty: Domain, left: str) -> None:
    """A domain that is active, whose entry is not shut yet, or could not be shut, stays, whatever program asks."""
    session.execute(text(left))

    refused(session, "UPDATE domains SET target = 'hue' WHERE name = 'moi.gov.vn'")


def test_postgresql_keeps_a_domain_with_addresses(session: Session, actor: Actor, house: House) -> None:
    """A retired domain in which somebody had an address stays."""
    hire(session, actor, house.elsewhere, "Nguyễn Văn An")
    session.execute(text("UPDATE domains SET state = 'retired' WHERE name = 'khac.gov.vn'"))
    session.execute(delete(Due))

    refused(session, "UPDATE domains SET target = 'hue' WHERE name = 'khac.gov.vn'")


def test_postgresql_keeps_a_mailbox_with_its_domains(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """No program moves a mailbox away from its domains, nor gives it an address in a domain of another server."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    of_mailbox = f"(SELECT id FROM mailboxes WHERE account_id = {account.id})"
    second = (
        "INSERT INTO addresses (local, domain_id, domain_name, kind, mailbox_id)"
        f" SELECT 'hai', id, name, 'alias', {of_mailbox} FROM domains WHERE name = 'tinh.gov.vn'"
    )

    refused(session, second)
    refused(session, f"UPDATE mailboxes SET target = 'default' WHERE account_id = {account.id}")


def test_postgresql_keeps_a_list_with_its_domain(session: Session, actor: Actor, house: House, domain: Domain) -> None:
    """No program moves a mailing list away from its domain."""
    open_mailing_list(session, actor, [ListOpening(house.department.id, "toanso@so.gov.vn", RULE)])

    refused(session, "UPDATE mailing_lists SET target = 'default'")


@pytest.mark.parametrize("name", ["Hue", "", "hue!", "-hue", "h" * 32])
def test_postgresql_refuses_names_that_are_none(session: Session, house: House, empty: Domain, name: str) -> None:
    """A target's name is short and plain."""
    refused(session, f"UPDATE domains SET target = '{name}' WHERE name = 'moi.gov.vn'")


def test_accounts_are_found_where_their_mailboxes_are(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """Of many hired at once each mailbox is in the target of its address."""
    hire(session, actor, house.department, *["Nguyễn Văn An"] * 20)
    hire(session, actor, house.elsewhere, *["Nguyễn Văn An"] * 20)

    rows = session.execute(
        text("SELECT DISTINCT target, domain_name FROM mailboxes JOIN addresses ON mailbox_id = mailboxes.id")
    )

    assert {tuple(row) for row in rows} == {("hue", "so.gov.vn"), ("default", "khac.gov.vn")}
