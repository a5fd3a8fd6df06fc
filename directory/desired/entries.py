"""What an entry should be, as a function of values (docs/architecture.md, "The entries")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from directory.desired.linked import LinkValues

Name = tuple[tuple[str, str], ...]
"""A DN below the target's base, the entry's own part first: `(("uid", "cv2a…"), ("ou", "people"))`.

A part without an attribute stands as the server spells it: `(("", "uid=a+cn=b,ou=Users"),)`.
"""
Attributes = Mapping[str, tuple[str, ...]]

MANAGED = (
    "objectClass", "uid", "cn", "displayName", "sn", "givenName", "mail", "telephoneNumber", "userPassword",
    "cvState", "cvRevision", "cvAgencyCode", "cvMailboxId", "cvAddress", "cvReceiveOnly", "cvQuota", "cvForwardTo",
    "cvDeviceId", "cvDeviceKey", "cvScope", "cvDomain", "cvListId", "cvMember", "cvSenders", "cvAccountNumber",
    "cvAgencyId", "cvParentId", "cvAgencyKind", "cvValidFrom", "cvValidTo", "member",
)  # fmt: skip
"""The attributes that are ours. What others add to an entry is left alone."""

GROWING = frozenset({"cvMember", "member"})
"""Those of which there may be thousands: what is new is added and what is over taken away, the rest is left alone."""
NAMING = frozenset({"member"})
"""Those whose values are names of entries. Here they stand below the base, as `Name` does: `uid=cv2a…,ou=people`."""

TOMBSTONE = timedelta(days=30)
"""How long the entry of a revoked app password stays, empty and disabled: a stuck request cannot bring it back."""
_WORST_FIRST = ("disabled", "suspended", "active")


class Entry(NamedTuple):
    """One entry with the entries below it. One of `MANAGED` that is absent here must be absent there."""

    name: Name
    attributes: Attributes
    children: tuple[Entry, ...] = ()
    link: LinkValues | None = None
    """It was there before: it is never made, only added to."""
    asked: frozenset[str] = frozenset()
    """Attributes that somebody else changed, and about which a person is asked."""
    former: tuple[str, ...] = ()
    """Of a mailing list that was closed: the addresses that nobody else has yet."""

    @property
    def left(self) -> frozenset[str]:
        """The attributes that stay as they are in this entry: those of others, and those that are asked about."""
        return self.link.left | self.asked if self.link else self.asked

    @property
    def state(self) -> str:
        """`active`, `suspended` or `disabled`."""
        return self.attributes["cvState"][0]


class AddressValues(NamedTuple):
    """One address of a mailbox, or of a mailing list."""

    address: str
    kind: str
    valid_until: date | None = None


@dataclass(frozen=True)
class AppPasswordValues:
    """One app password, and whether the person behind it may use the mailbox now."""

    device_id: str
    lookup_key: str
    hash: str = field(repr=False)
    scopes: tuple[str, ...]
    expires_at: datetime
    revoked_at: datetime | None = None
    account_state: str = "active"
    is_holder: bool = True


class MailboxValues(NamedTuple):
    """A mailbox, personal or role, with all that hangs on it."""

    mailbox_id: str
    state: str
    quota_bytes: int
    addresses: Sequence[AddressValues] = ()
    app_passwords: Sequence[AppPasswordValues] = ()
    name: str = ""
    agency_code: str | None = None
    revision: int = 0
    forward_to: str | None = None
    kept_until: date | None = None


class AccountValues(NamedTuple):
    """An account with its official's name, agency and personal mailbox."""

    number: str
    state: str
    family: str
    middle: str
    given: str
    full_name: str
    revision: int
    agency_code: str | None = None
    work_phone: str | None = None
    extension: str | None = None
    mailbox: MailboxValues | None = None
    link: LinkValues | None = None


@dataclass(frozen=True)
class DomainValues:
    """A mail domain."""

    name: str
    state: str
    revision: int
    agency_code: str | None = None
    receives_until: date | None = None


def account_entry(values: AccountValues, now: datetime, today: date) -> Entry:
    """Give the entry of a person. Before activation it receives mail; it has no app password, so nobody signs in."""
    name: Name = values.link.name if values.link else (("uid", values.number), ("ou", "people"))
    state = "active" if values.state == "pending" else values.state
    classes: tuple[str, ...] = ("cvAccount", "inetOrgPerson")
    mail: Attributes = {}
    children: tuple[Entry, ...] = ()
    if values.mailbox is not None:
        state = worst(state, values.mailbox.state)
        classes = ("cvAccount", "cvMailbox", "inetOrgPerson")
        mail = _mail(values.mailbox, today)
        children = _devices(values.mailbox, name, values.revision, now)
    own = Entry(
        name,
        present(
            objectClass=classes,
            uid=(values.number,),
            cn=(values.full_name,),
            displayName=(values.full_name,),
            sn=(values.family or values.given,),
            givenName=(f"{values.middle} {values.given}".strip(),),
            telephoneNumber=maybe(_telephone(values)),
            cvState=(state,),
            cvRevision=(str(values.revision),),
            cvAgencyCode=maybe(values.agency_code),
            **mail,
        ),
        children,
    )
    if values.link is None:
        return own
    return own._replace(attributes=values.link.attributes(own.attributes, values.number), link=values.link)


