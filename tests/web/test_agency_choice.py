"""Agencies are found by typing: on their page, and in forms where a list would be too long."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.pages import Page
from tests.web.people import Somebody, book_of
from tests.web.province import app, operator, path, public

__all__ = ["app", "operator"]


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


def test_officials_of_many_agencies_are_filtered_by_typing(
    app: Flask, operator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without scripts too: what was typed for the agency is answered by links that lead to its officials."""
    monkeypatch.setattr("provisioning.web.agency_choice.MOST", 2)
    book_of(app, "Trần Văn Thử")

    found = Page(operator.client.get("/officials?in=noi+vu&state=active"))
    (way,) = {link for link in found.links if f"agency={public(app, 'H36.05')}" in link}
    shown = Page(operator.client.get(way))

    assert "state=active" in way
    assert "Chỉ cán bộ của Sở Nội vụ" in shown.text
    assert "Trần Văn Thử" in shown.text
    assert f"/officials/{operator.official}" not in shown.links
    assert f"agency={public(app, 'H36.91')}" not in "".join(found.links)


def test_filter_offers_nothing_of_others(app: Flask, operator: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agency of others is called by no words."""
    monkeypatch.setattr("provisioning.web.agency_choice.MOST", 2)

    page = Page(operator.client.get("/officials?in=khac"))

    assert f"agency={public(app, 'H37')}" not in "".join(page.links)


def test_number_that_was_posted_stands_in_no_link(
    app: Flask, operator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A personal ID number that was searched for is not carried into the addresses of the agencies offered."""
    monkeypatch.setattr("provisioning.web.agency_choice.MOST", 2)
    token = Page(operator.client.get("/officials")).token

    answer = operator.client.post("/officials", data={"csrf_token": token, "q": "036085000001", "in": "noi vu"})

    page = Page(answer)
    assert any("agency=" in link for link in page.links)
    assert not any("036085000001" in link for link in page.links)
