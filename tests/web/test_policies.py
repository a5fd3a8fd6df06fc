"""The pages of policies: each with a form of its own, where it comes from, and whom a change touches."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from directory.base import system
from directory.lifecycle import roll_out_next
from provisioning.bootstrap import clock
from provisioning.web.policies import GROUPS, POLICY_FORMS
from tests.web.pages import Page
from tests.web.people import Somebody, agency, book_of, fill_in, signed_in

Sent = dict[str, str | list[str]]
RULES: Sent = {"rules-0-place": "1", "rules-0-words": "giám đốc", "rules-0-value": "4096", "default": "800"}
CHANGES: dict[str, tuple[Sent, str]] = {
    "naming_patterns": ({"value": "{full}\n{given}{n}"}, "họ và tên; tên + số"),
    "reserved_locals": ({"value": "bantin, phong.vien"}, "bantin, phong.vien"),
    "forbidden_locals": ({"value": "vodanh"}, "vodanh"),
    "keep_address": ({"value": "no"}, "cấp địa chỉ mới"),
    "alias_days": ({"value": ""}, "mãi mãi"),
    "quarantine_days": ({"value": "400"}, "400 ngày"),
    "mailbox_kept_months": ({"rules-0-words": "", "default": "9"}, "9 tháng"),
    "forward_on_leaving": ({"value": "no"}, "không cho phép"),
    "quota_rules": (RULES, "giám đốc: 4 GB; còn lại: 800 MB"),
    "role_quota_bytes": ({"value": "3072"}, "3 GB"),
    "second_factor": (
        {"who": "roles", "since": "01/02/2030"},
        "Bắt buộc với người được phân quyền, từ ngày 01/02/2030",
    ),
    "password_profile": ({"value": "vn-l3"}, "An toàn cấp độ 3"),
    "session_idle_minutes": ({"value": "7"}, "7 phút"),
    "session_hours": ({"value": "9"}, "9 giờ"),
    "unused_days": ({"value": "60"}, "60 ngày"),
    "colleague_fields": ({"value": ["title", "rank"]}, "Chức vụ, Ngạch"),
    "use_days": ({"value": "45"}, "45 ngày"),
    "targets": ({"provided": "99"}, "99 %"),
}


AS_OPENED: dict[str, Sent] = {
    "naming_patterns": {"value": "{given}{initials}\n{given}{initials}.{unit}\n{full}"},
    "colleague_fields": {"value": ["title", "address", "extension"]},
}
"""What a browser sends of a text area and of several boxes, which the reader of pages leaves out."""


@pytest.fixture
def app(fleeting_app: Flask) -> Flask:
    """Give an application whose book is empty again after the test."""
    return fleeting_app


@pytest.fixture
def operator(app: Flask) -> Somebody:
    """Give the operator of the province."""
    return signed_in(app, "operator", at="H36")


def path(app: Flask, code: str) -> str:
    """Give the address of the policies of an agency."""
    with app.extensions["congvu"].outbox.transaction() as session:
        return f"/agencies/{agency(session, code).public_id}/policies"


def confirm(somebody: Somebody, where: str, answer: TestResponse) -> TestResponse:
    """Confirm what the page of the consequences asks."""
    hidden = re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', answer.get_data(as_text=True), re.DOTALL)
    sent = MultiDict((name, html.unescape(value)) for name, value in hidden if name not in ("csrf_token", "next"))
    sent["csrf_token"] = Page(answer).token
    return somebody.client.post(where, data=sent)


def change(somebody: Somebody, where: str, **fields: str | list[str]) -> TestResponse:
    """Change a policy and confirm it."""
    return confirm(somebody, where, fill_in(somebody, where, **fields))


def test_every_policy_is_on_the_page(app: Flask, operator: Somebody) -> None:
    """The page lists each policy once, in its group, with a link to its form."""
    page = Page(operator.client.get(path(app, "H36")))

    assert sorted(name for names in GROUPS.values() for name in names) == sorted(POLICY_FORMS)
    assert page.text.count("mặc định của hệ thống") == len(POLICY_FORMS)


@pytest.mark.parametrize("name", CHANGES)
def test_policy_is_set_in_its_own_form(app: Flask, operator: Somebody, name: str) -> None:
    """Each policy has a form that fits its value; once confirmed, the page says the new value."""
    fields, said = CHANGES[name]
    where = f"{path(app, 'H36')}/{name}"

    answer = change(operator, where, **fields)

    page = Page(operator.client.get(answer.headers["Location"]))
    assert said in page.text
    assert "đặt tại đây" in page.text


@pytest.mark.parametrize("name", CHANGES)
def test_form_gives_back_what_it_shows(app: Flask, operator: Somebody, name: str) -> None:
    """A form that is sent as it was opened asks for the value that holds already."""
    where = f"{path(app, 'H36')}/{name}"

    page = Page(fill_in(operator, where, **AS_OPENED.get(name, {})))

    now, then = page.text.split("Hiện nay", 1)[1].split("Từ nay", 1)
    assert then.strip().startswith(now.strip())


def test_nothing_changes_before_it_is_confirmed(app: Flask, operator: Somebody) -> None:
    """The first answer says how many officials a change touches and changes nothing."""
    book_of(app, "Trần Văn Đạt", "Lê Văn Sáu")
    where = path(app, "H36")

    answer = fill_in(operator, where + "/quota_rules", default="100")

    assert "3 cán bộ" in Page(answer).text
    assert "3 hộp thư nhỏ đi" in Page(answer).text
    assert "100 MB" not in Page(operator.client.get(where)).text


@pytest.mark.parametrize("name", ["unused_days", "app_password_unused_days"])
def test_what_is_done_at_night_says_so(app: Flask, operator: Somebody, name: str) -> None:
    """What nobody's next use sets off, but the night, is not said to wait for a use."""
    answer = fill_in(operator, path(app, "H36") + f"/{name}", value="60")

    text = Page(answer).text
    assert ("Mỗi đêm hệ thống xét một lần" in text, "lần dùng tới" in text) == (True, False)


