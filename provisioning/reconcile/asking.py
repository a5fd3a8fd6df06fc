"""Questions about drift: what the engine leaves as it is until somebody has answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.desired import Wanted
from directory.desired.values import Key
from provisioning.reconcile.subjects import among
from provisioning.reconcile.tables import Drift, is_asked

PAGE = 5000
"""Rows that are in memory at once."""


def asked_about(session: Session, target: str) -> Iterator[Key]:
    """Give the subjects of a target about which somebody is asked: each scan looks whether that is still so."""
    chosen = select(Drift.subject, Drift.subject_id).where(Drift.target == target, is_asked())
    return ((subject, subject_id) for subject, subject_id in session.execute(chosen.execution_options(yield_per=PAGE)))


def spared(session: Session, wants: Mapping[Key, Wanted]) -> dict[Key, Wanted]:
    """Give what entries should be, without the attributes about which a person is asked.

    Where the book has got another value since, somebody has answered by that.
    """
    rows = session.execute(
        select(Drift.subject, Drift.subject_id, Drift.asked, Drift.differences).where(is_asked(), among(Drift, wants))
    )
    found = dict(wants)
    for subject, subject_id, asked, differences in rows:
        want = wants[subject, subject_id]
        after = differences["entries"][0]["after"]
        still = frozenset(name for name in asked if list(want.entry.attributes.get(name, ())) == after.get(name, []))
        found[subject, subject_id] = want._replace(entry=want.entry._replace(asked=still))
    return found
