"""What is asked about a row can be answered where it is asked: on its own page, or on that of the columns."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from directory.lifecycle import Newcomer, enlist
from directory.officials import Official
from tests.lists.expected import TO_TCVN3, in_font
from tests.lists.workbooks import HEADER, ListFile, Person, people, plain_list
from tests.web.importing import read_all
from tests.web.people import DEPARTMENT, Somebody, agency, fill_in, seed, signed_in
from tests.web.test_lists import planned, press, read


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def officer(app: Flask) -> Somebody:
    """Give somebody of HR of the department."""
    return signed_in(app, "hr")


def old_letters(persons: list[Person]) -> bytes:
    """Give a list whose names are typed with an old font, told by nothing but their letters."""
    made = ListFile().add(HEADER)
    for number, person in enumerate(persons, start=1):
        made.add([number, in_font(person.name, TO_TCVN3), person.born, None, None, person.personal_id])
    return made.xlsx()


def test_what_has_no_column_can_be_written(officer: Somebody) -> None:
    """A list with nothing but names asks for the personal ID number, and each row's page has a field for it."""
    (person,) = people(1)
    address = planned(officer, ListFile().add(["STT", "Họ và tên", "Chức vụ"], [1, person.name, "Kế toán"]).xlsx())

    fill_in(officer, f"{address}/rows/2", **{"fix-personal_id": person.personal_id})

    assert person.name in read(officer, f"{address}?kind=create").text


def test_row_is_said_to_be_about_a_person(officer: Somebody) -> None:
    """Where that is not sure the page of the row offers the answer, shows it afterwards, and takes it back."""
    one, other = people(2)
    rows: list[list[object]] = [
        [1, one.name, "Chuyên viên", one.personal_id],
        [None, "NGƯỜI LẬP BIỂU"],
        [1, other.name, "Kế toán"],
    ]
    address = planned(officer, ListFile().add(["STT", "Họ và tên", "Chức vụ", "Số CCCD"], *rows).xlsx())

    fill_in(officer, f"{address}/rows/4", is_person="1", **{"fix-personal_id": other.personal_id})

    assert other.name in read(officer, f"{address}?kind=create").text
    assert "Đã có người khai dòng này nói về một người" in read(officer, f"{address}/rows/4").text
    assert read(officer, f"{address}/rows/4").forms[f"{address}/rows/4"]["is_person"] == "1"
    assert "is_person" not in read(officer, f"{address}/rows/2").forms[f"{address}/rows/2"]


def test_unit_of_the_rows_above_can_be_corrected(officer: Somebody) -> None:
    """Where units stand in rows between the people, one person's unit is still corrected on that row's page."""
    (person,) = people(1)
    row = [1, person.name, person.born, None, None, person.personal_id]
    made = ListFile().add([*HEADER[:4], None, HEADER[5]], ["I", "Phòng Nhầm"], row)
    address = planned(officer, made.xlsx())

    page = read(officer, f"{address}/rows/3")
    fill_in(officer, f"{address}/rows/3", **{"fix-unit": "Phòng Tổ chức"})

    assert "Để trống thì là đơn vị ghi ở các dòng trên: Phòng Nhầm" in page.text
    assert "Phòng Tổ chức" in read(officer, address).text


def test_row_leads_to_the_columns_where_all_rows_are_answered(officer: Somebody) -> None:
    """A row that waits for the conversion of its column leads to the page where that is confirmed, and the list too."""
    address = planned(officer, old_letters(people(8)))

    pages = [read(officer, address), read(officer, f"{address}/rows/2")]

    assert [page.links.count(f"{address}/columns") > 0 for page in pages] == [True, True]
    assert all("Trả lời một lần cho cả danh sách" in page.text for page in pages)


def test_nothing_is_called_converted_before_it_is(app: Flask, officer: Somebody) -> None:
    """The page does not say that letters were converted while it asks whether they should be."""
    address = planned(officer, old_letters(people(8)))

    before = read(officer, address).text
    fill_in(officer, f"{address}/columns", **{"encoding-B": "TCVN3"})
    read_all(app)
    after = read(officer, address).text

    assert ["đã được chuyển sang Unicode" in text for text in (before, after)] == [False, True]


