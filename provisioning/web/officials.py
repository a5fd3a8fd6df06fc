"""Officials: the list with its search, and the page of one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from directory.agencies import agency_by_public_id
from directory.domains import ending_domain
from directory.grants import Action, can
from directory.people import credentials_of, find, masked_of, record_of
from directory.search import find_agencies
from provisioning.reconcile.doors import open_doors
from provisioning.reconcile.status import standing
from provisioning.web.agency_choice import SHOWN, agency_choices
from provisioning.web.guard import Stage, needs
from provisioning.web.request import actor, book

blueprint = Blueprint("officials", __name__, url_prefix="/officials")
STATES = ("pending", "active", "suspended", "disabled", "none")


@blueprint.route("", methods=["GET", "POST"])
@needs(Stage.FULL)
def index() -> str:
    """List officials by given name. A search for a personal ID number is posted, so that it stands in no address.

    Where agencies are too many for a list, the words typed for one (`in`) are answered by those called so, as links.
    """
    text, wanted = request.values.get("q", "").strip(), request.values.get("agency", "")
    state, after = request.values.get("state", ""), request.values.get("after")
    called = request.values.get("in", "").strip()
    with book() as session:
        agency = agency_by_public_id(session, wanted) if wanted else None
        page = find(
            session, actor(), text, agency.id if agency else None, after, state=state if state in STATES else None
        )
        asked: dict[str, Any] = {"agency": wanted or None, "state": state or None, "q": text or None}
        return render_template(
            "officials/index.html",
            page=page,
            text=text,
            agency=agency,
            state=state,
            agencies=agency_choices(session, actor(), Action.VIEW, wanted),
            called=called,
            offered=find_agencies(session, actor(), Action.VIEW, called, SHOWN) if called else [],
            asked=asked if request.method == "GET" else asked | {"q": None},
            next_url=page.after and url_for(".index", **asked, after=page.after),
            first_url=after and url_for(".index", **asked),
            is_asked=bool(text or wanted or state),
        )


@blueprint.get("/<public_id>")
@needs(Stage.FULL)
def show(public_id: str) -> str:
    """Show one official: posts, account, addresses, what waits, and what the desk needs to know."""
    with book() as session:
        record = record_of(session, actor(), public_id)
        may_see_credentials = can(session, actor(), Action.CREDENTIAL, record.agency_id)
        return render_template(
            "officials/show.html",
            record=record,
            masked=masked_of(session, actor(), record),
            standing=standing(session, "account", [record.account_id])[record.account_id]
            if record.account_id
            else None,
            doors=open_doors(session, actor(), record.account_id)
            if record.account_id and record.state in {"suspended", "disabled"}
            else [],
            ending=ending_domain(session, record.address),
            credentials=credentials_of(session, actor(), record.account_id, record.agency_id)
            if record.account_id and may_see_credentials
            else None,
            may_appoint=can(session, actor(), Action.APPOINT, record.agency_id),
            may_suspend=can(session, actor(), Action.SUSPEND, record.agency_id),
            may_hand_slips=may_see_credentials,
            today=actor().today,
        )
