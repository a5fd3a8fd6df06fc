"""Rounds of the engine: what is due becomes real, faults lose nothing, refusals wait for a person."""

from __future__ import annotations

from sqlalchemy import text, update

from directory.accounts import Account
from directory.credentials.tables import AppPassword
from directory.due import mark
from directory.lifecycle import Leaving, leave, reinstate, suspend
from provisioning.reconcile.status import try_again
from tests.engines import Engine, device, person
from tests.fakes import FakeMailServer, FakeTarget

CLASHING = ("annv@tinh.gov.vn",)


def test_due_account_becomes_real(engine: Engine, target: FakeTarget) -> None:
    """After a round an appointed official's entry is there, nothing is due and the status says so."""
    [number] = engine.hire("Nguyễn Văn An")

    report = engine.run()

    assert (report.claimed, report.done) == (1, 1)
    assert target.entries[person(number)][0]["mail"] == ("annv@tinh.gov.vn",)
    assert engine.due() == 0
    status = engine.status(number)
    assert status is not None
    assert (status.state, status.applied_revision) == ("ok", 1)
    assert status.csn == target.entries[person(number)][1]


def test_many_are_made_real_at_once(engine: Engine, target: FakeTarget) -> None:
    """One round makes a whole batch real."""
    numbers = engine.hire(*(f"Nguyễn Văn {letter}n" for letter in "ABCDEGHKLM"))

    engine.run()

    assert {person(number) for number in numbers} <= set(target.entries)


def test_first_success_welcomes_once(engine: Engine) -> None:
    """An account is welcomed when it first becomes real, and never again."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    engine.do(suspend, number, "a reason")
    engine.settle()

    assert engine.welcomes() == 1


def test_ten_edits_cost_one_write(engine: Engine, target: FakeTarget) -> None:
    """However often a subject was changed meanwhile, its entry is written once."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    before = len(target.writes)
    for _ in range(5):
        engine.do(suspend, number, "a reason")
        engine.do(reinstate, number, "a reason")

    engine.run()

    assert len(target.writes) == before + 1


def test_app_passwords_follow_their_account(engine: Engine, target: FakeTarget) -> None:
    """An app password becomes an entry below its person's, and is emptied when it is revoked."""
    [number] = engine.hire("Nguyễn Văn An")
    phone = engine.app_password(number)
    engine.settle()
    entry = device(phone, person(number))
    assert target.entries[entry][0]["userPassword"] == ("{SSHA512}abc=",)

    with engine.outbox.transaction() as session:
        session.execute(update(AppPassword).values(revoked_at=engine.now))
        mark(session, engine.actor, "account", [engine.account(session, number).id])
    engine.settle()

    assert target.entries[entry][0]["cvState"] == ("disabled",)
    assert "userPassword" not in target.entries[entry][0]


def test_holder_who_is_suspended_is_shut_out_of_the_role_mailbox(engine: Engine, target: FakeTarget) -> None:
    """A suspended holder's app password of a role mailbox is suspended with the holder; the mailbox stays open."""
    [number] = engine.hire("Nguyễn Văn An")
    mailbox_id, storage = engine.role_mailbox(number)
    phone = engine.app_password(number, mailbox_id)
    engine.settle()
    role = (("cvMailboxId", storage), ("ou", "mailboxes"))
    assert target.entries[device(phone, role)][0]["cvState"] == ("active",)

    engine.do(suspend, number, "a reason")
    engine.settle()

    assert target.entries[device(phone, role)][0]["cvState"] == ("suspended",)
    assert target.entries[role][0]["cvState"] == ("active",)


def test_retired_account_keeps_its_entry(engine: Engine, target: FakeTarget) -> None:
    """The entry of somebody who left is disabled and without addresses, and never removed."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, number).official_id)])
    engine.settle()

    attributes = target.entries[person(number)][0]
    assert attributes["cvState"] == ("disabled",)
    assert "cvAddress" not in attributes


def test_suspension_ends_open_sessions(engine: Engine, mail: FakeMailServer, target: FakeTarget) -> None:
    """After the entry says suspended, the open mail sessions of the mailbox are ended."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    engine.do(suspend, number, "a reason")
    engine.settle()

    assert mail.kicked == list(target.entries[person(number)][0]["cvMailboxId"])


