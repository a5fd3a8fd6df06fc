"""The figures of the engine, for Prometheus: what they say, and who may read them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from provisioning.bootstrap import Service
from provisioning.web.figures import LANES_OF_ALL
from tests.web.conftest import answering
from tests.web.test_health import heartbeat


def scrape(client: FlaskClient, **headers: str) -> tuple[int, str]:
    """Read the figures."""
    answer = client.get("/metrics", headers=headers)
    return answer.status_code, answer.get_data(as_text=True)


def figures_of(app: Flask) -> dict[str, str]:
    """Read the figures by their names."""
    status, figures = scrape(app.test_client())
    assert status == 200
    return dict(line.rsplit(" ", 1) for line in figures.splitlines() if not line.startswith("#"))


def test_figures_of_the_engine_are_given(service: Service, app: Flask) -> None:
    """What waits is counted, with the age of the oldest."""
    heartbeat(service)
    with service.outbox.transaction() as session:
        session.execute(
            text(
                "INSERT INTO due (subject, subject_id, revision, since, urgent) VALUES"
                " ('account', 1, 1, now() - interval '90 seconds', true), ('account', 2, 1, now(), false)"
            )
        )

    values = figures_of(app)

    assert (values['congvu_due{target="default"}'], values['congvu_due_urgent{target="default"}']) == ("2.0", "1.0")
    assert 90 <= float(values['congvu_due_oldest_seconds{target="default"}']) < 150
    assert values['congvu_up{part="database"}'] == "1.0"


def test_figures_tell_targets_apart(service: Service, app: Flask) -> None:
    """Each target has its own figures, also one that no setting describes, with the reasons for what fails."""
    heartbeat(service)
    with service.outbox.transaction() as session:
        session.execute(
            text(
                "INSERT INTO due (subject, subject_id, revision, since, target) VALUES ('account', 1, 1, now(), 'hue')"
            )
        )
        session.execute(
            text(
                "INSERT INTO entry_status (subject, subject_id, state, reason, tried_revision, at, target)"
                " SELECT 'account', number, 'refused', 'Too long.', 1, now(), 'hue' FROM generate_series(1, 3) number"
            )
        )
        session.execute(text("INSERT INTO target_status (name, maintenance_since) VALUES ('hue', now())"))
        session.execute(
            text(
                "INSERT INTO scans (target, kind, started_at, finished_at, entries, restored, asked, is_held, newest)"
                " VALUES ('hue', 'full', now(), now() - interval '1 hour', 1, 0, 0, false, '')"
            )
        )

    values = figures_of(app)

    assert {name: values[f'congvu_{name}{{target="hue"}}'] for name in ("due", "refused", "target_maintenance")} == {
        "due": "1.0",
        "refused": "3.0",
        "target_maintenance": "1.0",
    }
    assert (values['congvu_target_known{target="hue"}'], values['congvu_target_known{target="default"}']) == (
        "0.0",
        "1.0",
    )
    assert values['congvu_failing_reasons{reason="Too long.",target="hue"}'] == "3.0"
    assert float(values['congvu_scan_seconds{kind="full",target="hue"}']) >= 3600
    assert values['congvu_scan_seconds{kind="changed",target="hue"}'] == "-1.0"


def test_figures_tell_in_which_lane_jobs_wait(service: Service, app: Flask) -> None:
    """Of each lane it is told since when a job waits that could be taken, and nothing of those for later."""
    with service.outbox.transaction() as session:
        service.queue.defer(session, "reconcile-hue")
        service.queue.defer(session, "notices", after=timedelta(hours=1))
        session.execute(text("UPDATE procrastinate_events SET at = now() - interval '10 minutes'"))

    values = figures_of(app)

    assert 600 <= float(values['congvu_jobs_oldest_seconds{lane="reconcile-hue"}']) < 660
    assert {lane: values[f'congvu_jobs_oldest_seconds{{lane="{lane}"}}'] for lane in LANES_OF_ALL} == dict.fromkeys(
        LANES_OF_ALL, "0.0"
    )


def test_every_figure_can_be_read(service: Service, app: Flask) -> None:
    """On an empty book every figure has a number."""
    names = {name.split("{")[0] for name in figures_of(app)}

    assert {
        "congvu_due",
        "congvu_due_urgent",
        "congvu_due_oldest_seconds",
        "congvu_failing",
        "congvu_refused",
        "congvu_entry_rate",
        "congvu_scan_seconds",
        "congvu_target_up",
        "congvu_target_known",
        "congvu_target_paused",
        "congvu_target_maintenance",
        "congvu_target_failing_seconds",
        "congvu_notices_waiting",
        "congvu_jobs",
        "congvu_jobs_oldest_seconds",
        "congvu_worker_seen_seconds",
        "congvu_entry_results_total",
        "congvu_up",
    } <= names


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("192.0.2.7", {"Authorization": "Bearer right-token"}, 200),
        ("192.0.2.7", {"Authorization": "Bearer wrong-token"}, 403),
        ("192.0.2.7", {"Authorization": "Bearer "}, 403),
    ],
)
def test_figures_are_for_near_ones_and_for_the_token(
    service: Service, tmp_path: Path, address: str, headers: dict[str, str], status: int
) -> None:
    """From another network only the token opens the figures; a proxy that nobody configured makes nobody near."""
    token = tmp_path / "token"
    token.write_text("right-token\n")
    settings = service.settings.model_copy(update={"metrics_token_file": token})
    client = answering(Service(**{**vars(service), "settings": settings})).test_client()
    client.environ_base["REMOTE_ADDR"] = address

    assert scrape(client, **headers)[0] == status


def test_empty_token_opens_nothing(service: Service, tmp_path: Path) -> None:
    """A token file without a token lets nobody in who sends none."""
    (tmp_path / "token").touch()
    settings = service.settings.model_copy(update={"metrics_token_file": tmp_path / "token"})
    client = answering(Service(**{**vars(service), "settings": settings})).test_client()
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"

    assert scrape(client)[0] == 403
