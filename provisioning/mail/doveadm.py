"""Dovecot's HTTP interface: ends open mail sessions, and removes mail that is kept no longer."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from provisioning.ports import Unavailable

_NO_SESSION = 68
"""Exit code of `kick` for somebody who has no open session (EX_NOHOST of sysexits.h)."""
_BATCH = 100


@dataclass(frozen=True)
class Doveadm:
    """Asks Dovecot to do what `doveadm` does on its command line."""

    url: str
    key: str = field(repr=False)
    timeout_seconds: float = 5
    removing_seconds: float = 300
    """How long a large mailbox may take to be emptied."""

    def kick(self, mailbox_ids: Iterable[str]) -> None:
        """End the open sessions of mailboxes, of each by itself: one without any would else hide the others."""
        wanted = list(mailbox_ids)
        for at in range(0, len(wanted), _BATCH):
            self.ask([["kick", {"mask": [each]}, each] for each in wanted[at : at + _BATCH]])

    def remove_mail(self, before: Mapping[str, datetime]) -> set[str]:
        """Remove what was saved before an instant: messages, folders left empty, and what the index remembers.

        A mailbox of which only a part could be removed, or that is not known, is not among those given.
        """
        emptied: set[str] = set()
        for mailbox_id, instant in before.items():
            saved = ["savedbefore", str(int(instant.timestamp()))]
            folders = ["mailbox", "*", "not", "mailbox", "INBOX"]  # which cannot be deleted itself
            about = {"user": mailbox_id}
            answers = self.answers(
                [
                    ["expunge", {**about, "query": ["mailbox", "INBOX", *saved]}, mailbox_id],
                    ["expunge", {**about, "query": [*folders, *saved], "deleteEmptyMailbox": True}, mailbox_id],
                    ["mailboxCachePurge", {**about, "mailbox": ["INBOX"]}, mailbox_id],
                    ["mailboxStatus", {**about, "field": ["messages"], "totalSum": True, "mailboxMask": ["*"]}, "left"],
                ],
                self.removing_seconds,
            )
            if all(kind != "error" for kind, _, _ in answers) and answers[-1][1] == [{"messages": "0"}]:
                emptied.add(mailbox_id)
        return emptied

    def ping(self) -> None:
        """Ask for the list of commands."""
        self.request("GET", b"")

    def ask(self, commands: list[list[object]]) -> None:
        """Send commands, and see that each did its work or had none."""
        for kind, detail, tag in self.answers(commands):
            if kind == "error" and detail.get("exitCode") != _NO_SESSION:
                raise Unavailable(f"Dovecot could not end the sessions of {tag}: {detail}")

    def answers(self, commands: list[list[object]], seconds: float | None = None) -> list[tuple[str, Any, str]]:
        """Send commands; give of each the kind of its answer, what it says, and the command's tag."""
        found: list[tuple[str, Any, str]] = json.loads(self.request("POST", json.dumps(commands).encode(), seconds))
        return found

    def request(self, method: str, body: bytes, seconds: float | None = None) -> bytes:
        """Make one request on a connection of its own."""
        place = urlsplit(self.url)
        connection = _CONNECTIONS[place.scheme](place.netloc, timeout=seconds or self.timeout_seconds)
        try:
            connection.request(method, place.path, body, self.headers())
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"Dovecot's interface {self.url} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise Unavailable(f"Dovecot's interface {self.url} answers {answer.status} {answer.reason}")
        return content

    def headers(self) -> Mapping[str, str]:
        """Say who asks."""
        key = base64.b64encode(self.key.encode()).decode()
        return {"Authorization": f"X-Dovecot-API {key}", "Content-Type": "application/json"}


_CONNECTIONS: Mapping[str, type[http.client.HTTPConnection]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
