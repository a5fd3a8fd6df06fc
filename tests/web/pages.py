"""Reading a page as a person does: its text, its links, its forms."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from werkzeug.test import TestResponse


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.answer = answer
        self.status = answer.status_code
        self.links: list[str] = []
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] = {}
        self._select = ""
        self._shown: list[str] = []
        self.feed(answer.get_data(as_text=True))

    @property
    def text(self) -> str:
        """Everything that is read, on one line."""
        return re.sub(r"\s+", " ", " ".join(self._shown))

    @property
    def token(self) -> str:
        """The token that the page's forms carry."""
        return next(form["csrf_token"] for form in self.forms.values() if "csrf_token" in form)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note links, forms and what their fields hold."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self._form = self.forms.setdefault(given.get("action", ""), {})
        elif tag == "input" and "name" in given:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self._form[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form):
            self._form[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._form[given.get("name", "")] = ""

    def handle_data(self, data: str) -> None:
        """Note what is read."""
        self._shown.append(data)
