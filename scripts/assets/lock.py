"""What vendor.lock remembers: the integrity of each package taken from npm and of each file made of it."""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
LOCK = HOUSE / "vendor.lock"
# Everything in these folders comes from npm and stands in the lock.
WEB = Path("provisioning/web/static/vendor")
PAPER = Path("templates/pdf/fonts")


@dataclass
class Lock:
    """Integrities in npm's own notation, `sha512-…`."""

    packages: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def integrity(content: bytes) -> str:
    """The content's SHA-512 as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def load(path: Path = LOCK) -> Lock:
    """The lock as it was committed; an empty one if there is none yet."""
    return Lock(**json.loads(path.read_text())) if path.exists() else Lock()


def save(lock: Lock, path: Path = LOCK) -> None:
    """Write the lock so that a change of one file is a change of one line."""
    path.write_text(json.dumps(asdict(lock), indent=2, sort_keys=True) + "\n")


def differences(lock: Lock, house: Path = HOUSE) -> list[str]:
    """A sentence for each file that is not as the lock says, without asking the network."""
    present = {
        path.relative_to(house).as_posix(): path
        for folder in (WEB, PAPER)
        for path in (house / folder).rglob("*")
        if path.is_file()
    }
    missing = [f"{name} is in vendor.lock, but not there." for name in lock.files.keys() - present.keys()]
    unknown = [f"{name} is there, but not in vendor.lock." for name in present.keys() - lock.files.keys()]
    changed = [
        f"{name} was changed after it was made."
        for name in lock.files.keys() & present.keys()
        if integrity(present[name].read_bytes()) != lock.files[name]
    ]
    return sorted(missing + unknown + changed)
