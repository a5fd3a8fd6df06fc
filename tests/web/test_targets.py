"""The pages of LDAP servers: how each is, keeping one still, and on which a domain is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from directory.domains import Domain
from directory.grants import Grant
from directory.lifecycle import NewDomain, add_domain
from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings, TargetSettings
from provisioning.reconcile.tables import EntryStatus, Scan, TargetStatus
from tests.book import LONG_AGO
from tests.web.conftest import BASE_URL
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, ELSEWHERE, PROVINCE, Somebody, agency, fill_in, seed, signed_in
from tests.web.province import path

SERVERS = "/provisioning/servers"
HOLD = f"{SERVERS}/hue/maintenance"


@pytest.fixture
def service(secrets_dir: Path, database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Give a service with a second target."""
    (tmp_path / "hue").write_text("secret")
    hue = TargetSettings(
        ldap_uri="ldap://127.0.0.1:2", ldap_password_file=tmp_path / "hue", mail_host="mail.hue.gov.vn"
    )
    settings = Settings(database_url=database_url, secrets_dir=secrets_dir, base_url=BASE_URL, targets={"hue": hue})
    service = assemble(settings)
    yield service
    service.outbox.engine.dispose()


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the first province, whose new domain is on the second server."""
    somebody = signed_in(app, "operator", at=PROVINCE)
    with app.extensions["congvu"].outbox.transaction() as session:
        add_domain(session, seed(session), [NewDomain(agency(session, PROVINCE).id, "hue.gov.vn", target="hue")])
    return somebody


def statuses(app: Flask) -> dict[str, TargetStatus]:
    """Give how the targets are."""
    with app.extensions["congvu"].outbox.transaction() as session:
        found = {each.name: each for each in session.scalars(select(TargetStatus))}
        session.expunge_all()
        return found


def target_of(app: Flask, name: str) -> str:
    """Give the target of a domain."""
    with app.extensions["congvu"].outbox.transaction() as session:
        found: str = session.scalars(select(Domain.target).where(Domain.name == name)).one()
        return found


def test_servers_are_shown(app: Flask, operator: Somebody) -> None:
    """Each server that one's agencies depend on is shown; figures only of those that one may keep still."""
    page = Page(operator.client.get(SERVERS))

    assert page.status == 200
    assert "Máy chủ LDAP chính" in page.text
    assert "Máy chủ LDAP hue" in page.text
    assert page.text.count("Chờ lâu nhất từ") == 1


def test_reasons_of_failures_are_counted(app: Flask, operator: Somebody) -> None:
    """Why entries fail is said in Vietnamese, with how many fail for it."""
    reason = "Another entry of the LDAP server has one of these addresses, or a value breaks a rule there."
    with app.extensions["congvu"].outbox.transaction() as session:
        for number in (901, 902):
            values = {"state": "refused", "reason": reason, "tried_revision": 1, "at": datetime.now(UTC)}
            session.add(EntryStatus(subject="account", subject_id=number, target="hue", **values))

    page = Page(operator.client.get(SERVERS))

    assert "2 – Một bản ghi khác" in page.text


def test_maintenance_begins_after_its_consequences_were_read(app: Flask, operator: Somebody) -> None:
    """A server is kept still by its operator, who has said that disables wait; pages tell everybody concerned."""
    unread = fill_in(operator, HOLD, reason="Thay ổ đĩa")
    read = fill_in(operator, HOLD, reason="Thay ổ đĩa", until="23/11/2030 06:00", knows="y")

    assert (unread.status_code, read.status_code) == (422, 303)
    status = statuses(app)["hue"]
    assert status.maintenance_until == datetime(2030, 11, 22, 23, 0, tzinfo=UTC)
    assert "Thay ổ đĩa" in Page(operator.client.get("/provisioning")).text
    assert "vẫn vào được thư" in Page(operator.client.get("/provisioning")).text


def test_page_says_loudly_that_disables_wait(app: Flask, operator: Somebody) -> None:
    """Before it begins, the page says that suspensions and closings wait too."""
    assert "Việc tạm khóa và đóng tài khoản cũng phải chờ." in Page(operator.client.get(HOLD)).text


