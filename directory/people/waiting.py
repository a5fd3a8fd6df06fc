"""Who waits for an activation slip, page by page, in the order of given names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency, inside
from directory.appointments import Appointment, held_on
from directory.base import Actor
from directory.credentials import Waiting, lines_of, waiting_accounts
from directory.grants import Action, is_below, scope
from directory.people.paging import Wanted, page_of
from directory.people.spelling import words_of
from directory.people.words import name_has
from directory.tallies import reach


@dataclass(frozen=True)
class WaitingPage:
    """Some who wait; `after` begins the next page, None means that this is the last."""

    lines: Sequence[Waiting]
    after: str | None


def waiting(  # noqa: PLR0913 - each choice narrows the list
    session: Session,
    actor: Actor,
    text: str = "",
    agency_id: int | None = None,
    after: str | None = None,
    *,
    officials: Select[int | None] | None = None,
    limit: int = 50,
) -> WaitingPage:
    """List who waits for a slip where the actor may give one: by words of the name, in an agency, among some."""
    words = words_of(text)

    def conditions(official: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - the class or an alias of it
        account = select(Account.id).where(Account.official_id == official.id, waiting_accounts(), is_below(actor))
        named = [name_has(words, official)] if words else []
        return [*named, *([official.id.in_(officials)] if officials is not None else []), account.exists()]

    agencies = select(Agency.id).where(scope(actor, Action.CREDENTIAL))
    if agency_id is not None:
        agencies = agencies.where(Agency.id.in_(inside(agency_id)))
    post = [Appointment.kind == "primary", held_on(actor.today)]
    in_reach = reach(session, actor, Action.CREDENTIAL, agency_id).officials
    found = page_of(session, Wanted(conditions, post, agencies, in_reach), after, limit + 1)
    shown = found[:limit]
    lines = lines_of(session, actor, [official.id for official in shown])
    return WaitingPage(lines, shown[-1].public_id if len(found) > limit else None)
