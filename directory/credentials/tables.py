"""The tables of credentials. Secrets stand here hashed, sealed or as keyed digests, never as they are."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Base, Numbered, public_id
from directory.mailboxes import Mailbox

SCOPES = ("imap", "pop3", "smtp")
STAGES = ("password", "full")
CONTACT_KINDS = ("mail", "phone")
RECOVERY_STATES = ("started", "authenticator", "ready", "done", "expired")


class Password(Base):
    """The portal password (argon2id). It is never in LDAP and no mail server accepts it."""

    __tablename__ = "passwords"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    hash: Mapped[str]
    set_at: Mapped[datetime]


class FormerPassword(Numbered, Base):
    """A password that an account had, kept only where the rules forbid to take one of the last again."""

    __tablename__ = "former_passwords"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    hash: Mapped[str]
    replaced_at: Mapped[datetime]


class Totp(Base):
    """The authenticator app of an account (RFC 6238), confirmed by a first code."""

    __tablename__ = "totp"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    secret: Mapped[bytes]
    """Sealed with purpose `totp.secret`, row = account number."""
    enrolled_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0, server_default="0")
    """The last time step accepted; compare-and-set, so that a code works once."""


class TotpEnrolment(Base):
    """A new secret that waits for its first code. Only the session that began it is shown it and may confirm it."""

    __tablename__ = "totp_enrolments"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    """None: begun by the system, as for the sample."""
    secret: Mapped[bytes]
    """Sealed as `Totp.secret`."""
    begun_at: Mapped[datetime]


class RecoveryCode(Numbered, Base):
    """One of ten codes of 80 bits, kept as a keyed digest, spent by one conditional UPDATE."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ActivationCode(Numbered, Base):
    """The one-time code on an activation slip, bound to the account and its credential version."""

    __tablename__ = "activation_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    credential_version: Mapped[int]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(foreign_keys=[account_id])


class AppPassword(Numbered, Base):
    """A machine-made password (120 bits) of one device for one mailbox."""

    __tablename__ = "app_passwords"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    """`cvDeviceId` of its entry."""
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    """Who uses it: the owner of a personal mailbox, or a holder of a role mailbox."""
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"), index=True)
    label: Mapped[str]
    lookup_key: Mapped[str]
    """First 16 hex digits of SHA-256 of the app password (`cvDeviceKey`)."""
    hash: Mapped[str]
    """`{SSHA512}…`, made by us: slapd needs no slow hash for 120 random bits."""
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]

    mailbox: Mapped[Mailbox] = relationship()

    __table_args__ = (CheckConstraint("scopes <@ ARRAY['imap','pop3','smtp'] AND scopes <> '{}'", name="scopes"),)


class SignInSession(Numbered, Base):
    """A browser session. Its token is in the cookie, its digest here; ending a row ends it everywhere."""

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    stage: Mapped[str]
    """`password`: only the first factor was shown; `full`: the second as well."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    idle_minutes: Mapped[int] = mapped_column(default=15, server_default="15")
    """How long it may lie unused: the policy of the official's agency when it began."""
    factor_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    source: Mapped[str]
    browser: Mapped[str]

    account: Mapped[Account] = relationship()

    @property
    def reference(self) -> str:
        """Name the session on a page: neither its key nor anything that opens it."""
        return self.digest.hex()[:16]

    __table_args__ = (
        CheckConstraint(f"stage IN {STAGES}", name="stage"),
        Index("sessions_open_idx", "account_id", postgresql_where=text("ended_at IS NULL")),
    )


class Recovery(Numbered, Base):
    """One attempt to recover a forgotten password: the row, not the browser, says which step is next."""

    __tablename__ = "recoveries"

    digest: Mapped[bytes] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    """None for an address that nobody has: the pages look the same."""
    subject: Mapped[str] = mapped_column(default="", server_default="")
    """What the brake on guessing counts by: the account, or a digest of the name that nobody has."""
    credential_version: Mapped[int]
    state: Mapped[str] = mapped_column(default="started", server_default="started")
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    source: Mapped[str]

    __table_args__ = (CheckConstraint(f"state IN {RECOVERY_STATES}", name="state"),)


class RecoveryContact(Numbered, Base):
    """A private address or number that its owner gave for recovery; nobody else sets it, and not at once may it serve.

    One that was replaced stays until its letter has gone there; whoever took the account over cannot stop that.
    """

    __tablename__ = "recovery_contacts"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str]
    value: Mapped[bytes]
    """Sealed with purpose `recovery_contacts.value`, row = public id."""
    set_at: Mapped[datetime]
    usable_from: Mapped[datetime]
    """Before this instant no recovery may use it."""
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {CONTACT_KINDS}", name="kind"),
        CheckConstraint("usable_from >= set_at + interval '168 hours'", name="hold"),
        CheckConstraint("ended_at >= set_at", name="ended"),
        Index(
            "recovery_contacts_one_of_a_kind_idx",
            "account_id",
            "kind",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class ApiToken(Numbered, Base):
    """A token for the interface of programs, such as the import script, narrowed to one agency."""

    __tablename__ = "api_tokens"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    digest: Mapped[bytes] = mapped_column(unique=True)
    label: Mapped[str]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    """Who made it; the token can do no more than that person still may."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]

    agency: Mapped[Agency] = relationship()
    account: Mapped[Account] = relationship()
