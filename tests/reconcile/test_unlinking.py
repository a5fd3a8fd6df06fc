"""Undoing a link: the entry that was there before is cleared of what is ours, whatever comes in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from provisioning.ports import Change, Outcome, Reason, Unavailable
from provisioning.reconcile.unlinking import NotCleared, clear
from tests.engines import Engine, device
from tests.fakes import FakeTarget
from tests.reconcile.old_entries import OLD, WRITTEN, MeddledTarget, adopted, number

__all__ = ["adopted", "number"]


@dataclass
class RefusingTarget(FakeTarget):
    """A target that refuses every write."""

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Refuse."""
        return [Outcome("refused", reason=Reason("No write access: {text}", {"text": "ou=Users"})) for _ in changes]


def test_entry_is_as_it_was_before(target: FakeTarget, adopted: str) -> None:
    """Nothing of ours is left, and all that others wrote is there."""
    clear(target, adopted)

    assert target.entries[OLD][0] == WRITTEN


def test_app_passwords_below_it_go(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Nobody signs in below an entry that is no longer the account's."""
    name = device(engine.app_password(adopted), OLD)
    engine.write_again(adopted)
    assert name in target.entries

    clear(target, adopted)

    assert name not in target.entries


def test_lost_reply_is_found_out(target: FakeTarget, adopted: str) -> None:
    """Done again after a reply was lost, nothing is left to do."""
    target.faults += ["fine", "lost"]
    with pytest.raises(Unavailable):
        clear(target, adopted)

    again = clear(target, adopted)

    assert again is None
    assert target.entries[OLD][0] == WRITTEN


def test_write_of_others_is_never_written_over(engine: Engine, target: FakeTarget, adopted: str) -> None:
    """Who keeps writing to the entry keeps what was written; that it is not cleared is said."""
    meddled = MeddledTarget(target.entries, version=target.version)

    with pytest.raises(NotCleared, match="kept changing"):
        clear(meddled, adopted)

    assert target.entries[OLD][0]["description"] == ("Vừa sửa",)
    assert target.entries[OLD][0]["cvAccountNumber"] == (adopted,)


def test_refusal_is_told_with_its_reason(target: FakeTarget, adopted: str) -> None:
    """What the server refuses is told, with the entry."""
    refusing = RefusingTarget(target.entries, version=target.version)

    with pytest.raises(NotCleared, match=r"cn=Nguyễn Văn An,ou=Users: No write access: ou=Users"):
        clear(refusing, adopted)


def test_unmarked_entry_is_left_alone(target: FakeTarget, number: str) -> None:
    """Without the account's mark no entry is touched."""
    before = dict(target.entries)

    cleared = clear(target, number)

    assert cleared is None
    assert target.entries == before