def mailbox_entry(values: MailboxValues, now: datetime, today: date) -> Entry:
    """Give the entry of a role mailbox; below it stand the app passwords of its holders."""
    name: Name = (("cvMailboxId", values.mailbox_id), ("ou", "mailboxes"))
    return Entry(
        name,
        present(
            objectClass=("cvMailbox", "cvRoleMailbox"),
            cn=maybe(values.name),
            displayName=maybe(values.name),
            cvState=(values.state,),
            cvRevision=(str(values.revision),),
            cvAgencyCode=maybe(values.agency_code),
            **_mail(values, today),
        ),
        _devices(values, name, values.revision, now),
    )


def domain_entry(values: DomainValues, today: date) -> Entry:
    """Give the entry of a domain: a retiring one still receives, until its day has passed."""
    state = {"active": "active", "retiring": "suspended", "retired": "disabled"}[values.state]
    if state == "suspended" and values.receives_until is not None and values.receives_until < today:
        state = "disabled"
    return Entry(
        (("cvDomain", values.name), ("ou", "domains")),
        present(
            objectClass=("cvMailDomain",),
            cvDomain=(values.name,),
            cvState=(state,),
            cvRevision=(str(values.revision),),
            cvAgencyCode=maybe(values.agency_code),
        ),
    )


def _telephone(values: AccountValues) -> str:
    """Give the telephone at work as RFC 4519 wants it: from the country's code on, with the extension behind."""
    number = f"+84{values.work_phone.removeprefix('0')}" if values.work_phone else ""
    return f"{number} ext. {values.extension}".strip() if values.extension else number


def worst(*states: str) -> str:
    """Give the state that allows least."""
    return min(states, key=_WORST_FIRST.index)


def delivered_on(day: date, addresses: Sequence[AddressValues]) -> list[AddressValues]:
    """Give those of a mailbox's or a list's addresses that mail arrives at: none in quarantine, or past its day."""
    return [
        each
        for each in addresses
        if each.kind == "primary"
        or (each.kind in {"alias", "receive_only"} and (each.valid_until is None or each.valid_until >= day))
    ]


def _mail(values: MailboxValues, today: date) -> Attributes:
    """Give the attributes of a mailbox."""
    delivered = delivered_on(today, values.addresses)
    # A mailbox of somebody in service forwards nothing, whatever is planned for the time after.
    forwards = values.state == "disabled" and values.kept_until is not None and values.kept_until >= today
    return {
        "cvMailboxId": (values.mailbox_id,),
        "mail": tuple([each.address for each in delivered if each.kind == "primary"]),
        "cvAddress": tuple(sorted([each.address for each in delivered])),
        "cvReceiveOnly": tuple(sorted([each.address for each in delivered if each.kind == "receive_only"])),
        "cvQuota": (str(values.quota_bytes),),
        "cvForwardTo": maybe(values.forward_to) if forwards else (),
    }


def _devices(values: MailboxValues, parent: Name, revision: int, now: datetime) -> tuple[Entry, ...]:
    """Give the entries of a mailbox's app passwords, in the order of their ids."""
    kept = [each for each in values.app_passwords if each.revoked_at is None or each.revoked_at > now - TOMBSTONE]
    return tuple(
        _device(each, values.mailbox_id, parent, revision, now)
        for each in sorted(kept, key=lambda each: each.device_id)
    )


def _device(values: AppPasswordValues, mailbox_id: str, parent: Name, revision: int, now: datetime) -> Entry:
    """Give the entry of one app password; one that may not be used holds nothing that could let anybody in."""
    state = "active" if values.account_state == "pending" else values.account_state
    if values.revoked_at is not None or values.expires_at <= now or not values.is_holder:
        state = "disabled"
    opens: Attributes = {}
    if state != "disabled":
        opens = {
            "cvDeviceKey": (values.lookup_key,),
            "cvScope": tuple(sorted(values.scopes)),
            "userPassword": (values.hash,),
        }
    return Entry(
        (("cvDeviceId", values.device_id), *parent),
        present(
            objectClass=("cvAppPassword",),
            cvDeviceId=(values.device_id,),
            cvMailboxId=(mailbox_id,),
            cvState=(state,),
            cvRevision=(str(revision),),
            **opens,
        ),
    )


def maybe(value: str | None) -> tuple[str, ...]:
    """Give the values of an attribute that may be missing or empty; LDAP knows no empty value."""
    return (value,) if value else ()


def present(**attributes: tuple[str, ...]) -> Attributes:
    """Leave out the attributes that have no value."""
    return {name: values for name, values in attributes.items() if values}
