"""A web process that dies while it answers: `python -m tests.faults.dying_web POINT TOKEN PATH < FIELDS` (JSON)."""

from __future__ import annotations

import json
import signal
import sys

from provisioning.bootstrap import assemble
from tests.faults.dying_worker import stop_at
from tests.web.conftest import answering, browser
from tests.web.people import Somebody, fill_in


def main(point: str, token: str, path: str) -> None:
    """Fill in a form as whoever has this session, and end at the point."""
    app = answering(assemble())
    client = browser(app)
    client.set_cookie(app.extensions["signin"].cookie, token, secure=app.config["SESSION_COOKIE_SECURE"])
    stop_at(point, signal.SIGKILL)
    fill_in(Somebody(0, "", "", token, client), path, **json.load(sys.stdin))


if __name__ == "__main__":
    main(*sys.argv[1:])
