"""scripts/run as a person meets it: in a tree of its own, with the servers only."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stack.ports import Ports

HOUSE = Path(__file__).resolve().parents[2]
READY_SECONDS = 90
CLOSED, OPEN = 0o700, 0o755

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can close a home to servers: did not run")
pytestmark = pytest.mark.slow


@dataclass
class Project:
    """An unpacked copy of the project, without git and without .venv."""

    tree: Path
    ports: Ports
    prefix: list[str] = field(default_factory=list)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Starts scripts/run with the servers only."""
        base = ["--servers-only", "--without-postfix", "--port-base", str(self.ports.web)]
        process = subprocess.Popen(
            [*self.prefix, sys.executable, self.tree / "scripts/run", *base, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def refused(self, *words: str) -> str:
        """What scripts/run says when it will not start."""
        process = self.start(*words)
        said, _ = process.communicate(timeout=READY_SECONDS)
        assert process.returncode == 1, said
        return said

    def stop(self, process: subprocess.Popen[str]) -> int:
        """Ctrl-C."""
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=READY_SECONDS)
        return process.returncode


def wait_ready(process: subprocess.Popen[str]) -> str:
    """What it said until everything answers."""
    said = ""
    for line in process.stdout or ():
        said += line
        if line.startswith("Ctrl-C"):
            return said
    raise AssertionError(said)


def listens(port: int) -> bool:
    """Whether somebody listens on a port of the loopback address."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unpack(folder: Path) -> Project:
    """Copies what scripts/run needs."""
    tree = folder / "congvu"
    for part in ("scripts", "deploy"):
        shutil.copytree(HOUSE / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    ports, claim = Ports.reserve()
    # scripts/run chooses its base by itself, so the claim ends here.
    claim.close()
    return Project(tree, ports)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path that every user may enter."""
    path = Path(tempfile.mkdtemp(prefix="congvu-", dir="/tmp"))
    path.chmod(OPEN)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    """A project that has never been started; whatever it starts is ended."""
    project = unpack(folder)
    yield project
    for process in project.started:
        if process.poll() is None:
            project.stop(process)
        if process.stdout:
            process.stdout.close()


def test_ctrl_c_stops_everything(project: Project) -> None:
    """After Ctrl-C nothing listens any more and the exit code is 0."""
    process = project.start()
    wait_ready(process)

    code = project.stop(process)

    assert code == 0
    assert not any(listens(port) for port in vars(project.ports).values())


@pytest.mark.faults
def test_a_killed_run_is_cleaned_up_by_the_next(project: Project) -> None:
    """After kill -9 the next start ends what is left, and works."""
    killed = project.start()
    wait_ready(killed)
    killed.kill()
    killed.communicate()

    process = project.start()

    assert "postgresql: ready" in wait_ready(process)


def test_data_outlive_a_stop(project: Project) -> None:
    """A second start finds what the first has made."""
    first = project.start()
    wait_ready(first)
    secret = (project.tree / "var/secrets/postgresql").read_text()
    project.stop(first)

    second = project.start()
    wait_ready(second)

    assert (project.tree / "var/secrets/postgresql").read_text() == secret


def test_fresh_starts_from_nothing(project: Project) -> None:
    """--fresh removes data and secrets."""
    first = project.start()
    wait_ready(first)
    secret = (project.tree / "var/secrets/postgresql").read_text()
    project.stop(first)

    second = project.start("--fresh")
    wait_ready(second)

    assert (project.tree / "var/secrets/postgresql").read_text() != secret


def test_a_second_run_beside_the_first_is_refused(project: Project) -> None:
    """Two runs never share a folder, not even with --fresh."""
    wait_ready(project.start())

    said = project.refused("--fresh")

    assert "already running" in said


def test_a_taken_port_is_named(project: Project) -> None:
    """The sentence names the port, its use, and the way out."""
    with socket.create_server(("127.0.0.1", project.ports.imap)):
        said = project.refused()

    assert f"Port {project.ports.imap} (imap) is taken" in said
    assert "--port-base" in said


def test_a_long_path_is_refused_with_a_remedy(folder: Path) -> None:
    """Sockets below a deep folder cannot be made; the sentence says what to do."""
    project = unpack(folder / ("thư-mục-rất-dài-" * 4))

    said = project.refused()

    assert "too long a path" in said
    assert "ln -s" in said
    for process in project.started:
        assert process.stdout
        process.stdout.close()


@needs_root
def test_a_closed_home_puts_var_under_var_lib(project: Project, folder: Path) -> None:
    """Under a home that other users may not enter, var is a link; --fresh removes what it leads to."""
    folder.chmod(CLOSED)
    first = project.start()
    said = wait_ready(first)
    outside = (project.tree / "var").resolve()
    project.stop(first)
    (outside / "old").touch()

    second = project.start("--fresh")
    wait_ready(second)
    project.stop(second)

    assert "var is a link to /var/lib/congvu-" in said
    assert not (outside / "old").exists()
    shutil.rmtree(outside)


@needs_root
def test_without_root_the_stack_runs_without_postfix(project: Project) -> None:
    """A person without root gets everything but Postfix, and is told so."""
    for path in (project.tree, *project.tree.rglob("*")):
        shutil.chown(path, "www-data", "www-data")
    project.prefix = ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups"]

    said = wait_ready(project.start())

    assert "Postfix is left out" in said
    assert (project.tree / "var/postgresql").owner() == "www-data"
