"""The page of a new name by a decision; a mistake in a name is corrected elsewhere."""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from directory.lifecycle import Renaming, rename
from provisioning.languages import N_
from provisioning.web.decisions import Decision, decided, record_for
from provisioning.web.forms import Form, line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.request import actor

blueprint = Blueprint("renaming", __name__, url_prefix="/officials/<public_id>/rename")
CHOICES = {
    "policy": (N_("As the policy of the agency says"), None),
    "new": (N_("A new address made from the new name; the old one goes on as an alias"), True),
    "keep": (N_("The address stays"), False),
}
RENAME = Decision(
    "rename",
    N_("Change of name"),
    N_("Change the name"),
    N_("The name is changed."),
    depends_on="address",
    hints={
        "full_name": N_("Family name, middle name, given name. To put a typing mistake right, use Correct instead."),
        "reason": N_("It stands in the audit beside your name."),
    },
)


class NewName(Form):
    """A new name and what becomes of the address."""

    full_name = line(N_("Full name"), required=True, limit=100)
    address = SelectField(lazy_gettext(N_("Official address")))
    reason = line(N_("Reason, such as the number and date of the decision"), required=True)


@blueprint.route("", methods=["GET", "POST"])
@needs(Stage.FULL)
def change(public_id: str) -> Response | tuple[str, int]:
    """Give an official a new name."""
    record = record_for(public_id)
    form = NewName()
    form.address.choices = options((value, gettext(label)) for value, (label, _) in CHOICES.items())
    if request.method == "GET":
        form.full_name.data = record.full_name
    _, new_address = CHOICES.get(request.values.get("address", ""), CHOICES["policy"])
    if record.account_id is None:
        del form.address
        new_address = None

    def act(session: Session) -> None:
        name, reason = form.full_name.data or "", form.reason.data or ""
        rename(session, actor(), [Renaming(record.official_id, name, reason, new_address)])

    return decided(RENAME, form, record, act, new_address=new_address)
