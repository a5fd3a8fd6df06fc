"""What the worker does by itself about use and adoption."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from directory.accounts import Account
from directory.adoption.tables import AdoptionSnapshot, UseDay
from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import public_id, vietnamese_day
from directory.credentials.tables import AppPassword, SignInSession
from directory.mailboxes import Mailbox
from directory.policies import Policy
from provisioning.bootstrap import Service, assemble, clock
from provisioning.config import Settings
from provisioning.jobs import TASK_MODULES, adoption, credentials, usage
from provisioning.usage.tables import LogPosition
from tests.conftest import KEYS
from tests.directory.adoption.people import found_country
from tests.usage.loglines import sent


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Give the service with an empty Postfix log and a Dovecot log that is not there."""
    for name, key in {"field_key": KEYS.field, "index_key": KEYS.index, "audit_key": KEYS.audit}.items():
        (tmp_path / name).write_text(key.hex())
    (tmp_path / "postfix.log").touch()
    service = assemble(
        Settings(
            database_url=database_url,
            secrets_dir=tmp_path,
            base_url="https://portal.example",
            dovecot_log=tmp_path / "dovecot.log",
            postfix_log=tmp_path / "postfix.log",
        )
    )
    yield service
    service.outbox.engine.dispose()


def activated(service: Service) -> int:
    """Appoint an official who is activated; gives the account."""
    with service.outbox.transaction() as session:
        country = found_country(session)
        return country.account(country.unit).id


def uses(service: Service) -> list[tuple[int, bool, bool]]:
    """Give who used mail or the portal, as (account, signed in, sent)."""
    columns = UseDay.__table__.c
    with service.outbox.transaction() as session:
        rows = session.execute(select(columns.account_id, columns.signed_in, columns.sent))
        return [tuple(row) for row in rows]


def places(service: Service) -> list[tuple[str, int, int]]:
    """Give how far Postfix's logs were read, as (host, lines, gaps)."""
    with service.outbox.transaction() as session:
        found = session.scalars(select(LogPosition).order_by(LogPosition.host))
        return [(each.host, each.lines, each.gaps) for each in found]


def test_portal_counts_as_use(service: Service) -> None:
    """Who signed in to the portal is marked within the minute."""
    account_id, now = activated(service), clock()
    with service.outbox.transaction() as session:
        session.add(
            SignInSession(
                digest=public_id().encode(),
                account_id=account_id,
                stage="full",
                started_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=1),
                idle_minutes=15,
                source="127.0.0.1",
                browser="",
            )
        )

    usage.read_logs(service)

    assert uses(service) == [(account_id, True, False)]


def test_log_that_cannot_be_read_stops_no_other(service: Service) -> None:
    """While one log is missing the other is read."""
    account_id = activated(service)
    with service.outbox.transaction() as session:
        mailbox = session.scalars(select(Mailbox.public_id).where(Mailbox.account_id == account_id)).one()
    assert service.settings.postfix_log is not None
    service.settings.postfix_log.write_text(sent(mailbox, f"{clock():%b %e %H:%M:%S}") + "\n")

    usage.read_logs(service)

    assert uses(service) == [(account_id, False, True)]


def test_each_mail_host_has_its_own_place(service: Service, tmp_path: Path) -> None:
    """With a `*` for the host the logs of all hosts are read, each on from where it was left."""
    account_id = activated(service)
    with service.outbox.transaction() as session:
        mailbox = session.scalars(select(Mailbox.public_id).where(Mailbox.account_id == account_id)).one()
    for host, lines in (("mail1", 0), ("mail2", 1)):
        (tmp_path / host).mkdir()
        line = sent(mailbox, f"{clock():%b %e %H:%M:%S}") + "\n"
        (tmp_path / host / "mail.log").write_text(f"{clock():%b %e %H:%M:%S} {host} nothing\n" + line * lines)
    settings = service.settings.model_copy(update={"postfix_log": tmp_path / "*" / "mail.log"})
    both = replace(service, settings=settings)

    usage.read_logs(both)
    usage.read_logs(both)

    assert uses(service) == [(account_id, False, True)]
    assert places(service) == [("mail1", 1, 0), ("mail2", 2, 0)]


