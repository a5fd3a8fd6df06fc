"""A new official by hand: the form, the addresses proposed while the name is typed, the one already known."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from directory.agencies import Agency, agency_by_public_id
from directory.errors import DirectoryError, OfficialExists
from directory.grants import Action
from directory.lifecycle import Newcomer, appoint, propose
from directory.lifecycle.doubts import Doubt, doubts_about_newcomers
from directory.naming import split_name
from directory.officials import CATEGORIES
from provisioning.languages import N_
from provisioning.web.agency_choice import offer_agencies
from provisioning.web.forms import DayField, answered, line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.once import OnceForm, make_once
from provisioning.web.request import actor, book
from provisioning.web.words import choices

blueprint = Blueprint("newcomers", __name__, url_prefix="/officials/new")


class NewOfficial(OnceForm):
    """What is known of a newcomer; only the name and the agency are needed."""

    agency = SelectField(lazy_gettext(N_("Agency")))
    full_name = line(N_("Full name"), required=True, limit=100, render_kw={"autocomplete": "off"})
    family = line(N_("Family name"), limit=100, render_kw={"autocomplete": "off"})
    middle = line(N_("Middle name"), limit=100, render_kw={"autocomplete": "off"})
    given = line(N_("Given name"), limit=100, render_kw={"autocomplete": "off"})
    title = line(N_("Post"))
    category = SelectField(lazy_gettext(N_("Category")), choices=choices("category"), default=CATEGORIES[1])
    rank = line(N_("Rank"), limit=40)
    valid_from = DayField(N_("In office from"))
    sex = SelectField(lazy_gettext(N_("Sex")), choices=[*options([("", "–")]), *choices("sex")])
    birth_date = DayField(N_("Birth date"))
    personal_id = line(N_("Personal ID number (CCCD)"), limit=20, render_kw={"inputmode": "numeric"})
    staff_number = line(N_("Staff number"), limit=60)
    work_phone = line(N_("Telephone at work"), limit=20, render_kw={"inputmode": "tel"})
    extension = line(N_("Extension"), limit=6, render_kw={"inputmode": "numeric"})
    phone = line(N_("Phone"), limit=20, render_kw={"inputmode": "tel"})
    personal_mail = line(N_("Personal e-mail"))
    address = line(N_("Official address"), limit=320, render_kw={"autocomplete": "off", "inputmode": "email"})
    confirmed = BooleanField(lazy_gettext(N_("I have checked it; it is right so")))

    def newcomer(self, agency: Agency) -> Newcomer:
        """Give the newcomer whom the form describes."""
        return Newcomer(
            agency_id=agency.id,
            full_name=self.full_name.data or "",
            title=self.title.data or "",
            rank=self.rank.data,
            category=self.category.data,
            sex=self.sex.data or None,
            birth_date=self.birth_date.data,
            personal_id=self.personal_id.data,
            phone=self.phone.data,
            personal_mail=self.personal_mail.data,
            staff_number=self.staff_number.data,
            work_phone=self.work_phone.data,
            extension=self.extension.data,
            family=self.family.data,
            middle=self.middle.data,
            given=self.given.data,
            address=self.address.data,
            valid_from=self.valid_from.data,
        )


@blueprint.get("/")
@needs(Stage.FULL)
def blank() -> str:
    """Show the form, for the agency that the way here named."""
    return render_template("officials/new.html", form=_form(), doubts=[])


@blueprint.post("/")
@needs(Stage.FULL)
def create() -> Response | tuple[str, int]:
    """Appoint the newcomer; whoever is known already by the personal ID is shown instead of doubled."""
    form, doubts = _form(), list[Doubt]()
    if form.validate():
        try:
            with book() as session:
                public_id, doubts = _appoint(session, form)
        except OfficialExists as error:
            form.refuse(error, _found(error))
        except DirectoryError as error:
            form.refuse(error)
        else:
            if public_id:
                flash(gettext("The account is made. Its entry and mailbox follow within seconds."), "success")
                return redirect(url_for("officials.show", public_id=public_id), 303)
    return render_template("officials/new.html", form=form, doubts=doubts), 422


@blueprint.post("/proposals")
@needs(Stage.FULL)
def proposals() -> str:
    """Show how the name is read and which addresses are free, while the form is being filled in."""
    name, wanted = request.form.get("full_name", "").strip(), request.form.get("agency", "")
    if not name:
        return render_template("officials/_proposals.html", name=None, found=None, problem=None)
    try:
        parts = split_name(name)
        with book() as session:
            found = propose(session, actor(), agency_by_public_id(session, wanted).id, name)
    except DirectoryError as error:
        return render_template("officials/_proposals.html", name=None, found=None, problem=answered(error))
    return render_template("officials/_proposals.html", name=parts, found=found, problem=None)


def _form() -> NewOfficial:
    """Make the form with the agencies in which the actor may appoint."""
    form = NewOfficial()
    offer_agencies(form.agency, Action.APPOINT)
    return form


def _appoint(session: Session, form: NewOfficial) -> tuple[str | None, list[Doubt]]:
    """Appoint whom the form describes and give the public id for the way on, or what has to be confirmed first."""
    newcomer = form.newcomer(agency_by_public_id(session, form.agency.data))
    if not form.confirmed.data and (doubts := doubts_about_newcomers([newcomer])):
        return None, doubts
    return make_once(session, lambda: appoint(session, actor(), [newcomer])[0].official.public_id), []


def _found(error: OfficialExists) -> Markup | None:
    """Give the way to the official who is known already, unless it lies outside what the actor may see."""
    public_id = error.fields.get("official")
    if not public_id:
        return None
    link = Markup('<a href="{}">{}</a>')
    return link.format(url_for("officials.show", public_id=public_id), gettext("Open this official"))
