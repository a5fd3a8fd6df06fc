"""What notices say: a letter in Vietnamese and, below it, in English, as plain text and as simple HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from directory.base import VIETNAM
from provisioning.ports import Reason, Refused

TEMPLATES = Path(__file__).parents[2] / "templates"
LANGUAGES = ("vi", "en")
RULE = "\n" + "-" * 60 + "\n\n"


@dataclass(frozen=True)
class Letter:
    """Whom a notice is for and what it tells."""

    number: int
    """Of the notice; a letter sent twice after a crash has the same Message-ID, so that mail clients show it once."""
    message: str
    fields: dict[str, Any]
    queued_at: datetime
    name: str
    account_number: str
    address: str


@dataclass(frozen=True)
class LetterBox:
    """Writes letters from the templates in mail/<message>/, with links to one portal."""

    base_url: str
    sender: str = ""

    def write(self, letter: Letter) -> EmailMessage:
        """Write a letter. The first line of each template is the subject; the empty line after it is left out."""
        texts = [self.render(letter, language) for language in LANGUAGES]
        subjects, bodies = zip(*(text.split("\n\n", 1) for text in texts), strict=True)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = " / ".join(subjects)
        message["From"] = Address("Công vụ", addr_spec=self.sender or f"congvu@{self.host}")
        message["To"] = Address(letter.name, addr_spec=letter.address)
        message["Date"] = letter.queued_at
        message["Message-ID"] = f"<notice.{letter.number}.{letter.account_number}@{self.host}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = "vi, en"
        message.set_content(RULE.join(bodies), cte="quoted-printable")
        page = self.environment.get_template("mail/letter.html").render(
            parts=[(language, paragraphs(body)) for language, body in zip(LANGUAGES, bodies, strict=True)]
        )
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        return message

    def render(self, letter: Letter, language: str) -> str:
        """Fill in the template of one language."""
        shown = {
            **letter.fields,
            "name": letter.name,
            "address": letter.address,
            "account_number": letter.account_number,
            "portal": self.base_url.rstrip("/"),
            "when": letter.queued_at.astimezone(VIETNAM),
        }
        try:
            return self.environment.get_template(f"mail/{letter.message}/{language}.txt").render(shown)
        except TemplateError as error:
            reason = Reason("This message cannot be written.", {"message": letter.message, "error": str(error)})
            raise Refused(reason) from error

    @property
    def host(self) -> str:
        """The portal's host; it never comes from a request."""
        return urlsplit(self.base_url).hostname or "localhost"

    @cached_property
    def environment(self) -> Environment:
        """Templates in which a missing field is an error, and HTML is escaped."""
        return Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
        )


def paragraphs(text: str) -> list[list[str]]:
    """Cut a text into paragraphs of lines."""
    return [block.splitlines() for block in text.strip().split("\n\n") if block.strip()]
