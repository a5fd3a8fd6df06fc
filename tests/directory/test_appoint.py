"""Newcomers: what is made for them, what is refused, and what happens when two come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address, primary_of
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.due import Due
from directory.errors import (
    AccountExists,
    AddressReserved,
    AddressTaken,
    BadValue,
    DirectoryError,
    DomainUnknown,
    NoDomain,
    NotAllowed,
    OfficialElsewhere,
    OfficialExists,
    WrongState,
)
from directory.grants import Grant
from directory.lifecycle import Newcomer, Opening, appoint, enlist, open_accounts, propose
from directory.mailboxes import Mailbox
from directory.officials import Official, open_field
from directory.policies import Policy
from provisioning.outbox import Outbox
from tests.book import LONG_AGO, House, found_house, hire
from tests.statements import statements

PERSONAL_ID = "068090001234"


def address_of(session: Session, account: Account) -> str | None:
    """Give the primary address of an account."""
    mailbox = session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()
    return primary_of(session, mailbox.id)


def give(session: Session, account: Account, role: str, agency_id: int) -> None:
    """Give a role without asking anybody."""
    session.add(Grant(account_id=account.id, role=role, agency_id=agency_id, valid_from=LONG_AGO))
    session.flush()


def test_newcomer_gets_everything(session: Session, actor: Actor, house: House) -> None:
    """A newcomer becomes an official with a post, a pending account, a mailbox and an address, and is due."""
    newcomer = Newcomer(house.unit.id, "Nguyễn Văn An", title="Chuyên viên", rank="01.003", personal_id=PERSONAL_ID)

    (account,) = appoint(session, actor, [newcomer])

    post = session.scalars(select(Appointment).where(Appointment.official_id == account.official_id)).one()
    assert (post.agency_id, post.title, post.rank, post.valid_from) == (
        house.unit.id,
        "Chuyên viên",
        "01.003",
        actor.today,
    )
    assert account.state == "pending"
    assert address_of(session, account) == "annv@tinh.gov.vn"
    assert open_field(session, account.official, "personal_id") == PERSONAL_ID
    assert (
        session.scalars(select(Due).where(Due.subject == "account", Due.subject_id == account.id)).one().revision == 1
    )


def test_appointing_is_audited_without_personal_data(session: Session, actor: Actor, house: House) -> None:
    """The audit tells of the post and the address, and shows no personal ID."""
    appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An", personal_id=PERSONAL_ID)])

    events = session.scalars(select(AuditEvent).where(AuditEvent.agency_id == house.unit.id)).all()
    assert {event.action for event in events} >= {"official.appointed", "account.opened"}
    assert PERSONAL_ID not in str([event.detail for event in events])


def test_quota_follows_the_policy(session: Session, actor: Actor, house: House) -> None:
    """The mailbox is as large as the nearest policy above says."""
    session.add(Policy(agency_id=house.department.id, name="quota_bytes", value={"value": 7}))

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert session.scalars(select(Mailbox.quota_bytes).where(Mailbox.account_id == account.id)).one() == 7


def test_same_names_get_different_addresses(session: Session, actor: Actor, house: House) -> None:
    """People of the same name get the candidates in order, in one batch and over several."""
    first = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")] * 3)
    second = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")] * 2)

    assert [address_of(session, each) for each in first + second] == [
        "annv@tinh.gov.vn",
        "annv.snv@tinh.gov.vn",
        "nguyenvanan@tinh.gov.vn",
        "annv2@tinh.gov.vn",
        "annv3@tinh.gov.vn",
    ]


def test_many_of_one_name_find_addresses(session: Session, actor: Actor, house: House) -> None:
    """Forty people of one name get forty addresses."""
    accounts = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")] * 40)

    assert len({address_of(session, each) for each in accounts}) == 40


def test_counter_is_never_given_twice(session: Session, actor: Actor, house: House) -> None:
    """An address whose quarantine is over long ago is not proposed again."""
    appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])
    session.execute(text("UPDATE addresses SET kind = 'quarantined', valid_until = '2001-01-01'"))

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert address_of(session, account) == "annv.snv@tinh.gov.vn"


def test_own_domain_comes_before_the_one_above(session: Session, actor: Actor, house: House) -> None:
    """An agency with a domain of its own gives addresses in it."""
    session.execute(
        text("INSERT INTO domains (name, agency_id) VALUES ('sonoivu.tinh.gov.vn', :agency)"),
        {"agency": house.department.id},
    )

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert address_of(session, account) == "annv@sonoivu.tinh.gov.vn"


def test_wanted_address_is_kept(session: Session, actor: Actor, house: House) -> None:
    """A wanted address that is free is kept, whatever its spelling in capitals."""
    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An", address=" An.NV@Tinh.gov.vn")])

    assert address_of(session, account) == "an.nv@tinh.gov.vn"


def test_wanted_address_wins_over_a_proposed_one(session: Session, actor: Actor, house: House) -> None:
    """Who wants an address by name gets it even when someone before them in the list would be proposed it."""
    first, second = appoint(
        session,
        actor,
        [
            Newcomer(house.unit.id, "Nguyễn Văn An"),
            Newcomer(house.unit.id, "Nguyễn Vũ An", address="annv@tinh.gov.vn"),
        ],
    )

    assert address_of(session, first) == "annv.snv@tinh.gov.vn"
    assert address_of(session, second) == "annv@tinh.gov.vn"


def test_wanted_address_after_its_quarantine_is_handed_on(session: Session, actor: Actor, house: House) -> None:
    """An address whose quarantine is over may be wanted, and has one owner again."""
    appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])
    session.execute(text("UPDATE addresses SET kind = 'quarantined', valid_until = '2001-01-01'"))

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Lê An", address="annv@tinh.gov.vn")])

    assert address_of(session, account) == "annv@tinh.gov.vn"
    assert session.scalar(select(func.count()).select_from(Address)) == 1


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("annv@tinh.gov.vn", AddressTaken),
        ("an@khac.gov.vn", DomainUnknown),
        ("an@gmail.com", DomainUnknown),
        ("vanthu@tinh.gov.vn", AddressReserved),
        ("ad-min@tinh.gov.vn", AddressReserved),
        ("ạn@tinh.gov.vn", BadValue),
        ("an@@tinh.gov.vn", DomainUnknown),
        ("an..nv@tinh.gov.vn", BadValue),
    ],
)
def test_unfit_wanted_address_is_refused(
    session: Session, actor: Actor, house: House, address: str, refusal: type[DirectoryError]
) -> None:
    """An address that is taken, foreign, reserved or misspelled is refused with the row it stands in."""
    hire(session, actor, house.unit, "Nguyễn Văn An")

    with pytest.raises(refusal) as refused:
        appoint(
            session, actor, [Newcomer(house.unit.id, "Lê Bình"), Newcomer(house.unit.id, "Lê Chi", address=address)]
        )

    assert refused.value.fields["row"] == 1


def test_address_wanted_twice_is_refused(session: Session, actor: Actor, house: House) -> None:
    """Of two in one batch who want the same address the second is refused."""
    twice = [Newcomer(house.unit.id, name, address="an@tinh.gov.vn") for name in ("Lê An", "Vũ An")]

    with pytest.raises(AddressTaken) as refused:
        appoint(session, actor, twice)

    assert refused.value.fields["row"] == 1


def test_agency_without_a_domain_is_refused(session: Session, actor: Actor, house: House) -> None:
    """Where neither the agency nor one above has a domain, no account is opened."""
    session.execute(text("UPDATE domains SET state = 'retiring'"))

    with pytest.raises(NoDomain):
        appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])


def test_closed_agency_takes_nobody(session: Session, actor: Actor, house: House) -> None:
    """Nobody takes up a post in an agency that is closed."""
    house.unit.valid_to = actor.today

    with pytest.raises(WrongState):
        appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])


def test_known_personal_id_is_refused_with_the_official_found(session: Session, actor: Actor, house: House) -> None:
    """The refusal names the official and gives the id for a link."""
    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An", personal_id=PERSONAL_ID)])

    with pytest.raises(OfficialExists) as refused:
        appoint(session, actor, [Newcomer(house.unit.id, "Lê An", personal_id=PERSONAL_ID)])

    assert refused.value.fields["name"] == "Nguyễn Văn An"
    assert refused.value.fields["agency"] == "Phòng Tổ chức"
    assert refused.value.fields["official"] == account.official.public_id


def test_known_personal_id_elsewhere_tells_nothing_of_the_official(
    session: Session, actor: Actor, house: House
) -> None:
    """Whoever may not see the official learns only that there is one."""
    appoint(session, actor, [Newcomer(house.elsewhere.id, "Nguyễn Văn An", personal_id=PERSONAL_ID)])
    (officer,) = hire(session, actor, house.department, "Lê Chi")
    give(session, officer, "hr", house.department.id)
    hr = replace(actor, is_system=False, account_id=officer.id)

    with pytest.raises(OfficialElsewhere) as refused:
        appoint(session, hr, [Newcomer(house.unit.id, "Lê An", personal_id=PERSONAL_ID)])

    assert "Nguyễn" not in str(refused.value) + str(refused.value.fields)


def test_personal_id_twice_in_a_batch_is_refused(session: Session, actor: Actor, house: House) -> None:
    """Two rows of one batch cannot be the same person."""
    twice = [Newcomer(house.unit.id, name, personal_id=PERSONAL_ID) for name in ("Lê An", "Vũ An")]

    with pytest.raises(OfficialExists) as refused:
        appoint(session, actor, twice)

    assert refused.value.fields["row"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "Nguyễn 1"),
        ("category", "boss"),
        ("sex", "x"),
        ("personal_id", "68090001234"),
        ("personal_id", "०68090001234"),
        ("birth_date", date(1890, 1, 1)),
        ("birth_date", date(2100, 1, 1)),
        ("phone", "gọi sau"),
        ("personal_mail", "an"),
        ("title", "x" * 201),
        ("title", "Chuyên\u0007viên"),
        ("rank", ["01.003"]),
    ],
)
def test_unfit_value_is_refused_by_field(
    session: Session, actor: Actor, house: House, field: str, value: object
) -> None:
    """A value that cannot be right is refused with its field and row."""
    newcomer = replace(Newcomer(house.unit.id, "Nguyễn Văn An"), **{field: value})  # type: ignore[arg-type]

    with pytest.raises(BadValue) as refused:
        appoint(session, actor, [newcomer])

    assert (refused.value.fields["field"], refused.value.fields["row"]) == (field, 0)


@pytest.mark.parametrize("role", ["head", "auditor", None])
def test_who_may_only_look_appoints_nobody(session: Session, actor: Actor, house: House, role: str | None) -> None:
    """Heads, auditors and people without a role appoint nobody."""
    (account,) = hire(session, actor, house.department, "Lê Chi")
    if role:
        give(session, account, role, house.department.id)

    with pytest.raises(NotAllowed):
        appoint(session, replace(actor, is_system=False, account_id=account.id), [Newcomer(house.unit.id, "Lê An")])


def test_hr_appoints_nobody_elsewhere(session: Session, actor: Actor, house: House) -> None:
    """One newcomer outside the actor's agencies refuses the whole batch."""
    (account,) = hire(session, actor, house.department, "Lê Chi")
    give(session, account, "hr", house.department.id)
    hr = replace(actor, is_system=False, account_id=account.id)

    with pytest.raises(NotAllowed):
        appoint(session, hr, [Newcomer(house.unit.id, "Lê An"), Newcomer(house.province.id, "Lê Bình")])


