"""What was understood of a list is told, with examples and doubts, and what a person says of it is followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from directory.staff_lists.cells import Cell, Sheet, Typed
from directory.staff_lists.hints import IGNORED, ColumnGuess, Conversion, Hints, SheetGuess
from directory.staff_lists.interpretation import Interpretation, interpret
from directory.staff_lists.refusals import NoTable, SheetsToChooseFrom
from directory.staff_lists.walk import STRUCK

TODAY = date(2026, 11, 23)
HEADER: list[Cell] = ["STT", "Họ và tên", "Ngày sinh", "Ghi chú", "Số CCCD"]
AN: list[Cell] = [1.0, "Nguyễn Văn An", "02/03/1985", "", "036085000001"]
BINH: list[Cell] = [2.0, "Trần Thị Bình", "03/04/1990", "nghỉ", "036190000002"]


def interpreted(*rows: Sequence[Cell], hints: Hints | None = None, typed: Sequence[Typed] = ()) -> Interpretation:
    """Read one sheet."""
    return interpret([Sheet("A", rows, typed=typed)], hints or Hints(), TODAY)


def column(interpretation: Interpretation, letters: str) -> ColumnGuess:
    """Give what was understood of a column."""
    return next(each for each in interpretation.guess.columns if each.letters == letters)


def test_every_column_is_told() -> None:
    """Each column has its heading, its field and examples; one that is not read is told too."""
    read = interpreted(["DANH SÁCH"], HEADER, AN, BINH)

    assert [(each.letters, each.heading, each.field, list(each.examples)) for each in read.guess.columns] == [
        ("A", "STT", "number", ["1", "2"]),
        ("B", "Họ và tên", "full_name", ["Nguyễn Văn An", "Trần Thị Bình"]),
        ("C", "Ngày sinh", "birth_date", ["02/03/1985", "03/04/1990"]),
        ("D", "Ghi chú", IGNORED, ["nghỉ"]),
        ("E", "Số CCCD", "personal_id", ["036085000001", "036190000002"]),
    ]
    assert read.guess.header == 2


def test_a_heading_that_its_cells_contradict_is_doubted() -> None:
    """A column of which not one cell is what the heading says is told as unsure; one with some as likely."""
    read = interpreted(
        ["Họ và tên", "Số CCCD", "Ngày sinh", "Di động"],
        ["Lê An", "0912345678", "02/03/1985", "0912345678"],
        ["Lê Chi", "0912345679", "x", "x"],
        ["Lê Du", "0912345670", "y", "y"],
    )

    assert [each.confidence for each in read.guess.columns] == ["certain", "unsure", "likely", "likely"]


def test_what_a_person_says_of_a_column_goes_first() -> None:
    """A column that a person names is read as that, and the one that was guessed for the field no longer is."""
    rows = [["Họ và tên", "Số CCCD", "Mã thẻ"], ["Lê An", "1", "036085000001"]]

    read = interpreted(*rows, hints=Hints(columns={2: "personal_id"}))

    assert [each.field for each in read.guess.columns] == ["full_name", IGNORED, "personal_id"]
    assert read.rows[0].record.personal_id == "036085000001"
    assert column(read, "C").confidence == "certain"


def test_a_column_can_be_left_out() -> None:
    """A column of which a person says that it is not to be read is not read."""
    read = interpreted(HEADER, AN, hints=Hints(columns={4: IGNORED}))

    assert (column(read, "E").field, read.rows[0].record.personal_id) == (IGNORED, None)


def test_a_column_that_is_not_there_is_not_read() -> None:
    """Hints remembered from a wider list do no harm."""
    read = interpreted(HEADER, AN, hints=Hints(columns={40: "phone"}))

    assert "phone" not in {each.field for each in read.guess.columns}


def test_without_a_column_of_names_there_is_no_table() -> None:
    """A person may say so much that nothing is left."""
    with pytest.raises(NoTable):
        interpreted(HEADER, AN, hints=Hints(columns={1: IGNORED}))


def test_conversions_are_shown_before_and_after() -> None:
    """A column in an old font tells how many cells were converted, with examples, and asks once."""
    rows: list[list[Cell]] = [HEADER, [1.0, "Lª V¨n Tó", "", "", ""], [2.0, "Lan", "", "", ""]]

    read = interpreted(*rows)

    assert column(read, "B").conversion == Conversion("TCVN3", 1, False, [("Lª V¨n Tó", "Lê Văn Tú")])
    assert [(each.about, each.fields) for each in read.guess.questions] == [
        ("full_name", {"column": "B", "font": "TCVN3"})
    ]


@pytest.mark.parametrize(
    ("hints", "typed"),
    [(Hints(encodings={1: "TCVN3"}), ()), (Hints(), [Typed(1, 1, 1, "TCVN3")])],
    ids=["said by a person", "said by the font"],
)
def test_confirmed_conversions_are_still_shown(hints: Hints, typed: Sequence[Typed]) -> None:
    """Once it is certain, nothing is asked, and the row says that it was converted."""
    read = interpreted(HEADER, [1.0, "Lª V¨n Tó", "", "", ""], hints=hints, typed=typed)

    conversion = column(read, "B").conversion
    assert conversion is not None
    assert conversion.is_confirmed
    assert [reason.level for reason in read.rows[0].reasons] == ["repair"]
    assert read.guess.questions == []


def test_nothing_is_called_converted_before_a_person_confirms_it() -> None:
    """While a conversion waits for a person, no note says that it was done."""
    rows: list[list[Cell]] = [HEADER, [1.0, "Lª V¨n Tó", "", "", ""]]

    notes = [interpreted(*rows, hints=hints).notes for hints in (Hints(), Hints(encodings={1: "TCVN3"}))]

    assert [sum("fonts" in note.fields for note in each) for each in notes] == [0, 1]


def test_one_column_that_is_sure_answers_for_no_other() -> None:
    """A row whose name is converted by its font still waits while its title is only told by the letters."""
    rows: list[list[Cell]] = [["STT", "Họ và tên", "Chức vụ"], [1.0, "Lª V¨n Tó", "Gi¸m ®èc"]]

    read = interpreted(*rows, typed=[Typed(1, 1, 1, "TCVN3")])

    assert [(reason.level, reason.about) for reason in read.rows[0].reasons] == [("question", "title")]


@pytest.mark.parametrize(
    ("hints", "typed", "levels"),
    [
        (Hints(), (), {3: ["repair"], 4: ["warning"]}),
        (Hints(encodings={1: "TCVN3"}), (), {3: ["repair"], 4: ["repair"]}),
        (Hints(), [Typed(1, 1, 1, "TCVN3")], {3: ["repair"], 4: ["repair"]}),
    ],
    ids=["by letters", "said by a person", "said by the font"],
)
def test_unicode_among_old_letters_is_told(hints: Hints, typed: Sequence[Typed], levels: dict[int, list[str]]) -> None:
    """A cell that stays Unicode in a column of an old font says so, and one that could be either is a warning."""
    rows: list[list[Cell]] = [HEADER, [1.0, "Lª V¨n Tó", "", "", ""], [2.0, "Nguyễn Văn Tú", "", "", ""]]

    read = interpreted(*rows, [3.0, "Tó", "", "", ""], hints=hints, typed=typed)

    assert {row.number: [reason.level for reason in row.reasons] for row in read.rows if row.number > 2} == levels


def test_cells_that_stay_unicode_count_as_no_conversion() -> None:
    """What is shown before and after is what was converted, and nothing else."""
    rows: list[list[Cell]] = [HEADER, [1.0, "Lª V¨n Tó", "", "", ""], [2.0, "Nguyễn Văn Tú", "", "", ""]]

    read = interpreted(*rows, hints=Hints(encodings={1: "TCVN3"}))

    assert column(read, "B").conversion == Conversion("TCVN3", 1, True, [("Lª V¨n Tó", "Lê Văn Tú")])
    assert [note.fields["count"] for note in read.notes if "fonts" in note.fields] == [1]


def test_name_that_is_struck_through_is_a_warning() -> None:
    """Whoever is crossed out in the file may have left: the row says so; another cell that is crossed out does not."""
    sheet = Sheet("A", [HEADER, AN, BINH], struck=[(1, 1), (2, 3)])

    read = interpret([sheet], Hints(), TODAY)

    said = [[reason.message for reason in row.reasons if reason.level == "warning"] for row in read.rows]
    assert (said[0], STRUCK in said[1]) == ([STRUCK], False)


def test_columns_that_are_not_read_ask_nothing() -> None:
    """An old font in a column of remarks holds nobody up."""
    read = interpreted(HEADER, [1.0, "Lê An", "", "nghØ phÐp", ""])

    assert (read.guess.questions, read.rows[0].reasons) == ([], ())


def test_sheets_are_told_with_their_people() -> None:
    """Every sheet of the file is told, the one that is read among them."""
    sheets = [Sheet("Ghi chú", [["Gửi trước ngày 15"]]), Sheet("Danh sách", [HEADER, AN, BINH])]

    guess = interpret(sheets, Hints(), TODAY).guess

    assert (guess.sheet, guess.sheets) == ("Danh sách", [SheetGuess("Ghi chú", 0), SheetGuess("Danh sách", 2)])


def test_sheets_are_told_when_one_was_chosen() -> None:
    """To choose a sheet does not hide what the others have."""
    sheets = [Sheet("Một", [HEADER, AN]), Sheet("Hai", [HEADER, AN, BINH])]

    guess = interpret(sheets, Hints(sheet="Hai"), TODAY).guess

    assert guess.sheets == [SheetGuess("Một", 1), SheetGuess("Hai", 2)]


def test_several_lists_are_a_choice() -> None:
    """Where several sheets have a list, their names are told."""
    with pytest.raises(SheetsToChooseFrom) as refused:
        interpret([Sheet("Một", [HEADER, AN]), Sheet("Hai", [HEADER, BINH])], Hints(), TODAY)

    assert refused.value.fields == {"sheets": "Một, Hai"}


def test_the_shape_is_that_of_the_headings() -> None:
    """Next month's list has the same shape, whoever is in it; one with another column has not."""
    shapes = [
        interpreted(HEADER, AN).guess.shape,
        interpreted(["BỘ NỘI VỤ"], HEADER, BINH).guess.shape,
        interpreted([*HEADER, "Zalo"], AN).guess.shape,
    ]

    assert shapes[0] == shapes[1] != shapes[2]


def test_nothing_of_people_stands_in_what_is_kept_in_clear() -> None:
    """Reasons and notes name rows, columns and fonts, and nobody."""
    read = interpreted(HEADER, [1.0, "Lª V¨n Tó", "31/02/1985", "", "12"], ["", "Cộng: 1"])

    said = str([reason.as_json() for row in read.rows for reason in row.reasons])
    said += str([reason.as_json() for reason in (*read.notes, *read.guess.questions)])
    assert not any(each in said for each in ("Tó", "Tú", "31/02", "'12'"))
