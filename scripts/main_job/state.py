"""What the steps of the main job know of the stack and hand on to one another."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .browser import Browser, Page, Unexpected
from .mail import Mail
from .people import Person

TREE = Path(__file__).parents[2]
AGENCY = "H36.05"


@dataclass
class State:
    """The stack, the people, and what has happened so far."""

    base_url: str
    folder: Path
    mail: Mail
    agency_it: Person
    suffix: str
    """Random letters that keep one run's people apart from another's in the same directory."""
    token_file: Path | None = None
    list_id: str = ""
    new_addresses: list[str] = field(default_factory=list)
    newcomer: Person | None = None
    colleague: Person | None = None
    official_page: str = ""
    colleague_page: str = ""
    delivered: int = 0

    @staticmethod
    def somebody(person: Person | None) -> Person:
        """Give a person whom an earlier step must have brought."""
        if person is None:
            raise Unexpected("an earlier step brought nobody")
        return person


def from_environment() -> State:
    """Read the stack's settings and the sample's sign-ins."""
    setting = os.environ.get
    sample_file = Path(setting("CONGVU_SAMPLE_FILE") or TREE / "var/sample.json").resolve()
    sample = json.loads(sample_file.read_text(encoding="utf-8"))
    it = next(each for each in sample if each["role"] == "agency_it")
    base_url = os.environ["CONGVU_BASE_URL"]
    smtp, submission = setting("CONGVU_SMTP_PORT"), setting("CONGVU_SUBMISSION_PORT")
    folder = sample_file.parent / "main_job"
    folder.mkdir(parents=True, exist_ok=True)
    return State(
        base_url=base_url,
        folder=folder,
        mail=Mail(
            imap=int(os.environ["CONGVU_IMAP_PORT"]),
            pop3=int(os.environ["CONGVU_POP3_PORT"]),
            lmtp=int(os.environ["CONGVU_LMTP_PORT"]),
            smtp=int(smtp) if smtp else None,
            submission=int(submission) if submission else None,
            authority=Path(os.environ["CONGVU_MAIL_CA_FILE"]),
        ),
        agency_it=Person(Browser(base_url), it["address"], it["password"], it["totp_secret"]),
        suffix=os.urandom(3).hex(),
    )


def program(*words: str | Path, expect: int = 0) -> str:
    """Run one of the project's programs, which must end as expected; give what it printed."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=TREE, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode != expect:
        said = f"{done.stdout[-600:]}{done.stderr[-600:]}"
        raise Unexpected(f"{' '.join(map(str, words))} ended {done.returncode}, not {expect}: {said}")
    return done.stdout


def held(page: Page, pattern: str) -> str:
    """Give the part of a page that a pattern captures."""
    found = re.search(pattern, page.body.decode(), re.DOTALL)
    if not found:
        raise Unexpected(f"{page.url} does not show what it should ({pattern}): {page.text[:300]}")
    return found[1].strip()


def require(condition: object, sentence: str) -> None:
    """End the step with a sentence unless the condition holds."""
    if not condition:
        raise Unexpected(sentence)
