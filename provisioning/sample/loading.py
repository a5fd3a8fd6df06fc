"""Load the sample through the same verbs that people use, so that it is what the service makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.base import Actor
from directory.lifecycle import (
    Alias,
    Declaration,
    Founding,
    Granting,
    ListOpening,
    ListRule,
    Newcomer,
    NewDomain,
    RoleOpening,
    add_alias,
    add_domain,
    appoint,
    declare_headcount,
    enlist,
    found_agency,
    grant,
    open_mailing_list,
    open_role_mailbox,
)
from directory.mailboxes import Mailbox
from directory.reorganisation import DUTIES, Leading, Plan, lead, reorganise
from provisioning.outbox import Outbox
from provisioning.sample.names import Made, people
from provisioning.sample.places import MAIN, MAIN_DOMAIN, Place, Province, places, provinces
from provisioning.sample.sign_ins import Chosen, SignIn, let_in

_SEED = 20250701
_LONG_AGO = date(2015, 1, 1)
_MERGER = date(2025, 7, 1)
_OLD_DOMAINS_UNTIL = date(2028, 6, 30)
_HEAD, _DEPUTY, _IT, _HR = range(4)
"""Who is who among the first people of an agency; these have an account everywhere."""
_OLD_ADDRESSES = 40
_ROLE_MAILBOXES = (
    ("H36.05", "Văn thư Sở Nội vụ", "vanthu"),
    ("H36.05", "Bộ phận Một cửa Sở Nội vụ", "motcua"),
    ("H36.01", "Văn thư Ủy ban nhân dân tỉnh", "vanthu"),
    ("H49.01", "Văn thư Ủy ban nhân dân tỉnh", "vanthu"),
    ("H27.01", "Văn thư Ủy ban nhân dân tỉnh", "vanthu"),
    ("G06.01", "Văn thư Bộ", "vanthu"),
)
_LEADING = ("Giám đốc", "Phó Giám đốc", "Trưởng phòng", "Chánh Văn phòng")


class NotEmpty(Exception):
    """The directory is not empty, so no sample was loaded."""


@dataclass(frozen=True)
class Seat:
    """An agency of the sample and where it comes from; `top` is the code of the agency at its root."""

    place: Place
    agency: Agency
    top: str


@dataclass(frozen=True)
class Loaded:
    """What was loaded, and who can sign in."""

    agencies: int
    officials: int
    accounts: int
    sign_ins: list[SignIn]


def load(outbox: Outbox, actor: Actor) -> Loaded:
    """Fill an empty directory; anything in it raises `NotEmpty`."""
    with outbox.transaction() as session:
        if session.scalar(select(func.count()).select_from(Agency)):
            raise NotEmpty
        seats = _found(session, actor)
        _merge(session, actor, provinces()["H36"], seats)
        listed, staff = _hire(session, actor, seats)
        _give_old_addresses(
            session, actor, [each for seat in seats if seat.top == "H36" for each in staff[seat.agency.id]]
        )
        _open_role_mailboxes(session, actor, seats, staff)
        _open_lists(session, actor, seats)
        _name_leaders(session, actor, seats, staff)
        chosen = _grant(session, actor, seats, staff)
    sign_ins = let_in(outbox, actor, chosen)
    return Loaded(len(seats), listed, sum(map(len, staff.values())), sign_ins)


def _found(session: Session, actor: Actor) -> list[Seat]:
    """Found the agencies level by level, with their domains and declared headcounts."""
    seats: list[Seat] = []
    level: list[tuple[Place, Seat | None]] = [(place, None) for place in places()]
    while level:
        foundings = [
            Founding(
                place.kind, place.name, above.agency.id if above else None, place.code, place.short_name, _LONG_AGO
            )
            for place, above in level
        ]
        founded = [
            Seat(place, agency, above.top if above else place.code or "")
            for (place, above), agency in zip(level, found_agency(session, actor, foundings), strict=True)
        ]
        seats += founded
        level = [(below, seat) for seat in founded for below in seat.place.below]
    domains = [NewDomain(seat.agency.id, seat.place.domain) for seat in seats if seat.place.domain]
    add_domain(session, actor, domains)
    declared = [
        Declaration(seat.agency.id, seat.place.posts, date(2026, 1, 1), f"{100 + number}/QĐ-UBND")
        for number, seat in enumerate(seats)
        if seat.place.posts
    ]
    declare_headcount(session, actor, declared)
    return seats


def _founding(place: Place, above: Seat | None) -> Founding:
    """Give the request that founds a place."""
    return Founding(place.kind, place.name, above.agency.id if above else None, place.code, place.short_name, _LONG_AGO)


def _merge(session: Session, actor: Actor, province: Province, seats: list[Seat]) -> None:
    """Found the former provinces and let the present one take them over; their domains still receive."""
    foundings = [
        Founding("province", f"Tỉnh {name}", code=code, valid_from=_LONG_AGO) for name, code, _ in province.members
    ]
    former = found_agency(session, actor, foundings)
    domains = [NewDomain(agency.id, domain) for agency, (*_, domain) in zip(former, province.members, strict=True)]
    add_domain(session, actor, domains)
    goal = _seat(seats, province.code).agency.id
    until, resolution = _OLD_DOMAINS_UNTIL, "202/2025/QH15"
    plan = Plan([each.id for each in former], _MERGER, [goal], decision=resolution, receives_until=until)
    reorganise(session, actor, [plan])


def _hire(session: Session, actor: Actor, seats: list[Seat]) -> tuple[int, dict[int, list[Account]]]:
    """Appoint the people of each agency; give how many, and the accounts by agency id, leaders first.

    Some are only listed and have no account yet.
    """
    random = Random(_SEED)  # noqa: S311 - the same sample everywhere, not a secret
    known = provinces()
    drawn = people(random)
    with_account: list[Newcomer] = []
    without: list[Newcomer] = []
    for seat in seats:
        digits = f"0{known[seat.top].statistical_code}" if seat.top in known else "001"
        for number in range(seat.place.people):
            newcomer = _newcomer(random, seat, number, next(drawn), digits)
            has_account = number <= _HR or random.random() < seat.place.with_account
            (with_account if has_account else without).append(newcomer)
    enlist(session, actor, without)
    staff: dict[int, list[Account]] = {seat.agency.id: [] for seat in seats}
    for newcomer, account in zip(with_account, appoint(session, actor, with_account), strict=True):
        staff[newcomer.agency_id].append(account)
    return len(with_account) + len(without), staff


def _newcomer(random: Random, seat: Seat, number: int, made: Made, digits: str) -> Newcomer:
    """Give a made-up person a post; the first two lead the agency."""
    leads = seat.place.leaders[number] if number < len(seat.place.leaders) else None
    return Newcomer(
        agency_id=seat.agency.id,
        full_name=made.full_name,
        title=leads or made.title,
        rank="01.002" if leads else made.rank,
        sex=made.sex,
        birth_date=made.birth_date,
        personal_id=made.personal_id(digits),
        phone=made.phone,
        work_phone=f"02{digits[-2:]}3866{seat.agency.id % 1000:03}",
        extension=str(100 + number),
        valid_from=date(random.randint(2016, 2025), random.randint(1, 12), 1),
    )


def _give_old_addresses(session: Session, actor: Actor, accounts: list[Account]) -> None:
    """Let some keep receiving under the addresses they had before the merger."""
    domains = [domain for *_, domain in provinces()["H36"].members]
    chosen = [account.id for account in accounts[:: max(1, len(accounts) // _OLD_ADDRESSES)]]
    rows = session.execute(
        select(Mailbox.id, Address.local)
        .join(Address, Address.mailbox_id == Mailbox.id)
        .where(Mailbox.account_id.in_(chosen), Address.domain_name == provinces()["H36"].domain)
        .order_by(Mailbox.id)
    )
    aliases = [Alias(id_, f"{local}@{domains[place % len(domains)]}") for place, (id_, local) in enumerate(rows)]
    add_alias(session, actor, aliases)


def _open_role_mailboxes(session: Session, actor: Actor, seats: list[Seat], staff: dict[int, list[Account]]) -> None:
    """Open role mailboxes, each in the hands of two people of the agency."""
    openings: list[RoleOpening] = []
    for code, name, local in _ROLE_MAILBOXES:
        seat = _seat(seats, code)
        domain = seat.place.domain or _seat(seats, seat.top).place.domain
        holders = [account.id for account in staff[seat.agency.id][_IT : _HR + 1]]
        openings.append(RoleOpening(seat.agency.id, name, f"{local}@{domain}", holders))
    open_role_mailbox(session, actor, openings)


def _name_leaders(session: Session, actor: Actor, seats: list[Seat], staff: dict[int, list[Account]]) -> None:
    """Let each agency be led by its first official from the day of the appointment, and name its IT contact."""
    held = dict(session.execute(select(Appointment.official_id, Appointment.valid_from)).all())
    leaders = [
        Leading(seat.agency.id, duty, account.official_id, held[account.official_id])
        for seat in seats
        for duty, account in zip(DUTIES, (staff[seat.agency.id][_HEAD], staff[seat.agency.id][_IT]), strict=True)
    ]
    lead(session, actor, leaders)


def _open_lists(session: Session, actor: Actor, seats: list[Seat]) -> None:
    """Open two mailing lists in the main department: all its people, and those who lead."""
    agency_id = _seat(seats, MAIN).agency.id
    rules = {
        "toanthe": ListRule("Toàn thể Sở Nội vụ", "agency", "staff", with_units=True),
        "lanhdao": ListRule("Lãnh đạo Sở Nội vụ", "anyone", "titles", with_units=True, titles=_LEADING),
    }
    openings = [ListOpening(agency_id, f"{local}@{MAIN_DOMAIN}", rule) for local, rule in rules.items()]
    open_mailing_list(session, actor, openings)


def _grant(session: Session, actor: Actor, seats: list[Seat], staff: dict[int, list[Account]]) -> list[Chosen]:
    """Give roles in every agency that has people; give those who are to sign in."""
    tops = [seat for seat in seats if seat.place.code == seat.top]
    operator = staff[_seat(seats, "G06.03").agency.id][_IT]
    wishes = [Granting(operator.id, "operator", top.agency.id) for top in tops]
    for seat in seats:
        if seat.place.kind in {"department", "commune"}:
            here = staff[seat.agency.id]
            for number, role in ((_HEAD, "head"), (_IT, "agency_it"), (_HR, "hr")):
                wishes.append(Granting(here[number].id, role, seat.agency.id))
    wishes += [Granting(staff[top.agency.id][_DEPUTY].id, "auditor", top.agency.id) for top in tops]
    grant(session, actor, wishes)
    main = _seat(seats, MAIN)
    here, above = staff[main.agency.id], _seat(seats, main.top)
    return [
        Chosen("operator", ", ".join(top.place.code or "" for top in tops), operator.id),
        Chosen("agency_it", MAIN, here[_IT].id),
        Chosen("hr", MAIN, here[_HR].id),
        Chosen("head", MAIN, here[_HEAD].id),
        Chosen("auditor", main.top, staff[above.agency.id][_DEPUTY].id),
        Chosen("official", MAIN, _plain_official(seats, main, staff).id),
    ]


def _plain_official(seats: list[Seat], main: Seat, staff: dict[int, list[Account]]) -> Account:
    """Give somebody of a unit of the main department who has no role and leads nobody."""
    unit = next(seat for seat in seats if seat.agency.parent_id == main.agency.id)
    return staff[unit.agency.id][_HR]


def _seat(seats: list[Seat], code: str) -> Seat:
    """Give the agency with a code."""
    return next(seat for seat in seats if seat.place.code == code)
