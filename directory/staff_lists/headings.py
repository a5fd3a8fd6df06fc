"""Column headings as they are met, and the fields they mean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from directory.naming import fold

NAMES = frozenset({"full_name", "given"})
"""Without one of these there is no table."""
MARKS = ("male", "female")
"""Columns `Nam | Nữ`: the birth date, or a cross, stands in the one of the sex."""

_NOT_OURS = re.compile(
    r"\b(noi sinh|que quan|nguyen quan|noi cap|ngay cap|cap ngay|noi o|thuong tru|dan toc|ton giao|chuyen mon|he so"
    r"|bac luong|trinh do|ngay vao|vao dang|chu ky|ky nhan"
    r"|ghi chu(?! (in|thuong|hoa|co dau)\b)"
    r"|dinh danh (co quan|don vi))\b"
)
_STAFF_NUMBER = (
    r"(ma|ma so|so hieu|so ho so)( so)? (can bo|nhan vien|cong chuc|vien chuc|ccvc|cbccvc|cbcc|cc|cb|nv|ho so).*"
    r"|so hieu.*|ma nv|msnv|ma nhan su"
)
_WORK_PHONE = (
    r"(so )?((may )?(dien thoai|dt|sdt|tel|phone|may)( (so|cua|tai|noi))?"
    r" (co quan|cq|ban|van phong|vp|lam viec|co dinh)|co dinh)(?!.*\b(di dong|dd|zalo|nha)\b).*"
)
_CATEGORY = (
    r"(phan loai|loai( hinh)?|doi tuong|dien)( can bo| lao dong| hop dong| cong chuc| ccvc| quan ly)?"
    r"|cong chuc vien chuc"
)
_UNIT = (
    r"(ten )?(don vi|co quan|phong( ban)?|bo phan|noi (cong tac|lam viec)|to|khoa|phong khoa|phong chuyen mon)"
    r"\b(?! (tinh|cap|tien)\b).*"
)
_MEANINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (field, re.compile(pattern))
    for field, pattern in (
        ("number", r"(stt|tt|so tt|so thu tu|thu tu|no)"),
        ("staff_number", _STAFF_NUMBER),
        ("rank", r"(ma |ma so |ten )?ngach.*|.*\b(chuc danh|chuc vu) nghe nghiep.*|(ma so )?cdnn|hang chuc danh.*"),
        (
            "title",
            r"(chuc vu|chuc danh|vi tri (viec lam|cong tac|viec|vl)|vtvl|cong viec|chuc vu hien tai|nhiem vu)\b.*",
        ),
        ("family_middle", r"(ho (va )?)?(chu |ten )?(dem|lot)( va ho)?|ho"),
        (
            "full_name",
            r"(ho( va|,)? ?(chu dem va |dem va )?ten|ten nguoi dung|ten can bo|ten nhan vien|hoten|full name)\b.*",
        ),
        ("given", r"ten|ten goi|ten rieng"),
        ("male", r"(.* )?(ngay thang nam sinh|ngay sinh|nam sinh|gioi tinh|phai|gioi) nam|nam( x)?"),
        ("female", r"(.* )?(ngay thang nam sinh|ngay sinh|nam sinh|gioi tinh|phai|gioi) nu|nu( x)?"),
        ("birth_date", r"(ngay( thang)?( nam)? sinh|nam sinh|sinh ngay|sinh nam|n sinh|ns|ntns|date of birth)\b.*"),
        ("sex", r"(gioi tinh|phai|gt|gioi)( nam nu)?|nam nu"),
        (
            "source_record",
            r"(ma|khoa|ma so|so)( ban ghi)? (nguon|he thong nguon|hrm|phan mem nhan su)( du lieu)?|ma ban ghi",
        ),
        ("personal_id", r".*\b(cccd|cmnd|cmtnd|cmt|can cuoc|chung minh|dinh danh)\b.*"),
        ("official_mail", r".*\b(e?mail|thu|thu dien tu|hop thu)\b.*\b(cong vu|cong viec|co quan|gov vn)\b.*"),
        ("personal_mail", r".*\b(gmail|yahoo)\b.*|.*\b(e?mail|thu)\b.*\b(ca nhan|rieng)\b.*"),
        ("mail", r"(dia chi |tai khoan )?(e ?mail|mail|thu dien tu|hop thu( dien tu)?|thu dt)\b.*"),
        ("extension", r"(so |dien thoai |dt )?((may )?(le|nhanh|noi bo))( (noi bo|dien thoai|co quan))?|ext(ension)?"),
        ("work_phone", _WORK_PHONE),
        ("phone", r"(so )?(dien thoai|di dong|dtdd|dt|sdt|zalo|mobile|phone|tel|dd)\b.*|.*\b(di dong|zalo|sdt)\b.*"),
        ("category", _CATEGORY),
        ("unit", _UNIT),
    )
)


_BETTER = {
    "personal_id": re.compile(r"\b(cccd|can cuoc|dinh danh)\b"),
    "phone": re.compile(r"\b(di dong|zalo|mobile|dtdd)\b"),
}
"""Of two columns of a field the one that is meant: beside `Số CMND` the number is in `Số CCCD`."""


def normal(text: str) -> str:
    """Give a heading in lower case without marks, signs and line breaks."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(text)).split())


@lru_cache(4_096)  # a row may be a header by itself, below another one or above: each cell is asked for again
def meaning(heading: str) -> str | None:
    """Give the field that a heading means, or None for a column that is not ours."""
    text = normal(heading)
    if text == "nam" and "ă" in unicodedata.normalize("NFC", heading).lower():
        return "birth_date"  # Năm, the year, and not Nam
    if not text or len(text) > 80 or _NOT_OURS.search(text):  # noqa: PLR2004 - a sentence is no heading
        return None
    return next((field for field, pattern in _MEANINGS if pattern.fullmatch(text)), None)


def is_better(field: str, heading: str, than: str) -> bool:
    """Say whether of two headings of the same field the first says more exactly what is wanted."""
    better = _BETTER.get(field)
    return better is not None and bool(better.search(normal(heading))) and not better.search(normal(than))
