"""The web application: `create_app()` is what gunicorn serves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from provisioning import api, logs, web
from provisioning.bootstrap import Service, assemble
from provisioning.config import Settings
from provisioning.signin import SignIn
from provisioning.web import access_log, assets, errors, guard, headers, language, menu, policy_words, request, words

PATIENCE_SECONDS = 30.0
"""So long at most a page waits for one answer of PostgreSQL; proxies before us give a page up after sixty as a rule."""
TEMPLATES = Path(__file__).parent.parent / "templates"


def create_app(service: Service | None = None) -> Flask:
    """Make the application of a service (by default the one that the environment describes)."""
    if service is None:
        logs.configure()
        service = assemble(patience=PATIENCE_SECONDS)
    app = Flask("provisioning", template_folder=str(TEMPLATES), static_folder=None)
    app.extensions["congvu"] = service
    app.config.from_mapping(_config(service.settings))
    if service.settings.trusted_proxies:
        # Only as many forwarded addresses are believed as proxies of ours stand before us; the Host never is.
        hops = service.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]  # as Flask's own pages do it
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        places=menu.places,
        is_here=menu.is_here,
        has_view=menu.has_view,
        how_many_wait=menu.how_many_wait,
        actions=menu.actions,
        word=words.word,
        colour=words.colour,
        told=words.told,
        pattern=policy_words.pattern,
        policy_value=policy_words.policy_value,
        obstacle=policy_words.obstacle,
        size=policy_words.size,
    )
    SignIn(service.outbox, service.settings.cookie_secure).install(app)
    guard.csrf.init_app(app)
    app.before_request(request.begin)
    app.before_request(guard.check)
    app.before_request(menu.count)
    for part in (access_log, errors, headers, assets, language):
        part.install(app)
    for module in (*web.MODULES, *api.MODULES):
        app.register_blueprint(module.blueprint)
    guard.refuse_undeclared(app)
    return app


def _config(settings: Settings) -> dict[str, object]:
    """Translate the settings into Flask's."""
    secure = settings.cookie_secure
    return {
        "SECRET_KEY": settings.secret("session_key"),
        # Only the token of forms and messages for the next page; who is signed in stands in a row of the book.
        "SESSION_COOKIE_NAME": "__Host-congvu" if secure else "congvu",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "MAX_CONTENT_LENGTH": settings.upload_bytes,
        # The guard checks forms itself, after who asks is known, and looks at Sec-Fetch-Site in place of the Referer,
        # which proxies of some offices remove.
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,
    }
