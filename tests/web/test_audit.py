"""The audit as its readers see it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from flask import Flask

import directory
import provisioning
from directory.credentials.tries import Kind
from provisioning.web.words import LABELS
from tests.web.pages import Page
from tests.web.people import Somebody, book_of, fill_in, signed_in
from tests.web.province import path

ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = {"record", "note", "tell"}


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def auditor(app: Flask) -> Somebody:
    """Give somebody who reads the audit of the department."""
    book_of(app, "Trần Văn Đạt")
    return signed_in(app, "auditor")


def recorded() -> set[str]:
    """Give every action that the code writes into the audit."""
    files = [path for package in (directory, provisioning) for path in Path(package.__path__[0]).rglob("*.py")]
    calls = [
        node
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in WRITERS
    ]
    written = {arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant)}
    named = {word for word in written if isinstance(word, str) and ACTION.fullmatch(word)}
    return named | {f"{kind}.refused" for kind in get_args(Kind)}


def test_every_action_has_a_word() -> None:
    """What is written into the audit is said in words on its page."""
    assert recorded() - LABELS["audit"].keys() == set()


def test_events_are_named_in_words(auditor: Somebody) -> None:
    """The list says what happened, to whom and where."""
    text = Page(auditor.client.get("/audit")).text

    assert ("Mở tài khoản" in text, "Trần Văn Đạt" in text, "Sở Nội vụ" in text) == (True, True, True)


def test_events_are_narrowed_to_an_action(auditor: Somebody) -> None:
    """With an action chosen only its events are listed."""
    page = Page(auditor.client.get("/audit?action=official.appointed"))

    assert "annv" not in page.text
    assert "Địa chỉ:" not in page.text


def test_events_are_narrowed_to_a_person(app: Flask, auditor: Somebody) -> None:
    """With a person typed, what that person did and what was done to them is listed."""
    page = Page(auditor.client.get("/audit", query_string={"who": auditor.number}))

    assert "Lê Thị Ánh Đào" in page.text
    assert "Trần Văn Đạt" not in page.text


def test_nobody_typed_means_nothing_listed(auditor: Somebody) -> None:
    """An address that nobody has lists nothing, not everything."""
    assert "Không có mục nào phù hợp" in Page(auditor.client.get("/audit?who=khong@tinh.gov.vn")).text


def test_who_did_it_is_named(app: Flask, auditor: Somebody) -> None:
    """A change made on a page stands in the audit under the name of who made it, with its reason."""
    staff = signed_in(app, "agency_it")
    somebody = signed_in(app, None)
    fill_in(staff, f"/officials/{somebody.official}/suspend", reason="QĐ 12/QĐ-SNV")

    text = Page(auditor.client.get("/audit?action=account.suspended")).text

    assert ("Lê Thị Ánh Đào" in text, "QĐ 12/QĐ-SNV" in text) == (True, True)


@pytest.mark.parametrize("role", [None, "agency_it", "hr", "head"])
def test_audit_is_open_to_its_readers_only(app: Flask, role: str | None) -> None:
    """Without the right to read it the audit is refused."""
    assert signed_in(app, role).client.get("/audit").status_code == 403


def test_domain_is_named_as_it_is(app: Flask) -> None:
    """What was done to a domain stands under its name, and an agency's code is called so."""
    operator = signed_in(app, "operator", at="H36")
    fill_in(operator, path(app, "H36") + "/domains/tinh.gov.vn/retire", receives_until="30/06/2030")
    fill_in(operator, path(app, "H36") + "/new", kind="department", name="Sở Mới", code="H36.90")

    page = Page(operator.client.get("/audit")).text

    assert "domain:" not in page
    assert "tinh.gov.vn" in page
    assert "Mã định danh: H36.90" in page
