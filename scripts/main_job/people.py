"""People of the main job: each with a browser, a password and an authenticator app of their own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pyotp

from .browser import Browser, Page, Unexpected

STEP_SECONDS = 30


@dataclass
class Person:
    """Someone who uses the portal and a mail client."""

    browser: Browser
    address: str
    password: str = ""
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)
    app_password: str = ""
    _last_step: int = 0

    def code(self) -> str:
        """Read the authenticator app; a code that was used already is waited out, as a person must."""
        while (step := int(time.time()) // STEP_SECONDS) <= self._last_step:
            time.sleep(0.2)
        self._last_step = step
        return pyotp.TOTP(self.secret).at(step * STEP_SECONDS)

    def sign_in(self) -> Page:
        """Sign in with both factors."""
        page = self.browser.open("/sign-in")
        form = page.form("name", "password")
        page = self.browser.submit(page, form, {"name": self.address, "password": self.password})
        page = self.browser.submit(page, page.form("code"), {"code": self.code()})
        if self.browser.open("/").url.endswith("/sign-in"):
            raise Unexpected(f"{self.address} is not signed in after both factors")
        return page
