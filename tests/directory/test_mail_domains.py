"""Mail domains: active, retiring until a day, retired; and back again only to somebody who knows their past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.domain_use import domains_of_agency
from directory.domains import Domain, domains_for
from directory.due import Due
from directory.errors import BadValue, DomainOnceAnothers, DomainTaken, NotAllowed, WrongState
from directory.lifecycle import (
    NewDomain,
    Retirement,
    add_domain,
    end_domains,
    keep_domain,
    prefer_domain,
    retire_domain,
)
from directory.reorganisation import Plan, reorganise
from tests.book import House, acting, give, hire


@pytest.fixture
def operator(session: Session, actor: Actor, house: House) -> Actor:
    """Give the operator of the first province as actor."""
    (account,) = hire(session, actor, house.province, "Lê Thị Chi")
    give(session, account, "operator", house.province)
    return acting(actor, account)


@pytest.fixture
def domain(session: Session, house: House) -> Domain:
    """Give the domain of the province."""
    return session.scalars(select(Domain).where(Domain.agency_id == house.province.id)).one()


def test_domain_ends_when_its_day_has_passed(session: Session, operator: Actor, domain: Domain) -> None:
    """A domain receives to the end of its last day, and is retired for good on the day after."""
    retire_domain(session, operator, [Retirement(domain.id, operator.today + timedelta(days=2))])

    states = []
    for days in (2, 3):
        end_domains(session, replace(operator, now=operator.now + timedelta(days=days), is_system=True))
        states.append(domain.state)

    assert states == ["retiring", "retired"]
    assert session.get(Due, ("domain", domain.id)) is not None


def test_domain_without_a_day_retires_for_ever(session: Session, operator: Actor, domain: Domain) -> None:
    """A domain for which no last day was set goes on receiving."""
    retire_domain(session, operator, [Retirement(domain.id)])

    assert end_domains(session, replace(operator, now=operator.now + timedelta(days=9999))) == 0


def test_last_day_can_be_moved(session: Session, operator: Actor, domain: Domain) -> None:
    """Another last day may be said while the domain retires."""
    days = [operator.today + timedelta(days=each) for each in (10, 20)]

    for day in days:
        retire_domain(session, operator, [Retirement(domain.id, day)])

    assert domain.receives_until == days[1]


def test_last_day_lies_ahead(session: Session, operator: Actor, domain: Domain) -> None:
    """A last day that has passed is refused."""
    with pytest.raises(BadValue):
        retire_domain(session, operator, [Retirement(domain.id, operator.today - timedelta(days=1))])


def test_kept_domain_gives_addresses_again(session: Session, operator: Actor, house: House, domain: Domain) -> None:
    """While a domain retires one may change one's mind."""
    retire_domain(session, operator, [Retirement(domain.id)])

    keep_domain(session, operator, [domain.id])

    assert [each.name for each in domains_for(session, house.unit)] == ["tinh.gov.vn"]


def test_domain_of_a_closed_agency_is_not_used_again(session: Session, actor: Actor, house: House) -> None:
    """Where nobody goes on in place of an agency, its domain only receives until it is retired."""
    (domain,) = add_domain(session, actor, [NewDomain(house.unit.id, "phong.tinh.gov.vn")])
    reorganise(session, actor, [Plan([house.unit.id], actor.today)])

    with pytest.raises(WrongState, match="closed"):
        keep_domain(session, actor, [domain.id])


@pytest.mark.parametrize("verb", [keep_domain, prefer_domain, retire_domain])
def test_retired_domain_stays_retired(
    session: Session, operator: Actor, domain: Domain, verb: Callable[..., object]
) -> None:
    """Nothing but adding it anew brings a retired domain back."""
    domain.state = "retired"
    session.flush()

    with pytest.raises(WrongState):
        verb(session, operator, [Retirement(domain.id) if verb is retire_domain else domain.id])