def test_conversions_are_confirmed_by_one_button(app: Flask, officer: Somebody) -> None:
    """Whoever has compared the examples confirms the letters of all columns at once."""
    made = ListFile().add(HEADER)
    for number, person in enumerate(people(8), start=1):
        name, title = in_font(person.name, TO_TCVN3), in_font("Kế toán trưởng", TO_TCVN3)
        made.add([number, name, person.born, title, None, person.personal_id])
    address = planned(officer, made.xlsx())
    assert 'name="confirm" value="B=TCVN3 D=TCVN3 "' in officer.client.get(f"{address}/columns").get_data(as_text=True)

    fill_in(officer, f"{address}/columns", confirm="B=TCVN3 D=TCVN3 ")
    read_all(app)

    assert "Áp dụng 8 dòng" in read(officer, address).text


@pytest.mark.parametrize("said", ["B", "B=Klingon", "=TCVN3", "B=TCVN3=x"])
def test_only_letters_that_there_are_can_be_confirmed(officer: Somebody, said: str) -> None:
    """The button says which column is in which letters; anything else is refused."""
    address = planned(officer, old_letters(people(8)))

    assert fill_in(officer, f"{address}/columns", confirm=said).status_code == 422


def test_questions_come_first(officer: Somebody) -> None:
    """What must be answered about a row stands before what was put right in it."""
    (person,) = people(1)
    made = ListFile().add([*HEADER, "Mail công vụ"])
    made.add([1, person.name, person.born, None, None, int(person.personal_id), "an..nv@tinh.gov.vn"])
    address = planned(officer, made.xlsx())

    shown = [read(officer, f"{address}{path}").text for path in ("", "/rows/2")]

    # The zeros are put back while the row is read before its e-mail is looked at.
    assert [text.index("Địa chỉ thư điện tử bị gõ sai") < text.rindex("bị mất số 0") for text in shown] == [True, True]


def twins_of(app: Flask, person: Person) -> list[str]:
    """Let two officials be in the directory who may both be meant by somebody; give their ids."""
    with app.extensions["congvu"].outbox.transaction() as session:
        actor, here = seed(session), agency(session, DEPARTMENT)
        twins = [Newcomer(here.id, person.name, birth_date=person.birth, title="Cán sự") for _ in range(2)]
        return [session.get_one(Official, each.id).public_id for each in enlist(session, actor, twins)]


def test_row_of_a_list_that_is_over_is_only_read(app: Flask, officer: Somebody) -> None:
    """Of the questions of a row none can be answered any more, and there is no button, once the list is put aside."""
    one, other = people(2)
    twins_of(app, one)
    rows: list[list[object]] = [[1, one.name, one.born], [None, "NGƯỜI LẬP BIỂU"], [1, other.name, None, "Kế toán"]]
    address = planned(officer, ListFile().add(["STT", "Họ và tên", "Ngày sinh", "Chức vụ"], *rows).xlsx())
    press(officer, address, "cancel")

    texts = [officer.client.get(f"{address}/rows/{row}").get_data(as_text=True) for row in (2, 4)]

    forms = "".join(text.partition('<form class="medium"')[2].partition("</form>")[0] for text in texts)
    free = re.sub("<fieldset[^>]* disabled>.*?</fieldset>", "", forms, flags=re.DOTALL)
    fields = [each for each in re.findall("<(?:input|button)[^>]*>", free) if "csrf_token" not in each]
    assert ('name="choice"' in forms, 'name="is_person"' in forms) == (True, True)
    assert [each for each in fields if " disabled" not in each] == []


def test_choice_of_a_namesake_is_taken_back(app: Flask, officer: Somebody) -> None:
    """Once somebody is chosen, the row's page offers to take that back, and then asks again who is meant."""
    (person,) = people(1)
    meant = twins_of(app, person)
    row = f"{planned(officer, plain_list([replace(person, personal_id='')]).xlsx())}/rows/6"
    offered = 'name="choice" value=""'
    assert offered not in officer.client.get(row).get_data(as_text=True)
    fill_in(officer, row, choice=meant[0])
    assert offered in officer.client.get(row).get_data(as_text=True)

    fill_in(officer, row, choice="")

    assert "Nhiều người ở đây cùng tên và ngày sinh" in read(officer, row).text
