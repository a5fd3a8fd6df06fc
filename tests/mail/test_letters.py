"""What notices say, and how their messages are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import MappingProxyType

import pytest

import directory
import provisioning
from provisioning.mail.letters import TEMPLATES, Letter, LetterBox
from provisioning.ports import Refused

BOX = LetterBox("https://congvu.tinh.gov.vn/")
CHANGED = {"action": "password.changed", "at": "2026-11-23T02:00:00+00:00", "source": "192.0.2.7"}


def letter(
    message: str = "welcome", name: str = "Nguyễn Thị Ánh Đào", fields: Mapping[str, object] = MappingProxyType({})
) -> Letter:
    """Make a letter to somebody."""
    return Letter(
        number=42,
        message=message,
        fields=dict(fields),
        queued_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
        name=name,
        account_number="cv23456789",
        address="daonta@tinh.gov.vn",
    )


def arrived(written: EmailMessage) -> EmailMessage:
    """Read a message as a mail client does, from its bytes."""
    return message_from_bytes(written.as_bytes(), policy=default)


def body(message: EmailMessage, kind: str) -> str:
    """Give the text of a message in one of its kinds."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def told_actions() -> Iterator[str]:
    """Find every action that credentials tell holders of, where it is written."""
    for path in (Path(directory.__path__[0]) / "credentials").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tell":
                yield from (
                    each.value
                    for each in ast.walk(node.args[3])
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                )


def queued_messages() -> Iterator[str]:
    """Find every message that is queued as a notice, where it is written."""
    for root in (directory, provisioning):
        for path in Path(root.__path__[0]).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                called = node.func if isinstance(node, ast.Call) else None
                name = getattr(called, "attr", getattr(called, "id", None))
                if isinstance(node, ast.Call) and name in ("notify", "notify_all") and len(node.args) > 3:
                    assert isinstance(node.args[3], ast.Constant), path
                    yield str(node.args[3].value)


@pytest.mark.parametrize("message", sorted(set(queued_messages())))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_message_has_its_templates(message: str, language: str) -> None:
    """Whatever the code queues as a notice has a template in both languages."""
    assert (TEMPLATES / "mail" / message / f"{language}.txt").exists()


@pytest.mark.parametrize("action", sorted(set(told_actions())))
def test_every_change_of_credentials_can_be_told(action: str) -> None:
    """Each change of credentials that holders are told of has its sentence in both languages."""
    written = BOX.write(letter("credential_changed", fields={**CHANGED, "action": action}))

    assert " / " in written["Subject"]


def test_letter_is_in_both_languages() -> None:
    """The text is Vietnamese first and English below, and HTML says the same."""
    message = arrived(BOX.write(letter()))

    text = body(message, "plain")
    page = body(message, "html")
    assert text.index("Kính gửi Nguyễn Thị Ánh Đào") < text.index("Dear Nguyễn Thị Ánh Đào")
    assert '<div lang="vi">' in page
    assert '<div lang="en">' in page


def test_letter_says_when_in_vietnamese_time() -> None:
    """The instant in a letter is that of Viet Nam."""
    message = arrived(BOX.write(letter("credential_changed", fields=CHANGED)))

    assert "09:00 ngày 23/11/2026" in body(message, "plain")


def test_headers_are_those_of_automatic_mail() -> None:
    """A letter has a date, an id that stays the same when it is sent twice, and says that a machine wrote it."""
    first, second = BOX.write(letter()), BOX.write(letter())

    assert first["Message-ID"] == second["Message-ID"] == "<notice.42.cv23456789@congvu.tinh.gov.vn>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert arrived(first)["To"].addresses[0].addr_spec == "daonta@tinh.gov.vn"


def test_markup_in_a_name_is_text() -> None:
    """A name that looks like HTML is shown, not obeyed."""
    message = arrived(BOX.write(letter(name="<b>An</b>")))

    page = body(message, "html")
    assert "<b>" not in page


@pytest.mark.parametrize(("message", "fields"), [("no_such_message", {}), ("credential_changed", {})])
def test_letter_that_cannot_be_written_is_refused(message: str, fields: dict[str, object]) -> None:
    """A message without a template, or with a field missing, is refused by name and leaves no half letter."""
    with pytest.raises(Refused) as refusal:
        BOX.write(letter(message, fields=fields))

    assert refusal.value.reason.fields["message"] == message
