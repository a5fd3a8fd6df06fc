"""Real servers for tests: one private set for each pytest worker, its parts started when first asked for.

`servers.need("postgresql")`, `servers.need("slapd")` and `servers.need("mail")` start what is missing;
`servers.environment()` gives the settings under which the service finds them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.servers import Stack

# Mail is Dovecot and Postfix, and both read slapd.
NEEDS = {
    "postgresql": ("postgresql",),
    "slapd": ("slapd",),
    "dovecot": ("slapd", "dovecot"),
    "mail": ("slapd", "dovecot", "postfix"),
}


class Servers(Stack):
    """A stack in a folder of its own with free ports, whose parts start when they are needed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, parts=(), durable=False)

    def need(self, *names: str) -> "Servers":
        """Starts what is not running yet; without root a test that needs Postfix is skipped, and says so."""
        wanted = {part for name in names for part in NEEDS[name]}
        if "postfix" in wanted and os.geteuid() != 0:
            pytest.skip("Postfix needs root: this test did not run")
        for part in ("postgresql", "slapd", "dovecot", "postfix"):
            if part in wanted:
                self.add(part)
        return self

    @property
    def secrets(self) -> Path:
        """The folder of this stack's secrets."""
        return self.layout.secrets

    def password(self, service: str) -> str:
        """The password of a service entry: `provisioner` or `mailreader`."""
        return (self.secrets / f"ldap_{service}").read_text(encoding="ascii")


def open_servers() -> Iterator[Servers]:
    """A set of servers in a new folder; all is stopped and removed afterwards."""
    # pytest's own folders are closed to the users that servers run as, and their paths are long for sockets.
    root = Path(tempfile.mkdtemp(prefix="congvu-", dir="/tmp"))
    servers = Servers(root)
    servers.supervisor.take()
    try:
        yield servers
    finally:
        servers.close()
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The worker's set of servers, for tests that leave them running."""
    yield from open_servers()


@pytest.fixture
def own_servers() -> Iterator[Servers]:
    """A set for one test alone, to be stopped, frozen and killed as it likes."""
    yield from open_servers()
