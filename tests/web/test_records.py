"""The forms of a record: how the name is parted, what looks wrong, and what somebody else changed meanwhile."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from directory.officials import Official, open_field
from tests.web.pages import Page
from tests.web.people import Somebody, book_of, fill_in, signed_in

NAME = "Trần Văn Đạt"


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def hr(app: Flask) -> Somebody:
    """Give HR of the department, with a colleague in the list."""
    book_of(app, NAME)
    return signed_in(app, "hr")


def record(app: Flask, name: str = NAME) -> dict[str, str | None]:
    """Give what is recorded of an official."""
    with app.extensions["congvu"].outbox.transaction() as session:
        found = session.scalars(select(Official).where(Official.full_name == name)).one()
        return {
            "way": f"/officials/{found.public_id}/change",
            "parts": f"{found.family}|{found.middle}|{found.given}",
            "sex": found.sex,
            "phone": open_field(session, found, "phone"),
            "staff_number": found.staff_number,
            "work_phone": found.work_phone,
        }


def test_parts_of_a_name_are_proposed_while_it_is_typed(hr: Somebody) -> None:
    """What is typed comes back parted, for minority names too, and what is no name as nothing."""
    token = Page(hr.client.get("/officials/new/")).token

    proposed = [
        hr.client.post("/officials/name-parts", data={"csrf_token": token, "full_name": name}).get_data(as_text=True)
        for name in ("Nguyễn Thị Ánh Đào", "H'Linh Byă", "12")
    ]

    assert [each in proposed[0] for each in ('value="Nguyễn"', 'value="Thị Ánh"', 'value="Đào"')] == [True] * 3
    assert 'value="Byă"' in proposed[1]
    assert proposed[2].count('value=""') == 3


def test_parts_are_shared_out_by_hand(app: Flask, hr: Somebody) -> None:
    """The parts that HR types hold, and parts that are not of the name are refused at the field."""
    way = str(record(app)["way"])

    wrong = fill_in(hr, way, family="Lê")
    right = fill_in(hr, way, family="Trần Văn", middle="")

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "Ba phần phải gồm đúng các chữ" in Page(wrong).text
    assert record(app)["parts"] == "Trần Văn||Đạt"


def test_new_official_keeps_the_parts_that_were_typed(app: Flask, hr: Somebody) -> None:
    """A new record is parted as it was typed, with the telephone on the desk."""
    fill_in(
        hr,
        "/officials/new/",
        full_name="Tôn Nữ Thị Ninh",
        family="Tôn Nữ",
        middle="Thị",
        given="Ninh",
        work_phone="0219 3866 555",
        extension="12",
    )

    found = record(app, "Tôn Nữ Thị Ninh")
    assert (found["parts"], found["work_phone"]) == ("Tôn Nữ|Thị|Ninh", "02193866555")


@pytest.mark.parametrize("where", ["new", "change"])
def test_what_does_not_fit_is_confirmed_first(app: Flask, hr: Somebody, where: str) -> None:
    """A sex that the ID number contradicts is asked about, and written once somebody confirms it."""
    way = "/officials/new/" if where == "new" else str(record(app)["way"])
    name = "Lý Thị Sáu" if where == "new" else NAME
    fields = {"full_name": name, "personal_id": "001 085 000 123", "sex": "female"}

    asked = fill_in(hr, way, **fields)
    confirmed = fill_in(hr, way, **fields, confirmed="y")

    assert (asked.status_code, confirmed.status_code) == (422, 303)
    assert "giới tính khác" in Page(asked).text
    assert record(app, name)["sex"] == "female"


def test_second_window_is_told_what_changed(app: Flask, hr: Somebody) -> None:
    """Who saves an older page is told what stands there now, keeps what was typed, and may then save it."""
    way = str(record(app)["way"])
    older = Page(hr.client.get(way)).forms[""]
    fill_in(hr, way, staff_number="NV1")

    refused = hr.client.post(way, data=older | {"staff_number": "NV2"})
    kept = record(app)["staff_number"]
    again = hr.client.post(way, data=Page(refused).forms[""])

    assert (refused.status_code, kept, again.status_code) == (422, "NV1", 303)
    assert "NV1" in Page(refused).text
    assert record(app)["staff_number"] == "NV2"


def test_older_page_loses_nothing_of_others(app: Flask, hr: Somebody) -> None:
    """An older page that changes another field leaves the newer value."""
    way = str(record(app)["way"])
    older = Page(hr.client.get(way)).forms[""]
    fill_in(hr, way, staff_number="NV1", phone="+84 912 345 678")

    hr.client.post(way, data=older | {"work_phone": "02193866555"})

    found = record(app)
    assert (found["staff_number"], found["phone"], found["work_phone"]) == ("NV1", "0912345678", "02193866555")


@pytest.mark.parametrize("seen", ["", "x", "[]", '{"title": 1}', '{"title": ["a"]}', "null"])
def test_garbled_form_is_refused(app: Flask, hr: Somebody, seen: str) -> None:
    """A form whose memory of what it showed is garbled is not carried out."""
    assert fill_in(hr, str(record(app)["way"]), seen=seen, staff_number="NV1").status_code == 400


def test_form_shows_masks_only(app: Flask, hr: Somebody) -> None:
    """The form tells by a mask what is recorded, and carries no value."""
    way = str(record(app)["way"])
    fill_in(hr, way, phone="0912345678")

    page = hr.client.get(way).get_data(as_text=True)

    assert ("091•••••78" in page, "0912345678" in page) == (True, False)


@pytest.mark.parametrize(("role", "at", "status"), [("head", "H36.05", 403), ("hr", "H37", 404), (None, "H36.05", 404)])
def test_others_change_nothing(app: Flask, hr: Somebody, role: str | None, at: str, status: int) -> None:
    """Who may not is refused, and who does not look after the agency finds nothing."""
    who = signed_in(app, role, at=at)

    assert who.client.get(str(record(app)["way"])).status_code == status