@pytest.mark.parametrize("typed", ["hôm qua", "23/11/2020 06:00"])
def test_end_that_is_none_is_refused(app: Flask, operator: Somebody, typed: str) -> None:
    """What is no time, or has passed, is said at its field, and nothing begins."""
    answer = fill_in(operator, HOLD, until=typed, knows="y")

    assert answer.status_code == 422
    assert "hue" not in statuses(app)


def test_writing_goes_on_after_maintenance(app: Flask, operator: Somebody) -> None:
    """When the operator lets the service write again, it does, and compares the server whole."""
    fill_in(operator, HOLD, knows="y")
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))

    token = Page(operator.client.get(SERVERS)).token
    answer = operator.client.post(f"{SERVERS}/hue/resume", data={"csrf_token": token})

    assert answer.status_code == 303
    assert statuses(app)["hue"].maintenance_since is None
    with app.extensions["congvu"].outbox.transaction() as session:
        jobs = set(session.scalars(text("SELECT task_name FROM procrastinate_jobs")))
    assert jobs == {"reconcile-hue", "scan_target"}


@pytest.mark.parametrize("name", ["default", "hanoi"])
def test_server_of_others_is_not_found(app: Flask, operator: Somebody, name: str) -> None:
    """A server with another province's domains, or none, is not this operator's to stop or to start."""
    token = Page(operator.client.get(SERVERS)).token
    asked = operator.client.get(f"{SERVERS}/{name}/maintenance")
    begun = operator.client.post(f"{SERVERS}/{name}/maintenance", data={"csrf_token": token, "knows": "y"})
    ended = operator.client.post(f"{SERVERS}/{name}/resume", data={"csrf_token": token})

    assert (asked.status_code, begun.status_code, ended.status_code) == (404, 404, 404)
    assert statuses(app) == {}


def test_agency_it_sees_and_does_not_stop(app: Flask, operator: Somebody) -> None:
    """IT staff see whether their server works, without its figures, and cannot keep it still."""
    staff = signed_in(app, "agency_it", at=DEPARTMENT)

    page = Page(staff.client.get(SERVERS))

    assert "Máy chủ LDAP hue" in page.text
    assert "Chờ lâu nhất từ" not in page.text
    assert staff.client.get(HOLD).status_code == 404


def test_heads_are_told_nothing(app: Flask, operator: Somebody) -> None:
    """Whoever has no part in provisioning does not reach the page."""
    assert signed_in(app, "head").client.get(SERVERS).status_code == 403


def test_operator_of_all_keeps_the_main_server_still(app: Flask, operator: Somebody) -> None:
    """Whoever operates all agencies with domains on the main server keeps it still."""
    with app.extensions["congvu"].outbox.transaction() as session:
        other = agency(session, ELSEWHERE).id
        session.add(Grant(account_id=operator.account_id, role="operator", agency_id=other, valid_from=LONG_AGO))

    answer = fill_in(operator, f"{SERVERS}/default/maintenance", knows="y")

    assert answer.status_code == 303
    assert statuses(app)["default"].maintenance_since is not None


def test_domain_is_added_on_a_server(app: Flask, operator: Somebody) -> None:
    """Whoever adds a domain chooses among the servers of the settings, and none besides."""
    new = path(app, PROVINCE) + "/domains/new"

    wrong = fill_in(operator, new, domain="moi.gov.vn", target="hanoi")
    right = fill_in(operator, new, domain="moi.gov.vn", target="hue")

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert target_of(app, "moi.gov.vn") == "hue"


def test_domain_without_a_word_is_on_the_main_server(app: Flask, operator: Somebody) -> None:
    """A domain for which no server is chosen is on the main one."""
    fill_in(operator, path(app, PROVINCE) + "/domains/new", domain="moi.gov.vn")

    assert target_of(app, "moi.gov.vn") == "default"


