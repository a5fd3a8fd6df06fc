"""The pages of officials: found by any typing of their names, appointed, corrected, moved, suspended and retired."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from directory.accounts import Account
from directory.officials import Official
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, Somebody, agency, book_of, fill_in, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def it_staff(app: Flask) -> Somebody:
    """Give somebody of the department's IT staff, with colleagues."""
    book_of(app, "Nguyễn Thị Ánh Đào", "Trần Văn Đạt", "Phạm Minh Anh")
    return signed_in(app, "agency_it")


def official(app: Flask, name: str) -> str:
    """Give the id of an official in addresses of pages."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return str(session.scalars(select(Official.public_id).where(Official.full_name == name)).one())


def state(app: Flask, public_id: str) -> str:
    """Give the state of an official's account."""
    with app.extensions["congvu"].outbox.transaction() as session:
        found = select(Account.state).join(Official, Official.id == Account.official_id)
        return str(session.scalars(found.where(Official.public_id == public_id)).one())


@pytest.mark.parametrize("typed", ["anh dao", "ANH DAO", "ánh đào", "Đào Ánh", "nguyen dao"])
def test_names_are_found_without_marks(it_staff: Somebody, typed: str) -> None:
    """However the name is typed, its owner stands in the list."""
    page = Page(it_staff.client.get("/officials", query_string={"q": typed}))

    assert "Nguyễn Thị Ánh Đào" in page.text
    assert "Trần Văn Đạt" not in page.text


def test_list_is_in_the_order_of_given_names(it_staff: Somebody) -> None:
    """The list goes by given names in Vietnamese order."""
    text = Page(it_staff.client.get("/officials")).text

    assert text.index("Phạm Minh Anh") < text.index("Nguyễn Thị Ánh Đào") < text.index("Trần Văn Đạt")


def test_nobody_found_says_what_to_do(it_staff: Somebody) -> None:
    """A search without a hit offers the whole list."""
    page = Page(it_staff.client.get("/officials?q=khongcoai"))

    assert "Không tìm thấy ai" in page.text
    assert "/officials" in page.links


def test_list_goes_on_page_by_page(app: Flask) -> None:
    """The next page begins where the last one ended, and the last one leads no further."""
    book_of(app, *[f"Lê Văn {given}" for given in ("An", "Anh", "Bình", "Chi") for _ in range(13)])
    who = signed_in(app, "agency_it")
    first = Page(who.client.get("/officials"))

    (following,) = {link for link in first.links if "after=" in link}
    second = Page(who.client.get(following))

    assert first.text.count("@tinh.gov.vn") == 50
    assert second.text.count("@tinh.gov.vn") == 3
    assert not [link for link in second.links if "after=" in link]


def test_personal_id_is_searched_without_standing_in_an_address(app: Flask, it_staff: Somebody) -> None:
    """A search for a personal ID number can be posted."""
    fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", personal_id="001085000123")
    token = Page(it_staff.client.get("/officials")).token

    page = Page(it_staff.client.post("/officials", data={"csrf_token": token, "q": "001085000123"}))

    assert "Lý Văn Sáu" in page.text


def test_new_official_gets_the_proposed_address(app: Flask, it_staff: Somebody) -> None:
    """Without a wish the account gets the first free address by the naming pattern."""
    answer = fill_in(it_staff, "/officials/new/", full_name="Nguyễn Văn An")

    page = Page(it_staff.client.get(answer.headers["Location"]))

    assert answer.status_code == 303
    assert "annv@tinh.gov.vn" in page.text


def test_namesake_gets_another_address(app: Flask, it_staff: Somebody) -> None:
    """A second person of the same name gets the next free address."""
    fill_in(it_staff, "/officials/new/", full_name="Nguyễn Văn An")

    answer = fill_in(it_staff, "/officials/new/", full_name="Nguyễn Văn An")

    assert "annv@tinh.gov.vn" not in Page(it_staff.client.get(answer.headers["Location"])).text


def test_proposals_say_how_the_name_is_read(it_staff: Somebody) -> None:
    """While the name is typed, its parts and the free addresses are shown with the reason of each."""
    page = Page(it_staff.client.get("/officials/new/"))
    data = {"csrf_token": page.token, "full_name": "Đỗ Quốc Bảo", "agency": page.forms["/officials/new/"]["agency"]}

    shown = Page(it_staff.client.post("/officials/new/proposals", data=data)).text

    assert "baodq@tinh.gov.vn" in shown
    assert "tên + chữ cái đầu" in shown


def test_known_personal_id_leads_to_its_owner(app: Flask, it_staff: Somebody) -> None:
    """Whoever is known by the personal ID number is not entered again; the form links to the record."""
    fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", personal_id="001085000123")

    answer = fill_in(it_staff, "/officials/new/", full_name="Lý Văn Bảy", personal_id="001 085 000 123")

    assert answer.status_code == 422
    assert f"/officials/{official(app, 'Lý Văn Sáu')}" in Page(answer).links


def test_wrong_value_is_told_at_its_field(it_staff: Somebody) -> None:
    """What the book refuses stands at the field it is about, and what was typed is still there."""
    answer = fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", personal_id="12")

    assert "Số định danh cá nhân có 12 chữ số" in Page(answer).text
    assert Page(answer).forms["/officials/new/"]["full_name"] == "Lý Văn Sáu"


