"""A private slapd whose configuration is built from deploy/slapd."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .accounts import account_for, give, run_as
from .errors import StackError
from .layout import DEPLOY, Layout
from .ports import ADDRESS
from .secret_files import secret, ssha512, write_private
from .server import answers
from .templates import fill
from .tls import Certificate

BASE = "dc=gov,dc=vn"
SERVICES = ("provisioner", "mailreader", "groupreader")
TEMPLATES = DEPLOY / "slapd"
# An anonymous bind; any answer to it begins as the second line says, whether or not it is let in.
ANONYMOUS_BIND = bytes.fromhex("300c020101600702010304008000")
BIND_ANSWER = b"\x30"


@dataclass
class Slapd:
    """The target's server."""

    layout: Layout
    port: int
    certificate: Certificate
    durable: bool = True
    name: str = "slapd"
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 20.0

    def __post_init__(self) -> None:
        """Finds its folders and user once."""
        self.account = account_for(self.name)
        self.folder = self.layout.folder("slapd")
        self.data = self.folder / "data"
        self.config = self.folder / "config"
        self.sockets = self.layout.folder("run/slapd")

    @property
    def uri(self) -> str:
        """Where clients connect; they must ask for TLS before they bind."""
        return f"ldap://{ADDRESS}:{self.port}"

    @property
    def local_uri(self) -> str:
        """The socket for whoever started the stack: it may change cn=config."""
        return f"ldapi://{quote(str(self.sockets / 'ldapi'), safe='')}"

    def prepare(self) -> None:
        """Builds the configuration if the templates changed, and the tree at the first start."""
        certificate = self.own_certificate()
        shutil.copyfile(TEMPLATES / "congvu.ldif", self.folder / "congvu.ldif")
        rendered = fill(TEMPLATES / "config.ldif.in", self.values(certificate))
        source = self.folder / "config.ldif"
        whole = rendered + (self.folder / "congvu.ldif").read_text(encoding="utf-8")
        stamp = self.folder / "config.built"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != whole:
            stamp.unlink(missing_ok=True)
            write_private(source, rendered)
            self.build_config(source)
            write_private(stamp, whole)
        if not (self.data / "data.mdb").exists():
            self.load_base()
        else:
            self.load_missing()
        give(self.account, self.folder, self.sockets)

    def own_certificate(self) -> Certificate:
        """Copies that slapd's user may read."""
        names = ("authority", "certificate", "key")
        copies = Certificate(*(self.folder / getattr(self.certificate, name).name for name in names))
        for name in names:
            write_private(getattr(copies, name), getattr(self.certificate, name).read_text(encoding="ascii"))
        return copies

    def values(self, certificate: Certificate) -> dict[str, str]:
        """What the template asks for."""
        return {
            "BASE": BASE,
            "RUN": str(self.sockets),
            "DATA": str(self.data),
            "SCHEMA_FILE": str(self.folder / "congvu.ldif"),
            "CA_FILE": str(certificate.authority),
            "CERTIFICATE_FILE": str(certificate.certificate),
            "KEY_FILE": str(certificate.key),
            "NO_SYNC": "FALSE" if self.durable else "TRUE",
            "UID": str(os.geteuid()),
            "GID": str(os.getegid()),
        }

    def build_config(self, source: Path) -> None:
        """Writes cn=config anew; the data stays, its indexes are made to fit."""
        if self.config.exists():
            shutil.rmtree(self.config)
        self.config.mkdir(mode=0o700)
        self.data.mkdir(mode=0o700, exist_ok=True)
        run("slapadd", "-n0", "-F", str(self.config), "-l", str(source))
        if (self.data / "data.mdb").exists():
            run("slapindex", "-q", "-n1", "-F", str(self.config))

    def load_base(self) -> None:
        """The empty tree and the services that may bind."""
        self.load("base.ldif", self.base())

    def load_missing(self) -> None:
        """What the base has by now, and a tree of an earlier version lacks."""
        skeleton = "(|(objectClass=organizationalUnit)(objectClass=applicationProcess))"
        there = run("slapcat", "-n1", "-F", str(self.config), "-a", skeleton)
        known = {line for line in there.splitlines() if line.startswith("dn: ")}
        if lacking := [record for record in self.base().split("\n\n")[1:] if record.splitlines()[0] not in known]:
            self.load("missing.ldif", "\n\n".join(lacking) + "\n")

    def base(self) -> str:
        """The tree before the first account."""
        hashes = {f"{name.upper()}_HASH": ssha512(secret(self.layout.secrets, f"ldap_{name}")) for name in SERVICES}
        return fill(TEMPLATES / "base.ldif.in", {"BASE": BASE, **hashes})

    def load(self, name: str, records: str) -> None:
        """Entries written into the stopped server."""
        source = self.folder / name
        write_private(source, records)
        run("slapadd", "-n1", "-w", "-F", str(self.config), "-l", str(source))

    def command(self) -> list[str]:
        """The server in the foreground; it says only what is wrong."""
        words = ["/usr/sbin/slapd", "-d", "none", "-F", str(self.config), "-h", f"{self.uri}/ {self.local_uri}"]
        return run_as(self.account, words)

    def environment(self) -> dict[str, str]:
        """None of its own."""
        return {}

    def is_ready(self) -> bool:
        """Whether it answers a bind."""
        return answers(self.port, ANONYMOUS_BIND, BIND_ANSWER)


def run(program: str, *words: str) -> str:
    """One of slapd's offline tools."""
    path = Path("/usr/sbin") / program
    if not path.exists():
        raise StackError("slapd is not installed. Run: apt-get install slapd")
    done = subprocess.run([str(path), *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackError(f"{program} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
