"""What entries should be, as tables of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from directory.desired.entries import (
    TOMBSTONE,
    AccountValues,
    AddressValues,
    AppPasswordValues,
    DomainValues,
    MailboxValues,
    account_entry,
    domain_entry,
    mailbox_entry,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PHONE = AppPasswordValues(
    device_id="phone",
    lookup_key="0123456789abcdef",
    hash="{SSHA512}abc=",
    scopes=("smtp", "imap"),
    expires_at=NOW + timedelta(days=1),
)
MAILBOX = MailboxValues(
    mailbox_id="hopthu",
    state="active",
    quota_bytes=1000,
    addresses=(AddressValues("an@tinh.gov.vn", "primary"), AddressValues("annv@tinh.gov.vn", "alias")),
    app_passwords=(PHONE,),
)
PERSON = AccountValues(
    number="cv23456789",
    state="active",
    family="Nguyễn",
    middle="Văn",
    given="An",
    full_name="Nguyễn Văn An",
    revision=7,
    agency_code="H36.05",
    mailbox=MAILBOX,
)
DOMAIN = DomainValues("tinh.gov.vn", "active", 3, "H36")


def test_person_is_under_the_account_number() -> None:
    """The name of a person's entry is the account number, which never changes."""
    entry = account_entry(PERSON, NOW, TODAY)

    assert entry.name == (("uid", "cv23456789"), ("ou", "people"))


def test_person_shows_name_agency_and_revision() -> None:
    """A person's entry shows who it is, where, and which revision of the book it shows."""
    attributes = account_entry(PERSON, NOW, TODAY).attributes

    assert attributes["cn"] == ("Nguyễn Văn An",)
    assert attributes["sn"] == ("Nguyễn",)
    assert attributes["givenName"] == ("Văn An",)
    assert attributes["cvAgencyCode"] == ("H36.05",)
    assert attributes["cvRevision"] == ("7",)


@pytest.mark.parametrize(
    ("work_phone", "extension", "shown"),
    [
        ("02438044444", None, ("+842438044444",)),
        ("02438044444", "12", ("+842438044444 ext. 12",)),
        (None, "12", ("ext. 12",)),
        (None, None, None),
    ],
)
def test_person_shows_the_telephone_at_work(
    work_phone: str | None, extension: str | None, shown: tuple[str, ...] | None
) -> None:
    """Address books get the telephone at work in the form that it has all over the world, with its extension."""
    entry = account_entry(PERSON._replace(work_phone=work_phone, extension=extension), NOW, TODAY)

    assert entry.attributes.get("telephoneNumber") == shown


def test_name_of_one_word_is_a_surname_too() -> None:
    """A person whose name is one word has that word as `sn`, which LDAP demands."""
    attributes = account_entry(PERSON._replace(family="", middle=""), NOW, TODAY).attributes

    assert attributes["sn"] == ("An",)


def test_person_without_a_mailbox_has_no_mail_attributes() -> None:
    """Without a personal mailbox nothing of mail stands in the entry."""
    attributes = account_entry(PERSON._replace(mailbox=None), NOW, TODAY).attributes

    assert attributes["objectClass"] == ("cvAccount", "inetOrgPerson")
    assert not {"cvMailboxId", "cvAddress", "mail", "cvQuota"} & set(attributes)


@pytest.mark.parametrize(
    ("account", "mailbox", "state"),
    [
        ("pending", "active", "active"),
        ("active", "active", "active"),
        ("suspended", "active", "suspended"),
        ("disabled", "active", "disabled"),
        ("active", "suspended", "suspended"),
        ("disabled", "suspended", "disabled"),
    ],
)
def test_entry_allows_no_more_than_account_and_mailbox(account: str, mailbox: str, state: str) -> None:
    """The state is the stricter of account and mailbox; before activation mail is received already."""
    values = PERSON._replace(state=account, mailbox=MAILBOX._replace(state=mailbox))

    assert account_entry(values, NOW, TODAY).state == state


@pytest.mark.parametrize(
    ("kind", "until", "is_delivered"),
    [
        ("alias", None, True),
        ("receive_only", None, True),
        ("receive_only", TODAY, True),
        ("receive_only", TODAY - timedelta(days=1), False),
        ("quarantined", None, False),
        ("reserved", None, False),
    ],
)
def test_address_is_delivered_until_its_last_day(kind: str, until: date | None, *, is_delivered: bool) -> None:
    """Aliases and receive-only addresses are delivered, the latter until their last day; quarantined ones are not."""
    old = AddressValues("cu@tinh.gov.vn", kind, until)
    values = PERSON._replace(mailbox=MAILBOX._replace(addresses=(*MAILBOX.addresses, old)))

    attributes = account_entry(values, NOW, TODAY).attributes

    assert ("cu@tinh.gov.vn" in attributes["cvAddress"]) is is_delivered
    assert ("cu@tinh.gov.vn" in attributes.get("cvReceiveOnly", ())) is (is_delivered and kind == "receive_only")


def test_only_the_primary_address_is_mail() -> None:
    """`mail` is the primary address alone."""
    assert account_entry(PERSON, NOW, TODAY).attributes["mail"] == ("an@tinh.gov.vn",)


