"""The pages on which officials say what is wrong in their records and HR decides, and the page that reveals a field."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials.tables import SignInSession
from directory.lifecycle import Change, change
from directory.lifecycle.revealing import A_DAY, Revealing, reveal
from directory.officials import Official
from tests.web.pages import Page
from tests.web.people import Somebody, fill_in, seed, signed_in

VALUES = {"personal_id": "068090001234", "phone": "0912345678", "personal_mail": "an@vidu.vn"}


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def official(app: Flask) -> Somebody:
    """Give an official with personal data, signed in."""
    who = signed_in(app, None)
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        found = session.scalars(select(Official).where(Official.public_id == who.official)).one()
        change(session, now, [Change(found.id, VALUES | {"birth_date": date(1990, 5, 1)})])
    return who


@pytest.fixture
def hr(app: Flask, official: Somebody) -> Somebody:
    """Give HR of the department, signed in."""
    return signed_in(app, "hr")


def send(official: Somebody, field: str = "phone", value: str = "0987 654 321") -> str:
    """Send a correction and give the way to decide it."""
    assert fill_in(official, f"/me/record/correct/{field}", value=value, note="Đã đổi").status_code == 303
    (way,) = {each for each in Page(official.client.get("/me/record")).forms if each.endswith("/withdraw")}
    return way.replace("/me/record", "").removesuffix("/withdraw")


def grow_stale(app: Flask, who: Somebody) -> None:
    """Let the second factor be shown too long ago."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(
            update(SignInSession)
            .where(SignInSession.account_id == who.account_id)
            .values(factor_at=datetime.now(UTC) - timedelta(minutes=6))
        )


def test_own_record_is_complete(official: Somebody) -> None:
    """Everybody reads their own record whole, personal data too."""
    page = official.client.get("/me/record").get_data(as_text=True)

    assert all(value in page for value in (*VALUES.values(), "01/05/1990"))


def test_correction_goes_from_the_official_to_the_record(official: Somebody, hr: Somebody) -> None:
    """What an official sends is shown to HR, and accepted it stands in the record."""
    way = send(official)
    shown = Page(hr.client.get(way)).text

    answer = hr.client.post(f"{way}/accept", data={"csrf_token": Page(hr.client.get(way)).token})

    assert ("091•••••78" in shown, "0987654321" in shown, "Đã đổi" in shown) == (True, True, True)
    assert answer.status_code == 303
    assert "0987654321" in Page(official.client.get("/me/record")).text
    assert "Không có đề nghị nào đang chờ" in Page(hr.client.get("/corrections")).text


def test_refused_correction_is_explained(official: Somebody, hr: Somebody) -> None:
    """The official reads why a correction was refused."""
    way = send(official)
    token = Page(hr.client.get(way)).token

    without, with_ = (
        hr.client.post(f"{way}/refuse", data={"csrf_token": token, "reason": reason})
        for reason in ("", "Thiếu bản sao")
    )

    assert (without.status_code, with_.status_code) == (422, 303)
    assert "Thiếu bản sao" in Page(official.client.get("/me/record")).text


def test_correction_is_withdrawn(official: Somebody, hr: Somebody) -> None:
    """What is taken back waits for nobody, and accepting it comes too late."""
    way = send(official)
    token = Page(hr.client.get(way)).token
    page = Page(official.client.get("/me/record"))
    (withdraw,) = {each for each in page.forms if each.endswith("/withdraw")}

    official.client.post(withdraw, data={"csrf_token": page.token})

    late = hr.client.post(f"{way}/accept", data={"csrf_token": token})
    assert (late.status_code, hr.client.get(way).status_code) == (409, 404)


def test_waiting_corrections_are_counted_on_the_start_page(official: Somebody, hr: Somebody) -> None:
    """HR sees on the start page that something waits, and the way there."""
    send(official)

    page = Page(hr.client.get("/"))

    assert "1 đề nghị sửa hồ sơ chờ giải quyết" in page.text
    assert "/corrections" in page.links


