"""Lists of an HR system, which knows officials by its own records: sent by programs and by the script."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import select

from directory.appointments import Appointment
from directory.source_keys import SourceKey
from tests.lists.workbooks import ListFile
from tests.web.importing import token_of, work
from tests.web.office import Office, served, working
from tests.web.test_lists_api import Program

NAME = "Trần Thị Thử"


def records(title: str, record: str = "HR-1") -> bytes:
    """Give a list that has of somebody only the HR system's record, the name and the title."""
    made = ListFile().add(["STT", "Mã nguồn", "Họ và tên", "Chức vụ"], [1, record, NAME, title])
    return made.xlsx()


def titles_by_record(app: Flask) -> dict[tuple[str, str], str]:
    """Give the title of those whom HR systems know, by system and record."""
    known = select(SourceKey.source, SourceKey.record, Appointment.title).join(
        Appointment, Appointment.official_id == SourceKey.official_id
    )
    with app.extensions["congvu"].outbox.transaction() as session:
        return {(source, record): title for source, record, title in session.execute(known)}


def test_program_names_the_source(app: Flask) -> None:
    """Sent with its source, a record means the same official in the next list, whatever else that says."""
    program = Program(app, token_of(app))
    _, first = program.send(records("Chuyên viên"), source="hrm")
    program.post(f"{first['id']}/apply")
    work(app)

    _, second = program.send(records("Trưởng phòng"), source="hrm")
    program.post(f"{second['id']}/apply")
    work(app)

    assert second["counts"]["change"]["rows"] == 1
    assert titles_by_record(app) == {("hrm", "HR-1"): "Trưởng phòng"}


def test_without_its_source_a_record_means_nobody(app: Flask) -> None:
    """A list that does not say which system it comes from finds nobody by that system's records, and binds nobody."""
    program = Program(app, token_of(app))
    _, first = program.send(records("Chuyên viên"), source="hrm")
    program.post(f"{first['id']}/apply")
    work(app)

    _, second = program.send(records("Chuyên viên"))

    assert {kind for kind, count in second["counts"].items() if count["rows"]} == {"create"}


def test_script_names_the_source(app: Flask, tmp_path: Path) -> None:
    """With --source the script says which system the records are of: two lists, one official."""
    token = token_of(app)
    with served(app) as port, working(app):
        office = Office(tmp_path, token, f"http://127.0.0.1:{port}")
        codes = []
        for title in ("Chuyên viên", "Trưởng phòng"):
            office.list.write_bytes(records(title))
            codes.append(office.run("--source", "hrm").returncode)

    assert codes == [0, 0]
    assert titles_by_record(app) == {("hrm", "HR-1"): "Trưởng phòng"}
