"""What stands round every answer: headers, caching, compression, where links lead."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from provisioning.app import create_app
from provisioning.bootstrap import Service
from provisioning.web.assets import STATIC
from provisioning.web.request import link, safe_path, source
from tests.web.conftest import BASE_URL

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Security-Policy", STRICT),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("Cache-Control", "no-store"),
    ],
)
def test_every_page_is_protected(stranger: FlaskClient, name: str, value: str) -> None:
    """A page carries the header that keeps browsers from doing more than they must."""
    answer = stranger.get("/nowhere")

    assert answer.headers[name] == value


def test_cookie_is_bound_to_this_host(stranger: FlaskClient) -> None:
    """The cookie of forms is out of reach of scripts, of other sites and of hosts beside this one."""
    cookie = stranger.get("/nowhere").headers["Set-Cookie"]

    assert re.fullmatch(r"__Host-congvu=[^;]+; Secure; HttpOnly; Path=/; SameSite=Lax", cookie)


def test_linked_asset_is_kept_for_ever(stranger: FlaskClient) -> None:
    """A style sheet is linked under a hash of its content, and kept without asking again."""
    address = re.search(r"/static/\w+/app\.css", stranger.get("/nowhere").get_data(as_text=True))
    assert address

    answer = stranger.get(address[0])

    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.get_data() == (STATIC / "app.css").read_bytes()


def test_asset_of_an_earlier_release_is_not_kept(stranger: FlaskClient) -> None:
    """Under the hash of another release the present file is sent, and asked for again next time."""
    answer = stranger.get("/static/000000000000/app.css")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["../web/guard.py", "%2e%2e/guard.py", "vendor", "nothing.css"])
def test_only_assets_are_sent(stranger: FlaskClient, path: str) -> None:
    """What is not one of the files read at the start is not found."""
    assert stranger.get(f"/static/000000000000/{path}").status_code == 404


def test_assets_are_sent_packed(stranger: FlaskClient) -> None:
    """A browser that can unpack gets less."""
    answer = stranger.get("/static/x/app.css", headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(answer.get_data()) == (STATIC / "app.css").read_bytes()


@pytest.mark.parametrize(
    ("site", "packed"), [("same-origin", True), ("none", True), ("cross-site", False), ("", False)]
)
def test_page_is_packed_only_for_ourselves(stranger: FlaskClient, site: str, packed: bool) -> None:  # noqa: FBT001 - a case
    """A page that another site had asked for is not packed, so that its length tells nothing (BREACH)."""
    answer = stranger.get("/nowhere", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": site})

    assert (answer.headers.get("Content-Encoding") == "gzip") is packed


@pytest.mark.parametrize(
    "spoof",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:443"},
        {"Host": "portal.example@evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Server": "evil.example"},
        {"X-Host": "evil.example"},
        {"X-HTTP-Host-Override": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Forwarded-Proto": "http"},
        {"X-Forwarded-Port": "1"},
        {"X-Forwarded-Prefix": "//evil.example"},
        {"X-Original-URL": "http://evil.example/"},
    ],
    ids=str,
)
def test_links_never_follow_the_request(empty_app: Flask, spoof: dict[str, str]) -> None:
    """A link begins with the configured address, whatever the request calls our host; so does a redirect."""
    with empty_app.test_request_context("/", headers=spoof):
        assert link("/activate") == f"{BASE_URL}/activate"

    assert empty_app.test_client().get("/", headers=spoof).headers["Location"].startswith("/")


def test_forwarded_address_needs_a_proxy_of_ours(empty_app: Flask) -> None:
    """Without a configured proxy the peer's address counts, not the one it claims."""
    told = {"X-Forwarded-For": "10.9.8.7"}

    with empty_app.test_request_context("/", headers=told, environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        assert source() == "192.0.2.1"


def test_forwarded_address_counts_behind_a_proxy_of_ours(empty_service: Service) -> None:
    """Behind one configured proxy the last address that it adds counts, not what the visitor wrote before it."""
    settings = empty_service.settings.model_copy(update={"trusted_proxies": 1})
    app = create_app(replace(empty_service, settings=settings))
    seen: list[str] = []
    app.before_request(lambda: seen.append(source()))

    app.test_client().get("/nowhere", headers={"X-Forwarded-For": "6.6.6.6, 10.9.8.7"})

    assert seen == ["10.9.8.7"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/ok\r\nSet-Cookie: a=b",
        " //evil.example",
        "evil.example",
        "/\u2044evil.example",
        "",
        None,
    ],
)
def test_way_back_stays_with_us(wanted: str | None) -> None:
    """A way back that a browser could take for another site leads to the start page."""
    assert safe_path(wanted, "/") == "/"


def test_way_back_keeps_its_question() -> None:
    """A path of our own is followed with its question."""
    assert safe_path("/officials?q=anh+dao", "/") == "/officials?q=anh+dao"
