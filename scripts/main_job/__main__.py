"""Does the seven steps one after another; the last line says whether every one of them really happened."""

from __future__ import annotations

import sys
import time

from . import entering, listing, using
from .browser import Unexpected
from .state import from_environment

STEPS = (
    ("list", listing.import_list),
    ("entries", listing.make_real),
    ("form", entering.enter_official),
    ("activation", entering.activate),
    ("mail", using.exchange_mail),
    ("reset", using.recover),
    ("adoption", using.see_adoption),
)


def main() -> int:
    """Run the main job; the exit code is 0 only if every step happened."""
    began = time.monotonic()
    state = from_environment()
    for number, (name, step) in enumerate(STEPS, 1):
        start = time.monotonic()
        try:
            told = step(state)
        except (Unexpected, OSError, LookupError, ValueError) as failure:
            print(f"main job: failed at {name}: {' '.join(str(failure).split()) or type(failure).__name__}", flush=True)
            return 1
        print(f"step {number} {name}: {told} ({time.monotonic() - start:.1f} s)", flush=True)
    real = len(state.new_addresses) + 2
    print(f"main job: ok, {real} accounts real, {state.delivered} messages delivered, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
