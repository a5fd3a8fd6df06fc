"""Reading on: through rotations, cuts and lost files."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provisioning.usage.following import Place, read_on

NOW = datetime.now(UTC)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a log of two lines."""
    path = tmp_path / "mail.log"
    path.write_bytes(b"first\nsecond\n")
    return path


def rest(log: Path, place: Place | None, chunk: int = 1000) -> tuple[list[bytes], Place | None]:
    """Read all that is there now."""
    lines: list[bytes] = []
    while (piece := read_on(log, place, NOW, chunk)) is not None:
        lines += piece.lines
        place = piece.place
    return lines, place


def append(log: Path, data: bytes) -> None:
    """Write on."""
    with log.open("ab") as file:
        file.write(data)


def rotate(log: Path, name: str = "mail.log.1", seconds: int = 0) -> None:
    """Rename the log, as written to so many seconds from now."""
    moved = log.rename(log.with_name(name))
    os.utime(moved, (NOW.timestamp() + seconds,) * 2)


def test_lines_are_read_once(log: Path) -> None:
    """What was read is not read again, and what comes later is."""
    _, place = rest(log, None)
    append(log, b"third\n")

    assert rest(log, place)[0] == [b"third"]


def test_unfinished_line_waits(log: Path) -> None:
    """A line whose end is not written yet is left for the next time."""
    append(log, b"thi")
    read, place = rest(log, None)
    append(log, b"rd\n")

    assert (read, rest(log, place)[0]) == ([b"first", b"second"], [b"third"])


def test_pieces_end_with_lines(log: Path) -> None:
    """A piece that would end within a line ends before it."""
    piece = read_on(log, None, NOW, chunk=9)

    assert piece is not None
    assert list(piece.lines) == [b"first"]


def test_endless_line_is_passed(log: Path) -> None:
    """A line longer than a piece is counted as broken and does not stop the reading for ever."""
    log.write_bytes(b"x" * 25 + b"\nlast\n")

    lines, _ = rest(log, None, chunk=10)

    assert lines[-1] == b"last"


def test_renamed_log_is_read_to_its_end(log: Path) -> None:
    """Lines written before a rotation and after the last reading come first, then the new file."""
    _, place = rest(log, None)
    append(log, b"third\n")
    rotate(log)
    log.write_bytes(b"fourth\n")

    assert rest(log, place)[0] == [b"third", b"fourth"]


def test_writer_may_finish_the_renamed_log(log: Path) -> None:
    """Until the new file has a line the old one may grow, because its writer has not changed over."""
    _, place = rest(log, None)
    rotate(log)
    log.write_bytes(b"")
    assert rest(log, place)[0] == []
    append(log.with_name("mail.log.1"), b"third\n")
    append(log, b"fourth\n")

    assert rest(log, place)[0] == [b"third", b"fourth"]


@pytest.mark.parametrize("ages", [(20, 10), (10, 20)])
def test_two_rotations_lose_nothing(log: Path, ages: tuple[int, int]) -> None:
    """Files that came and were renamed between two readings are read in the order in which they were written."""
    _, place = rest(log, None)
    rotate(log, "mail.log.3", seconds=-30)
    for number, age in enumerate(ages):
        log.write_bytes(b"%d seconds ago\n" % age)
        rotate(log, f"mail.log.{number}", seconds=-age)
    log.write_bytes(b"now\n")

    assert rest(log, place)[0] == [b"20 seconds ago", b"10 seconds ago", b"now"]


def test_dead_writers_last_words_are_counted(log: Path) -> None:
    """A line broken off in a renamed file is counted as broken."""
    _, place = rest(log, None)
    append(log, b"thi")
    rotate(log)
    log.write_bytes(b"fourth\n")

    piece = read_on(log, place, NOW)

    assert piece is not None
    assert (list(piece.lines), piece.broken, piece.is_gap) == ([b"fourth"], 1, False)


def test_deleted_log_is_a_gap(log: Path) -> None:
    """Where the file is gone the new one is read from its beginning, and it is said that lines may be missing."""
    _, place = rest(log, None)
    log.unlink()
    log.write_bytes(b"other\n")

    piece = read_on(log, place, NOW)

    assert piece is not None
    assert (list(piece.lines), piece.is_gap) == ([b"other"], True)


def test_log_cut_in_place_is_a_gap(log: Path) -> None:
    """A file that was emptied and written anew is read from its beginning."""
    _, place = rest(log, None)
    log.write_bytes(b"another first\nand more than before\n")

    piece = read_on(log, place, NOW)

    assert piece is not None
    assert (len(piece.lines), piece.is_gap) == (2, True)


def test_after_a_gap_older_logs_stay_read(log: Path) -> None:
    """After a gap only files written to since the last reading are read."""
    _, place = rest(log, None)
    rotate(log, "mail.log.9", seconds=-3600)
    log.write_bytes(b"lost\n")
    log.unlink()
    log.with_name("mail.log.1").write_bytes(b"newer\n")
    os.utime(log.with_name("mail.log.1"), (NOW.timestamp() + 5,) * 2)
    log.write_bytes(b"newest\n")
    assert place is not None
    lost = Place(place.inode, b"another head", place.offset, NOW)

    assert rest(log, lost)[0] == [b"newer", b"newest"]


def test_packed_logs_are_left_alone(log: Path) -> None:
    """A renamed log that was packed is not read as lines."""
    _, place = rest(log, None)
    rotate(log, "mail.log.3", seconds=-30)
    log.write_bytes(b"\x1f\x8bpacked\n")
    rotate(log, "mail.log.2.gz", seconds=-20)
    log.write_bytes(b"now\n")

    assert rest(log, place)[0] == [b"now"]


def test_log_that_is_just_renamed_is_read(log: Path) -> None:
    """Before the first line after a rotation there is no file under the log's name, and that is no failure."""
    _, place = rest(log, None)
    append(log, b"third\n")
    rotate(log)

    assert rest(log, place)[0] == [b"third"]


def test_missing_log_is_told(tmp_path: Path) -> None:
    """A log that is not there raises what the system says."""
    with pytest.raises(FileNotFoundError):
        read_on(tmp_path / "mail.log", None, NOW)
