"""Doors that may still be open: entries through which somebody who is shut out got into mail, wherever they stand."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials.tables import AppPassword
from directory.desired.entries import TOMBSTONE
from directory.mailboxes import Mailbox
from provisioning.reconcile.status import Standing, standing


@dataclass(frozen=True)
class Door:
    """An entry that may still let somebody in."""

    role_mailbox: str | None
    """The name of the role mailbox whose entry it is; None: the person's own."""
    standing: Standing


def open_doors(session: Session, actor: Actor, account_id: int) -> list[Door]:
    """Give what may still let in an account that is shut: its own entry, and those of role mailboxes below which it
    has app passwords. Who may know is the caller's rule.
    """
    own = standing(session, "account", [account_id])[account_id]
    opened = select(AppPassword.mailbox_id).where(
        AppPassword.account_id == account_id,
        or_(AppPassword.revoked_at.is_(None), AppPassword.revoked_at > actor.now - TOMBSTONE),
    )
    rows = session.execute(
        select(Mailbox.id, Mailbox.name).where(Mailbox.kind == "role", Mailbox.id.in_(opened)).order_by(Mailbox.name)
    )
    names = dict(rows.all())
    roles = standing(session, "mailbox", names)
    doors = [Door(None, own), *(Door(name, roles[mailbox_id]) for mailbox_id, name in names.items())]
    return [each for each in doors if each.standing.may_let_in(actor.now)]
