"""The page on which an operator says which old entries are whose accounts."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from directory.linking import Found, propose
from directory.links import Link
from directory.targets import DEFAULT
from provisioning.reconcile.targets import Maintenance, begin_maintenance
from tests.book import address_of, hire
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, PROVINCE, Somebody, agency, book_of, seed, signed_in


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province."""
    book_of(app)
    return signed_in(app, "operator", at=PROVINCE)


def proposed(app: Flask, at: str = DEPARTMENT, branch: str = "Users") -> str:
    """Let an old entry be proposed for somebody; give the id of the proposal."""
    with app.extensions["congvu"].outbox.transaction() as session:
        actor = seed(session)
        [account] = hire(session, actor, agency(session, at), "Trần Văn Bình")
        values = {
            "objectClass": ("inetOrgPerson",),
            "cn": ("Tran Van Binh",),
            "mail": (address_of(session, account) or "",),
        }
        found = Found(f"cn=Tran Van Binh,ou={branch}", (("cn", "Tran Van Binh"), ("ou", branch)), "1", values)
        propose(session, actor, [found])
        ref: str = session.scalars(select(Link.public_id).where(Link.account_id == account.id)).one()
    return ref


def hold(app: Flask) -> None:
    """Have nothing written to the server."""
    with app.extensions["congvu"].outbox.transaction() as session:
        begin_maintenance(session, seed(session), [Maintenance(DEFAULT)])


def state(app: Flask) -> str | None:
    """Give what was decided."""
    with app.extensions["congvu"].outbox.transaction() as session:
        decided: str | None = session.scalar(select(Link.state))
    return decided


def test_proposal_is_shown_with_both_sides(app: Flask, operator: Somebody) -> None:
    """The entry, the account and the reasons stand beside each other, in Vietnamese."""
    proposed(app)

    page = Page(operator.client.get("/provisioning/links"))

    assert page.status == 200
    for told in ("Tran Van Binh", "Trần Văn Bình", "cn=Tran Van Binh,ou=Users", "chắc chắn", "cùng địa chỉ thư"):
        assert told in page.text


def test_way_leads_from_provisioning(app: Flask, operator: Somebody) -> None:
    """Whoever may decide finds the page where there is something to decide."""
    before = Page(operator.client.get("/provisioning")).text
    proposed(app)

    after = Page(operator.client.get("/provisioning")).text

    assert "Bản ghi có sẵn" not in before
    assert "Bản ghi có sẵn (1)" in after


@pytest.mark.parametrize(("verb", "outcome"), [("confirm", "confirmed"), ("refuse", "refused")])
def test_button_decides(app: Flask, operator: Somebody, verb: str, outcome: str) -> None:
    """While nothing is written to the server, what is chosen is confirmed, or refused."""
    ref = proposed(app)
    hold(app)
    token = Page(operator.client.get("/provisioning/links")).token

    answer = operator.client.post(f"/provisioning/links/{verb}", data={"csrf_token": token, "link": ref})

    assert answer.status_code == 303
    assert state(app) == outcome


def test_server_that_is_written_to_is_told_before(app: Flask, operator: Somebody) -> None:
    """Where linking is not possible yet the page says so, and no longer once the server is in maintenance."""
    proposed(app)
    told = "Máy chủ LDAP chính vẫn đang được ghi"

    before = Page(operator.client.get("/provisioning/links")).text
    hold(app)
    after = Page(operator.client.get("/provisioning/links")).text

    assert told in before
    assert told not in after


def test_linking_is_refused_while_the_server_is_written_to(app: Flask, operator: Somebody) -> None:
    """Whoever confirms all the same is told what to do first, and nothing is linked."""
    ref = proposed(app)
    token = Page(operator.client.get("/provisioning/links")).token

    answer = Page(operator.client.post("/provisioning/links/confirm", data={"csrf_token": token, "link": ref}))

    assert answer.status == 409
    assert "Hãy bật bảo trì máy chủ này trước" in answer.text
    assert state(app) == "proposed"


def linked_and_changed(app: Flask, operator: Somebody) -> str:
    """Let a proposal be confirmed whose entry somebody changed before anything was written to it; give its id."""
    ref = proposed(app)
    hold(app)
    token = Page(operator.client.get("/provisioning/links")).token
    operator.client.post("/provisioning/links/confirm", data={"csrf_token": token, "link": ref})
    with app.extensions["congvu"].outbox.transaction() as session:
        session.scalars(select(Link).where(Link.public_id == ref)).one().csn = "2"
    return ref


def test_entry_changed_since_it_was_linked_is_confirmed_anew(app: Flask, operator: Somebody) -> None:
    """The way leads to it as to a proposal, the page says what is with it, and the button takes the new version."""
    ref = linked_and_changed(app, operator)

    way = Page(operator.client.get("/provisioning")).text
    page = Page(operator.client.get("/provisioning/links"))
    operator.client.post("/provisioning/links/confirm", data={"csrf_token": page.token, "link": ref})

    assert "Bản ghi có sẵn (1)" in way
    assert "bị sửa sau khi gắn" in page.text
    assert "bị sửa sau khi gắn" not in Page(operator.client.get("/provisioning/links")).text


def test_what_is_linked_is_not_refused(app: Flask, operator: Somebody) -> None:
    """Whoever refuses what is linked already is told by which command it is undone, and it stays linked."""
    ref = linked_and_changed(app, operator)
    token = Page(operator.client.get("/provisioning/links")).token

    operator.client.post("/provisioning/links/refuse", data={"csrf_token": token, "link": ref})

    assert "Mục đã gắn thì không bỏ ở đây được" in Page(operator.client.get("/provisioning/links")).text
    assert state(app) == "confirmed"


def test_other_confidences_are_pointed_to(app: Flask, operator: Somebody) -> None:
    """Where nothing is as sure as was asked for, the page does not say that nothing is to be decided."""
    proposed(app)

    page = Page(operator.client.get("/provisioning/links?confidence=unsure"))

    assert "Không có mục nào ở mức này chờ quyết định" in page.text


def test_nothing_chosen_is_said(app: Flask, operator: Somebody) -> None:
    """Without a choice nothing happens, and the page says so."""
    proposed(app)
    token = Page(operator.client.get("/provisioning/links")).token

    operator.client.post("/provisioning/links/confirm", data={"csrf_token": token})

    assert "Chưa chọn bản ghi nào" in Page(operator.client.get("/provisioning/links")).text
    assert state(app) == "proposed"


def test_other_province_sees_nothing_of_it(app: Flask, operator: Somebody) -> None:
    """The operator of another province neither sees the proposal nor decides about it."""
    ref = proposed(app)
    other = signed_in(app, "operator", at=ELSEWHERE)
    page = Page(other.client.get("/provisioning/links"))

    answer = other.client.post("/provisioning/links/confirm", data={"csrf_token": page.token, "link": ref})

    assert "Trần Văn Bình" not in page.text
    assert answer.status_code == 404
    assert state(app) == "proposed"


def test_agency_it_does_not_link(app: Flask, operator: Somebody) -> None:
    """The IT staff of a department may not."""
    proposed(app)
    staff = signed_in(app, "agency_it")

    assert staff.client.get("/provisioning/links").status_code == 403


def test_unknown_confidence_is_no_page(operator: Somebody) -> None:
    """A confidence that does not exist is refused."""
    assert operator.client.get("/provisioning/links?confidence=x").status_code == 400
