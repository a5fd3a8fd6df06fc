"""An engine over the fake target, on a database of the test's own."""

from __future__ import annotations

import pytest

from provisioning.outbox import Outbox
from tests.engines import Engine
from tests.fakes import FakeMailServer, FakeTarget


@pytest.fixture
def target() -> FakeTarget:
    """Give an LDAP server in a dictionary."""
    return FakeTarget()


@pytest.fixture
def mail() -> FakeMailServer:
    """Give a mail store that remembers whose sessions ended."""
    return FakeMailServer()


@pytest.fixture
def engine(outbox: Outbox, target: FakeTarget, mail: FakeMailServer) -> Engine:
    """Give an engine whose domains are real already."""
    engine = Engine(outbox, target, mail)
    engine.settle()
    return engine