def test_unknown_field_is_refused(it_staff: Somebody) -> None:
    """A field that the form does not have is refused, not ignored."""
    assert fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", state="active").status_code == 400


@pytest.mark.parametrize(("typed", "status"), [("31/12/1985", 303), ("1985-12-31", 303), ("31/02/1985", 422)])
def test_days_are_typed_as_in_viet_nam(it_staff: Somebody, typed: str, status: int) -> None:
    """A day is typed as dd/mm/yyyy, and one that there is not is refused."""
    assert fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", birth_date=typed).status_code == status


def test_personal_data_is_not_shown(app: Flask, it_staff: Somebody) -> None:
    """The page of an official tells that personal data is known, never what it is."""
    fields = {"personal_id": "001085000123", "phone": "0912345678", "personal_mail": "sau@vidu.vn"}
    fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", **fields)

    page = it_staff.client.get(f"/officials/{official(app, 'Lý Văn Sáu')}").get_data(as_text=True)

    assert not [value for value in fields.values() if value in page]


def test_record_is_corrected(app: Flask, it_staff: Somebody) -> None:
    """A correction shows on the page, and an empty personal field changes nothing."""
    who = official(app, "Trần Văn Đạt")

    fill_in(it_staff, f"/officials/{who}/change", full_name="Trần Văn Đạt", title="Chuyên viên", staff_number="NV7")

    page = Page(it_staff.client.get(f"/officials/{who}"))
    assert ("Chuyên viên" in page.text, "NV7" in page.text) == (True, True)


@pytest.mark.parametrize(("turns", "after"), [(["suspend"], "suspended"), (["suspend", "reinstate"], "active")])
def test_account_changes_its_state_with_a_reason(app: Flask, it_staff: Somebody, turns: list[str], after: str) -> None:
    """An account is suspended and reinstated from its page."""
    who = official(app, "Trần Văn Đạt")

    for turn in turns:
        assert fill_in(it_staff, f"/officials/{who}/{turn}", reason="QĐ 12/QĐ-SNV").status_code == 303

    assert state(app, who) == after


def test_state_does_not_change_without_a_reason(app: Flask, it_staff: Somebody) -> None:
    """Without a reason nothing happens, and the page says so."""
    who = official(app, "Trần Văn Đạt")

    answer = fill_in(it_staff, f"/officials/{who}/suspend", reason=" ")

    assert (answer.status_code, state(app, who)) == (422, "active")


def test_page_of_a_turn_tells_its_consequences(app: Flask, it_staff: Somebody) -> None:
    """Before an account is suspended, the page tells what is refused then and what goes on."""
    page = Page(it_staff.client.get(f"/officials/{official(app, 'Trần Văn Đạt')}/suspend"))

    assert "Thư vẫn đến" in page.text


def test_official_is_transferred_by_who_may_appoint_at_both(app: Flask, it_staff: Somebody) -> None:
    """A transfer leads to the agency chosen, and the address stays."""
    operator = signed_in(app, "operator", at="H36")
    who = official(app, "Trần Văn Đạt")
    with app.extensions["congvu"].outbox.transaction() as session:
        goal = agency(session, "H36").public_id

    answer = fill_in(operator, f"/officials/{who}/transfer", agency=goal, title="Phó Chánh Văn phòng")

    page = Page(operator.client.get(answer.headers["Location"]))
    assert ("Phó Chánh Văn phòng" in page.text, "dattv@tinh.gov.vn" in page.text) == (True, True)


@pytest.mark.parametrize(
    "path", ["", "/change", "/transfer", "/suspend", "/leave", "/rehire", "/rename", "/merge", "/posts/new"]
)
def test_official_of_another_agency_is_not_there(app: Flask, it_staff: Somebody, path: str) -> None:
    """Nobody outside the agencies one looks after can be seen or changed."""
    stranger = signed_in(app, None, at="H37")

    assert it_staff.client.get(f"/officials/{stranger.official}{path}").status_code == 404


def test_official_without_a_role_sees_no_list(app: Flask) -> None:
    """Without a role the list of officials is empty."""
    book_of(app, "Trần Văn Đạt")
    who = signed_in(app, None)

    assert "Trần Văn Đạt" not in Page(who.client.get("/officials")).text


def test_agency_that_one_may_not_appoint_in_is_refused(app: Flask, it_staff: Somebody) -> None:
    """Another agency than those offered is refused, in the form and below it."""
    with app.extensions["congvu"].outbox.transaction() as session:
        other = agency(session, "H37").public_id

    assert fill_in(it_staff, "/officials/new/", full_name="Lý Văn Sáu", agency=other).status_code == 422


def test_page_offers_only_what_may_be_done(app: Flask, it_staff: Somebody) -> None:
    """A head of agency, who only looks, is offered no change."""
    head = signed_in(app, "head", at=DEPARTMENT)

    page = Page(head.client.get(f"/officials/{official(app, 'Trần Văn Đạt')}"))

    decisions = ("/change", "/suspend", "/leave", "/transfer", "/posts/new", "/merge", "/rename")
    assert not [link for link in page.links if link.endswith(decisions)]
