"""The settings by which the service finds the stack: CONGVU_… variables, and the same as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .ports import ADDRESS
from .secret_files import secret, write_private
from .slapd import BASE

if TYPE_CHECKING:
    from .servers import Stack

# Of the service itself: fields, blind index, audit, sessions.
SERVICE_KEYS = ("field_key", "index_key", "audit_key", "session_key")


def environment(stack: Stack) -> dict[str, str]:
    """What the service must know, for the parts that this stack has."""
    secrets = stack.layout.secrets
    for name in (*SERVICE_KEYS, "ldap_provisioner", "doveadm"):
        secret(secrets, name)
    values: dict[str, object] = {
        "SECRETS_DIR": secrets,
        "BASE_URL": f"http://{ADDRESS}:{stack.ports.web}",
        # Plain HTTP on the loopback address; never so in production.
        "COOKIE_SECURE": 0,
        "SAMPLE_FILE": sample_file(stack),
    }
    for part, describe in (
        ("postgresql", database),
        ("slapd", target),
        ("dovecot", mail_store),
        ("postfix", transport),
    ):
        if part in stack.parts:
            values |= describe(stack)
    return {f"CONGVU_{name}": str(value) for name, value in values.items()}


def database(stack: Stack) -> dict[str, object]:
    """Where the book of record is."""
    return {"DATABASE_URL": stack.postgresql.url}


def target(stack: Stack) -> dict[str, object]:
    """Where entries are written, and as whom."""
    return {
        "LDAP_URI": stack.slapd.uri,
        "LDAP_BASE": BASE,
        "LDAP_BIND_DN": f"cn=provisioner,ou=services,{BASE}",
        "LDAP_PASSWORD_FILE": stack.layout.secrets / "ldap_provisioner",
        "LDAP_CA_FILE": stack.certificate.authority,
    }


def mail_store(stack: Stack) -> dict[str, object]:
    """Where mail is read and sessions are ended; IMAP and POP3 speak TLS from the first byte."""
    return {
        "DOVEADM_URL": f"http://{ADDRESS}:{stack.ports.doveadm}/doveadm/v1",
        "DOVEADM_KEY_FILE": stack.layout.secrets / "doveadm",
        "IMAP_PORT": stack.ports.imap,
        "POP3_PORT": stack.ports.pop3,
        "LMTP_PORT": stack.ports.lmtp,
        "MAIL_CA_FILE": stack.certificate.authority,
        "DOVECOT_LOG": stack.dovecot.log,
    }


def transport(stack: Stack) -> dict[str, object]:
    """Where mail is handed in: notices on the one port, people's mail on the other."""
    return {
        "SMTP_HOST": ADDRESS,
        "SMTP_PORT": stack.ports.smtp,
        "SUBMISSION_PORT": stack.ports.submission,
        "POSTFIX_LOG": stack.postfix.log,
        "LIST_SENDERS_PORT": stack.ports.list_senders,
    }


def sample_file(stack: Stack) -> Path:
    """Where `congvu sample` keeps its random sign-ins; no setting of the service itself."""
    return stack.layout.root / "sample.json"


def write(stack: Stack) -> Path:
    """Writes the settings to var/congvu.env, for commands that are run by hand."""
    path = stack.layout.root / "congvu.env"
    lines = [f"{name}={value}\n" for name, value in environment(stack).items()]
    write_private(path, "".join(lines))
    return path
