"""One run of `scripts/run`: install, start, load the sample, then wait for Ctrl-C or do the main job."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import time

from . import packages, settings, venv
from .accounts import is_root
from .errors import StackError
from .layout import TREE, Layout, open_var
from .ports import Ports
from .servers import PARTS, Stack
from .service import service
from .supervise import Supervisor

WATCH_SECONDS = 0.3
INTERRUPTED = 130


def run(choices: argparse.Namespace) -> int:
    """Does what the command line asks; the answer is the exit code."""
    venv.refuse_version()
    # Where it is set, every process of the stack would compile the service anew at each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with_postfix = is_root() and not choices.without_postfix
    packages.install(packages.SERVICE, packages.SERVERS, *([packages.POSTFIX] if with_postfix else []))
    if not choices.servers_only:
        venv.prepare()
    if not with_postfix:
        print("Postfix is left out (it needs root): mail is delivered straight to Dovecot by LMTP.", flush=True)
    layout = open_layout(fresh=choices.fresh)
    parts = [part for part in PARTS if part != "postfix" or with_postfix]
    stack = Stack(layout.root, Ports.from_base(choices.port_base), parts, say=say)
    stack.supervisor.heed_signals()
    closing = ""
    try:
        start(stack, with_service=not choices.servers_only)
        if choices.once:
            stack.supervisor.heed()
            code, closing = main_job(stack)
        else:
            code = serve(stack, with_service=not choices.servers_only)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except StackError:
        # Ctrl-C also reaches the command that was waited for; its failure is then no news.
        if not stack.supervisor.asked_to_stop:
            raise
        code = INTERRUPTED
    finally:
        stack.supervisor.stop_all()
    # Programs read the last line, so it comes after everything has stopped.
    if closing:
        say(closing)
    return code


def say(line: str) -> None:
    """Prints a line at once, also into a pipe."""
    print(line, flush=True)


def open_layout(*, fresh: bool) -> Layout:
    """The folder of the stack; with `fresh` an empty one, but not while servers run in it."""
    if fresh and (TREE / "var").exists():
        holder = Supervisor(Layout((TREE / "var").resolve()), say)
        holder.take()
        holder.stop_all()
    layout = open_var(TREE, fresh=fresh)
    owner = layout.root.stat().st_uid
    if owner != os.geteuid():
        raise StackError(
            f"{layout.root} belongs to another user (number {owner}); servers refuse another's files. Start as that "
            "user, or remove it first."
        )
    return layout


def start(stack: Stack, *, with_service: bool) -> None:
    """Starts the servers, brings the database to the newest schema, starts the service, loads the sample."""
    supervisor = stack.supervisor
    supervisor.take()
    stack.ports.refuse_taken()
    for part in list(stack.parts):
        stack.add(part)
    settings.write(stack)
    if not with_service:
        return
    environment = settings.environment(stack)
    migrate(stack, environment)
    supervisor.heed()
    supervisor.start(*service(environment, stack.layout, stack.ports))
    load_sample(stack, environment)


def migrate(stack: Stack, environment: dict[str, str]) -> None:
    """Brings the database to the newest schema, unless nothing about it changed since the last start."""
    sources = [TREE / venv.LOCK, *sorted((TREE / "provisioning/migrations").rglob("*.py"))]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = stack.layout.root / "schema.sha256"
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    say(congvu(environment, "migrate").rstrip())
    stamp.write_text(wanted, encoding="ascii")


def congvu(environment: dict[str, str], *words: str) -> str:
    """One command of the service, which must succeed; the answer is what it printed."""
    done = subprocess.run(
        [venv.program("congvu"), *words],
        env={**os.environ, **environment},
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(f"congvu {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def load_sample(stack: Stack, environment: dict[str, str]) -> None:
    """Fills an empty directory once; the sign-ins are random and kept beside the data."""
    if settings.sample_file(stack).exists():
        return
    began = time.monotonic()
    congvu(environment, "sample", "load", "--if-empty")
    say(f"sample data: loaded in {time.monotonic() - began:.1f} s")


def greet(stack: Stack, *, with_service: bool) -> None:
    """Tells a person where to go."""
    say("")
    if with_service and settings.sample_file(stack).exists():
        say(congvu(settings.environment(stack), "sample", "show").rstrip())
    if with_service:
        say(f"\nOpen {settings.environment(stack)['CONGVU_BASE_URL']} and sign in as one of these.")
        say("The six digits that a sign-in asks for: .venv/bin/congvu sample code ADDRESS")
    say("Before other commands by hand: set -a; . var/congvu.env; set +a")
    say("Ctrl-C stops everything.")


def serve(stack: Stack, *, with_service: bool) -> int:
    """Waits for Ctrl-C; a process that ends by itself ends the whole."""
    try:
        greet(stack, with_service=with_service)
        while (ended := stack.supervisor.ended()) is None:
            stack.supervisor.heed()
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        say("\nStopping.")
        return 0
    raise StackError(f"{ended} has ended by itself.\n{stack.supervisor.last_words(ended)}")


def main_job(stack: Stack) -> tuple[int, str]:
    """Runs the main job as a program of its own."""
    environment = {**os.environ, **settings.environment(stack), "PYTHONPATH": str(TREE / "scripts")}
    return run_job([venv.program("python"), "-m", "main_job"], environment)


def run_job(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Shows what the job says but for its last line, which is held back until everything has stopped.

    The job counts as done only if it says so and ends so.
    """
    closing = ""
    with subprocess.Popen(command, env=environment, cwd=TREE, stdout=subprocess.PIPE, text=True) as job:
        for line in job.stdout or ():
            if closing:
                say(closing)
            closing = line.rstrip("\n")
    if closing.startswith("main job: ok,") and job.returncode == 0:
        return 0, closing
    if not closing.startswith("main job: failed"):
        say(closing)
        closing = f"main job: failed at main job: it ended with exit code {job.returncode} before its end"
    return job.returncode or 1, closing
