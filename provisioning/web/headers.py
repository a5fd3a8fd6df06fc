"""Headers of every answer: what a browser may do with it, that nobody keeps it, and how it is packed."""

from __future__ import annotations

import gzip

from flask import Flask, Response, g, request

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_WORTH_PACKING = 1024


def protect(answer: Response) -> Response:
    """Add the headers; whatever is not told to be kept is kept nowhere."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    answer.headers["X-Request-Id"] = g.request_id
    return answer


def pack(answer: Response) -> Response:
    """Compress a page, unless another site's page had it asked for.

    A compressed page that carries both a secret and what a stranger wrote tells the secret by its length,
    if the stranger can make the browser ask again and again (BREACH). Every such request says
    `Sec-Fetch-Site: cross-site` or `same-site`; only `same-origin` and `none` (typed, bookmarked) are packed,
    and a browser that does not say is served plainly.
    """
    answer.vary.update(("HX-Request", "Sec-Fetch-Site"))
    if (
        request.headers.get("Sec-Fetch-Site") in ("same-origin", "none")
        and request.accept_encodings.quality("gzip")
        and answer.mimetype in ("text/html", "application/json")
        and not answer.is_streamed
        and "Content-Encoding" not in answer.headers
        and len(answer.get_data()) >= _WORTH_PACKING
    ):
        answer.set_data(gzip.compress(answer.get_data(), compresslevel=5, mtime=0))
        answer.content_encoding = "gzip"
        answer.vary.add("Accept-Encoding")
    return answer


def install(app: Flask) -> None:
    """Let every answer of the application leave through here."""
    app.after_request(protect)
    app.after_request(pack)
