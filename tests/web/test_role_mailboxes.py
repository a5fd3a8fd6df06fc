"""The pages of role mailboxes: opened, handed over, their holders from and to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from directory.base import vietnamese_day
from tests.web.pages import Page
from tests.web.people import Somebody, agency, fill_in, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def it_staff(app: Flask) -> Somebody:
    """Give somebody of the department's IT staff."""
    return signed_in(app, "agency_it")


def opened(app: Flask, who: Somebody, holder: str = "") -> str:
    """Open a role mailbox of the department and give the address of its page."""
    with app.extensions["congvu"].outbox.transaction() as session:
        where = agency(session, "H36.05").public_id
    fields = {"agency": where, "name": "Văn thư", "address": "vanthu.snv@tinh.gov.vn", "holder": holder}
    return str(fill_in(who, "/role-mailboxes/new", **fields).headers["Location"])


def test_empty_list_says_what_to_do(it_staff: Somebody) -> None:
    """Without role mailboxes the list leads to the form for one."""
    page = Page(it_staff.client.get("/role-mailboxes"))

    assert "Chưa có hộp thư cơ quan" in page.text
    assert "/role-mailboxes/new" in page.links


def test_new_role_mailbox_stands_in_the_list(app: Flask, it_staff: Somebody) -> None:
    """A role mailbox is listed with its address and holder."""
    opened(app, it_staff, it_staff.number)

    text = Page(it_staff.client.get("/role-mailboxes")).text

    assert "Văn thư" in text
    assert "vanthu.snv@tinh.gov.vn Sở Nội vụ Lê Thị Ánh Đào" in " ".join(text.split())


def test_taken_address_is_refused(app: Flask, it_staff: Somebody) -> None:
    """A second role mailbox cannot have the address of the first."""
    opened(app, it_staff)
    with app.extensions["congvu"].outbox.transaction() as session:
        where = agency(session, "H36.05").public_id

    answer = fill_in(
        it_staff, "/role-mailboxes/new", agency=where, name="Khác", address="vanthu.snv@tinh.gov.vn", holder=""
    )

    assert answer.status_code == 422
    assert "vanthu.snv@tinh.gov.vn" in Page(answer).text


def test_hand_over_ends_one_holding_and_begins_another(app: Flask, it_staff: Somebody) -> None:
    """After a hand-over the page shows who held the mailbox and who holds it."""
    successor = signed_in(app, None)
    where = opened(app, it_staff, it_staff.number)

    fill_in(it_staff, where + "/hand-over", keep=[], comes=successor.number)

    text = Page(it_staff.client.get(where)).text
    assert ("Đang giữ" in text, "Đã thôi giữ" in text) == (True, True)


def test_whoever_is_ticked_keeps_it(app: Flask, it_staff: Somebody) -> None:
    """A second holder can come while the first one stays."""
    second = signed_in(app, None)
    where = opened(app, it_staff, it_staff.number)

    fill_in(it_staff, where + "/hand-over", keep=[it_staff.number], comes=second.number)

    text = Page(it_staff.client.get(where)).text
    assert (text.count("Đang giữ"), "Đã thôi giữ" in text) == (2, False)


def test_holder_sees_the_mailbox(app: Flask, it_staff: Somebody) -> None:
    """Whoever holds a role mailbox sees its page without any role."""
    holder = signed_in(app, None)

    where = opened(app, it_staff, holder.number)

    assert holder.client.get(where).status_code == 200


def test_others_do_not_see_it(app: Flask, it_staff: Somebody) -> None:
    """A colleague who neither holds the mailbox nor has a role does not find it."""
    colleague = signed_in(app, None)

    where = opened(app, it_staff)

    assert colleague.client.get(where).status_code == 404


def test_mailbox_is_handed_over_on_a_day(app: Flask, it_staff: Somebody) -> None:
    """A hand-over to come is shown with the next holder, and the present one goes on until then."""
    successor = signed_in(app, None)
    where = opened(app, it_staff, it_staff.number)
    day = vietnamese_day(datetime.now(UTC)) + timedelta(days=7)

    fill_in(it_staff, where + "/hand-over", keep=[], comes=successor.number, since=f"{day:%d/%m/%Y}")

    text = Page(it_staff.client.get(where)).text
    assert ("Đang giữ" in text, "Sẽ giữ" in text, f"{day:%d/%m/%Y}" in text) == (True, True, True)


def test_role_mailbox_gets_another_address(app: Flask, it_staff: Somebody) -> None:
    """A further address stands on the page beside the first."""
    where = opened(app, it_staff)

    fill_in(it_staff, where + "/addresses", address="baocao.snv@tinh.gov.vn")

    text = Page(it_staff.client.get(where)).text
    assert ("vanthu.snv@tinh.gov.vn" in text, "baocao.snv@tinh.gov.vn" in text) == (True, True)


def test_role_mailbox_gets_another_official_address(app: Flask, it_staff: Somebody) -> None:
    """The form makes the new address the official one, and the page shows the former one beside it."""
    where = opened(app, it_staff)

    fill_in(it_staff, where + "/addresses", address="baocao.snv@tinh.gov.vn", is_primary="y")

    shown = Page(it_staff.client.get(where)).text.split("vanthu.snv@tinh.gov.vn")
    assert "Địa chỉ thư công vụ baocao.snv@tinh.gov.vn" in " ".join(shown[0].split())


def test_role_mailbox_is_closed_after_a_warning(app: Flask, it_staff: Somebody) -> None:
    """The page says who loses it and what happens to the address; then nothing more can be done with it."""
    where = opened(app, it_staff, it_staff.number)
    warning = Page(it_staff.client.get(where + "/close")).text
    assert ("không hoàn tác được" in warning, "cách ly" in warning) == (True, True)

    assert fill_in(it_staff, where + "/close", reason="Giải thể").status_code == 303

    page = Page(it_staff.client.get(where))
    assert "Đã đóng" in page.text
    assert not [link for link in page.links if link.endswith(("/hand-over", "/close", "/addresses"))]
    assert it_staff.client.get(where + "/hand-over").status_code == 200
    assert fill_in(it_staff, where + "/hand-over", comes=it_staff.number).status_code == 422


@pytest.mark.parametrize("path", ["", "/close", "/addresses", "/hand-over"])
def test_mailbox_of_another_agency_is_not_there(app: Flask, it_staff: Somebody, path: str) -> None:
    """Nobody outside the agencies one looks after sees or changes a role mailbox."""
    where = opened(app, it_staff)
    stranger = signed_in(app, "agency_it", at="H37")

    assert stranger.client.get(where + path).status_code == 404