def test_second_factor_says_who_must_enrol(app: Flask, operator: Somebody) -> None:
    """Before a second factor becomes compulsory the page says how many have none."""
    book_of(app, "Trần Văn Đạt")

    answer = fill_in(operator, path(app, "H36") + "/second_factor", who="everybody")

    assert "2 cán bộ chưa có xác thực hai lớp" in Page(answer).text


def test_inherited_policy_says_from_where(app: Flask, operator: Somebody) -> None:
    """An agency below shows whose policy it inherits."""
    change(operator, path(app, "H36") + "/use_days", value="45")

    assert "theo Tỉnh Một" in Page(operator.client.get(path(app, "H36.05"))).text


def test_policy_is_withdrawn(app: Flask, operator: Somebody) -> None:
    """A policy set at an agency can be inherited again, after a look at what that means."""
    where = path(app, "H36.05")
    change(operator, where + "/use_days", value="46")

    answer = confirm(operator, where + "/use_days/inherit", operator.client.get(where + "/use_days/inherit"))

    assert "46 ngày" not in Page(operator.client.get(answer.headers["Location"])).text


def test_inherited_policy_cannot_be_withdrawn(app: Flask, operator: Somebody) -> None:
    """What an agency has not set itself has no page to withdraw it."""
    assert operator.client.get(path(app, "H36.05") + "/use_days/inherit").status_code == 404


def test_rollout_shows_its_progress(app: Flask, operator: Somebody) -> None:
    """The page shows how far a change has come, and at the end how many it changed."""
    book_of(app, "Trần Văn Đạt")
    where = path(app, "H36")
    change(operator, where + "/quota_rules", default="100")
    during = Page(operator.client.get(where + "/rollouts")).text
    with app.extensions["congvu"].outbox.transaction() as session:
        roll_out_next(session, system(clock(), "test"))

    after = Page(operator.client.get(where + "/rollouts")).text

    assert "0 / 2" in during
    assert "Đã xong: xét 2, đổi 2" in after


def test_rollout_that_waits_says_for_which_day(app: Flask, operator: Somebody) -> None:
    """A second factor that holds from a day on waits for it, and the page says so."""
    where = path(app, "H36")

    change(operator, where + "/second_factor", who="everybody", since="01/02/2090")

    assert "Chờ đến ngày 01/02/2090" in Page(operator.client.get(where + "/rollouts")).text


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("naming_patterns", {"value": "{name}"}, "Không phải quy tắc"),
        ("naming_patterns", {"value": "{full}{n}\n{given}"}, "Chỉ quy tắc cuối cùng"),
        ("reserved_locals", {"value": "Ăn"}, "Không phải giá trị"),
        ("quota_rules", {"rules-0-words": "giám đốc", "rules-0-value": ""}, "Mục này bắt buộc nhập"),
        ("quota_rules", {"default": "0"}, "Không phải giá trị"),
        ("role_quota_bytes", {"value": "a"}, "nhập một số nguyên"),
        ("second_factor", {"since": "mai"}, "Ngày không hợp lệ"),
    ],
)
def test_unfit_value_is_refused_in_the_form(
    app: Flask, operator: Somebody, name: str, fields: dict[str, str], said: str
) -> None:
    """What a policy cannot have is refused with what is wrong, before anything is confirmed."""
    answer = fill_in(operator, f"{path(app, 'H36')}/{name}", **fields)

    assert answer.status_code == 422
    assert said in Page(answer).text


