"""Sets of subjects: what goes in comes out once, kind by kind, and the memory is that of the book, not of the set."""

from __future__ import annotations

from provisioning.reconcile.marks import Marks, batches


def test_what_goes_in_comes_out_once_by_its_id() -> None:
    """However often and in which order subjects go in."""
    marks = Marks([("group", 7), ("account", 9_000), ("account", 3), ("account", 3)])

    assert list(marks) == [("account", 3), ("account", 9_000), ("group", 7)]
    assert len(marks) == 3


def test_only_what_went_in_is_there() -> None:
    """Neither a neighbour, nor one of another kind, nor one beyond all that were ever seen."""
    marks = Marks([("account", 3)])

    assert ("account", 3) in marks
    assert not [each for each in (("account", 4), ("mailbox", 3), ("account", 10**6)) if each in marks]


def test_batches_hold_everything_once() -> None:
    """The last batch is as long as what is left."""
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []
