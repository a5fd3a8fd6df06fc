"""Hands notices in by SMTP, with the empty sender that automatic mail has (RFC 3834)."""

from __future__ import annotations

import smtplib
import ssl
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

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand in one message to one recipient."""
        try:
            with self.connect() as server:
                server.sendmail("", [recipient], message.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _refused(code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"the mail server {self.host}:{self.port} does not take mail: {error}") from error

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


def _refused(code: int, text: bytes | str) -> Refused:
    """Give a no to this one message, for now (4xx) or for good (5xx); the next may well be taken."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Refused(Reason("The mail server does not take this message.", {"code": str(code), "server": said}))
