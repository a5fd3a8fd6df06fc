"""Text of the fonts before Unicode is told by its letters and decoded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.staff_lists.old_fonts import TCVN3_LETTERS, VNI_SEQUENCES, decode, decode_column, is_syllable

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
    assert decode_column([typed])[0].text == meant


@pytest.mark.parametrize(
    "text", ["Nguyễn Văn Bình", "Lê", "Hà", "Tó", "Ê Ban", "H'Hen Niê", "Bùi Hà", "café", "M. Müller", "Đào – Hòa", ""]
)
def test_unicode_is_left_alone(text: str) -> None:
    """A text that may be Unicode stays as it is when nothing in its column says otherwise."""
    assert decode_column([text])[0].text == text


def test_neighbours_decide_what_could_be_either() -> None:
    """A word that is one in both spellings follows the rest of its column."""
    old, new = decode_column(["Lª V¨n Tó", "Tó"]), decode_column(["Nguyễn Văn Tú", "Tó", "Lª V¨n Tó"])

    assert [each.text for each in old] == ["Lê Văn Tú", "Tú"]
    assert [each.text for each in new] == ["Nguyễn Văn Tú", "Tó", "Lê Văn Tú"]


@pytest.mark.parametrize(("font", "table"), [("TCVN3", TO_TCVN3), ("VNI", TO_VNI)])
def test_a_column_of_names_comes_back(font: str, table: dict[str, str]) -> None:
    """Every name of a column typed with an old font comes back, whichever of them give the font away."""
    meant = [f"{family} {middle} {given}" for family in FAMILY for middle in MIDDLE for given in GIVEN]

    decoded = decode_column([written(name, table) for name in meant])

    assert [each.text for each in decoded] == meant
    assert {each.font for each in decoded if written(each.text, table) != each.text} == {font}


@given(name=names)
def test_decoding_is_the_inverse_of_writing(name: str) -> None:
    """What was written with a font is read with it."""
    assert decode(written(name, TO_TCVN3), "TCVN3") == name
    assert decode(written(name, TO_VNI), "VNI") == name


@given(column=st.lists(names, max_size=30))
def test_a_column_of_unicode_never_changes(column: list[str]) -> None:
    """Names in Unicode are never taken for an old font."""
    assert [each.text for each in decode_column(column)] == column


@given(text=st.text(max_size=30))
def test_any_text_is_survived(text: str) -> None:
    """Whatever stands in a cell gives a text."""
    assert isinstance(decode_column([text])[0].text, str)


@pytest.mark.parametrize("word", ["nguyễn", "Hoàng", "khuỷu", "Quỳnh", "giường", "Ý", "ương", "thuở", "yêu", "loong"])
def test_words_that_are_built_as_syllables(word: str) -> None:
    """The build of Vietnamese syllables is known."""
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["nguyÔn", "Höôøng", "Byă", "strong", "ââ", "ế́"])
def test_words_that_are_not(word: str) -> None:
    """What no Vietnamese word looks like is none."""
    assert not is_syllable(word)