def test_listed_official_gets_an_account_later(session: Session, actor: Actor, house: House) -> None:
    """An official can stand on the list without an account, and be given one once."""
    (official,) = enlist(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    (account,) = open_accounts(session, actor, [Opening(official.id)])

    assert address_of(session, account) == "annv@tinh.gov.vn"
    with pytest.raises(AccountExists):
        open_accounts(session, actor, [Opening(official.id)])


def test_batch_takes_few_statements(session: Session, actor: Actor, house: House) -> None:
    """Five hundred newcomers cost hardly more statements than five."""
    with statements(session) as few:
        appoint(session, actor, [Newcomer(house.unit.id, f"Lê {'ABCDE'[n]}n") for n in range(5)])
    with statements(session) as many:
        appoint(session, actor, [Newcomer(house.unit.id, "Vũ Văn An", personal_id=f"{n:012}") for n in range(500)])

    assert len(many) <= len(few) + 12
    assert len(many) < 40


def test_proposals_are_free_addresses(session: Session, actor: Actor, house: House) -> None:
    """The form is shown free addresses, first the one that would be given."""
    hire(session, actor, house.unit, "Nguyễn Văn An")

    found = propose(session, actor, house.unit.id, "Nguyễn Văn An", limit=2)

    assert [each.local for each in found] == ["annv.snv@tinh.gov.vn", "nguyenvanan@tinh.gov.vn"]


def at_once(outbox: Outbox, actor: Actor, batches: list[list[Newcomer]]) -> list[list[str | None] | str]:
    """Appoint each batch in a transaction of its own, all at once; give addresses, or the error's name."""
    together = Barrier(len(batches))

    def run(batch: list[Newcomer]) -> list[str | None] | str:
        try:
            with outbox.transaction() as session:
                session.execute(select(1))
                together.wait()
                return [address_of(session, account) for account in appoint(session, actor, batch)]
        except DirectoryError as error:
            return type(error).__name__

    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(run, batches))