@pytest.mark.parametrize(
    ("field", "value"),
    [("birth_date", "02/05/1990"), ("sex", "female"), ("title", "Chuyên viên"), ("full_name", "Lê Thị Đào")],
)
def test_every_kind_of_field_has_its_form(official: Somebody, hr: Somebody, field: str, value: str) -> None:
    """Days, choices and lines are asked for as such, and shown as such."""
    way = send(official, field, value)

    shown = Page(hr.client.get(way)).text

    assert {"sex": "Nữ"}.get(field, value) in shown


@pytest.mark.parametrize("field", ["state", "public_id", "role", "x"])
def test_other_fields_have_no_form(official: Somebody, field: str) -> None:
    """Only fields of the record can be said to be wrong."""
    assert official.client.get(f"/me/record/correct/{field}").status_code == 404


def test_strangers_find_no_correction(app: Flask, official: Somebody) -> None:
    """HR of another agency, a head, and another official are answered as if there were none."""
    way = send(official)

    for role, at in (("hr", "H37"), ("head", "H36.05"), (None, "H36.05")):
        who = signed_in(app, role, at=at)
        token = Page(who.client.get("/corrections")).token
        answers = [
            who.client.get(way).status_code,
            *(
                who.client.post(f"{way}/{verb}", data={"csrf_token": token} | more).status_code
                for verb, more in (("accept", {}), ("refuse", {"reason": "x"}))
            ),
            who.client.post(f"/me/record{way}/withdraw", data={"csrf_token": token}).status_code,
        ]
        assert answers == [404] * 4


def test_personal_data_of_a_correction_needs_a_fresh_factor(app: Flask, official: Somebody, hr: Somebody) -> None:
    """Whoever opens a correction of personal data shows the second factor again."""
    way, plain = send(official), None
    grow_stale(app, hr)

    answer = hr.client.get(way)

    assert (plain, answer.status_code) == (None, 303)
    assert answer.headers["Location"].startswith("/sign-in/again")


def test_page_of_an_official_has_masks(official: Somebody, hr: Somebody) -> None:
    """HR sees masks, with a way to reveal each; no value stands on the page."""
    page = Page(hr.client.get(f"/officials/{official.official}"))

    assert all(mask in page.text for mask in ("0680••••••34", "091•••••78", "••/••/1990", "a•••••@vidu.vn"))
    assert not [value for value in VALUES.values() if value in page.text]
    assert len([link for link in page.links if "/reveal/" in link]) == 4


def test_field_is_revealed_once_for_a_reason(official: Somebody, hr: Somebody) -> None:
    """With a reason the value is shown, kept by no browser, and hidden again on the next look."""
    way = f"/officials/{official.official}/reveal/phone"

    without, with_ = fill_in(hr, way, reason=" "), fill_in(hr, way, reason="Gọi họp")

    assert (without.status_code, VALUES["phone"] in Page(without).text) == (422, False)
    assert VALUES["phone"] in Page(with_).text
    assert "no-store" in with_.headers["Cache-Control"]
    assert VALUES["phone"] not in Page(hr.client.get(way)).text


def test_birth_date_is_revealed_as_a_day(official: Somebody, hr: Somebody) -> None:
    """A revealed birth date is written as days are."""
    answer = fill_in(hr, f"/officials/{official.official}/reveal/birth_date", reason="Lập danh sách")

    assert "01/05/1990" in Page(answer).text


def test_reveal_stands_in_the_audit(app: Flask, official: Somebody, hr: Somebody) -> None:
    """An auditor reads who revealed which field and why."""
    fill_in(hr, f"/officials/{official.official}/reveal/phone", reason="Gọi họp khẩn")
    auditor = signed_in(app, "auditor")

    text = Page(auditor.client.get("/audit?action=official.revealed")).text

    assert all(each in text for each in ("Xem dữ liệu cá nhân", "Gọi họp khẩn", "Số điện thoại"))


def test_reveal_needs_a_fresh_factor(app: Flask, official: Somebody, hr: Somebody) -> None:
    """After five minutes the second factor is asked for again, before the form and before the value."""
    way = f"/officials/{official.official}/reveal/phone"
    token = Page(hr.client.get(way)).token
    grow_stale(app, hr)

    answers = [hr.client.get(way), hr.client.post(way, data={"csrf_token": token, "reason": "Gọi"})]

    assert all(each.headers["Location"].startswith("/sign-in/again") for each in answers)


