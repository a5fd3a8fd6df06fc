"""The composition root: the only place that knows every concrete class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from provisioning.config import Settings
from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.mail import Doveadm, LetterBox, Postman, SmtpMailer
from provisioning.outbox import Outbox, Queue, engine_for
from provisioning.ports import Mailer, MailServer, TargetSystem
from provisioning.reconcile import Reconciler
from provisioning.reconcile.scan import Scanner


@dataclass(frozen=True)
class Service:
    """The service put together: what the web, the worker and the shell start from."""

    settings: Settings
    outbox: Outbox
    queue: Queue
    target: TargetSystem
    mail_server: MailServer | None
    mailer: Mailer

    @property
    def reconciler(self) -> Reconciler:
        """What makes due subjects real."""
        return Reconciler(self.outbox, self.target, self.mail_server, clock)

    @property
    def postman(self) -> Postman:
        """What sends the notices that wait."""
        letters = LetterBox(self.settings.base_url, self.settings.notices_from)
        return Postman(self.outbox, self.mailer, letters, clock)

    @property
    def scanner(self) -> Scanner:
        """Give what compares the target with the book."""
        return Scanner(self.outbox, self.target, clock)

    def close(self) -> None:
        """Let go of every connection."""
        self.target.close()
        self.outbox.engine.dispose()


def assemble(settings: Settings | None = None) -> Service:
    """Put the service together from its settings (by default the environment's). Nothing is connected to yet."""
    settings = settings or Settings()  # type: ignore[call-arg]  # the environment fills it
    queue = Queue()
    return Service(
        settings=settings,
        outbox=Outbox(engine=engine_for(settings.database_url), keys=settings.keys, wake=queue.wake),
        queue=queue,
        target=target_of(settings),
        mail_server=mail_server_of(settings),
        mailer=SmtpMailer(settings.smtp_host, settings.smtp_port, settings.mail_ca_file),
    )


def target_of(settings: Settings) -> LdapTarget:
    """Give the LDAP server that the settings name."""
    line = Line(
        uri=settings.ldap_uri,
        bind_dn=settings.ldap_bind_dn,
        password=_secret_in(settings.ldap_password_file),
        ca_file=settings.ldap_ca_file,
        timeout_seconds=settings.ldap_timeout_seconds,
    )
    return LdapTarget(line, settings.ldap_base)


def mail_server_of(settings: Settings) -> Doveadm | None:
    """Give the mail store whose sessions can be ended, if there is one."""
    if settings.doveadm_url is None:
        return None
    return Doveadm(settings.doveadm_url, _secret_in(settings.doveadm_key_file))


def clock() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def _secret_in(path: Path | None) -> str:
    """Read a password from its file; without a file there is none, and its server will refuse us."""
    try:
        return path.read_text().strip() if path else ""
    except OSError as error:
        raise SystemExit(f"congvu: the secret {path} cannot be read: {error}") from error
