"""Notices leave, wait when they cannot, and are never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event, select, update

from directory.addresses import Address
from directory.base import Actor
from directory.credentials.recovery_contacts import set_recovery_contact
from directory.notices import Notice, notify
from provisioning.mail import LetterBox, Postman
from provisioning.outbox import Outbox
from provisioning.ports import Reason, Refused, Unavailable
from tests.engines import Engine
from tests.fakes import FakeMailer, FakeTarget


@pytest.fixture
def mailer() -> FakeMailer:
    """Give a mailer that keeps what it is handed."""
    return FakeMailer()


@pytest.fixture
def engine(outbox: Outbox) -> Engine:
    """Give the small book."""
    return Engine(outbox, FakeTarget())


@pytest.fixture
def postman(engine: Engine, mailer: FakeMailer) -> Postman:
    """Give what sends the notices of the small book."""
    return Postman(engine.outbox, mailer, LetterBox("https://congvu.tinh.gov.vn"), lambda: engine.now)


CHANGED = {"action": "password.changed", "at": "2026-11-22T02:00:00+00:00", "source": "192.0.2.7"}


def queue(engine: Engine, number: str, message: str = "welcome") -> None:
    """Queue a notice to somebody."""
    with engine.outbox.transaction() as session:
        notify(session, engine.actor, engine.account(session, number).id, message)


def notices(engine: Engine) -> list[Notice]:
    """Give all notices in their order."""
    with engine.outbox.transaction() as session:
        found = list(session.scalars(select(Notice).order_by(Notice.id)))
        session.expunge_all()
        return found


def beginning_with(engine: Engine, statement: str) -> Database:
    """Give the database, with a statement that each transaction begins with."""
    found = engine.outbox.engine.execution_options()
    event.listen(found, "begin", lambda connection: connection.exec_driver_sql(statement))
    return found


def let_time_pass(engine: Engine) -> None:
    """Take away every wait."""
    with engine.outbox.transaction() as session:
        session.execute(update(Notice).values(not_before=None))


def test_notice_goes_to_the_primary_address(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """A notice is handed in for the account's primary address, and noted as sent."""
    [number] = engine.hire("Nguyễn Văn An")
    queue(engine, number)

    assert postman.run().sent == 1

    [(recipient, message)] = mailer.sent
    assert recipient == "annv@tinh.gov.vn"
    assert "Nguyễn Văn An" in str(message["To"])
    assert notices(engine)[0].sent_at == engine.now


