"""Colleagues found in the telephone list, and what is shown of them."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.appointments import Appointment
from directory.base import Actor
from directory.errors import NotAllowed, NotFound
from directory.lifecycle import Change, Founding, Newcomer, Setting, appoint, change, enlist, found_agency, set_policy
from directory.officials import Official
from directory.people import Asked, Colleague, agencies_called, colleague, search
from tests.book import LONG_AGO, House, acting, hire
from tests.statements import statements

NAMES = (
    "Nguyễn Thị Ánh Đào",
    "Trần Văn Anh",
    "Lê Hoà An",
    "Lê Hòa Ân",
    "Đào Thị Hương",
    "Đạo Văn Thụy",
    "H'Linh Byă",
    "Phạm Văn Bình",
)
PERSONAL = {"personal_id": "068090001234", "phone": "0912345678", "personal_mail": "yen@vidu.vn"}


@pytest.fixture
def staff(session: Session, actor: Actor, house: House) -> None:
    """Give the department its people."""
    hire(session, actor, house.unit, *NAMES)


@pytest.fixture
def anybody(session: Session, actor: Actor, house: House) -> Actor:
    """Give an official of another province, without any role."""
    (account,) = hire(session, actor, house.elsewhere, "Vũ Không Vai")
    return acting(actor, account)


def names(session: Session, actor: Actor, text: str = "", **more: object) -> list[str]:
    """Give the names found."""
    return [person.full_name for person in search(session, actor, Asked(text, **more)).people]  # type: ignore[arg-type]  # a table of fields


def seat(session: Session, actor: Actor, house: House, **data: object) -> Official:
    """Appoint somebody with a telephone on the desk."""
    newcomer = Newcomer(house.unit.id, "Vũ Thị Yến", title="Văn thư", rank="02.007", valid_from=LONG_AGO)
    (account,) = appoint(session, actor, [replace(newcomer, **data)])  # type: ignore[arg-type]  # a table of fields
    change(session, actor, [Change(account.official_id, {"work_phone": "0219 386.6555", "extension": "105"})])
    return session.get_one(Official, account.official_id)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("anh dao", ["Nguyễn Thị Ánh Đào"]),
        ("dao anh", ["Nguyễn Thị Ánh Đào"]),
        ("a\u0301nh", ["Nguyễn Thị Ánh Đào"]),
        ("đào", ["Nguyễn Thị Ánh Đào", "Đào Thị Hương"]),
        ("đạo", ["Đạo Văn Thụy"]),
        ("dao", ["Nguyễn Thị Ánh Đào", "Đào Thị Hương", "Đạo Văn Thụy"]),
        ("hoà", ["Lê Hoà An", "Lê Hòa Ân"]),
        ("le an", ["Lê Hoà An", "Lê Hòa Ân"]),
        ("linh", ["H'Linh Byă"]),
        ("h'l", ["H'Linh Byă"]),
        ("inh", []),
        ("%", []),
        ("_", []),
        (".*", []),
        ("'", []),
        ("\\", []),
        ("nguyen %", []),
    ],
)
def test_typed_words_find_names(session: Session, anybody: Actor, staff: None, typed: str, found: list[str]) -> None:
    """Plain letters find every marking, marked ones only theirs, and each word must begin a word of the name."""
    assert names(session, anybody, typed) == found


def test_names_written_as_typed_come_first(session: Session, actor: Actor, house: House) -> None:
    """Of few hits, those with exactly the typed marks stand before the others, each in the order of given names."""
    hire(session, actor, house.unit, "Lê Ánh An", "Lê Anh Ý", "Lê Anh Bảo", "Lê Ảnh Chi")

    assert names(session, actor, "anh") == ["Lê Anh Bảo", "Lê Anh Ý", "Lê Ánh An", "Lê Ảnh Chi"]


@pytest.mark.parametrize(
    "typed", ["yenvt@tinh.gov.vn", "YenVT@tinh.gov.vn", "yenvt@", "Yenvt", "105", "0219 3866 555", "+84 219 3866555"]
)
def test_address_and_number_find_their_owner(
    session: Session, actor: Actor, house: House, anybody: Actor, staff: None, typed: str
) -> None:
    """An address, what stands before its @, an extension and the number of an office find exactly who has them."""
    seat(session, actor, house)

    assert names(session, anybody, typed) == ["Vũ Thị Yến"]


@pytest.mark.parametrize("typed", ["van thu", "Văn thư", "thu"])
def test_titles_are_found(session: Session, actor: Actor, house: House, staff: None, typed: str) -> None:
    """The title of a post finds its holder, in the whole directory and in an agency."""
    seat(session, actor, house)

    assert names(session, actor, title=typed) == ["Vũ Thị Yến"]
    assert names(session, actor, title=typed, agency_id=house.province.id) == ["Vũ Thị Yến"]


@pytest.mark.parametrize("typed", ["068090001234", "0912345678", "yen@vidu.vn", "cv23456789"])
def test_personal_data_finds_nobody(session: Session, actor: Actor, house: House, typed: str) -> None:
    """Nobody is found by an ID number, a private phone or a private address."""
    seat(session, actor, house, **PERSONAL)

    assert names(session, actor, typed) == []


def test_colleague_has_no_personal_data(session: Session, actor: Actor, house: House, anybody: Actor) -> None:
    """What colleagues see is of the office: name, post, agency, address and telephone there."""
    official = seat(session, actor, house, **PERSONAL, sex="female", staff_number="NV7")

    (seen,) = colleague(session, anybody, official.public_id)

    assert asdict(seen) == {
        "public_id": official.public_id,
        "full_name": "Vũ Thị Yến",
        "agency_name": "Phòng Tổ chức",
        "agency_public_id": house.unit.public_id,
        "title": "Văn thư",
        "rank": None,
        "address": "yenvt@tinh.gov.vn",
        "work_phone": "02193866555",
        "extension": "105",
        "is_head": False,
    }


def test_agency_decides_what_colleagues_see(session: Session, actor: Actor, house: House, anybody: Actor) -> None:
    """What the agency's policy keeps back is not shown, and nobody is found by it."""
    official = seat(session, actor, house)
    set_policy(session, actor, [Setting(house.department.id, "colleague_fields", ["rank"])])

    (seen,) = colleague(session, anybody, official.public_id)

    assert (seen.title, seen.rank, seen.address, seen.work_phone, seen.extension) == (None, "02.007", None, None, None)
    assert [names(session, anybody, typed) for typed in ("105", "02193866555", "yenvt@", "yen")] == [
        [],
        [],
        [],
        ["Vũ Thị Yến"],
    ]
    assert names(session, anybody, title="văn thư") == []


