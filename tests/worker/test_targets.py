"""Two real LDAP servers and a real worker: what befalls one of them does not delay the entries of the other."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from directory.agencies import Agency
from directory.base import system
from directory.due import Due
from directory.lifecycle import NewDomain, add_domain, suspend
from provisioning.bootstrap import Service, assemble, clock
from provisioning.config import Settings
from provisioning.ports import Unavailable
from provisioning.reconcile.tables import EntryStatus, TargetStatus
from provisioning.reconcile.targets import Maintenance, begin_maintenance, being_written, end_maintenance
from tests.book import hire
from tests.conftest import administer
from tests.engines import Engine, person
from tests.stack_fixtures import Servers, open_servers
from tests.worker.conftest import Worker, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.faults]


@dataclass
class Pair:
    """A service on two servers: the department's people are on the default one, the other province's on `hue`."""

    service: Service
    hue: Servers

    def appoint(self, code: str, name: str) -> str:
        """Appoint somebody at an agency; give the account number."""
        with self.service.outbox.transaction() as session:
            agency = session.scalars(select(Agency).where(Agency.code == code)).one()
            [account] = hire(session, system(clock(), "test"), agency, name)
            return account.number

    def suspend(self, number: str) -> None:
        """Suspend somebody."""
        Engine(self.service.outbox, self.service.target, now=clock()).do(suspend, number, "một lý do")

    def state(self, target: str, number: str) -> str | None:
        """Read the state of somebody's entry on a server."""
        system_ = self.service.targets[target].system
        try:
            found = system_.observe([person(number)]).get(person(number))
        except Unavailable:
            return None
        return found.attributes["cvState"][0] if found else None

    def due(self, target: str) -> int:
        """Count what waits for a server."""
        with self.service.outbox.transaction() as session:
            return session.scalars(select(func.count()).select_from(Due).where(Due.target == target)).one()

    def status(self, target: str) -> TargetStatus | None:
        """Tell how a target is."""
        with self.service.outbox.transaction() as session:
            found = session.get(TargetStatus, target)
            session.expunge_all()
            return found

    def failed(self) -> int:
        """Count the entries that fail."""
        with self.service.outbox.transaction() as session:
            return session.scalars(select(func.count()).select_from(EntryStatus).where(EntryStatus.state != "ok")).one()


@pytest.fixture(scope="module")
def stacks() -> Iterator[tuple[Servers, Servers]]:
    """Give two sets of servers, each with its slapd."""
    for first in open_servers():
        for second in open_servers():
            yield first.need("slapd"), second.need("slapd")


def variables(stacks: tuple[Servers, Servers], database_url: str) -> dict[str, str]:
    """Give the settings of a service on both."""
    first, second = stacks
    theirs = second.environment()
    names = ("LDAP_URI", "LDAP_BASE", "LDAP_BIND_DN", "LDAP_PASSWORD_FILE", "LDAP_CA_FILE")
    hue = {name.lower(): theirs[f"CONGVU_{name}"] for name in names}
    return {
        **first.environment(),
        "CONGVU_DATABASE_URL": database_url,
        "CONGVU_LDAP_TIMEOUT_SECONDS": "1",
        "CONGVU_TARGETS": json.dumps({"hue": hue}),
    }


@pytest.fixture(scope="module")
def settings(stacks: tuple[Servers, Servers], cluster: str, schema: str) -> Iterator[dict[str, str]]:
    """Give the variables under which a worker finds both servers and a database of these tests' own."""
    administer(cluster, "CREATE DATABASE two_targets TEMPLATE schema")
    yield variables(stacks, cluster.format("two_targets"))
    administer(cluster, "DROP DATABASE two_targets WITH (FORCE)")


def served(given: dict[str, str]) -> Service:
    """Put the service together, with the small book and the second target's domain in it."""
    named = {name.removeprefix("CONGVU_").lower(): value for name, value in given.items()}
    service = assemble(Settings(**{name: value for name, value in named.items() if name in Settings.model_fields}))  # type: ignore[arg-type]  # pydantic reads text
    Engine(service.outbox, service.target, now=clock())
    with service.outbox.transaction() as session:
        other = session.scalars(select(Agency).where(Agency.code == "H37")).one()
        domain = NewDomain(other.id, "a.khac.gov.vn", target="hue")
        add_domain(session, system(clock(), "test"), [domain])
    return service


@pytest.fixture(scope="module")
def pair(settings: dict[str, str], stacks: tuple[Servers, Servers], worker: Worker) -> Iterator[Pair]:
    """Give the service with a running worker."""
    service = served(settings)
    yield Pair(service, stacks[1])
    service.close()