def test_star_is_a_whole_folder(service: Service, tmp_path: Path) -> None:
    """A `*` in a file's name would take a renamed log for another host's, and is refused."""
    with pytest.raises(ValidationError, match="one whole folder"):
        Settings(**{**service.settings.model_dump(), "postfix_log": tmp_path / "mail-*.log"})


def test_night_counts_the_day_that_has_ended(service: Service) -> None:
    """The figures of yesterday are kept for every agency."""
    activated(service)

    adoption.count_yesterday(service)

    yesterday = vietnamese_day(clock()) - timedelta(days=1)
    with service.outbox.transaction() as session:
        kept = session.execute(select(AdoptionSnapshot.day, func.count()).group_by(AdoptionSnapshot.day)).all()
    assert [tuple(row) for row in kept] == [(yesterday, 4)]


def test_day_is_counted_once(service: Service) -> None:
    """In the hours after, the same day is not counted again."""
    activated(service)

    for _ in range(3):
        adoption.count_yesterday(service)

    with service.outbox.transaction() as session:
        assert session.scalar(select(func.count()).where(AuditEvent.action == "adoption.counted")) == 1


@pytest.mark.parametrize(("read", "is_revoked"), [(None, False), (timedelta(days=2), False), (timedelta(0), True)])
def test_app_passwords_are_revoked_only_while_the_log_is_read(
    service: Service, read: timedelta | None, *, is_revoked: bool
) -> None:
    """While the log of the mail store is not read nobody knows who uses what, and nothing is revoked."""
    account_id = activated(service)
    long_ago = clock() - timedelta(days=200)
    with service.outbox.transaction() as session:
        box = session.scalars(select(Mailbox.id).where(Mailbox.account_id == account_id)).one()
        app_password = AppPassword(
            account_id=account_id,
            mailbox_id=box,
            label="Điện thoại",
            lookup_key="0" * 16,
            hash="{SSHA512}abc=",
            scopes=["imap"],
            made_at=long_ago,
            expires_at=long_ago + timedelta(days=365),
        )
        session.add(app_password)
        if read is not None:
            session.add(LogPosition(name="dovecot", inode=1, head=b"", offset=0, read_at=clock() - read))

    credentials.revoke_unused(service)

    with service.outbox.transaction() as session:
        assert (session.scalars(select(AppPassword.revoked_at)).one() is not None) is is_revoked


@pytest.mark.parametrize(
    ("read", "state"), [(None, "active"), (timedelta(days=2), "active"), (timedelta(0), "suspended")]
)
def test_accounts_are_suspended_only_while_the_log_is_read(
    service: Service, read: timedelta | None, state: str
) -> None:
    """While the log of the mail store is not read everybody who only uses mail looks idle, and nobody is suspended."""
    account_id = activated(service)
    now = clock()
    with service.outbox.transaction() as session:
        top = session.scalars(select(Agency.id).where(Agency.parent_id.is_(None))).one()
        session.add(Policy(agency_id=top, name="unused_days", value={"value": 45}))
        account = session.get_one(Account, account_id)
        account.created_at = account.activated_at = now - timedelta(days=200)
        account.warned_on = vietnamese_day(now) - timedelta(days=8)
        if read is not None:
            session.add(LogPosition(name="dovecot", inode=1, head=b"", offset=0, read_at=now - read))

    adoption.suspend_unused(service)

    with service.outbox.transaction() as session:
        assert session.get_one(Account, account_id).state == state


def test_jobs_are_known_to_the_worker() -> None:
    """The worker reads logs every minute and counts at ten past each hour."""
    every = {job.name: job.every for module in TASK_MODULES for job in module.JOBS}

    assert (every["usage"], every["adoption"]) == ("* * * * *", "10 * * * *")
