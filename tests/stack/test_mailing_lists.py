"""Mailing lists from the book to the mailboxes, on real servers: who gets a message, and who may send one."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import create_engine, update

from directory.addresses import Address
from directory.lifecycle import Leaving, close_mailing_list, leave
from provisioning.mail import Doorkeeper, Judge
from provisioning.outbox import Outbox
from provisioning.sample.names import people as people_of
from tests.conftest import KEYS, administer
from tests.faults.slapds import by_hand, must
from tests.faults.tally import BASE
from tests.stack.mail_clients import answer_to, letter, outsider, submission
from tests.stack.offices import Office
from tests.stack_fixtures import open_servers

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mailing_lists")]
MANY = 2_000


@pytest.fixture(scope="module")
def office_unanswered(cluster: str, schema: str) -> Iterator[Office]:
    """Give an office on servers of its own, where nobody answers Postfix."""
    administer(cluster, "CREATE DATABASE mailing_lists TEMPLATE schema")
    engine = create_engine(cluster.format("mailing_lists"))
    opened = open_servers()
    servers = next(opened).need("mail")
    office = Office(servers, Outbox(engine=engine, keys=KEYS, wake=lambda _session, _wake_up: None))
    yield office
    office.engine.target.close()
    engine.dispose()
    next(opened, None)


@pytest.fixture
def office(office_unanswered: Office) -> Iterator[Office]:
    """Give the office with somebody who answers Postfix."""
    with answering(office_unanswered):
        yield office_unanswered


@contextmanager
def answering(office: Office) -> Iterator[None]:
    """Answer Postfix for as long as it lasts."""
    judge = Judge(office.engine.outbox, lambda: office.engine.now)
    with Doorkeeper("127.0.0.1", office.servers.ports.list_senders, judge) as keeper:
        thread = threading.Thread(target=keeper.serve_forever)
        thread.start()
        yield
        keeper.shutdown()
        thread.join()


def answer_to_member(office: Office, number: str, address: str, recipient: str) -> int:
    """What submission says when somebody who signed in writes to a recipient."""
    password = office.password(number)
    office.settle()
    with submission(office.servers, address, password) as client:
        client.mail(address)
        return client.rcpt(recipient)[0]


def send(office: Office, recipient: str, *more: str) -> str:
    """Send a letter from outside; give the word by which it is known."""
    word = secrets.token_hex(8)
    with outsider(office.servers) as client:
        client.send_message(letter("ai-do@example.com", recipient, word), to_addrs=[recipient, *more])
    return word


def test_each_member_gets_a_letter_once(office: Office) -> None:
    """A letter to a list arrives once at each member and at nobody else, also at one who is named beside the list."""
    people = office.hire("Lê Văn Một", "Lê Văn Hai", "Lê Văn Ba")
    members = tuple(people)[:2]
    address = office.open_list("anyone", members=members)
    office.settle()

    word = send(office, address, people[members[0]])

    assert [office.letters_of(number, word) for number in people] == [1, 1, 0]


def test_newcomer_gets_what_comes_next(office: Office) -> None:
    """Whoever takes up a post is a member of the list of all staff without anybody's doing."""
    address = office.open_list("anyone", "staff")
    office.settle()
    [number] = office.hire("Trần Thị Mới")
    office.settle()

    word = send(office, address)

    assert office.letters_of(number, word) == 1


def test_leaver_gets_none(office: Office) -> None:
    """Whoever has left gets nothing that is sent to the list afterwards, and the others do."""
    leaver, stayer = office.hire("Phạm Văn Đi", "Phạm Văn Ở")
    address = office.open_list("anyone", "staff")
    office.settle()
    with office.engine.outbox.transaction() as session:
        leave(session, office.engine.actor, [Leaving(office.engine.account(session, leaver).official_id)])
    office.settle()

    word = send(office, address)

    assert (office.letters_of(leaver, word), office.letters_of(stayer, word)) == (0, 1)


@pytest.mark.parametrize("senders", ["members", "agency", "inside"])
def test_stranger_is_refused(office: Office, senders: str) -> None:
    """Whoever comes from outside may not send to a list that is not open to everybody, however it is spelled."""
    [number] = office.hire("Đỗ Thị Trong")
    address = office.open_list(senders, members=(number,))
    office.settle()
    spellings = [address, address.upper(), address.replace("@", "+hop@"), f'"{address.partition("@")[0]}"@tinh.gov.vn']

    answers = [answer_to(office.servers, each) for each in spellings]

    assert answers == [550] * 4


def test_empty_sender_is_refused(office: Office) -> None:
    """Automatic mail, which has no sender, does not reach a list that is not open to everybody."""
    [number] = office.hire("Đỗ Thị Máy")
    address = office.open_list("members", members=(number,))
    office.settle()

    assert answer_to(office.servers, address, sender="") == 550