def test_each_entry_stands_on_its_server(pair: Pair) -> None:
    """The worker writes everybody to the server of their domain, and nobody to both."""
    here, there = pair.appoint("H36.05", "Nguyễn Văn An"), pair.appoint("H37", "Trần Văn Bình")

    wait_until(lambda: (pair.state("default", here), pair.state("hue", there)) == ("active", "active"))

    assert (pair.state("default", there), pair.state("hue", here)) == (None, None)


def test_turns_are_taken_by_target(pair: Pair) -> None:
    """Two who write to one server wait for each other's whole batches, and for no batch of another server."""
    first, second, other = (pair.service.reconciler_of(name).writing for name in ("default", "default", "hue"))

    assert (first is second, first is other) == (True, False)


@pytest.mark.parametrize("befalls", ["stopped", "frozen"])
def test_server_that_is_away_delays_no_other(pair: Pair, befalls: str) -> None:
    """While one server is stopped, or takes connections and says nothing, the other's entries become real."""
    if befalls == "stopped":
        pair.hue.stop("slapd")
    else:
        pair.hue.send("slapd", signal.SIGSTOP)
    there = pair.appoint("H37", "Trần Văn Cường")
    wait_until(lambda: is_failing(pair, "hue"))

    here = pair.appoint("H36.05", "Nguyễn Văn Dũng")
    wait_until(lambda: pair.state("default", here) == "active")
    pair.suspend(here)
    wait_until(lambda: pair.state("default", here) == "suspended")

    assert is_failing(pair, "hue")
    assert not is_failing(pair, "default")
    assert (pair.due("hue") > 0, pair.failed()) == (True, 0)
    if befalls == "stopped":
        pair.hue.need("slapd")
    else:
        pair.hue.send("slapd", signal.SIGCONT)
    wait_until(lambda: pair.state("hue", there) == "active")
    wait_until(lambda: not is_failing(pair, "hue"))


def is_failing(pair: Pair, target: str) -> bool:
    """Say whether a target is known to be away."""
    status = pair.status(target)
    return status is not None and status.failing_since is not None


def test_maintenance_keeps_one_server_still(pair: Pair) -> None:
    """In maintenance nothing reaches the server, a disable neither; when it ends, all that waited does, by itself."""
    there = pair.appoint("H37", "Trần Văn Em")
    wait_until(lambda: pair.state("hue", there) == "active")
    ask(pair, lambda session, actor: begin_maintenance(session, actor, [Maintenance("hue")]))
    wait_until(lambda: ask(pair, lambda session, _: being_written(session, "hue")) == 0)
    pair.suspend(there)
    late, here = pair.appoint("H37", "Trần Văn Giang"), pair.appoint("H36.05", "Nguyễn Văn Hải")

    wait_until(lambda: pair.state("default", here) == "active")
    kept = (pair.state("hue", there), pair.state("hue", late), pair.due("hue"), pair.failed())
    ask(pair, lambda session, actor: end_maintenance(session, actor, ["hue"]))

    wait_until(lambda: (pair.state("hue", there), pair.state("hue", late)) == ("suspended", "active"))
    assert kept == ("active", None, 2, 0)


def ask(pair: Pair, verb: Callable[..., object]) -> object:
    """Let the system do something about targets."""
    with pair.service.outbox.transaction() as session:
        return verb(session, system(clock(), "test"))


def test_wrong_password_of_one_server_pauses_it_alone(
    stacks: tuple[Servers, Servers], database_url: str, tmp_path: Path
) -> None:
    """A server that does not take our password is paused and said to be; nobody fails, and the other is written to."""
    given = variables(stacks, database_url)
    hue = json.loads(given["CONGVU_TARGETS"])["hue"]
    (tmp_path / "wrong").write_text("not the password")
    hue["ldap_password_file"] = str(tmp_path / "wrong")
    service = served({**given, "CONGVU_TARGETS": json.dumps({"hue": hue})})
    pair = Pair(service, stacks[1])
    here = pair.appoint("H36.05", "Nguyễn Văn Khánh")
    pair.appoint("H37", "Trần Văn Lâm")

    refused = service.reconciler_of("hue").run()
    done = service.reconciler.run()

    status = pair.status("hue")
    found = (pair.state("default", here), pair.failed(), pair.due("hue"))
    service.close()
    assert refused.paused_for is not None
    assert (done.done, done.paused_for) == (done.claimed, None)
    assert status is not None
    assert status.reason is not None
    assert "refuses to sign in" in status.reason
    assert found == ("active", 0, 2)
