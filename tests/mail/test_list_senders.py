"""What Postfix is told about a list, over a real connection and from the bytes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import create_engine, select

from directory.base import system
from directory.lifecycle import ListOpening, ListRule, open_mailing_list
from directory.mailboxes import Mailbox
from provisioning.mail.list_senders import IDLE_SECONDS, Doorkeeper, Garbled, Judge, ping_doorkeeper, read_question
from provisioning.outbox import Outbox
from provisioning.ports import Unavailable
from tests.book import found_house, hire
from tests.conftest import NOW

ADDRESS = "toanthe@tinh.gov.vn"


@pytest.fixture
def member(outbox: Outbox) -> str:
    """Give the mailbox of the only member of a list for its members."""
    with outbox.transaction() as session:
        actor = system(NOW, "test")
        house = found_house(session, actor)
        hire(session, actor, house.department, "Nguyễn Văn An")
        rule = ListRule("Toàn thể", "members", "staff")
        open_mailing_list(session, actor, [ListOpening(house.department.id, ADDRESS, rule)])
        return session.scalars(select(Mailbox.public_id)).one()


@pytest.fixture
def judge(outbox: Outbox) -> Judge:
    """Give who judges, from the test's own book."""
    return Judge(outbox, lambda: NOW)


@pytest.fixture
def port(judge: Judge) -> Iterator[int]:
    """Give the port on which Postfix is answered."""
    with Doorkeeper("127.0.0.1", 0, judge) as keeper:
        thread = threading.Thread(target=keeper.serve_forever)
        thread.start()
        yield keeper.server_address[1]
        keeper.shutdown()
        thread.join()


def question(**attributes: str) -> bytes:
    """Write a question as Postfix does."""
    lines = {"request": "smtpd_access_policy", "recipient": ADDRESS, **attributes}
    return "".join(f"{name}={value}\n" for name, value in lines.items()).encode() + b"\n"


def answers(port: int, *questions: bytes) -> list[str]:
    """Ask over one connection; an empty answer means that the other end hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, line.makefile("rwb") as stream:
        given = []
        for each in questions:
            stream.write(each)
            stream.flush()
            given.append(stream.readline().decode().strip())
            stream.readline()
        return given


def test_questions_are_answered_one_after_the_other(port: int, member: str) -> None:
    """Over one connection each question gets its own action."""
    given = answers(port, question(sasl_username=f"{member}@d4"), question(sasl_username="x@d4"), question())

    assert [action.split()[0] for action in given] == ["action=DUNNO", "action=550", "action=550"]


@pytest.mark.parametrize("recipient", ["toanthe+hop@tinh.gov.vn", "TOANTHE@Tinh.gov.vn", "toanthe+a+b@tinh.gov.vn"])
def test_each_spelling_means_the_list(judge: Judge, member: str, recipient: str) -> None:
    """Case and what stands behind a plus sign do not lead past the question."""
    assert judge.answer({"recipient": recipient, "sasl_username": member}) == "DUNNO"
    assert judge.answer({"recipient": recipient}).startswith("550 5.7.1")


@pytest.mark.parametrize(
    "recipient", ["", "@", "khac@tinh.gov.vn", "x" * 5000, "'; DROP TABLE addresses; --@x", "ă@x.vn"]
)
def test_what_is_no_list_is_refused(judge: Judge, member: str, recipient: str) -> None:
    """Whoever asks about something else than a list is never told to let it through."""
    assert judge.answer({"recipient": recipient, "sasl_username": member}).startswith("550 5.1.1")


def test_without_the_database_senders_come_again(judge: Judge) -> None:
    """While PostgreSQL is away a message to a list is put off, neither lost nor let through."""
    away = replace(judge.outbox, engine=create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))

    assert replace(judge, outbox=away).answer({"recipient": ADDRESS}).startswith("DEFER")


@pytest.mark.parametrize(
    "sent",
    [
        b"no sign\n\n",
        b"a=1\na=2\n\n",
        b"a=1",
        b"a=" + b"x" * 9000 + b"\n\n",
        b"".join(b"a%d=\n" % n for n in range(300)),
    ],
)
def test_garble_is_no_question(sent: bytes) -> None:
    """What is not the protocol, comes twice, breaks off or never ends is not taken for a question."""
    with pytest.raises(Garbled):
        read_question(BytesIO(sent))


def test_end_between_questions_is_no_fault() -> None:
    """Postfix hangs up when it has no more to ask."""
    assert read_question(BytesIO(b"")) is None


def test_garble_ends_one_connection_and_no_other(port: int, member: str) -> None:
    """A connection that speaks something else is closed, and the next one is answered."""
    assert answers(port, b"GET / HTTP/1.1\r\n\r\n") == [""]
    assert answers(port, question(sasl_username=member)) == ["action=DUNNO"]


class Watched(Doorkeeper):
    """One that remembers how long it would have waited for each connection."""

    def __init__(self, judge: Judge) -> None:
        self.patience: list[float | None] = []
        super().__init__("127.0.0.1", 0, judge)

    def close_request(self, request: socket.socket) -> None:  # type: ignore[override]  # TCP has no other kind
        """Note the time limit of a connection, and let go of it."""
        self.patience.append(request.gettimeout())
        super().close_request(request)


def test_silent_connection_is_not_kept_for_ever(judge: Judge) -> None:
    """Nobody who connects and says nothing holds a thread for longer than Postfix itself would be silent."""
    with Watched(judge) as keeper:
        thread = threading.Thread(target=keeper.serve_forever)
        thread.start()
        answers(keeper.server_address[1], question())
        keeper.shutdown()
        thread.join()

    assert keeper.patience == [IDLE_SECONDS]


def test_closing_hangs_up_on_kept_connections(judge: Judge) -> None:
    """Nobody is answered over a kept connection once the keeper is closed."""
    with Doorkeeper("127.0.0.1", 0, judge) as keeper:
        thread = threading.Thread(target=keeper.serve_forever)
        thread.start()
        with (
            socket.create_connection(("127.0.0.1", keeper.server_address[1]), timeout=10) as line,
            line.makefile("rwb") as stream,
        ):
            stream.write(question())
            stream.flush()
            stream.readline()
            stream.readline()
            keeper.shutdown()
            thread.join()

            keeper.server_close()

            assert stream.read() == b""


def test_ping_is_answered(port: int) -> None:
    """Whoever watches over the service asks as Postfix does, and is content with the answer."""
    ping_doorkeeper("127.0.0.1", port)


def test_ping_of_nobody_is_told() -> None:
    """Where nothing listens the reason says what to start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        empty = free.getsockname()[1]

    with pytest.raises(Unavailable, match="run congvu list-senders"):
        ping_doorkeeper("127.0.0.1", empty)


def test_ping_notices_a_database_that_is_away(judge: Judge) -> None:
    """Somebody who answers but cannot look into the book does not pass for well."""
    away = replace(judge.outbox, engine=create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    with Doorkeeper("127.0.0.1", 0, replace(judge, outbox=away)) as keeper:
        thread = threading.Thread(target=keeper.serve_forever)
        thread.start()

        with pytest.raises(Unavailable, match="DEFER"):
            ping_doorkeeper("127.0.0.1", keeper.server_address[1])

        keeper.shutdown()
        thread.join()