def test_change_ends_nobodys_sessions(engine: Engine, mail: FakeMailServer) -> None:
    """Who may go on reading mail is not put out because the entry is written."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.app_password(number)
    engine.settle()

    engine.write_again(number)

    assert mail.kicked == []


def test_mailbox_of_another_that_a_hand_opened_is_shut(
    engine: Engine, target: FakeTarget, mail: FakeMailServer
) -> None:
    """Sessions end in the mailbox that an app password let somebody into, whosever entry it stood below."""
    number, victim = engine.hire("Nguyễn Văn An", "Trần Thị Bình")
    engine.settle()
    box = target.entries[person(victim)][0]["cvMailboxId"]
    handmade = {"cvDeviceId": ("handmade",), "cvMailboxId": box, "cvState": ("active",)}
    target.entries[device("handmade", person(number))] = (handmade, target.next_version())

    engine.write_again(number)

    assert set(box) <= set(mail.kicked)


def test_sessions_that_could_not_be_ended_keep_the_subject_due(engine: Engine, mail: FakeMailServer) -> None:
    """While the mail server does not answer, a suspension stays due; its sessions end when it does."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    mail.is_down = True
    engine.do(suspend, number, "a reason")
    engine.run()
    assert engine.due() == 1

    mail.is_down = False
    engine.settle()

    assert engine.due() == 0
    assert len(mail.kicked) == 1


def test_refusal_waits_for_a_person_with_its_reason(engine: Engine, target: FakeTarget) -> None:
    """An entry that the target refuses is no longer due, and its status says why."""
    target.entries[("uid", "foreign"), ("ou", "people")] = ({"cvAddress": CLASHING}, "v")

    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert (status.state, status.reason) == ("refused", "Another entry has one of these addresses.")
    assert engine.due() == 0


def test_one_refusal_does_not_block_others(engine: Engine, target: FakeTarget) -> None:
    """Others of the same batch become real although one is refused."""
    target.entries[("uid", "foreign"), ("ou", "people")] = ({"cvAddress": CLASHING}, "v")

    refused, fine = engine.hire("Nguyễn Văn An", "Trần Văn Bình")
    engine.settle()

    assert person(fine) in target.entries
    assert person(refused) not in target.entries


def test_trying_again_after_the_cause_is_gone(engine: Engine, target: FakeTarget) -> None:
    """Once what stood in the way is gone, trying again makes the entry real."""
    foreign = (("uid", "foreign"), ("ou", "people"))
    target.entries[foreign] = ({"cvAddress": CLASHING}, "v")
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    del target.entries[foreign]

    with engine.outbox.transaction() as session:
        try_again(session, engine.actor, [("account", number)])
    engine.settle()

    status = engine.status(number)
    assert status is not None
    assert (status.state, status.attempts, status.reason) == ("ok", 0, None)
    assert person(number) in target.entries


def test_edit_by_hand_is_put_right_with_the_next_change(engine: Engine, target: FakeTarget) -> None:
    """What somebody changed in an entry by hand is put right when the entry is next due."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    target.edit(person(number), cn=("Ai Đó",))

    engine.do(suspend, number, "a reason")
    engine.settle()

    assert target.entries[person(number)][0]["cn"] == ("Nguyễn Văn An",)


def test_newer_entry_is_not_written_over(engine: Engine, target: FakeTarget) -> None:
    """An entry with a later revision than the book's is left alone until a person has looked."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    target.edit(person(number), cvRevision=("99",), cvState=("disabled",))

    engine.do(suspend, number, "a reason")
    engine.settle()

    assert target.entries[person(number)][0]["cvState"] == ("disabled",)
    status = engine.status(number)
    assert status is not None
    assert status.state == "refused"
    assert status.reason is not None
    assert status.reason.startswith("The entry on the LDAP server is newer")


def test_change_during_the_round_stays_due(engine: Engine, target: FakeTarget) -> None:
    """A subject that the book moves on while its entry is being written is due again."""
    [number] = engine.hire("Nguyễn Văn An")

    class Meanwhile(FakeTarget):
        """A target during whose work somebody changes the book."""

        def ping(self) -> None:
            """Change the book at the first look."""
            if not self.version:
                self.version = 1
                engine.do(suspend, number, "a reason")

    engine.reconciler(Meanwhile()).run()

    assert engine.due() == 1


def test_subject_that_is_gone_from_the_book_is_no_longer_due(engine: Engine) -> None:
    """What is due for a subject that does not exist is taken off the list."""
    with engine.outbox.transaction() as session:
        session.execute(text("INSERT INTO due (subject, subject_id, revision, since) VALUES ('account', 0, 1, now())"))

    engine.run()

    assert engine.due() == 0


def test_unactivated_account_receives_already(engine: Engine, target: FakeTarget) -> None:
    """An account that nobody has activated yet receives mail."""
    [number] = engine.hire("Nguyễn Văn An", state="pending")

    engine.settle()

    assert target.entries[person(number)][0]["cvState"] == ("active",)
    with engine.outbox.transaction() as session:
        assert session.get_one(Account, engine.account(session, number).id).state == "pending"
