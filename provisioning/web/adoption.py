"""Pages of adoption: where an agency stands against its targets, who is late, and how it went month by month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import flask_babel
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from directory.adoption import Report, Row, difference, judge, overview, report, share, take_snapshot
from directory.agencies import agency_by_public_id
from provisioning.languages import N_
from provisioning.web.downloads import Cell, as_csv, as_xlsx
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext
from provisioning.web.request import actor, book

blueprint = Blueprint("adoption", __name__)

RATES = {
    "provided": N_("With a mailbox"),
    "activated": N_("Activated"),
    "in_use": N_("In use"),
    "second_factor": N_("Second factor on"),
}
"""What each rate is called, in the order in which reports give them."""
COLUMNS = ("name", "declared", "listed", *RATES)
"""What the agencies can be sorted by; a minus sign before it turns the order round."""
NOBODY = Decimal(101)
"""Where an agency with nobody to count stands among shares: after all others."""


@blueprint.get("/adoption")
@needs(Stage.FULL)
def index() -> str | Response:
    """Show the agencies whose adoption is one's own to see; a single one at once."""
    with book() as session:
        kept = overview(session, actor())
        if len(kept) == 1:
            return redirect(url_for("adoption.agency", public_id=kept[0].agency.public_id), 303)
        return render_template("adoption/index.html", kept=kept, rates=RATES)


@blueprint.get("/adoption/<public_id>")
@needs(Stage.FULL)
def agency(public_id: str) -> str:
    """Show the report of one agency."""
    sort = request.args.get("sort", "name")
    with book() as session:
        found = _report(session, public_id)
        return render_template(
            "adoption/agency.html",
            report=found,
            children=_sorted(found.children, sort),
            difference=difference(found.total.figures),
            rates=RATES,
            sort=sort,
            chosen={name: request.args[name] for name in ("sort", "day") if name in request.args},
            columns={column: f"-{column}" if sort == column else column for column in COLUMNS},
            **_history(found),
        )


@blueprint.post("/adoption/<public_id>/count")
@needs(Stage.FULL)
def count(public_id: str) -> Response:
    """Count an agency anew, for one that is too large to be counted whenever its page is opened."""
    with book() as session:
        take_snapshot(session, actor(), actor().today, agency_by_public_id(session, public_id))
    flash(gettext("The figures were counted just now."), "success")
    return redirect(url_for("adoption.agency", public_id=public_id), 303)


@blueprint.get("/adoption/<public_id>/adoption.csv")
@needs(Stage.FULL)
def csv(public_id: str) -> Response:
    """Give the report as CSV."""
    with book() as session:
        found = _report(session, public_id)
        return as_csv(_file_name(found), _table(found))


@blueprint.get("/adoption/<public_id>/adoption.xlsx")
@needs(Stage.FULL)
def xlsx(public_id: str) -> Response:
    """Give the report as a workbook."""
    with book() as session:
        found = _report(session, public_id)
        return as_xlsx(_file_name(found), _table(found))


blueprint.add_app_template_global(share)


@blueprint.app_template_filter("percent")
def percent(share: Decimal | None) -> str:
    """Write a share as the language does: `82,5 %` in Vietnamese; of nobody there is none."""
    return "–" if share is None else f"{flask_babel.format_decimal(share, '#,##0.#')} %"


def _report(session: Session, public_id: str) -> Report:
    """Give the report of an agency for the day in the address, or for today."""
    wanted = request.args.get("day")
    try:
        day = date.fromisoformat(wanted) if wanted else actor().today
    except ValueError as error:
        raise BadRequest from error
    return report(session, actor(), agency_by_public_id(session, public_id), min(day, actor().today))


def _sorted(rows: Sequence[Row], sort: str) -> list[Row]:
    """Put agencies in order; they come by name, and equals stay so."""
    column, turned = sort.removeprefix("-"), sort.startswith("-")
    if column not in COLUMNS:
        raise BadRequest
    if column == "name":
        return list(reversed(rows)) if turned else list(rows)
    return sorted(rows, key=lambda row: _place(row, column), reverse=turned)


def _history(found: Report) -> dict[str, object]:
    """Give the trend as a table, newest first, and as the columns of a chart: by rate, (month 0 to 11, rate)."""
    months = [(day, figures, judge(figures, found.targets)) for day, figures in found.trend]
    if not months:
        return {"history": [], "trend": {}}
    last = months[-1][0]
    trend = {
        name: [(11 - 12 * (last.year - day.year) - last.month + day.month, rates[at]) for day, _, rates in months]
        for at, name in enumerate(RATES)
    }
    return {"history": months[::-1], "trend": trend}


def _place(row: Row, column: str) -> Decimal:
    """Give what an agency is sorted by."""
    if column in RATES:
        share = row.rates[list(RATES).index(column)].share
        return NOBODY if share is None else share
    return Decimal(getattr(row.figures, column) or 0)


def _table(found: Report) -> Iterable[list[Cell]]:
    """Give the report as rows: a heading, the agency itself, those right below it."""
    heading: list[Cell] = [
        gettext(each) for each in (N_("Agency code"), N_("Agency"), N_("Day"), N_("Declared"), N_("Listed"))
    ]
    for label in RATES.values():
        heading += [gettext(label), gettext(N_("{rate}, per cent"), rate=gettext(label))]
        heading += [gettext(N_("{rate}, target"), rate=gettext(label))]
    yield heading
    for row in (found.total, *found.children, *([found.own] if found.own else [])):
        name = row.name if row.agency else gettext("The agency itself, in no unit")
        code = row.agency.code if row.agency else None
        cells: list[Cell] = [code, name, found.counted_on, row.figures.declared, row.figures.listed]
        for rate in row.rates:
            cells += [rate.count, rate.share, rate.target]
        yield cells


def _file_name(found: Report) -> str:
    """Name a file after the agency's code and the day; neither holds more than letters, digits, dots and dashes."""
    return f"adoption-{found.agency.code or found.agency.public_id}-{found.counted_on or 'none'}"