@pytest.mark.parametrize(("role", "at", "status"), [("head", "H36.05", 403), ("hr", "H37", 404), (None, "H36.05", 404)])
def test_others_reveal_nothing(app: Flask, official: Somebody, role: str | None, at: str, status: int) -> None:
    """Who may not is refused, and who does not look after the agency finds nothing."""
    who = signed_in(app, role, at=at)
    way = f"/officials/{official.official}/reveal/phone"
    token = Page(who.client.get("/people")).token

    answers = [who.client.get(way), who.client.post(way, data={"csrf_token": token, "reason": "Gọi"})]

    assert [each.status_code for each in answers] == [status] * 2


def test_unrecorded_field_has_nothing_to_reveal(app: Flask, hr: Somebody) -> None:
    """Where nothing is recorded there is no page to reveal it."""
    other = signed_in(app, None)

    assert hr.client.get(f"/officials/{other.official}/reveal/phone").status_code == 404


@pytest.mark.parametrize(("role", "at"), [("head", "H36.05"), ("hr", "H37"), (None, "H36.05")])
def test_refused_reveal_stands_in_the_audit(app: Flask, official: Somebody, role: str | None, at: str) -> None:
    """Each try of who has no right is a line with who, whose and which field, and the auditors there read it."""
    who = signed_in(app, role, at=at)

    who.client.get(f"/officials/{official.official}/reveal/phone")

    (event,) = refused_reveals(app)
    assert (event.actor_account_id, event.subject) == (who.account_id, f"official:{official.official}")
    assert event.detail == {"field": "phone", "refusal": "no_right"}
    assert "không có quyền xem" in Page(signed_in(app, "auditor").client.get("/audit")).text


def test_reveal_without_a_reason_stands_in_the_audit(app: Flask, official: Somebody, hr: Somebody) -> None:
    """Whoever has the right and gives no reason is recorded as refused, and nothing as revealed."""
    fill_in(hr, f"/officials/{official.official}/reveal/phone", reason=" ")

    assert [event.detail["refusal"] for event in refused_reveals(app)] == ["no_reason"]


def test_spent_day_stands_in_the_audit(app: Flask, official: Somebody, hr: Somebody) -> None:
    """Who asks for more fields than a day allows is recorded as refused."""
    way = f"/officials/{official.official}/reveal/phone"
    with app.extensions["congvu"].outbox.transaction() as session:
        person = session.scalars(select(Official).where(Official.public_id == official.official)).one()
        now = datetime.now(UTC)
        actor = Actor(now=now, source="test", account_id=hr.account_id, factor_at=now)
        for _ in range(A_DAY):
            reveal(session, actor, [Revealing(person.id, "phone", "Gọi")])

    answer = fill_in(hr, way, reason="Gọi thêm")

    assert VALUES["phone"] not in Page(answer).text
    assert [event.detail["refusal"] for event in refused_reveals(app)] == ["day_spent"]


@pytest.mark.parametrize(("nobody", "lines"), [(None, A_DAY), ("2222222222222222", 0)])
def test_refused_reveals_of_a_day_are_limited(app: Flask, official: Somebody, nobody: str | None, lines: int) -> None:
    """Beyond the limit of a day nothing is looked up or written, and who there is cannot be told from the answer."""
    who = signed_in(app, "hr", at="H37")
    way = f"/officials/{nobody or official.official}/reveal/phone"

    answers = [who.client.get(way).status_code for _ in range(A_DAY + 2)]

    assert answers == [404] * A_DAY + [429] * 2
    assert len(refused_reveals(app)) == lines


def test_looking_at_the_form_is_no_refusal(app: Flask, official: Somebody, hr: Somebody) -> None:
    """Opening the form, and asking for nobody, leaves no line."""
    hr.client.get(f"/officials/{official.official}/reveal/phone")
    hr.client.get("/officials/2222222222222222/reveal/phone")

    assert refused_reveals(app) == []


def refused_reveals(app: Flask) -> list[AuditEvent]:
    """Give the lines of refused tries."""
    with app.extensions["congvu"].outbox.transaction() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.action == "official.reveal_refused")).all()
        session.expunge_all()
        return list(found)
