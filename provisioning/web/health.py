"""For those who watch over the service: is every part there, and how much waits. Nobody's data is in it."""

from __future__ import annotations

import hmac
import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from threading import Lock

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from werkzeug.exceptions import Forbidden

from directory.base import system
from provisioning.bootstrap import clock
from provisioning.logs import log_of
from provisioning.pings import DATABASE, Answer, ask_all, pings_of
from provisioning.reconcile.targets import healths
from provisioning.web.figures import exposition, exposition_of_parts
from provisioning.web.guard import Stage, needs
from provisioning.web.request import book, service

GOOD_SECONDS, BAD_SECONDS = 5.0, 2.0
"""How long an answer is given again without asking anew: whoever hammers this page does not hammer the servers."""

blueprint = Blueprint("health", __name__)
log = log_of(__name__)


class Pulse:
    """The latest answers of all parts; of many who ask at once only one asks the parts."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._answers: list[Answer] = []
        self._until = 0.0

    def take(self) -> list[Answer]:
        """Give the answers, asking for them if the last ones are too old."""
        with self._turn:
            if time.monotonic() >= self._until:
                self._answers = ask_all(pings_of(service()))
                failed = [answer for answer in self._answers if answer.failure]
                for answer in failed:
                    log.warning("a part does not answer", part=answer.part, reason=answer.failure)
                self._until = time.monotonic() + (BAD_SECONDS if failed else GOOD_SECONDS)
            return self._answers


@blueprint.get("/healthy")
@needs(Stage.ANYONE)
def healthy() -> Response:
    """Say whether every part answers: 200 if so, 503 if one does not. Why is told to near ones only."""
    answers = _pulse().take()
    parts = {answer.part: _told(answer, is_near=_is_near()) for answer in answers}
    is_healthy = all(answer.failure is None for answer in answers)
    found = jsonify(healthy=is_healthy, parts=parts)
    found.status_code = 200 if is_healthy else 503
    return found


@blueprint.get("/metrics")
@needs(Stage.ANYONE)
def metrics() -> Response:
    """Give the figures of the engine in Prometheus's form, to near ones and to those with the token."""
    if not (_is_near() or _has_token()):
        raise Forbidden
    answers = _pulse().take()
    if any(answer.part == DATABASE and answer.failure for answer in answers):
        # Nothing else can be read, and to try might wait for ever: whoever is to be alarmed learns at least this.
        return Response(exposition_of_parts(answers), content_type=CONTENT_TYPE_LATEST)
    now = clock()
    with book() as session:
        targets = healths(session, system(now, "metrics"), service().targets)
        return Response(exposition(session, answers, targets, now), content_type=CONTENT_TYPE_LATEST)


def _told(answer: Answer, *, is_near: bool) -> dict[str, object]:
    """Give what is told of one part."""
    told: dict[str, object] = {"ok": answer.failure is None, "milliseconds": round(answer.seconds * 1000)}
    if answer.failure and is_near:
        told["reason"] = answer.failure
    return told


def _pulse() -> Pulse:
    """Give the pulse of this application."""
    pulse: Pulse = current_app.extensions.setdefault("pulse", Pulse())
    return pulse


def _is_near() -> bool:
    """Say whether the request comes from a configured network, directly or through as many proxies as configured.

    With a proxy that nobody configured every request would seem to come from the loopback address: then its
    header gives it away, and nobody is near.
    """
    settings = service().settings
    if not settings.trusted_proxies and ("X-Forwarded-For" in request.headers or "Forwarded" in request.headers):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(address in ip_network(each) for each in settings.metrics_networks)


def _has_token() -> bool:
    """Say whether the request carries the token of the file that the settings name."""
    path: Path | None = service().settings.metrics_token_file
    if path is None:
        return False
    token = path.read_text(encoding="ascii").strip()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())
