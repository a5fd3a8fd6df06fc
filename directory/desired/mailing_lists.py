"""What the entries of mailing lists should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from directory.desired.entries import AddressValues, Attributes, Entry, delivered_on, maybe, present


@dataclass(frozen=True)
class MailingListValues:
    """A mailing list with its addresses and those of its members."""

    list_id: str
    state: str
    revision: int
    name: str
    senders: str
    addresses: Sequence[AddressValues] = ()
    members: Sequence[str] = ()
    agency_code: str | None = None


def list_entry(values: MailingListValues, today: date) -> Entry:
    """Give the entry of a mailing list; a closed one has neither addresses nor members."""
    delivers: Attributes = {}
    former: tuple[str, ...] = ()
    if values.state == "active":
        delivered = delivered_on(today, values.addresses)
        delivers = {
            "mail": tuple(each.address for each in delivered if each.kind == "primary"),
            "cvAddress": tuple(sorted(each.address for each in delivered)),
            "cvMember": tuple(sorted(values.members)),
            "cvSenders": (values.senders,),
        }
    else:
        # Also when the quarantine is over: it may be only now that the server can be written to.
        former = tuple(sorted(each.address for each in values.addresses))
    return Entry(
        (("cvListId", values.list_id), ("ou", "groups")),
        present(
            objectClass=("cvMailingList",),
            cvListId=(values.list_id,),
            cn=maybe(values.name),
            displayName=maybe(values.name),
            cvState=(values.state,),
            cvRevision=(str(values.revision),),
            cvAgencyCode=maybe(values.agency_code),
            **delivers,
        ),
        former=former,
    )
