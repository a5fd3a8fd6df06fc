"""Activation slips: choose who gets one, and take the PDF to the printer."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from werkzeug.wrappers import Response
from wtforms import SelectField, SelectMultipleField

from directory.accounts import Account
from directory.agencies import agency_by_public_id
from directory.credentials import Slip, issue_slips
from directory.grants import Action
from directory.people import waiting
from directory.staff_lists.tables import StaffList, StaffListRow
from provisioning.languages import N_
from provisioning.web.agency_choice import agency_choices
from provisioning.web.forms import Form
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, instant, lazy_gettext
from provisioning.web.paper import printed
from provisioning.web.request import actor, book, link

blueprint = Blueprint("slips", __name__, url_prefix="/slips")

_ON_A_PAGE = 80
"""Ten sheets of eight slips."""


class Filter(Form):
    """Whose slips."""

    class Meta(Form.Meta):
        """A filter changes nothing, so it carries no token."""

        csrf = False

    agency = SelectField(lazy_gettext(N_("Agency and everything below it")))


class Chosen(Form):
    """The accounts that get a slip."""

    number = SelectMultipleField(lazy_gettext(N_("Officials")), validate_choice=False)


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """List who waits for a slip: in an agency, of a staff list, or the one whose page led here."""
    form = Filter(request.args)
    with book() as session:
        choices = agency_choices(session, actor(), Action.CREDENTIAL, form.agency.data)
        form.agency.choices = choices.after(("", gettext(N_("All agencies I look after"))))
        agency = agency_by_public_id(session, form.agency.data) if form.agency.data else None
        wanted, number = request.args.get("list"), request.args.get("account")
        text, after = request.args.get("q", "").strip(), request.args.get("after")
        page = waiting(
            session,
            actor(),
            text,
            agency.id if agency else None,
            after,
            officials=_owner(number) if number else _newcomers(wanted) if wanted else None,
            limit=_ON_A_PAGE,
        )
    asked: dict[str, Any] = {
        "agency": form.agency.data or None,
        "list": wanted or None,
        "account": number or None,
        "q": text or None,
    }
    return render_template(
        "slips/index.html",
        form=form,
        rows=page.lines,
        list=wanted,
        account=number,
        text=text,
        is_asked=bool(text or form.agency.data or number),
        next_url=page.after and url_for(".index", **asked, after=page.after),
        first_url=after and url_for(".index", **asked),
    )


def _newcomers(staff_list: str) -> Select[int | None]:
    """Select the officials whom a staff list brought."""
    return (
        select(StaffListRow.official_id)
        .join(StaffList, StaffList.id == StaffListRow.list_id)
        .where(StaffList.public_id == staff_list, StaffListRow.kind == "create", StaffListRow.applied_at.is_not(None))
    )


def _owner(number: str) -> Select[int]:
    """Select the official whose account has this number."""
    return select(Account.official_id).where(Account.number == number)


@blueprint.post("/print")
@needs(Stage.FULL, many=("number",))
def print_slips() -> Response:
    """Issue the slips that were chosen and give them as a PDF; a slip printed before is worthless from now on."""
    form = Chosen()
    if not form.validate_on_submit() or not form.number.data:
        flash(gettext(N_("Choose at least one official.")), "warning")
        return redirect(url_for("slips.index"), 303)
    with book() as session:
        slips = issue_slips(session, actor(), set(form.number.data))
    return printed("slips.typ", _sheet(slips), f"phieu-kich-hoat-{actor().today:%Y%m%d}.pdf")


def _sheet(slips: list[Slip]) -> dict[str, object]:
    """Give what the sheet says, in the language of the page."""
    words = {
        "title": gettext(N_("Account activation slip")),
        "code": gettext(N_("One-time code")),
        "how": gettext(N_("Scan the QR code with your phone, or open {address} and type the code.")).format(
            address=link("/activate")
        ),
        "then": gettext(N_("You choose the password yourself and add a second factor. Have your phone at hand.")),
        "secret": gettext(N_("For this person only. Nobody may ask you for this code. Destroy it after use.")),
        "until": gettext(N_("Valid until")),
        "number": gettext(N_("Account number")),
    }
    return {"words": words, "slips": [_slip(slip) for slip in slips]}


def activation_address(code: str) -> str:
    """Give what the QR code carries: the code stands in the fragment, which no browser sends and no log has."""
    return link(f"/activate#{code}")


def _slip(slip: Slip) -> dict[str, str]:
    """Give what stands on one slip."""
    address = activation_address(slip.code)
    return {
        "code": slip.code,
        "name": slip.name,
        "agency": slip.agency,
        "address": slip.address,
        "number": slip.number,
        "until": instant(slip.until),
        "picture": segno.make(address, error="m").svg_inline(border=0, dark="#000"),
    }
