"""The Debian packages are listed once, for the private stack and for the image."""

import re

import pytest

from stack.layout import DEPLOY
from stack.packages import POSTFIX, SERVERS, SERVICE, TESTS, read
from tests.house.sources import HOUSE

LISTS = (SERVICE, SERVERS, POSTFIX, TESTS)


def test_every_list_is_installed_from() -> None:
    """Each list in deploy/ is one that the stack knows."""
    assert sorted(path.name for path in DEPLOY.glob("packages*.txt")) == sorted(LISTS)


@pytest.mark.parametrize("packages", LISTS)
def test_every_package_has_its_reason(packages: str) -> None:
    """Each line names one package and says what it is for."""
    reasons = read(DEPLOY / packages)

    assert reasons
    assert [name for name in reasons if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name)] == []
    assert [name for name, reason in reasons.items() if len(reason) < 5] == []


def test_no_package_is_listed_twice() -> None:
    """A package stands in one list only."""
    listed = [name for packages in LISTS for name in read(DEPLOY / packages)]

    assert len(listed) == len(set(listed))


def test_image_installs_from_the_list_of_the_service() -> None:
    """The image takes its packages from the list that scripts/run takes them from, and names none itself."""
    image = (HOUSE / "Dockerfile").read_text().replace("\\\n", " ")
    named = {
        word
        for line in re.findall(r"apt-get.*?\binstall\b(.*?)(?:&&|;|$)", image, re.MULTILINE)
        for word in line.split()
    }

    assert set(re.findall(r"packages[\w-]*\.txt", image)) == {SERVICE}
    assert {word for word in named if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", word)} == set()
