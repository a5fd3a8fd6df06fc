"""Commands of links: entries that stood in an LDAP server before this directory, and whose accounts they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.orm import Session

from directory.base import Actor, system
from directory.errors import DirectoryError
from directory.linking import READ, conclude, propose
from directory.links import CONFIDENCES, OURS_IF_TAKEN
from directory.targets import DEFAULT
from provisioning import bootstrap
from provisioning.bootstrap import Service
from provisioning.cli.targets import known_target
from provisioning.ports import Unavailable
from provisioning.reconcile import linking
from provisioning.reconcile.claims import is_held
from provisioning.reconcile.unlinking import clear
from provisioning.sheets.writer import write_csv

HEADINGS = ("id", "confidence", "why", "entry", "its name", "its address", "its agency", "account", "name", "address",
            "agency", "state")  # fmt: skip

from_file = click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The proposals of this file, as `congvu link show --csv` wrote it, without the lines that were taken out.",
)


@click.group(epilog="Example: congvu link propose --branch ou=Users")
def link() -> None:
    """Let entries that stood on an LDAP server before become the entries of accounts; the others are left alone."""


@link.command("propose", epilog="Example: congvu link propose --branch ou=Users")
@click.option("--branch", required=True, help="The part of the tree to read, named below the base, such as ou=Users.")
@click.option("--target", default=DEFAULT, show_default=True, help="The LDAP server, as the settings call it.")
def propose_links(*, branch: str, target: str) -> None:
    """Read a branch and propose which entries are whose accounts. Nothing is written to the LDAP server."""
    with _told() as (service, actor):
        if target not in service.targets:
            raise click.UsageError(f"The settings name no target {target}.")
        read = unnamed = matched = 0
        for page in service.targets[target].system.survey(branch, READ):
            read += len(page)
            unnamed += sum(not each.name for each in page)
            with service.outbox.transaction() as session:
                matched += propose(session, actor, page, target)
        with service.outbox.transaction() as session:
            conclude(session, actor, branch, actor.now, target)
            counts = linking.count(session, actor)
    click.echo(f"{read} entries read, for {matched} of them there is an account.")
    if unnamed:
        click.echo(f"{unnamed} cannot be linked: their names have several attributes in one part (a=x+b=y).")
    for confidence in CONFIDENCES:
        click.echo(f"  {confidence}: {counts.get(('proposed', confidence), 0)} to be decided")


@link.command("show", epilog="Example: congvu link show --confidence unsure --csv unsure.csv")
@click.option("--confidence", type=click.Choice(CONFIDENCES), help="Only what is so sure.")
@click.option("--all", "is_all", is_flag=True, help="Also what was confirmed or refused.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write a file to go through.")
@click.option("--json", "is_json", is_flag=True, help="Print for a program instead of a person.")
def show_links(*, confidence: str | None, is_all: bool, file: Path | None, is_json: bool) -> None:
    """Show what was proposed, with what speaks for it and against it."""
    states = ("proposed", "confirmed", "refused") if is_all else ("proposed",)
    with _told() as (service, actor), service.outbox.transaction() as session:
        lines = linking.links(session, actor, states, confidence, limit=None)
    if file is not None:
        file.write_bytes(write_csv(HEADINGS, map(_cells, lines)))
        click.echo(f"{len(lines)} lines are in {file}. Take out what is wrong, then: congvu link confirm --from {file}")
    elif is_json:
        click.echo(json.dumps([asdict(each) for each in lines], ensure_ascii=False, indent=2))
    else:
        for each in lines:
            click.echo(
                f"{each.ref}  {each.confidence} ({_why(each)}){'' if each.state == 'proposed' else ', ' + each.state}"
            )
            click.echo(f"  entry    {each.entry} {' · '.join(each.shown.values())}")
            click.echo(f"  account  {each.account} {each.name} · {each.address or '–'} · {each.agency}")
            if each.has_changed:
                click.echo("  The entry has changed since it was confirmed: confirm it anew.")
        click.echo(f"{len(lines)} links.")


@link.command("confirm", epilog="Example: congvu link confirm --certain")
@click.argument("refs", nargs=-1, metavar="[ID]...")
@click.option("--certain", "is_certain", is_flag=True, help="Everything that is certain.")
@from_file
@click.option(
    "--take",
    "taken",
    multiple=True,
    type=click.Choice(OURS_IF_TAKEN),
    help="An attribute that others wrote and that the directory keeps from now on; may be given again.",
)
def confirm_links(*, refs: tuple[str, ...], is_certain: bool, file: Path | None, taken: tuple[str, ...]) -> None:
    """Make entries those of their accounts. What is ours is added to them; they keep their names and all else."""

    def decide(session: Session, actor: Actor) -> int:
        wanted = [*refs, *_refs_in(file), *(linking.refs_of(session, actor, "certain") if is_certain else ())]
        return linking.confirm(session, actor, wanted, taken)

    _decide(
        decide,
        "{number} entries are confirmed. The worker writes to them once the maintenance ends (congvu target resume);"
        " congvu reconcile says if one cannot be.",
    )


@link.command("refuse", epilog="Example: congvu link refuse 4hk7w2m9xq5c8rtn")
@click.argument("refs", nargs=-1, metavar="[ID]...")
@from_file
def refuse_links(*, refs: tuple[str, ...], file: Path | None) -> None:
    """Say that entries are not these accounts': they are left alone and never proposed for them again."""
    _decide(
        lambda session, actor: linking.refuse(session, actor, [*refs, *_refs_in(file)]),
        "{number} proposals are refused; their entries are left alone.",
    )


