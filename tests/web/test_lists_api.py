"""Lists for programs: a token, JSON, nothing of other agencies."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.lists.workbooks import Person, people, plain_list
from tests.web.importing import read_all, token_of, work
from tests.web.people import DEPARTMENT, ELSEWHERE, PROVINCE

OCTETS = "application/octet-stream"


class Program:
    """A program with a token."""

    def __init__(self, app: Flask, token: str, language: str = "en") -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}

    def send(self, content: bytes, agency: str = DEPARTMENT, kind: str = OCTETS, **more: str) -> tuple[int, Any]:
        """Send a list as the body and have it read; give the plan, or what is answered instead."""
        status, answer = self.hand_in(content, agency, kind, **more)
        if status != 202:
            return status, answer
        read_all(self.client.application)
        return status, self.get(answer["id"])[1]

    def hand_in(self, content: bytes, agency: str = DEPARTMENT, kind: str = OCTETS, **more: str) -> tuple[int, Any]:
        """Send a list as the body."""
        said = {"agency": agency, "file_name": "list.xlsx", **more}
        answer = self.client.post(
            "/api/lists", query_string=said, data=content, content_type=kind, headers=self.headers
        )
        return answer.status_code, answer.get_json()

    def get(self, path: str) -> tuple[int, Any]:
        """Ask for something."""
        answer = self.client.get(f"/api/lists/{path}", headers=self.headers)
        return answer.status_code, answer.get_json()

    def post(self, path: str) -> tuple[int, Any]:
        """Have something done."""
        answer = self.client.post(f"/api/lists/{path}", headers=self.headers)
        return answer.status_code, answer.get_json()


@pytest.fixture
def program(app: Flask) -> Program:
    """Give a program of the department's."""
    return Program(app, token_of(app))


def test_upload_gives_the_plan(program: Program) -> None:
    """Once a file is read, it is told what it comes to, how the columns were understood, and where to look."""
    status, plan = program.send(plain_list(people(3)).xlsx())

    assert (status, plan["state"], plan["to_do"]) == (202, "planned", 3)
    assert plan["counts"]["create"] == {"rows": 3, "done": 0, "failed": 0}
    assert [column["field"] for column in plan["columns"]][:2] == ["number", "full_name"]
    assert plan["page"] == f"https://portal.example/lists/{plan['id']}"


def test_upload_as_a_form(app: Flask, program: Program) -> None:
    """A file may come as a field of a form too."""
    sent = {"agency": DEPARTMENT, "file": (io.BytesIO(plain_list(people(2)).xlsx()), "list.xlsx")}

    answer = program.client.post("/api/lists", data=sent, headers=program.headers)

    assert (answer.status_code, answer.get_json()["file_name"]) == (202, "list.xlsx")


def test_rows_come_in_pages_with_reasons(program: Program) -> None:
    """Rows are told with their numbers in the file and what there is to say, a page at a time."""
    _, plan = program.send(plain_list(people(3), also=lambda person: {5: int(person.personal_id)}).xlsx())

    _, first = program.get(f"{plan['id']}/rows?limit=2&kind=create")
    _, second = program.get(f"{plan['id']}/rows?limit=2&kind=create&after={first['next']}")

    assert [[row["row"] for row in page["rows"]] for page in (first, second)] == [[6, 7], [8]]
    assert (first["next"], second["next"]) == (7, None)
    assert first["rows"][0]["reasons"] == [
        {
            "field": "personal_id",
            "level": "repair",
            "message": "The personal ID number had lost its leading zeros; they are put back.",
        }
    ]


def test_messages_in_the_language_of_the_program(app: Flask) -> None:
    """A program says which language its user reads; without a word it is Vietnamese."""
    token = token_of(app)
    content = plain_list(people(1), also=lambda person: {5: int(person.personal_id)}).xlsx()

    said = []
    for language in ("vi", "en", ""):
        program = Program(app, token, language)
        _, plan = program.send(content)
        said.append(program.get(f"{plan['id']}/rows")[1]["rows"][0]["reasons"][0]["message"])

    assert said[0] == said[2] == "Số CCCD bị mất số 0 ở đầu; đã được bổ sung."
    assert said[1].startswith("The personal ID number")


def test_apply_is_a_job(app: Flask, program: Program) -> None:
    """To apply is to put one job into the queue, with the transaction; the worker does the rows."""
    _, plan = program.send(plain_list(people(3)).xlsx())

    status, started = program.post(f"{plan['id']}/apply")

    with app.extensions["congvu"].outbox.transaction() as session:
        jobs = session.execute(text("SELECT args FROM procrastinate_jobs WHERE task_name = 'lists'")).scalars().all()
    assert (status, started["state"], jobs) == (202, "applying", [{}])
    work(app)
    _, done = program.get(plan["id"])
    assert (done["state"], done["done"], done["failed"]) == ("applied", 3, 0)


def test_apply_twice_applies_once(app: Flask, program: Program) -> None:
    """Saying it again, before or after the end, starts nothing anew."""
    _, plan = program.send(plain_list(people(2)).xlsx())

    answers = [program.post(f"{plan['id']}/apply")[0] for _ in range(2)]
    work(app)
    status, done = program.post(f"{plan['id']}/apply")

    assert (answers, status, done["state"]) == ([202, 202], 202, "applied")


