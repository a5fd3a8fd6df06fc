"""A private PostgreSQL cluster with one role and one database for the service."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .accounts import account_for, give, run_as
from .errors import StackError
from .layout import Layout
from .ports import ADDRESS
from .secret_files import secret

VERSIONS = Path("/usr/lib/postgresql")
OLDEST = 15
NAME = "congvu"


def programs() -> Path:
    """The folder of the newest PostgreSQL that is installed."""
    found = [folder for folder in VERSIONS.glob("*/bin") if (folder / "initdb").exists()]
    newest = max(found, key=lambda folder: float(folder.parent.name), default=None)
    if newest is None or float(newest.parent.name) < OLDEST:
        raise StackError(f"PostgreSQL {OLDEST} or newer is not installed. Run: apt-get install postgresql")
    return newest


@dataclass
class PostgreSQL:
    """The book of record's server. It refuses to run as root."""

    layout: Layout
    port: int
    durable: bool = True
    name: str = "postgresql"
    # SIGTERM would wait for every client to leave.
    stop_signal: signal.Signals = signal.SIGINT
    patience: float = 30.0

    def __post_init__(self) -> None:
        """Finds its folder and user once."""
        self.account = account_for(self.name)
        self.data = self.layout.root / "postgresql"
        self.sockets = self.layout.folder("run/postgresql")

    @property
    def url(self) -> str:
        """How the service reaches its database."""
        password = quote(secret(self.layout.secrets, "postgresql"))
        return f"postgresql+psycopg://{NAME}:{password}@{ADDRESS}:{self.port}/{NAME}"

    def prepare(self) -> None:
        """Makes the cluster, the role and the database at the first start."""
        give(self.account, self.sockets)
        if (self.data / "congvu.ready").exists():
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise StackError(f"{self.data} was begun and not finished. Start again with: scripts/run --fresh")
        self.layout.folder("postgresql", 0o700)
        give(self.account, self.data)
        quick = [] if self.durable else ["--no-sync"]
        self.run("initdb", "-D", str(self.data), "--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=peer",
                 "--auth-host=scram-sha-256", *quick)  # fmt: skip
        self.refuse_without_icu()
        # The owner of a database may add trusted extensions (pg_trgm, unaccent, ltree, btree_gist); tests make
        # databases of their own.
        self.single_user(
            f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{secret(self.layout.secrets, 'postgresql')}'",
            f"CREATE DATABASE {NAME} OWNER {NAME}",
        )
        (self.data / "congvu.ready").touch()

    def run(self, program: str, *words: str, speech: str = "") -> str:
        """Runs one of PostgreSQL's programs as its user and returns what it printed."""
        command = run_as(self.account, [str(programs() / program), *words], death_signal=None)
        done = subprocess.run(command, input=speech, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode != 0:
            raise StackError(f"{program} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def single_user(self, *statements: str) -> str:
        """Runs statements without a server. Their passwords reach no log."""
        quick = [] if self.durable else ["-F"]
        lines = "".join(f"{statement}\n" for statement in statements)
        return self.run("postgres", "--single", *quick, "-D", str(self.data), "postgres", speech=lines)

    def refuse_without_icu(self) -> None:
        """Names are sorted as in Vietnamese, by a collation that comes with ICU."""
        answer = self.single_user("SELECT collname FROM pg_collation WHERE collname = 'vi-VN-x-icu'")
        if "vi-VN-x-icu" not in answer.replace("WHERE collname", ""):
            raise StackError("This PostgreSQL is built without ICU and cannot sort Vietnamese names; use Debian's.")

    def command(self) -> list[str]:
        """The server in the foreground, on the loopback address and a socket."""
        settings = {
            "port": str(self.port),
            "listen_addresses": ADDRESS,
            "unix_socket_directories": str(self.sockets),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "shared_buffers": "256MB",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(programs() / "postgres"), "-D", str(self.data), *words]
        return run_as(self.account, command, signal.SIGINT)

    def environment(self) -> dict[str, str]:
        """None of its own."""
        return {}

    def is_ready(self) -> bool:
        """Whether it takes connections; while it starts it answers and refuses."""
        ask = [str(programs() / "pg_isready"), "--quiet", "--host", ADDRESS, "--port", str(self.port)]
        return subprocess.run(ask, check=False).returncode == 0
