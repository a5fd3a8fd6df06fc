"""The pages of an official's life: leaving, coming back, other posts, new names, merged records."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from directory.appointments import Appointment
from directory.base import system, vietnamese_day
from directory.lifecycle import Newcomer, Setting, enlist, set_policy
from directory.officials import Official
from tests.book import LONG_AGO
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, Somebody, agency, book_of, fill_in, signed_in
from tests.web.test_officials import official, state


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def hr(app: Flask) -> Somebody:
    """Give somebody of the department's HR, with colleagues."""
    book_of(app, "Trần Văn Đạt", "Phạm Minh Anh")
    return signed_in(app, "hr", at=DEPARTMENT)


@pytest.fixture
def who(app: Flask, hr: Somebody) -> str:
    """Give the path of a colleague's page."""
    return f"/officials/{official(app, 'Trần Văn Đạt')}"


def shown(somebody: Somebody, path: str) -> str:
    """Give the text of a page."""
    return Page(somebody.client.get(path)).text


def written(days: int) -> str:
    """Write a day some days ahead as people do."""
    return f"{vietnamese_day(datetime.now(UTC)) + timedelta(days=days):%d/%m/%Y}"


def test_official_leaves_at_once(app: Flask, hr: Somebody, who: str) -> None:
    """HR closes the account of somebody who has left, and the page says so."""
    answer = fill_in(hr, f"{who}/leave", when="at_once", reason="QĐ 12")

    assert answer.status_code == 303
    assert state(app, who.rpartition("/")[2]) == "disabled"
    assert "Đã thôi việc." in shown(hr, who)


def test_official_leaves_after_a_day(app: Flask, hr: Somebody, who: str) -> None:
    """Until the day the account works, and the page tells what is decided and how to take it back."""
    fill_in(hr, f"{who}/leave", when="on", last_day=written(10), reason="QĐ 12")

    text = shown(hr, who)
    assert state(app, who.rpartition("/")[2]) == "active"
    assert f"Sẽ thôi việc: tự có hiệu lực từ ngày {written(11)}." in text
    hr.client.post(f"{who}/stay", data={"csrf_token": Page(hr.client.get(who)).token})
    assert "Sẽ thôi việc" not in shown(hr, who)


@pytest.mark.parametrize(("when", "last_day"), [("on", ""), ("at_once", "31/12/2026"), ("on", "31/02/2027")])
def test_day_and_choice_must_fit(app: Flask, hr: Somebody, who: str, when: str, last_day: str) -> None:
    """A leaving after a day has one, a leaving at once has none; otherwise nothing happens."""
    answer = fill_in(hr, f"{who}/leave", when=when, last_day=last_day, reason="QĐ 12")

    assert (answer.status_code, state(app, who.rpartition("/")[2])) == (422, "active")


def test_leaving_says_what_it_brings(hr: Somebody, who: str) -> None:
    """Before it is confirmed the page tells of account, address, mail and how long it is kept."""
    text = shown(hr, f"{who}/leave")

    for part in ("bị đóng", "dattv@tinh.gov.vn", "6 tháng", "365 ngày", "chuyển tiếp"):
        assert part in text


def test_mail_is_forwarded_to_a_colleague(hr: Somebody, who: str) -> None:
    """The page shows where mail goes on to."""
    fill_in(hr, f"{who}/leave", when="at_once", reason="QĐ 12", forward_to="anhpm@tinh.gov.vn")

    assert "Thư được chuyển tiếp đến anhpm@tinh.gov.vn." in shown(hr, who)


def test_wrong_forward_is_told_at_its_field(hr: Somebody, who: str) -> None:
    """Mail goes to nobody outside; the form says so and keeps what was typed."""
    answer = fill_in(hr, f"{who}/leave", when="at_once", reason="QĐ 12", forward_to="ai@example.com")

    assert answer.status_code == 422
    assert "đang nhận thư trong danh bạ này" in Page(answer).text


def test_official_comes_back(app: Flask, hr: Somebody, who: str) -> None:
    """Who comes back has the address of before and waits for a slip."""
    fill_in(hr, f"{who}/leave", when="at_once", reason="QĐ 12")
    assert "dattv@tinh.gov.vn lại là của người này" in shown(hr, f"{who}/rehire")

    answer = fill_in(hr, f"{who}/rehire", title="Chuyên viên")

    assert answer.status_code == 303
    assert (state(app, who.rpartition("/")[2]), "dattv@tinh.gov.vn" in shown(hr, who)) == ("pending", True)


