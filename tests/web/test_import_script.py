"""scripts/import_staff.py as HR runs it, against the real application on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from directory.officials import Official
from directory.staff_lists.tables import StaffList
from stack.tls import make_authority, make_certificate
from tests.lists.workbooks import ListFile, people, plain_list
from tests.web.importing import read_all, token_of
from tests.web.office import Office, dropping, environment, officials, served, wait_for, working
from tests.web.people import ELSEWHERE


@pytest.fixture
def office(app: Flask, tmp_path: Path) -> Iterator[Office]:
    """Give an office PC before a portal whose worker works."""
    token = token_of(app)
    with served(app) as port, working(app):
        yield Office(tmp_path, token, f"http://127.0.0.1:{port}")


def test_dry_run_shows_the_plan_and_changes_nothing(app: Flask, office: Office) -> None:
    """With --dry-run each row is told with what it comes to, and nobody is created."""
    office.list.write_bytes(plain_list(people(3), also=lambda person: {5: int(person.personal_id)}).xlsx())

    done = office.run("--dry-run")

    assert (done.returncode, officials(app)) == (0, 0), done.stderr
    assert "Tạo mới: 3" in done.stdout
    assert f"dòng 6: {people(1)[0].name}" in done.stdout
    assert "Số CCCD bị mất số 0 ở đầu" in done.stdout


def test_list_is_applied_and_again_changes_nothing(app: Flask, office: Office) -> None:
    """The list is applied to its end with a progress bar; the second time there is nothing to do."""
    office.list.write_bytes(plain_list(people(5)).xlsx())

    first, second = office.run("--outcome", str(office.folder / "ket-qua.xlsx")), office.run()

    assert (first.returncode, second.returncode, officials(app)) == (0, 0, 5), first.stderr
    assert "5/5" in first.stdout
    assert "Không có gì phải áp dụng." in second.stdout
    sheet = openpyxl.load_workbook(office.folder / "ket-qua.xlsx").worksheets[0]
    assert [str(row[7].value).endswith("@tinh.gov.vn") for row in sheet.iter_rows(min_row=2)] == [True] * 5


def test_rows_that_need_a_person(app: Flask, office: Office) -> None:
    """Whatever can be done is done; what needs a person is told by row and reason, and the exit code says so."""
    made = plain_list(people(2))
    made.rows.insert(7, [3, "Lê Thị Không"])
    office.list.write_bytes(made.xlsx())

    done = office.run()

    assert (done.returncode, officials(app)) == (1, 2)
    assert "dòng 8: Lê Thị Không" in done.stdout
    assert "Chỉ có tên thì chưa biết là ai." in done.stdout


def test_json_is_one_document(office: Office) -> None:
    """With --json standard output is one document with the counts, the rows for a person and the exit code."""
    made = plain_list(people(2))
    made.rows.insert(7, [3, "Lê Thị Không"])
    office.list.write_bytes(made.xlsx())

    done = office.run("--json", "--lang", "en")

    told = json.loads(done.stdout)
    assert (told["state"], told["done"], told["exit"], done.returncode) == ("applied", 2, 1, 1)
    assert [row["row"] for row in told["person"]] == [8]


def test_refusals(office: Office) -> None:
    """A file that is no list, an agency of others and a wrong token end with 2 and a sentence."""
    office.list.write_bytes(b"%PDF-1.7")
    no_sheet = office.run()
    office.list.write_bytes(plain_list(people(1)).xlsx())
    foreign = office.run(agency=ELSEWHERE)
    office.token.write_text("cvt_wrong")
    wrong = office.run()

    assert [each.returncode for each in (no_sheet, foreign, wrong)] == [2, 2, 2]
    assert "Đây không phải bảng tính" in no_sheet.stderr
    assert all("Bị từ chối" in each.stderr for each in (no_sheet, foreign, wrong))


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        ("http://10.0.0.1:8000", "HTTP thường chỉ dùng cho chính máy này"),
        ("http://localhost.example", "HTTP thường chỉ dùng cho chính máy này"),
        ("ftp://127.0.0.1", "Hãy cho biết địa chỉ cổng"),
        ("", "Hãy cho biết địa chỉ cổng"),
    ],
)
def test_token_goes_only_over_https(tmp_path: Path, server: str, sentence: str) -> None:
    """Over plain HTTP the token is sent to no other machine."""
    office = Office(tmp_path, "cvt_x", server)
    office.list.write_bytes(b"x")

    done = office.run()

    assert (done.returncode, sentence in done.stderr) == (2, True)


def test_token_is_no_argument(tmp_path: Path) -> None:
    """There is no option for the token itself, where other users of the computer could read it."""
    office = Office(tmp_path, "cvt_x", "http://127.0.0.1:1")
    office.list.write_bytes(b"x")

    assert office.run("--token", "cvt_x").returncode == 2


def test_token_is_asked_for(app: Flask, office: Office) -> None:
    """Without a file the token is asked for."""
    office.list.write_bytes(plain_list(people(1)).xlsx())
    command = [each for each in office.command("--dry-run") if each not in ("--token-file", str(office.token))]

    done = subprocess.run(
        command, input=office.token.read_text(), capture_output=True, encoding="utf-8", env=environment(), timeout=60,
        check=False, start_new_session=True
    )  # fmt: skip

    assert (done.returncode, "Tạo mới: 1" in done.stdout) == (0, True), done.stderr


def test_https_with_the_portals_own_authority(app: Flask, tmp_path: Path) -> None:
    """A certificate that nobody vouches for is refused; with --ca FILE it is trusted."""
    make_authority(tmp_path)
    make_certificate(tmp_path)
    with served(app, ssl=(str(tmp_path / "server.crt"), str(tmp_path / "server.key"))) as port, working(app):
        office = Office(tmp_path, token_of(app), f"https://localhost:{port}")
        office.list.write_bytes(plain_list(people(1)).xlsx())

        stranger, trusted = office.run("--dry-run"), office.run("--dry-run", "--ca", str(tmp_path / "ca.crt"))

    assert (stranger.returncode, "không được tin cậy" in stranger.stderr) == (2, True)
    assert trusted.returncode == 0, trusted.stderr


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:9", "https://127.0.0.1:9", "https://nowhere.invalid"], ids=["port", "tls", "name"]
)
def test_portal_that_is_not_there(tmp_path: Path, server: str) -> None:
    """Where nobody answers, the script says after a few tries where, that nothing was sent, and what to do."""
    office = Office(tmp_path, "cvt_x", server)
    office.list.write_bytes(b"x")

    done = office.run()

    assert done.returncode == 2
    assert f"Không kết nối được tới cổng tại {server}: " in done.stderr
    assert "Chưa gửi gì đi. Hãy kiểm tra địa chỉ sau --server" in done.stderr
    assert "Mất kết nối" not in done.stderr


def test_portal_that_speaks_no_tls(app: Flask, tmp_path: Path) -> None:
    """Where TLS is answered by something else the reason is said, and that nothing was sent."""
    with served(app) as port:
        office = Office(tmp_path, "cvt_x", f"https://127.0.0.1:{port}")
        office.list.write_bytes(b"x")
        done = office.run()

    assert (done.returncode, "TLS: " in done.stderr, "Chưa gửi gì đi" in done.stderr) == (2, True, True)


def test_columns_are_named_on_the_command_line(office: Office) -> None:
    """With --mapping a heading that nobody knows is read as it is said; one that is not there is told."""
    (person,) = people(1)
    made = ListFile().add(["STT", "Họ và tên", "Mã riêng", "CCCD"], [1, person.name, "R-77", person.personal_id])
    office.list.write_bytes(made.xlsx())
    (office.folder / "columns.txt").write_text("mã riêng=staff_number\n", encoding="utf-8")

    said = office.run("--dry-run", "--mapping", "Mã riêng=staff_number", "--lang", "en")
    in_file = office.run("--dry-run", "--mapping", str(office.folder / "columns.txt"), "--lang", "en")
    unknown = office.run("--dry-run", "--mapping", "Không có=staff_number")
    no_field = office.run("--dry-run", "--mapping", "Mã riêng=role")

    assert (said.returncode, "Mã riêng = Staff number" in said.stdout) == (0, True), said.stderr
    assert (in_file.returncode, "Mã riêng = Staff number" in in_file.stdout) == (0, True), in_file.stderr
    assert (unknown.returncode, "Danh sách không có cột Không có" in unknown.stderr) == (2, True)
    assert (no_field.returncode, "Không có trường role. Các trường: number, " in no_field.stderr) == (2, True)


def test_full_list_leaves_leavers_to_the_page(app: Flask, office: Office) -> None:
    """In the mode full the script says who many are missing; nobody leaves by it."""
    office.list.write_bytes(plain_list(people(3)).xlsx())
    office.run()
    office.list.write_bytes(plain_list(people(2)).xlsx())

    done = office.run("--mode", "full")

    assert done.returncode == 1, done.stderr
    assert "không có trong danh sách" in done.stdout
    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.scalar(select(func.count()).where(Official.leaves_on.is_not(None))) == 0


@pytest.mark.slow
def test_connection_that_drops_in_the_middle(app: Flask, tmp_path: Path) -> None:
    """A line that is cut after some bytes of every second answer still brings the list to its end, once."""
    token = token_of(app)
    with served(app) as port, working(app), dropping(port) as (door, dropped):
        office = Office(tmp_path, token, f"http://127.0.0.1:{door}")
        office.list.write_bytes(plain_list(people(20)).xlsx())
        done = office.run()

    assert (done.returncode, officials(app)) == (0, 20), done.stderr
    assert dropped
    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.scalar(select(func.count()).select_from(StaffList)) == 1


@pytest.mark.slow
def test_connection_that_breaks_and_comes_back(app: Flask, tmp_path: Path) -> None:
    """The portal goes away while the list is applied and comes back: the script goes on to the end."""
    token = token_of(app)
    with served(app) as port, working(app, read_all):
        office = Office(tmp_path, token, f"http://127.0.0.1:{port}")
        office.list.write_bytes(plain_list(people(40)).xlsx())
        run = office.begin()
        wait_for(app, "applying")

    time.sleep(1.5)
    with served(app, port), working(app):
        out, err = run.communicate(timeout=90)

    assert (run.returncode, officials(app)) == (0, 40), err
    assert "Mất kết nối; đang thử lại" in err
    assert "40/40" in out


@pytest.mark.slow
def test_interrupted_and_started_again(app: Flask, tmp_path: Path) -> None:
    """Ctrl-C says that the portal goes on; the same command later finds the list that is under way."""
    with served(app) as port, working(app, read_all):
        office = Office(tmp_path, token_of(app), f"http://127.0.0.1:{port}")
        office.list.write_bytes(plain_list(people(20)).xlsx())
        run = office.begin()
        wait_for(app, "applying")
        time.sleep(1)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
        again = office.begin()
        assert again.stdout is not None
        while "0/20" not in again.stdout.readline():
            assert again.poll() is None
        with working(app):
            again.communicate(timeout=60)

    assert (run.returncode, "Cổng vẫn tiếp tục áp dụng danh sách" in err) == (130, True)
    assert (again.returncode, officials(app)) == (0, 20)
    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.scalar(select(func.count()).select_from(StaffList)) == 1


@pytest.mark.parametrize(("answer", "code", "made"), [("k", 1, 0), ("c", 0, 2)])
def test_who_sits_there_is_asked_about_warnings(app: Flask, office: Office, answer: str, code: int, made: int) -> None:
    """Rows with warnings are shown, and applied only if the person at the keyboard says that they are right."""
    office.list.write_bytes(plain_list(people(2), also=lambda person: {2: person.birth.year}).xlsx())

    said, ended = office.answer(answer)

    assert "Các dòng đó đúng chưa?" in said
    assert (ended, officials(app)) == (code, made), said


@pytest.mark.parametrize("more", [(), ("--warnings-read",)])
def test_warnings_are_shown_before_they_are_applied(app: Flask, office: Office, more: tuple[str, ...]) -> None:
    """Where nobody is asked, or it was said beforehand that they were read, each row with a warning is still shown."""
    office.list.write_bytes(plain_list(people(2), also=lambda person: {2: person.birth.year}).xlsx())

    run = office.run(*more)

    heading = run.stdout.index("Các dòng có cảnh báo (!) sẽ được áp dụng: 2")
    assert run.stdout.count("      ! ", heading) == 2
    assert (run.returncode, officials(app)) == (0, 2), run.stderr
