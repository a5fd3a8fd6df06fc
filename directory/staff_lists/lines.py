"""Lines of a table, told by what is written in them: numbers, totals, signatures, names of units and of people."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter

from directory.naming import fold
from directory.staff_lists.cells import Cell, text_of
from directory.staff_lists.contents import FORMS, begins_with_family
from directory.staff_lists.headings import MARKS

DETAILS = frozenset(
    {
        "personal_id",
        "birth_date",
        *MARKS,
        "phone",
        "staff_number",
        "official_mail",
        "personal_mail",
        "mail",
        "rank",
        "source_record",
    }
)
"""What only a person has; a title may stand under a signature too."""
TOO_MANY = 1_000_000
_PROOFS = {
    **{field: field for field in ("personal_id", "birth_date", "phone", "mail")},
    **dict.fromkeys(MARKS, "birth_date"),
}
"""Details with a form that nothing else has: below signatures too they are of a person."""
_WHOLE = re.compile(r"\(?([IVX]+\.)?\d{1,6}[a-zđ]?\)?[.)/-]*|\d{1,6} ?bis")
_ORDINAL = re.compile(r"\(?[IVXLC]+[.)/]?\)?|\(?[A-Z][.)/]?\)?")
_ORDERED = re.compile(r"\W*([IVXLC]+|[A-Z])\s*[.)/:-]\s*\w")
_COUNT = re.compile(r"\(?\d+\s*(người|cán bộ|công chức|biên chế|đ/c|đồng chí)?\W*", re.IGNORECASE)
_BEFORE = r"(\W*([ivxlc]+|[a-z]|\d+)[.)/-]\s*)?"
_UNIT = re.compile(
    _BEFORE + r"(phòng|ban|sở|chi cục|trung tâm|văn phòng|thanh tra|khối|khoa|tổ|đội|hạt|trạm|uỷ ban|ủy ban|ubnd|hđnd"
    r"|hội đồng|lãnh đạo|chi nhánh|viện|trường|cục|vụ|tổng cục|hội|đảng (uỷ|ủy)|bộ phận|công ty|tổng công ty|bệnh viện"
    r"|đơn vị|xã|phường|đặc khu|mặt trận|liên đoàn|nhà|bộ"
    r"|đoàn (thanh niên|thể|công tác|đại biểu|kiểm tra|luật sư|tncs))\b"
)
_UNIT_WITHOUT_MARKS = re.compile(
    _BEFORE + r"(phong|ban|so|chi cuc|trung tam|van phong|thanh tra|khoi|khoa|doi|hat|tram|uy ban|ubnd|hdnd|hoi dong"
    r"|lanh dao|chi nhanh|vien|cuc|tong cuc|dang uy|bo phan|cong ty|benh vien|don vi|xa|dac khu|mat tran|lien doan)\b"
)
"""Without marks the words for some units are families too (Vũ, Tô, Trương, Đoàn); those are left to people."""
_TOTAL = re.compile(
    r"tổng(?=\W*(\d|$))|tổng( cộng| số| toàn| biên chế)\b|cộng\b(?! (tác|hòa|hoà|sản|đồng))|tong (cong|so)\b"
)
_CLOSING = re.compile(
    r"(nguoi (lap|tong hop|ke khai|duyet)|thu truong|xac nhan|ke toan truong|noi nhan|ghi chu|an dinh danh sach"
    r"|bang chu|danh sach (nay |tren )?(co|gom)|\(?ky,? (va )?(ghi|dong)|t/?m[. ]|k/?t[. ]|t/?l[. ]"
    r"|.*\bngay [\d.… ]+thang [\d.… ]+nam)"
)
_COLUMN_NUMBER = re.compile(r"\(?(\d{1,2}|[A-Z])\)?")
_LEFT = re.compile(
    r"\b(nghỉ (hưu|việc|chế độ)|thôi việc|từ trần|đã (mất|nghỉ|thôi|chuyển)|chuyển công tác|thuyên chuyển)\b"
)
_NAME_WORDS = range(2, 7)
_UNDOUBTED = 3


def picking(places: Collection[int]) -> Callable[[Sequence[Cell]], tuple[Cell, ...]]:
    """Give what picks the cells in these places out of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)


def name_in(cells: Mapping[str, Cell]) -> str:
    """Give what stands where names stand."""
    return text_of(cells.get("full_name") or cells.get("given", ""))


