"""What is made of Dovecot's answers, with a mail store of the test's own at the other end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from provisioning.mail import Doveadm
from provisioning.ports import Unavailable

Command = tuple[str, dict[str, object], str]
Answer = Callable[[list[Command]], str]
Store = Callable[[Answer], tuple[Doveadm, list[Command]]]


@pytest.fixture
def store() -> Iterator[Store]:
    """Give what opens a mail store that answers as it is told, and remembers what it was asked."""
    opened: list[tuple[HTTPServer, threading.Thread]] = []

    def open_store(answer: Answer) -> tuple[Doveadm, list[Command]]:
        asked: list[Command] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                commands = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked.extend(commands)
                body = answer(commands).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) or 1))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opened.append((server, thread))
        return Doveadm(f"http://127.0.0.1:{server.server_port}/doveadm/v1", "key"), asked

    yield open_store
    for server, thread in opened:
        server.shutdown()
        thread.join()
        server.server_close()


def done(commands: list[Command]) -> str:
    """Answer that all was done."""
    return json.dumps([["doveadmResponse", [], tag] for _, _, tag in commands])


def failed(code: int) -> Answer:
    """Give an answer that nothing could be done."""
    return lambda commands: json.dumps(
        [["error", {"type": "exitCode", "exitCode": code}, tag] for _, _, tag in commands]
    )


def test_sessions_of_any_number_end(store: Store) -> None:
    """Every mailbox is named once, however many there are."""
    doveadm, asked = store(done)
    boxes = [f"m{each}" for each in range(250)]

    doveadm.kick(boxes)

    assert [what["mask"] for _, what, _ in asked] == [[each] for each in boxes]


def test_sessions_that_did_not_end_are_told(store: Store) -> None:
    """What Dovecot could not do is not taken for done."""
    doveadm, _ = store(failed(75))

    with pytest.raises(Unavailable):
        doveadm.kick(["m1"])


def test_answer_that_is_cut_off_is_no_answer(store: Store) -> None:
    """Dovecot that hangs up in the middle is away."""
    doveadm, _ = store(lambda _: "")

    with pytest.raises(Unavailable):
        doveadm.kick(["m1"])


def test_mailbox_of_which_a_part_stays_is_not_emptied(store: Store) -> None:
    """Mail counts as removed only if every step was done, though nothing seems to be left."""

    def answer(commands: list[Command]) -> str:
        [*steps, (_, _, last)] = commands
        told = [["error", {"exitCode": 75}, tag] for _, _, tag in steps[:1]]
        told += [["doveadmResponse", [], tag] for _, _, tag in steps[1:]]
        return json.dumps([*told, ["doveadmResponse", [{"messages": "0"}], last]])

    doveadm, _ = store(answer)

    assert doveadm.remove_mail({"m1": datetime(2026, 1, 1, tzinfo=UTC)}) == set()
