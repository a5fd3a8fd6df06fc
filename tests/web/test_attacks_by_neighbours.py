"""Agencies whose codes look alike, ids taken from another row, programs with a wrong token: nobody gets further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor
from directory.credentials import make_api_token
from directory.credentials.tables import ApiToken
from directory.grants import Grant
from directory.lifecycle import Founding, Leaving, found_agency, leave, suspend
from provisioning.web.guard import Stage, need_of
from tests.book import LONG_AGO
from tests.web.attacked import Attacked, attacked, forms_of, posts, state_of
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, PROVINCE, Somebody, agency, seed, signed_in
from tests.web.test_attacks_from_beside import HARMLESS, NO_CHOICE, REFUSED
from tests.web.whole_forms import whole_forms

NEIGHBOURS = {
    "H36.0": ("beside, its code a beginning of the department's", PROVINCE),
    "H36.050": ("beside, its code begins like the department's", PROVINCE),
    "H36.05.12": ("below the department", DEPARTMENT),
    "H36.05.99": ("in another province, its code as if below", ELSEWHERE),
}
EVERYBODYS = {"people.show"}
"""Pages with an id that everybody signed in may open: what they show of a colleague is a policy."""
TOLD = ("Nguyễn Bị Hại", "Nguyễn Đã Đi", "vanthu.snv@tinh.gov.vn", "toanthe.snv@tinh.gov.vn")
"""What only those who look after the department read outside the telephone list."""
LISTS = (
    "/officials",
    "/role-mailboxes",
    "/mailing-lists",
    "/slips",
    "/lists",
    "/provisioning",
    "/corrections",
    "/audit",
)


@pytest.fixture
def book(app: Flask) -> Attacked:
    """Give a department with something of everything."""
    return attacked(app)


@pytest.fixture
def neighbours(app: Flask, book: Attacked) -> dict[str, Somebody]:
    """Give the operator of each agency whose code looks like the department's."""
    with app.extensions["congvu"].outbox.transaction() as session:
        wishes = [
            Founding("department", said, agency(session, above).id, code, valid_from=LONG_AGO)
            for code, (said, above) in NEIGHBOURS.items()
        ]
        found_agency(session, seed(session), wishes)
    return {code: signed_in(app, "operator", at=code) for code in NEIGHBOURS}


def test_codes_that_look_alike_reach_nothing(app: Flask, book: Attacked, neighbours: dict[str, Somebody]) -> None:
    """Who may do everything at an agency with such a code does nothing to the department: places count, not codes."""
    aimed = [rule for rule in posts(app, Stage.FULL) if rule.arguments and rule.endpoint not in HARMLESS]
    forms = [(book.address(app, rule), forms_of(app, book, rule)) for rule in aimed]
    forms += [*book.bodies.items(), *whole_forms(app, book).items()]
    tokens = {code: Page(who.client.get("/me/password")).token for code, who in neighbours.items()}
    before = state_of(app)

    answers = {
        (code, where): who.client.post(where, data={**form, "csrf_token": tokens[code]}).status_code
        for code, who in neighbours.items()
        for where, form in forms
    }

    assert len(answers) > 150
    assert {each: status for each, status in answers.items() if status not in REFUSED | NO_CHOICE} == {}
    assert {name for name, digest in state_of(app).items() if digest != before[name]} == set()


