"""A private Dovecot whose configuration is built from deploy/dovecot."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from .accounts import account_for, is_root, run_as, this_account
from .layout import DEPLOY, Layout
from .ports import ADDRESS, Ports
from .secret_files import secret, write_private
from .server import answers
from .slapd import BASE
from .templates import fill
from .tls import Certificate

TEMPLATES = DEPLOY / "dovecot"
LOOKUPS = ("sign-in-address", "app-password", "mailbox")


@dataclass
class Dovecot:
    """IMAP, POP3, delivery, and the sign-in of Postfix."""

    layout: Layout
    ports: Ports
    certificate: Certificate
    is_braked: bool = False
    name: str = "dovecot"
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 20.0

    def __post_init__(self) -> None:
        """Finds its folders once."""
        self.folder = self.layout.folder("dovecot", 0o755)
        self.sockets = self.layout.run / "dovecot"
        self.log = self.layout.log_file("dovecot-mail")

    def prepare(self) -> None:
        """Writes the configuration, with the passwords of this stack."""
        mail = account_for("mail")
        store = self.layout.folder("mail", 0o700)
        os.chown(store, mail.uid, mail.gid)
        # A socket of a process that was killed would look like a running Dovecot.
        shutil.rmtree(self.sockets, ignore_errors=True)
        self.sockets.mkdir(mode=0o755)
        self.layout.folder("dovecot/state")
        values = self.values(store)
        write_private(self.folder / "dovecot.conf", fill(TEMPLATES / "dovecot.conf.in", values))
        connection = fill(TEMPLATES / "ldap.conf.ext.in", values)
        for lookup in LOOKUPS:
            text = connection + fill(TEMPLATES / f"{lookup}.conf.ext.in", values)
            write_private(self.folder / f"{lookup}.conf.ext", text)

    def values(self, store: Path) -> dict[str, str]:
        """What the templates ask for."""
        mail, internal, login = account_for("mail"), account_for("dovecot"), account_for("login")
        ports = {f"{name.upper()}_PORT": str(getattr(self.ports, name)) for name in ("imap", "pop3", "lmtp", "doveadm")}
        return {
            **ports,
            "ADDRESS": ADDRESS,
            "RUN": str(self.sockets),
            "STATE": str(self.folder / "state"),
            "ETC": str(self.folder),
            "INSTANCE": f"congvu-{self.ports.imap}",
            "INTERNAL_USER": internal.name,
            "INTERNAL_GROUP": internal.group,
            "LOGIN_USER": login.name,
            "MAIL_USER": mail.name,
            "MAIL_UID": str(mail.uid),
            "MAIL_GID": str(mail.gid),
            "POSTFIX_USER": account_for("postfix").name if has_postfix() else mail.name,
            "LOG_FILE": str(self.log),
            "CERTIFICATE_FILE": str(self.certificate.certificate),
            "KEY_FILE": str(self.certificate.key),
            "CA_FILE": str(self.certificate.authority),
            "MAIL": str(store),
            "POSTMASTER": "postmaster@localhost",
            "PENALTY_MODE": "0600" if self.is_braked else "0",
            "FAILURE_DELAY": "2 secs" if self.is_braked else "0 secs",
            "DOVEADM_KEY": secret(self.layout.secrets, "doveadm"),
            "LDAP_URIS": f"ldap://{ADDRESS}:{self.ports.ldap}",
            "BASE": BASE,
            "MAILREADER_PASSWORD": secret(self.layout.secrets, "ldap_mailreader"),
        }

    def command(self) -> list[str]:
        """The master in the foreground."""
        return run_as(this_account(), ["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")])

    def environment(self) -> dict[str, str]:
        """None of its own."""
        return {}

    def is_ready(self) -> bool:
        """Whether it greets a mail client and Postfix."""
        return answers(self.ports.lmtp, b"", b"220 ") and answers(self.ports.imap, b"", b"* OK", under_tls=True)


def has_postfix() -> bool:
    """Whether a Postfix may come to use the sockets: it needs root."""
    return is_root() and Path("/usr/sbin/postfix").exists()
