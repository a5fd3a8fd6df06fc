"""The pages of agencies: the tree as far as one looks, and what an operator does to one."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.pages import Page
from tests.web.people import Somebody, agency, book_of, fill_in, signed_in


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province."""
    return signed_in(app, "operator", at="H36")


def path(app: Flask, code: str) -> str:
    """Give the address of an agency's page."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return f"/agencies/{agency(session, code).public_id}"


def test_tree_begins_where_one_looks_after(app: Flask) -> None:
    """The tree shows the agencies of one's own role and those below, and nothing beside or above."""
    page = Page(signed_in(app, "agency_it").client.get("/agencies"))

    assert ("Sở Nội vụ" in page.text, "Phòng Tổ chức" in page.text) == (True, True)
    assert not [name for name in ("Tỉnh Một", "Tỉnh Khác") if name in page.text]


def test_without_a_role_the_tree_says_why(app: Flask) -> None:
    """Whoever looks after no agency is told how that changes."""
    assert "Bạn chưa phụ trách cơ quan nào" in Page(signed_in(app, None).client.get("/agencies")).text


def test_deeper_agencies_come_when_a_place_is_opened(app: Flask, operator: Somebody) -> None:
    """What is below a place in the tree is given on its own."""
    answer = operator.client.get(path(app, "H36.05") + "/below", headers={"HX-Request": "true"})

    assert "Phòng Tổ chức" in answer.get_data(as_text=True)
    assert "<html" not in answer.get_data(as_text=True)


def test_page_shows_people_domains_and_where_policies_come_from(app: Flask, operator: Somebody) -> None:
    """The page of an agency shows who works there, inherited domains, and the origin of each policy."""
    book_of(app, "Trần Văn Đạt")
    fill_in(operator, path(app, "H36") + "/policies/role_quota_bytes", value="1024", confirmed="yes")

    text = Page(operator.client.get(path(app, "H36.05"))).text

    assert "Trần Văn Đạt" in text
    assert "tinh.gov.vn của cấp trên" in text
    assert "1 GB" in text
    assert "theo Tỉnh Một" in text


def test_agency_elsewhere_is_not_there(app: Flask, operator: Somebody) -> None:
    """The page of an agency that one does not look after is not found."""
    assert operator.client.get(path(app, "H37")).status_code == 404


def test_agency_is_founded_below_another(app: Flask, operator: Somebody) -> None:
    """A new agency stands in the tree below the one it was founded from."""
    answer = fill_in(operator, path(app, "H36") + "/new", kind="department", name="Sở Y tế", code="H36.09")

    assert "Sở Y tế" in Page(operator.client.get(answer.headers["Location"])).text


def test_code_is_given_once(app: Flask, operator: Somebody) -> None:
    """The form says whose code it is that was typed."""
    answer = fill_in(operator, path(app, "H36") + "/new", kind="department", name="Sở Y tế", code="H36.05")

    assert answer.status_code == 422
    assert "H36.05" in Page(answer).text


def test_domain_is_added(app: Flask, operator: Somebody) -> None:
    """A new domain stands on the page of its agency."""
    answer = fill_in(operator, path(app, "H36.05") + "/domains/new", domain="snv.tinh.gov.vn")

    assert "snv.tinh.gov.vn" in Page(operator.client.get(answer.headers["Location"])).text


@pytest.mark.parametrize("name", ["snv.com", "tinh.gov.vn", ".gov.vn"])
def test_domain_that_cannot_be_is_refused(app: Flask, operator: Somebody, name: str) -> None:
    """A domain outside .gov.vn, or one that is there already, is refused in the form."""
    assert fill_in(operator, path(app, "H36.05") + "/domains/new", domain=name).status_code in (409, 422)


def test_headcount_is_declared(app: Flask, operator: Somebody) -> None:
    """A declared headcount stands on the page with its decision."""
    answer = fill_in(
        operator, path(app, "H36.05") + "/headcount", posts="62", valid_from="01/01/2026", decision="QĐ 7/QĐ-UBND"
    )

    text = Page(operator.client.get(answer.headers["Location"])).text
    assert ("62" in text, "QĐ 7/QĐ-UBND" in text) == (True, True)


def test_naming_pattern_is_set(app: Flask, operator: Somebody) -> None:
    """The naming pattern of an agency decides the addresses given from then on."""
    fill_in(operator, path(app, "H36") + "/policies/naming_patterns", value="{full}", confirmed="yes")

    answer = fill_in(operator, "/officials/new/", full_name="Nguyễn Văn An")

    assert "nguyenvanan@tinh.gov.vn" in Page(operator.client.get(answer.headers["Location"])).text


def test_unknown_policy_is_not_there(app: Flask, operator: Somebody) -> None:
    """A policy that there is not has no page."""
    assert operator.client.get(path(app, "H36") + "/policies/anything").status_code == 404


def test_role_is_given_and_withdrawn(app: Flask, operator: Somebody) -> None:
    """A role given on the page of an agency works at the next request, and no longer after it is withdrawn."""
    somebody = signed_in(app, None)
    where = path(app, "H36.05")

    fill_in(operator, where + "/grants/new", who=somebody.number, role="agency_it")
    during = somebody.client.get(where).status_code
    page = Page(operator.client.get(where))
    (withdrawal,) = [action for action in page.forms if action.endswith("/withdraw")]
    operator.client.post(withdrawal, data=page.forms[withdrawal])

    assert (during, somebody.client.get(where).status_code) == (200, 404)


def test_nobody_is_told_at_the_field(app: Flask, operator: Somebody) -> None:
    """A role for an account number that nobody has is refused at the field."""
    answer = fill_in(operator, path(app, "H36.05") + "/grants/new", who="cv22222222", role="hr")

    assert "Không có ai dùng địa chỉ" in Page(answer).text


@pytest.mark.parametrize("form", ["/new", "/domains/new", "/grants/new"])
def test_agency_it_changes_no_agency(app: Flask, form: str) -> None:
    """What is the operator's is refused to agency IT staff, whatever their page offers."""
    staff = signed_in(app, "agency_it")
    fields = {
        "/new": {"kind": "unit", "name": "Phòng X"},
        "/domains/new": {"domain": "x.tinh.gov.vn"},
        "/grants/new": {"who": staff.number, "role": "hr"},
    }

    assert fill_in(staff, path(app, "H36.05") + form, **fields[form]).status_code == 403
