"""A department in which there is something of everything: what attacks on pages aim at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from werkzeug.routing import Rule

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor, Base
from directory.credentials import make_api_token
from directory.credentials.app_passwords import make_app_password
from directory.grants import Grant
from directory.lifecycle import (
    Leaving,
    NewDomain,
    Posting,
    RoleOpening,
    Setting,
    add_domain,
    assign,
    leave,
    open_role_mailbox,
    set_policy,
)
from directory.lifecycle.corrections import Wish, send_corrections
from directory.lifecycle.mailing_lists import ListOpening, ListRule, open_mailing_list
from directory.officials import Official
from directory.reorganisation import Plan, reorganise
from provisioning.web.guard import Stage, need_of
from tests.book import acting, hire, mailbox_of
from tests.lists.workbooks import people, plain_list
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, PROVINCE, Somebody, agency, seed, signed_in
from tests.web.test_lists import planned

_BUT_REFUSALS = {"audit_events": "action NOT IN ('official.reveal_refused', 'list.look_refused')"}
_FLEETING = frozenset({"sessions", "failures"})
"""Tables that every request writes to."""


@dataclass(frozen=True)
class Attacked:
    """The ids of what there is, by the part of a view's name and the argument, and the one who may do everything."""

    operator: Somebody
    victim: Somebody
    ids: dict[str, Any]

    bodies: dict[str, dict[str, str | list[str]]]
    """Forms that name something of the department, by their address."""

    @property
    def columns(self) -> set[str]:
        """Give the name of every column that there is."""
        return {column.name for table in Base.metadata.sorted_tables for column in table.columns}

    def address(self, app: Flask, rule: Rule) -> str:
        """Give the address at which a route reaches something of the department; the victim's own pages are theirs."""
        blueprint = rule.endpoint.partition(".")[0]
        values = {}
        for name in rule.arguments:
            keys = (f"{rule.endpoint}.{name}", f"{blueprint}.{name}", name)
            values[name] = next(self.ids[key] for key in keys if key in self.ids)
        with app.test_request_context():
            return str(rule.build(values)[1])  # type: ignore[index]  # None only if a value were missing


