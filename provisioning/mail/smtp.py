"""Hands notices in by SMTP, with the empty sender that automatic mail has (RFC 3834)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from provisioning.ports import Reason, Refused, Unavailable


@dataclass(frozen=True)
class SmtpMailer:
    """Our own Postfix, on its door for mail from other servers."""

    host: str
    port: int
    ca_file: Path | None = None
    timeout_seconds: float = 10

    @contextmanager
    def visit(self) -> Iterator[SmtpCounter]:
        """Hand in any number of messages over one connection."""
        counter = SmtpCounter(self)
        try:
            yield counter
        finally:
            counter.leave()

    def ping(self) -> None:
        """Greet it."""
        try:
            self.connect().quit()
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"the mail server {self.host}:{self.port} does not answer: {error}") from error

    def connect(self) -> smtplib.SMTP:
        """Connect and greet, under TLS if the server offers it; then its certificate must be right."""
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context(cafile=self.ca_file))
                server.ehlo()
        except BaseException:
            server.close()
            raise
        return server


@dataclass
class SmtpCounter:
    """One connection, made with the first message and again when the server has hung up meanwhile."""

    mailer: SmtpMailer
    server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand in one message to one recipient."""
        try:
            try:
                self.line().sendmail("", [recipient], message.as_bytes())
            except smtplib.SMTPServerDisconnected:
                # Servers hang up on who was silent, or has handed in enough; a letter twice is better than none.
                self.drop()
                self.line().sendmail("", [recipient], message.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _refused(code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            place = f"{self.mailer.host}:{self.mailer.port}"
            raise Unavailable(f"the mail server {place} does not take mail: {error}") from error

    def line(self) -> smtplib.SMTP:
        """Give the connection."""
        if self.server is None:
            self.server = self.mailer.connect()
        return self.server

    def drop(self) -> None:
        """Let go of the connection, whatever state it is in."""
        if self.server is not None:
            self.server.close()
        self.server = None

    def leave(self) -> None:
        """Say goodbye, if there is a connection."""
        if self.server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.server.quit()
            self.drop()


def _refused(code: int, text: bytes | str) -> Refused:
    """Give a no to this one message, for now (4xx) or for good (5xx); the next may well be taken."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Refused(Reason("The mail server does not take this message.", {"code": str(code), "server": said}))
