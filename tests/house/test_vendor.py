"""The front-end files taken from npm are those of the lock."""

import re
import subprocess
from pathlib import Path

import pytest

from assets.lock import LOCK, PAPER, WEB, Lock, differences, integrity, load
from assets.packages import PACKAGES, Package
from assets.sprite import names
from assets.stylesheet import classes, trim
from tests.house.sources import HOUSE

SHEET = """/*! Kept */:root{--gap:1px}.card,.card-x:not(.wave){color:red}.wave,.card .wave{top:0}
@media (min-width:9px){.wave{left:0}}@media print{.card::before{content:"}.wave{"}.wave:hover{top:1px}}
[data-vc=day]{top:2px}@keyframes wave{0%{top:0}to{top:1px}}"""


def test_committed_files_match_the_lock() -> None:
    """Every vendored file is byte for byte as vendor.lock says, and there is no other."""
    assert differences(load()) == []


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    """A file that was edited, removed or added by hand is named."""
    (tmp_path / WEB).mkdir(parents=True)
    for file in ("edited", "added"):
        (tmp_path / WEB / file).write_bytes(b"new")
    lock = Lock(files={f"{WEB}/edited": integrity(b"old"), f"{PAPER}/removed": integrity(b"old")})

    said = differences(lock, tmp_path)

    assert said == [
        f"{WEB}/added is there, but not in vendor.lock.",
        f"{WEB}/edited was changed after it was made.",
        f"{PAPER}/removed is in vendor.lock, but not there.",
    ]


def test_check_needs_no_network() -> None:
    """`scripts/vendor --check` reads the committed files only."""
    checked = subprocess.run(
        [HOUSE / "scripts/vendor", "--check"],
        env={"PATH": "/nowhere:/usr/bin:/bin", "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert checked.stdout == "vendored files: as vendor.lock says\n"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_each_package_is_locked_and_licensed(package: Package) -> None:
    """Each package has its integrity in the lock and its licence beside its files."""
    licence = HOUSE / WEB / package.folder / "LICENSE"

    assert load(LOCK).packages[f"{package.name}@{package.version}"].startswith("sha512-")
    assert "opyright" in licence.read_text() or "Zero-Clause BSD" in licence.read_text()


def test_no_source_maps_or_outside_addresses() -> None:
    """No vendored style sheet or script makes a browser fetch a map or anything from another host."""
    files = [path for path in (HOUSE / WEB).rglob("*") if path.suffix in {".css", ".js"}]

    asking = [path.name for path in files if re.search(r"sourceMappingURL|url\(['\"]?(https?:)?//", path.read_text())]

    assert len(files) >= 5
    assert asking == []


def test_sprite_has_every_icon() -> None:
    """The sprite holds the icons of icons.txt, in their order."""
    (sprite,) = (HOUSE / WEB).rglob("sprite.svg")

    drawn = re.findall(r'<symbol id="([a-z0-9-]+)"', sprite.read_text())

    assert drawn == names()


def test_trimming_takes_only_unused_classes() -> None:
    """A rule goes when all its selectors need an unused class; a string, a `:not(...)` and keyframes stay."""
    trimmed = trim(SHEET, re.compile("wave|data-vc"))

    assert trimmed == (
        "/*! Kept */:root{--gap:1px}.card,.card-x:not(.wave){color:red}"
        '@media print{.card::before{content:"}.wave{"}}'
        "@keyframes wave{0%{top:0}to{top:1px}}"
    )


def test_classes_of_a_style_sheet() -> None:
    """The classes of a style sheet are those of its selectors, in media queries too."""
    assert classes(SHEET) == {"card", "card-x", "wave"}
