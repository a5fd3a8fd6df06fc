"""A certificate authority of the stack's own and one certificate for all its servers."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .layout import Layout

YEARS = 3650
DAYS = 397
RENEW_SECONDS = 30 * 86400
CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
SERVER_EXTENSIONS = """\
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Certificate:
    """The files that servers present and clients check."""

    authority: Path
    certificate: Path
    key: Path


def certify(layout: Layout) -> Certificate:
    """The stack's certificate, made if there is none and renewed in its last month."""
    folder = layout.folder("tls")
    files = Certificate(folder / "ca.crt", folder / "server.crt", folder / "server.key")
    if not files.authority.exists():
        make_authority(folder)
    if not files.certificate.exists() or not lasts(files.certificate):
        make_certificate(folder)
    return files


def lasts(certificate: Path) -> bool:
    """Whether a certificate is good for another month."""
    check = ["openssl", "x509", "-in", str(certificate), "-noout", "-checkend", str(RENEW_SECONDS)]
    return subprocess.run(check, stdout=subprocess.DEVNULL, check=False).returncode == 0


def make_authority(folder: Path) -> None:
    """An authority that may sign certificates and nothing else."""
    openssl(folder, "req", "-x509", *CURVE, "-keyout", "ca.key", "-out", "ca.crt", "-days", str(YEARS),
            "-subj", "/CN=congvu private stack", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip


def make_certificate(folder: Path) -> None:
    """A certificate for the loopback address; libldap asks for the address, not for the name localhost."""
    extensions = folder / "server.ext"
    extensions.write_text(SERVER_EXTENSIONS, encoding="ascii")
    openssl(folder, "req", *CURVE, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.crt", "-days", str(DAYS), "-extfile", "server.ext")  # fmt: skip


def openssl(folder: Path, *words: str) -> None:
    """One openssl command in the folder of the certificates."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