def test_codes_that_look_alike_read_nothing(app: Flask, book: Attacked, neighbours: dict[str, Somebody]) -> None:
    """No page of the department opens for them, and no list of theirs, however narrowed, names its people."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments]
    own = [rule for rule in rules if rule.endpoint not in EVERYBODYS | HARMLESS]
    pages = [
        book.address(app, rule)
        for rule in own
        if (need := need_of(app.view_functions[rule.endpoint])) and need.stage is Stage.FULL
    ]
    narrowed = [f"{each}?agency={book.ids['adoption.public_id']}" for each in LISTS]

    opened = {
        (code, where): status
        for code, who in neighbours.items()
        for where in pages
        if (status := who.client.get(where).status_code) not in REFUSED
    }
    told = {
        (code, where): said
        for code, who in neighbours.items()
        for where in [*LISTS, *narrowed, "/officials?q=Nguyen Bi Hai"]
        if (said := [each for each in TOLD if each in who.client.get(where).get_data(as_text=True)])
    }

    assert len(pages) > 30
    assert (opened, told) == ({}, {})


SWAPPED = {
    "domains.change": "agencies",
    "domains.retire": "agencies",
    "domains.place": "agencies",
    "agency_changes.take": "agencies",
    "reorganisation.change": "agencies",
    "postings.forget": "officials",
    "postings.end": "officials",
}
"""Routes that name a thing and whose it is, with where another owner is found."""


def test_thing_is_found_only_at_its_owner(app: Flask, book: Attacked) -> None:
    """A row's id under another agency or official that the same person may change too is not found, and stays."""
    client = book.operator.client
    with app.extensions["congvu"].outbox.transaction() as session:
        other = {"agencies": agency(session, PROVINCE).public_id, "officials": book.ids["other_id"]}
    aimed = {rule.endpoint: rule for rule in posts(app, Stage.FULL) if rule.endpoint in SWAPPED}
    forms = {name: forms_of(app, book, rule) for name, rule in aimed.items()}
    swapped = {
        name: replace(book, ids={**book.ids, f"{name}.public_id": other[SWAPPED[name]]}).address(app, rule)
        for name, rule in aimed.items()
    }
    token = Page(client.get("/me/password")).token
    before = state_of(app)

    answers = {
        name: client.post(swapped[name], data={**form, "csrf_token": token}).status_code for name, form in forms.items()
    }

    assert {name: status for name, status in answers.items() if status not in {404, 409}} == {}
    assert answers.keys() == SWAPPED.keys()
    assert {name for name, digest in state_of(app).items() if digest != before[name]} == set()


Wrong = Callable[[Session, Actor, ApiToken], object]


def _give_away(session: Session, _now: Actor, token: ApiToken) -> None:
    """Let the maker lose the role."""
    session.execute(update(Grant).where(Grant.account_id == token.account_id).values(valid_to=LONG_AGO))


WRONG: dict[str, tuple[Wrong, int]] = {
    "revoked": (lambda _session, now, token: setattr(token, "revoked_at", now.now), 401),
    "expired": (lambda _session, now, token: setattr(token, "expires_at", now.now - timedelta(seconds=1)), 401),
    "of somebody suspended": (lambda session, now, token: suspend(session, now, [token.account_id], "lý do"), 401),
    "of somebody who left": (
        lambda session, now, token: leave(
            session, now, [Leaving(session.get_one(Account, token.account_id).official_id)]
        ),
        401,
    ),
    "of somebody without the role": (_give_away, 404),
    "for an agency beside": (
        lambda session, _now, token: setattr(token, "agency_id", agency(session, "H36.050").id),
        404,
    ),
    "for a unit below": (
        lambda session, _now, token: setattr(
            token,
            "agency_id",
            session.scalars(select(Agency.id).where(Agency.parent_id == agency(session, DEPARTMENT).id)).first(),
        ),
        404,
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_token_reaches_no_list(app: Flask, book: Attacked, neighbours: dict[str, Somebody], wrong: str) -> None:
    """A token that is over, or whose maker or agency does not reach so far, opens no route about a list."""
    spoil, expected = WRONG[wrong]
    with app.extensions["congvu"].outbox.transaction() as session:
        here, now = agency(session, DEPARTMENT), seed(session)
        instant = datetime.now(UTC)
        maker = Actor(instant, "test", account_id=book.operator.account_id, factor_at=instant)
        made, text = make_api_token(session, maker, here.id, label="x", days=30)
        spoil(session, now, made)
    program = app.test_client()
    program.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    routes = [
        (book.address(app, rule).replace("/outcome.mail", "/outcome.csv"), method)
        for rule in app.url_map.iter_rules()
        if (need := need_of(app.view_functions[rule.endpoint])) and need.stage is Stage.TOKEN and rule.arguments
        for method in {"GET", "POST"} & set(rule.methods or ())
    ]
    before = state_of(app)

    answers = {(where, method): program.open(where, method=method).status_code for where, method in routes}

    assert len(answers) >= 5
    assert set(answers.values()) == {expected}, answers
    changed = {name for name, digest in state_of(app).items() if digest != before[name]}
    assert changed <= {"api_tokens"}, "nothing but the day of use may be noted"
