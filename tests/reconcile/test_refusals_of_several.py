"""What the engine does about an entry that one target refuses, where the other has the owner of its address."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from directory.agencies import Agency
from directory.lifecycle import Alias, ListOpening, ListRule, add_alias, open_mailing_list
from tests.fakes import FakeTarget
from tests.reconcile.several import Both, both
from tests.reconcile.test_refusals import WANTED, mailbox_of

__all__ = ["both"]


@pytest.mark.parametrize("attribute", ["cvMailboxId", "cvListId"])
def test_owner_that_lives_elsewhere_is_not_waited_for(both: Both, attribute: str) -> None:
    """A mailbox or a list of another target never gives up what a copy of its entry has here: a person is told."""
    number = both.engine.hire("Nguyễn Văn An")[0]
    both.engine.settle()
    both.hire("Trần Văn Bình")
    with both.engine.outbox.transaction() as session:
        agency = session.scalars(select(Agency).where(Agency.code == "H37")).one()
        rule = ListRule("Toàn thể", "members", "staff")
        open_mailing_list(session, both.engine.actor, [ListOpening(agency.id, "toanthe@hue.gov.vn", rule)])
    both.run_hue()
    [(name, owner)] = [(name, values) for name, (values, _) in both.hue.entries.items() if attribute in values]
    default = both.engine.target
    assert isinstance(default, FakeTarget)
    default.entries[name] = ({**owner, "cvAddress": (WANTED,)}, default.next_version())
    with both.engine.outbox.transaction() as session:
        add_alias(session, both.engine.actor, [Alias(mailbox_of(both.engine, session, number), WANTED)])

    both.engine.settle()

    status = both.engine.status(number)
    assert status is not None
    assert status.state == "refused"
