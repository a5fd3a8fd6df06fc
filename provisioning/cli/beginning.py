"""The first agency and its first operator: everything after that is done on the pages."""

from __future__ import annotations

import json

import click
from sqlalchemy import select

from directory.addresses import primary_of
from directory.agencies import KINDS
from directory.base import system
from directory.credentials import issue_activation_codes
from directory.errors import DirectoryError
from directory.lifecycle import Founding, Granting, Newcomer, NewDomain, add_domain, appoint, found_agency, grant
from directory.mailboxes import Mailbox
from provisioning import bootstrap


@click.command(
    epilog='Example: congvu begin --kind province --code H36 --name "Tỉnh Lâm Đồng" --domain lamdong.gov.vn'
    ' --operator "Họ và tên"'
)
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What kind of agency it is.")
@click.option("--code", required=True, help="Its identifier code.")
@click.option("--name", required=True, help="Its name.")
@click.option("--domain", required=True, help="Its mail domain, under .gov.vn.")
@click.option("--operator", required=True, help="Full name of the official who will look after it.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def begin(*, kind: str, code: str, name: str, domain: str, operator: str, is_json: bool) -> None:
    """Found an agency at the top, with its mail domain and its first operator, and print the activation code."""
    service = bootstrap.assemble()
    actor = system(bootstrap.clock(), "congvu begin")
    try:
        with service.outbox.transaction() as session:
            (agency,) = found_agency(session, actor, [Founding(kind=kind, name=name, code=code)])
            add_domain(session, actor, [NewDomain(agency.id, domain)])
            (account,) = appoint(session, actor, [Newcomer(agency_id=agency.id, full_name=operator)])
            grant(session, actor, [Granting(account.id, "operator", agency.id)])
            ((_, activation_code),) = issue_activation_codes(session, actor, [account.id])
            mailbox_id = session.scalars(select(Mailbox.id).where(Mailbox.account_id == account.id)).one()
            address = primary_of(session, mailbox_id)
            made = {"account": account.number, "address": address, "code": activation_code}
    except DirectoryError as refused:
        raise click.ClickException(str(refused)) from refused
    finally:
        service.close()
    if is_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"agency {code}: founded, its operator is {operator}, {made['address']} ({made['account']})")
    click.echo(f"Open {service.settings.base_url}/activate within three days and type {activation_code}")
