"""Who looks for what is none of their business: personal data on pages, in files, in logs and in the queue."""

from __future__ import annotations

import io
import re
from datetime import date
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select, text

from directory.lifecycle import Change, change
from directory.officials import Official
from tests.lists.workbooks import people, plain_list
from tests.web.importing import work
from tests.web.pages import Page
from tests.web.people import book_of, seed, signed_in
from tests.web.test_lists import planned, press

CANARIES = {"personal_id": "036090001234", "phone": "0912345678", "personal_mail": "rieng.tu@example.com"}
BORN = date(1990, 5, 17)
SAID = (*CANARIES.values(), "17/05/1990", "1990-05-17", "0912 345 678", "+84912345678", "912345678")


@pytest.fixture
def colleague(app: Flask) -> str:
    """Give the id of a colleague of whom the directory knows everything."""
    book_of(app, "Nguyễn Bị Hại")
    with app.extensions["congvu"].outbox.transaction() as session:
        found = session.scalars(select(Official).where(Official.full_name == "Nguyễn Bị Hại")).one()
        change(session, seed(session), [Change(found.id, {**CANARIES, "birth_date": BORN})])
        return str(found.public_id)


@pytest.mark.parametrize("role", [None, "auditor", "hr"])
def test_no_page_has_personal_data_of_others(app: Flask, colleague: str, role: str | None) -> None:
    """Whatever role the visitor has, no page that links lead to has a number, a birth date or private mail in clear."""
    who = signed_in(app, role)
    open_, seen = ["/", "/people", "/people?q=Nguyen", f"/people/{colleague}", f"/officials/{colleague}"], set[str]()
    found: dict[str, list[str]] = {}

    while open_ and len(seen) < 60:
        where = open_.pop(0)
        if where in seen or not where.startswith("/") or where.startswith(("/static", "//")):
            continue
        seen.add(where)
        answer = who.client.get(where)
        body = answer.get_data(as_text=True) if "html" in (answer.content_type or "") else ""
        open_ += Page(answer).links if body else []
        if leaks := [each for each in SAID if each in body]:
            found[where] = leaks

    assert len(seen) > 5
    assert found == {}


def test_list_leaves_no_personal_data_behind(app: Flask, stream: io.StringIO) -> None:
    """After a list was read, planned and applied, neither log, queue, audit nor any table has its data in clear."""
    officer = signed_in(app, "hr")
    persons = people(4)
    said = {value for each in persons for value in (each.personal_id, each.born, each.birth.isoformat())}

    page = planned(officer, plain_list(persons).xlsx())
    press(officer, page, "apply")
    work(app)

    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.scalar(select(Official.id).where(Official.full_name == persons[0].name)) is not None
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        stored = {
            table: str(session.scalar(text(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')))
            for table in tables
        }
    assert stream.getvalue()
    assert {table for table, content in stored.items() if any(each in content for each in said)} == set()
    assert [each for each in said if each in stream.getvalue()] == []
    assert [each.name for each in persons if each.name in stream.getvalue()] == []


def test_outcome_has_no_formula_of_the_list(app: Flask) -> None:
    """What a list says in a cell is a text in its outcome, never a formula."""
    officer = signed_in(app, "hr")
    starts = iter("=+-@\uff1d\uff0b")
    made = plain_list(people(6), also=lambda _: {4: f"{next(starts)}HYPERLINK(1)"})

    page = planned(officer, made.xlsx())
    lines = officer.client.get(f"{page}/outcome.csv").get_data(as_text=True)
    with ZipFile(io.BytesIO(officer.client.get(f"{page}/outcome.xlsx").get_data())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert "HYPERLINK" in lines
    assert re.findall(r'(?m)(?:^|[,;"])[=+@\uff1d\uff0b-]HYPERLINK', lines) == []
    assert "<f>" not in sheet
