"""The commands on the sample, run as an operator runs them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result

from directory.staff_lists.table import find_table
from provisioning.cli import main
from provisioning.sample import SignIn, write_sign_ins
from provisioning.sheets import reader

SIGN_IN = SignIn("hr", "H36.05", "Lê An", "anl@tinh.gov.vn", "cv22222222", "abcde-fghjk", pyotp.random_base32())


@pytest.fixture
def sign_ins(tmp_path: Path) -> Path:
    """Give a file with one sign-in."""
    path = tmp_path / "var" / "sample.json"
    write_sign_ins(path, [SIGN_IN])
    return path


def run(*words: str | Path) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["sample", *map(str, words)])


def test_sign_ins_are_for_their_owner_only(sign_ins: Path) -> None:
    """The file of sign-ins can be read by nobody else, and nothing is left beside it."""
    assert sign_ins.stat().st_mode & 0o777 == 0o600
    assert list(sign_ins.parent.iterdir()) == [sign_ins]


def test_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """Where the path is a pipe or a device, nothing takes its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write_sign_ins(pipe, [SIGN_IN])

    received = os.read(reading, 10_000)
    os.close(reading)
    assert pipe.is_fifo()
    assert json.loads(received)[0]["address"] == SIGN_IN.address


def test_code_is_that_of_the_authenticator(sign_ins: Path) -> None:
    """The command prints the six digits that the app shows now."""
    totp = pyotp.TOTP(SIGN_IN.totp_secret)
    before = datetime.now(UTC)

    result = run("code", "ANL@tinh.gov.vn", "--file", sign_ins)

    assert result.output.strip() in {totp.at(before), totp.at(datetime.now(UTC))}


def test_code_of_nobody_is_refused(sign_ins: Path) -> None:
    """An address that is nobody's of the sample is said so, with what to do."""
    result = run("code", "x@tinh.gov.vn", "--file", sign_ins)

    assert result.exit_code == 1
    assert "congvu sample show" in result.output


def test_shown_sign_ins_have_no_authenticator_secret(sign_ins: Path) -> None:
    """What is shown has the password, and the authenticator's secret stays in the file."""
    as_table, as_json = run("show", "--file", sign_ins), run("show", "--json", "--file", sign_ins)

    assert SIGN_IN.password in as_table.output
    assert json.loads(as_json.output)[0]["address"] == SIGN_IN.address
    assert SIGN_IN.totp_secret not in as_table.output + as_json.output


def test_missing_file_is_explained(tmp_path: Path) -> None:
    """Without a file of sign-ins the command says where it comes from."""
    result = run("show", "--file", tmp_path / "none.json")

    assert result.exit_code == 1
    assert "congvu sample load" in result.output


def test_list_of_an_unknown_agency_is_refused(tmp_path: Path) -> None:
    """A list is written only for an agency of the sample."""
    result = run("list", "--agency", "H99.01", tmp_path / "list.xlsx")

    assert result.exit_code == 1
    assert "H36.05" in result.output


def test_list_is_written_as_offices_send_them(tmp_path: Path) -> None:
    """The list has all people under a header of two rows, IDs without their zeros and birth dates of three kinds."""
    path = tmp_path / "list.xlsx"

    result = run("list", "--rows", "60", "--agency", "H36.05", path)

    assert result.exit_code == 0
    (sheet,) = reader.read(path.read_bytes())
    table = find_table(sheet)
    assert table is not None
    assert len(table.rows) == 60
    assert {"full_name", "birth_date", "title", "unit", "personal_id", "official_mail"} <= {
        column.field for column in table.columns
    }


@pytest.mark.slow
def test_empty_directory_is_filled_and_not_again(
    tmp_path: Path, secrets_dir: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first load writes the sign-ins; a second one refuses, or with --if-empty leaves all as it is."""
    monkeypatch.setenv("CONGVU_DATABASE_URL", database_url)
    monkeypatch.setenv("CONGVU_SECRETS_DIR", str(secrets_dir))
    monkeypatch.setenv("CONGVU_BASE_URL", "http://127.0.0.1")
    monkeypatch.setenv("CONGVU_SAMPLE_FILE", str(tmp_path / "sample.json"))

    first, second, third = run("load", "--json"), run("load"), run("load", "--if-empty")

    assert [each.exit_code for each in (first, second, third)] == [0, 1, 0]
    assert len(json.loads(first.output)) == 6
    assert "not empty" in second.output
    assert "not empty" in third.output
