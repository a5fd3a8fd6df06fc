"""Text of the fonts before Unicode is told by its letters and decoded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.staff_lists.cells import Typed
from directory.staff_lists.conversions import Said, convert_column
from directory.staff_lists.old_fonts import TCVN3_LETTERS, VNI_SEQUENCES, decode, is_syllable

TO_TCVN3 = {chr(letter): chr(code) for code, letter in TCVN3_LETTERS.items()}
TO_VNI = {letter: sequence for sequence, letter in VNI_SEQUENCES.items()}
FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
]
MIDDLE = ["Văn", "Thị", "Hữu", "Đức", "Ngọc", "Xuân", "Thành", "Minh", "Quốc", "Thanh", "Hồng", "Kim", "Công"]
GIVEN = ["An", "Bình", "Cường", "Dũng", "Đào", "Hạnh", "Hường", "Khởi", "Lũy", "Mẫn", "Nhật", "Oanh", "Phượng", "Quý"]
names = st.tuples(st.sampled_from(FAMILY), st.sampled_from(MIDDLE), st.sampled_from(GIVEN)).map(" ".join)


def written(text: str, table: dict[str, str]) -> str:
    """Write Unicode with an old font."""
    return "".join(table.get(letter, letter) for letter in text)


def after(column: list[str], *typed: Typed, said: Said = None) -> list[str]:
    """Give a column after its conversion."""
    found = convert_column(dict(enumerate(column)), typed, said)
    return [found[row].after if row in found else text for row, text in enumerate(column)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("B¶o Th¾ng", "Bảo Thắng"),
        ("céng hoµ x· héi chñ nghÜa viÖt nam", "cộng hoà xã hội chủ nghĩa việt nam"),
        ("Nguyeãn Thò Höôøng", "Nguyễn Thị Hường"),
        ("NGUYÔN V¡N B×NH", "NGUYỄN VĂN BÌNH"),
        ("§ç ThÞ H¹nh", "Đỗ Thị Hạnh"),
        ("TRAÀN VAÊN ÑAÏT", "TRẦN VĂN ĐẠT"),
        ("Phoøng Toå chöùc", "Phòng Tổ chức"),
        ("Ph¹m Xu©n Tr\u00adêng", "Phạm Xuân Trường"),
    ],
)
def test_known_spellings(typed: str, meant: str) -> None:
    """What old documents have is read as it was meant."""
    assert after([typed]) == [meant]


@pytest.mark.parametrize(
    "text", ["Nguyễn Văn Bình", "Lê", "Hà", "Tó", "Ê Ban", "H'Hen Niê", "Bùi Hà", "café", "M. Müller", "Đào – Hòa", ""]
)
def test_unicode_is_left_alone(text: str) -> None:
    """A text that may be Unicode stays as it is when nothing in its column says otherwise."""
    assert after([text]) == [text]


def test_neighbours_decide_what_could_be_either() -> None:
    """A word that is one in both spellings follows the rest of its column."""
    assert after(["Lª V¨n Tó", "Tó"]) == ["Lê Văn Tú", "Tú"]
    assert after(["Lª V¨n Tó", "Tó", "Nguyễn Văn Tú"]) == ["Lê Văn Tú", "Tó", "Nguyễn Văn Tú"]


def test_headings_above_decide_nothing() -> None:
    """Unicode above the first text in an old font does not speak against it: it may be a heading, typed later."""
    assert after(["Tó", "Họ và tên", "Tó", "Lª V¨n Tó"]) == ["Tó", "Họ và tên", "Tú", "Lê Văn Tú"]


def test_a_person_decides_what_could_be_either() -> None:
    """What a person says of a column counts for every text of it, and the letters no longer do."""
    assert after(["Tó", "Nguyễn Tú", "Lª Tó", "Lan"], said="TCVN3") == ["Tú", "Nguyễn Tú", "Lê Tú", "Lan"]
    assert after(["Lª V¨n Tó"], said="Unicode") == ["Lª V¨n Tó"]


def test_what_was_said_of_another_list_is_not_followed() -> None:
    """Where a column is plainly Unicode, what a person said of last month's list changes no letter."""
    assert after(["Tó", "Nguyễn Tú"], said="TCVN3") == ["Tó", "Nguyễn Tú"]


