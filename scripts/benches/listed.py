"""A directory of 60,000 in which a department of 10,000 sends its list: what the benches of lists stand on."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

import xlsxwriter
from sqlalchemy import text

from benches.crowd import Size, crowd
from benches.place import servers, service_on
from directory.base import system
from directory.lifecycle import Founding, NewDomain, add_domain, found_agency
from directory.staff_lists import apply
from directory.staff_lists.submission import Submission, submit
from directory.staff_lists.tables import StaffList
from provisioning import worker
from provisioning.bootstrap import Service, clock
from provisioning.jobs import lists
from provisioning.sample.names import Made, people
from stack.servers import Stack

ROWS = 10_000
SIZE = Size(officials=50_000, agencies=500, domains=150)
UNITS = 40
HEADINGS = (
    "STT", "Họ và tên", "Ngày sinh", "Giới tính", "Chức vụ", "Mã ngạch", "Đơn vị", "Số CCCD", "Điện thoại", "Mã cán bộ"
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A service, the agency whose lists are sent, and the folder of the files."""

    stack: Stack
    service: Service
    agency_id: int
    folder: Path

    def submit(self, file: Path) -> int:
        """Hand a file in; give the id of its list."""
        content = file.read_bytes()
        submission = Submission(self.agency_id, file.name, hashlib.sha256(content).hexdigest())
        with self.service.outbox.transaction() as session:
            return submit(session, system(clock(), "bench"), submission, content).id

    def plan(self, file: Path) -> int:
        """Have a file planned as the worker does it."""
        list_id = self.submit(file)
        lists.read_one(self.service)
        return list_id

    def start(self, list_id: int) -> None:
        """Say "apply"."""
        with self.service.outbox.transaction() as session:
            apply.start(session, system(clock(), "bench"), session.get_one(StaffList, list_id), has_read=True)

    def apply(self, list_id: int) -> None:
        """Do all batches of a list."""
        is_applying = True
        while is_applying:
            lists.apply(self.service)
            with self.service.outbox.transaction() as session:
                is_applying = session.get_one(StaffList, list_id).state == "applying"


@contextmanager
def listed(*parts: str) -> Iterator[Listed]:
    """Make PostgreSQL and more servers, the directory and the agency; nobody of the list is there yet."""
    with servers("postgresql", *parts) as stack, service_on(stack, "book") as service:
        with service.outbox.transaction() as session:
            crowd(session.connection(), SIZE)
        actor = system(clock(), "bench")
        with service.outbox.transaction() as session:
            (agency,) = found_agency(session, actor, [Founding("department", "Sở Danh sách", code="H88.05")])
            units = [Founding("unit", f"Phòng Danh sách {each}", agency.id) for each in range(UNITS)]
            found_agency(session, actor, units)
            add_domain(session, actor, [NewDomain(agency.id, "danhsach.gov.vn")])
            agency_id = agency.id
        worker.settle()
        yield Listed(stack, service, agency_id, stack.layout.folder("work"))


def drawn(rows: int, seed: str) -> list[Made]:
    """Draw the people of a list."""
    return list(islice(people(Random(seed), 100_000), rows))


def promoted(made: list[Made], *, one_in: int) -> list[Made]:
    """Give some of them another title."""
    return [replace(each, title="Phó trưởng phòng") if n % one_in == 0 else each for n, each in enumerate(made)]


def write(file: Path, made: list[Made], place: str = "036") -> Path:
    """Write a list as units send it: a letterhead, then ten columns, everything as text but the numbers."""
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write(0, 0, "SỞ DANH SÁCH")
        sheet.write(2, 0, "DANH SÁCH CÁN BỘ, CÔNG CHỨC")
        sheet.write_row(4, 0, HEADINGS)
        for number, each in enumerate(made):
            sex, unit = "Nữ" if each.sex == "female" else "Nam", f"Phòng Danh sách {number % UNITS}"
            row = (number + 1, each.full_name, f"{each.birth_date:%d/%m/%Y}", sex, each.title, each.rank, unit)
            sheet.write_row(5 + number, 0, (*row, each.personal_id(place), each.phone, f"DS{place}{each.serial}"))
    return file


def analyse(service: Service) -> None:
    """Let PostgreSQL know what there is, as its own daemon does in time."""
    with service.outbox.transaction() as session:
        session.execute(text("ANALYZE"))
