"""Text typed with the fonts used before Unicode, TCVN3 (ABC) and VNI: told by its letters, and decoded.

The tables are those of UniKey (ukengine/data.cpp, SingleByteTables[TCVN3] and DoubleByteTables[VNI-WIN]).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from directory.staff_lists.cells import Font

Told = Literal["TCVN3", "VNI", "Unicode"] | None

TCVN3_LETTERS = str.maketrans(
    "µ¸¶·¹©ÇÊÈÉË¨»¾¼½Æ®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¢¡§£¤¥¦",
    "àáảãạâầấẩẫậăằắẳẵặđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵÂĂĐÊÔƠƯ",
)
VNI_SEQUENCES = {
    pair[:-1]: pair[-1]
    for pair in (
        "aøà aùá aûả aõã aïạ aââ aàầ aáấ aåẩ aãẫ aäậ aêă aèằ aéắ aúẳ aüẵ aëặ"
        " eøè eùé eûẻ eõẽ eïẹ eâê eàề eáế eåể eãễ eäệ"
        " oøò oùó oûỏ oõõ oïọ oâô oàồ oáố oåổ oãỗ oäộ ôøờ ôùớ ôûở ôõỡ ôïợ"
        " uøù uùú uûủ uõũ uïụ öøừ öùứ öûử öõữ öïự yøỳ yùý yûỷ yõỹ"
        " AØÀ AÙÁ AÛẢ AÕÃ AÏẠ AÂÂ AÀẦ AÁẤ AÅẨ AÃẪ AÄẬ AÊĂ AÈẰ AÉẮ AÚẲ AÜẴ AËẶ"
        " EØÈ EÙÉ EÛẺ EÕẼ EÏẸ EÂÊ EÀỀ EÁẾ EÅỂ EÃỄ EÄỆ"
        " OØÒ OÙÓ OÛỎ OÕÕ OÏỌ OÂÔ OÀỒ OÁỐ OÅỔ OÃỖ OÄỘ ÔØỜ ÔÙỚ ÔÛỞ ÔÕỠ ÔÏỢ"
        " UØÙ UÙÚ UÛỦ UÕŨ UÏỤ ÖØỪ ÖÙỨ ÖÛỬ ÖÕỮ ÖÏỰ YØỲ YÙÝ YÛỶ YÕỸ"
        " ñđ ìì íí æỉ óĩ òị ôơ öư îỵ ÑĐ ÌÌ ÍÍ ÆỈ ÓĨ ÒỊ ÔƠ ÖƯ ÎỴ"
    ).split()
}
_VNI_SEQUENCE = re.compile("|".join(sorted(map(re.escape, VNI_SEQUENCES), key=len, reverse=True)))

_VOWELS = (
    "a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iu oa oă oe oi oo ôi ơi ua uâ ui uê uô uơ uy uă ue"
    " ưa ươ ưi ưu yê iêu oai oao oay oeo uao uây uôi uya uyê uyu ươi ươu yêu ya uay uai ôô"
).split()
_SYLLABLE = re.compile(
    "(?:ch|gh|gi|g|kh|k|ngh|ng|nh|ph|qu|q|th|tr|[bcdđhlmnprstvx])?"
    f"(?:{'|'.join(sorted(_VOWELS, key=len, reverse=True))})(?:ch|ng|nh|[cmnpt])?"
)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_WORD = re.compile(r"[^\W\d_]+")
_WORD_BEFORE = re.compile("[A-Za-z\u00a1-\u00ff]+")
"""A word of an old font: its letters may be the signs of Latin-1, such as `¶` or the soft hyphen."""
_ONLY_OLD = re.compile("[\u00a1-\u00bf×÷äåæçëîïñöøûüþÿßÄÅÆÇËÎÏÑÖØÛÜÞ]")
"""A letter or sign that Vietnamese in Unicode has no use for."""
_WINDOWS = {
    old: new
    for code in range(0x80, 0x100)
    for old, new in [(bytes([code]).decode("cp1258", "ignore"), bytes([code]).decode("cp1252", "ignore"))]
    if old and new and old != new
}
"""Letters that stand for the same byte when text of an old font was read as Vietnamese Windows text."""
_MISREAD = str.maketrans(_WINDOWS)


def is_syllable(word: str) -> bool:
    """Say whether a word is built as a Vietnamese syllable is; only the build, not the dictionary."""
    parted = unicodedata.normalize("NFD", word.lower())
    if len(_TONES.findall(parted)) > 1:
        return False
    return _SYLLABLE.fullmatch(unicodedata.normalize("NFC", _TONES.sub("", parted))) is not None


def decode(text: str, font: Font, *, is_capitals: bool = False) -> str:
    """Give the Unicode text of an old font. Its capitals look like small letters: a word of capitals is made whole."""
    if font == "VNI":
        return _VNI_SEQUENCE.sub(lambda found: VNI_SEQUENCES[found[0]], text)
    if is_capitals:
        return text.translate(TCVN3_LETTERS).upper()
    return _WORD_BEFORE.sub(lambda word: _with_its_capitals(word[0]), text)


def _with_its_capitals(word: str) -> str:
    """Decode a TCVN3 word; NGUYÔN is NGUYỄN, written with a font of capitals."""
    typed = [letter for letter in word if letter.isascii()]
    decoded = word.translate(TCVN3_LETTERS)
    is_capitals = len(typed) > 1 and all(letter.isupper() for letter in typed)
    return decoded.upper() if is_capitals else decoded


def has_old_letters(text: str) -> bool:
    """Say whether there is a letter or sign that Vietnamese in Unicode has no use for."""
    return not text.isascii() and _ONLY_OLD.search(text) is not None


def as_typed(text: str) -> str:
    """Undo that a program took the bytes of an old font for Vietnamese Windows text (cp1258)."""
    return text.translate(_MISREAD)


def told_by_letters(text: str) -> Told:
    """Say in what a text is typed, if its own letters leave no doubt."""
    if text.isascii():
        return None
    normal = unicodedata.normalize("NFC", text)
    if any(letter > "\u00ff" and letter.isalpha() for letter in normal):
        return "Unicode"
    if is_vietnamese(normal) and not _has_signs_in_words(normal):
        return None  # could be either
    fonts: tuple[Font, Font] = ("TCVN3", "VNI")
    read = [font for font in fonts if _reads(normal, font)]
    return read[0] if len(read) == 1 else None


def is_vietnamese(text: str) -> bool:
    """Say whether every word with marks is built as a Vietnamese syllable."""
    return all(is_syllable(word) for word in _marked(_WORD.findall(text)))


def _reads(text: str, font: Font) -> bool:
    """Say whether decoding makes every word with marks a syllable and leaves no strange letter."""
    decoded = decode(text, font)
    return (
        decoded != text
        and bool(_marked(_WORD.findall(decoded)))
        and is_vietnamese(decoded)
        and not _has_signs_in_words(decoded)
    )


def _marked(words: Iterable[str]) -> list[str]:
    return [word for word in words if not word.isascii()]


def _has_signs_in_words(text: str) -> bool:
    """Say whether signs such as ¸ or ® touch letters, as they do in TCVN3 only."""
    return re.search("[A-Za-z][\u00a1-\u00bf\u00d7\u00f7]|[\u00a1-\u00bf\u00d7\u00f7][A-Za-z]", text) is not None