@link.command("undo", epilog="Example: congvu link undo cv2k4m7p9x")
@click.argument("number")
def undo_link(*, number: str) -> None:
    """Give an account an entry of its own again. What is ours is taken from the one it was linked to, app passwords
    below it too; what others wrote there stays, and so does what the directory had taken over.
    """
    with _told() as (service, actor):
        with service.outbox.transaction() as session:
            found = linking.linked_entry(session, actor, number)
            name, path, taken = found.target, found.path, found.taken
            if is_held(session, name):
                raise click.ClickException(
                    f"{name} is in maintenance: {number} would have no entry, and get no mail, until that ends."
                    f" End it first: congvu target resume {name}"
                )
        cleared = clear(service.targets[known_target(service, name)].system, number)
        with service.outbox.transaction() as session:
            linking.undo(session, actor, number)
    click.echo(f"{cleared or path} is left alone from now on; {number} gets an entry of its own.")
    if cleared:
        click.echo("Until the worker has written that one, mail to the account is refused.")
        if taken:
            click.echo(f"What the directory had taken over there stays as it is: {', '.join(taken)}.")


@contextmanager
def _told() -> Iterator[tuple[Service, Actor]]:
    """Give the service and who acts; what is refused, or not there, is told in a sentence."""
    service = bootstrap.assemble()
    try:
        yield service, system(bootstrap.clock(), "congvu link")
    except DirectoryError as error:
        raise click.ClickException(str(error)) from error
    except Unavailable as error:
        raise click.ClickException(error.reason) from error
    finally:
        service.close()


def _decide(verb: Callable[[Session, Actor], int], told: str) -> None:
    with _told() as (service, actor), service.outbox.transaction() as session:
        number = verb(session, actor)
    click.echo(told.format(number=number))


def _refs_in(file: Path | None) -> list[str]:
    """Read the ids of a file that a person has gone through, maybe in a spreadsheet program."""
    if file is None:
        return []
    with file.open(encoding="utf-8-sig", newline="") as text:
        sample = text.readline()
        text.seek(0)
        rows = csv.DictReader(text, delimiter=";" if ";" in sample else ",")
        if "id" not in (rows.fieldnames or ()):
            raise click.ClickException(f"{file} has no column id: it is not what `congvu link show --csv` wrote.")
        return [row["id"] for row in rows if row["id"]]


def _cells(line: linking.Line) -> Sequence[str | None]:
    shown = (line.shown.get(each) for each in ("name", "address", "agency"))
    account = (line.account, line.name, line.address, line.agency)
    return (line.ref, line.confidence, _why(line), line.entry, *shown, *account, line.state)


def _why(line: linking.Line) -> str:
    return ", ".join(linking.REASONS[each] for each in line.reasons)
