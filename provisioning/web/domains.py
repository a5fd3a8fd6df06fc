"""Mail domains of an agency: how many addresses each has, which one new addresses are made in, and how one retires."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from directory.base import Actor
from directory.domain_use import DomainUse, domains_of_agency
from directory.errors import DomainOnceAnothers, NotAllowed, NotFound
from directory.grants import Action, can
from directory.lifecycle import (
    NewDomain,
    Placement,
    Retirement,
    add_domain,
    can_place,
    keep_domain,
    place_domain,
    prefer_domain,
    retire_domain,
)
from directory.targets import DEFAULT
from provisioning.languages import N_
from provisioning.web.agency_forms import Named, agency_seen, answered_about
from provisioning.web.forms import DayField, Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book, service

blueprint = Blueprint("domains", __name__, url_prefix="/agencies/<public_id>/domains")


class NewMailDomain(Form):
    """A mail domain."""

    domain = line(N_("Domain"), required=True, limit=253)
    is_primary = BooleanField(lazy_gettext(N_("New addresses of the agency are made in it")), default=True)


class Placed(Form):
    """On which LDAP server a domain is."""

    target = SelectField(lazy_gettext(N_("LDAP server")))


class RetiredDomain(NewMailDomain):
    """A mail domain that was somebody's before."""

    knows_past = BooleanField(lazy_gettext(N_("I know whose domain this was, and want it to become active again")))
    target = SelectField(lazy_gettext(N_("LDAP server")))


class LastDay(Form):
    """Until when a domain receives."""

    receives_until = DayField(N_("Last day on which it receives mail"))


@blueprint.get("")
@needs(Stage.FULL)
def index(public_id: str) -> str:
    """List the agency's domains with how many addresses each has."""
    agency = agency_seen(public_id)
    with book() as session:
        return render_template(
            "agencies/domains.html",
            agency=agency,
            domains=domains_of_agency(session, actor(), agency.id),
            may_change=can(session, actor(), Action.AGENCY, agency.id),
            has_servers=len(service().targets) > 1,
            may_place=len(service().targets) > 1 and can_place(session, actor(), agency.id),
        )


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new(public_id: str) -> Response | tuple[str, int]:
    """Add a mail domain; one that was somebody's before only after its past was told."""
    agency = agency_seen(public_id)
    form = RetiredDomain()
    with book() as session:
        may_place = len(service().targets) > 1 and can_place(session, actor(), agency.id)
    if may_place:
        form.target.choices = [("", gettext(N_("The main one, or where it was before"))), *_servers()]
    else:
        del form.target
    told: list[bool] = [bool(form.knows_past.data)]

    def act(session: Session) -> None:
        knows = bool(form.knows_past.data)
        target = form.target.data or None if "target" in form else None
        wish = NewDomain(agency.id, form.domain.data or "", form.is_primary.data, knows_past=knows, target=target)
        try:
            add_domain(session, actor(), [wish])
        except DomainOnceAnothers:
            told.append(True)
            raise

    done = N_("The domain is added; it receives mail within seconds.")
    if carried_out(form, act):
        flash(gettext(done), "success")
        return redirect(url_for("agencies.show", public_id=public_id), 303)
    return shown("agencies/domain.html", form, agency=agency, was_told=any(told))


@blueprint.route("/<name>/retire", methods=["GET", "POST"])
@needs(Stage.FULL)
def retire(public_id: str, name: str) -> Response | tuple[str, int]:
    """Say what it means that a domain retires, and let it; said again, another day holds."""
    agency, domain = _domain(public_id, name)
    form = LastDay(data={"receives_until": domain.receives_until})

    def act(session: Session) -> None:
        retire_domain(session, actor(), [Retirement(domain.id, form.receives_until.data)])

    done = N_("The domain retires. It gives no new addresses, and receives until the day you set.")
    return answered_about("agencies/retire_domain.html", agency, form, act, done, domain=domain)


@blueprint.route("/<name>/server", methods=["GET", "POST"])
@needs(Stage.FULL)
def place(public_id: str, name: str) -> Response | tuple[str, int]:
    """Say what it takes for a domain to be on another LDAP server, and put one there of which nothing is left."""
    agency, domain = _domain(public_id, name)
    with book() as session:
        if not can_place(session, actor(), agency.id):
            raise NotAllowed
    form = Placed()
    form.target.choices = [each for each in _servers() if each[0] != domain.target]

    def act(session: Session) -> None:
        place_domain(session, actor(), [Placement(domain.id, form.target.data)])

    done = N_("The domain is on the other server now. Add it again to have it become active there.")
    is_empty = domain.state == "retired" and not domain.primary + domain.others + domain.quarantined
    return answered_about("agencies/place_domain.html", agency, form, act, done, domain=domain, is_empty=is_empty)


@blueprint.post("/<name>/<any(keep, prefer):what>")
@needs(Stage.FULL)
def change(public_id: str, name: str, what: str) -> Response:
    """Use a retiring domain as before, or make new addresses in this one."""
    verbs: dict[str, tuple[Callable[[Session, Actor, Sequence[int]], None], str]] = {
        "keep": (keep_domain, N_("The domain is used as before.")),
        "prefer": (prefer_domain, N_("New addresses are made in this domain from now on.")),
    }
    _, domain = _domain(public_id, name)
    verb, done = verbs[what]
    with book() as session:
        verb(session, actor(), [domain.id])
    flash(gettext(done), "success")
    return redirect(url_for(".index", public_id=public_id), 303)


def _servers() -> list[tuple[str, str]]:
    """Give the LDAP servers that the settings describe, with what they are called."""
    return [
        (name, gettext(N_("Main LDAP server")) if name == DEFAULT else gettext(N_("LDAP server {name}"), name=name))
        for name in service().targets
    ]


def _domain(public_id: str, name: str) -> tuple[Named, DomainUse]:
    """Find a domain of the agency of the address."""
    agency = agency_seen(public_id)
    with book() as session:
        for domain in domains_of_agency(session, actor(), agency.id):
            if domain.name == name:
                return agency, domain
    raise NotFound
