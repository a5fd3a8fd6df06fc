"""The web is killed while it answers, or PostgreSQL has no time for it: sent again, a form does nothing twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import QueuePool

from directory.officials import Official
from provisioning.bootstrap import Service, assemble
from tests.faults.conftest import Times
from tests.faults.nursery import HOUSE
from tests.faults.tally import Tally
from tests.proxies import proxy_to
from tests.statements import is_one_waiting
from tests.web.conftest import BASE_URL, answering, app, browser, secrets_dir, service
from tests.web.pages import Page
from tests.web.people import Somebody, fill_in, signed_in
from tests.worker.conftest import wait_until

__all__ = ["app", "secrets_dir", "service"]

pytestmark = pytest.mark.faults
FORM = "/officials/new/"
POINTS = (
    "directory.lifecycle.appointing:appoint return 1",
    "provisioning.web.newcomers:_appoint return 1",
    "provisioning.web.newcomers:create return 1",
)
"""Two before the commit, and one between the commit and the answer."""


def whole_form(staff: Somebody, name: str) -> dict[str, str]:
    """Give all that the browser sends once somebody has typed into the form."""
    return {**Page(staff.client.get(FORM)).forms[FORM], "full_name": name}


def filled_in(staff: Somebody, name: str) -> dict[str, str]:
    """Give what somebody types into the form, with the number of this one form."""
    return {each: value for each, value in whole_form(staff, name).items() if each in ("full_name", "once")}


def appointed(app: Flask, name: str) -> int:
    """Count the officials of a name."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return session.scalar(select(func.count()).where(Official.full_name == name)) or 0


def count(tally: Tally, app: Flask, *names: str) -> None:
    """Count who is not there, and who is there more than once."""
    found = {name: appointed(app, name) for name in names}
    tally.count([name for name, times in found.items() if not times], [name for name in names if found[name] > 1])


@pytest.mark.fault("F10")
@pytest.mark.parametrize("point", POINTS)
def test_web_killed_while_it_answers(
    app: Flask, database_url: str, secrets_dir: Path, tally: Tally, times: Times, point: str
) -> None:
    """A form whose answer got lost is sent again, twice: both answers are the same, and the official is there once."""
    staff = signed_in(app, "agency_it")
    settings = {"DATABASE_URL": database_url, "SECRETS_DIR": str(secrets_dir), "BASE_URL": BASE_URL}
    names = [f"Trần Văn {'B' * number}ình" for number in range(1, times(1, 20) + 1)]
    for name in names:
        fields = filled_in(staff, name)
        died = subprocess.run(
            [sys.executable, "-m", "tests.faults.dying_web", point, staff.token, FORM],
            cwd=HOUSE,
            env={**os.environ, **{f"CONGVU_{key}": value for key, value in settings.items()}},
            input=json.dumps(fields),
            text=True,
            check=False,
        )
        tally.injected()

        answers = [fill_in(staff, FORM, **fields) for _ in range(2)]

        assert died.returncode == -signal.SIGKILL
        assert [answer.status_code for answer in answers] == [303, 303]
        assert answers[0].location == answers[1].location
    count(tally, app, *names)


@pytest.mark.fault("F10")
def test_form_sent_many_times_at_once(app: Flask, tally: Tally, times: Times) -> None:
    """An impatient finger that sends one form several times at once makes one official and gets one answer."""
    staff = signed_in(app, "agency_it")
    for number in range(1, times(3, 20) + 1):
        name = f"Lê Thị {'C' * number}úc"
        fields = filled_in(staff, name)
        visitors = [visitor(app, staff) for _ in range(4)]

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda each, fields=fields: fill_in(each, FORM, **fields), visitors))
        tally.injected(3)

        assert {answer.location for answer in answers} == {answers[0].location}
        count(tally, app, name)


def visitor(app: Flask, staff: Somebody) -> Somebody:
    """Open one more window of somebody's browser."""
    client = browser(app)
    client.set_cookie(app.extensions["signin"].cookie, staff.token, secure=app.config["SESSION_COOKIE_SECURE"])
    return replace(staff, client=client)


@pytest.mark.fault("F10")
def test_form_that_was_changed_is_another_one(app: Flask, tally: Tally) -> None:
    """Who goes back after the answer and types another name appoints another official."""
    staff = signed_in(app, "agency_it")
    fields = filled_in(staff, "Phạm Văn Dũng")

    fill_in(staff, FORM, **fields)
    fill_in(staff, FORM, **{**fields, "full_name": "Phạm Văn Đông"})
    tally.injected()

    count(tally, app, "Phạm Văn Dũng", "Phạm Văn Đông")


@pytest.mark.fault("F02")
def test_pages_wait_for_no_ldap(service: Service, tally: Tally) -> None:
    """While the LDAP server is silent people work as ever, for no page asks it anything."""
    with proxy_to(1) as proxy:
        proxy.mode = "deaf"
        settings = service.settings.model_copy(update={"ldap_uri": f"ldap://127.0.0.1:{proxy.entrance}"})
        silent = answering(assemble(settings))
        staff = signed_in(silent, "agency_it")
        pages = [staff.client.get(path).status_code for path in ("/", "/officials", FORM, "/provisioning", "/me")]
        made = fill_in(staff, FORM, **filled_in(staff, "Phạm Văn Hải"))
        tally.injected(len(pages) + 1)

        assert (set(pages), made.status_code, proxy.taken) == ({200}, 303, 0)
        count(tally, silent, "Phạm Văn Hải")
        silent.extensions["congvu"].close()


@pytest.mark.fault("F16")
def test_no_free_connection_is_told_at_once(app: Flask, tally: Tally) -> None:
    """While every connection to PostgreSQL is taken a form says so and when to try again; sent again, it is done."""
    staff = signed_in(app, "agency_it")
    fields = filled_in(staff, "Phạm Văn Giang")
    engine = create_engine(
        app.extensions["congvu"].outbox.engine.url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1
    )
    crowded = answering(
        replace(app.extensions["congvu"], outbox=replace(app.extensions["congvu"].outbox, engine=engine))
    )
    with engine.connect():
        answer = visitor(crowded, staff).client.post(FORM, data=fields)
        tally.injected()

    again = fill_in(visitor(crowded, staff), FORM, **fields)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert again.status_code == 303
    count(tally, app, "Phạm Văn Giang")
    engine.dispose()


@pytest.mark.fault("F16")
def test_deadlock_is_told_as_somebody_elses_change(app: Flask, tally: Tally) -> None:
    """A form that PostgreSQL ends because another transaction stands in its way says so; sent again, it is done."""
    staff = signed_in(app, "agency_it")
    fields = whole_form(staff, "Đỗ Văn Khoa")
    engine = app.extensions["congvu"].outbox.engine
    with ThreadPoolExecutor(1) as pool, engine.connect() as other, other.begin():
        other.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        other.execute(text("LOCK TABLE due IN EXCLUSIVE MODE"))
        sending = pool.submit(staff.client.post, FORM, data=fields)
        wait_until(lambda: is_one_waiting(engine))
        other.execute(text("LOCK TABLE officials IN EXCLUSIVE MODE"))  # where the form has written
        tally.injected()

        answer = sending.result()

    again = staff.client.post(FORM, data=fields)
    assert answer.status_code == 409
    assert "Có người khác vừa thay đổi" in Page(answer).text
    assert again.status_code == 303
    count(tally, app, "Đỗ Văn Khoa")
