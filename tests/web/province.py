"""A province with two more departments, its operator, and where its agencies' pages are."""

from __future__ import annotations

import pytest
from flask import Flask

from directory.lifecycle import Founding, found_agency
from tests.book import LONG_AGO
from tests.web.people import Somebody, agency, seed, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province, which has two more departments."""
    somebody = signed_in(app, "operator", at="H36")
    with app.extensions["congvu"].outbox.transaction() as session:
        parent = agency(session, "H36").id
        wishes = [
            Founding("department", name, parent, code, valid_from=LONG_AGO)
            for name, code in (("Sở Mới", "H36.90"), ("Sở Khác", "H36.91"))
        ]
        found_agency(session, seed(session), wishes)
    return somebody


def public(app: Flask, code: str) -> str:
    """Give the id of an agency that stands in addresses."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return agency(session, code).public_id


def path(app: Flask, code: str) -> str:
    """Give the address of an agency's page."""
    return f"/agencies/{public(app, code)}"
