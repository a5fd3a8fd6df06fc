"""Retire accounts of those who leave: shut at once, mail kept, the address quarantined."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.audit import record
from directory.base import Actor
from directory.credentials.tables import ActivationCode, ApiToken, AppPassword
from directory.grants import Action, Grant
from directory.lifecycle.reach import Reached, end_sessions_of, mark_with_role_mailboxes, move_state, reach
from directory.lifecycle.suspension import needed_reason
from directory.mailboxes import Holding, Mailbox
from directory.policies import effective_values


def retire(session: Session, actor: Actor, account_ids: Collection[int], reason: str) -> list[Account]:
    """Close accounts for good: posts, roles and credentials end today, the mailbox keeps its mail unseen.

    The addresses are quarantined for as many days as the agency's policy says; then somebody else may have them.
    """
    why = needed_reason(reason)
    reached = reach(session, actor, Action.SUSPEND, account_ids)
    move_state(session, reached, ("pending", "active", "suspended"), "disabled")
    _quarantine(session, actor, reached)
    end_sessions_of(session, actor, reached.accounts)
    _end_credentials(session, actor, reached.accounts)
    _end_posts(session, actor, reached)
    for account in reached.accounts.values():
        agency_id = reached.agency_ids[account.id]
        record(session, actor, "account.retired", f"account:{account.number}", agency_id, reason=why)
    mark_with_role_mailboxes(session, actor, reached.accounts, urgent=True)
    return list(reached.accounts.values())


def _quarantine(session: Session, actor: Actor, reached: Reached) -> None:
    """Close the mailboxes and put their addresses into quarantine, by agency."""
    agencies = session.scalars(select(Agency).where(Agency.id.in_(set(reached.agency_ids.values())))).all()
    policies = effective_values(session, agencies, ["quarantine_days"])
    mailboxes = session.execute(
        update(Mailbox)
        .where(Mailbox.account_id.in_(reached.accounts))
        .values(state="disabled")
        .returning(Mailbox.id, Mailbox.account_id)
    ).all()
    for agency_id, values in policies.items():
        owned = [id_ for id_, account_id in mailboxes if account_id and reached.agency_ids[account_id] == agency_id]
        session.execute(
            update(Address)
            .where(Address.mailbox_id.in_(owned), Address.kind.in_(("primary", "alias", "receive_only")))
            .values(kind="quarantined", valid_until=actor.today + timedelta(days=values["quarantine_days"]))
        )


def _end_credentials(session: Session, actor: Actor, account_ids: Collection[int]) -> None:
    """Revoke what lets somebody in, and move the version on, so that nothing begun earlier can be finished."""
    for table in (AppPassword, ApiToken, ActivationCode):
        session.execute(
            update(table)
            .where(table.account_id.in_(account_ids), table.revoked_at.is_(None))
            .values(revoked_at=actor.now)
        )
    session.execute(
        update(Account)
        .where(Account.id.in_(account_ids))
        .values(credential_version=Account.credential_version + 1)
        .execution_options(synchronize_session="fetch")
    )


def _end_posts(session: Session, actor: Actor, reached: Reached) -> None:
    """End posts, roles and holdings; a post that would have begun today or later lasts its shortest, one day."""
    for table, owner in ((Grant, Grant.account_id), (Holding, Holding.account_id)):
        session.execute(
            update(table)
            .where(owner.in_(reached.accounts), (table.valid_to.is_(None)) | (table.valid_to > actor.today))
            .values(valid_to=func.greatest(table.valid_from, actor.today))
        )
    officials = {account.official_id for account in reached.accounts.values()}
    session.execute(
        update(Appointment)
        .where(Appointment.official_id.in_(officials))
        .where((Appointment.valid_to.is_(None)) | (Appointment.valid_to > actor.today))
        .values(valid_to=func.greatest(Appointment.valid_from + 1, actor.today))
    )
