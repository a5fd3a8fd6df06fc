"""The plan in docs/architecture.md is the plan that import-linter keeps."""

import re
import tomllib

import pytest

from tests.house.sources import HOUSE

CONTRACTS = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize("package", ["provisioning", "directory"])
def test_floors_are_drawn_as_they_are_kept(package: str) -> None:
    """The drawing names the same modules in the same order as the contract."""
    plan = (HOUSE / "docs/architecture.md").read_text()
    drawing = re.search(rf"^{package}/ .*\n((?: .*\n)+)", plan, re.MULTILINE)
    lines = drawing[1].splitlines() if drawing else []
    contract = next(contract for contract in CONTRACTS if contract.get("containers") == [package])

    drawn = [module.rstrip("/") for line in lines for module in re.split(r" {3,}", line.strip())[0].split()]
    kept = re.findall(r"\w+", " ".join(contract["layers"]))

    assert drawn == kept