def test_people_of_an_agency_stand_by_seniority(session: Session, actor: Actor, house: House) -> None:
    """Who leads comes first, then the deputies, then who leads a division, then the others by given name."""
    titles = {
        "Lê Văn An": "Chuyên viên",
        "Lê Văn Bình": "Phó Trưởng phòng",
        "Lê Văn Cường": "Trưởng phòng",
        "Lê Văn Dũng": "Phó Giám đốc",
        "Lê Văn Giang": "Giám đốc",
        "Lê Văn Hà": "Kế toán",
        "Lê Văn Ái": "",
        "Lê Văn Yên": "Quyền Giám đốc",
    }
    appoint(
        session, actor, [Newcomer(house.unit.id, name, title, valid_from=LONG_AGO) for name, title in titles.items()]
    )

    found = names(session, actor, agency_id=house.unit.id)

    assert found == [f"Lê Văn {given}" for given in ("Giang", "Yên", "Dũng", "Cường", "Bình", "Ái", "An", "Hà")]


def test_head_of_an_agency_stands_first(session: Session, actor: Actor, house: House, staff: None) -> None:
    """The post that is marked as the head's comes before every title."""
    appoint(session, actor, [Newcomer(house.unit.id, "Lê Văn Giang", "Giám đốc", valid_from=LONG_AGO)])
    head = select(Official.id).where(Official.full_name == "H'Linh Byă").scalar_subquery()
    session.execute(update(Appointment).where(Appointment.official_id == head).values(is_head=True))

    found = search(session, actor, Asked(agency_id=house.unit.id)).people

    assert [(person.full_name, person.is_head) for person in found[:2]] == [
        ("H'Linh Byă", True),
        ("Lê Văn Giang", False),
    ]


