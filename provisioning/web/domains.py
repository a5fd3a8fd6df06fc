"""Mail domains of an agency: how many addresses each has, which one new addresses are made in, and how one retires."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField

from directory.base import Actor
from directory.domain_use import DomainUse, domains_of_agency
from directory.errors import DomainOnceAnothers, NotFound
from directory.grants import Action, can
from directory.lifecycle import NewDomain, Retirement, add_domain, keep_domain, prefer_domain, retire_domain
from provisioning.languages import N_
from provisioning.web.agency_forms import Named, agency_seen, answered_about
from provisioning.web.forms import DayField, Form, carried_out, line, shown
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("domains", __name__, url_prefix="/agencies/<public_id>/domains")


class NewMailDomain(Form):
    """A mail domain."""

    domain = line(N_("Domain"), required=True, limit=253)
    is_primary = BooleanField(lazy_gettext(N_("New addresses of the agency are made in it")), default=True)


class RetiredDomain(NewMailDomain):
    """A mail domain that was somebody's before."""

    knows_past = BooleanField(lazy_gettext(N_("I know whose domain this was, and want it to become active again")))


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
        )


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Stage.FULL)
def new(public_id: str) -> Response | tuple[str, int]:
    """Add a mail domain; one that was somebody's before only after its past was told."""
    agency = agency_seen(public_id)
    form = RetiredDomain()
    told: list[bool] = [bool(form.knows_past.data)]

    def act(session: Session) -> None:
        knows = bool(form.knows_past.data)
        wish = NewDomain(agency.id, form.domain.data or "", is_primary=form.is_primary.data, knows_past=knows)
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


def _domain(public_id: str, name: str) -> tuple[Named, DomainUse]:
    """Find a domain of the agency of the address."""
    agency = agency_seen(public_id)
    with book() as session:
        for domain in domains_of_agency(session, actor(), agency.id):
            if domain.name == name:
                return agency, domain
    raise NotFound
