"""App passwords: one for each mail client, and how to set one up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from directory.addresses import primary_of
from directory.credentials import app_passwords_of, mailboxes_of, make_app_password, revoke_app_password
from directory.credentials.app_passwords import LIMIT
from directory.credentials.holders import need_fresh_factor
from directory.credentials.tables import SCOPES
from directory.domains import target_of
from directory.errors import BadValue, TooMany
from directory.mailboxes import Mailbox, mailbox_by_public_id
from directory.targets import DEFAULT
from provisioning.config import TargetSettings
from provisioning.languages import N_
from provisioning.web.forms import line, options
from provisioning.web.guard import Stage, needs
from provisioning.web.language import gettext, lazy_gettext
from provisioning.web.once import MadeAlready, OnceForm, refuse_again
from provisioning.web.request import actor, book, service

blueprint = Blueprint("app_passwords", __name__)

_HOST = re.compile(r"^[a-z0-9.-]{1,253}$")
USES = {"imap": N_("Read mail (IMAP)"), "pop3": N_("Fetch mail (POP3)"), "smtp": N_("Send mail (SMTP)")}


class New(OnceForm):
    """One more mail client."""

    mailbox = SelectField(lazy_gettext(N_("Mailbox")), [InputRequired()])
    label = line(N_("Device and program"), required=True, limit=60, render_kw={"autocomplete": "off"})
    scopes = SelectMultipleField(
        lazy_gettext(N_("What it may do")),  # at least one, says the book; "required" would ask for every box
        choices=options((scope, lazy_gettext(USES[scope])) for scope in SCOPES),
        default=["imap", "smtp"],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@dataclass(frozen=True)
class Client:
    """What a mail client is told: hosts, ports, the name to sign in with."""

    host: str
    imap: int
    pop3: int
    submission: int
    address: str


def client(address: str, target: str) -> Client:
    """Give what a mail client is told to open this address: the mail servers that belong to its LDAP server."""
    usual = service().settings
    there = usual.targets.get(target, TargetSettings.of(usual))
    return Client(
        there.mail_host or usual.mail_host,
        there.imap_port or usual.imap_port,
        there.pop3_port or usual.pop3_port,
        there.submission_port or usual.submission_port,
        address,
    )


@blueprint.get("/me/app-passwords")
@needs(Stage.FULL)
def index() -> str:
    """List one's app passwords."""
    with book() as session:
        rows = [(each, _named(session, each.mailbox)) for each in app_passwords_of(session, actor(), _me())]
        return render_template("me/app_passwords.html", rows=rows, uses=USES, limit=LIMIT)


@blueprint.get("/me/app-passwords/begin")
@needs(Stage.FULL)
def begin() -> str:
    """Offer an app password at the end of the activation."""
    return render_template("me/begin.html")


@blueprint.route("/me/app-passwords/new", methods=["GET", "POST"])
@needs(Stage.FULL, many=("scopes",))
def new() -> Response | str | tuple[str, int]:
    """Make an app password and show it, this once, with how to set up the client."""
    need_fresh_factor(actor())
    form = New()
    with book() as session:
        names = {each.public_id: _named(session, each) for each in mailboxes_of(session, actor(), _me())}
    form.mailbox.choices = options(names.items())
    if request.method == "GET":
        return render_template("me/new_app_password.html", form=form, names=names)
    status = 422
    if form.validate_on_submit():
        try:
            with book() as session:
                refuse_again(session)
                mailbox = mailbox_by_public_id(session, str(form.mailbox.data))
                made, secret = make_app_password(
                    session, actor(), mailbox.id, label=str(form.label.data), scopes=form.scopes.data or ()
                )
                told = client(primary_of(session, mailbox.id) or "", mailbox.target)
                return render_template("me/app_password.html", made=made, secret=secret, client=told)
        except (BadValue, MadeAlready, TooMany) as refusal:
            form.refuse(refusal)
            status = refusal.status
    return render_template("me/new_app_password.html", form=form, names=names), status


@blueprint.post("/me/app-passwords/<public_id>/revoke")
@needs(Stage.FULL)
def revoke(public_id: str) -> Response:
    """Revoke one app password."""
    with book() as session:
        revoke_app_password(session, actor(), public_id)
    flash(gettext(N_("The app password is revoked. Its mail client is refused within seconds.")), "success")
    return redirect(url_for("app_passwords.index"), 303)


@blueprint.get("/me/mail-client")
@needs(Stage.FULL)
def mail_client() -> str:
    """Tell how to set up a mail client."""
    with book() as session:
        boxes = mailboxes_of(session, actor(), _me())
        told = client(primary_of(session, boxes[0].id) or "", boxes[0].target) if boxes else client("", DEFAULT)
    return render_template("me/mail_client.html", client=told)


@blueprint.get("/mail/config-v1.1.xml")
@blueprint.get("/.well-known/autoconfig/mail/config-v1.1.xml")
@needs(Stage.ANYONE)
def autoconfig() -> Response:
    """Tell mail clients the servers; the same for every address of a domain, so it says nothing of anybody."""
    domain = request.args.get("emailaddress", "").rpartition("@")[2].lower() or service().settings.mail_host
    if not _HOST.match(domain):
        raise PageNotFound
    with book() as session:
        told = client("%EMAILADDRESS%", target_of(session, domain))
    page = render_template("me/autoconfig.xml", client=told, domain=domain)
    return Response(page, mimetype="application/xml")


def _named(session: Session, mailbox: Mailbox) -> str:
    """Name a mailbox by its address, and by what it is for."""
    address = primary_of(session, mailbox.id) or ""
    return f"{address} – {mailbox.name}" if mailbox.name else address


def _me() -> int:
    """Give the account of whoever asks."""
    account_id: int = current_user.account_id
    return account_id
