"""The cookies that carry a secret: of a session, and of an attempt to recover a forgotten password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from flask import current_app, request
from werkzeug.wrappers import Response

Answer = TypeVar("Answer", bound=Response)
"""Any kind of answer; what comes in goes out."""
_LONGEST = 100  # ours have 43 characters


@dataclass(frozen=True)
class Cookie:
    """One kind of cookie. How long its secret is good for is written in a row of the book."""

    plain_name: str
    seconds: int | None = None

    def name(self, *, is_secure: bool) -> str:
        """Name it; `__Host-` ties it to this host and to HTTPS."""
        return f"__Host-{self.plain_name}" if is_secure else self.plain_name

    def read(self) -> str | None:
        """Read its secret, if the browser sent one that could be ours."""
        secret = request.cookies.get(self.name(is_secure=_is_secure()))
        return secret if secret and len(secret) <= _LONGEST else None

    def give(self, answer: Answer, secret: str) -> Answer:
        """Send it with an answer; scripts cannot read it and other sites cannot send it along."""
        name, is_secure = self.name(is_secure=_is_secure()), _is_secure()
        answer.set_cookie(name, secret, max_age=self.seconds, secure=is_secure, httponly=True, samesite="Lax", path="/")
        return answer

    def take(self, answer: Answer) -> Answer:
        """Take it back with an answer."""
        name, is_secure = self.name(is_secure=_is_secure()), _is_secure()
        answer.delete_cookie(name, secure=is_secure, httponly=True, samesite="Lax", path="/")
        return answer


SESSION = Cookie("congvu-session")
RECOVERY = Cookie("congvu-recovery", seconds=15 * 60)


def _is_secure() -> bool:
    """Say whether cookies travel over HTTPS only."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