def test_same_name_at_once_gets_different_addresses(outbox: Outbox, actor: Actor) -> None:
    """Eight transactions at once with people of one name give every address once."""
    with outbox.transaction() as session:
        unit = found_house(session, actor).unit.id
    batches = [[Newcomer(unit, "Nguyễn Văn An")] * size for size in (1, 3, 1, 3, 1, 3, 1, 3)]

    given = at_once(outbox, actor, batches)

    addresses = [address for each in given for address in each]
    assert len(addresses) == len(set(addresses)) == 16


def test_same_person_at_once_is_appointed_once(outbox: Outbox, actor: Actor) -> None:
    """Of transactions at once with the same personal ID one appoints, the others hear that the official exists."""
    with outbox.transaction() as session:
        unit = found_house(session, actor).unit.id
    person = Newcomer(unit, "Nguyễn Văn An", personal_id=PERSONAL_ID)
    others = [[replace(person, personal_id=f"{n:012}"), person] for n in range(3)]

    given = at_once(outbox, actor, [[person], *others])

    assert given.count("OfficialExists") == 3
    with outbox.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Official)) in {1, 2}


def test_same_wanted_address_at_once_is_given_once(outbox: Outbox, actor: Actor) -> None:
    """Of transactions at once that want the same address one gets it."""
    with outbox.transaction() as session:
        unit = found_house(session, actor).unit.id

    given = at_once(outbox, actor, [[Newcomer(unit, "Lê An", address="an@tinh.gov.vn")] for _ in range(4)])

    assert sorted(map(str, given)) == ["AddressTaken"] * 3 + ["['an@tinh.gov.vn']"]


def test_post_that_begins_later_counts(session: Session, actor: Actor, house: House) -> None:
    """A newcomer whose post begins next month can have an account today."""
    later = Newcomer(house.unit.id, "Nguyễn Văn An", valid_from=actor.today + timedelta(days=30))

    (account,) = appoint(session, actor, [later])

    assert address_of(session, account) == "annv@tinh.gov.vn"