def test_post_is_given_and_ended(app: Flask, hr: Somebody, who: str) -> None:
    """An acting post stands in the line of posts with the way to end it."""
    fill_in(hr, f"{who}/posts/new", kind="acting", title="Quyền Trưởng phòng")
    page = Page(hr.client.get(who))
    assert "Quyền Trưởng phòng" in page.text
    (way,) = {link for link in page.links if link.endswith("/end")}

    assert fill_in(hr, way, last_day="").status_code == 303
    assert not [link for link in Page(hr.client.get(who)).links if link.endswith("/end")]


def test_secondment_needs_a_return(hr: Somebody, who: str) -> None:
    """A secondment without a last day is refused at the field."""
    answer = fill_in(hr, f"{who}/posts/new", kind="secondment", title="Chuyên viên")

    assert answer.status_code == 422
    assert "Biệt phái phải có ngày kết thúc dự kiến" in Page(answer).text


def test_official_is_seconded_by_who_may_appoint_at_both(app: Flask, hr: Somebody, who: str) -> None:
    """A seconded official stays in the own agency's list and shows the other agency until the return."""
    operator = signed_in(app, "operator", at="H36")
    with app.extensions["congvu"].outbox.transaction() as session:
        goal = agency(session, "H36").public_id

    fill_in(operator, f"{who}/posts/new", kind="secondment", agency=goal, last_day=written(30))

    assert written(30) in shown(hr, who)


def test_primary_post_has_no_end_of_its_own(app: Flask, hr: Somebody, who: str) -> None:
    """The primary post cannot be ended like the others."""
    with app.extensions["congvu"].outbox.transaction() as session:
        post_id = session.scalars(select(Appointment.id).order_by(Appointment.id)).first()

    assert hr.client.get(f"{who}/posts/{post_id}/end").status_code == 404


def test_new_name_gives_a_new_address(hr: Somebody, who: str) -> None:
    """Whoever decides the name may let the address follow; the old one stays as an alias."""
    answer = fill_in(hr, f"{who}/rename", full_name="Trần Văn Hoà", address="new", reason="QĐ 7")

    text = shown(hr, who)
    assert answer.status_code == 303
    assert ("hoatv@tinh.gov.vn" in text, "dattv@tinh.gov.vn" in text, "Trần Văn Hoà" in text) == (True, True, True)


@pytest.mark.parametrize(
    ("choice", "said"),
    [("policy", "giữ nguyên, theo chính sách"), ("keep", "giữ nguyên."), ("new", "được thay bằng địa chỉ mới")],
)
def test_page_of_a_new_name_says_what_the_choice_brings(hr: Somebody, who: str, choice: str, said: str) -> None:
    """What becomes of the address is said for the choice that is made, before it is confirmed."""
    text = shown(hr, f"{who}/rename?address={choice}")

    assert f"Địa chỉ dattv@tinh.gov.vn {said}" in text


def test_records_are_merged_after_a_warning(app: Flask, hr: Somebody, who: str) -> None:
    """The other record of the same name is offered, the page warns, and then leads from one to the other."""
    book_of(app, "Trần Văn Đạt")
    kept = who.rpartition("/")[2]
    (other,) = _namesakes(app) - {kept}

    page = Page(hr.client.get(f"/officials/{kept}/merge"))
    assert f"/officials/{kept}/merge/{other}" in page.links
    assert "không hoàn tác được" in shown(hr, f"/officials/{kept}/merge/{other}")
    answer = fill_in(hr, f"/officials/{kept}/merge/{other}", reason="Trùng hồ sơ", is_sure="y")

    assert answer.status_code == 303
    assert f"/officials/{kept}" in Page(hr.client.get(f"/officials/{other}")).links
    assert state(app, other) == "disabled"


def test_merge_without_being_sure_does_nothing(app: Flask, hr: Somebody, who: str) -> None:
    """Whoever does not tick that it is sure merges nothing."""
    kept, other = who.rpartition("/")[2], official(app, "Phạm Minh Anh")

    answer = fill_in(hr, f"/officials/{kept}/merge/{other}", reason="Trùng hồ sơ")

    assert (answer.status_code, state(app, other)) == (422, "active")


def test_refused_merge_names_the_record_that_is_to_leave(app: Flask, hr: Somebody, who: str) -> None:
    """Where only the record that would be closed is to leave, the page says who that is and what to do first."""
    kept, other = who.rpartition("/")[2], official(app, "Phạm Minh Anh")
    fill_in(hr, f"/officials/{other}/leave", when="on", last_day=written(30), reason="QĐ 7")

    answer = fill_in(hr, f"/officials/{kept}/merge/{other}", reason="Trùng hồ sơ", is_sure="y")

    assert answer.status_code == 422
    assert "Phạm Minh Anh: sẽ nghỉ vào một ngày khác; hãy ghi cùng ngày nghỉ đó" in Page(answer).text