def test_cells_that_a_table_has_not_are_refused(app: Flask, operator: Somebody) -> None:
    """A field beside those of the table's rows is refused, never ignored."""
    answer = fill_in(operator, path(app, "H36") + "/quota_rules", **{"rules-0-agency": "1"})

    assert answer.status_code == 400


def test_examples_follow_the_patterns_that_are_typed(app: Flask, operator: Somebody) -> None:
    """While patterns are typed, the page shows what they make of names, and what is wrong with them."""
    where = path(app, "H36") + "/naming_patterns"
    token = Page(operator.client.get(where)).token

    said = [
        Page(operator.client.post(where + "/examples", data={"csrf_token": token, "value": value})).text
        for value in ("{initials}{given}", "{initials")
    ]

    assert "nvan" in said[0]
    assert "hlinhbya" not in said[0]
    assert "Không phải quy tắc" in said[1]


def test_page_without_a_right_to_change_offers_none(app: Flask) -> None:
    """Agency IT staff see the policies, but neither forms nor rollouts."""
    staff = signed_in(app, "agency_it")
    answer = staff.client.get(path(app, "H36.05"))

    assert answer.status_code == 200
    assert "use_days" not in answer.get_data(as_text=True)
    assert staff.client.get(path(app, "H36.05") + "/use_days").status_code == 403


def test_policies_elsewhere_are_not_there(app: Flask, operator: Somebody) -> None:
    """The policies of an agency that one does not look after are not found, by any way."""
    where = path(app, "H37")

    answers = [operator.client.get(where + end) for end in ("", "/use_days", "/use_days/inherit", "/rollouts")]

    assert [answer.status_code for answer in answers] == [404] * 4


@pytest.mark.parametrize("step", ["first", "confirmation"])
def test_second_window_is_told_what_changed(app: Flask, operator: Somebody, step: str) -> None:
    """Whoever had the form, or its confirmation, open while another set the policy hears the value; then it is set."""
    where = path(app, "H36") + "/use_days"
    form = {"csrf_token": Page(operator.client.get(where)).token, "seen": seen_in(operator, where), "value": "77"}
    asked = operator.client.post(where, data=form)
    change(signed_in(app, "operator", at="H36"), where, value="66")

    answer = operator.client.post(where, data=form) if step == "first" else confirm(operator, where, asked)

    assert answer.status_code == 422
    assert "hiện là: 66 ngày" in Page(answer).text
    again = confirm(operator, where, operator.client.post(where, data={**form, "seen": seen_in(operator, where)}))
    assert "77 ngày" in Page(operator.client.get(again.headers["Location"])).text


def test_second_window_withdraws_nothing_unseen(app: Flask, operator: Somebody) -> None:
    """A policy that was set anew after the page of its withdrawal was opened stays."""
    where = path(app, "H36")
    change(operator, where + "/use_days", value="66")
    asked = operator.client.get(where + "/use_days/inherit")
    change(operator, where + "/use_days", value="77")

    answer = confirm(operator, where + "/use_days/inherit", asked)

    assert (answer.status_code, "hiện là: 77 ngày" in Page(answer).text) == (409, True)


def seen_in(somebody: Somebody, where: str) -> str:
    """Give the mark of what held when a form was opened."""
    (mark,) = re.findall(r'name="seen" type="hidden" value="(\w+)"', somebody.client.get(where).get_data(as_text=True))
    return str(mark)


def test_held_policy_binds_those_below(app: Flask, operator: Somebody) -> None:
    """A policy that is held says so on the page, and the form of an agency below refuses what is less strict."""
    above, below = path(app, "H36"), path(app, "H36.05")
    change(operator, above + "/session_hours", value="8", is_held="y")

    answer = fill_in(operator, below + "/session_hours", value="9")

    assert "được giữ: cơ quan cấp dưới chỉ được đặt chặt hơn" in Page(operator.client.get(below)).text
    assert (answer.status_code, "Tỉnh Một giữ chính sách này" in Page(answer).text) == (422, True)
    assert change(operator, below + "/session_hours", value="7").status_code == 303
