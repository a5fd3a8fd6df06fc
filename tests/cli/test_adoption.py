"""`congvu adoption`: the report in the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from directory.adoption.tables import AdoptionSnapshot
from provisioning.cli import main
from provisioning.outbox import Outbox
from tests.conftest import KEYS
from tests.directory.adoption.people import found_country

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(outbox: Outbox, database_url: str, tmp_path: Path) -> dict[str, str]:
    """Give the settings of a service whose book has one official, in the unit of a department."""
    for name, key in {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit}.items():
        (tmp_path / name).write_text(key.hex())
    with outbox.transaction() as session:
        country = found_country(session)
        country.official(country.unit, "activated")
    return {
        "CONGVU_DATABASE_URL": database_url,
        "CONGVU_SECRETS_DIR": str(tmp_path),
        "CONGVU_BASE_URL": "https://portal.example",
    }


def run(settings: dict[str, str], *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["adoption", *arguments], env=settings)


def test_agency_is_shown_with_those_below(settings: dict[str, str]) -> None:
    """The report of a department has the department and its unit, with their rates."""
    found = run(settings, "--agency", "H99.05", "--json")

    rows = json.loads(found.stdout)
    assert [(row["name"], row["listed"], row["late"]) for row in rows] == [
        ("Sở Nội vụ", 1, True),
        ("Văn phòng", 1, True),
    ]
    assert rows[0]["rates"]["activated"] == {
        "count": 1,
        "of": 1,
        "percent": 100.0,
        "target": 90.0,
        "status": "met",
        "missing": 0,
    }


def test_overview_has_the_topmost_agencies(settings: dict[str, str]) -> None:
    """Without an agency the provinces and ministries are shown."""
    rows = json.loads(run(settings, "--json").stdout)

    assert [(row["agency"], row["listed"]) for row in rows] == [("H99", 1)]


def test_count_keeps_the_figures(settings: dict[str, str], outbox: Outbox) -> None:
    """With --count the figures of today are kept for every agency and shown."""
    rows = json.loads(run(settings, "--count", "--json").stdout)

    with outbox.transaction() as session:
        kept = session.query(AdoptionSnapshot).count()
    assert (kept, rows[0]["listed"]) == (4, 1)


def test_table_is_for_people(settings: dict[str, str]) -> None:
    """Without --json a table marks what is below its target."""
    found = run(settings, "--agency", "H99.05")

    assert "0.0 !" in found.stdout
    assert "100.0" in found.stdout


@pytest.mark.parametrize("code", ["H98", "nonsense"])
def test_unknown_agency_is_told(settings: dict[str, str], code: str) -> None:
    """A code that no agency has ends with a sentence and 1."""
    found = run(settings, "--agency", code)

    assert (found.exit_code, found.stdout, found.stderr.startswith("Error: ")) == (1, "", True)
