"""Who is signed in: flask-login bound to the sessions of the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from flask import Flask, Request, g, request
from flask_login import LoginManager

from directory.base import Actor
from directory.credentials import load_session, note_seen, roles_of
from directory.credentials.sessions import SEEN_EVERY
from directory.credentials.tables import SignInSession
from provisioning.outbox import Outbox
from provisioning.signin.cookies import SESSION


@dataclass(frozen=True)
class Person:
    """Whoever the request's session belongs to; what flask-login gives as `current_user`."""

    account_id: int
    session_id: int
    stage: Literal["password", "full"]
    factor_at: datetime | None
    name: str
    number: str
    roles: frozenset[str]
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Give flask-login a name for this person; nothing is ever loaded by it."""
        return self.number


@dataclass(frozen=True)
class SignIn:
    """What an application needs to know who is signed in; it stands in `app.extensions["signin"]`."""

    outbox: Outbox
    cookie_secure: bool

    @property
    def cookie(self) -> str:
        """Name the cookie of a session."""
        return SESSION.name(is_secure=self.cookie_secure)

    def install(self, app: Flask) -> None:
        """Bind flask-login to the sessions of the book."""
        app.extensions["signin"] = self
        LoginManager(app).request_loader(self.load)

    def load(self, asked: Request) -> Person | None:
        """Find whose session the cookie is; without one, or with a dead one, it is nobody's."""
        token = SESSION.read()
        if token is None:
            return None
        actor = Actor(now=g.now, source=asked.remote_addr or "unknown")
        with self.outbox.transaction() as session:
            row = load_session(session, actor, token)
            if row is None:
                return None
            if row.seen_at <= actor.now - SEEN_EVERY:
                note_seen(session, actor, row)
            roles = roles_of(session, actor, row.account_id) if row.stage == "full" else frozenset[str]()
            return person_of(row, roles)


def person_of(row: SignInSession, roles: frozenset[str]) -> Person:
    """Give the person of a session whose account and official are loaded."""
    return Person(
        account_id=row.account_id,
        session_id=row.id,
        stage=cast("Literal['password', 'full']", row.stage),
        factor_at=row.factor_at,
        name=row.account.official.full_name,
        number=row.account.number,
        roles=roles,
    )


_BROWSERS = {
    "coc_coc_browser/": "Cốc Cốc",
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
"""What stands in a browser's description of itself, the most telling first."""


def browser() -> str:
    """Name the browser and its system, for the list of one's sessions; the rest of its description is not kept."""
    said = request.user_agent.string
    names = (next((name for mark, name in marks.items() if mark in said), "") for marks in (_BROWSERS, _SYSTEMS))
    return ", ".join(name for name in names if name)
