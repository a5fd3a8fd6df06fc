"""The pages of mail domains, and of an official's further addresses."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text

from tests.web.pages import Page
from tests.web.people import Somebody, fill_in
from tests.web.province import app, operator, path

__all__ = ["app", "operator"]


def test_domain_retires_by_page(app: Flask, operator: Somebody) -> None:
    """A domain retires after its page said what that brings, and is kept again by a button."""
    domains = path(app, "H36") + "/domains"
    fill_in(operator, domains + "/tinh.gov.vn/retire", receives_until="30/06/2030")
    retiring = Page(operator.client.get(domains))

    operator.client.post(domains + "/tinh.gov.vn/keep", data={"csrf_token": retiring.token})

    assert "nhận thư đến 30/06/2030" in retiring.text
    assert "30/06/2030" not in Page(operator.client.get(domains)).text


def test_retired_domain_comes_back_only_knowingly(app: Flask, operator: Somebody) -> None:
    """Adding a domain that was another agency's is refused until one says that one knows."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(text("UPDATE domains SET state = 'retired' WHERE name = 'tinh.gov.vn'"))
    new = path(app, "H36.05") + "/domains/new"

    first = fill_in(operator, new, domain="tinh.gov.vn")
    second = fill_in(operator, new, domain="tinh.gov.vn", knows_past="y")

    assert (first.status_code, second.status_code) == (422, 303)
    assert "Tỉnh Một" in Page(first).text


def test_official_gets_another_address(app: Flask, operator: Somebody) -> None:
    """An alias is added on a page of its own and stands in the record."""
    answer = fill_in(operator, f"/officials/{operator.official}/addresses/new", address="anhdao@tinh.gov.vn")

    assert "anhdao@tinh.gov.vn" in Page(operator.client.get(answer.headers["Location"])).text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("retiring", "còn nhận được đến hết 30/06/2030"),
        ("retired", "bị từ chối vì tên miền đã ngừng"),
        ("active", None),
    ],
)
def test_record_says_that_the_domain_of_the_address_ends(
    app: Flask, operator: Somebody, state: str, said: str | None
) -> None:
    """Beside an active account its page says until when mail arrives, or that none does."""
    with app.extensions["congvu"].outbox.transaction() as session:
        day = None if state == "active" else date(2030, 6, 30)
        session.execute(
            text("UPDATE domains SET state = :state, receives_until = :day WHERE name = 'tinh.gov.vn'"),
            {"state": state, "day": day},
        )

    page = Page(operator.client.get(f"/officials/{operator.official}")).text

    assert (said in page) if said else ("Thư gửi đến" not in page)


def test_role_mailbox_and_list_say_that_their_domain_has_retired(app: Flask, operator: Somebody) -> None:
    """A mailbox and a list that nothing reaches any more say so, and what to do."""
    where = path(app, "H36.05").rpartition("/")[2]
    mailbox = fill_in(operator, "/role-mailboxes/new", agency=where, name="Văn thư", address="vanthu@tinh.gov.vn")
    some = fill_in(operator, "/mailing-lists/new", agency=where, name="Toàn thể", address="toanthe@tinh.gov.vn")
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(text("UPDATE domains SET state = 'retired' WHERE name = 'tinh.gov.vn'"))

    pages = [Page(operator.client.get(answer.headers["Location"])).text for answer in (mailbox, some)]

    assert "Hãy thêm một địa chỉ trong tên miền đang dùng" in pages[0]
    assert "Hãy thêm một địa chỉ trong tên miền đang dùng làm địa chỉ chính thức" in pages[1]
