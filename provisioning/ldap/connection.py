"""One connection to the target: checked certificate before anything secret, and a time limit on everything."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ldap3 import NONE, SIMPLE, SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException

from provisioning.ldap.tls import TlsLine
from provisioning.ports import Unavailable

_GARBLED = (LookupError, TypeError, ValueError, AttributeError)
"""What ldap3 stumbles over in answers that are no LDAP, or not whole: it looks at nothing before it takes it apart."""


class CheckedTls(Tls):
    """TLS with Python's own check of certificate and host name; ldap3 checks nothing unless told, and IPs badly."""

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - ldap3's
        """Secure a connection's socket, or raise."""
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connection.socket = TlsLine(connection.socket, context, connection.server.host)


@dataclass(frozen=True)
class Line:
    """How to reach one LDAP server and as whom."""

    uri: str
    bind_dn: str
    password: str = field(repr=False)
    ca_file: Path | None
    timeout_seconds: int

    def open(self) -> Connection:
        """Connect, secure and bind, or raise `Unavailable` with what went wrong."""
        if not self.password:
            # An empty password would be an anonymous bind that looks like success (RFC 4513 §5.1.2).
            raise Unavailable("no password for the LDAP server is configured")
        # ldap3 has no types for these; its own default is no certificate check and no time limit.
        tls = CheckedTls(ca_certs_file=str(self.ca_file) if self.ca_file else None, validate=ssl.CERT_REQUIRED)
        server = Server(self.uri, get_info=NONE, tls=tls, connect_timeout=self.timeout_seconds)
        connection = Connection(
            server,
            user=self.bind_dn,
            password=self.password,
            authentication=SIMPLE,
            client_strategy=SYNC,
            auto_referrals=False,
            check_names=False,
            raise_exceptions=False,
            receive_timeout=self.timeout_seconds,
        )
        with ExitStack() as failed:
            failed.callback(close, connection)
            try:
                connection.open()
                if urlsplit(self.uri).scheme == "ldap":
                    connection.start_tls()
                refusal = None if connection.bind() else connection.result["description"]
            except (LDAPException, OSError) as error:
                raise Unavailable(f"no connection to the LDAP server {self.uri}: {error}") from error
            except _GARBLED as error:
                raise Unavailable(f"what answers at {self.uri} is no LDAP server: {type(error).__name__}") from error
            if refusal is not None:
                raise Unavailable(f"the LDAP server {self.uri} refuses to sign in {self.bind_dn}: {refusal}")
            failed.pop_all()
        return connection


def close(connection: Connection) -> None:
    """Let go of a connection, whatever state it is in."""
    if connection.socket is not None:
        connection.socket.close()
