"""Which passwords are accepted, as a table."""

from __future__ import annotations

import pytest

from directory.credentials.strength import GUESSABLE, KNOWN_WORDS, TOO_LONG, TOO_SHORT, UNPRINTABLE, weakness

PERSONAL = ["Nguyễn Thị Ánh Đào", "Sở Nội vụ tỉnh Lào Cai", "laocai.gov.vn", "2026"]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", TOO_SHORT[8]),
        ("Ab1!efg", TOO_SHORT[8]),
        ("x" * 257, TOO_LONG),
        ("con mèo\0vàng ngủ trên mái", UNPRINTABLE),
        ("matkhaucongvu", KNOWN_WORDS),
        ("Matkhau@12345", KNOWN_WORDS),
        ("Mật khẩu@2026!", KNOWN_WORDS),
        ("nguyenthianhdao", KNOWN_WORDS),
        ("Nguyễn Ánh Đào 1", KNOWN_WORDS),
        ("AnhDao@laocai.gov.vn", KNOWN_WORDS),
        ("SoNoiVu@LaoCai2026", KNOWN_WORDS),
        ("ubndtinhlaocai", KNOWN_WORDS),
        ("anhyeuem123456", KNOWN_WORDS),
        ("HàNội@@123456", KNOWN_WORDS),
        ("VietnamVoDich1", KNOWN_WORDS),
        ("aaaaaaaaaaaaaaaa", GUESSABLE),
        ("123456789012", GUESSABLE),
        ("qwertyuiop12", KNOWN_WORDS),
        ("1q2w3e4r5t6y", KNOWN_WORDS),
        ("passwordpassword", KNOWN_WORDS),
        ("abcabcabcabcabc", KNOWN_WORDS),
        ("tháng mười một", None),
        ("con mèo vàng ngủ trên mái nhà", None),
        ("correct horse battery staple", None),
        ("kR7#mvQ2!xLp", None),
        ("84 2917 5503 6618 0274", None),
        ("Đường về nhà mưa rơi lất phất", None),
        ("á" * 3 + "chín quả táo", None),
        ("xanh đỏ tím vàng lục lam", None),
        ("Vườn chuối sau hè nở muộn", None),
    ],
)
def test_thirty_passwords(password: str, reason: str | None) -> None:
    """A password is refused with the reason that helps to choose a better one, or accepted."""
    assert weakness(password, PERSONAL, 8) == reason


def test_no_kind_of_character_is_demanded() -> None:
    """A long password of small letters only is accepted."""
    assert weakness("vuon chuoi sau he no muon", [], 8) is None


def test_own_words_count_only_for_oneself() -> None:
    """What is weak for someone because of the name is not weak for others."""
    password = "hoangthiphuonglinh"

    mine, theirs = weakness(password, ["Hoàng Thị Phương Linh"], 8), weakness(password, ["Lê Văn Sơn"], 8)

    assert (mine, theirs) == (KNOWN_WORDS, None)
