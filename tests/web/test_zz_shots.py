"""Screens."""
from __future__ import annotations
import pyotp, time
from datetime import UTC, datetime
from flask import Flask
from playwright.sync_api import Browser
from tests.web.test_in_browser import chromium, portal, visit  # noqa
from tests.web.people import signed_in, seed, agency, book_of, DEPARTMENT
from directory.credentials import issue_activation_codes
from directory.grants import Grant
from tests.book import hire, LONG_AGO
OUT="/tmp/credentials/shots/"
def test_shots(chromium: Browser, portal: tuple[Flask, str]) -> None:
    """Take pictures."""
    app, address = portal
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        a, = hire(session, now, agency(session, DEPARTMENT), "Nguyễn Thị Ánh Đào", state="pending")
        session.add(Grant(account_id=a.id, role="agency_it", agency_id=agency(session, DEPARTMENT).id, valid_from=LONG_AGO))
        hire(session, now, agency(session, DEPARTMENT), "Lê Văn Sơn", "Hoàng Thị Phương Thảo", "Y Thanh Niê", state="pending")
        session.flush()
        ((_, code),) = issue_activation_codes(session, now, [a.id]); number=a.number
    sizes=[({"width":1440,"height":900},"w"),({"width":360,"height":740},"n")]
    with visit(chromium, address, None, sizes[0][0]) as page:
        def shot(name):
            for size,suffix in sizes:
                page.set_viewport_size(size); page.wait_for_timeout(150)
                page.screenshot(path=f"{OUT}{name}-{suffix}.png", full_page=True)
            page.set_viewport_size(sizes[0][0])
        page.goto(address+"/sign-in"); shot("01-signin")
        page.goto(address+"/activate#"+code); shot("02-activate")
        assert page.input_value("#code")==code
        page.fill("#password","nguyenanhdao1"); page.fill("#again","nguyenanhdao1"); page.click("main button[type=submit]"); shot("03-weak")
        page.fill("#code",code)
        pw="bảy con cò trắng bay ngang ruộng"
        page.fill("#password",pw); page.fill("#again",pw); page.click("main button[type=submit]"); page.wait_for_url("**/enrol/app**"); shot("04-enrol")
        page.click("summary:has-text('Không quét')"); secret=page.text_content("#secret").strip()
        page.fill("#code",pyotp.TOTP(secret).now()); page.click("main form button[type=submit]"); page.wait_for_selector("#codes"); shot("05-codes")
        codes=[e.text_content() for e in page.query_selector_all("#codes li")]
        page.check("[name=kept]"); page.click("main form button[type=submit]"); page.wait_for_url("**/begin"); shot("06-begin")
        page.click("text=Tạo mật khẩu ứng dụng"); shot("07-newapp")
        page.fill("#label","Thunderbird, máy tính cơ quan"); page.click("main form button[type=submit]"); shot("08-app")
        for path,name in (("/me","10-me"),("/me/record","11-record"),("/me/password","12-password"),("/me/sessions","13-sessions"),("/me/app-passwords","14-apps"),("/me/mail-client","15-client"),("/enrol/codes","16-newcodes"),("/enrol/app","17-reenrol"),("/tokens","18-tokens"),("/tokens/new","19-newtoken"),("/slips","20-slips"),("/sign-in/again","21-again")):
            page.goto(address+path); shot(name)
        page.goto(address+"/tokens/new"); page.fill("#label","Nạp danh sách, phòng TCCB"); page.click("main form button[type=submit]"); shot("22-token")
        page.goto(address+"/tokens"); shot("23-tokens")
        page.goto(address+"/forgotten"); shot("30-forgot"); page.fill("#name",number); page.click("main form button[type=submit]"); shot("31-app")
        page.fill("#code","000000"); page.click("main form button[type=submit]"); shot("32-wrong")
        time.sleep(max(0,31-datetime.now(UTC).timestamp()%30))
        page.fill("#code",pyotp.TOTP(secret).now()); page.click("main form button[type=submit]"); page.wait_for_url("**/code"); shot("33-code")
        page.fill("#code",codes[0].lower()); page.click("main form button[type=submit]"); page.wait_for_url("**/password"); shot("34-newpw")
        pw2="ba chiếc thuyền nan neo bến cũ"
        page.fill("#password",pw2); page.fill("#again",pw2); page.check("input[value=revoke]"); page.click("main form button[type=submit]"); page.wait_for_url("**/sign-in"); shot("35-done")
        page.fill("#name",number); page.fill("#password",pw); page.click("main form button[type=submit]"); shot("36-refused")
        page.fill("#password",pw2); page.click("main form button[type=submit]"); shot("37-second")
        page.fill("#code",codes[1]); page.click("main form button[type=submit]"); page.wait_for_url(address+"/"); shot("38-home")
