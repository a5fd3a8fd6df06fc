"""What single lines of the logs say."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from provisioning.usage.lines import DeviceUse, Unreadable, Use, read_dovecot, read_postfix
from tests.usage.loglines import OTHERS_OF_DOVECOT, OTHERS_OF_POSTFIX, flags, sent, sign_in

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
BOX = "mb7929db544573"


def test_message_marked_as_read_is_use() -> None:
    """A change of flags with Seen says that the mailbox was read on that day."""
    assert read_dovecot(flags(BOX), NOW) == Use(BOX, date(2026, 11, 22), "read")


def test_dovecot_day_is_the_vietnamese_one() -> None:
    """A message read at 17:00 UTC was read on the next day in Viet Nam."""
    assert read_dovecot(flags(BOX, at="2026-11-22T17:00:00+0000"), NOW) == Use(BOX, date(2026, 11, 23), "read")


def test_sign_in_names_the_app_password() -> None:
    """A sign-in that worked says on which day which app password was used."""
    assert read_dovecot(sign_in("d4"), NOW) == DeviceUse("d4", date(2026, 11, 22))


def test_failed_sign_in_is_no_use() -> None:
    """A sign-in without success says nothing."""
    assert read_dovecot(sign_in("d4", success=None), NOW) is None


def test_sent_message_is_use() -> None:
    """A message handed in by who signed in says that the mailbox sent on that day."""
    assert read_postfix(sent(BOX), NOW) == Use(BOX, date(2026, 11, 22), "sent")


def test_sent_message_of_an_older_log_is_use() -> None:
    """A line that an older configuration wrote names the mailbox alone."""
    assert read_postfix(sent(BOX, device=""), NOW) == Use(BOX, date(2026, 11, 22), "sent")


@pytest.mark.parametrize(
    ("at", "now", "day"),
    [
        ("Dec 31 16:59:59", datetime(2027, 1, 1, 2, tzinfo=UTC), date(2026, 12, 31)),
        ("Dec 31 17:00:00", datetime(2027, 1, 1, 2, tzinfo=UTC), date(2027, 1, 1)),
        ("Jan  1 00:00:01", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2027, 1, 1)),
        ("Nov 25 12:00:00", NOW, date(2025, 11, 25)),
        ("Feb 29 03:00:00", datetime(2029, 1, 5, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_postfix_year_is_the_last_that_fits(at: str, now: datetime, day: date) -> None:
    """A line without a year is of the last time that it was so, with a day for clocks that differ."""
    assert read_postfix(sent(BOX, at), now) == Use(BOX, day, "sent")


@pytest.mark.parametrize("line", OTHERS_OF_DOVECOT)
def test_other_lines_of_dovecot_say_nothing(line: str) -> None:
    """What is neither a sign-in nor a message read is passed over."""
    assert read_dovecot(line, NOW) is None


@pytest.mark.parametrize("line", OTHERS_OF_POSTFIX)
def test_other_lines_of_postfix_say_nothing(line: str) -> None:
    """What is not a message handed in over submission is passed over, a refused sign-in too."""
    assert read_postfix(line, NOW) is None


@pytest.mark.parametrize(
    "line",
    [
        sign_in("d4")[:-3],
        sign_in(""),
        sign_in("d4", master_user=None),
        sign_in("D4 or more"),
        sign_in("d4", "yesterday"),
        sign_in("d4", "2026-11-22T12:38:12"),
        '2026-11-22T12:38:12+0000 stats: Info: {"event":"auth_request_finished","fields":[]}',
        '2026-11-22T12:38:12+0000 stats: Info: {"fields":{}}',
        flags("mb/../x"),
        flags(BOX, at="today"),
        flags(BOX) + " and more",
    ],
)
def test_changed_format_of_dovecot_is_unreadable(line: str) -> None:
    """A line that looks like use and is not as agreed is reported, so that a changed format is noticed."""
    with pytest.raises(Unreadable):
        read_dovecot(line, NOW)


@pytest.mark.parametrize(
    "line", [sent("x y"), sent("annv@dongbang.gov.vn"), sent(BOX, "Nuv 22 12:38:12"), sent(BOX, "Feb 30 12:00:00")]
)
def test_changed_format_of_postfix_is_unreadable(line: str) -> None:
    """A message that was handed in, in a line that is not as agreed, is reported."""
    with pytest.raises(Unreadable):
        read_postfix(line, NOW)
