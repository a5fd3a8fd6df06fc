"""What rule tables give for a position, as a table."""

from __future__ import annotations

import unicodedata

import pytest

from directory.policies import DEFAULTS
from directory.positions import value_for

TABLE = {
    "rules": [
        {"words": "phó giám đốc, phó cục trưởng", "value": 2},
        {"words": "Giám đốc", "value": 3},
        {"words": "01.001,V.07.01", "value": 4},
    ],
    "default": 1,
}


@pytest.mark.parametrize(
    ("title", "rank", "value"),
    [
        ("Giám đốc", None, 3),
        ("GIÁM ĐỐC SỞ", None, 3),
        ("Phó  Giám đốc phụ trách", None, 2),
        ("Giám đốc, kiêm Phó Giám đốc", None, 2),
        ("phó cục trưởng", None, 2),
        ("Cục trưởng", None, 1),
        ("Trợ lý tổng giám đốcx", None, 1),
        ("", None, 1),
        ("Chuyên viên", "01.001", 4),
        ("Chuyên viên", "01.0011", 1),
        ("Giảng viên", "V.07.01.03", 4),
        ("Giám đốc", "01.001", 3),
        (unicodedata.normalize("NFD", "Phó Giám đốc"), None, 2),
    ],
)
def test_first_rule_that_fits_counts(title: str, rank: str | None, value: int) -> None:
    """Whole words in the title or the rank decide, in the order of the rules; marks and capitals do not matter."""
    assert value_for(TABLE, title, rank) == value


@pytest.mark.parametrize(("title", "months"), [("Phó Vụ trưởng", 12), ("Giám đốc Sở", 12), ("Trưởng phòng", 6)])
def test_mailboxes_are_kept_by_position(title: str, months: int) -> None:
    """By default mailboxes of leaders are kept for 12 months after leaving, all others for 6."""
    assert value_for(DEFAULTS["mailbox_kept_months"], title, None) == months