def test_notice_passes_letters_of_welcome(
    engine: Engine, postman: Postman, mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is told of a new password is told before all who are welcomed, and the round is filled up with those."""
    monkeypatch.setattr("provisioning.mail.notices.BATCH", 2)
    for number in engine.hire("Trần Thị Bình", "Lê Văn Cường", "Phạm Thị Dung"):
        queue(engine, number)
    [told] = engine.hire("Nguyễn Văn An")
    with engine.outbox.transaction() as session:
        notify(session, engine.actor, engine.account(session, told).id, "credential_changed", **CHANGED)

    delivery = postman.run()

    assert (mailer.sent[0][0], delivery.sent, delivery.is_full) == ("annv@tinh.gov.vn", 2, True)


def test_round_takes_no_more_than_it_has_time_for(
    engine: Engine, postman: Postman, mailer: FakeMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However PostgreSQL reads what waits, a round takes a batch: of more the lease would end before all is sent."""
    monkeypatch.setattr("provisioning.mail.notices.BATCH", 2)
    for number in engine.hire("Trần Thị Bình", "Lê Văn Cường", "Phạm Thị Dung"):
        queue(engine, number)
    plan = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off"
    ways = ("enable_hashagg", "enable_sort", "enable_memoize", "enable_indexscan", "enable_bitmapscan")
    plan += "".join(f"; SET LOCAL {way} = off" for way in ways)

    delivery = replace(postman, outbox=replace(engine.outbox, engine=beginning_with(engine, plan))).run()

    assert (delivery.sent, delivery.is_full) == (2, True)


def test_sent_notice_is_not_sent_again(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """A notice that was sent is left alone."""
    [number] = engine.hire("Nguyễn Văn An")
    queue(engine, number)
    postman.run()
    let_time_pass(engine)

    postman.run()

    assert len(mailer.sent) == 1


def test_notice_waits_while_the_mail_server_is_away(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """A notice that could not be handed in is tried again later, with the reason kept."""
    [number] = engine.hire("Nguyễn Văn An")
    queue(engine, number)
    mailer.faults = [Unavailable("away")]
    postman.run()
    assert (notices(engine)[0].attempts, notices(engine)[0].failure) == (1, "away")
    assert postman.run().sent == 0

    let_time_pass(engine)
    postman.run()

    assert len(mailer.sent) == 1
    assert notices(engine)[0].failure is None


def test_all_of_a_round_are_handed_in_during_one_visit(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """Three letters make one connection, not three."""
    for number in engine.hire("Nguyễn Văn An", "Trần Văn Bình", "Lê Thị Chi"):
        queue(engine, number)

    assert postman.run().sent == 3

    assert mailer.visits == 1


def test_one_bad_notice_does_not_hold_up_others(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """A letter that the mail server does not take waits alone; the next one leaves."""
    first, second = engine.hire("Nguyễn Văn An", "Trần Văn Bình")
    queue(engine, first)
    queue(engine, second)
    mailer.faults = [Refused(Reason("full"))]

    postman.run()

    assert [recipient for recipient, _ in mailer.sent] == ["binhtv@tinh.gov.vn"]


def test_message_without_a_template_does_not_hold_up_others(
    engine: Engine, postman: Postman, mailer: FakeMailer
) -> None:
    """A notice that nobody can write waits with its reason; the next one leaves."""
    [number] = engine.hire("Nguyễn Văn An")
    queue(engine, number, "no_such_message")
    queue(engine, number)

    postman.run()

    assert len(mailer.sent) == 1
    assert "no_such_message" in (notices(engine)[0].failure or "")


def test_account_without_an_address_keeps_its_notice(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """A notice to somebody without a primary address waits until there is one."""
    [number] = engine.hire("Nguyễn Văn An")
    with engine.outbox.transaction() as session:
        session.execute(update(Address).values(kind="alias"))
    queue(engine, number)

    postman.run()

    assert mailer.sent == []
    assert notices(engine)[0].failure == "The account has no mailbox with a primary address."


def test_notice_taken_by_a_worker_is_not_taken_by_another(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """While one worker hands a notice in, another does not take it."""
    [number] = engine.hire("Nguyễn Văn An")
    queue(engine, number)

    class Meanwhile(FakeMailer):
        """A mailer during whose work another worker comes by."""

        def send(self, message: object, recipient: str) -> None:
            """Let the other worker try."""
            assert postman.run().sent == 0

    Postman(engine.outbox, Meanwhile(), LetterBox("https://congvu.tinh.gov.vn"), lambda: engine.now).run()

    assert mailer.sent == []


def test_replaced_contact_gets_its_letter(engine: Engine, postman: Postman, mailer: FakeMailer) -> None:
    """A letter to a recovery contact of before goes to that private address, and not to the mailbox."""
    [number] = engine.hire("Nguyễn Văn An")
    with engine.outbox.transaction() as session:
        account = engine.account(session, number)
        account.state = "active"
        me = Actor(now=engine.now, source="192.0.2.10", account_id=account.id, factor_at=engine.now)
        for value in ("cu@vidu.vn", "moi@vidu.vn"):
            set_recovery_contact(session, me, "mail", value)

    postman.run()

    sent = {address: letter["Subject"] for address, letter in mailer.sent}
    assert sorted(sent) == ["annv@tinh.gov.vn", "cu@vidu.vn"]
    assert "Thông tin liên hệ khôi phục của bạn đã thay đổi" in sent["cu@vidu.vn"]


def test_notice_that_another_worker_is_taking_is_not_waited_for(
    engine: Engine, postman: Postman, mailer: FakeMailer
) -> None:
    """While one worker takes a notice, another sends the rest, and that one not a second time."""
    numbers = engine.hire("Nguyễn Văn An", "Trần Thị Bình")
    for number in numbers:
        queue(engine, number)
    first = notices(engine)[0]
    impatient = beginning_with(engine, "SET LOCAL lock_timeout = '1s'")

    with engine.outbox.transaction() as session:
        session.execute(select(Notice).where(Notice.id == first.id).with_for_update())
        done = replace(postman, outbox=replace(engine.outbox, engine=impatient)).run()

    assert done.sent == 1
    assert [goal for goal, _ in mailer.sent] == ["binhtt@tinh.gov.vn"]
