"""Who a row is about, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from directory.staff_lists.correlation import Choice, Decision, Known, Mail, Matches, decide
from directory.staff_lists.reasons import question, repair, warning
from directory.staff_lists.rows import UNIT_FROM_ABOVE, ListRow, Record
from directory.staff_lists.units import NOWHERE, Target

AN = Record(
    full_name="Nguyễn Văn An",
    birth_date=date(1985, 3, 2),
    personal_id="036085000001",
    title="Chuyên viên",
    rank="01.003",
)
KNOWN = Known(7, AN, agency_id=2, addresses=frozenset({"annv@tinh.gov.vn"}))
MAIL = Mail(frozenset({"tinh.gov.vn"}), frozenset({"taken@tinh.gov.vn"}))


def decided(record: Record, matches: Matches | None = None, target: Target = NOWHERE, mail: Mail = MAIL) -> Decision:
    """Decide about a row."""
    return decide(ListRow(6, record), matches or Matches(), target, mail)


def by_id(known: Known) -> Matches:
    """Give matches by the personal ID number alone."""
    return Matches(by_personal_id=known)


def questions(decision: Decision) -> list[str | None]:
    """Give the fields that are asked about."""
    return [reason.about for reason in decision.reasons if reason.level == "question"]


def test_nobody_known_is_new() -> None:
    """Who has an identifier that the directory does not know is created."""
    assert decided(AN).kind == "create"


@pytest.mark.parametrize(
    ("missing", "kind"),
    [
        ({"personal_id": None}, "create"),
        ({"birth_date": None}, "create"),
        ({"personal_id": None, "birth_date": None, "staff_number": "12"}, "create"),
        ({"personal_id": None, "birth_date": None}, "error"),
    ],
)
def test_a_name_alone_is_nobody(missing: dict[str, str | None], kind: str) -> None:
    """Without number and birth date nobody can be told from a namesake."""
    assert decided(replace(AN, **missing)).kind == kind  # type: ignore[arg-type]  # a table of fields


def test_the_same_again_is_unchanged() -> None:
    """A row that says what the directory says comes to nothing."""
    assert decided(AN, by_id(KNOWN)).kind == "unchanged"


def test_empty_cells_clear_nothing() -> None:
    """What a list does not say stays as it is."""
    said = Record(full_name="Nguyễn Văn An", personal_id="036085000001")

    assert decided(said, by_id(KNOWN)).kind == "unchanged"


@pytest.mark.parametrize(
    ("field", "value", "change"),
    [
        ("title", "Trưởng phòng", ("Chuyên viên", "Trưởng phòng")),
        ("birth_date", date(1985, 3, 3), ("1985-03-02", "1985-03-03")),
        ("phone", "0912345678", (None, "0912345678")),
        ("full_name", "Nguyễn Vân An", ("Nguyễn Văn An", "Nguyễn Vân An")),
    ],
)
def test_fields_that_differ(field: str, value: object, change: tuple[str | None, str | None]) -> None:
    """A field that differs is changed, with what it was before."""
    decision = decided(replace(AN, **{field: value}), by_id(KNOWN))  # type: ignore[arg-type]  # a table of fields

    assert (decision.kind, dict(decision.changes)) == ("change", {field: change})


@pytest.mark.parametrize(
    ("field", "value"), [("title", "CHUYÊN VIÊN"), ("full_name", "NGUYỄN VĂN AN"), ("full_name", "Nguyen Van An")]
)
def test_spellings_that_are_no_difference(field: str, value: str) -> None:
    """Case is no change, and a list without marks takes none away."""
    said = replace(AN, **{field: value})  # type: ignore[arg-type]  # a table of fields

    assert decided(said, by_id(KNOWN)).kind == "unchanged"


def test_another_unit_is_a_move() -> None:
    """A unit that differs moves; what else differs goes along."""
    decision = decided(replace(AN, title="Phó phòng"), by_id(KNOWN), Target(3))

    assert (decision.kind, decision.from_agency, decision.target.agency_id) == ("move", 2, 3)
    assert dict(decision.changes) == {"title": ("Chuyên viên", "Phó phòng")}


@pytest.mark.parametrize("target", [NOWHERE, Target(2)])
def test_the_same_unit_is_no_move(target: Target) -> None:
    """Who is where the list says, or of whom it says no unit, stays."""
    assert decided(AN, by_id(KNOWN), target).kind == "unchanged"


def test_a_move_that_only_the_rows_above_speak_of_is_warned_of() -> None:
    """Where a unit is taken from the rows above, whoever it would move is not moved without a warning."""
    row = ListRow(6, AN, reasons=(repair(UNIT_FROM_ABOVE, "unit"),))

    levels = [
        [reason.level for reason in decide(row, by_id(KNOWN), Target(agency), MAIL).reasons]
        for agency in (3, KNOWN.agency_id)
    ]

    assert levels == [["repair", "warning"], ["repair"]]


def test_new_unit_is_a_move() -> None:
    """A unit that is yet to be founded is another one than the present."""
    assert decided(AN, by_id(KNOWN), Target(new_unit="Phòng Pháp chế")).kind == "move"


def test_number_of_somebody_else() -> None:
    """A number under another name is a question, not a change of name."""
    decision = decided(replace(AN, full_name="Trần Thị Bình"), by_id(KNOWN))

    assert (decision.kind, questions(decision)) == ("conflict", ["full_name"])


def test_numbers_of_two_people() -> None:
    """Personal ID and staff number that lead to two officials are a question."""
    other = replace(KNOWN, official_id=8)

    decision = decided(replace(AN, staff_number="12"), Matches(by_personal_id=KNOWN, by_staff_number=[other]))

    assert questions(decision) == ["staff_number"]


def test_staff_number_finds_somebody_without_personal_id() -> None:
    """The personal ID number is added to whom the staff number found."""
    known = replace(KNOWN, record=replace(AN, personal_id=None, staff_number="12"))

    decision = decided(replace(AN, staff_number="12"), Matches(by_staff_number=[known]))

    assert (decision.kind, dict(decision.changes)) == ("change", {"personal_id": (None, "036085000001")})


def test_staff_number_with_another_personal_id() -> None:
    """Two numbers for one person are a question."""
    known = replace(KNOWN, record=replace(AN, personal_id="036085000009", staff_number="12"))

    assert questions(decided(replace(AN, staff_number="12"), Matches(by_staff_number=[known]))) == ["personal_id"]


def test_staff_number_of_several() -> None:
    """A staff number that several have says not who it is."""
    decision = decided(
        replace(AN, personal_id=None, staff_number="12"),
        Matches(by_staff_number=[KNOWN, replace(KNOWN, official_id=8)]),
    )

    assert questions(decision) == ["staff_number"]


def test_name_and_birth_date_find_somebody() -> None:
    """Whoever alone has both here is meant."""
    decision = decided(replace(AN, personal_id=None), Matches(by_name_and_birth=[KNOWN]))

    assert (decision.kind, decision.official_id) == ("unchanged", 7)


def test_namesakes_born_on_one_day() -> None:
    """Two officials with name and birth date are a question, and so is one with another number."""
    twins = decided(replace(AN, personal_id=None), Matches(by_name_and_birth=[KNOWN, replace(KNOWN, official_id=8)]))
    homonym = decided(replace(AN, personal_id="036085000009"), Matches(by_name_and_birth=[KNOWN]))

    assert (twins.kind, homonym.kind) == ("ambiguous", "ambiguous")
    assert (twins.candidates, homonym.candidates) == ((7, 8), (7,))


def test_strangers_are_not_told_of() -> None:
    """Of an official of other agencies nothing is told: neither who it is nor what differs."""
    stranger = replace(KNOWN, agency_id=None, record=replace(AN, full_name="Trần Thị Bình"))

    decision = decided(AN, by_id(stranger))

    assert (decision.kind, decision.official_id, dict(decision.changes)) == ("conflict", None, {})
    assert questions(decision) == [None]


def test_who_has_left_comes_back_by_number() -> None:
    """A number that only one person has brings that one back; what differs goes along."""
    decision = decided(replace(AN, title="Phó phòng"), by_id(replace(KNOWN, has_left=True)))

    assert (decision.kind, decision.official_id) == ("rehire", 7)
    assert dict(decision.changes) == {"title": ("Chuyên viên", "Phó phòng")}


def test_who_has_left_is_asked_by_name() -> None:
    """Name and birth date alone bring nobody back."""
    left = Matches(by_name_and_birth=[replace(KNOWN, has_left=True)])

    decision = decided(replace(AN, personal_id=None), left)

    assert (decision.kind, decision.candidates) == ("ambiguous", (7,))


@pytest.mark.parametrize(
    ("chosen", "kind", "official"), [(7, "unchanged", 7), (8, "unchanged", 8), (None, "create", None)]
)
def test_somebody_chose(chosen: int | None, kind: str, official: int | None) -> None:
    """Whom a person chose is meant; or somebody new."""
    twins = Matches(by_name_and_birth=[KNOWN, replace(KNOWN, official_id=8)])

    decision = decide(ListRow(6, replace(AN, personal_id=None)), twins, NOWHERE, MAIL, Choice(chosen))

    assert (decision.kind, decision.official_id) == (kind, official)


def test_a_choice_that_no_longer_stands() -> None:
    """Whoever was chosen and is no candidate any more is not taken: it is asked again."""
    twins = Matches(by_name_and_birth=[KNOWN, replace(KNOWN, official_id=8)])

    decision = decide(ListRow(6, replace(AN, personal_id=None)), twins, NOWHERE, MAIL, Choice(9))

    assert decision.kind == "ambiguous"


def test_the_key_of_the_hr_system_goes_first() -> None:
    """The record number finds somebody whose other numbers the list does not have."""
    said = Record(full_name="Nguyễn Văn An", source_record="HRM-1")

    assert decided(said, Matches(by_source=KNOWN)).official_id == 7


def test_two_keys_of_two_people() -> None:
    """A record number and a personal ID number of two officials contradict each other."""
    other = replace(KNOWN, official_id=8)

    decision = decided(replace(AN, source_record="HRM-1"), Matches(by_source=other, by_personal_id=KNOWN))

    assert decision.kind == "conflict"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("an.nguyen@tinh.gov.vn", "create"),
        (None, "create"),
        ("taken@tinh.gov.vn", "conflict"),
        ("annv@khac.gov.vn", "error"),
        ("annv@gmail.com", "error"),
        ("admin@tinh.gov.vn", "error"),
        ("an+nguyen@tinh.gov.vn", "error"),
    ],
)
def test_official_address_of_a_newcomer(address: str | None, kind: str) -> None:
    """A free address in a domain of the agency is kept; any other is a question."""
    assert decided(replace(AN, address=address)).kind == kind


def test_official_address_of_somebody_known() -> None:
    """An address that is not theirs is noted: a list does not change addresses."""
    own, other = (decided(replace(AN, address=f"{each}@tinh.gov.vn"), by_id(KNOWN)) for each in ("annv", "an.nguyen"))

    assert (own.kind, own.reasons) == ("unchanged", ())
    assert (other.kind, [reason.level for reason in other.reasons]) == ("unchanged", ["warning"])


def test_agency_without_a_domain() -> None:
    """Nobody gets an account where there is no domain for its address."""
    assert decided(AN, mail=Mail()).kind == "conflict"


def test_official_without_an_account() -> None:
    """Who is on the books without an account gets one."""
    decision = decided(AN, by_id(replace(KNOWN, has_account=False, addresses=frozenset())))

    assert (decision.kind, decision.opens_account) == ("change", True)


def test_a_question_holds_up_and_a_remark_does_not() -> None:
    """Whatever a row would come to, a question makes it wait for a person."""
    asked = decide(ListRow(6, AN, reasons=(question("?"),)), Matches(), NOWHERE, MAIL)
    noted = decide(ListRow(6, AN, reasons=(warning("!"),)), Matches(), NOWHERE, MAIL)

    assert (asked.kind, noted.kind) == ("error", "create")
