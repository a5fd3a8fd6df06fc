"""What tests of the servers share."""

from collections.abc import Iterator

import pytest

from tests.stack.entries import Tree
from tests.stack_fixtures import Servers, own_servers, servers

__all__ = ["own_servers", "servers"]


@pytest.fixture(scope="session")
def slapd(servers: Servers) -> Servers:
    """The worker's servers with slapd running."""
    return servers.need("slapd")


@pytest.fixture(scope="session")
def tree(slapd: Servers) -> Iterator[Tree]:
    """The target's tree with one domain."""
    tree = Tree(slapd)
    tree.add_domain()
    yield tree
    tree.connection.unbind()


@pytest.fixture(scope="session")
def mail(servers: Servers, tree: Tree) -> Servers:
    """The worker's servers with Dovecot and Postfix running."""
    return servers.need("mail")
