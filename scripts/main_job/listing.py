"""Steps 1 and 2: a staff list by script, and its entries on the real servers."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from .browser import Unexpected
from .state import AGENCY, State, held, program, require

ROWS = 500
SETTLE_SECONDS = 120


def import_list(state: State) -> str:
    """HR imports a real-looking list by script: plan, apply, and the same list again changes nothing."""
    state.agency_it.sign_in()
    state.token_file = _token(state)
    path = state.folder / "danh-sach.xlsx"
    of = ("--rows", str(ROWS), "--agency", AGENCY, "--series", str(_next_series(state)))
    program("-m", "provisioning", "sample", "list", *of, path)
    planned = _script(state, path, "--dry-run", "--json")
    created = planned["counts"]["create"]["rows"]
    require(created == ROWS, f"the plan creates {created} of {ROWS} rows: {planned['counts']}")
    require(planned["state"] == "planned", "the dry run changed something")
    outcome = state.folder / "ket-qua.csv"
    done = _script(state, path, "--json", "--outcome", str(outcome))
    require(done["counts"]["create"]["done"] == ROWS, f"{done['counts']['create']} instead of {ROWS} done")
    state.list_id = done["id"]
    state.new_addresses = _addresses(outcome)
    require(len(set(state.new_addresses)) == ROWS, f"the outcome names {len(set(state.new_addresses))} addresses")
    again = _script(state, path, "--json")
    counts = {kind: count["rows"] for kind, count in again["counts"].items() if count["rows"]}
    require(counts == {"unchanged": ROWS}, f"the same list a second time comes to {counts}")
    return f"{ROWS} rows planned and applied, the same list again: {ROWS} unchanged"


def _next_series(state: State) -> int:
    """Give each run on the same directory people of its own."""
    path = state.folder / "series"
    series = int(path.read_text(encoding="ascii")) + 1 if path.exists() else 0
    path.write_text(str(series), encoding="ascii")
    return series


def _token(state: State) -> Path:
    """Make an API token for the agency on its page and keep it in a file."""
    browser = state.agency_it.browser
    page = browser.open("/tokens/new")
    form = page.form("agency", "label")
    page = browser.submit(page, form, {"label": f"main job {state.suffix}"})
    path = state.folder / "token"
    path.touch(mode=0o600)
    path.write_text(held(page, r'id="secret">([^<]+)<'), encoding="utf-8")
    return path


def _script(state: State, path: Path, *more: str) -> dict[str, Any]:
    words: list[str | Path] = ["scripts/import_staff.py", path, "--agency", AGENCY, "--server", state.base_url, *more]
    printed = program(*words, "--token-file", state.token_file or "")
    document: dict[str, Any] = json.loads(printed)
    return document


def _addresses(outcome: Path) -> list[str]:
    """Read the official addresses from the outcome that goes back to the unit."""
    with outcome.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";" if ";" in file.readline() else ","))
    return [
        cell.strip("'") for row in rows for cell in row if cell.count("@") == 1 and cell.strip("'").endswith(".gov.vn")
    ]


def make_real(state: State) -> str:
    """The worker makes the entries; ldapsearch shows them; the mail server accepts every new address."""
    began = time.monotonic()
    wanted = set(state.new_addresses)
    while missing := wanted - _entries():
        if time.monotonic() - began > SETTLE_SECONDS:
            raise Unexpected(f"{len(missing)} of {len(wanted)} entries are missing after {SETTLE_SECONDS} s")
        time.sleep(0.3)
    codes = state.mail.answers(state.new_addresses)
    refused = [address for address, code in codes.items() if code != 250]  # noqa: PLR2004 - SMTP's yes
    require(not refused, f"{len(refused)} addresses are refused, such as {refused[:3]}")
    return f"{len(wanted)} entries in LDAP, {len(codes)} addresses accepted"


def _entries() -> set[str]:
    """Ask the target with ldapsearch which addresses it knows."""
    setting = os.environ
    done = subprocess.run(
        [
            *("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-ZZ", "-x", "-H", setting["CONGVU_LDAP_URI"]),
            *("-D", setting["CONGVU_LDAP_BIND_DN"], "-y", setting["CONGVU_LDAP_PASSWORD_FILE"]),
            *("-E", "pr=1000/noprompt", "-b", f"ou=people,{setting['CONGVU_LDAP_BASE']}"),
            *("(objectClass=cvMailbox)", "cvAddress"),
        ],
        env={**setting, "LDAPTLS_CACERT": setting["CONGVU_LDAP_CA_FILE"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    require(done.returncode == 0, f"ldapsearch ended {done.returncode}: {done.stderr[-300:]}")
    return {line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("cvAddress: ")}
