"""`congvu begin`: from an empty directory to an operator who can activate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from directory.base import Actor
from directory.credentials import activate, begin_try
from directory.grants import Grant
from provisioning.cli import main
from provisioning.outbox import Outbox
from tests.conftest import KEYS
from tests.credentials import PASSWORD

AGENCY = ("--kind", "province", "--code", "H99", "--name", "Tỉnh Một", "--domain", "tinhmot.gov.vn")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Give the settings of a service whose directory is empty."""
    for name, key in {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit}.items():
        (tmp_path / name).write_text(key.hex())
    return {
        "CONGVU_DATABASE_URL": database_url,
        "CONGVU_SECRETS_DIR": str(tmp_path),
        "CONGVU_BASE_URL": "https://portal.example",
    }


def run(settings: dict[str, str], *more: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["begin", *AGENCY, "--operator", "Nguyễn Thị Ánh Đào", *more], env=settings)


def test_operator_can_activate(settings: dict[str, str], outbox: Outbox, actor: Actor) -> None:
    """The code that is printed activates the account that has the operator's role over the new agency."""
    made = json.loads(run(settings, "--json").output)

    with outbox.transaction() as session:
        attempt = begin_try(session, actor, "activation", "slip")
    with outbox.transaction() as session:
        account = activate(session, actor, attempt, made["code"], PASSWORD)
        role = session.scalar(select(Grant.role).where(Grant.account_id == account.id))
    assert (made["address"], role) == ("daonta@tinhmot.gov.vn", "operator")


def test_second_beginning_changes_nothing(settings: dict[str, str], outbox: Outbox) -> None:
    """An agency that stands already is refused with a sentence, and no second operator is made."""
    run(settings)

    again = run(settings)

    assert (again.exit_code, "H99" in again.output) == (1, True)
    with outbox.transaction() as session:
        assert len(session.scalars(select(Grant)).all()) == 1
