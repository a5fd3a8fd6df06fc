"""The table of usage: how far each log has been read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from directory.base import Base


class LogPosition(Base):
    """How far one log was read, and in which file: logs are rotated by renaming, so the path does not say it."""

    __tablename__ = "log_positions"

    name: Mapped[str] = mapped_column(primary_key=True)
    """`dovecot` or `postfix`."""
    host: Mapped[str] = mapped_column(primary_key=True, default="", server_default="")
    """Which of several mail hosts wrote it; empty where there is one."""
    inode: Mapped[int]
    head: Mapped[bytes]
    """SHA-256 of the file's first line: a new file can get the inode of a deleted one."""
    offset: Mapped[int]
    read_at: Mapped[datetime]
    lines: Mapped[int] = mapped_column(default=0, server_default="0")
    unreadable: Mapped[int] = mapped_column(default=0, server_default="0")
    """Lines that looked like use and could not be read: a sign that a server writes another format now."""
    gaps: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often the file was gone before it was read to its end."""
