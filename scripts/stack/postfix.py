"""A private Postfix whose configuration is built from deploy/postfix. It needs root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .accounts import account_for, run_as, this_account
from .errors import StackError
from .layout import DEPLOY, Layout
from .ports import ADDRESS, Ports
from .secret_files import secret, write_private
from .server import answers
from .slapd import BASE
from .templates import fill
from .tls import Certificate

TEMPLATES = DEPLOY / "postfix"
LOOKUPS = (
    "domains", "mailboxes", "senders", "sender-devices", "signed-in", "own-domains", "former-domains", "forwards",
    "lists", "list-senders",
)  # fmt: skip
SYSTEM = Path("/etc/postfix")
# With these beside main.cf, Postfix reads nothing of the system's configuration.
COPIED = ("postfix-files", "postfix-files.d", "dynamicmaps.cf", "dynamicmaps.cf.d")


@dataclass
class Postfix:
    """Port 25 and submission."""

    layout: Layout
    ports: Ports
    certificate: Certificate
    auth_rate: int = 0
    name: str = "postfix"
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 20.0

    def __post_init__(self) -> None:
        """Finds its folders once."""
        self.folder = self.layout.folder("postfix")
        self.etc = self.folder / "etc"
        self.log = self.layout.log_file("postfix-mail")

    def prepare(self) -> None:
        """Writes the configuration if it changed, and then lets Postfix make its queue folders."""
        # A master that was killed leaves its id behind.
        (self.folder / "spool/pid/master.pid").unlink(missing_ok=True)
        texts = self.texts()
        stamp, whole = self.folder / "etc.built", "".join(texts.values())
        if stamp.exists() and stamp.read_text(encoding="utf-8") == whole:
            return
        stamp.unlink(missing_ok=True)
        self.make_folders()
        for name, text in texts.items():
            write_private(self.etc / name, text)
            (self.etc / name).chmod(0o640)
            os.chown(self.etc / name, -1, account_for(self.name).gid)
        self.copy_tables()
        self.check()
        write_private(stamp, whole)

    def make_folders(self) -> None:
        """An empty folder for the configuration; queue and data stay."""
        if self.etc.exists():
            shutil.rmtree(self.etc)
        for name in ("etc", "spool", "data"):
            self.layout.folder(f"postfix/{name}")
        os.chown(self.folder / "data", account_for(self.name).uid, -1)
        (self.folder / "data").chmod(0o700)

    def texts(self) -> dict[str, str]:
        """The files of the configuration, filled in."""
        values = self.values()
        connection = fill(TEMPLATES / "ldap.cf.in", values)
        lookups = {f"{name}.cf": connection + fill(TEMPLATES / f"{name}.cf.in", values) for name in LOOKUPS}
        return {name: fill(TEMPLATES / f"{name}.in", values) for name in ("main.cf", "master.cf")} | lookups

    def copy_tables(self) -> None:
        """Postfix's own lists of files and of map types."""
        for name in COPIED:
            source = SYSTEM / name
            if source.is_dir():
                shutil.copytree(source, self.etc / name)
            elif source.exists():
                shutil.copy(source, self.etc / name)
        shutil.copy("/usr/lib/postfix/sbin/postfix-script", self.etc)

    def check(self) -> None:
        """Postfix's own check; it also makes the folders of the queue."""
        done = subprocess.run(
            ["/usr/sbin/postfix", "-c", str(self.etc), "check"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StackError(f"postfix check failed:\n{done.stdout}{done.stderr}")

    def values(self) -> dict[str, str]:
        """What the templates ask for."""
        sockets = self.layout.run / "dovecot"
        return {
            "ADDRESS": ADDRESS,
            "ETC": str(self.etc),
            "SPOOL": str(self.folder / "spool"),
            "DATA": str(self.folder / "data"),
            "LOG_FILE": str(self.log),
            "LOG_PREFIX": str(self.layout.log),
            "HOSTNAME": "mail.congvu.test",
            "LMTP_ADDRESS": f"{ADDRESS}:{self.ports.lmtp}",
            "OUTBOUND": "error:5.1.2 A private stack sends nothing to other servers",
            "RELAYHOST": "",
            "QUOTA_STATUS": str(sockets / "quota-status"),
            "SASL": str(sockets / "sasl"),
            "AUTH_RATE": str(self.auth_rate),
            "LIST_SENDERS": f"{ADDRESS}:{self.ports.list_senders}",
            "SMTP_PORT": str(self.ports.smtp),
            "SUBMISSION_PORT": str(self.ports.submission),
            "CERTIFICATE_FILE": str(self.certificate.certificate),
            "KEY_FILE": str(self.certificate.key),
            "CA_FILE": str(self.certificate.authority),
            "LDAP_URIS": f"ldap://{ADDRESS}:{self.ports.ldap}",
            "BASE": BASE,
            "MAILREADER_PASSWORD": secret(self.layout.secrets, "ldap_mailreader"),
        }

    def command(self) -> list[str]:
        """The master in the foreground (`-d`; with `-s` it wants a terminal session of its own)."""
        return run_as(this_account(), ["/usr/lib/postfix/sbin/master", "-c", str(self.etc), "-d"])

    def environment(self) -> dict[str, str]:
        """Where its parts find the configuration."""
        return {"MAIL_CONFIG": str(self.etc)}

    def is_ready(self) -> bool:
        """Whether it greets on both ports."""
        return answers(self.ports.smtp, b"", b"220 ") and answers(self.ports.submission, b"", b"220 ")