def test_agency_is_listed_with_what_is_below(session: Session, actor: Actor, house: House, staff: None) -> None:
    """Down the tree one agency's people follow the other's, and no other agency's are among them."""
    hire(session, actor, house.department, "Lê Zung")
    hire(session, actor, house.elsewhere, "Lê Khác")

    found = search(session, actor, Asked(agency_id=house.province.id)).people

    assert [person.agency_name for person in found] == ["Sở Nội vụ"] + ["Phòng Tổ chức"] * len(NAMES)


@pytest.mark.parametrize("where", ["everywhere", "agency"])
def test_pages_follow_each_other(session: Session, actor: Actor, house: House, where: str) -> None:
    """Page by page everybody is shown once, in the order of one long page."""
    hire(session, actor, house.unit, *["Lê Anh", "Lê Ánh", "Lê Ảnh Ý", "Lê Anh Bảo"] * 3)
    asked = Asked("anh", agency_id=house.province.id if where == "agency" else None)
    seen: list[Colleague] = []
    after = None

    while True:
        page = search(session, actor, replace(asked, after=after, limit=5))
        seen += page.people
        if (after := page.after) is None:
            break

    assert len({person.public_id for person in seen}) == 12
    assert seen == list(search(session, actor, asked).people)


@pytest.mark.parametrize("after", ["x", "0.x", ".", "9.x", "0"])
def test_unknown_place_gives_nothing(session: Session, actor: Actor, house: House, staff: None, after: str) -> None:
    """A page that begins after nobody is empty."""
    for agency_id in (None, house.unit.id):
        assert names(session, actor, "anh", after=after, agency_id=agency_id) == []


def test_whoever_holds_no_post_is_not_listed(session: Session, actor: Actor, house: House, staff: None) -> None:
    """Those who left, or have not come yet, are not among the colleagues."""
    past, future = enlist(
        session, actor, [Newcomer(house.unit.id, name, valid_from=LONG_AGO) for name in ("Lê Cũ", "Lê Mới")]
    )
    session.execute(update(Appointment).where(Appointment.official_id == past.id).values(valid_to=actor.today))
    session.execute(
        update(Appointment)
        .where(Appointment.official_id == future.id)
        .values(valid_from=actor.today.replace(year=2090))
    )

    assert names(session, actor, "cu") == names(session, actor, "moi") == []
    with pytest.raises(NotFound):
        colleague(session, actor, past.public_id)


def test_page_costs_the_same_statements_for_any_rows(session: Session, actor: Actor, house: House, staff: None) -> None:
    """A page of eight costs as many statements as a page of one."""
    with statements(session) as one:
        search(session, actor, Asked("an", limit=1))
    with statements(session) as eight:
        search(session, actor, Asked(agency_id=house.province.id, limit=8))

    assert len(one) == len(eight) == 2


@pytest.mark.parametrize("typed", ["noi vu", "nội vụ", "SỞ NỘI", "so"])
def test_agencies_are_found_by_their_words(session: Session, anybody: Actor, house: House, typed: str) -> None:
    """Words that begin words of an agency's name offer it, open ones only."""
    found_agency(session, replace(anybody, is_system=True), [Founding("province", "Tỉnh Nội Bài", code="H99")])

    assert [agency.name for agency in agencies_called(session, anybody, typed)] == ["Sở Nội vụ"]


@pytest.mark.parametrize("typed", ["nợi", "", "%", "105", "a@b"])
def test_other_text_offers_no_agency(session: Session, anybody: Actor, house: House, typed: str) -> None:
    """Other marks, signs and numbers offer no agency."""
    assert agencies_called(session, anybody, typed) == []


def test_programs_find_nobody(session: Session, anybody: Actor, house: House, staff: None) -> None:
    """The telephone list is for people: a token carries nothing of it away, and neither does nobody."""
    for who in (replace(anybody, within=house.unit.id), replace(anybody, account_id=None)):
        with pytest.raises(NotAllowed):
            search(session, who, Asked("anh"))
        with pytest.raises(NotAllowed):
            colleague(session, who, "x")
        with pytest.raises(NotAllowed):
            agencies_called(session, who, "so")