@pytest.mark.parametrize(
    ("senders", "answers"),
    [
        ("members", [250, 550, 550]),
        ("agency", [250, 250, 550]),
        ("inside", [250, 250, 250]),
        ("anyone", [250, 250, 250]),
    ],
)
def test_who_may_send_after_signing_in(office: Office, senders: str, answers: list[int]) -> None:
    """A member, a colleague of the agency and somebody of another province are let through as the list says."""
    people = office.hire("Bùi Văn Viên", "Bùi Văn Cùng") | office.hire("Bùi Văn Khác", at="H37")
    address = office.open_list(senders, members=tuple(people)[:1])
    office.settle()

    answered = [answer_to_member(office, number, own, address) for number, own in people.items()]

    assert answered == answers


def test_closed_list_is_refused(office: Office) -> None:
    """Nobody reaches a list after it is closed."""
    [number] = office.hire("Vũ Thị Đóng")
    address = office.open_list("anyone", members=(number,))
    office.settle()
    before = answer_to(office.servers, address)
    with office.engine.outbox.transaction() as session:
        close_mailing_list(session, office.engine.actor, [office.id_of(address)])
    office.settle()

    assert (before, answer_to(office.servers, address)) == (250, 550)


@pytest.mark.parametrize(
    ("name", "is_lost"), [("cvListId={other}", True), ("cn={other}", False), ("cvListId={other}+cn=Khác", True)]
)
@pytest.mark.parametrize("is_late", [False, True])
def test_closed_list_that_others_renamed_is_refused(office: Office, name: str, is_lost: bool, is_late: bool) -> None:  # noqa: FBT001 - cases
    """Nobody reaches a closed list, also where others gave its entry another name, maybe another id, and where the
    servers could be written to only once the quarantine of its address was over.
    """
    [number] = office.hire("Vũ Thị Đổi")
    address = office.open_list("anyone", members=(number,))
    office.settle()
    renamed = name.format(other=secrets.token_hex(4))
    with by_hand(office.servers) as hand:
        must(hand, hand.modify_dn, f"cvListId={office.public_id_of(address)},ou=groups,{BASE}", renamed, is_lost)
    before = answer_to(office.servers, address)
    with office.engine.outbox.transaction() as session:
        close_mailing_list(session, office.engine.actor, [office.id_of(address)])
        if is_late:
            over = office.engine.actor.today - timedelta(days=1)
            session.execute(update(Address).where(Address.address == address).values(valid_until=over))

    office.settle()

    assert (before, answer_to(office.servers, address)) == (250, 550)


def test_moved_list_is_reached_at_both_addresses(office: Office) -> None:
    """A letter to the former address, to the new one, or to both at once arrives once at the member."""
    [number] = office.hire("Cao Thị Dời")
    before = office.open_list("anyone", members=(number,))
    after = f"moi-{before}"
    office.move_list(before, after)
    office.settle()

    words = [send(office, before), send(office, after), send(office, before, after)]

    assert [office.letters_of(number, word) for word in words] == [1, 1, 1]


def test_former_address_of_a_list_is_guarded_as_before(office: Office) -> None:
    """Whoever may not send to a moved list gets through at neither address."""
    [number] = office.hire("Cao Thị Giữ")
    before = office.open_list("members", members=(number,))
    after = f"moi-{before}"
    office.move_list(before, after)
    office.settle()

    assert [answer_to(office.servers, each) for each in (before, after)] == [550, 550]


def test_list_without_members_is_refused(office: Office) -> None:
    """A list that nobody is a member of takes no mail, so that nobody believes to have been read."""
    address = office.open_list("anyone")
    office.settle()

    assert answer_to(office.servers, address) == 550


def test_two_thousand_members_get_a_letter_once(office: Office) -> None:
    """A letter to a list of two thousand arrives once at each of them."""
    drawn = people_of(Random(7))
    people = office.hire(*(next(drawn).full_name for _ in range(MANY)), at="H37")
    address = office.open_list("anyone", members=tuple(people))
    office.settle()

    word = send(office, address)

    kept = office.letters(word)
    assert len({path.parts[-4] for path in kept}) == len(kept) == MANY


@pytest.mark.faults
def test_without_an_answer_senders_come_again(office_unanswered: Office) -> None:
    """While nobody answers Postfix, who writes to a list for members is told to come again."""
    [number] = office_unanswered.hire("Hồ Thị Chờ")
    guarded = office_unanswered.open_list("members", members=(number,))
    free = office_unanswered.open_list("anyone", members=(number,))
    office_unanswered.settle()

    answers = [answer_to(office_unanswered.servers, each) for each in (guarded, free)]

    assert answers == [450, 250]
