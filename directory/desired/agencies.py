"""What the entries of agencies and of their groups should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from directory.desired.entries import Attributes, Entry, maybe, present


@dataclass(frozen=True)
class AgencyValues:
    """An agency, as it is today."""

    agency_id: str
    kind: str
    name: str
    revision: int
    valid_from: date
    valid_to: date | None = None
    short_name: str | None = None
    code: str | None = None
    parent_id: str | None = None
    """The public id of the agency above."""


@dataclass(frozen=True)
class GroupValues:
    """The group of an agency with what the entries of its members are called, below the base."""

    agency: AgencyValues
    revision: int
    members: Sequence[str] = ()


def agency_entry(values: AgencyValues, today: date) -> Entry:
    """Give the entry of an agency: it begins and ends on its days, and stays for ever."""
    return Entry(
        (("cvAgencyId", values.agency_id), ("ou", "agencies")),
        present(
            objectClass=("cvAgency",),
            cvRevision=(str(values.revision),),
            cvAgencyKind=(values.kind,),
            cvParentId=maybe(values.parent_id),
            cvValidFrom=(_midnight(values.valid_from),),
            cvValidTo=(_midnight(values.valid_to),) if values.valid_to else (),
            **_agency(values, today),
        ),
    )


def group_entry(values: GroupValues, today: date) -> Entry:
    """Give the entry of an agency's group; that of an agency that is over, or has not begun, has no members."""
    shown = _agency(values.agency, today)
    members = values.members if shown["cvState"] == ("active",) else ()
    return Entry(
        (("cvAgencyId", values.agency.agency_id), ("ou", "groups")),
        present(
            objectClass=("cvAgencyGroup",),
            cvRevision=(str(values.revision),),
            member=tuple(sorted(members)),
            **shown,
        ),
    )


def _agency(values: AgencyValues, today: date) -> Attributes:
    """Give what the entries of an agency and of its group have in common."""
    is_open = values.valid_from <= today and (values.valid_to is None or values.valid_to > today)
    return {
        "cvAgencyId": (values.agency_id,),
        "cvAgencyCode": maybe(values.code),
        "cn": (values.name,),
        "displayName": (values.short_name or values.name,),
        "cvState": ("active" if is_open else "disabled",),
    }


def _midnight(day: date) -> str:
    """Give the moment at which a day begins in Viet Nam, as RFC 4517 writes it."""
    return f"{day:%Y%m%d}000000+0700"
