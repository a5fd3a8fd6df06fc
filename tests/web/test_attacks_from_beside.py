"""Every route that changes something of a department, by people who have no business there: nothing happens."""

from __future__ import annotations

import pytest
from flask import Flask

from provisioning.web.guard import Stage
from tests.web.attacked import Attacked, attacked, forms_of, posts, state_of
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, signed_in
from tests.web.whole_forms import entries, whole_forms

REFUSED = {400, 403, 404, 409}
NO_CHOICE = {422}
"""What a form answers in which an agency or a person is named that is none of those one may choose."""
HARMLESS = {"policies.naming_examples", "my_contacts.put", "my_contacts.remove", "my_corrections.send"}
"""Views that change nothing, or nothing but the visitor's own record, whatever their address names."""
COUNTING = {"adoption.count"}
"""What whoever only looks on may do."""
ATTACKERS: dict[str, tuple[str | None, str, set[str]]] = {
    "operator of another province": ("operator", ELSEWHERE, set()),
    "agency IT of another province": ("agency_it", ELSEWHERE, set()),
    "HR of another province": ("hr", ELSEWHERE, set()),
    "official without a role": (None, DEPARTMENT, set()),
    "auditor of the department": ("auditor", DEPARTMENT, COUNTING),
    "head of the department": ("head", DEPARTMENT, COUNTING),
}


@pytest.fixture
def book(app: Flask) -> Attacked:
    """Give a department with something of everything."""
    return attacked(app)


def test_nothing_of_the_department_is_changed(app: Flask, book: Attacked) -> None:
    """Forms as the operator of the province would send them are refused to all others, and no table has changed."""
    aimed = [rule for rule in posts(app, Stage.FULL) if rule.arguments and rule.endpoint not in HARMLESS]
    forms = [(rule.endpoint, book.address(app, rule), forms_of(app, book, rule)) for rule in aimed]
    forms += [("", where, form) for where, form in book.bodies.items()]
    clients = {name: signed_in(app, role, at=place).client for name, (role, place, _) in ATTACKERS.items()}
    tokens = {name: Page(client.get("/me/password")).token for name, client in clients.items()}
    before = state_of(app)

    answers = {
        (name, where): clients[name].post(where, data={**form, "csrf_token": tokens[name]}).status_code
        for name, (_, _, may) in ATTACKERS.items()
        for endpoint, where, form in forms
        if endpoint not in may
    }

    assert len(answers) > 300
    assert {each: status for each, status in answers.items() if status not in REFUSED | NO_CHOICE} == {}
    assert {name for name, digest in state_of(app).items() if digest != before[name]} == set()


def test_whole_forms_are_refused_for_who_sends_them(app: Flask, book: Attacked) -> None:
    """A form with every field right is refused to each of them, by where they stand and not by what they wrote."""
    forms = whole_forms(app, book)
    clients = {name: signed_in(app, role, at=place).client for name, (role, place, _) in ATTACKERS.items()}
    tokens = {name: Page(client.get("/me/password")).token for name, client in clients.items()}
    before = state_of(app)

    answers = {
        (name, where): client.post(where, data={**form, "csrf_token": tokens[name]}).status_code
        for name, client in clients.items()
        for where, form in forms.items()
    }

    assert {each: status for each, status in answers.items() if status not in {403, 404} | NO_CHOICE} == {}
    assert {name for name, digest in state_of(app).items() if digest != before[name]} == set()


def test_whole_forms_are_taken_from_the_operator(app: Flask, book: Attacked) -> None:
    """The same forms do what they ask for whoever may: else nothing would be shown by refusing them to others."""
    forms = whole_forms(app, book)
    client = book.operator.client
    token = Page(client.get("/me/password")).token

    answers = {
        where: client.post(where, data={**form, "csrf_token": token}).status_code for where, form in forms.items()
    }

    assert {where: status for where, status in answers.items() if status not in {200, 303}} == {}


def test_nothing_of_others_rides_along_with_ones_own(app: Flask) -> None:
    """Of entries of which one is another province's none is decided, though all the others are one's own."""
    others, own = entries(app), entries(app, ELSEWHERE)
    client = signed_in(app, "operator", at=ELSEWHERE).client
    token = Page(client.get("/me/password")).token
    before = state_of(app)

    answers = {
        where: client.post(where, data={"csrf_token": token, name: [*form[name], *others[where][name]]}).status_code
        for where, form in own.items()
        for name in form
    }
    refused = state_of(app)
    alone = {where: client.post(where, data={**form, "csrf_token": token}).status_code for where, form in own.items()}

    assert answers == dict.fromkeys(own, 404)
    assert {name for name, digest in refused.items() if digest != before[name]} == set()
    assert alone == dict.fromkeys(own, 303)


def test_value_sent_twice_is_refused(app: Flask, book: Attacked) -> None:
    """A parameter that comes twice, in the form or beside it in the address, is refused by every route."""
    client = book.operator.client
    token = Page(client.get("/me/password")).token
    routes = [rule for rule in posts(app, Stage.FULL) if rule.endpoint not in HARMLESS]
    where = [book.address(app, rule) for rule in routes]
    before = state_of(app)

    twice = {each: client.post(each, data={"csrf_token": token, "reason": ["a", "b"]}).status_code for each in where}
    split = {
        each: client.post(f"{each}?reason=a", data={"csrf_token": token, "reason": "b"}).status_code for each in where
    }

    assert {each: status for each, status in (twice | split).items() if status != 400} == {}
    assert state_of(app) == before


def test_no_column_is_set_by_its_name(app: Flask, book: Attacked) -> None:
    """Of all columns that there are, sent along with a form that is right, none is taken."""
    client = book.operator.client
    routes = [
        rule for rule in posts(app, Stage.FULL) if rule.endpoint not in HARMLESS and "GET" in (rule.methods or ())
    ]
    forms = {book.address(app, rule): forms_of(app, book, rule) for rule in routes if rule.arguments}
    token = Page(client.get("/me/password")).token
    before = state_of(app)

    answers = {
        where: client.post(where, data={**dict.fromkeys(book.columns, "1"), **form, "csrf_token": token}).status_code
        for where, form in forms.items()
    }

    assert {where: status for where, status in answers.items() if status not in REFUSED | NO_CHOICE} == {}
    assert {name for name, digest in state_of(app).items() if digest != before[name]} == set()
