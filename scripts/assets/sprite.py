"""Puts the icons we use into one SVG file: a page shows `<svg class="icon"><use href="…sprite.svg#key"/></svg>`."""

import re
from collections.abc import Callable
from pathlib import Path

NAMES = Path(__file__).with_name("icons.txt")

_SHAPES = re.compile(r"<svg.*?>(.*)</svg>", re.DOTALL)
_FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" />')
# How thick the stroke is, the page's style sheet says.
_SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
)


def names() -> list[str]:
    """The icons we use, as icons.txt lists them."""
    return [line for line in NAMES.read_text().split("\n") if line and not line.startswith("#")]


def sprite(read: Callable[[str], bytes]) -> bytes:
    """One file with a symbol an icon; `read` gives a file of the package."""
    symbols = [_symbol(name, read(f"icons/outline/{name}.svg").decode()) for name in names()]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>\n"]).encode()


def _symbol(name: str, svg: str) -> str:
    drawing = _SHAPES.search(svg)
    if drawing is None:
        raise SystemExit(f"The icon {name} is not an SVG as expected.")
    shapes = re.sub(r"\s*\n\s*", "", _FRAME.sub("", drawing[1])).replace(" />", "/>")
    return _SYMBOL.format(name=name, shapes=shapes)
