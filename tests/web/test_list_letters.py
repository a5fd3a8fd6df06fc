"""What only a person may say of a list is asked on its page, once; it is read again with the answer, or sent again."""

from __future__ import annotations

from flask import Flask

from tests.lists.awful import LISTS
from tests.lists.workbooks import people, plain_list
from tests.web.importing import read_all
from tests.web.people import Somebody
from tests.web.test_lists import officer, planned, read, upload

__all__ = ["officer"]


def answer(app: Flask, officer: Somebody, address: str, **said: str) -> None:
    """Fill in the page about the columns of a list, and have the list read again."""
    form = read(officer, f"{address}/columns").forms[f"{address}/columns"]
    sent = {**form, **{name.replace("_", "-"): value for name, value in said.items()}}
    assert officer.client.post(f"{address}/columns", data=sent).status_code == 303
    read_all(app)


def test_an_old_font_is_confirmed_once_for_its_column(app: Flask, officer: Somebody) -> None:
    """Until then every row in it needs a person; the page shows names before and after, and then all are new."""
    made = LISTS["tcvn3"]()
    address = planned(officer, made.content)
    columns = read(officer, f"{address}/columns")

    answer(app, officer, address, encoding_B="TCVN3")

    after = read(officer, address)
    assert "Trần Thị Hường" in columns.text
    assert "TCVN3" in columns.text
    assert all(name in after.text for name in made.names.values() if name)
    assert f"{address}/apply" in after.forms


def test_dates_are_read_as_a_person_says(app: Flask, officer: Somebody) -> None:
    """A list whose dates seem to have the month first is asked about, and read so once that is said."""
    address = planned(officer, LISTS["month_first"]().content)
    columns = read(officer, f"{address}/columns")

    answer(app, officer, address, dates="month_first")

    assert "tháng trước" in columns.text
    assert read(officer, f"{address}/columns").forms[f"{address}/columns"]["dates"] == "month_first"
    assert f"{address}/apply" in read(officer, address).forms


def test_file_that_is_there_already_leads_to_its_list(officer: Somebody) -> None:
    """Uploaded again, a file that is planned leads to its list, which says so; the first time it says nothing."""
    content = plain_list(people(1)).xlsx()
    first = upload(officer, content).headers["Location"]

    second = upload(officer, content).headers["Location"]

    assert second.partition("?")[0] == first
    assert "Tệp này đã được tải lên lúc" in read(officer, second).text
    assert "Tệp này đã được tải lên lúc" not in read(officer, first).text
