"""Tells Postfix who may send to a mailing list, by its policy protocol: `name=value` lines, an empty line, an action.

Postfix asks only about lists that are not open to everybody (deploy/postfix/main.cf). Whatever cannot be judged is
put off or refused, never let through.
"""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.exc import OperationalError

from directory.addresses import normal_address
from directory.base import system
from directory.errors import BadValue
from directory.mailing_lists import Verdict, verdict
from provisioning.logs import log_of
from provisioning.outbox import Outbox
from provisioning.ports import Unavailable

ACTIONS = {
    Verdict.ALLOWED: "DUNNO",
    Verdict.NO_LIST: "550 5.1.1 There is no such mailing list any more",
    Verdict.SIGN_IN: "550 5.7.1 Sign in at the submission port to send to this mailing list",
    Verdict.AGENCY_ONLY: "550 5.7.1 Only people of the agency may send to this mailing list",
    Verdict.MEMBERS_ONLY: "550 5.7.1 Only its members may send to this mailing list",
}
"""What Postfix does with the recipient; DUNNO lets its other rules decide."""
LATER = "DEFER 4.3.0 It cannot be said now who may send to this mailing list"
_NOBODYS = "nobody@list-senders.invalid"
"""What a ping asks about: there is no such list, and saying so takes the whole way."""
_PING_SECONDS = 2.0
_LONGEST_LINE = 8192
_MOST_LINES = 200
IDLE_SECONDS = 600.0
"""Postfix lets go of a silent connection after 300 s; one that is silent for longer belongs to nobody."""
log = log_of(__name__)


class Garbled(Exception):
    """The other end does not speak the policy protocol."""


@dataclass(frozen=True)
class Judge:
    """Judges one question of Postfix from the book."""

    outbox: Outbox
    clock: Callable[[], datetime]

    def answer(self, question: Mapping[str, str]) -> str:
        """Give the action for a recipient; while PostgreSQL is away the sender is told to come again."""
        try:
            address = normal_address(_without_detail(question.get("recipient", "")))
        except BadValue:
            return ACTIONS[Verdict.NO_LIST]
        try:
            with self.outbox.transaction() as session:
                actor = system(self.clock(), "postfix")
                # <mailbox id>@<app password's id>, which Postfix has found good
                mailbox, _, _ = question.get("sasl_username", "").partition("@")
                return ACTIONS[verdict(session, actor, address, mailbox or None)]
        except OperationalError:
            log.warning("who may send to a list cannot be said: the database does not answer")
            return LATER


def read_question(stream: BinaryIO) -> dict[str, str] | None:
    """Read one question; None: the other end has hung up between two."""
    found: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        line = stream.readline(_LONGEST_LINE)
        if not line and not found:
            return None
        if not line.endswith(b"\n"):
            raise Garbled
        text = line.rstrip(b"\r\n").decode(errors="replace")
        if not text:
            return found
        name, sign, value = text.partition("=")
        if not sign or name in found:
            raise Garbled
        found[name] = value
    raise Garbled


class Doorkeeper(socketserver.ThreadingTCPServer):
    """Listens for Postfix, whose processes keep a connection each; closing it hangs up on them."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, judge: Judge) -> None:
        self.judge = judge
        self._lines: set[socket.socket] = set()
        super().__init__((host, port), _Conversation)

    def get_request(self) -> tuple[socket.socket, object]:
        """Take a connection, and remember it."""
        line, caller = super().get_request()
        self._lines.add(line)
        return line, caller

    def close_request(self, request: socket.socket) -> None:  # type: ignore[override]  # TCP has no other kind
        """Let go of a connection that has ended."""
        self._lines.discard(request)
        super().close_request(request)

    def server_close(self) -> None:
        """Listen no more, hang up, and wait until the answers under way are given."""
        for line in tuple(self._lines):
            with suppress(OSError):  # the other end has hung up at the same moment
                line.shutdown(socket.SHUT_RD)
        super().server_close()


class _Conversation(socketserver.StreamRequestHandler):
    """One connection: a question, an action, and so on."""

    timeout = IDLE_SECONDS

    def handle(self) -> None:
        """Answer until the other end hangs up, falls silent or talks of something else."""
        server = self.server
        assert isinstance(server, Doorkeeper)  # noqa: S101 - socketserver types its server as any
        try:
            while (question := read_question(self.rfile)) is not None:  # type: ignore[arg-type]  # a BufferedReader
                self.wfile.write(f"action={server.judge.answer(question)}\n\n".encode("ascii"))
        except (Garbled, OSError) as error:
            log.info("a connection ended early", reason=str(error) or type(error).__name__)


def ping_doorkeeper(host: str, port: int) -> None:
    """Ask as Postfix does about a list that there is not; raise `Unavailable` unless that is said."""
    try:
        with socket.create_connection((host, port), _PING_SECONDS) as line, line.makefile("rwb") as stream:
            stream.write(f"request=smtpd_access_policy\nrecipient={_NOBODYS}\n\n".encode("ascii"))
            stream.flush()
            answer = stream.readline(_LONGEST_LINE).decode(errors="replace").strip()
    except OSError as error:
        raise Unavailable(f"{host}:{port} does not answer: {error}; run congvu list-senders") from error
    if answer != f"action={ACTIONS[Verdict.NO_LIST]}":
        raise Unavailable(f"{host}:{port} cannot say who may send to a list: {answer or 'it hung up'}")


def _without_detail(address: str) -> str:
    """Take away what stands behind a plus sign: `list+detail@domain` is `list@domain`."""
    local, at, domain = address.rpartition("@")
    return local.partition("+")[0] + at + domain