def test_app_password_opens_its_mailbox() -> None:
    """A valid app password is an entry of its own with what a mail client needs to get in."""
    [device] = account_entry(PERSON, NOW, TODAY).children

    assert device.name == (("cvDeviceId", "phone"), ("uid", "cv23456789"), ("ou", "people"))
    assert device.attributes["cvDeviceKey"] == ("0123456789abcdef",)
    assert device.attributes["cvScope"] == ("imap", "smtp")
    assert device.attributes["userPassword"] == ("{SSHA512}abc=",)
    assert device.attributes["cvMailboxId"] == ("hopthu",)


def test_only_app_passwords_have_a_password() -> None:
    """No entry of a person itself has a `userPassword`."""
    assert "userPassword" not in account_entry(PERSON, NOW, TODAY).attributes


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": NOW}, {"expires_at": NOW}, {"is_holder": False}, {"account_state": "disabled"}],
)
def test_app_password_that_is_over_holds_nothing(change: dict[str, Any]) -> None:
    """A revoked, expired or ownerless app password is disabled, and nothing in it could let anybody in."""
    values = PERSON._replace(mailbox=MAILBOX._replace(app_passwords=(replace(PHONE, **change),)))

    [device] = account_entry(values, NOW, TODAY).children

    assert device.state == "disabled"
    assert not {"userPassword", "cvDeviceKey", "cvScope"} & set(device.attributes)


def test_app_password_of_a_suspended_holder_is_suspended() -> None:
    """A holder who is suspended gets into no role mailbox, though the mailbox itself stays active."""
    values = MAILBOX._replace(app_passwords=(replace(PHONE, account_state="suspended"),))

    entry = mailbox_entry(values, NOW, TODAY)

    assert entry.state == "active"
    assert entry.children[0].state == "suspended"


def test_revoked_app_password_is_forgotten_in_the_end() -> None:
    """Long after an app password was revoked, its entry may go."""
    revoked = replace(PHONE, revoked_at=NOW - TOMBSTONE)
    values = PERSON._replace(mailbox=MAILBOX._replace(app_passwords=(revoked,)))

    assert account_entry(values, NOW, TODAY).children == ()


def test_children_show_the_revision_of_their_subject() -> None:
    """An app password's entry carries the revision too, so that each change of it is a write."""
    [device] = account_entry(PERSON, NOW, TODAY).children

    assert device.attributes["cvRevision"] == ("7",)


def test_role_mailbox_is_under_its_own_id() -> None:
    """A role mailbox stands under its storage id, with its name and agency."""
    entry = mailbox_entry(MAILBOX._replace(name="Văn thư", agency_code="H36", revision=2), NOW, TODAY)

    assert entry.name == (("cvMailboxId", "hopthu"), ("ou", "mailboxes"))
    assert entry.attributes["cn"] == ("Văn thư",)
    assert entry.attributes["cvRevision"] == ("2",)


@pytest.mark.parametrize(
    ("state", "until", "wanted"),
    [
        ("active", None, "active"),
        ("retiring", None, "suspended"),
        ("retiring", TODAY, "suspended"),
        ("retiring", TODAY - timedelta(days=1), "disabled"),
        ("retired", None, "disabled"),
    ],
)
def test_retiring_domain_receives_until_its_last_day(state: str, until: date | None, wanted: str) -> None:
    """A retiring domain is suspended, which still receives, until its last day; a retired one receives nothing."""
    entry = domain_entry(replace(DOMAIN, state=state, receives_until=until), TODAY)

    assert entry.state == wanted


def test_hash_is_not_shown() -> None:
    """The hash of an app password does not appear when its values are printed."""
    assert PHONE.hash not in repr(PHONE)


@pytest.mark.parametrize(("state", "left"), [("active", 0), ("suspended", 0), ("disabled", 1)])
def test_only_a_closed_mailbox_forwards(state: str, left: int) -> None:
    """Mail goes on to somebody else once the mailbox is closed, not while its holder is in service."""
    mailbox = MAILBOX._replace(state=state, forward_to="thay@tinh.gov.vn", kept_until=TODAY)

    entry = account_entry(PERSON._replace(mailbox=mailbox), NOW, TODAY)

    assert entry.attributes.get("cvForwardTo", ()) == ("thay@tinh.gov.vn",) * left


def test_mailbox_kept_no_longer_forwards_nothing() -> None:
    """After the last day on which the mail is kept, none goes on."""
    mailbox = MAILBOX._replace(state="disabled", forward_to="thay@tinh.gov.vn", kept_until=TODAY - timedelta(days=1))

    entry = account_entry(PERSON._replace(mailbox=mailbox), NOW, TODAY)

    assert "cvForwardTo" not in entry.attributes


@pytest.mark.parametrize(("until", "is_delivered"), [(None, True), (0, True), (-1, False)])
def test_alias_receives_to_its_last_day(until: int | None, *, is_delivered: bool) -> None:
    """An alias with a last day receives on that day and no longer."""
    day = TODAY + timedelta(days=until) if until is not None else None
    mailbox = MAILBOX._replace(addresses=(AddressValues("cu@tinh.gov.vn", "alias", day),))

    entry = account_entry(PERSON._replace(mailbox=mailbox), NOW, TODAY)

    assert ("cvAddress" in entry.attributes) is is_delivered