def number_in(cells: Mapping[str, Cell]) -> int | None:
    """Give the whole number of a row that has one, be it 150.00000000000003."""
    number = cells.get("number", "")
    if isinstance(number, float):
        return round(number) if 0 <= number < TOO_MANY else None
    text = text_of(number).rstrip(".")
    return int(text) if text.isdecimal() and len(text) < len(str(TOO_MANY)) else None


def is_numbered(cells: Mapping[str, Cell]) -> bool:
    """Say whether the row has a number: 150.00000000000003, 1.2, 12a, (3)."""
    number = cells.get("number", "")
    if isinstance(number, float):
        return 0 <= number < TOO_MANY
    text = text_of(number)
    return is_whole(text) or is_whole(text.split(".")[0])


def is_whole(text: str) -> bool:
    """Say whether a text is the number of a row and nothing else."""
    return _WHOLE.fullmatch(text) is not None


def number_columns(texts: Sequence[str]) -> bool:
    """Say whether a row says nothing but which column is which: (1), (2), A."""
    return all(map(_COLUMN_NUMBER.fullmatch, texts)) and len(set(texts)) == len(texts)


def has_letters(name: str) -> bool:
    """Say whether a name has a letter at all; nearly all have nothing else."""
    return name.replace(" ", "").isalpha() or any(map(str.isalpha, name))


def is_proved(cells: Mapping[str, Cell]) -> bool:
    """Say whether something in the row can be of a person only, whatever stands around it."""
    return any(field in cells and FORMS[form](cells[field]) for field, form in _PROOFS.items())


def may_be_name(text: str) -> bool:
    """Say whether a text is written as the names of people are: some words, each with a capital letter."""
    words = text.split()
    return len(words) in _NAME_WORDS and all(
        word[:1].isupper() and word.replace("'", "").replace("’", "").replace("-", "").isalpha() for word in words
    )


def is_like_a_name(text: str) -> bool:
    """Say whether a text that stands alone is rather a person than a unit: a family first, and no word for a unit."""
    words = text.split()
    is_long = len(words) >= _UNDOUBTED or not text.isupper()
    return may_be_name(text) and is_long and begins_with_family(text) and not is_unit(text)


def is_unit(text: str) -> bool:
    """Say whether a text begins as the names of units do; where it has marks, they tell Vụ from Vũ."""
    if text.isascii():
        return _UNIT_WITHOUT_MARKS.match(text.lower()) is not None
    return _UNIT.match(text.lower()) is not None


def is_plainly_group(texts: Sequence[str]) -> bool:
    """Say whether a row is that of a unit and no remark: it has a Roman numeral, or a word for a unit."""
    return is_ordered(texts) or any(map(is_unit, texts))


def is_ordered(texts: Sequence[str]) -> bool:
    """Say whether a row begins with a Roman numeral or a letter."""
    return any(_ORDINAL.fullmatch(text) or _ORDERED.match(text) for text in texts)


def is_total(text: str) -> bool:
    """Say whether a total stands here."""
    return _TOTAL.match(text.lower()) is not None


def closes(text: str) -> bool:
    """Say whether a text is a total or begins the signatures and notes."""
    return is_total(text) or signs(text)


def signs(text: str) -> bool:
    """Say whether the signatures and notes begin with a text."""
    return _CLOSING.match(fold(text)) is not None


def says_left(text: str) -> bool:
    """Say whether a title or a note tells that somebody is retired, dead or somewhere else."""
    return _LEFT.search(text.lower()) is not None


def group_in(cells: Mapping[str, Cell], texts: Sequence[str]) -> str | None:
    """Give the unit that a group row names: one text, with or without a Roman numeral before it."""
    words = [text for text in texts if not _ORDINAL.fullmatch(text) and not is_whole(text)]
    is_counted = len(words) > 1 and is_unit(words[0]) and all(map(_COUNT.fullmatch, words[1:]))
    if (len(words) != 1 and not is_counted) or (cells.keys() & DETAILS and not is_counted):
        return None
    text = re.sub(r"^\W*([IVXLC]+|[A-Z]|\d+)\s*[.)/:-]\s*", "", words[0])
    text = re.sub(r"\s*[:(–-]\s*\(?\d+\s*(người|cán bộ|công chức|đ/c|đồng chí)?\W*$", "", text, flags=re.IGNORECASE)
    return text.strip(" :.-–") or None
