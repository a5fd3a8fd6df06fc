"""Write names400.tsv: names as they are typed, with their parts and the local parts that patterns must give.

Run `python -m tests.directory.names400` after a change here, and read what `git diff` shows. It knows nothing of
`directory.naming`: letters are spelled out in a table, and the parts of a name come from how it was put together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

HERE = Path(__file__).parent
FILE = HERE / "names400.tsv"
PARTS = HERE.parents[1] / "provisioning" / "sample" / "vn_name_parts.tsv"
COLUMNS = ("typed", "full", "family", "middle", "given", "given+initials", "initials+given", "full name", "given.rest")
GENERATED = 320

PLAIN = {
    "a": "àáảãạăằắẳẵặâầấẩẫậ",
    "d": "đ",
    "e": "èéẻẽẹêềếểễệ",
    "i": "ìíỉĩịĭ",
    "o": "òóỏõọôồốổỗộơờớởỡợŏ",
    "u": "ùúủũụưừứửữựŭ",
    "y": "ỳýỷỹỵ",
    "": "'- .",
}
LETTERS = {marked: plain for plain, row in PLAIN.items() for marked in row}


@dataclass(frozen=True)
class Made:
    """A name put together from its parts; `typed` where somebody writes it in another way."""

    family: str
    middle: str
    given: str
    full: str = ""
    typed: str = ""

    def line(self) -> str:
        """Give the line of the table."""
        full = self.full or " ".join(filter(None, (self.family, self.middle, self.given)))
        initials = "".join(plain(word)[:1] for word in f"{self.family} {self.middle}".split())
        given, rest = plain(self.given), plain(self.family + self.middle)
        locals_ = (given + initials, initials + given, plain(full), f"{given}.{rest}".strip("."))
        return "\t".join((self.typed or full, full, self.family, self.middle, self.given, *locals_))


def plain(text: str) -> str:
    """Give a text in small letters without marks, by the table."""
    return "".join(LETTERS.get(letter, letter) for letter in text.lower())


def nfd(text: str) -> str:
    """Give a text with every mark apart from its letter."""
    return unicodedata.normalize("NFD", text)


def half_apart(text: str) -> str:
    """Give a text as older keyboards write it: ê in one piece, its tone apart."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    made = []
    for letter in text:
        apart = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in apart if mark in tones)
        made.append(unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in tones)) + tone)
    return "".join(made)


WAYS: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, nfd, half_apart)
"""How people type a name."""


