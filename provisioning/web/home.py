"""The start page: what is yours to do."""

from __future__ import annotations

from flask import Blueprint, render_template

from provisioning.web.guard import Stage, needs

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs(Stage.FULL)
def start() -> str:
    """Show what waits for whoever signed in."""
    return render_template("home/start.html")
