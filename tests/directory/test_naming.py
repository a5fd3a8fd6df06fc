"""Addresses from names, as tables and as properties."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from directory.addresses import LOCAL
from directory.errors import BadValue
from directory.naming import (
    RESERVED,
    ROLE_LOCALS,
    SYSTEM_LOCALS,
    Withheld,
    bar,
    candidates,
    check_patterns,
    fold,
    is_reserved,
    may_have,
    normal_name,
    proposals,
    split_name,
)

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵfjwz"
LETTERS = VIETNAMESE + VIETNAMESE.upper()
words = st.text(alphabet=LETTERS, min_size=1, max_size=7)
names = st.lists(words, min_size=1, max_size=6).map(" ".join)
PATTERNS = ["{given}{initials}", "{given}{initials}.{unit}", "{full}"]


def first(name: str, pattern: str, unit: str | None = None) -> str:
    """Give the first candidate of one pattern."""
    return next(candidates(split_name(name), [pattern], unit)).local


@pytest.mark.parametrize(
    ("full", "family", "middle", "given_name"),
    [
        ("Nguyễn Văn An", "Nguyễn", "Văn", "An"),
        ("Nguyễn Thị Ánh Đào", "Nguyễn", "Thị Ánh", "Đào"),
        ("Lê An", "Lê", "", "An"),
        ("Lưu Nguyễn Hoàng Bảo Trân", "Lưu", "Nguyễn Hoàng Bảo", "Trân"),
        ("Công Tằng Tôn Nữ Ngọc Ánh", "Công", "Tằng Tôn Nữ Ngọc", "Ánh"),
        ("An", "", "", "An"),
        ("K'Brêu", "", "", "K'Brêu"),
        ("Y Thanh", "", "", "Y Thanh"),
        ("Y Thanh Niê Kdăm", "Niê Kdăm", "", "Y Thanh"),
        ("H'Linh Byă", "Byă", "", "H'Linh"),
        ("H Linh Byă", "Byă", "", "H Linh"),
        ("A Páo", "", "", "A Páo"),
        ("Giàng A Páo", "Giàng", "A", "Páo"),
        ("Ông Thị Lan", "Ông", "Thị", "Lan"),
        ("Ông Lan", "Ông", "", "Lan"),
        ("Ông Nguyễn Văn An", "Nguyễn", "Văn", "An"),
        ("BÀ TRẦN THỊ BA", "Trần", "Thị", "Ba"),
    ],
)
def test_name_is_parted(full: str, family: str, middle: str, given_name: str) -> None:
    """A full name is parted into family, middle and given name, for each people as they write it."""
    name = split_name(full)

    assert (name.family, name.middle, name.given) == (family, middle, given_name)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("  nguyễn   văn an ", "Nguyễn Văn An"),
        ("NGUYỄN THỊ ÁNH ĐÀO", "Nguyễn Thị Ánh Đào"),
        ("Nguye\u0302\u0303n Va\u0306n An", "Nguyễn Văn An"),
        ("H’LINH BYĂ", "H'Linh Byă"),
        ("H' Linh Byă", "H'Linh Byă"),
        ("Ðặng Văn Ɖức", "Đặng Văn Đức"),
        ("Vũ DUY Anh", "Vũ DUY Anh"),
    ],
)
def test_name_has_one_spelling(typed: str, normal: str) -> None:
    """Spaces, capitals, composition, apostrophes and look-alikes of Đ come to one spelling."""
    assert normal_name(typed) == normal


@pytest.mark.parametrize(
    "typed", ["", "  ", "Nguyễn Văn 2", "an@tinh.gov.vn", "Nguyễn (B)", "Аn", "A\u0000n", "' '", "x" * 101]
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    """Digits, signs, other scripts and endless texts are not taken for names."""
    with pytest.raises(BadValue):
        normal_name(typed)


@pytest.mark.parametrize(
    ("name", "pattern", "local"),
    [
        ("Nguyễn Văn An", "{given}{initials}", "annv"),
        ("Nguyễn Văn An", "{initials}{given}", "nvan"),
        ("Nguyễn Văn An", "{full}", "nguyenvanan"),
        ("Nguyễn Văn An", "{given}.{family}{middle}", "an.nguyenvan"),
        ("Nguyễn Văn An", "{given}{initials}.{unit}", "annv.stttt"),
        ("Đặng Thị Ngọc Ánh", "{given}{initials}", "anhdtn"),
        ("K'Brêu", "{given}{initials}", "kbreu"),
        ("K'Brêu", "{given}.{family}{middle}", "kbreu"),
        ("Y Thanh", "{given}{initials}", "ythanh"),
        ("H'Linh Byă", "{given}{initials}", "hlinhb"),
        ("H'Linh Byă", "{full}", "hlinhbya"),
        ("Giàng A Páo", "{given}{initials}", "paoga"),
    ],
)
def test_pattern_gives_local_part(name: str, pattern: str, local: str) -> None:
    """A pattern gives the local part that an office would give by hand."""
    assert first(name, pattern, "Stttt") == local


def test_candidates_come_in_order_with_reasons() -> None:
    """Patterns come first, in order, then the first of them with a counter; each says where it comes from."""
    found = islice(candidates(split_name("Nguyễn Văn An"), PATTERNS, "SNV"), 5)

    assert [(each.local, each.reason) for each in found] == [
        ("annv", "{given}{initials}"),
        ("annv.snv", "{given}{initials}.{unit}"),
        ("nguyenvanan", "{full}"),
        ("annv2", "{given}{initials}{n}"),
        ("annv3", "{given}{initials}{n}"),
    ]


def test_counter_stays_apart_from_a_number_of_the_unit() -> None:
    """After a unit that ends in a digit the counter follows a dot."""
    found = candidates(split_name("Nguyễn Văn An"), ["{given}{initials}.{unit}"], "Đam Rông 1")

    assert [each.local for each in islice(found, 2)] == ["annv.damrong1", "annv.damrong1.2"]


def test_pattern_with_unit_is_left_out_without_one() -> None:
    """Where there is no short name, patterns that need it give nothing."""
    found = candidates(split_name("Nguyễn Văn An"), PATTERNS, None)

    assert [each.local for each in islice(found, 2)] == ["annv", "nguyenvanan"]


def test_no_pattern_gives_no_candidate() -> None:
    """Without a usable pattern the candidates end instead of counting for ever."""
    assert list(candidates(split_name("Nguyễn Văn An"), ["{given}.{unit}"], None)) == []


def test_reserved_local_part_is_passed_over() -> None:
    """A name that spells a role word gets the next candidate, and never the word with a number."""
    found = candidates(split_name("Văn Thư"), ["{full}", "{given}{initials}"])

    assert [each.local for each in islice(found, 3)] == ["thuv", "thuv2", "thuv3"]


def test_name_that_gives_only_a_role_word_has_no_candidate() -> None:
    """Where every pattern spells a role word, the candidates end; somebody types one."""
    assert list(candidates(split_name("Văn Thư"), ["{full}"])) == []


def test_what_is_passed_over_says_why() -> None:
    """The proposals hold what is barred too, with the reason."""
    withheld = Withheld(frozenset({"anvn"}), frozenset({"annv"}))

    found = proposals(split_name("Nguyễn Văn An"), ["{given}{initials}", "{full}"], None, withheld)

    assert [(each.local, each.bar) for each in islice(found, 3)] == [
        ("annv", "forbidden"),
        ("nguyenvanan", None),
        ("nguyenvanan2", None),
    ]


@pytest.mark.parametrize(
    ("patterns", "unit", "locals_"),
    [
        (["{given}{n}{initials}"], None, ["annv", "an2nv", "an3nv"]),
        (["{given}.{n}"], None, ["an", "an.2", "an.3"]),
        (["{n}{given}"], None, ["an", "2an", "3an"]),
        (["{full}", "{given}{initials}{n}"], None, ["nguyenvanan", "annv", "annv2", "annv3"]),
        (["{given}{initials}.{unit}{n}"], "Khu 5", ["annv.khu5", "annv.khu5.2"]),
        (["{n}{unit}{given}"], "5 Bến", ["5benan", "2.5benan"]),
    ],
)
def test_counter_stands_where_the_pattern_says(patterns: list[str], unit: str | None, locals_: list[str]) -> None:
    """`{n}` is nothing at first, then 2, 3, … at its place, apart from other digits."""
    found = candidates(split_name("Nguyễn Văn An"), patterns, unit)

    assert [each.local for each in islice(found, len(locals_))] == locals_


@pytest.mark.parametrize("patterns", [["{full}{n}", "{given}"], ["{n}{full}{n}"], ["{full}", "{full}"], ["{n}"]])
def test_patterns_that_do_not_go_together_are_refused(patterns: list[str]) -> None:
    """Only the last pattern counts, once, and none stands there twice."""
    with pytest.raises(BadValue):
        check_patterns(patterns)


@pytest.mark.parametrize("local", ["vanthu2", "van_thu.03", "giamdoc1", "admin7", "pop3"])
def test_digits_and_separators_make_no_other_word(local: str) -> None:
    """A role word stays one with a number or a separator in it."""
    assert bar(local) is not None


@pytest.mark.parametrize(("local", "allowed"), [("vanthu", True), ("motcua", True), ("admin", False), ("bachu", False)])
def test_role_mailbox_may_have_reserved_words_only(local: str, allowed: bool) -> None:  # noqa: FBT001 - a case
    """What is reserved is for role mailboxes; what is forbidden is for nobody."""
    assert may_have(local, Withheld(frozenset({"motcua"}), frozenset({"bachu"})), is_role=True) is allowed


@pytest.mark.parametrize("local", ["admin", "root", "postmaster", "vanthu", "van.thu", "mot_cua", "no-reply"])
def test_role_words_are_reserved(local: str) -> None:
    """Role words are reserved with and without separators."""
    assert is_reserved(local)


def test_reserved_words_are_local_parts() -> None:
    """Each reserved word is spelled as a local part without separators, in one list only."""
    assert all(LOCAL.match(word) and word.isalnum() for word in RESERVED)
    assert not SYSTEM_LOCALS & ROLE_LOCALS


@pytest.mark.parametrize(
    "pattern",
    ["", "{unit}", "an", "{given", "{name}", "{given!r}", "{given.__class__}", "{given} {full}", "{given}Đ", "{0}"],
)
def test_bad_pattern_is_refused(pattern: str) -> None:
    """A pattern that names nobody, or more than names, is not accepted."""
    with pytest.raises(BadValue):
        check_patterns([pattern])


@pytest.mark.parametrize(
    "pattern", ["{given}{initials}", "{full}", "{given}.{family}{middle}", "{initials}{given}_{unit}"]
)
def test_good_pattern_is_accepted(pattern: str) -> None:
    """The patterns in use are accepted."""
    check_patterns([pattern])


@given(names)
def test_local_parts_are_plain_and_never_reserved(full: str) -> None:
    """Whatever the name, a candidate is a valid ASCII local part and not reserved."""
    for each in islice(candidates(split_name(full), PATTERNS, "Sở"), 12):
        assert each.local.isascii()
        assert LOCAL.match(each.local)
        assert not is_reserved(each.local)


@given(names)
def test_candidates_are_the_same_each_time_and_differ(full: str) -> None:
    """The same name gives the same candidates, none twice."""
    once = [each.local for each in islice(candidates(split_name(full), PATTERNS, "Sở"), 12)]
    again = [each.local for each in islice(candidates(split_name(full), PATTERNS, "Sở"), 12)]

    assert once == again
    assert len(set(once)) == len(once)


@given(names)
def test_normal_name_is_stable(full: str) -> None:
    """A name in its one spelling stays as it is, unless a courtesy stands before it twice."""
    name = normal_name(full)

    assert fold(name).split()[0] in {"ong", "ba"} or normal_name(name) == name


def test_fold_equals_the_database(session: Session) -> None:
    """Python and PostgreSQL fold every letter of Vietnamese names alike, composed or not, and the look-alikes of Đ."""
    texts = [
        *LETTERS,
        *"ÐƉðɖ'-. ",
        "Nguyễn Thị Ánh Đào",
        "Nguye\u0302\u0303n",
        "Đa\u0306\u0323ng",
        "Y\u0309",
        "H'Linh Byă",
    ]

    folded = session.execute(select(*[func.fold(text) for text in texts])).one()

    assert list(folded) == [fold(text) for text in texts]
    assert all(each.isascii() for each in folded)
