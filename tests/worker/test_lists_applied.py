"""From "apply" to mail: a list in the hands of a real worker, on real servers."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from directory.addresses import Address
from directory.due import Due
from directory.mailboxes import Mailbox
from directory.staff_lists.apply import start
from directory.staff_lists.tables import StaffList
from provisioning.bootstrap import Service, clock
from tests.engines import Engine
from tests.lists.conftest import planned_for
from tests.lists.workbooks import people, plain_list
from tests.stack.mail_clients import answer_to
from tests.stack_fixtures import Servers
from tests.web.people import DEPARTMENT, agency
from tests.worker.conftest import Worker, wait_until

pytestmark = pytest.mark.slow


def is_done(service: Service, list_id: int) -> bool:
    """Say whether a list is applied and nothing is due any more."""
    with service.outbox.transaction() as session:
        state = session.get_one(StaffList, list_id).state
        return state == "applied" and session.scalar(select(func.count()).select_from(Due)) == 0


def test_every_newcomer_of_a_list_receives_mail(service: Service, worker: Worker, servers: Servers) -> None:
    """Whoever a list brings has an address that the mail server accepts, with no other step than "apply"."""
    actor = Engine(service.outbox, service.target, now=clock()).actor
    sheets = plain_list(people(24)).sheets()
    with service.outbox.transaction() as session:
        staff_list = planned_for(session, actor, agency(session, DEPARTMENT).id, sheets)
        start(session, actor, staff_list)
        list_id, before = staff_list.id, session.scalar(select(func.max(Mailbox.id))) or 0

    wait_until(lambda: is_done(service, list_id))

    with service.outbox.transaction() as session:
        made = session.scalars(select(Address.address).where(Address.mailbox_id > before)).all()
    assert len(made) == 24
    assert {answer_to(servers, address) for address in made} == {250}
