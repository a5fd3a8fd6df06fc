"""What the entries of mailing lists should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.desired.entries import Attributes, Entry, maybe, present


@dataclass(frozen=True)
class MailingListValues:
    """A mailing list with the addresses of its members."""

    list_id: str
    state: str
    revision: int
    name: str
    senders: str
    address: str | None
    members: Sequence[str] = ()
    agency_code: str | None = None


def list_entry(values: MailingListValues) -> Entry:
    """Give the entry of a mailing list; a closed one has neither address nor members."""
    delivers: Attributes = {}
    if values.state == "active":
        delivers = {
            "mail": maybe(values.address),
            "cvAddress": maybe(values.address),
            "cvMember": tuple(sorted(values.members)),
            "cvSenders": (values.senders,),
        }
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
    )
