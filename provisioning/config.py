"""Settings of the service: environment variables with the prefix CONGVU_, secrets in files."""

from __future__ import annotations

import re
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from directory.keys import Keys
from directory.targets import DEFAULT, NAME


class TargetSettings(BaseModel):
    """Where one more target is, with the mail servers that read it; what is left out is as for the default target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ldap_uri: str
    ldap_password_file: Path
    ldap_base: str | None = None
    ldap_bind_dn: str | None = None
    ldap_ca_file: Path | None = None
    doveadm_url: str | None = None
    """Not as for the default target: without it the mail sessions of this one cannot be ended."""
    doveadm_key_file: Path | None = None
    mail_host: str | None = None
    imap_port: int | None = None
    pop3_port: int | None = None
    submission_port: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> TargetSettings:
        """Give the default target's, which have the same names without a target's."""
        return cls.model_construct(**{name: getattr(settings, name) for name in cls.model_fields})


class Settings(BaseSettings):
    """Every setting with its meaning; `congvu config` prints them and checks the servers they name."""

    model_config = SettingsConfigDict(env_prefix="CONGVU_", frozen=True)

    database_url: str = Field(
        description="PostgreSQL, such as postgresql+psycopg://congvu@/congvu?host=/run/postgresql"
    )
    secrets_dir: Path = Field(
        description="Folder of the keys field_key, index_key, audit_key, session_key (hex, 32 bytes)"
    )
    base_url: str = Field(
        description="Address of the portal as people type it; every link in mail and on paper begins with it"
    )
    cookie_secure: bool = Field(default=True, description="Cookies only over HTTPS; off only on plain HTTP to loopback")
    trusted_proxies: int = Field(default=0, description="How many reverse proxies stand before the web server")

    ldap_uri: str = Field(default="ldap://127.0.0.1:389", description="The target: the LDAP server that is written to")
    ldap_base: str = Field(default="dc=gov,dc=vn", description="Base DN of the target")
    ldap_bind_dn: str = Field(default="cn=provisioner,ou=services,dc=gov,dc=vn", description="Who writes to the target")
    ldap_password_file: Path | None = Field(default=None, description="File with that one's password")
    ldap_ca_file: Path | None = Field(
        default=None, description="Certificate authority of the target; StartTLS is required"
    )
    ldap_timeout_seconds: int = Field(default=5, description="After this long without a reply the outcome is unknown")
    targets: Annotated[dict[str, TargetSettings], NoDecode] = Field(
        default={},
        description='More targets, for domains that name them: JSON such as {"hue": {"ldap_uri": "ldap://…",'
        ' "ldap_password_file": "/…"}}, each with any of ldap_base, ldap_bind_dn, ldap_ca_file, doveadm_url,'
        " doveadm_key_file, mail_host, imap_port, pop3_port and submission_port",
    )

    doveadm_url: str | None = Field(default=None, description="Dovecot's HTTP interface, for ending mail sessions")
    doveadm_key_file: Path | None = Field(default=None, description="File with its key")
    smtp_host: str = Field(default="127.0.0.1", description="Where notices are handed in")
    smtp_port: int = Field(default=25, description="Its port")
    notices_from: str = Field(default="", description="Sender address of notices; empty: congvu@<host of base_url>")
    mail_host: str = Field(default="127.0.0.1", description="Host that officials set in their mail client")
    imap_port: int = Field(default=993, description="IMAP port shown to officials")
    pop3_port: int = Field(default=995, description="POP3 port shown to officials")
    submission_port: int = Field(default=587, description="Submission port shown to officials")
    lmtp_port: int = Field(default=24, description="LMTP port of Dovecot, used by health checks")
    mail_ca_file: Path | None = Field(default=None, description="Certificate authority of the mail servers")
    list_senders_host: str = Field(
        default="127.0.0.1", description="Where `congvu list-senders` listens for Postfix: loopback or a closed network"
    )
    list_senders_port: int = Field(default=10030, description="Its port")
    dovecot_log: Path | None = Field(
        default=None, description="Dovecot's log, read for days of use; a folder * in it stands for each mail host"
    )
    postfix_log: Path | None = Field(default=None, description="Postfix's log, in the same way")

    metrics_networks: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"), description="Networks (JSON list) that may read /metrics without a token"
    )
    metrics_token_file: Path | None = Field(default=None, description="File with a token that opens /metrics to others")

    upload_bytes: int = Field(default=20 * 1024 * 1024, description="Largest staff list accepted")
    list_days: int = Field(
        default=30, ge=1, description="Days after which uploaded lists, their plans and outcomes are emptied"
    )
    worker_concurrency: int = Field(default=2, description="Jobs one worker runs at a time")

    @field_validator("dovecot_log", "postfix_log")
    @classmethod
    def _has_one_star(cls, log: Path | None) -> Path | None:
        if log is not None and "*" in str(log) and [part for part in log.parts[:-1] if "*" in part] != ["*"]:
            raise ValueError("the * for the mail host must be one whole folder of the path")
        return log

    @field_validator("targets", mode="before")
    @classmethod
    def _is_json(cls, targets: object) -> object:
        return from_json(targets) if isinstance(targets, str) else targets

    @field_validator("targets")
    @classmethod
    def _are_named(cls, targets: dict[str, TargetSettings]) -> dict[str, TargetSettings]:
        for name in targets:
            if name == DEFAULT or not re.fullmatch(NAME, name):
                raise ValueError(f"a target cannot be called {name}: small letters, digits and hyphens, not {DEFAULT}")
        return targets

    @field_validator("metrics_networks")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network)
        return networks

    @cached_property
    def keys(self) -> Keys:
        """The keys of the book, read from the secrets folder."""
        return Keys(field=self.secret("field_key"), index=self.secret("index_key"), audit=self.secret("audit_key"))

    def secret(self, name: str) -> bytes:
        """Read one 32-byte secret; a missing or malformed one stops the start with its path."""
        path = self.secrets_dir / name
        try:
            value = bytes.fromhex(path.read_text().strip())
        except (OSError, ValueError) as error:
            raise SystemExit(f"congvu: the secret {path} is missing or not hexadecimal: {error}") from error
        if len(value) != 32:  # noqa: PLR2004 - AES-256 and HMAC-SHA256 keys
            raise SystemExit(f"congvu: the secret {path} must be 32 bytes (64 hexadecimal digits)")
        return value
