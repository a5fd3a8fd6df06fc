"""A form about one agency: found by the id in the address, shown, carried out, and back to the agency's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from directory.agencies import agency_by_public_id
from directory.errors import NotFound
from directory.grants import Action, can
from provisioning.web.forms import Form, carried_out, shown
from provisioning.web.language import gettext
from provisioning.web.request import actor, book


@dataclass(frozen=True)
class Named:
    """The agency that a form is about."""

    id: int
    public_id: str
    name: str
    short_name: str | None
    code: str | None


def agency_seen(public_id: str) -> Named:
    """Find the agency of the address, among those the actor may see."""
    with book() as session:
        agency = agency_by_public_id(session, public_id)
        if not can(session, actor(), Action.VIEW, agency.id):
            raise NotFound
        return Named(agency.id, agency.public_id, agency.name, agency.short_name, agency.code)


def answered_about(
    template: str, agency: Named, form: Form, act: Callable[[Session], None], done: str, **more: object
) -> Response | tuple[str, int]:
    """Show a form about an agency, or carry it out and go back to the agency."""
    if carried_out(form, act):
        flash(gettext(done), "success")
        return redirect(url_for("agencies.show", public_id=agency.public_id), 303)
    return shown(template, form, agency=agency, **more)
