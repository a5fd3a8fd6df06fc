"""Forms: the shape of what is typed. Rules about officials and agencies are the book's, not theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from flask import render_template, request
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from wtforms import DateField, Field, FieldList, FormField, StringField
from wtforms import Form as WTForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import TextInput

from directory.errors import DirectoryError
from provisioning.languages import N_
from provisioning.web.language import gettext, lazy_gettext, say
from provisioning.web.request import book

_NOT_A_FORMS_BUSINESS = frozenset({401, 403, 404, 500})
BUILT_IN = (
    N_("This field is required."),
    N_("Not a valid choice."),
    N_("Not a valid choice"),
    N_("Not a valid date value."),
    N_("Not a valid integer value."),
    N_("Invalid input."),
    N_("Invalid email address."),
    N_("Number must be between %(min)s and %(max)s."),
    N_("Number must be at least %(min)s."),
    N_("Field cannot be longer than %(max)d character."),
    N_("Field must be at least %(min)d character long."),
)
"""WTForms' own messages that our forms can show; WTForms has no Vietnamese."""


class _Translations:
    """What WTForms asks for its messages."""

    def gettext(self, string: str) -> str:
        """Say a message."""
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Say a message that counts; WTForms fills in the numbers, so one sentence serves."""
        return gettext(singular) if gettext(singular) != singular else (singular if n == 1 else plural)


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form that takes its own fields and nothing else, and can show what the book refused."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """How the form speaks."""

        def get_translations(self, form: FlaskForm) -> _Translations:  # noqa: ARG002 - WTForms' signature
            """Speak the language of the request."""
            return _Translations()

    def validate(self, extra_validators: dict[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape; a field that the form does not have is refused, never ignored."""
        known = {name for field in self for name in _names(field)} | {"csrf_token"}
        if set(request.form) - known or set(request.files) - known:
            raise BadRequest
        return bool(super().validate(extra_validators))

    def refuse(self, error: DirectoryError, more: Markup | None = None) -> None:
        """Show what the book refused at the field it names, or above the form, with a way on if there is one."""
        message = answered(error)
        field = self._fields.get(str(error.fields.get("field", "")))
        if field is None:
            self.form_errors.append(Markup("{} {}").format(message, more) if more else message)
        else:
            reason = error.fields.get("reason")
            field.errors = [*field.errors, sentence(gettext(str(reason))) if reason else message]


def sentence(reason: str) -> str:
    """Write a reason, which stands behind a colon elsewhere, as a sentence of its own."""
    return reason[:1].upper() + reason[1:].rstrip(".") + "."


def _names(field: Field) -> Iterator[str]:
    """Give the names under which a field is sent: a table of rows has one for each of its cells."""
    if isinstance(field, FieldList | FormField):
        for each in field:
            yield from _names(each)
    else:
        yield field.name


class Cells(WTForm):
    """The cells of one row in a table that is a field of a form."""

    class Meta(DefaultMeta):
        """How the cells speak."""

        def get_translations(self, form: BaseForm) -> _Translations:  # noqa: ARG002 - WTForms' signature
            """Speak the language of the request."""
            return _Translations()


def carried_out(form: Form, act: Callable[[Session], object]) -> bool:
    """Carry out what a form asks in one transaction; what the book refuses is shown in the form."""
    if not form.is_submitted() or not form.validate():
        return False
    try:
        with book() as session:
            act(session)
    except DirectoryError as error:
        form.refuse(error)
        return False
    return True


def shown(template: str, form: Form, **fields: object) -> tuple[str, int]:
    """Show a form: at first, or again with what is wrong in it."""
    return render_template(template, form=form, **fields), 422 if form.is_submitted() else 200


def answered(error: DirectoryError) -> str:
    """Say a refusal that a form can answer; where the actor has no business at all, the error's own page does."""
    if error.status in _NOT_A_FORMS_BUSINESS:
        raise error
    return say(error)


_DAYS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]


class DayField(DateField):
    """A day typed as dd/mm/yyyy, as every office writes it; browsers' own date boxes follow their own habit."""

    widget = TextInput()

    def __init__(self, label: str, validators: Sequence[Any] = (), **options: Any) -> None:  # noqa: ANN401 - WTForms decides
        options.setdefault("render_kw", {"inputmode": "numeric", "placeholder": "dd/mm/yyyy", "autocomplete": "off"})
        checks = validators or [Optional()]
        super().__init__(lazy_gettext(label), [*checks], format=_DAYS, **options)

    def _value(self) -> str:
        """Write the day back as it is read."""
        if self.raw_data:
            return " ".join(map(str, self.raw_data))
        return f"{self.data:%d/%m/%Y}" if isinstance(self.data, date) else ""


def options(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Give what a select, radio or box field offers, from values and what they are called."""
    return [SelectChoice(value, label) for value, label in pairs]


def line(label: str, *, required: bool = False, limit: int = 200, **options: Any) -> StringField:  # noqa: ANN401 - as WTForms
    """Make a one-line text field; spaces at the ends are dropped, and an empty one gives None."""
    checks: list[Callable[..., Any]] = [InputRequired() if required else Optional(), Length(max=limit)]
    return StringField(lazy_gettext(label), checks, filters=[_trimmed], **options)


def _trimmed(value: str | None) -> str | None:
    """Drop spaces at the ends; nothing is None."""
    return (value or "").strip() or None
