"""Mail as a client speaks it: submission, SMTP from outside, IMAP and POP3, each over verified TLS."""

from __future__ import annotations

import imaplib
import poplib
import smtplib
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from .browser import Unexpected

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Mail:
    """The mail servers of the stack; `submission` is None where Postfix could not be started."""

    imap: int
    pop3: int
    lmtp: int
    smtp: int | None
    submission: int | None
    authority: Path

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def read(self, name: str, password: str) -> imaplib.IMAP4:
        """Sign in by IMAP."""
        server = imaplib.IMAP4_SSL(HOST, self.imap, ssl_context=self._trust(), timeout=10)
        try:
            server.login(name, password)
        except imaplib.IMAP4.error:
            server.shutdown()
            raise
        return server

    def accepts(self, protocol: str, name: str, password: str) -> bool:
        """Say whether a sign-in is accepted."""
        try:
            if protocol == "imap":
                self.read(name, password).logout()
            elif protocol == "pop3":
                with closing(poplib.POP3_SSL(HOST, self.pop3, timeout=10, context=self._trust())) as box:
                    box.user(name)
                    box.pass_(password)
            else:
                with self._submission() as server:
                    server.login(name, password)
        except (imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPAuthenticationError):
            return False
        return True

    def _submission(self) -> smtplib.SMTP:
        server = smtplib.SMTP(HOST, self.submission or 0, timeout=20)
        try:
            server.starttls(context=self._trust())
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
        return server

    def send(self, sender: str, password: str, to: str, subject: str) -> None:
        """Send a letter by submission; without Postfix it is handed to Dovecot by LMTP."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, to, subject
        letter.set_content("Kính gửi đồng chí,\n\nThư gửi qua hệ thống thư điện tử công vụ.\n")
        if self.submission is None:
            with smtplib.LMTP(HOST, self.lmtp) as server:
                server.send_message(letter)
            return
        with self._submission() as server:
            server.login(sender, password)
            server.send_message(letter)

    def answer(self, recipient: str) -> int:
        """Give the server's answer to one recipient from outside (250, 550, …)."""
        return self.answers([recipient])[recipient]

    def answers(self, recipients: list[str]) -> dict[str, int]:
        """Give the server's answer to each recipient from outside."""
        codes: dict[str, int] = {}
        server = smtplib.SMTP(HOST, self.smtp, timeout=20) if self.smtp else smtplib.LMTP(HOST, self.lmtp)
        with server:
            server.ehlo("outside.example.org") if self.smtp else server.ehlo("localhost")
            for first in range(0, len(recipients), 50):
                server.mail("someone@outside.example.org")
                for recipient in recipients[first : first + 50]:
                    codes[recipient] = server.rcpt(recipient)[0]
                server.rset()
        return codes

    def wait_for(self, box: imaplib.IMAP4, subject: str, seconds: float = 30) -> None:
        """Wait until a letter with this subject lies in the mailbox, and read it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            box.select("INBOX")
            _, (numbers,) = box.search(None, "HEADER", "Subject", f'"{subject}"')
            if numbers:
                box.fetch(numbers.split()[-1].decode(), "(BODY[])")
                return
            time.sleep(0.2)
        raise Unexpected(f"no letter “{subject}” came within {seconds:.0f} s")
