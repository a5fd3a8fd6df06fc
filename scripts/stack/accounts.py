"""The system users that servers run as: as root an unprivileged one that Debian's packages bring, else the caller."""

from __future__ import annotations

import grp
import os
import pwd
import signal
from dataclasses import dataclass
from pathlib import Path

from .errors import StackError

NAMES = {
    "postgresql": "postgres",
    "slapd": "openldap",
    "dovecot": "dovecot",
    "login": "dovenull",
    "mail": "mail",
    "postfix": "postfix",
}


@dataclass(frozen=True)
class Account:
    """A user and its group."""

    name: str
    group: str
    uid: int
    gid: int


def is_root() -> bool:
    """Whether servers can be given users of their own, and Postfix can run at all."""
    return os.geteuid() == 0


def account_for(part: str) -> Account:
    """The user that a part of the stack runs as."""
    if not is_root():
        return this_account()
    try:
        return describe(pwd.getpwnam(NAMES[part]))
    except KeyError as missing:
        raise StackError(
            f"There is no user {NAMES[part]}: its package is not wholly installed. Run: apt-get install --fix-broken"
        ) from missing


def this_account() -> Account:
    """The user who started the stack."""
    return describe(pwd.getpwuid(os.geteuid()))


def describe(entry: pwd.struct_passwd) -> Account:
    """An entry of the system's list of users."""
    return Account(entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name, entry.pw_uid, entry.pw_gid)


def run_as(account: Account, command: list[str], death_signal: int | None = signal.SIGTERM) -> list[str]:
    """The command under another user; with `death_signal` it also ends when the one who started it dies."""
    words = ["setpriv"]
    if account.uid != os.geteuid():
        words += [f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
    if death_signal is not None:
        words += ["--pdeathsig", signal.Signals(death_signal).name[3:]]
    return [*words, "--", *command] if len(words) > 1 else command


def give(account: Account, *paths: Path) -> None:
    """Hands files and folders, with all that is in them, to an account."""
    if not is_root():
        return
    for path in paths:
        for found in (path, *path.rglob("*")):
            os.chown(found, account.uid, account.gid, follow_symlinks=False)
