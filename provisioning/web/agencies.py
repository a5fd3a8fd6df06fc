"""Agencies: the tree, and the page of one."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from directory.agencies import Agency, agency_by_public_id
from directory.errors import NotFound
from directory.grants import Action, can
from directory.mailing_lists import mailing_lists
from directory.people import find
from directory.reorganisation import failed_endings, history_of
from directory.role_mailboxes import role_mailboxes
from directory.roles import roles_at
from directory.search import find_agencies
from directory.tree import below, sheet_of, tops
from provisioning.web.guard import Stage, needs
from provisioning.web.policies import policy_lines
from provisioning.web.request import actor, book

blueprint = Blueprint("agencies", __name__, url_prefix="/agencies")
PEOPLE_SHOWN = 10
FOUND = 50
OPENED_AT_ONCE = 3
"""Few agencies at the top are shown with what is below them."""


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """Show the agencies at the top of what the actor looks after, with those below; or those that are searched for."""
    asked = request.args.get("q", "").strip()
    with book() as session:
        if asked:
            found = find_agencies(session, actor(), Action.VIEW, asked, FOUND + 1, with_closed=True)
            return render_template("agencies/index.html", asked=asked, found=found[:FOUND], has_more=len(found) > FOUND)
        nodes = tops(session, actor())
        opened = {node.id: below(session, actor(), node.id) for node in nodes} if len(nodes) <= OPENED_AT_ONCE else {}
        failed = failed_endings(session, actor())
        return render_template("agencies/index.html", nodes=nodes, opened=opened, failed=failed, asked="")


@blueprint.get("/<public_id>/below")
@needs(Stage.FULL)
def children(public_id: str) -> str:
    """Show what is below an agency when its place in the tree is opened."""
    with book() as session:
        agency = agency_by_public_id(session, public_id)
        if not can(session, actor(), Action.VIEW, agency.id):
            raise NotFound
        nodes = below(session, actor(), agency.id)
        return render_template("agencies/_below.html", nodes=nodes, opened={})


@blueprint.get("/<public_id>")
@needs(Stage.FULL)
def show(public_id: str) -> str:
    """Show one agency: where it stands, who works there, its domains, mailboxes, policies and roles."""
    with book() as session:
        sheet = sheet_of(session, actor(), public_id)
        agency = session.get_one(Agency, sheet.node.id)
        may_grant = can(session, actor(), Action.GRANT, agency.id)
        return render_template(
            "agencies/show.html",
            sheet=sheet,
            agency=sheet.node,
            people=find(session, actor(), agency_id=agency.id, limit=PEOPLE_SHOWN),
            mailboxes=role_mailboxes(session, actor(), agency.id, limit=PEOPLE_SHOWN),
            lists=mailing_lists(session, actor(), agency.id, limit=PEOPLE_SHOWN),
            policies=policy_lines(session, agency),
            roles=roles_at(session, actor(), agency.id) if may_grant else None,
            history=history_of(session, actor(), agency.id),
            today=actor().today,
            may_change=can(session, actor(), Action.AGENCY, agency.id),
            may_appoint=can(session, actor(), Action.APPOINT, agency.id),
        )
