"""The forms of policies whose value depends on the position: a table of rules, and what holds for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import FieldList, FormField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from directory.policies import MIB
from provisioning.languages import N_
from provisioning.web.forms import Cells
from provisioning.web.language import lazy_gettext
from provisioning.web.policy_forms import MOST_MB, PolicyForm

_BLANK_ROWS = 3
_MOST_ROWS = 50


class Rule(Cells):
    """One rule of a table: words of a title or rank, and the value."""

    place = IntegerField(lazy_gettext(N_("Order")), [Optional(), NumberRange(0, 1000)])
    words = StringField(lazy_gettext(N_("Words in the post or rank, between commas")), [Optional(), Length(max=500)])
    value = IntegerField(lazy_gettext(N_("Value")), [Optional(), NumberRange(0, MOST_MB)])


class RuleTable(PolicyForm):
    """A value by position: rules in order, and what holds for all others."""

    rules = FieldList(FormField(Rule), max_entries=_MOST_ROWS)
    default = IntegerField(lazy_gettext(N_("All others")), [InputRequired(), NumberRange(0, MOST_MB)])
    hint = N_(
        "The first rule counts whose words stand in the post or rank; capitals and marks do not matter. Put the"
        " narrower one first: “phó giám đốc” before “giám đốc”. A row without words is dropped."
    )
    whole = "default"
    unit, in_unit = "", 1

    def show(self, value: Mapping[str, Any]) -> None:
        """Write the policy's value into the form, with some empty rows below."""
        rows = [{"words": rule["words"], "value": rule["value"] // self.in_unit} for rule in value["rules"]]
        for place, row in enumerate([*rows, *({} for _ in range(_BLANK_ROWS))], 1):
            if place <= _MOST_ROWS:
                self.rules.append_entry({"place": place, **row})
        self.default.data = value["default"] // self.in_unit

    def validate(self, extra_validators: dict[str, Sequence[Any]] | None = None) -> bool:
        """Check the shape; a rule with words needs a value."""
        is_well = super().validate(extra_validators)
        for row in self.rules:
            if (row.form.words.data or "").strip() and row.form.value.data is None and not row.form.value.errors:
                row.form.value.errors = [row.form.value.gettext("This field is required.")]
                is_well = False
        return is_well

    def given(self) -> dict[str, Any]:
        """Give the policy's value, its rules in the order of their numbers."""
        rows = sorted(self.rules, key=lambda row: (row.form.place.data is None, row.form.place.data or 0))
        rules = [
            {"words": " ".join(words.split()), "value": (row.form.value.data or 0) * self.in_unit}
            for row in rows
            if (words := (row.form.words.data or "").strip())
        ]
        return {"rules": rules, "default": (self.default.data or 0) * self.in_unit}


class Quotas(RuleTable):
    """Quotas in MB by position."""

    unit, in_unit = "MB", MIB


class Months(RuleTable):
    """Months by position."""

    unit = N_("months")
