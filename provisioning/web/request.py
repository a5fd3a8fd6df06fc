"""What a view asks of the request it answers: who acts, a transaction of the book, ways back, links."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from directory.base import Actor, public_id
from provisioning import logs
from provisioning.bootstrap import Service


def service() -> Service:
    """Give the service that this application was made with."""
    made: Service = current_app.extensions["congvu"]
    return made


def book() -> AbstractContextManager[Session]:
    """Open one transaction of the book: one intent, committed at the end of the block or not at all."""
    return service().outbox.transaction()


def begin() -> None:
    """Note when the request came and give it a number under which the log and the audit know it."""
    g.now = datetime.now(UTC)
    g.request_id = public_id(12)
    logs.bind(g.request_id)


def source() -> str:
    """Give the address of whoever asks; a forwarded one counts only from the configured number of proxies."""
    return request.remote_addr or "unknown"


def actor() -> Actor:
    """Give who acts in this request; the same instant through the whole of it."""
    if "actor" not in g:
        person = current_user if current_user.is_authenticated else None
        g.actor = Actor(
            now=g.now,
            source=source(),
            account_id=person and person.account_id,
            session_id=person and person.session_id,
            request_id=g.request_id,
            factor_at=person and person.factor_at,
        )
    found: Actor = g.actor
    return found


def is_htmx() -> bool:
    """Say whether htmx asked, to put the answer into a page; a page it restores from history is asked for whole."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def link(path: str) -> str:
    """Give the full address of a path; it begins with the configured one, never with the request's Host."""
    return service().settings.base_url.rstrip("/") + path


def safe_path(wanted: str | None, otherwise: str) -> str:
    """Give a path of our own to go on to; anything that a browser could read as another site is not followed."""
    if not wanted or not wanted.startswith("/") or wanted[1:2] in ("/", "\\"):
        return otherwise
    odd = "\\" in wanted or not wanted.isascii() or any(character <= " " or character == "\x7f" for character in wanted)
    parts = None if odd else urlsplit(wanted)
    return wanted if parts and not parts.scheme and not parts.netloc else otherwise
