"""The command behind `scripts/vendor`: takes the front-end files from npm, or checks those that are committed."""

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from assets import fonts, lock, sprite
from assets.packages import FONT, ICONS, MIT, PACKAGES, TABLER, UNUSED_CLASSES, Package
from assets.stylesheet import trim

# The maps are not shipped; a browser's tools would ask for them and get 404.
_SOURCE_MAP = re.compile(rb"\n?(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*")


def main() -> int:
    """Run the command; 0 if the files are in order."""
    parser = argparse.ArgumentParser(prog="scripts/vendor", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare the committed files with vendor.lock; no network")
    parser.add_argument("--update", action="store_true", help="accept packages that vendor.lock does not know yet")
    choice = parser.parse_args()
    known = lock.load()
    if choice.check:
        return _report(lock.differences(known))
    if shutil.which("npm") is None:
        print("scripts/vendor takes packages with npm, which is missing: apt-get install npm.", file=sys.stderr)
        return 2
    made = lock.Lock()
    files: dict[Path, bytes] = {}
    with TemporaryDirectory() as folder:
        for package in PACKAGES:
            archive = _pack(package, Path(folder))
            made.packages[f"{package.name}@{package.version}"] = lock.integrity(archive.read_bytes())
            with tarfile.open(archive) as tar:
                files |= _outputs(package, _reader(tar, package))
    if not choice.update and (strangers := _strangers(known, made)):
        return _report(strangers)
    _write(files)
    made.files = {path.as_posix(): lock.integrity(content) for path, content in files.items()}
    lock.save(made)
    return _report(lock.differences(made))


def _pack(package: Package, folder: Path) -> Path:
    before = set(folder.iterdir())
    subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = set(folder.iterdir()) - before
    return archive


def _reader(tar: tarfile.TarFile, package: Package) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        member = tar.extractfile(f"package/{name}")
        if member is None:
            raise SystemExit(f"{package.name} {package.version} has no file {name}.")
        content = member.read()
        return _SOURCE_MAP.sub(b"\n", content) if name.endswith((".css", ".js")) else content

    return read


def _outputs(package: Package, read: Callable[[str], bytes]) -> dict[Path, bytes]:
    """Our files of one package, by their path in the house."""
    contents = {target: read(source) for source, target in package.copies.items()}
    if package.holder:
        contents["LICENSE"] = MIT.format(holder=package.holder).encode()
    if package is TABLER:
        contents["tabler.min.css"] = trim(contents["tabler.min.css"].decode(), UNUSED_CLASSES).encode()
    if package is ICONS:
        contents["sprite.svg"] = sprite.sprite(read)
    if package is FONT:
        contents |= fonts.web_files(read)
    made = {lock.WEB / package.folder / name: content for name, content in contents.items()}
    if package is FONT:
        paper = fonts.paper_files(read) | {"LICENSE": contents["LICENSE"]}
        made |= {lock.PAPER / name: content for name, content in paper.items()}
    return made


def _strangers(known: lock.Lock, made: lock.Lock) -> list[str]:
    """A sentence for each package that npm gave us other than the lock says."""
    return [
        f"{name} came with {found}, vendor.lock says {known.packages.get(name, 'nothing')}."
        " If this is meant, run scripts/vendor --update."
        for name, found in made.packages.items()
        if known.packages.get(name) != found
    ]


def _write(files: dict[Path, bytes]) -> None:
    for folder in (lock.WEB, lock.PAPER):
        shutil.rmtree(lock.HOUSE / folder, ignore_errors=True)
    for path, content in files.items():
        target = lock.HOUSE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _report(differences: list[str]) -> int:
    for sentence in differences:
        print(sentence, file=sys.stderr)
    print(f"vendored files: {len(differences)} differences" if differences else "vendored files: as vendor.lock says")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
