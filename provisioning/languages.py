"""Languages: what a person reads. Message ids are English; one .po a language and area is merged here in memory."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DEFAULT = "vi"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
TRANSLATIONS = Path(__file__).parent / "translations"
SPOKEN = ("field", "reason", "state", "subject")
"""Fields of a message that are words of ours and are translated too; all others are data."""


def N_(message_id: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a message id where it is written; it is translated where it is shown."""
    return message_id


WORDS = {
    "full_name": N_("full name"),
    "title": N_("post"),
    "rank": N_("rank"),
    "category": N_("category"),
    "sex": N_("sex"),
    "birth_date": N_("birth date"),
    "personal_id": N_("personal ID number"),
    "phone": N_("phone"),
    "personal_mail": N_("personal e-mail"),
    "staff_number": N_("staff number"),
    "work_phone": N_("telephone at work"),
    "extension": N_("extension"),
    "address": N_("official address"),
    "agency": N_("agency"),
    "code": N_("identifier code"),
    "name": N_("name"),
    "short_name": N_("short name"),
    "kind": N_("kind"),
    "titles": N_("titles"),
    "posts": N_("headcount"),
    "valid_from": N_("from"),
    "pending": N_("not activated yet"),
    "active": N_("active"),
    "suspended": N_("suspended"),
    "disabled": N_("disabled"),
    "closed": N_("closed"),
    "retiring": N_("retiring"),
    "retired": N_("retired"),
    "withdrawn": N_("withdrawn"),
}
"""What the book's names of fields and states are called inside a sentence."""


@cache
def catalogue(language: str) -> NullTranslations:
    """Give everything that is said in a language; English needs no catalogue, it is the message ids."""
    areas = sorted((TRANSLATIONS / language).glob("*.po"))
    if not areas:
        return NullTranslations()
    merged = Catalog(locale=language)
    for area in areas:
        with area.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    merged[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(message_id: str, language: str, **fields: object) -> str:
    """Say a message in a language, its {fields} filled in."""
    known = catalogue(language)
    spoken = {
        name: known.gettext(WORDS.get(value, value)) if name in SPOKEN and isinstance(value, str) and value else value
        for name, value in fields.items()
    }
    said = known.gettext(message_id)
    return said.format(**spoken) if fields else said