def test_record_is_not_merged_with_itself(hr: Somebody, who: str) -> None:
    """There is no page on which a record is merged with itself."""
    assert hr.client.get(f"{who}/merge/{who.rpartition('/')[2]}").status_code == 404


@pytest.mark.parametrize("path", ["/leave", "/rehire", "/rename", "/posts/new"])
def test_who_only_looks_decides_nothing(app: Flask, hr: Somebody, who: str, path: str) -> None:
    """A head of agency, who sees the record, reaches no page of a decision."""
    head = signed_in(app, "head", at=DEPARTMENT)

    assert head.client.get(f"{who}{path}").status_code == 403


def _namesakes(app: Flask) -> set[str]:
    """Give the ids of the records of one name."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return set(session.scalars(select(Official.public_id).where(Official.full_name == "Trần Văn Đạt")))


def test_transfer_says_what_the_chosen_agency_brings(app: Flask, hr: Somebody, who: str) -> None:
    """Where the chosen agency wants its own addresses, the page of a transfer says so."""
    operator = signed_in(app, "operator", at="H36")
    with app.extensions["congvu"].outbox.transaction() as session:
        goal = agency(session, "H36")
        set_policy(session, system(datetime.now(UTC), "test"), [Setting(goal.id, "keep_address", value=False)])
        department = agency(session, DEPARTMENT)
        set_policy(session, system(datetime.now(UTC), "test"), [Setting(department.id, "keep_address", value=True)])
        chosen, present = goal.public_id, department.public_id

    assert "giữ nguyên, theo chính sách" in shown(operator, f"{who}/transfer?agency={present}")
    assert "được thay bằng địa chỉ mới" in shown(operator, f"{who}/transfer?agency={chosen}")


def test_account_goes_on_with_a_record_that_has_none(app: Flask, hr: Somebody, who: str) -> None:
    """Before a record with an account is merged into one without, the page says that the account goes on."""
    with app.extensions["congvu"].outbox.transaction() as session:
        now = system(datetime.now(UTC), "test")
        here = agency(session, DEPARTMENT).id
        (listed,) = enlist(session, now, [Newcomer(here, "Trần Văn Đạt", valid_from=LONG_AGO)])
        kept = listed.public_id

    assert "chuyển sang hồ sơ giữ lại, cùng hộp thư" in shown(hr, f"/officials/{kept}/merge/{who.rpartition('/')[2]}")


def test_planned_transfer_is_called_off(app: Flask, hr: Somebody, who: str) -> None:
    """A transfer to come has a button with which it never was; pressed again in an older window, that is said."""
    operator = signed_in(app, "operator", at="H36")
    with app.extensions["congvu"].outbox.transaction() as session:
        goal = agency(session, "H36").public_id
    fill_in(operator, f"{who}/transfer", agency=goal, title="Chuyên viên", valid_from=written(30))
    page = Page(operator.client.get(who))
    (way,) = _ways_off(operator, who)

    answers = [operator.client.post(way, data={"csrf_token": page.token}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert written(30) not in shown(operator, who)
    assert _ways_off(operator, who) == set()


def test_post_to_come_is_called_off(hr: Somebody, who: str) -> None:
    """A post beside the main one that has not begun is called off by a button."""
    fill_in(hr, f"{who}/posts/new", kind="acting", title="Quyền Trưởng phòng", valid_from=written(10))
    (way,) = _ways_off(hr, who)

    hr.client.post(way, data={"csrf_token": Page(hr.client.get(who)).token})

    assert "đã hủy" in shown(hr, who).lower()
    assert _ways_off(hr, who) == set()


def test_post_that_never_was_has_no_present(hr: Somebody) -> None:
    """A post that began on the day on which its holder left is shown with that day, not as lasting until now."""
    told = {"full_name": "Phan Thị Một Ngày", "birth_date": "02/03/1990", "title": "Chuyên viên"}
    made = fill_in(hr, "/officials/new/", **told).headers["Location"]
    assert "– nay" in shown(hr, made)

    fill_in(hr, f"{made}/leave", when="at_once", reason="QĐ 12")

    assert "không thực hiện" in shown(hr, made)
    assert "– nay" not in shown(hr, made)


def _ways_off(somebody: Somebody, who: str) -> set[str]:
    """Give where the buttons lead that call a post to come off."""
    return set(re.findall(r'action="([^"]*/call-off)"', somebody.client.get(who).get_data(as_text=True)))
