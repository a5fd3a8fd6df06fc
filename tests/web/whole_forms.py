"""Forms filled in to the last field that would change something of a department, were they the right person's."""

from __future__ import annotations

from flask import Flask

from tests.web.attacked import Attacked
from tests.web.pages import Page
from tests.web.people import DEPARTMENT
from tests.web.test_drift import asked, drifted
from tests.web.test_links import hold, proposed
from tests.web.test_provisioning import refused

Forms = dict[str, dict[str, str | list[str]]]


def whole_forms(app: Flask, book: Attacked) -> Forms:
    """Give one form an address, in an order in which whoever may do all of it can do one after the other."""
    agency, staff_list = (str(book.ids[name]) for name in ("policies.public_id", "public"))
    mailing_list, wish = (str(book.ids[name]) for name in ("mailing_lists.public_id", "corrections.public_id"))
    version = Page(book.operator.client.get(f"/lists/{staff_list}")).forms[f"/lists/{staff_list}/apply"]["version"]
    return {
        f"/agencies/{agency}/new": {"kind": "unit", "name": "Phòng Kẻ gian"},
        f"/agencies/{agency}/domains/new": {"domain": "gian.snv.tinh.gov.vn"},
        f"/agencies/{agency}/grants/new": {"who": book.victim.number, "role": "agency_it"},
        f"/agencies/{agency}/policies/session_hours": {"value": "12", "confirmed": "y"},
        f"/corrections/{wish}/accept": {},
        f"/mailing-lists/{mailing_list}/members": {"who": book.victim.number, "kind": "added"},
        f"/lists/{staff_list}/leavers": {"answer": "yes"},
        f"/lists/{staff_list}/second": {"version": version},
        f"/lists/{staff_list}/apply": {"version": version, "warnings": "y"},
        "/slips/print": {"number": [book.victim.number]},
        **entries(app),
    }


def entries(app: Flask, at: str = DEPARTMENT) -> Forms:
    """Give the forms about entries of an agency's accounts, of which each waits for somebody's decision."""
    hold(app)
    failing = refused(app, at)
    renamed, changed = asked(app, at), drifted(app, at)
    first, second = (proposed(app, at, f"{branch} of {at}") for branch in ("Users", "Others"))
    return {
        "/provisioning/try-again": {"entry": [f"account:{failing}"]},
        "/provisioning/take-over": {"entry": [f"account:{renamed}"]},
        "/provisioning/restore": {"entry": [f"account:{changed}"]},
        "/provisioning/links/confirm": {"link": [first]},
        "/provisioning/links/refuse": {"link": [second]},
    }
