"""What single lines of the mail servers' logs say: pure, and as deploy/dovecot and deploy/postfix write them down."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from directory.adoption import Kind
from directory.base import vietnamese_day


class Unreadable(ValueError):
    """A line that looks like use, in a form that is not known."""


@dataclass(frozen=True)
class Use:
    """A mailbox was used on a day."""

    mailbox: str
    day: date
    kind: Kind


@dataclass(frozen=True)
class DeviceUse:
    """An app password let a mail client in on a day."""

    device: str
    day: date


_EVENT = " stats: Info: {"
_ID = re.compile(r"[0-9a-z]{1,64}")
_READ = re.compile(r"^(\S+) (?:imap|pop3)\(([^)]+)\)<\d+><[^>]*>: Info: flag_change: .*flags=\(([^)]*)\)$")
_IS_READ = re.compile(r" (?:imap|pop3)\([^)]*\)<\d+><[^>]*>: Info: flag_change: .*\\Seen")
_SENT = re.compile(
    r"^(\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) \S+ \S+\[\d+\]: \w+: client=.*, sasl_username=([^\s@]+)(?:@[0-9a-z]+)?$"
)
_IS_SENT = re.compile(r" postfix/submission/smtpd\[\d+\]: \w+: client=.*sasl_username=")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_dovecot(line: str, _now: datetime) -> Use | DeviceUse | None:
    """Take a sign-in that worked, or a message marked as read, out of a line of Dovecot's log."""
    _, found, rest = line.partition(_EVENT)
    if found:
        return _sign_in("{" + rest)
    if not _IS_READ.search(line):
        return None
    match = _READ.match(line)
    if match is None:
        raise Unreadable
    return Use(_identifier(match[2]), vietnamese_day(_instant(match[1])), "read")


def read_postfix(line: str, now: datetime) -> Use | None:
    """Take a sent message out of a line of Postfix's log; behind the mailbox stands which app password signed in."""
    if not _IS_SENT.search(line):
        return None
    match = _SENT.match(line)
    if match is None:
        raise Unreadable
    month, day, hour, minute, second, mailbox = match.groups()
    if month not in _MONTHS:
        raise Unreadable
    at = _with_year(now, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
    return Use(_identifier(mailbox), vietnamese_day(at), "sent")


def _sign_in(event: str) -> DeviceUse | None:
    """Read a sign-in event; one that failed says nothing about use."""
    try:
        said = json.loads(event)
        if said["event"] != "auth_request_finished" or said["fields"].get("success") != "yes":
            return None
        device, ended = said["fields"]["master_user"], said["end_time"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable from error
    return DeviceUse(_identifier(device), vietnamese_day(_instant(ended)))


def _identifier(text: object) -> str:
    """Take a mailbox id or the id of an app password; anything else is not ours."""
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise Unreadable
    return text


def _instant(text: object) -> datetime:
    """Read an instant that has its zone."""
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Unreadable from error
    if instant.tzinfo is None:
        raise Unreadable
    return instant


def _with_year(now: datetime, month: int, *rest: int) -> datetime:
    """Complete an instant of Postfix, which is in UTC and has no year: the last time that it was so."""
    for year in (now.astimezone(UTC).year + 1, now.astimezone(UTC).year, now.astimezone(UTC).year - 1):
        try:
            instant = datetime(year, month, *rest, tzinfo=UTC)  # type: ignore[misc,arg-type]  # how many the rest are, only the pattern says
        except ValueError:
            continue
        if instant <= now + timedelta(days=1):
            return instant
    raise Unreadable