def test_outcome_files(app: Flask, program: Program) -> None:
    """The outcome has a line a row, as a workbook and as CSV, with the addresses that were given."""
    _, plan = program.send(plain_list(people(2)).xlsx())
    program.post(f"{plan['id']}/apply")
    work(app)

    book, lines = (program.client.get(f"/api/lists/{plan['id']}/outcome.{kind}", headers=program.headers)
                   for kind in ("xlsx", "csv"))  # fmt: skip

    sheet = openpyxl.load_workbook(io.BytesIO(book.get_data())).worksheets[0]
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [person.name for person in people(2)]
    found = list(csv.reader(io.StringIO(lines.get_data().decode("utf-8-sig")), delimiter=";"))
    assert [(row[0], row[1], row[7].endswith("@tinh.gov.vn")) for row in found[1:]] == [
        (str(number), person.name, True) for number, person in enumerate(people(2), start=6)
    ]


def test_sealed_values_are_never_told(app: Flask, program: Program) -> None:
    """No answer has a personal ID number or a birth date of anybody in full."""
    (person,) = people(1)
    program.post(f"{program.send(plain_list([person]).xlsx())[1]['id']}/apply")
    work(app)
    changed = Person(person.name, person.birth.replace(day=person.birth.day + 1), person.personal_id, person.sex)

    _, plan = program.send(plain_list([changed]).xlsx())

    told = json.dumps([plan, program.get(f"{plan['id']}/rows")])
    assert plan["counts"]["change"]["rows"] == 1
    assert person.personal_id not in told
    assert person.born not in told
    assert changed.born not in told
    assert person.birth.isoformat() not in told


def test_types_that_are_taken(program: Program) -> None:
    """A body says that it is a spreadsheet, or it is not read."""
    content = plain_list(people(1)).xlsx()
    expected = {"application/json": 415, "text/html": 415, "text/csv": 202, "application/vnd.ms-excel": 202}

    assert {kind: program.send(content, kind=kind)[0] for kind in expected} == expected


def test_files_that_are_refused(program: Program) -> None:
    """A refusal has a name and a sentence that says what to do."""
    expected = {
        b"%PDF-1.7": "NotASheet",
        b"a;b\n1;2": "NoTable",
        b"": "EmptyFile",
        b"PK\x03\x04": "Damaged",
    }

    answers = {content: program.send(content)[1] for content in expected}

    assert {content: told["refusal"]["error"] for content, told in answers.items()} == expected
    assert all((told["state"], bool(told["refusal"]["message"])) == ("unread", True) for told in answers.values())


def test_where_to_ask_for_the_plan(program: Program) -> None:
    """A file is taken at once: the answer says where to ask, and until a worker has read it there is no plan."""
    said = {"agency": DEPARTMENT, "file_name": "list.xlsx"}
    content = plain_list(people(2)).xlsx()

    answer = program.client.post(
        "/api/lists", query_string=said, data=content, content_type=OCTETS, headers=program.headers
    )

    waiting = program.client.get(answer.headers["Location"], headers=program.headers).get_json()
    assert (answer.status_code, waiting["state"], waiting["to_do"]) == (202, "reading", 0)


def test_file_that_is_too_large(app: Flask, program: Program) -> None:
    """More bytes than the setting allows are not read."""
    app.config["MAX_CONTENT_LENGTH"] = 1000

    status, answer = program.send(b"x" * 2000)

    assert (status, answer["error"]) == (413, "RequestEntityTooLarge")


def test_token_reaches_only_its_agency(program: Program) -> None:
    """A token of a department opens neither the province above it nor another one; both are told as what never was."""
    content = plain_list(people(1)).xlsx()

    told = {code: program.send(content, agency=code) for code in (PROVINCE, ELSEWHERE, "H99.99", "x")}

    assert {code: (status, answer["error"]) for code, (status, answer) in told.items()} == {
        **dict.fromkeys((PROVINCE, ELSEWHERE, "H99.99"), (404, "NotForYou")),
        "x": (422, "BadValue"),
    }


def test_lists_of_others_are_not_there(app: Flask, program: Program) -> None:
    """Of a list of another agency a program hears the same as of one that never was."""
    foreign = Program(app, token_of(app, at=ELSEWHERE))
    _, plan = foreign.send(plain_list(people(1)).xlsx(), agency=ELSEWHERE)

    for path, ask in (
        ("", program.get),
        ("/rows", program.get),
        ("/outcome.csv", program.get),
        ("/apply", program.post),
    ):
        of_others, never = ask(plan["id"] + path), ask("a" * 16 + path)

        assert (of_others[0], of_others[1]["error"]) == (never[0], never[1]["error"]) == (404, "NotFound")


def test_no_token_no_answer(app: Flask) -> None:
    """Without a valid token nothing is told."""
    client = app.test_client()

    answers = [
        client.get("/api/lists/" + "a" * 16, headers={"Authorization": each}).status_code
        for each in ("", "Bearer ", "Bearer cvt_wrong", "Basic eDp4")
    ]

    assert answers == [401] * 4


def test_parameters_that_cannot_be_read(program: Program) -> None:
    """What is no kind, no number or comes twice is refused."""
    _, plan = program.send(plain_list(people(1)).xlsx())
    queries = ("?kind=other", "?after=-1", "?after=x", "?limit=1e3", "?after=1&after=2")

    assert [program.get(f"{plan['id']}/rows{query}")[0] for query in queries] == [400] * 5


def test_agency_said_twice(program: Program) -> None:
    """An agency in the address and another one in the form is a contradiction, not a choice."""
    sent = {"agency": DEPARTMENT, "file": (io.BytesIO(b"x"), "list.xlsx")}

    answer = program.client.post("/api/lists?agency=H36", data=sent, headers=program.headers)

    assert answer.status_code == 400
