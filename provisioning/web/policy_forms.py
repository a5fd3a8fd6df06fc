"""The forms in which policies are set, one for each kind of value; those by position are in policy_tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput

from directory.agencies import Agency
from directory.policies import COLLEAGUE_FIELDS, DEFAULTS, MIB, Effective
from provisioning.languages import N_
from provisioning.web.forms import DayField, Form, options
from provisioning.web.language import lazy_gettext
from provisioning.web.policy_words import COLLEAGUE, ON_OFF, PROFILES, WHO

MOST_MB = 1024 * 1024
MOST_DAYS = 36500


def _said(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Give choices whose labels are translated where they are shown."""
    return options((value, lazy_gettext(label)) for value, label in pairs)


class PolicyForm(Form):
    """A form for the value of a policy; `confirmed` once its consequences were shown.

    The value stands in one field as it is, unless the form says otherwise.
    """

    confirmed = HiddenField()
    seen = HiddenField()
    """The mark of what held when the form was opened."""
    hint = ""
    whole = "value"
    """The field at which a refusal of the whole value is shown."""

    def open(self, policy: Effective, agency: Agency) -> None:  # noqa: ARG002 - for those that can be held
        """Write what holds at an agency into the form."""
        self.show(policy.value)
        self.seen.data = policy.mark

    def show(self, value: Any) -> None:  # noqa: ANN401 - whatever JSON the policy has
        """Write the policy's value into the form."""
        self["value"].data = value

    def given(self) -> Any:  # noqa: ANN401 - whatever JSON the policy has
        """Give the policy's value."""
        return self["value"].data

    @property
    def holds(self) -> bool:
        """Say whether the value is to be held."""
        return False


class Patterns(PolicyForm):
    """Naming patterns, one a line."""

    value = TextAreaField(
        lazy_gettext(N_("Patterns, one a line, the first that is free is taken")),
        [InputRequired()],
        render_kw={"rows": 5, "spellcheck": "false", "autocapitalize": "off"},
    )
    hint = N_(
        "Parts in braces: {given}, {middle}, {family}, {initials} (of family and middle name), {full}, {unit} (short"
        " name) and in the last pattern {n} (nothing at first, then 2, 3, …). Between them a–z, 0–9, dot, hyphen or"
        " underscore."
    )

    def show(self, value: list[str]) -> None:
        """Write the policy's value into the form."""
        self.value.data = "\n".join(value)

    def given(self) -> list[str]:
        """Give the policy's value."""
        return (self.value.data or "").split()


class LocalParts(PolicyForm):
    """Local parts of addresses, one a line."""

    value = TextAreaField(
        lazy_gettext(N_("Local parts, one a line (what stands before the @)")),
        [Optional()],
        render_kw={"rows": 8, "spellcheck": "false", "autocapitalize": "off"},
    )
    hint = N_(
        "They hold with dots, hyphens or a number at the end too. What the service itself withholds always holds."
    )

    def show(self, value: list[str]) -> None:
        """Write the policy's value into the form."""
        self.value.data = "\n".join(value)

    def given(self) -> list[str]:
        """Give the policy's value."""
        return list(dict.fromkeys((self.value.data or "").lower().replace(",", " ").split()))


class Megabytes(PolicyForm):
    """A quota in MB."""

    value = IntegerField("MB", [InputRequired(), NumberRange(1, MOST_MB)])

    def show(self, value: int) -> None:
        """Write the policy's value into the form."""
        self.value.data = value // MIB

    def given(self) -> int:
        """Give the policy's value."""
        return (self.value.data or 0) * MIB


class Days(PolicyForm):
    """A number of days."""

    value = IntegerField(lazy_gettext(N_("Days")), [InputRequired(), NumberRange(0, MOST_DAYS)])


class DaysOrForEver(PolicyForm):
    """A number of days, or no end."""

    value = IntegerField(lazy_gettext(N_("Days")), [Optional(), NumberRange(0, MOST_DAYS)])
    hint = N_("Empty: for ever.")


class DaysOrNever(PolicyForm):
    """A number of days after which something happens, or never."""

    value = IntegerField(lazy_gettext(N_("Days without use")), [Optional(), NumberRange(8, 366)])
    hint = N_(
        "Empty: never. Under the password rules of security level 3 it is 45 days at most, also when this is empty. A"
        " week before, a letter goes to the mailbox; nothing is deleted, and mail still arrives."
    )


