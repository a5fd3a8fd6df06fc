"""A further address at the same moment as the end of what it is for: the later one sees what the first one did."""

from __future__ import annotations

from threading import Thread

import pytest

from directory.base import Actor
from directory.errors import DirectoryError
from directory.lifecycle import (
    ListOpening,
    ListRule,
    RoleOpening,
    close_role_mailbox,
    open_mailing_list,
    open_role_mailbox,
)
from directory.lifecycle.aliases import Alias, add_alias
from directory.lifecycle.mailing_lists import close_mailing_list
from provisioning.outbox import Outbox
from tests.book import found_house
from tests.statements import is_one_waiting


@pytest.mark.parametrize(("is_list", "refusal"), [(False, "MailboxClosed"), (True, "WrongState")])
def test_nothing_that_is_being_closed_gets_an_address(
    outbox: Outbox, actor: Actor, refusal: str, *, is_list: bool
) -> None:
    """Whoever gives a further address waits for whoever is closing the mailbox or the list, and is refused."""
    with outbox.transaction() as session:
        agency_id = found_house(session, actor).department.id
        (box,) = open_role_mailbox(session, actor, [RoleOpening(agency_id, "Văn thư", "vanthu.snv@tinh.gov.vn")])
        rule = ListRule("Toàn thể", "members", "staff")
        (mailing,) = open_mailing_list(session, actor, [ListOpening(agency_id, "toanthe.snv@tinh.gov.vn", rule)])
        owner_id = mailing.id if is_list else box.id
    refused: list[str] = []

    def give() -> None:
        try:
            with outbox.transaction() as session:
                add_alias(session, actor, [Alias(owner_id, "moi.snv@tinh.gov.vn", is_list=is_list)])
        except DirectoryError as error:
            refused.append(type(error).__name__)

    giving = Thread(target=give)
    with outbox.transaction() as session:
        if is_list:
            close_mailing_list(session, actor, [owner_id])
        else:
            close_role_mailbox(session, actor, [owner_id], "thôi dùng")
        giving.start()
        while giving.is_alive() and not is_one_waiting(outbox.engine):
            pass
    giving.join()

    assert refused == [refusal]