def test_new_addresses_are_made_in_the_preferred_domain(session: Session, operator: Actor, house: House) -> None:
    """Of several domains one is for new addresses."""
    (new,) = add_domain(session, operator, [NewDomain(house.province.id, "moi.gov.vn", is_primary=False)])

    prefer_domain(session, operator, [new.id])

    session.expire_all()
    assert [each.name for each in domains_for(session, house.unit)] == ["moi.gov.vn", "tinh.gov.vn"]


def test_retired_domain_of_another_comes_back_only_knowingly(
    session: Session, actor: Actor, house: House, domain: Domain
) -> None:
    """A domain that was another agency's is refused with its past, and given to whoever says that it is known."""
    hire(session, actor, house.unit, "Lê An")
    domain.state = "retired"
    session.flush()

    with pytest.raises(DomainOnceAnothers) as refused:
        add_domain(session, actor, [NewDomain(house.elsewhere.id, "tinh.gov.vn")])
    (back,) = add_domain(session, actor, [NewDomain(house.elsewhere.id, "tinh.gov.vn", knows_past=True)])

    assert (refused.value.fields["agency"], refused.value.fields["addresses"]) == ("Tỉnh Một", 1)
    assert (back.id, back.state, back.agency_id) == (domain.id, "active", house.elsewhere.id)


def test_domain_in_use_is_not_taken_knowingly(session: Session, actor: Actor, house: House) -> None:
    """Saying that one knows helps nobody to a domain that is in use or retires."""
    with pytest.raises(DomainTaken):
        add_domain(session, actor, [NewDomain(house.elsewhere.id, "tinh.gov.vn", knows_past=True)])


def test_foreign_domain_is_left_alone(session: Session, operator: Actor, house: House) -> None:
    """Nobody retires, keeps or prefers a domain of an agency elsewhere."""
    theirs = session.scalars(select(Domain.id).where(Domain.agency_id == house.elsewhere.id)).one()

    with pytest.raises(NotAllowed):
        retire_domain(session, operator, [Retirement(theirs)])
    with pytest.raises(NotAllowed):
        prefer_domain(session, operator, [theirs])


def test_addresses_are_counted_by_domain(session: Session, operator: Actor, house: House) -> None:
    """The list of domains says how many addresses each has."""
    (found,) = domains_of_agency(session, operator, house.province.id)

    assert (found.name, found.primary, found.others, found.quarantined) == ("tinh.gov.vn", 1, 0, 0)


@pytest.mark.parametrize(
    ("state", "kind"), [("retiring", "primary"), ("retiring", "alias"), ("retired", "receive_only")]
)
def test_postgresql_gives_no_address_in_a_domain_that_retires(
    session: Session, operator: Actor, domain: Domain, state: str, kind: str
) -> None:
    """A new address in a domain that retires, or has, is refused by PostgreSQL itself."""
    session.execute(text("UPDATE domains SET state = :state"), {"state": state})
    session.execute(text("UPDATE addresses SET kind = 'alias'"))

    with pytest.raises(DBAPIError, match="retires"):
        session.execute(
            text(
                "INSERT INTO addresses (local, domain_id, domain_name, kind, mailbox_id)"
                " SELECT 'moi', :id, :name, :kind, min(id) FROM mailboxes"
            ),
            {"id": domain.id, "name": domain.name, "kind": kind},
        )


def test_postgresql_keeps_an_address_in_its_one_domain(session: Session, operator: Actor, domain: Domain) -> None:
    """An address cannot be moved to another domain, nor name one that is not its own."""
    with pytest.raises(DBAPIError):
        session.execute(text("UPDATE addresses SET domain_name = 'khac.gov.vn'"))


def test_postgresql_forgets_no_domain(session: Session, domain: Domain) -> None:
    """A domain is never deleted, so that whose it was stays known."""
    with pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM domains WHERE id = :id"), {"id": domain.id})