class AppPasswordDays(PolicyForm):
    """After how many days without use an app password is revoked, or never."""

    value = IntegerField(lazy_gettext(N_("Days without use")), [Optional(), NumberRange(30, 366)])
    hint = N_(
        "Empty: never. A letter says which mail client it was; whoever still needs it makes a new app password."
        " Use is read from the log of the mail store: while nobody reads that, nothing is revoked."
    )


class Held(PolicyForm):
    """A form for a policy that an agency can hold."""

    is_held = BooleanField(lazy_gettext(N_("Hold it: agencies below may only be stricter")))

    def open(self, policy: Effective, agency: Agency) -> None:
        """Write what holds at an agency into the form; what another agency holds is not held by this one."""
        super().open(policy, agency)
        self.is_held.data = policy.is_held and policy.agency_id == agency.id

    @property
    def holds(self) -> bool:
        """Say whether the value is to be held."""
        return bool(self.is_held.data)


class Minutes(Held):
    """A number of minutes."""

    value = IntegerField(lazy_gettext(N_("Minutes")), [InputRequired(), NumberRange(1, 24 * 60)])


class Hours(Held):
    """A number of hours."""

    value = IntegerField(lazy_gettext(N_("Hours")), [InputRequired(), NumberRange(1, 24 * 7)])


class Profile(Held):
    """A profile of rules for passwords."""

    value = RadioField(lazy_gettext(N_("Profile")), [InputRequired()], choices=_said(PROFILES.items()))
    hint = N_(
        "Both: at least 8 characters with a second factor, not guessable, never changed by the calendar. Without a"
        " second factor NIST asks for 15 and level 3 for 14. Level 3 also signs out after 15 minutes, and whoever has"
        " a role after 5, and suspends accounts that nobody has used for 45 days."
    )


class YesOrNo(PolicyForm):
    """A yes or no, in words."""

    def show(self, value: bool) -> None:  # noqa: FBT001 - the policy is a yes or no
        """Write the policy's value into the form."""
        self.value.data = "yes" if value else "no"

    def given(self) -> bool:
        """Give the policy's value."""
        return bool(self.value.data == "yes")


class Keep(YesOrNo):
    """Whether the address is kept on a transfer."""

    value = RadioField(
        lazy_gettext(N_("On a transfer the address is")),
        [InputRequired()],
        choices=_said(zip(("yes", "no"), ON_OFF["keep_address"], strict=True)),
    )


class Forward(YesOrNo):
    """Whether mail may be forwarded after leaving."""

    value = RadioField(
        lazy_gettext(N_("Forwarding is")),
        [InputRequired()],
        choices=_said(zip(("yes", "no"), ON_OFF["forward_on_leaving"], strict=True)),
    )


class SecondFactor(Held):
    """Who must have a second factor, and from when on."""

    whole = "who"
    who = RadioField(lazy_gettext(N_("A second factor is")), [InputRequired()], choices=_said(WHO.items()))
    since = DayField(N_("From"))
    hint = N_("Until that day nobody is asked who has none. Empty: at once.")

    def show(self, value: Mapping[str, str | None]) -> None:
        """Write the policy's value into the form."""
        self.who.data = value["who"]
        self.since.data = date.fromisoformat(value["since"]) if value["since"] else None

    def given(self) -> dict[str, str | None]:
        """Give the policy's value."""
        return {"who": self.who.data, "since": self.since.data.isoformat() if self.since.data else None}


class ColleagueFields(PolicyForm):
    """What is shown of a colleague."""

    value = SelectMultipleField(
        lazy_gettext(N_("Besides the name and the agency")),
        choices=_said(COLLEAGUE.items()),
        option_widget=CheckboxInput(),
    )

    def show(self, value: list[str]) -> None:
        """Write the policy's value into the form."""
        self.value.data = value

    def given(self) -> list[str]:
        """Give the policy's value."""
        return [each for each in COLLEAGUE_FIELDS if each in (self.value.data or [])]


def _per_cent(label: str) -> IntegerField:
    """Make a field for a share."""
    return IntegerField(lazy_gettext(label), [InputRequired(), NumberRange(0, 100)])


class Targets(PolicyForm):
    """What share of people each indicator of adoption should reach, in per cent."""

    whole = "provided"
    provided = _per_cent(N_("With a mailbox"))
    activated = _per_cent(N_("Activated"))
    in_use = _per_cent(N_("In use"))
    second_factor = _per_cent(N_("Second factor on"))

    def show(self, value: dict[str, int]) -> None:
        """Write the policy's value into the form."""
        for name, target in value.items():
            self[name].data = target

    def given(self) -> dict[str, int]:
        """Give the policy's value."""
        return {name: self[name].data for name in DEFAULTS["targets"]}
