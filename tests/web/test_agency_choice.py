"""Agencies are found by typing: on their page, and in forms where a list would be too long."""

from __future__ import annotations

import pytest
from flask import Flask

from directory.lifecycle import Founding, found_agency
from tests.book import LONG_AGO
from tests.web.pages import Page
from tests.web.people import Somebody, agency, seed, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province, which has two more departments."""
    somebody = signed_in(app, "operator", at="H36")
    with app.extensions["congvu"].outbox.transaction() as session:
        parent = agency(session, "H36").id
        wishes = [
            Founding("department", name, parent, code, valid_from=LONG_AGO)
            for name, code in (("Sở Mới", "H36.90"), ("Sở Khác", "H36.91"))
        ]
        found_agency(session, seed(session), wishes)
    return somebody


def public(app: Flask, code: str) -> str:
    """Give the id of an agency that stands in addresses."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return agency(session, code).public_id


def path(app: Flask, code: str) -> str:
    """Give the address of an agency's page."""
    return f"/agencies/{public(app, code)}"


def test_agency_is_searched_for(app: Flask, operator: Somebody) -> None:
    """The page of agencies finds one by what is typed."""
    page = Page(operator.client.get("/agencies?q=so noi vu"))

    assert path(app, "H36.05") in page.links
    assert path(app, "H36.90") not in page.links


def test_many_agencies_are_searched_in_forms(app: Flask, operator: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where agencies are too many for a list the form has a field to search in, and takes what was found."""
    monkeypatch.setattr("provisioning.web.agency_choice.MOST", 2)
    move = path(app, "H36.05") + "/move"

    page = operator.client.get(move)
    found = operator.client.get("/agency-choice?name=parent&action=agency&q=so moi").get_data(as_text=True)
    answer = operator.client.post(move, data={"csrf_token": Page(page).token, "parent": public(app, "H36.90")})

    assert "/agency-choice?name=parent" in page.get_data(as_text=True)
    assert (public(app, "H36.90") in found, public(app, "H36.91") in found) == (True, False)
    assert answer.status_code == 303


def test_what_is_ticked_stays_while_one_searches_on(app: Flask, operator: Somebody) -> None:
    """An agency that is ticked stays in front, whatever is searched for next."""
    ticked = public(app, "H36.91")

    found = operator.client.get(f"/agency-choice?name=into&many=1&action=agency&q=so moi&into={ticked}")

    assert f'value="{ticked}" checked' in found.get_data(as_text=True)


@pytest.mark.parametrize("question", ["name=a b&action=agency", "name=into&action=none", "action=agency", "name=x"])
def test_made_up_question_is_refused(app: Flask, operator: Somebody, question: str) -> None:
    """A field or a right that there is not is no question."""
    assert operator.client.get(f"/agency-choice?{question}").status_code == 400


def test_search_shows_nothing_of_others(app: Flask, operator: Somebody) -> None:
    """Neither typing nor ticking shows an agency of others."""
    foreign = public(app, "H37")

    answer = operator.client.get(f"/agency-choice?name=into&many=1&action=agency&q=Khác&into={foreign}")

    assert "Tỉnh Khác" not in answer.get_data(as_text=True)
