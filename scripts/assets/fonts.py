"""Makes one file a weight of a font that npm ships in three subsets.

Vietnamese needs all three: the basic letters are Latin, đ and ơ are Latin extended, ễ is Vietnamese. One merged
file is one request instead of three, and smaller. The paper's typesetter wants the same as TTF.
"""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger
from fontTools.ttLib import TTFont

SUBSETS = ("latin", "latin-ext", "vietnamese")
# Two weights make a page light; the browser takes the heavier one for everything from medium on.
WEB_WEIGHTS = {400: "100 450", 600: "451 900"}
PAPER_WEIGHTS = (400, 700)

FACE = """@font-face {{
  font-family: "Be Vietnam Pro";
  font-style: normal;
  font-weight: {range};
  font-display: swap;
  src: url("be-vietnam-pro-{weight}.woff2") format("woff2");
}}
"""
# Loaded after Tabler's style sheet, it makes our font Tabler's.
STYLE = ':root, :host {\n  --tblr-font-sans-serif: "Be Vietnam Pro", system-ui, sans-serif;\n}\n'


def web_files(read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The fonts of the pages, with the style sheet that names them; `read` gives a file of the package."""
    files = {f"be-vietnam-pro-{weight}.woff2": _merged(read, weight, "woff2") for weight in WEB_WEIGHTS}
    faces = [FACE.format(weight=weight, range=span) for weight, span in WEB_WEIGHTS.items()]
    return {**files, "be-vietnam-pro.css": "\n".join([*faces, STYLE]).encode()}


def paper_files(read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The fonts of the PDFs."""
    return {f"BeVietnamPro-{weight}.ttf": _merged(read, weight, None) for weight in PAPER_WEIGHTS}


def _merged(read: Callable[[str], bytes], weight: int, flavor: str | None) -> bytes:
    with TemporaryDirectory() as folder:
        parts = []
        for subset in SUBSETS:
            part = Path(folder, f"{subset}.woff2")
            part.write_bytes(read(f"files/be-vietnam-pro-{subset}-{weight}-normal.woff2"))
            parts.append(str(part))
        font = Merger().merge(parts)
        head = TTFont(parts[0])["head"]
    # Dated as its parts are, not now: the same packages give the same bytes on every day.
    font["head"].created, font["head"].modified = head.created, head.modified
    font.recalcTimestamp = False
    font.flavor = flavor
    target = BytesIO()
    font.save(target)
    return target.getvalue()
