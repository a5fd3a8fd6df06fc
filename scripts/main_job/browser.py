"""A very small browser: follows links, fills in the forms that a page really has, keeps cookies."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar


class Unexpected(Exception):
    """A page was not what the step needs."""


@dataclass
class Form:
    """A form as the page has it: its fields with the values they would be sent with."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """The values of checkboxes and radio buttons that are not sent unless they are chosen."""


@dataclass
class Page:
    """One answer of the server."""

    url: str
    status: int
    kind: str
    body: bytes
    forms: list[Form]
    links: list[str]
    text: str

    def form(self, *names: str) -> Form:
        """Give the first form that has all these fields."""
        for each in self.forms:
            if set(names) <= each.names:
                return each
        known = [sorted(each.names) for each in self.forms]
        raise Unexpected(f"{self.url} ({self.status}) has no form with {names}; it has {known}: {self.text[:300]}")


class Browser:
    """One person's browser, on one server."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, *, expect: int = 200) -> Page:
        """Load a page."""
        return self._answer(urllib.request.Request(urllib.parse.urljoin(self.base_url, path)), expect)

    def submit(self, page: Page, form: Form, values: Mapping[str, str | list[str]], *, expect: int = 200) -> Page:
        """Send a form with these values over what it already holds."""
        unknown = set(values) - form.names
        if unknown:
            raise Unexpected(f"the form on {page.url} has no field {sorted(unknown)}; it has {sorted(form.names)}")
        data = [(name, value) for name, value in form.fields if name not in values]
        for name, value in values.items():
            data += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        encoded = urllib.parse.urlencode(data)
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.method == "get":
            return self.open(f"{url.partition('?')[0]}?{encoded}", expect=expect)
        request = urllib.request.Request(url, data=encoded.encode(), headers={"Referer": page.url})
        return self._answer(request, expect)

    def _answer(self, request: urllib.request.Request, expect: int) -> Page:
        try:
            with self._opener.open(request, timeout=60) as answer:
                page = _page(answer.url, answer.status, answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as answer:
            page = _page(answer.url or request.full_url, answer.code, answer.headers.get_content_type(), answer.read())
        if page.status != expect:
            raise Unexpected(f"{request.get_method()} {page.url} answered {page.status}: {page.text[:300]}")
        return page


def _page(url: str, status: int, kind: str, body: bytes) -> Page:
    reader = _Reader()
    if kind == "text/html":
        reader.feed(body.decode())
    return Page(url, status, kind, body, reader.forms, reader.links, " ".join(" ".join(reader.words).split()))


class _Reader(HTMLParser):
    """Collects forms, links and words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._chosen: str | None = None
        self._area: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of what matters."""
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "svg"):
            self._silent += 1
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is not None and "disabled" not in values:
            self._field(self._form, tag, values)

    def _field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name = values.get("name")
        if tag == "option" and self._select:
            if self._chosen is None or "selected" in values:
                self._chosen = values.get("value", "")
            form.choices.setdefault(self._select, []).append(values.get("value", ""))
        if not name:
            return
        if tag in ("input", "select", "textarea", "button"):
            form.names.add(name)
        if tag == "select":
            self._select, self._chosen = name, None
        if tag == "textarea":
            self._area = ""
            form.fields.append((name, ""))
        if tag == "input" and values.get("type") not in ("submit", "button", "file"):
            if values.get("type") in ("checkbox", "radio"):
                form.choices.setdefault(name, []).append(values.get("value", "on"))
                if "checked" not in values:
                    return
            form.fields.append((name, values.get("value", "on" if values.get("type") == "checkbox" else "")))

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag in ("script", "style", "svg"):
            self._silent -= 1
        if tag == "form":
            self._form = None
        if tag == "select" and self._form is not None and self._select is not None:
            self._form.fields.append((self._select, self._chosen or ""))
            self._select = None
        if tag == "textarea" and self._form is not None and self._area is not None:
            name, _ = self._form.fields[-1]
            self._form.fields[-1] = (name, self._area.removeprefix("\n"))
            self._area = None

    def handle_data(self, data: str) -> None:
        """Keep the words that a person sees."""
        if self._area is not None:
            self._area += data
        elif not self._silent:
            self.words.append(data)
