"""Mail of those who leave goes on to somebody else, if the policy of their agency allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.addresses import Address, normal_address
from directory.agencies import Agency
from directory.errors import BadValue
from directory.lifecycle.careers import Career
from directory.lifecycle.quarantine import HELD
from directory.mailboxes import Mailbox
from directory.policies import effective_values


@dataclass(frozen=True)
class Forward:
    """Where the mail of one official goes on after leaving; None: nowhere."""

    row: int
    career: Career
    to: str | None


def forward(session: Session, forwards: Sequence[Forward]) -> set[int]:
    """Note where mail goes on; give the officials, by id, for whom that changed. Errors carry `row`.

    Only to a mailbox that this directory delivers: what lies elsewhere cannot be checked, and other servers refuse
    mail that does not come from its sender.
    """
    owners = [each.career.account.id for each in forwards if each.career.account]
    boxes = {
        mailbox.account_id: mailbox
        for mailbox in session.scalars(select(Mailbox).where(Mailbox.account_id.in_(owners)).with_for_update())
    }
    goals = _goals(session, forwards)
    allowed = _allowed(session, forwards)
    changed: set[int] = set()
    for each in forwards:
        account = each.career.account
        mailbox = boxes.get(account.id) if account else None
        wanted = None
        if each.to:
            if mailbox is None:
                raise _refused(each, reason="without a mailbox there is no mail to forward")
            if not allowed[each.career.post.agency_id]:
                raise _refused(each, reason="the policy of the agency does not allow forwarding")
            wanted = _normal(each)
            if goals.get(wanted, mailbox.id) == mailbox.id:
                raise _refused(each, reason="not the address of another mailbox that receives here")
        if mailbox is not None and mailbox.forward_to != wanted:
            mailbox.forward_to = wanted
            changed.add(each.career.official.id)
    return changed


def _refused(forward: Forward, *, reason: str) -> BadValue:
    """Refuse one forwarding."""
    return BadValue(row=forward.row, field="forward_to", reason=reason)


def _normal(forward: Forward) -> str:
    """Give the one spelling of where mail is to go."""
    try:
        return normal_address(forward.to or "")
    except BadValue as error:
        raise BadValue(row=forward.row, field="forward_to", reason=error.fields["reason"]) from error


def _goals(session: Session, forwards: Sequence[Forward]) -> dict[str, int | None]:
    """Give the open mailboxes to which the wanted addresses are delivered now."""
    wanted = {_normal(each) for each in forwards if each.to}
    rows = session.execute(
        select(Address.address, Address.mailbox_id)
        .join(Mailbox, Mailbox.id == Address.mailbox_id)
        .where(Address.address.in_(wanted), Address.kind.in_(HELD), Mailbox.state != "disabled")
    )
    return dict(rows.all())


def _allowed(session: Session, forwards: Sequence[Forward]) -> dict[int, bool]:
    """Say for each agency whether its policy lets mail go on."""
    ids = {each.career.post.agency_id for each in forwards if each.to}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(ids))).all() if ids else ()
    policies = effective_values(session, agencies, ["forward_on_leaving"])
    return {agency_id: bool(values["forward_on_leaving"]) for agency_id, values in policies.items()}
