"""Installs Debian packages without starting, enabling or removing anything.

Run as a program it is the part that needs root: `python3 packages.py NAME…`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

if __package__:
    from .errors import StackError
    from .layout import DEPLOY
else:
    # As a program it stands alone: sudo starts it by its path.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from stack.errors import StackError
    from stack.layout import DEPLOY

# Of deploy/: the service, the servers, the transport that only root can run, and what tests need.
SERVICE = "packages.txt"
SERVERS = "packages-servers.txt"
POSTFIX = "packages-postfix.txt"
TESTS = "packages-tests.txt"

APT = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "--no-install-recommends", "--yes"]
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "NEEDRESTART_MODE": "l"}
# Debian asks policy-rc.d before it starts a service; 101 forbids.
POLICY = Path("/usr/sbin/policy-rc.d")
FORBID = "#!/bin/sh\n# Of scripts/run, while it installs packages: nothing may start.\nexit 101\n"
# Else the packages would make a tree and a configuration of their own, which nobody uses.
ANSWERS = {
    "slapd": "slapd slapd/no_configuration boolean true",
    "postfix": "postfix postfix/main_mailer_type select No configuration",
}


def install(*lists: str) -> None:
    """Installs what is missing of these lists of deploy/, and says what each package is for."""
    reasons = {name: reason for each in lists for name, reason in read(DEPLOY / each).items()}
    missing = [name for name in reasons if not is_installed(name)]
    if not missing:
        return
    print("These Debian packages are missing and will be installed; no service of theirs is started:", flush=True)
    for name in missing:
        print(f"  {name:<16} {reasons[name]}", flush=True)
    if os.geteuid() == 0:
        install_as_root(missing)
    else:
        install_with_sudo(missing)


def read(path: Path) -> dict[str, str]:
    """The packages of a list, each with its reason."""
    parts = (line.partition("#") for line in path.read_text(encoding="utf-8").splitlines())
    return {name.strip(): reason.strip() for name, _, reason in parts if name.strip()}


def is_installed(name: str) -> bool:
    """Whether dpkg has the package, whole."""
    words = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    return asked.returncode == 0 and asked.stdout == "installed"


def install_with_sudo(names: list[str]) -> None:
    """Asks for root by sudo, or says what an administrator must type."""
    by_hand = f"apt-get install --no-install-recommends {' '.join(names)}"
    if shutil.which("sudo") is None:
        raise StackError(
            f"Only root may install packages and there is no sudo. Ask an administrator to run: {by_hand}\n"
            "Its services need not run; the stack starts its own."
        )
    if subprocess.run(["sudo", "--", sys.executable, str(Path(__file__).resolve()), *names], check=False).returncode:
        raise StackError(f"The packages could not be installed by sudo. As root, run: {by_hand}")


def install_as_root(names: list[str]) -> None:
    """Installs after a simulation that removes nothing; afterwards no new service is left enabled."""
    refuse_removals(simulate(names))
    for line in (ANSWERS[name] for name in names if name in ANSWERS):
        subprocess.run(["debconf-set-selections"], input=line, text=True, check=True)
    before = enabled()
    with nothing_starts():
        done = apt("install", *names)
    disable(enabled() - before)
    if done.returncode:
        raise StackError(f"apt-get could not install the packages:\n{complaints(done)}")


def simulate(names: list[str]) -> str:
    """What apt would do; its lists are fetched if it does not know the packages."""
    done = apt("--simulate", "install", *names)
    if done.returncode:
        print("apt does not know all of them yet; fetching its lists (apt-get update)", flush=True)
        fetched = apt("update")
        done = apt("--simulate", "install", *names)
        if done.returncode:
            raise StackError(f"apt-get cannot install the packages:\n{complaints(fetched)}{complaints(done)}")
    return done.stdout


def refuse_removals(plan: str) -> None:
    """Stops before anything is installed in place of something else."""
    removed = re.findall(r"^Remv (\S+)", plan, re.MULTILINE)
    if removed:
        raise StackError(
            f"apt would remove {', '.join(removed)} to install these packages (Debian's postfix cannot stand beside "
            "another mail server). Nothing was installed. Instead, run the stack without Postfix, where mail is "
            "delivered straight to Dovecot: scripts/run --without-postfix. Or use a container or a virtual machine."
        )


def apt(*words: str) -> subprocess.CompletedProcess[str]:
    """One apt-get command."""
    return subprocess.run(
        [*APT, *words], env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=False
    )


def complaints(done: subprocess.CompletedProcess[str]) -> str:
    """What apt found wrong, without its progress."""
    lines = (done.stdout + done.stderr).splitlines()
    return "".join(f"  {line}\n" for line in lines if line.startswith(("E:", "W:", "dpkg: error")))


@contextlib.contextmanager
def nothing_starts() -> Iterator[None]:
    """While it lasts no package may start a service; then the machine's own rule is back."""
    saved = POLICY.with_name("policy-rc.d.before-congvu")
    if POLICY.exists() and not saved.exists():
        POLICY.replace(saved)
    POLICY.write_text(FORBID, encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
        if saved.exists():
            saved.replace(POLICY)


def enabled() -> frozenset[Path]:
    """The links by which systemd and sysvinit start services when the machine starts."""
    systemd = (path for path in Path("/etc/systemd/system").rglob("*") if path.is_symlink())
    return frozenset([*systemd, *Path("/etc").glob("rc[0-9S].d/S*")])


def disable(links: frozenset[Path]) -> None:
    """Undoes what an installation enabled, so that an upgrade does not enable it again."""
    for name in sorted({link.name[3:] for link in links if link.parent.name.startswith("rc")}):
        subprocess.run(["update-rc.d", name, "disable"], capture_output=True, check=False)
    for link in links:
        if link.is_symlink() and link.parts[2] == "systemd":
            link.unlink()


if __name__ == "__main__":
    try:
        install_as_root(sys.argv[1:])
    except StackError as refused:
        sys.exit(str(refused))
