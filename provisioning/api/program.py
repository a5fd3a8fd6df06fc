"""Which program asks: the actor that its token stands for."""

from __future__ import annotations

from flask import g, request
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import actor_of_token
from provisioning.web.request import source


def program(session: Session) -> Actor:
    """Give the actor of this request's token, or refuse it; in the transaction in which the actor then acts."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    return actor_of_token(session, token, g.now, source())