def attacked(app: Flask) -> Attacked:
    """Make the department; long because it lists one thing of each kind with its id."""
    operator, victim = signed_in(app, "operator", at=PROVINCE), signed_in(app, "hr")
    staff_list = planned(victim, plain_list(people(3)).xlsx()).rpartition("/")[2]
    ends = [action for action in Page(operator.client.get("/me/sessions")).forms if action.startswith("/me/sessions/")]
    reference = next(action.split("/")[3] for action in ends if action.count("/") == 4)
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        here = agency(session, DEPARTMENT)
        one, gone, other = hire(session, now, here, "Nguyễn Bị Hại", "Nguyễn Đã Đi", "Nguyễn Bị Hại")
        sender = replace(acting(now, one), session_id=None)
        (wish,) = send_corrections(session, sender, [Wish("phone", "0912345678", "đổi số")])
        leave(session, now, [Leaving(gone.official_id)])
        until = now.today + timedelta(days=90)
        unit = session.scalars(select(Agency).where(Agency.parent_id == here.id)).one()
        (post,) = assign(session, now, [Posting(one.official_id, unit.id, "concurrent", "Kế toán", last_day=until)])
        (box,) = open_role_mailbox(session, now, [RoleOpening(here.id, "Văn thư", "vanthu.snv@tinh.gov.vn", [one.id])])
        rule = ListRule("Toàn thể", "members", "staff")
        (mailing,) = open_mailing_list(session, now, [ListOpening(here.id, "toanthe.snv@tinh.gov.vn", rule)])
        set_policy(session, now, [Setting(here.id, "session_hours", 10)])
        add_domain(session, now, [NewDomain(here.id, "snv.tinh.gov.vn", is_primary=False)])
        (plan,) = reorganise(session, now, [Plan([unit.id], until, [here.id])])
        instant = datetime.now(UTC)
        maker = Actor(instant, "test", account_id=operator.account_id, factor_at=instant)
        token, _ = make_api_token(session, maker, here.id, label="HR", days=30)
        officials = {each.id: each.public_id for each in session.scalars(select(Official))}
        grant = session.scalars(select(Grant.id).where(Grant.account_id == victim.account_id)).one()
        box_of = mailbox_of(session, session.get_one(Account, operator.account_id))
        device, _ = make_app_password(session, maker, box_of.id, label="Máy tính", scopes=["imap"])
        ids = {
            "public_id": officials[one.official_id],
            "leaving.come_back.public_id": officials[gone.official_id],
            "other_id": officials[other.official_id],
            "post_id": post.id,
            "mailing_lists.form.mailbox": box.public_id,
            "turn": "suspend",
            "field": "birth_date",
            "number": 6,
            "public": staff_list,
            "grant_id": grant,
            "plan": plan.public_id,
            "domains.name": "snv.tinh.gov.vn",
            "policies.name": "session_hours",
            "targets.name": "default",
            "duty": "head",
            "domains.what": "prefer",
            "reorganisation.what": "call-off",
            "kind": "mail",
            "corrections.public_id": wish.public_id,
            "my_corrections.public_id": wish.public_id,
            "role_mailboxes.public_id": box.public_id,
            "mailing_lists.public_id": mailing.public_id,
            "tokens.public_id": token.public_id,
            "app_passwords.public_id": device.public_id,
            "reference": reference,
            **{f"{part}.public_id": here.public_id for part in OF_AGENCIES},
            "reorganisation.change.public_id": unit.public_id,
        }
    bodies: dict[str, dict[str, str | list[str]]] = {
        "/officials/new/": {"agency": ids["adoption.public_id"], "full_name": "Lê Kẻ Gian", "title": "Chuyên viên"},
        "/mailing-lists/new": {**_LIST, "agency": ids["adoption.public_id"]},
        "/mailing-lists/preview": {**_LIST, "agency": ids["adoption.public_id"]},
        "/role-mailboxes/new": {
            "agency": ids["adoption.public_id"],
            "name": "Kẻ gian",
            "address": "ke.gian@tinh.gov.vn",
        },
        "/tokens/new": {"agency": ids["adoption.public_id"], "label": "Kẻ gian", "days": "30"},
    }
    return Attacked(operator, victim, ids, bodies)


_LIST = {"name": "Kẻ gian", "address": "ke.gian@tinh.gov.vn", "rule": "staff", "senders": "anyone"}
_TYPED = {
    "address": "moi.snv@tinh.gov.vn",
    "since": "01/01/2030",
    "valid_from": "01/01/2030",
    "last_day": "01/01/2030",
    "posts": "7",
    "reason": "lý do",
    "who": "vanthu.snv@tinh.gov.vn",
}
"""What somebody would type into fields that must not be empty."""


def forms_of(app: Flask, book: Attacked, rule: Rule) -> dict[str, str | list[str]]:
    """Give the form of a page as the operator of the province would send it."""
    where = book.address(app, rule)
    found = Page(book.operator.client.get(where)).forms if "GET" in (rule.methods or ()) else {}
    form = found.get(where) or found.get("") or {}
    if rule.endpoint == "mailing_lists.take_back":
        form = {"mailbox": book.ids["mailing_lists.form.mailbox"]}
    return {name: value or _TYPED.get(name, "") for name, value in form.items()} or {"reason": "lý do"}


OF_AGENCIES = ("adoption", "agencies", "agency_identity", "agency_changes", "domains", "reorganisation", "policies")


def posts(app: Flask, *stages: Stage) -> list[Rule]:
    """Give the routes that take forms."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    found = [(rule, need_of(app.view_functions[rule.endpoint])) for rule in rules]
    return sorted((rule for rule, need in found if need and need.stage in stages), key=lambda rule: rule.rule)


def state_of(app: Flask) -> dict[str, str]:
    """Give a digest of each table, so that one sees where something changed; a refusal written down is no change."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return {
            table.name: hashlib.sha256(
                str(
                    session.scalar(
                        text(
                            f"SELECT string_agg(t::text, '|' ORDER BY t::text) FROM {table.name} t"
                            f" WHERE {_BUT_REFUSALS.get(table.name, 'true')}"
                        )
                    )
                ).encode()
            ).hexdigest()
            for table in Base.metadata.sorted_tables
            if table.name not in _FLEETING
        }
