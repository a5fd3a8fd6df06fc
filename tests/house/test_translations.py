"""Everything that people read is there in Vietnamese; English is the message ids themselves."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest
from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

import directory.errors
import provisioning.app
import provisioning.cli  # noqa: F401 - so that every refusal, wherever it is declared, is among the subclasses
from provisioning.languages import DEFAULT, LANGUAGES, TRANSLATIONS, catalogue
from tests.house.sources import name, python_files, templates, tree

KEYWORDS = {"N_": None, "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
FIELD = re.compile(r"\{[^{}]*\}|%\(\w+\)[sd]|%[sd]")
AREAS = sorted(TRANSLATIONS.rglob("*.po"))

every_area = pytest.mark.parametrize("area", AREAS, ids=name)


@cache
def said() -> dict[str, str]:
    """Every message id that code and templates say, with a place where."""
    found: dict[str, str] = {}
    for path in python_files("directory", "provisioning"):
        for line, ids, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            found[ids if isinstance(ids, str) else ids[0]] = f"{name(path)}:{line}"
        for line, reason in _reasons(path):
            found[reason] = f"{name(path)}:{line}"
    for path in templates(".html", ".txt", ".typ"):
        for line, written in _in_template(path):
            found[written] = f"{name(path)}:{line}"
    for refusal in refusals(directory.errors.DirectoryError):
        found[refusal().message_id] = f"{refusal.__module__}.{refusal.__name__}"
    return found


def _reasons(path: Path) -> Iterator[tuple[int, str]]:
    """What refusals give as their `reason`: it is said inside their sentence, in the reader's language."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.keyword) and node.arg == "reason" and isinstance(node.value, ast.Constant):
            yield node.value.lineno, str(node.value.value)


def _in_template(path: Path) -> Iterator[tuple[int, str]]:
    options = {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "silent": "false"}
    with path.open("rb") as source:
        for line, _, ids, _ in babel_extract(source, list(KEYWORDS), [], options):
            message = ids if isinstance(ids, str) else (ids or [None])[0]
            # What is not written there, as in `_(place.name)`, is written where its value comes from.
            if message is not None:
                yield line, message


def refusals(kind: type[directory.errors.DirectoryError]) -> list[type[directory.errors.DirectoryError]]:
    """Every kind of refusal below one: its docstring is what people read."""
    return [kind, *(deeper for below in kind.__subclasses__() for deeper in refusals(below))]


@cache
def translated() -> dict[str, list[polib.POEntry]]:
    """Every entry of the catalogues by its message id."""
    found: dict[str, list[polib.POEntry]] = {}
    for area in AREAS:
        for entry in polib.pofile(str(area), encoding="utf-8"):
            found.setdefault(entry.msgid, []).append(entry)
    return found


def test_every_message_is_translated() -> None:
    """Every message that code, a template or a refusal says stands in the Vietnamese catalogue."""
    missing = {message: place for message, place in said().items() if message not in translated()}

    assert missing == {}


def test_every_translation_is_said() -> None:
    """No translation is left over from a message that nobody says any more."""
    assert sorted(translated().keys() - said().keys()) == []


def test_a_message_is_translated_once() -> None:
    """A message that two areas say has one translation."""
    differing = [message for message, entries in translated().items() if len({entry.msgstr for entry in entries}) > 1]

    assert differing == []


@every_area
def test_catalogue_is_complete(area: Path) -> None:
    """Each entry is translated, in every plural form, and none is marked as doubtful or dead."""
    entries = polib.pofile(str(area), encoding="utf-8", check_for_duplicates=True)

    wanting = [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy or entry.obsolete]

    assert wanting == []


@every_area
def test_translation_has_the_fields_of_its_message(area: Path) -> None:
    """A translation fills in the same fields as its message, or it would break when it is said."""
    entries = [entry for entry in polib.pofile(str(area), encoding="utf-8") if not entry.msgid_plural]

    differing = [entry.msgid for entry in entries if _fields(entry.msgid) != _fields(entry.msgstr)]

    assert differing == []


def test_catalogues_compile() -> None:
    """Every language compiles, and the default one answers in its own words."""
    message, entries = next(iter(translated().items()))

    answers = {language: catalogue(language).gettext(message) for language in LANGUAGES}

    assert answers == {"en": message, DEFAULT: entries[0].msgstr}


def _fields(text: str) -> list[str]:
    return sorted(set(FIELD.findall(text)))
