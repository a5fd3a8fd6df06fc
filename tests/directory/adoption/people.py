"""A small country for adoption: agencies, and officials who got as far as a test needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.adoption import mark_use
from directory.agencies import Agency, Headcount
from directory.appointments import Appointment
from directory.credentials.tables import Totp
from directory.domains import Domain
from directory.mailboxes import Mailbox
from directory.officials import Official

LONG_AGO = date(2020, 1, 1)
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = ("listed", "account", "provided", "activated", "second_factor")
_numbers = count(1)


@dataclass
class Country:
    """A province with a commune and a department that has a unit, and one mail domain."""

    session: Session
    province: Agency
    department: Agency
    unit: Agency
    commune: Agency
    domain: Domain

    def declare(self, agency: Agency, posts: int) -> None:
        """Declare the headcount of an agency."""
        self.session.add(Headcount(agency_id=agency.id, valid_from=LONG_AGO, posts=posts))
        self.session.flush()

    def official(self, agency: Agency, step: str = "listed", *, valid_to: date | None = None) -> Official:
        """List an official who got as far as this step."""
        number = next(_numbers)
        official = Official(family="Lê", given="An", full_name="Lê An", created_at=BEFORE)
        post = Appointment(official=official, agency_id=agency.id, valid_from=LONG_AGO, valid_to=valid_to)
        self.session.add_all([official, post])
        self.session.flush()
        if step != "listed":
            self._account(official, number, STEPS.index(step))
        return official

    def account(self, agency: Agency, step: str = "activated", *, used_on: date | None = None) -> Account:
        """List an official with an account who got as far as this step, and who used it on a day."""
        official = self.official(agency, step)
        account = self.session.query(Account).filter_by(official_id=official.id).one()
        if used_on is not None:
            mark_use(self.session, used_on, [account.id], "sent")
        return account

    def _account(self, official: Official, number: int, steps: int) -> None:
        account = Account(official=official, created_at=BEFORE)
        self.session.add(account)
        self.session.flush()
        if steps >= STEPS.index("provided"):
            mailbox = Mailbox(kind="personal", account_id=account.id, quota_bytes=1, created_at=BEFORE)
            self.session.add(mailbox)
            self.session.flush()
            self.session.add(Address(local=f"an{number}", domain=self.domain, kind="primary", mailbox_id=mailbox.id))
        if steps >= STEPS.index("activated"):
            account.state, account.activated_at = "active", BEFORE
        if steps >= STEPS.index("second_factor"):
            self.session.add(Totp(account_id=account.id, secret=b"x", enrolled_at=BEFORE, confirmed_at=BEFORE))
        self.session.flush()


def found_country(session: Session) -> Country:
    """Make the agencies and the domain."""

    def found(kind: str, name: str, code: str | None, parent: Agency | None) -> Agency:
        agency = Agency(kind=kind, name=name, code=code, parent=parent, valid_from=LONG_AGO)
        session.add(agency)
        session.flush()
        session.refresh(agency)
        return agency

    province = found("province", "Tỉnh Đồng Bằng", "H99", None)
    department = found("department", "Sở Nội vụ", "H99.05", province)
    unit = found("unit", "Văn phòng", None, department)
    commune = found("commune", "Xã Hòa Bình", "H99.31", province)
    domain = Domain(name="dongbang.gov.vn", agency_id=province.id)
    session.add(domain)
    session.flush()
    return Country(session, province, department, unit, commune, domain)
