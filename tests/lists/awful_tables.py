"""Awful lists whose table is hard to find: headers, groups, pages, sheets, footers.

The file is long because it is a collection: each list stands beside what comes of it.
"""

from __future__ import annotations

from io import BytesIO

import xlsxwriter

from directory.staff_lists.hints import Hints
from tests.lists.expected import WHOLE, Awful, csv, named, row_of
from tests.lists.workbooks import HEADER, Cells, ListFile, people, plain_list
from tests.sheets.files import ods, xls, xlsx


def header_over_two_rows() -> Awful:
    """Two columns of birth dates under one heading, the rest merged downwards, columns numbered below."""
    made = ListFile().letterhead().add([], [], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"])
    for column, heading in enumerate(("STT", "Họ và tên", None, None, "Chức vụ", "Căn cước công dân")):
        if heading:
            made.merge(4, column, 5, column, heading)
    made.merge(4, 2, 4, 3, "Ngày tháng năm sinh")
    made.rows[5] = [None, None, "Nam", "Nữ"]
    persons = people(4)
    for number, person in enumerate(persons, start=1):
        born = [person.born, None] if person.sex == "male" else [None, person.born]
        made.add([number, person.name, *born, person.title, person.personal_id])
    values = {row: {"birth_date": person.birth, "sex": person.sex} for row, person in enumerate(persons, start=8)}
    return Awful(made.signatures(4).xlsx(), named(8, persons), values=values)


def groups_and_subtotals() -> Awful:
    """Units as rows with Roman numerals, subtotals between them, the header again in the middle."""
    persons = one, two, three, four = people(4)
    made = (
        ListFile()
        .letterhead()
        .add(HEADER, ["I", "LÃNH ĐẠO SỞ"], row_of(1, one), ["II", "Phòng Tổ chức"], row_of(2, two))
    )
    made.add([None, "Cộng: 1 người"], HEADER, row_of(3, three), ["", "III. Phòng Mới (1 người)"], row_of(4, four))
    units = ["LÃNH ĐẠO SỞ", "Phòng Tổ chức", "Phòng Tổ chức", "Phòng Mới"]
    rows = (7, 9, 12, 14)
    return Awful(
        made.signatures(4).xlsx(),
        {row: person.name for row, person in zip(rows, persons, strict=True)},
        values={row: {"unit": unit} for row, unit in zip(rows, units, strict=True)},
    )


def subtotals_before_the_next_group() -> Awful:
    """Each unit ends with its own total or a note, and the next one begins right below it."""
    persons = one, two, three, four = people(4)
    made = ListFile().add(HEADER, ["I", "Phòng Tổ chức"], row_of(1, one), [None, "Cộng: 1 người"])
    made.add(["II", "Phòng Mới"], row_of(2, two), [None, "Cộng: 1 người"], [None, "Ghi chú: có 01 đồng chí nghỉ"])
    made.add(["III. Phòng Khác"], row_of(3, three), [None, "Tổng số: 1"], [None, "Văn phòng"], row_of(4, four))
    units = ["Phòng Tổ chức", "Phòng Mới", "Phòng Khác", "Văn phòng"]
    rows = (3, 6, 10, 13)
    return Awful(
        made.signatures(4).xlsx(),
        {row: person.name for row, person in zip(rows, persons, strict=True)},
        values={row: {"unit": unit} for row, unit in zip(rows, units, strict=True)},
    )


def unit_once_per_block() -> Awful:
    """The unit in merged cells beside its people."""
    made = ListFile().add(HEADER)
    for number, person in enumerate(people(4), start=1):
        made.add(row_of(number, person))
    made.merge(1, 4, 2, 4, "Phòng Tổ chức").merge(3, 4, 4, 4, "Phòng Mới")
    units = ["Phòng Tổ chức", "Phòng Tổ chức", "Phòng Mới", "Phòng Mới"]
    values = {row: {"unit": unit} for row, unit in enumerate(units, start=2)}
    return Awful(made.xlsx(), named(2, people(4)), values=values)


def unit_once_without_merging() -> Awful:
    """The unit written beside the first person of each block, the cells below empty, as in a CSV file."""
    rows: list[Cells] = [HEADER]
    for number, person in enumerate(people(4), start=1):
        rows.append([number, person.name, person.born, "", "Văn phòng" if number == 1 else "", person.personal_id])
    rows[3] = [*rows[3][:4], "Thanh tra", *rows[3][5:]]
    units = ["Văn phòng", "Văn phòng", "Thanh tra", "Thanh tra"]
    values = {row: {"unit": unit} for row, unit in enumerate(units, start=2)}
    return Awful(csv(rows, "utf-8", ","), named(2, people(4)), values=values)


def unit_beside_each_but_the_leaders() -> Awful:
    """The unit stands beside each person, and some have none: nobody is put into that of the row above."""
    persons = people(5)
    units = [None, "Phòng Tổ chức", "Phòng Tổ chức", None, "Phòng Mới"]
    made = ListFile().add(HEADER)
    for number, (person, unit) in enumerate(zip(persons, units, strict=True), start=1):
        made.add([number, person.name, person.born, person.title, unit, person.personal_id])
    values = {row: {"unit": unit} for row, unit in enumerate(units, start=2)}
    return Awful(made.xlsx(), named(2, persons), values=values)


def name_in_two_columns() -> Awful:
    """Họ đệm and Tên apart under one merged heading."""
    made = ListFile().add(["STT", None, None, "Ngày sinh", "CCCD"]).merge(0, 1, 0, 2, "Họ và tên")
    for number, person in enumerate(people(3), start=1):
        first, _, given = person.name.rpartition(" ")
        made.add([number, first, given, person.born, person.personal_id])
    return Awful(made.xlsx(), named(2, people(3)))


def footer_with_names() -> Awful:
    """Names printed below the signatures, in the column of names."""
    made = plain_list(people(2))
    made.add([None, "Nguyễn Thị Kiểm", None, "Kế toán trưởng"])
    return Awful(made.xlsx(), named(6, people(2)))


def without_numbers_and_units_below() -> Awful:
    """No STT at all; units are lines of text."""
    one, two = people(2)
    made = ListFile().add(
        ["Họ và tên", "Ngày sinh", "Số CCCD"], ["PHÒNG TỔ CHỨC"], [one.name, one.born, one.personal_id]
    )
    made.add(["Văn phòng"], [two.name, two.born, two.personal_id], ["Người lập biểu"], ["Phạm Thị Lập"])
    values = {3: {"unit": "PHÒNG TỔ CHỨC"}, 5: {"unit": "Văn phòng"}}
    return Awful(made.xlsx(), {3: one.name, 5: two.name}, values=values)


def sex_by_crosses() -> Awful:
    """Crosses in columns Nam and Nữ, the birth date elsewhere."""
    made = ListFile().add(["STT", "Họ và tên", "Giới tính", None, "Ngày sinh", "CCCD"], [None, None, "Nam", "Nữ"])
    for number, person in enumerate(people(2), start=1):
        crosses = ["x", None] if person.sex == "male" else [None, "x"]
        made.add([number, person.name, *crosses, person.born, person.personal_id])
    return Awful(made.xlsx(), named(3, people(2)), values={3: {"sex": "male"}, 4: {"sex": "female"}})


def columns_of_others() -> Awful:
    """Many columns that are not ours, some that sound like ours."""
    (person,) = people(1)
    made = ListFile().add(
        ["STT", "Họ và tên", "Nơi sinh", "Ngày cấp CCCD", "Số CCCD", "Điện thoại cơ quan", "Trình độ", "Ghi chú"],
        [1, person.name, "Hà Nội", "01/01/2020", person.personal_id, "02438251234", "Đại học", "nghỉ phép"],
    )
    read = {"personal_id": person.personal_id, "birth_date": None, "phone": None}
    return Awful(made.xlsx(), named(2, [person]), values={2: read})


def old_and_new_card_beside_each_other() -> Awful:
    """A column of old identity cards before that of personal ID numbers, a landline before the mobile."""
    (person,) = people(1)
    made = ListFile().add(
        ["STT", "Họ và tên", "Số CMND", "Số CCCD", "Điện thoại", "Di động"],
        [1, person.name, "012345678", person.personal_id, "024 3825 1234", "0912 345 678"],
    )
    values = {2: {"personal_id": person.personal_id, "phone": "0912345678"}}
    return Awful(made.xlsx(), named(2, [person]), values=values)


def numbered_in_advance() -> Awful:
    """Numbers down the page, people only in the first rows."""
    made = plain_list(people(2))
    del made.rows[7:]
    made.add(*([number] for number in range(3, 40))).signatures(2)
    return Awful(made.xlsx(), named(6, people(2)))


def header_on_every_page() -> Awful:
    """Three pages, each with the header over two rows, the numbers of the columns and a line of the letterhead."""
    made = ListFile().letterhead()
    names: dict[int, str | None] = {}
    for page in range(3):
        made.add(["TT", "Họ và tên", "Năm sinh", None, "Số CCCD"], [None, None, "Nam", "Nữ"], [1, 2, 3, 4, 5])
        for number, person in enumerate(people(2, 2 * page), start=2 * page + 1):
            born = [person.born, None] if person.sex == "male" else [None, person.born]
            made.add([number, person.name, *born, person.personal_id])
            names[len(made.rows)] = person.name
    return Awful(made.signatures(6).xlsx(), names)


def other_columns_on_the_second_page() -> Awful:
    """A second header gives the columns in another order: what stands below it is asked."""
    one, two = people(2)
    made = ListFile().add(["STT", "Họ và tên", "Ngày sinh", "CCCD"], [1, one.name, one.born, one.personal_id])
    made.add(["STT", "Ngày sinh", "CCCD", "Họ và tên"], [2, two.born, two.personal_id, two.name])
    asks = {4: f"{WHOLE} full_name birth_date personal_id"}
    return Awful(made.xlsx(), {2: one.name, 4: None}, asks, of_list=WHOLE)


def no_header() -> Awful:
    """Nothing heads the columns: they are guessed, and every row waits until a person has said what they are."""
    rows = [[number, each.name, each.born, each.title, each.personal_id] for number, each in enumerate(people(3), 1)]
    values = {row: {"personal_id": person.personal_id} for row, person in enumerate(people(3), start=2)}
    asks = dict.fromkeys((2, 3, 4), WHOLE)
    return Awful(xlsx(A=[["Văn phòng"], *rows]), named(2, people(3)), asks, WHOLE, values)


def no_header_but_hints() -> Awful:
    """The same, when a person has said what the columns are."""
    hints = Hints(header=0, columns={1: "full_name", 2: "birth_date", 3: "title", 4: "personal_id"})
    return Awful(no_header().content, named(2, people(3)), values=no_header().values, hints=hints)


def headings_of_their_own() -> Awful:
    """Headings that nobody has thought of, in a row that a person has named, with the columns."""
    (person,) = people(1)
    made = ListFile().add(["Đồng nghiệp", "Mã thẻ"], [person.name, person.personal_id])
    hints = Hints(header=1, columns={0: "full_name", 1: "personal_id"})
    return Awful(made.xlsx(), named(2, [person]), hints=hints)


def notes_beside_the_list() -> Awful:
    """Three sheets, of which one is a list: notes, a table of units, and names without a header."""
    persons = people(2)
    notes: list[Cells] = [["Ghi chú"], ["Đề nghị các đơn vị gửi trước ngày 15"]]
    units: list[Cells] = [["STT", "Tên đơn vị", "Điện thoại"], [1, "Phòng Tổ chức", "02438251234"]]
    names = [[person.name, person.born] for person in people(4)]
    content = xlsx(
        Notes=notes, Units=units, Names=names, List=[[*HEADER], *(row_of(n, each) for n, each in enumerate(persons, 1))]
    )
    return Awful(content, named(2, persons))


def two_lists_in_one_file() -> Awful:
    """Two sheets with lists, and a person has said which."""
    one, two = people(2)
    content = xlsx(Old=[[*HEADER], row_of(1, one)], New=[[*HEADER], row_of(1, two)])
    return Awful(content, named(2, [two]), hints=Hints(sheet="New"))


def letterhead_of_a_page() -> Awful:
    """Twenty rows of letterhead, empty rows and columns before the table."""
    made = ListFile().letterhead().add(*([[]] * 18))
    made.add([None, None, None, *HEADER])
    for number, person in enumerate(people(2), start=1):
        made.add([None, None, None, *row_of(number, person)])
    return Awful(made.signatures(2).xlsx(), named(24, people(2)))


def groups_within_groups() -> Awful:
    """Units with letters and numbers before them, a unit named in capitals, a count behind it."""
    one, two, three = people(3)
    made = ListFile().add(HEADER, ["A", "KHỐI VĂN PHÒNG"], ["I.", "Phòng Tổ chức - 2 người"], row_of(1, one))
    made.add(row_of(2, two), ["II/", "Trung tâm Dữ liệu: 1 người"], row_of(1, three), [None, "Tổng số", 3])
    values = {4: {"unit": "Phòng Tổ chức"}, 5: {"unit": "Phòng Tổ chức"}, 7: {"unit": "Trung tâm Dữ liệu"}}
    return Awful(made.xlsx(), {4: one.name, 5: two.name, 7: three.name}, values=values)


def hidden_and_filtered() -> Awful:
    """A hidden sheet with an older list beside the one that is seen."""
    one, two = people(2)
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, person in (("Cũ", one), ("Mới", two)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, [*HEADER])
            sheet.write_row(1, 0, row_of(1, person))
        book.worksheets()[1].activate()
        book.worksheets()[0].hide()
    return Awful(out.getvalue(), named(2, [two]))


def old_excel() -> Awful:
    """A workbook of Excel 97."""
    rows = [[*HEADER], *([*row_of(number, person)] for number, person in enumerate(people(2), start=1))]
    return Awful(xls([["" if value is None else value for value in row] for row in rows]), named(2, people(2)))


def open_document() -> Awful:
    """A spreadsheet of LibreOffice."""
    rows = [[*HEADER], *([*row_of(number, person)] for number, person in enumerate(people(2), start=1))]
    return Awful(ods([["" if value is None else value for value in row] for row in rows]), named(2, people(2)))


def titles_like_footers_in_a_bare_list() -> Awful:
    """Nothing but numbers, names and titles, which sound like totals and signatures; a subtotal stands between."""
    persons = one, two, three, four = people(4)
    made = ListFile().add(["TT", "Họ và tên", "Chức vụ"], [1, one.name, "Tổng Giám đốc"])
    made.add([2, two.name, "Kế toán trưởng"], [None, "Cộng: 2"], [3, three.name, "Thủ trưởng"], ["3a", four.name, None])
    rows = (2, 3, 5, 6)
    return Awful(
        made.signatures(4).xlsx(),
        {row: person.name for row, person in zip(rows, persons, strict=True)},
        held=rows,
    )


def people_added_below_the_signatures() -> Awful:
    """Somebody with a personal ID number and no number, and somebody with a number alone, below the signatures."""
    one, two, three = people(3)
    made = ListFile().add(HEADER, row_of(1, one)).signatures(1)
    made.add([None, *row_of(0, two)[1:]], row_of(3, three))
    return Awful(made.xlsx(), {2: one.name, 8: two.name, 9: three.name})


def cells_as_above() -> Awful:
    """Title and unit as `nt` and by ditto marks."""
    persons = people(3)
    made = ListFile().add(HEADER)
    for number, (person, said) in enumerate(zip(persons, ("Phòng Tổ chức", "nt", '"'), strict=True), start=1):
        made.add([number, person.name, person.born, "Chuyên viên" if number == 1 else said, said, person.personal_id])
    values = {row: {"unit": "Phòng Tổ chức", "title": "Chuyên viên"} for row in (2, 3, 4)}
    return Awful(made.xlsx(), named(2, persons), values=values)
