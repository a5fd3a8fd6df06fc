"""A new name of an official, by a decision: another thing than the correction of a mistake in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, OutOfService
from directory.lifecycle.careers import careers_of
from directory.lifecycle.changes import Change, change
from directory.lifecycle.particulars import checked, plain_text
from directory.lifecycle.readdressing import Readdressing, readdress
from directory.officials import Official
from directory.policies import effective_values


@dataclass(frozen=True)
class Renaming:
    """A new full name. `new_address`: whether the address follows it; None leaves that to the agency's policy."""

    official_id: int
    full_name: str
    reason: str = ""
    new_address: bool | None = None


def rename(session: Session, actor: Actor, renamings: Sequence[Renaming]) -> list[Official]:
    """Give officials new names, and addresses made from them where wanted; the old address goes on as an alias.

    A name that is there already changes nothing. Errors carry `row`.
    """
    if not renamings:
        return []
    careers = careers_of(session, actor, {each.official_id for each in renamings})
    agencies = session.scalars(
        select(Agency).where(Agency.id.in_({career.post.agency_id for career in careers.values()}))
    )
    keeps = effective_values(session, agencies, ["keep_address"])
    changes: list[Change] = []
    follow: list[Readdressing] = []
    for row, each in enumerate(renamings):
        career = careers[each.official_id]
        if career.has_left(actor.today):
            raise OutOfService(row=row, name=career.official.full_name)
        try:
            name = checked("full_name", each.full_name, actor.today) or ""
        except BadValue as error:
            raise BadValue(row=row, **error.fields) from error
        if name == career.official.full_name:
            continue
        why = plain_text("reason", each.reason)
        told = {"before": career.official.full_name, "after": name, "reason": why}
        record(session, actor, "official.renamed", career.subject, career.post.agency_id, **told)
        changes.append(Change(each.official_id, {"full_name": name}))
        by_policy = not keeps[career.post.agency_id]["keep_address"]
        if career.account and (by_policy if each.new_address is None else each.new_address):
            follow.append(Readdressing(row, career.account.id, name, career.post.agency_id, has_new_name=True))
    change(session, actor, changes)
    readdress(session, actor, follow)
    return [careers[each.official_id].official for each in renamings]
