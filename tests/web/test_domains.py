"""The pages of mail domains, and of an official's further addresses."""

from __future__ import annotations

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
