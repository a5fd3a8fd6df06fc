"""From a changed policy to the entries: a rollout in the hands of a real worker, on real servers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from directory.agencies import Agency
from directory.lifecycle import Setting, set_policy
from directory.mailboxes import Mailbox
from directory.policies import MIB, Rollout
from provisioning.bootstrap import Service, clock
from tests.engines import Engine
from tests.stack.entries import bind_service, read
from tests.stack_fixtures import Servers
from tests.worker.conftest import Worker, wait_until

pytestmark = pytest.mark.slow


def is_rolled_out(service: Service) -> bool:
    """Say whether the rollout is over."""
    with service.outbox.transaction() as session:
        return session.scalars(select(Rollout)).one().finished_at is not None


def quota_of(servers: Servers, number: str) -> list[bytes]:
    """Read the quota in somebody's entry."""
    connection = bind_service(servers, "mailreader")
    try:
        return read(connection, f"uid={number},ou=people,dc=gov,dc=vn", "cvQuota").get("cvQuota", [])
    finally:
        connection.unbind()


def test_larger_quota_reaches_the_entries(service: Service, worker: Worker, servers: Servers) -> None:
    """Setting a quota wakes the worker, which resizes the mailboxes and makes their entries say so."""
    engine = Engine(service.outbox, service.target, now=clock())
    numbers = engine.hire("Nguyễn Văn Khánh", "Lê Thị Tư")
    with service.outbox.transaction() as session:
        top = session.scalars(select(Agency).where(Agency.parent_id.is_(None)).order_by(Agency.id)).first()
        assert top is not None
        table = {"rules": [], "default": 777 * MIB}
        set_policy(session, engine.actor, [Setting(top.id, "quota_rules", table)])

    wait_until(lambda: is_rolled_out(service))

    with service.outbox.transaction() as session:
        assert set(session.scalars(select(Mailbox.quota_bytes).where(Mailbox.kind == "personal"))) == {777 * MIB}
    wanted = [str(777 * MIB).encode()]
    wait_until(lambda: all(quota_of(servers, number) == wanted for number in numbers))
