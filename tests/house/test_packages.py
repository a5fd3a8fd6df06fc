"""The Debian packages are listed once."""

import re
from pathlib import Path

import pytest

from tests.house.sources import HOUSE, name

LISTS = sorted((HOUSE / "deploy").glob("packages*.txt"))


@pytest.mark.parametrize("packages", LISTS, ids=name)
def test_a_list_holds_plain_names(packages: Path) -> None:
    """Each line of a list is a comment or one package's name, and no package is named twice."""
    lines = [line.split("#")[0].strip() for line in packages.read_text().splitlines()]
    names = [line for line in lines if line]

    assert [package for package in names if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package)] == []
    assert len(set(names)) == len(names)


def test_image_and_stack_take_the_same_lists() -> None:
    """The Dockerfile installs from the lists that scripts/run installs from, and names no package itself."""
    image = (HOUSE / "Dockerfile").read_text().replace("\\\n", " ")
    stack = (HOUSE / "scripts/run").read_text() + (HOUSE / "scripts/stack/packages.py").read_text()
    installs = re.findall(r"apt-get (?:[-\w= ]+ )?install\b(.*?)(?:&&|$)", image, re.MULTILINE)

    assert LISTS
    assert set(re.findall(r"packages[\w-]*\.txt", image)) <= {path.name for path in LISTS}
    assert set(re.findall(r"packages[\w-]*\.txt", image)) <= set(re.findall(r"packages[\w-]*\.txt", stack))
    assert installs
    assert [
        names for names in installs if re.search(r"(?<![-\w/.$({])[a-z][a-z0-9.+-]{2,}(?![\w/.]*\.txt)", names)
    ] == []
