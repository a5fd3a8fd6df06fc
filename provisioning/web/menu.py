"""The menu: which places of the portal someone's roles open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request, url_for
from flask_login import current_user

from directory.grants import ROLES, Action
from directory.people import count_waiting_corrections
from provisioning.languages import N_
from provisioning.web.guard import Stage, need_of
from provisioning.web.request import actor, book, is_htmx


@dataclass(frozen=True)
class Place:
    """One line of the menu."""

    endpoint: str
    name: str
    icon: str
    action: Action | None = None
    """The right that opens it; None: everybody's."""


PLACES = (
    Place("home.start", N_("Start"), "home"),
    Place("people.index", N_("Colleagues"), "book"),
    Place("officials.index", N_("Officials"), "users", Action.VIEW),
    Place("corrections.index", N_("Corrections"), "list-check", Action.APPOINT),
    Place("agencies.index", N_("Agencies"), "sitemap", Action.VIEW),
    Place("role_mailboxes.index", N_("Role mailboxes"), "mailbox", Action.ROLE_MAILBOX),
    Place("mailing_lists.index", N_("Mailing lists"), "mail", Action.MAILING_LIST),
    Place("lists.index", N_("Staff lists"), "file-spreadsheet", Action.IMPORT),
    Place("slips.index", N_("Activation slips"), "printer", Action.CREDENTIAL),
    Place("adoption.index", N_("Adoption"), "chart-bar", Action.ADOPTION),
    Place("provisioning.index", N_("Provisioning"), "server", Action.PROVISIONING),
    Place("tokens.index", N_("API tokens"), "api", Action.TOKEN),
    Place("audit.index", N_("Audit"), "history", Action.AUDIT),
    Place("me.index", N_("My account"), "user-circle"),
)


def actions() -> frozenset[Action]:
    """Give what the roles of whoever signed in allow anywhere; where exactly, the book decides."""
    roles = current_user.roles if current_user.is_authenticated else ()
    return frozenset(action for role in roles for action in ROLES[role])


def places() -> list[Place]:
    """Give the menu of whoever signed in; before the second factor there is none."""
    if not current_user.is_authenticated or current_user.stage != "full":
        return []
    allowed = actions()
    return [place for place in PLACES if has_view(place.endpoint) and (place.action is None or place.action in allowed)]


def count() -> None:
    """Note what waits, for the menu of the page that is asked for.

    Before the view opens its transaction: a second one inside it would hold two connections for one request.
    """
    need = need_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    is_page = request.method == "GET" and not is_htmx() and need is not None and need.stage is Stage.FULL
    if is_page and Action.APPOINT in actions():
        with book() as session:
            g.waiting = {"corrections.index": count_waiting_corrections(session, actor())}


def how_many_wait(endpoint: str) -> int:
    """Give how much waits at a place of the menu; it is counted up to a hundred."""
    found: dict[str, int] = g.get("waiting", {})
    return found.get(endpoint, 0)


def has_view(endpoint: str) -> bool:
    """Say whether this application has a view."""
    return endpoint in current_app.view_functions


def is_here(place: Place) -> bool:
    """Say whether the page belongs to this place."""
    top = url_for(place.endpoint)
    return request.path == top or (top != "/" and request.path.startswith(top.rstrip("/") + "/"))