def test_another_old_font_than_was_said_is_asked_about() -> None:
    """Where this month's list is in VNI and last month's was in TCVN3, the letters decide, and nothing is certain."""
    names = ["Nguyễn Thị Hường", "Võ Xuân Phượng", "Hoà Thanh Bình"]

    found = convert_column({row: written(name, TO_VNI) for row, name in enumerate(names)}, (), "TCVN3")

    assert [each.after for each in found.values()] == names
    assert {(each.font, each.is_certain) for each in found.values()} == {("VNI", False)}


def test_the_name_of_the_font_decides_what_could_be_either() -> None:
    """A cell that the file formats with an old font is read with it, and that is certain."""
    found = convert_column({0: "Tó", 1: "Tó"}, [Typed(0, 1, 1, "TCVN3")], None)

    assert {row: (each.after, each.is_certain) for row, each in found.items()} == {1: ("Tú", True)}


def test_unicode_in_cells_of_an_old_font_is_left_alone() -> None:
    """Where Unicode was typed into cells still formatted with an old font, the font's name says nothing for certain."""
    found = convert_column({0: "Nguyễn Tú", 1: "Tó"}, [Typed(0, 0, 1, "TCVN3")], None)

    assert {row: (each.after, each.is_certain) for row, each in found.items()} == {1: ("Tú", False)}


def test_a_cell_of_two_fonts() -> None:
    """Only the part that is formatted with the old font is converted."""
    assert after(["Nguyễn V¨n B×nh"], Typed(0, 0, 0, "TCVN3", begin=7)) == ["Nguyễn Văn Bình"]


def test_a_font_of_capitals() -> None:
    """A font whose name ends in H shows small letters as capitals."""
    assert after(["nguyÔn v¨n an"], Typed(0, 0, 0, "TCVN3", is_capitals=True)) == ["NGUYỄN VĂN AN"]


def test_letters_that_were_taken_for_windows_text() -> None:
    """Twelve letters of TCVN3 look like Vietnamese when its bytes were read as Windows text; they are turned back."""
    assert after(["Lª V¨n Bi\u0309n", "Ph¹m Bi\u0309n", "Vò V¨n H¶i"]) == ["Lê Văn Biền", "Phạm Biền", "Vũ Văn Hải"]


@pytest.mark.parametrize(("font", "table"), [("TCVN3", TO_TCVN3), ("VNI", TO_VNI)])
def test_a_column_of_names_comes_back(font: str, table: dict[str, str]) -> None:
    """Every name of a column typed with an old font comes back, whichever of them give the font away."""
    meant = [f"{family} {middle} {given}" for family in FAMILY for middle in MIDDLE for given in GIVEN]

    column = [written(name, table) for name in meant]

    assert after(column) == meant
    assert {each.font for each in convert_column(dict(enumerate(column)), (), None).values()} == {font}


@given(name=names)
def test_decoding_is_the_inverse_of_writing(name: str) -> None:
    """What was written with a font is read with it."""
    assert decode(written(name, TO_TCVN3), "TCVN3") == name
    assert decode(written(name, TO_VNI), "VNI") == name


@given(column=st.lists(names, max_size=30))
def test_a_column_of_unicode_never_changes(column: list[str]) -> None:
    """Names in Unicode are never taken for an old font."""
    assert after(column) == column


@given(text=st.text(max_size=30))
def test_any_text_is_survived(text: str) -> None:
    """Whatever stands in a cell gives a text."""
    assert isinstance(after([text], Typed(0, 0, 0, "VNI"))[0], str)


@pytest.mark.parametrize("word", ["nguyễn", "Hoàng", "khuỷu", "Quỳnh", "giường", "Ý", "ương", "thuở", "yêu", "loong"])
def test_words_that_are_built_as_syllables(word: str) -> None:
    """The build of Vietnamese syllables is known."""
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["nguyÔn", "Höôøng", "Byă", "strong", "ââ", "ế́"])
def test_words_that_are_not(word: str) -> None:
    """What no Vietnamese word looks like is none."""
    assert not is_syllable(word)