def generated() -> Iterator[Made]:
    """Put names together from parts that occur, the frequent ones first, each part with each kind of middle name."""
    rows = [line.split("\t") for line in PARTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    parts: dict[str, list[str]] = {}
    for kind, part, *_ in rows:
        # A family Y is always read as the mark of Ê Đê names (docs/decisions/0008) and corrected by hand.
        if (kind, part) != ("family", "Y"):
            parts.setdefault(kind, []).append(part)
    families, middles, givens = (parts[kind] for kind in ("family", "middle", "given"))
    number = 0
    while True:
        # Steps without a common divisor with the lengths come to every part before one comes back.
        family, middle = families[number * 7 % len(families)], middles[number * 11 % len(middles)]
        given = givens[number * 13 % len(givens)]
        middle = middle if number % 9 else ""
        full = " ".join(filter(None, (family, middle, given)))
        yield Made(family, middle, given, typed=WAYS[number % len(WAYS)](full))
        number += 1


def by_hand() -> Iterator[Made]:
    """Give the traps: every one that lists of staff, keyboards and the names of the peoples of Viet Nam have set."""
    # long because it is a table.
    # One word, two, five and six.
    yield from (Made("", "", "An"), Made("", "", "Nghĩa"), Made("Lê", "", "An"), Made("Vũ", "", "Ý"))
    yield Made("Lưu", "Nguyễn Hoàng Bảo", "Trân")
    yield Made("Công", "Tằng Tôn Nữ Ngọc", "Ánh")
    yield Made("Tôn", "Thất Vĩnh Bảo Quang", "Đạt")
    yield Made("Huyền", "Tôn Nữ Diệu", "Hiền")
    yield Made("Nguyễn", "Phúc Bảo", "Ân")
    # Ê Đê, M'Nông, Ba Na, Mông, K'Ho and others: the given name first or alone, with a mark of their own.
    yield from (Made("", "", "Y Thanh"), Made("Niê Kdăm", "", "Y Thanh", "Y Thanh Niê Kdăm"))
    yield from (Made("Byă", "", "H'Linh", "H'Linh Byă"), Made("Byă", "", "H Linh", "H Linh Byă"))
    yield Made("Êban", "", "H'Hen", "H'Hen Êban")
    yield Made("Niê", "", "H'Hen", "H'Hen Niê", typed="H'HEN NIÊ")
    yield Made("Byă", "", "H'Linh", "H'Linh Byă", typed="H’Linh Byă")
    yield Made("Byă", "", "H'Linh", "H'Linh Byă", typed="H‘Linh Byă")
    yield Made("Byă", "", "H'Linh", "H'Linh Byă", typed="H` Linh Byă")
    yield Made("Byă", "", "H'Linh", "H'Linh Byă", typed="H ' Linh  Byă")
    yield Made("Mlô", "", "Y Wơn", "Y Wơn Mlô")
    yield Made("Buôn Yă", "", "Y Jut", "Y Jut Buôn Yă")
    yield from (Made("", "", "K'Brêu"), Made("", "", "K'Brêu", typed="K’BRÊU"), Made("", "", "A Páo"))
    yield from (Made("Giàng", "A", "Páo"), Made("Sùng", "A", "Dế"), Made("Giàng", "Thị", "Mỷ"), Made("Vàng", "A", "Sử"))
    yield from (Made("Lò", "Văn", "Pọm"), Made("Cầm", "Bá", "Thước"), Made("Quàng", "Thị", "Ón"), Made("Lù", "", "Seo"))
    yield from (Made("Rơ", "Châm", "Jak"), Made("Siu", "", "Wen"), Made("Kpă", "", "Klơng"), Made("Rmah", "", "Fui"))
    yield from (Made("Ksor", "", "Phước"), Made("Đinh", "", "Zuk"), Made("Chamaléa", "", "Thị"))
    yield Made("Thạch", "", "Sô-Thi")
    yield from (Made("Pờ", "", "Lóong"), Made("Zơ", "Râm", "Blêu"), Made("Jơ", "Ngơl", "Wĩnh"), Made("Danh", "", "Út"))
    # Ông and Bà are families as well as courtesies.
    yield from (Made("Ông", "", "Lan"), Made("Ông", "Thị", "Lan"), Made("Bà", "", "Huyền"))
    yield Made("Nguyễn", "Văn", "An", typed="Ông Nguyễn Văn An")
    yield Made("Trần", "Thị", "Ba", typed="BÀ TRẦN THỊ BA")
    yield Made("Ông", "Ích", "Khiêm")
    # Where the tone stands; qu and gi; the same syllables twice.
    yield from (Made("Hòa", "Thúy", "Khỏe"), Made("Hoà", "Thuý", "Khoẻ"), Made("Quý", "Quỳnh", "Quyên"))
    yield from (Made("Giang", "Gia", "Giỏi"), Made("Giáp", "Gì", "Gìn"), Made("Lý", "Lý", "Lý"))
    yield Made("Mai", "Mai", "Mai")
    # Letters that look like Đ, letters of one piece and of several, spaces of every kind.
    for look_alike in "ÐƉ":
        yield Made("Đặng", "Văn", "Đức", typed=f"{look_alike}ặng Văn {look_alike}ức")
    for look_alike in "ðɖđ":
        yield Made("Đặng", "Văn", "Đức", typed=f"{look_alike}ặng văn {look_alike}ức")
    yield Made("Đỗ", "Đình", "Đạt", typed=nfd("Đỗ Đình Đạt"))
    yield Made("Nguyễn", "Thị", "Tuyết", typed="Nguyê\u0303n Thi\u0323 Tuyê\u0301t")
    yield Made("Nguyễn", "Văn", "Thường", typed="  Nguyễn  Văn \u00a0 Thường ")
    yield Made("Nguyễn", "Văn", "Ngọc", typed="Nguyễn\u2003Văn\u3000Ngọc")
    yield Made("Phan", "Xuân", "Ẩn", typed="PHAN XUÂN ẨN")
    yield Made("Vũ", "DUY", "Anh")
    yield Made("Trần", "Lê", "Quốc-Bảo")
    yield Made("Trần", "Lê", "Quốc-Bảo", typed="trần lê quốc-bảo")
    # What would spell a word that people take for a role, or end in nothing.
    yield from (Made("Văn", "", "Thư"), Made("Chủ", "", "Tịch"), Made("Bí", "", "Thư"), Made("Tổ", "", "Chức"))
    yield from (Made("Kế", "", "Toán"), Made("Thanh", "", "Tra"), Made("Lãnh", "", "Đạo"), Made("Giám", "", "Đốc"))
    yield from (Made("Ư", "", "Ơ"), Made("Ỷ", "Ẵ", "Ỡ"), Made("Ứng", "Ườn", "Ưỡn"), Made("Ngô", "Ngọc", "Nghênh"))


def lines() -> list[str]:
    """Give every line of the table."""
    return ["\t".join(COLUMNS), *(each.line() for each in (*by_hand(), *islice(generated(), GENERATED)))]


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
