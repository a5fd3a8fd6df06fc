"""What the codes of a server's replies mean for a change."""

from __future__ import annotations

import pytest

from directory.desired import Name
from provisioning.ldap.messages import Reply
from provisioning.ldap.results import NO_BRANCH, outcome
from provisioning.ports import Add, Modify

PERSON: Name = (("uid", "cv23456789"), ("ou", "people"))
PHONE: Name = (("cvDeviceId", "phone"), *PERSON)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0, "applied"),
        *((code, "stale") for code in (32, 68, 122)),
        *((code, "unavailable") for code in (1, 3, 10, 51, 52, 53, 80)),
        *((code, "refused") for code in (16, 17, 19, 20, 21, 34, 50, 65, 66, 2)),
    ],
)
def test_meaning_of_a_code(code: int, kind: str) -> None:
    """What is old is looked at again, the server's trouble is waited for, and all else is for a person."""
    assert outcome(Reply(code), Modify(PERSON, {}, "v")).kind == kind


@pytest.mark.parametrize(("code", "may_be"), [(19, True), (65, False)])
def test_address_may_be_taken(code: int, *, may_be: bool) -> None:
    """Only after a broken rule of values another entry is sought that has the address."""
    assert outcome(Reply(code), Modify(PERSON, {}, "v")).may_be_taken is may_be


def test_missing_branch_is_told() -> None:
    """An entry that cannot be added below a branch of ours waits for the branch."""
    reason = outcome(Reply(32), Add(PERSON, {})).reason

    assert reason is not None
    assert reason.message == NO_BRANCH


def test_parent_that_is_gone_is_looked_for() -> None:
    """An app password that cannot be added below an entry means that the entry is gone."""
    assert outcome(Reply(32), Add(PHONE, {})).kind == "stale"
