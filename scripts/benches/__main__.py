"""The command behind `scripts/bench`: takes each figure and compares it with its goal."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import SubprocessError
from typing import cast

from benches.figures import Bench, BenchError, take
from benches.place import clear

ALL_MET, MISSED, REFUSED = 0, 1, 2


def found() -> list[Bench]:
    """The modules of this folder that declare a bench, by name."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"benches.{name}") for name in names if name != "__main__"]
    return sorted((cast("Bench", each) for each in modules if hasattr(each, "NAME")), key=lambda bench: bench.NAME)


def main(arguments: Sequence[str], benches: Sequence[Bench]) -> int:
    """Print a line a figure; 1 if a goal is missed, 2 if a figure could not be taken."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; what several stand on is made once")
    parser.add_argument("--large", action="store_true", help="on a large directory: hours rather than minutes")
    parser.add_argument("--list", action="store_true", help="what can be measured, with the goals")
    choice = parser.parse_args(arguments)
    unknown = set(choice.names) - {bench.NAME for bench in benches}
    if unknown:
        names = ", ".join(bench.NAME for bench in benches) or "none yet"
        print(f"There is no bench {', '.join(sorted(unknown))}; there are: {names}.", file=sys.stderr)
        return REFUSED
    chosen = [bench for bench in benches if not choice.names or bench.NAME in choice.names]
    if not choice.names and not choice.large and not choice.list:
        chosen = [bench for bench in chosen if not getattr(bench, "LARGE_ONLY", False)]
    if choice.list:
        for bench in chosen:
            print(f"{bench.NAME}: goal {bench.GOAL}, in {bench.UNIT}. {(bench.__doc__ or '').splitlines()[0]}")
        return ALL_MET
    try:
        return max((_answer(bench, large=choice.large) for bench in chosen), default=ALL_MET)
    finally:
        clear()


def _answer(bench: Bench, *, large: bool) -> int:
    try:
        figure = take(bench, large=large)
    except (BenchError, OSError, SubprocessError) as error:
        print(f"bench {bench.NAME}: not measured: {error}", file=sys.stderr)
        return REFUSED
    print(figure, flush=True)
    return ALL_MET if figure.is_met else MISSED


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:], found()))
