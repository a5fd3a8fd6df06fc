"""The first page of the officials at 12,000 of them, against the same page at 1,200.

Both sides ask the whole application for GET /officials as a signed-in operator: guard, session, statements, template.
The small directory is the sample. The large one has ten times as many people, in as many more communes as they need;
they were appointed by the same verb as everybody. With `--large` there are 120,000.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from random import Random
from statistics import median

from flask.testing import FlaskClient
from sqlalchemy import text

from benches.figures import BenchError, at_most, seconds
from benches.place import servers, service_on
from directory.accounts import account_by_number
from directory.agencies import agency_by_code
from directory.base import Actor, system
from directory.credentials.sessions import start_session
from directory.lifecycle import Founding, Newcomer, appoint, found_agency
from provisioning.app import create_app
from provisioning.bootstrap import Service, clock
from provisioning.sample import load
from provisioning.sample.names import people

NAME = "page-officials"
GOAL = at_most(1.5)
UNIT = "ms"

TIMES, MANY_TIMES = 10, 100
IN_A_COMMUNE = 60
PROVINCE = "H36"
BATCH = 500
ASKED = 20


@dataclass(frozen=True)
class Place:
    """A browser on each of the two directories."""

    many: FlaskClient
    few: FlaskClient


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Load the sample twice and add to one of them."""
    with servers("postgresql") as stack, service_on(stack, "many") as many, service_on(stack, "few") as few:
        yield Place(signed_in(many, MANY_TIMES if large else TIMES), signed_in(few, 1))


def ours(place: Place) -> float:
    """Ask for the page among many."""
    return page(place.many)


def other(place: Place) -> float:
    """Ask for the page among few."""
    return page(place.few)


def page(client: FlaskClient) -> float:
    """How long the page takes, in the middle of some times."""

    def ask() -> None:
        answer = client.get("/officials")
        if answer.status_code != HTTPStatus.OK or b"/officials?after=" not in answer.data:
            raise BenchError(f"the page of officials answered {answer.status_code}")

    ask()
    return 1_000 * median(seconds(ask) for _ in range(ASKED))


def signed_in(service: Service, times: int) -> FlaskClient:
    """Fill a directory with so many times the people of the sample, and sign its operator in."""
    actor = system(clock(), "bench")
    loaded = load(service.outbox, actor)
    crowd(service, actor, (times - 1) * loaded.officials)
    operator = next(each for each in loaded.sign_ins if each.role == "operator")
    with service.outbox.transaction() as session:
        session.execute(text("ANALYZE"))
        token, row = start_session(session, actor, account_by_number(session, operator.account_number), "full", NAME)
        row.factor_at = actor.now
    app = create_app(service)
    client = app.test_client()
    client.set_cookie(app.extensions["signin"].cookie, token, secure=service.settings.cookie_secure)
    return client


def crowd(service: Service, actor: Actor, wanted: int) -> None:
    """Appoint people to new communes of a province, in batches as a list does."""
    drawn = islice(people(Random(NAME)), wanted)
    with service.outbox.transaction() as session:
        province = agency_by_code(session, PROVINCE)
        names = range(-(-wanted // IN_A_COMMUNE))
        foundings = [Founding("commune", f"Xã Số {each}", province.id, f"{PROVINCE}.{1000 + each}") for each in names]
        communes = [commune.id for commune in found_agency(session, actor, foundings)]
    places = (commune for commune in communes for _ in range(IN_A_COMMUNE))
    newcomers = (Newcomer(place, made.full_name, made.title) for place, made in zip(places, drawn, strict=False))
    while batch := list(islice(newcomers, BATCH)):
        with service.outbox.transaction() as session:
            appoint(session, actor, batch)
