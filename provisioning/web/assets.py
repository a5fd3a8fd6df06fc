"""Style sheets, scripts, fonts and icons: read once, packed once, kept by browsers for ever under a hashed address.

A vendored folder shares one hash, so that a style sheet finds the fonts beside it by their relative names.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, request, url_for
from werkzeug.exceptions import NotFound

from provisioning.web.guard import Stage, needs

STATIC = Path(__file__).parent / "static"
VENDORED = {
    "tabler.css": "vendor/tabler-core-1.6.1/tabler.min.css",
    "font.css": "vendor/fontsource-be-vietnam-pro-5.3.0/be-vietnam-pro.css",
    "htmx.js": "vendor/htmx.org-2.0.11/htmx.min.js",
    "alpine.js": "vendor/alpinejs-csp-3.17.4/alpine-csp.min.js",
    "icons.svg": "vendor/tabler-icons-3.51.0/sprite.svg",
}
"""The one place that knows the versions. Tabler's script is left out: menus are <details>."""
PACKED = {".css", ".js", ".svg"}
_TYPES = {".js": "text/javascript", ".woff2": "font/woff2"}

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    packed: bytes | None
    type: str
    hash: str


@blueprint.get("/static/<digest>/<path:name>")
@needs(Stage.ANYONE)
def asset(digest: str, name: str) -> Response:
    """Send a file. An address of an earlier release gives the present file, which then is not kept."""
    found = assets().get(name)
    if found is None:
        raise NotFound
    is_packed = found.packed is not None and request.accept_encodings.quality("gzip") > 0
    answer = Response(found.packed if is_packed else found.content, mimetype=found.type)
    if is_packed:
        answer.content_encoding = "gzip"
    if found.packed is not None:
        answer.vary.add("Accept-Encoding")
    kept = "public, max-age=31536000, immutable" if digest == found.hash else "no-cache"
    answer.headers["Cache-Control"] = kept
    return answer


@cache
def assets() -> dict[str, Asset]:
    """Read every file once in the life of the process."""
    files = [path for path in sorted(STATIC.rglob("*")) if path.is_file()]
    contents = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in files}
    folders: dict[str, list[bytes]] = {}
    for name, content in contents.items():
        folders.setdefault(_folder(name), []).append(content)
    hashes = {folder: hashlib.sha256(b"\0".join(parts)).hexdigest()[:12] for folder, parts in folders.items()}
    return {
        name: Asset(
            content=content,
            packed=gzip.compress(content, mtime=0) if Path(name).suffix in PACKED else None,
            type=_TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
            hash=hashes[_folder(name)],
        )
        for name, content in contents.items()
    }


def _folder(name: str) -> str:
    """Give what shares a hash with the file: its vendored package, or only itself."""
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "vendor" else name


def address(name: str) -> str:
    """Give the address of a file by its short name (`tabler.css`) or its path below static/."""
    path = VENDORED.get(name, name)
    return url_for("assets.asset", digest=assets()[path].hash, name=path)


def install(app: Flask) -> None:
    """Give templates `asset(name)`."""
    app.jinja_env.globals["asset"] = address
