"""Forms that make something: sent again, because the answer got lost or a finger was impatient, they make it once."""

from __future__ import annotations

from collections.abc import Callable

from flask import request
from sqlalchemy.orm import Session
from wtforms import HiddenField

from directory import answers
from directory.base import public_id
from directory.errors import DirectoryError
from directory.keys import keys_of
from provisioning.web.forms import Form
from provisioning.web.request import actor

_CHARACTERS = 22
"""So many that nobody guesses them."""


class MadeAlready(DirectoryError):
    """This form was sent before, and the secret that it made was shown only then. If nobody has seen it, revoke it in
    the list and make another.
    """


class OnceForm(Form):
    """A form that has a number of its own."""

    once = HiddenField(default=lambda: public_id(_CHARACTERS))


def make_once(session: Session, make: Callable[[], str]) -> str:
    """Make what a form asks for and give its id; for a form that was sent before, give the id of what it made then."""
    key = _key(session)
    if (before := answers.given(session, actor(), key)) is not None:
        return before
    made = make()
    answers.give(session, actor(), key, made)
    return made


def refuse_again(session: Session) -> None:
    """Raise `MadeAlready` for a form that was sent before: what it made is kept nowhere and cannot be shown again."""
    if answers.given(session, actor(), _key(session)) is not None:
        raise MadeAlready


def _key(session: Session) -> bytes:
    """Give a digest of the form's number and of all that was filled in: a form that was changed is another one."""
    filled_in = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return keys_of(session).blind(repr((request.endpoint, filled_in)), "answer")
