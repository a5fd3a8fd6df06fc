"""Harvesting: the lines of a log become days of use, and the place in the log moves on in the same transaction."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory.adoption import Kind, mark_devices, mark_mailboxes
from provisioning.outbox import Outbox
from provisioning.usage.following import CHUNK, Piece, Place, read_on
from provisioning.usage.lines import DeviceUse, Unreadable, Use, read_dovecot, read_postfix
from provisioning.usage.tables import LogPosition

Reader = Callable[[str, datetime], Use | DeviceUse | None]
READERS: Mapping[str, Reader] = {"dovecot": read_dovecot, "postfix": read_postfix}
"""In this order: what a role mailbox sent is laid to who signed in to it, and that stands in Dovecot's log."""
MOST_PIECES = 500
"""Pieces of one log in one go (2 GiB), so that the job ends and is seen to be alive."""


@dataclass
class Harvest:
    """What was read of one log."""

    lines: int = 0
    unreadable: int = 0
    gaps: int = 0


@dataclass
class _Day:
    """What one piece of a log says, day by day."""

    uses: dict[tuple[date, Kind], set[str]] = field(default_factory=lambda: defaultdict(set))
    devices: dict[date, set[str]] = field(default_factory=lambda: defaultdict(set))
    unreadable: int = 0

    def add(self, said: Use | DeviceUse | None) -> None:
        """Note what one line says."""
        if isinstance(said, Use):
            self.uses[said.day, said.kind].add(said.mailbox)
        elif isinstance(said, DeviceUse):
            self.devices[said.day].add(said.device)


def logs_at(path: Path) -> dict[str, Path]:
    """Give the logs that a setting names, by host: a folder `*` in it stands for each of several mail hosts.

    Without one there is a single log, of no host in particular. `OSError` if there is none at all.
    """
    parts = path.parts
    if "*" not in parts:
        return {"": path}
    at = parts.index("*")
    found = {each.parts[at]: each for each in Path(*parts[:at]).glob(str(Path(*parts[at:])))}
    if not found:
        raise FileNotFoundError(errno.ENOENT, "no host has written such a log", str(path))
    return dict(sorted(found.items()))


def harvest(outbox: Outbox, name: str, log: Path, now: datetime, chunk: int = CHUNK, *, host: str = "") -> Harvest:
    """Read one log on to its end; a stop at any point loses nothing and doubles nothing."""
    done = Harvest()
    with outbox.transaction() as session:
        place = _place(session, name, host)
    for _ in range(MOST_PIECES):
        piece = read_on(log, place, now, chunk)
        if piece is None:
            break
        said = _understand(READERS[name], piece.lines, now)
        said.unreadable += piece.broken
        with outbox.transaction() as session:
            if not _move(session, (name, host), place, piece, said.unreadable):
                break  # Another worker reads this log.
            for day in sorted(said.devices):
                mark_devices(session, day, said.devices[day])
            for (day, kind), mailboxes in sorted(said.uses.items()):
                mark_mailboxes(session, day, mailboxes, kind)
        place = piece.place
        done.lines += len(piece.lines)
        done.unreadable += said.unreadable
        done.gaps += piece.is_gap
    return done


def _understand(read: Reader, lines: Iterable[bytes], now: datetime) -> _Day:
    """Read lines; what cannot be read is counted, and never stops what follows it."""
    said = _Day()
    for line in lines:
        try:
            said.add(read(line.decode("utf-8", "replace"), now))
        except Unreadable:
            said.unreadable += 1
    return said


def _place(session: Session, name: str, host: str) -> Place | None:
    """Give how far a log was read."""
    known = session.get(LogPosition, (name, host))
    return Place(known.inode, known.head, known.offset, known.read_at) if known else None


def _move(session: Session, log: tuple[str, str], old: Place | None, piece: Piece, unreadable: int) -> bool:
    """Move the place in a log on, unless someone else has done so meanwhile."""
    (name, host), new = log, piece.place
    moved = {"inode": new.inode, "head": new.head, "offset": new.offset, "read_at": new.read_at}
    counted = {"lines": len(piece.lines), "unreadable": unreadable, "gaps": int(piece.is_gap)}
    if old is None:
        first = insert(LogPosition).values(name=name, host=host, **moved, **counted).on_conflict_do_nothing()
        return session.scalar(first.returning(LogPosition.name)) is not None
    position = LogPosition.__table__.c
    onward = (
        update(LogPosition)
        .where(position.name == name, position.host == host, position.inode == old.inode, position.offset == old.offset)
        .values(**moved, **{key: position[key] + value for key, value in counted.items()})
    )
    return session.scalar(onward.returning(LogPosition.name)) is not None


def was_read(session: Session, name: str, since: datetime) -> bool:
    """Say whether a log was read lately, on every host that writes it: else nobody knows who uses what."""
    read = session.scalars(select(LogPosition.read_at).where(LogPosition.name == name)).all()
    return bool(read) and min(read) >= since
