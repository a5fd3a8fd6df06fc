"""What every page keeps to: a strict content security policy, two languages, classes that exist."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from assets.lock import WEB
from assets.stylesheet import classes
from tests.house.sources import HOUSE, name, templates

STATIC = HOUSE / "provisioning/web/static"
# Letters go to mail clients, which know neither our policy nor our style sheets.
PAGES = [path for path in templates(".html") if "mail" not in path.relative_to(HOUSE).parts]
SPOKEN_ATTRIBUTES = {"alt", "aria-label", "aria-description", "data-label", "label", "placeholder", "title"}
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
# What stands for `{{ ... }}` while the rest of a template is read as HTML; no letter, no space.
HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
WORD = re.compile(r"[^\W\d_]{2,}")
# These are the same in every language.
NAMES = re.compile(r"Công vụ|congvu|CSV|XLSX?|PDF|IMAP|POP3|SMTP|TLS|SSL|TOTP|API|CCCD|LDAP|QR|JSON|STARTTLS|gov\.vn")

every_page = pytest.mark.parametrize("page", PAGES, ids=name)


class Reader(HTMLParser):
    """Collects what a template shows and does outside its expressions."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.refused: list[str] = []
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at each attribute, and at scripts and styles without a source."""
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.refused.append(f"<{tag}>")
        for attribute, value in attrs:
            if attribute == "style" or attribute.startswith("on") or (value or "").strip().startswith("javascript:"):
                self.refused.append(f"{tag} {attribute}")
            if attribute in SPOKEN_ATTRIBUTES:
                self.texts.append(value or "")
        self.classes |= {word for word in (given.get("class") or "").split() if HOLE not in word}

    def handle_data(self, data: str) -> None:
        """Keep the text between tags."""
        self.texts.append(data)


def read(page: Path) -> Reader:
    """Read a template as HTML, with its expressions and translated blocks taken out."""
    source = page.read_text(encoding="utf-8")
    source = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", HOLE, source, flags=re.DOTALL)
    source = re.sub(r"\{\{.*?\}\}", HOLE, source, flags=re.DOTALL)
    reader = Reader()
    # A space, because a condition may stand between two classes or attributes.
    reader.feed(re.sub(r"\{%.*?%\}", " ", source, flags=re.DOTALL))
    return reader


@cache
def styled() -> set[str]:
    """Every class that some style sheet of ours names."""
    return set().union(*(classes(sheet.read_text(encoding="utf-8")) for sheet in STATIC.rglob("*.css")))


@every_page
def test_nothing_is_inline(page: Path) -> None:
    """A page has no inline style, script or event handler: the content security policy refuses them."""
    assert read(page).refused == []


@every_page
def test_every_sentence_can_be_translated(page: Path) -> None:
    """What a page says stands in `_()` or a trans block."""
    texts = [NAMES.sub("", text) for text in read(page).texts]

    assert [text.strip() for text in texts if WORD.search(text)] == []


@every_page
def test_sentences_in_expressions_can_be_translated(page: Path) -> None:
    """A sentence inside an expression, such as a macro's argument, stands in `_()` too."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    tree = environment.parse(page.read_text(encoding="utf-8"))
    translated = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATORS
        for constant in call.find_all(nodes.Const)
    }

    raw = [
        constant.value
        for constant in tree.find_all(nodes.Const)
        if isinstance(constant.value, str) and id(constant) not in translated and _is_sentence(constant.value)
    ]

    assert raw == []


@every_page
def test_every_class_has_a_style(page: Path) -> None:
    """Each class a page names stands in a style sheet: perhaps scripts/vendor took it out, perhaps it is mistyped."""
    assert sorted(read(page).classes - styled()) == []


@every_page
def test_every_icon_is_in_the_sprite(page: Path) -> None:
    """An icon named in a page is one of scripts/assets/icons.txt."""
    (sprite,) = (HOUSE / WEB).rglob("sprite.svg")
    drawn = set(re.findall(r'id="([a-z0-9-]+)"', sprite.read_text()))

    used = set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']|sprite\.svg#([a-z0-9-]+)""", page.read_text()))

    assert {first or second for first, second in used} - drawn == set()


def test_reading_finds_what_is_refused(tmp_path: Path) -> None:
    """The reading that these tests stand on sees inline code, raw text and classes, and nothing that is translated."""
    page = tmp_path / "page.html"
    page.write_text(
        """{# a note #}<p class="btn {{ x }}-lt{% if y %} active{% endif %}" style="top:0" title="Raw title">
        {{ _("Fine") }} {% trans %}Fine{% endtrans %} Raw</p>
        <a href="javascript:go()" onclick="go()"></a><script>1</script>"""
    )

    reader = read(page)

    assert reader.refused == ["p style", "a href", "a onclick", "<script>"]
    assert [text.strip() for text in reader.texts if WORD.search(text)] == ["Raw title", f"{HOLE} {HOLE} Raw"]
    assert reader.classes == {"btn", "active"}


def _is_sentence(text: str) -> bool:
    """Whether a string looks meant for people: it begins with a capital and has a space, or has Vietnamese letters."""
    return bool(re.match(r"[A-Z][a-z]+ \w", text) or (not text.isascii() and WORD.search(NAMES.sub("", text))))
