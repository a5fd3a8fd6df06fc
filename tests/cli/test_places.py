"""`congvu places load`: provinces and communes, as often as one likes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from directory.agencies import CODE, Agency, normal_code
from directory.base import Actor
from directory.domains import Domain
from directory.lifecycle import Founding, found_agency
from provisioning.cli import main
from provisioning.outbox import Outbox
from provisioning.places import provinces
from tests.conftest import KEYS


@pytest.fixture
def settings(outbox: Outbox, database_url: str, tmp_path: Path) -> dict[str, str]:
    """Give the settings of a service whose book is empty."""
    for name, key in {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit}.items():
        (tmp_path / name).write_text(key.hex())
    return {
        "CONGVU_DATABASE_URL": database_url,
        "CONGVU_SECRETS_DIR": str(tmp_path),
        "CONGVU_BASE_URL": "https://portal.example",
    }


def run(settings: dict[str, str], *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["places", "load", *arguments], env=settings)


def founded(outbox: Outbox) -> int:
    """Count the agencies in the book."""
    with outbox.transaction() as session:
        return session.scalar(select(func.count()).select_from(Agency)) or 0


def test_there_are_34_provinces_and_3321_communes() -> None:
    """The file has every province, commune, ward and special zone once, with a code of the right form."""
    found = provinces()
    codes = [*found, *(each.code for province in found.values() for each in province.communes)]

    assert (len(found), len(codes), len(set(codes))) == (34, 34 + 3321, 34 + 3321)
    assert all(CODE.match(code) and normal_code(code) == code for code in codes)


def test_province_is_founded_with_its_communes(settings: dict[str, str], outbox: Outbox) -> None:
    """One province is founded with all that is below it, and its domain if so asked."""
    (loaded,) = json.loads(run(settings, "--under", "h36", "--domains", "--json").output)

    assert (loaded["name"], loaded["communes_founded"], loaded["domain_added"]) == ("Tỉnh Lâm Đồng", 124, True)
    with outbox.transaction() as session:
        top = session.scalars(select(Agency).where(Agency.code == "H36")).one()
        assert session.scalar(select(func.count()).where(Agency.parent_id == top.id, Agency.kind == "commune")) == 124
        assert session.scalars(select(Domain.name)).all() == ["lamdong.gov.vn"]


def test_second_time_founds_nothing(settings: dict[str, str], outbox: Outbox) -> None:
    """Run again it finds everything there."""
    first = founded_by(run(settings, "--under", "H36", "--json"))

    second = founded_by(run(settings, "--under", "000.00.00.H36", "--json"))

    assert (first, second, founded(outbox)) == (124, 0, 125)


def founded_by(result: Result) -> int:
    """Give how many communes a run founded."""
    (loaded,) = json.loads(result.output)
    return int(loaded["communes_founded"])


def test_dry_run_founds_nothing(settings: dict[str, str], outbox: Outbox) -> None:
    """A dry run says what would be founded and leaves the book as it is."""
    result = run(settings, "--under", "H36", "--dry-run")

    assert "125 agencies would be founded" in result.output
    assert founded(outbox) == 0


def test_what_was_founded_by_hand_stays(settings: dict[str, str], outbox: Outbox, actor: Actor) -> None:
    """A province and a commune that are there already, the commune under another code, are not founded twice."""
    with outbox.transaction() as session:
        (top,) = found_agency(session, actor, [Founding("province", "Tỉnh Lâm Đồng", code="H36")])
        found_agency(session, actor, [Founding("commune", "Xã Đức Trọng", top.id, "H36.102")])

    assert founded_by(run(settings, "--under", "H36", "--json")) == 123


@pytest.mark.parametrize("arguments", [(), ("--all", "--under", "H36"), ("--under", "H99"), ("--under", "Lâm Đồng")])
def test_unclear_question_is_refused(settings: dict[str, str], outbox: Outbox, arguments: tuple[str, ...]) -> None:
    """Neither or both, or a code that no province has, is answered with what to do."""
    result = run(settings, *arguments)

    assert result.exit_code == 2
    assert founded(outbox) == 0


@pytest.mark.slow
def test_all_of_them_are_founded(settings: dict[str, str], outbox: Outbox) -> None:
    """All provinces and communes are founded in one run."""
    result = run(settings, "--all")

    assert "3355 agencies were founded" in result.output
    assert founded(outbox) == 3355
