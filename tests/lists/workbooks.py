"""Staff lists as units send them, made in code: letterheads, headers over two rows, groups, signatures."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter

from directory.staff_lists.cells import Sheet
from provisioning.sheets.reader import read

FAMILY = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý".split()
MIDDLE = "Văn Thị Hữu Đức Ngọc Xuân Thành Minh Quốc Thanh Hồng Kim".split()
GIVEN = "An Bình Cường Dũng Đào Giang Hạnh Hường Khởi Lan Mẫn Nhật Oanh Phượng Quý Sơn Tú Uyên Vân Yến".split()


@dataclass(frozen=True)
class Person:
    """Somebody who never was: a name from parts, a birth date and a number that agree."""

    name: str
    birth: date
    personal_id: str
    sex: str
    title: str = "Chuyên viên"

    @property
    def born(self) -> str:
        """The birth date as lists write it."""
        return f"{self.birth:%d/%m/%Y}"


def people(count: int, start: int = 0) -> list[Person]:
    """Make people, always the same; no two share a name before the names run out."""
    made = []
    for number in range(start, start + count):
        family, rest = FAMILY[number % 16], number // 16
        middle, given = MIDDLE[(number + rest) % 12], GIVEN[(number * 7 + rest) % 20]
        sex = "female" if number % 2 else "male"
        birth = date(1966 + number % 34, 1 + number % 12, 1 + number % 28)
        digit = number % 2
        made.append(Person(f"{family} {middle} {given}", birth, f"036{digit}{birth.year % 100:02}{number:06}", sex))
    return made


Cells = Sequence[Any]


@dataclass
class ListFile:
    """A workbook being filled from the top."""

    rows: list[Cells] = field(default_factory=list)
    merged: list[tuple[int, int, int, int, str]] = field(default_factory=list)
    name: str = "Danh sách"

    def add(self, *rows: Cells) -> ListFile:
        """Add rows below the others."""
        self.rows += rows
        return self

    def letterhead(self) -> ListFile:
        """Add what stands above every official list."""
        return self.add(
            ["UBND TỈNH MỘT", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
            ["SỞ NỘI VỤ", None, None, None, "Độc lập - Tự do - Hạnh phúc"],
            [],
            [None, "DANH SÁCH CÁN BỘ, CÔNG CHỨC, VIÊN CHỨC"],
        )

    def signatures(self, total: int) -> ListFile:
        """Add what stands below it."""
        return self.add(
            [None, f"Tổng cộng: {total} người"],
            [None, None, None, None, "Tỉnh Một, ngày 01 tháng 3 năm 2026"],
            [None, "NGƯỜI LẬP BIỂU", None, None, "GIÁM ĐỐC"],
            [],
            [None, "Phạm Thị Lập", None, None, "Hồ Văn Ký"],
        )

    def merge(self, top: int, left: int, bottom: int, right: int, text: str) -> ListFile:
        """Merge a range, counted from 0."""
        self.merged.append((top, left, bottom, right, text))
        return self

    def xlsx(self) -> bytes:
        """Give the file."""
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            day = book.add_format({"num_format": "dd/mm/yyyy"})
            sheet = book.add_worksheet(self.name)
            for number, row in enumerate(self.rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, day)
                    elif value is not None:
                        sheet.write(number, column, value)
            for top, left, bottom, right, text in self.merged:
                sheet.merge_range(top, left, bottom, right, text)
        return out.getvalue()

    def sheets(self) -> list[Sheet]:
        """Give the file as the service reads it."""
        return read(self.xlsx())


HEADER: Cells = ["STT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Số CCCD"]


def plain_list(
    persons: Iterable[Person], unit: str | None = None, also: Callable[[Person], Mapping[int, object]] | None = None
) -> ListFile:
    """Give the list of some people as it should be; `also` overwrites cells by their column."""
    made = ListFile().letterhead().add(HEADER)
    for number, person in enumerate(persons, start=1):
        row: list[object] = [number, person.name, person.born, person.title, unit, person.personal_id]
        for column, value in (also(person) if also else {}).items():
            row += [None] * (column + 1 - len(row))
            row[column] = value
        made.add(row)
    return made.signatures(len(made.rows) - 5)
