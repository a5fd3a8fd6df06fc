"""The composition root: the only place that knows every concrete class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from directory.targets import DEFAULT
from provisioning.config import Settings, TargetSettings
from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.mail import Doveadm, LetterBox, Postman, SmtpMailer
from provisioning.outbox import Outbox, Queue, engine_for
from provisioning.ports import Mailer, MailServer, TargetSystem
from provisioning.reconcile import Reconciler
from provisioning.reconcile.scan import Scanner
from provisioning.sheets.reader import Reader


@dataclass(frozen=True)
class Target:
    """An LDAP server with the base of its tree, and the mail store that reads it, if its sessions can be ended."""

    system: TargetSystem
    mail_server: MailServer | None
    base: str
    writing: Lock = field(default_factory=Lock, compare=False)
    """Held by the whole batch that is being written to it (`Reconciler.turn`)."""


@dataclass(frozen=True)
class Service:
    """The service put together: what the web, the worker and the shell start from."""

    settings: Settings
    outbox: Outbox
    queue: Queue
    targets: Mapping[str, Target]
    """By the names that the book has for them."""
    mailer: Mailer
    reader: Reader = field(default_factory=Reader)

    @property
    def target(self) -> TargetSystem:
        """The default target: the only one of most services."""
        return self.targets[DEFAULT].system

    @property
    def mail_server(self) -> MailServer | None:
        """The mail store of the default target."""
        return self.targets[DEFAULT].mail_server

    @property
    def reconciler(self) -> Reconciler:
        """What makes due subjects real in the default target."""
        return self.reconciler_of(DEFAULT)

    def reconciler_of(self, name: str) -> Reconciler:
        """Give what makes due subjects real in one target."""
        target = self.targets[name]
        return Reconciler(self.outbox, target.system, target.mail_server, clock, name=name, writing=target.writing)

    @property
    def postman(self) -> Postman:
        """What sends the notices that wait."""
        letters = LetterBox(self.settings.base_url, self.settings.notices_from)
        return Postman(self.outbox, self.mailer, letters, clock)

    @property
    def scanner(self) -> Scanner:
        """Give what compares the default target with the book."""
        return self.scanner_of(DEFAULT)

    def scanner_of(self, name: str) -> Scanner:
        """Give what compares one target with the book."""
        return Scanner(self.outbox, self.targets[name].system, clock, name)

    def close(self) -> None:
        """Let go of every connection."""
        for target in self.targets.values():
            target.system.close()
        self.outbox.engine.dispose()
        self.reader.close()


def assemble(settings: Settings | None = None, *, patience: float | None = None) -> Service:
    """Put the service together from its settings (by default the environment's). Nothing is connected to yet.

    With `patience` PostgreSQL is given up when an answer takes longer than so many seconds.
    """
    settings = settings or Settings()  # type: ignore[call-arg]  # the environment fills it
    queue = Queue()
    engine = engine_for(settings.database_url, patience=patience)
    return Service(
        settings=settings,
        outbox=Outbox(engine, settings.keys, queue.wake, (DEFAULT, *settings.targets)),
        queue=queue,
        targets=targets_of(settings),
        mailer=SmtpMailer(settings.smtp_host, settings.smtp_port, settings.mail_ca_file),
    )


def targets_of(settings: Settings) -> dict[str, Target]:
    """Give the targets that the settings name; a secret that cannot be read stops the start."""
    usual = TargetSettings.of(settings)
    return {
        name: _target(name, each, usual, settings.ldap_timeout_seconds)
        for name, each in {DEFAULT: usual, **settings.targets}.items()
    }


def _target(name: str, wanted: TargetSettings, usual: TargetSettings, timeout_seconds: int) -> Target:
    """Put one target together; what is left out is as usual."""
    base = wanted.ldap_base or usual.ldap_base or ""
    line = Line(
        uri=wanted.ldap_uri,
        bind_dn=wanted.ldap_bind_dn or usual.ldap_bind_dn or "",
        password=_secret_in(wanted.ldap_password_file, name),
        ca_file=wanted.ldap_ca_file or usual.ldap_ca_file,
        timeout_seconds=timeout_seconds,
    )
    mail_server = Doveadm(wanted.doveadm_url, _secret_in(wanted.doveadm_key_file, name)) if wanted.doveadm_url else None
    return Target(LdapTarget(line, base), mail_server, base)


def clock() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def _secret_in(path: Path | None, target: str) -> str:
    """Read a password from its file; without a file there is none, and its server will refuse us."""
    if path is None:
        return ""
    try:
        secret = path.read_text().strip()
    except OSError as error:
        raise SystemExit(f"congvu: the secret {path} of the target {target} cannot be read: {error}") from error
    if not secret:
        # LDAP takes a name without a password for a stranger, and lets him in (RFC 4513, 5.1.2).
        raise SystemExit(f"congvu: the secret {path} of the target {target} is empty")
    return secret
