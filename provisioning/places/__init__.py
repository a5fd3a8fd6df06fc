"""The 34 provinces and 3,321 communes of Viet Nam, to begin a directory with; places.tsv says where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency, AgencyCode, agency_by_code, is_open
from directory.base import Actor
from directory.domains import Domain
from directory.lifecycle import Founding, NewDomain, add_domain, found_agency

_FILE = Path(__file__).with_name("places.tsv")
SINCE = date(2025, 7, 1)
"""The day on which these provinces and communes began."""


@dataclass(frozen=True)
class Commune:
    """A commune, a ward or a special zone."""

    code: str
    name: str


@dataclass(frozen=True)
class Province:
    """A province or a city under the central government, with all its communes."""

    code: str
    name: str
    domain: str
    communes: Sequence[Commune]


@dataclass(frozen=True)
class Loaded:
    """What was founded of one province, and how many places were there already."""

    code: str
    name: str
    province_founded: bool
    communes_founded: int
    known: int
    domain_added: bool


def provinces() -> dict[str, Province]:
    """Give all provinces by their identifier code."""
    rows = [line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    communes: dict[str, list[Commune]] = {}
    for code, name, *_ in rows:
        if "." in code:
            communes.setdefault(code.partition(".")[0], []).append(Commune(code, name))
    return {code: Province(code, name, domain[0], communes[code]) for code, name, *domain in rows if domain}


def load_province(session: Session, actor: Actor, province: Province, *, with_domain: bool = False) -> Loaded:
    """Found a province and its communes; those that are there, by code or by name, stay as they are."""
    known = session.scalar(select(AgencyCode.agency_id).where(AgencyCode.code == province.code))
    if known is None:
        wish = Founding("province", province.name, code=province.code, valid_from=SINCE)
        found_agency(session, actor, [wish])
    agency = agency_by_code(session, province.code)
    wanted = list(_unknown(session, actor, agency, province))
    since = max(SINCE, agency.valid_from)
    found_agency(
        session, actor, [Founding("commune", each.name, agency.id, each.code, valid_from=since) for each in wanted]
    )
    is_new = with_domain and session.scalar(select(Domain.id).where(Domain.name == province.domain)) is None
    if is_new:
        add_domain(session, actor, [NewDomain(agency.id, province.domain)])
    places = len(province.communes) + 1
    founded = len(wanted) + (known is None)
    return Loaded(province.code, province.name, known is None, len(wanted), places - founded, is_new)


def _unknown(session: Session, actor: Actor, agency: Agency, province: Province) -> Iterator[Commune]:
    """Give the communes whose code nobody ever had and whose name no agency below the province has."""
    codes = [each.code for each in province.communes]
    taken = set(session.scalars(select(AgencyCode.code).where(AgencyCode.code.in_(codes))))
    names = session.scalars(select(Agency.name).where(Agency.parent_id == agency.id, is_open(actor.today)))
    # Phú Thọ and Phú Thò are two places: marks count, capitals and spaces do not.
    called = {" ".join(name.casefold().split()) for name in names}
    for each in province.communes:
        if each.code not in taken and " ".join(each.name.casefold().split()) not in called:
            yield each