def test_domain_in_use_is_not_offered_another_server(app: Flask, operator: Somebody) -> None:
    """The page of a domain with addresses says why it stays, and a form sent all the same is refused."""
    place = path(app, PROVINCE) + "/domains/tinh.gov.vn/server"
    page = Page(operator.client.get(place))
    sent = operator.client.post(place, data={"csrf_token": page.token, "target": "hue"})

    assert "nên không chuyển được" in page.text
    assert sent.status_code == 422
    assert target_of(app, "tinh.gov.vn") == "default"


def test_empty_domain_goes_to_another_server(app: Flask, operator: Somebody) -> None:
    """A retired domain that never had an address goes to another server by its page."""
    with app.extensions["congvu"].outbox.transaction() as session:
        add_domain(session, seed(session), [NewDomain(agency(session, PROVINCE).id, "moi.gov.vn")])
        session.execute(text("UPDATE domains SET state = 'retired' WHERE name = 'moi.gov.vn'"))
    place = path(app, PROVINCE) + "/domains/moi.gov.vn/server"

    too_early = fill_in(operator, place, target="hue")
    with app.extensions["congvu"].outbox.transaction() as session:
        session.execute(text("DELETE FROM due"))
    done = fill_in(operator, place, target="hue")

    assert (too_early.status_code, done.status_code) == (422, 303)
    assert "đã được đóng" in Page(too_early).text
    assert target_of(app, "moi.gov.vn") == "hue"


def test_server_is_chosen_only_by_who_may(app: Flask, operator: Somebody) -> None:
    """An operator below the top sees where the domains are, and is offered no choice that would be refused."""
    below = signed_in(app, "operator", at=DEPARTMENT)
    domains = f"{path(app, DEPARTMENT)}/domains"
    fill_in(below, f"{domains}/new", domain="snv.tinh.gov.vn", is_primary="y")

    pages = [Page(who.client.get(domains)) for who in (below, operator)]
    forms = [who.client.get(f"{domains}/new").get_data(as_text=True) for who in (below, operator)]

    placing = f"{domains}/snv.tinh.gov.vn/server"
    assert ["Máy chủ LDAP chính" in page.text for page in pages] == [True, True]
    assert [placing in page.links for page in pages] == [False, True]
    assert ['name="target"' in form for form in forms] == [False, True]
    assert [who.client.get(placing).status_code for who in (below, operator)] == [403, 200]


def test_age_of_the_comparison_is_shown_by_server(app: Flask, operator: Somebody) -> None:
    """The page of provisioning says of each server when all its entries were compared last."""
    with app.extensions["congvu"].outbox.transaction() as session:
        for day, name in ((1, "default"), (2, "hue")):
            at = datetime(2026, 11, day, tzinfo=UTC)
            counts = {"entries": 1, "restored": 0, "asked": 0, "is_held": False, "newest": ""}
            session.add(Scan(target=name, kind="full", started_at=at, finished_at=at, **counts))

    page = Page(operator.client.get("/provisioning"))

    assert page.text.index("Máy chủ LDAP chính") < page.text.index("01/11/2026") < page.text.index("Máy chủ LDAP hue")
    assert page.text.index("Máy chủ LDAP hue") < page.text.index("02/11/2026")


@pytest.mark.parametrize(
    ("domain", "host"),
    [("hue.gov.vn", "mail.hue.gov.vn"), ("tinh.gov.vn", "127.0.0.1"), ("nobody.example", "127.0.0.1")],
)
def test_mail_clients_are_led_to_the_servers_of_the_domain(
    app: Flask, operator: Somebody, domain: str, host: str
) -> None:
    """A mail client that asks for a domain is told the mail servers that belong to its LDAP server."""
    answer = app.test_client().get(f"/mail/config-v1.1.xml?emailaddress=an@{domain}")

    assert f"<hostname>{host}</hostname>" in answer.get_data(as_text=True)


def test_official_is_told_the_mail_servers_of_the_mailbox(app: Flask, operator: Somebody) -> None:
    """Whoever has the mailbox on the second server sets the mail client to that server's host."""
    somebody = signed_in(app, None, at=PROVINCE)

    assert "mail.hue.gov.vn" in Page(somebody.client.get("/me/mail-client")).text
    assert "mail.hue.gov.vn" not in Page(operator.client.get("/me/mail-client")).text
