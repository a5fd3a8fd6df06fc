"""Paper: PDF by typst. What is printed goes in as data, so that a name full of signs stays a name."""

from __future__ import annotations

import json
from pathlib import Path

import typst
from flask import Response

SHEETS = Path(__file__).parents[2] / "templates/pdf"


def printed(sheet: str, data: object, file_name: str) -> Response:
    """Set a sheet of templates/pdf/ with its data; nothing of it is kept anywhere."""
    content = typst.compile(
        str(SHEETS / sheet),
        root=str(SHEETS),
        font_paths=[str(SHEETS / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
