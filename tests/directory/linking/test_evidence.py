"""What an entry tells of a person, and how far it speaks for an account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from directory.linking.evidence import Candidate, Clues, Found, clues_of, is_person, shown_of, weigh

AN = Candidate(
    account_id=1,
    number="cv2a3b4c5d",
    name="Nguyễn Văn An",
    mailbox_id="m1",
    staff_number="CB-12",
    addresses=frozenset({"annv@tinh.gov.vn"}),
    agencies=frozenset({"so noi vu", "h36.05"}),
)
BINH = replace(AN, account_id=2, number="cv2a3b4c5e", mailbox_id="m2", name="Trần Thị Bình", staff_number="CB-13")
NAMED = {"names": frozenset({"nguyen van an"})}


def entry(**attributes: tuple[str, ...]) -> Found:
    """Give an entry of another program."""
    classes = {"objectClass": ("inetOrgPerson",)}
    name = (("cn", "An"), ("ou", "Sở Nội vụ"), ("ou", "Users"))
    return Found("cn=An,ou=Sở Nội vụ,ou=Users", name, "1", {**classes, **attributes})


def judged(clues: Clues, *candidates: Candidate) -> list[tuple[int, str, tuple[str, ...]]]:
    """Weigh, and give what came of it as plain values."""
    return [(each.account_id, each.confidence, each.reasons) for each in weigh(clues, candidates)]


@pytest.mark.parametrize(
    ("clues", "confidence", "reasons"),
    [
        (Clues(marks=frozenset({"cv2a3b4c5d"})), "certain", ("mark",)),
        (Clues(marks=frozenset({"m1"})), "certain", ("mark",)),
        (Clues(addresses=frozenset({"annv@tinh.gov.vn"}), **NAMED), "certain", ("address", "name")),
        (Clues(numbers=frozenset({"CB-12"}), **NAMED), "likely", ("staff_number", "name")),
        (Clues(addresses=frozenset({"annv@tinh.gov.vn"})), "unsure", ("address", "other_name")),
        (Clues(agencies=frozenset({"so noi vu"}), **NAMED), "likely", ("name", "agency")),
    ],
)
def test_confidence_follows_from_what_speaks_for_it(clues: Clues, confidence: str, reasons: tuple[str, ...]) -> None:
    """An own mark is certain by itself; an address needs the name beside it; name and agency alone are likely."""
    assert judged(clues, AN) == [(1, confidence, reasons)]


def test_personal_id_with_the_name_is_certain() -> None:
    """The personal ID number and the name leave no doubt."""
    assert judged(Clues(**NAMED), replace(AN, has_personal_id=True)) == [(1, "certain", ("personal_id", "name"))]


def test_name_alone_says_nothing() -> None:
    """A name without an agency is no reason to propose anybody."""
    assert judged(Clues(**NAMED), AN) == []


def test_given_name_may_come_first() -> None:
    """Who writes the family name last means the same person."""
    clues = Clues(names=frozenset({"van an nguyen"}), agencies=frozenset({"h36.05"}))

    assert judged(clues, AN) == [(1, "likely", ("name", "agency"))]


def test_namesakes_at_an_agency_are_unsure() -> None:
    """Of two people with one name at one agency neither is proposed without a doubt."""
    namesake = replace(AN, account_id=3, number="cv2a3b4c5f")

    found = judged(Clues(agencies=frozenset({"so noi vu"}), **NAMED), AN, namesake)

    assert found == [(1, "unsure", ("name", "agency", "namesakes")), (3, "unsure", ("name", "agency", "namesakes"))]


def test_values_that_point_to_two_people_are_unsure() -> None:
    """An entry with the address of one and the staff number of another is for a person to judge."""
    clues = Clues(marks=frozenset({"m2"}), addresses=frozenset({"annv@tinh.gov.vn"}), **NAMED)

    found = judged(clues, AN, replace(BINH, addresses=frozenset()))

    assert found == [
        (1, "unsure", ("address", "name", "points_to_several")),
        (2, "unsure", ("mark", "points_to_several")),
    ]


def test_what_tells_apart_goes_before_a_namesake() -> None:
    """Where an address says who it is, somebody else of the same name is not proposed."""
    namesake = replace(AN, account_id=3, number="cv2a3b4c5f", addresses=frozenset(), staff_number=None)
    clues = Clues(addresses=frozenset({"annv@tinh.gov.vn"}), agencies=frozenset({"so noi vu"}), **NAMED)

    assert judged(clues, AN, namesake) == [(1, "certain", ("address", "name"))]


def test_clues_are_read_from_the_attributes_of_many_programs() -> None:
    """Addresses of Exchange, numbers of AD and agencies from the name of the entry are understood."""
    clues = clues_of(
        entry(
            displayName=("Nguyễn Văn  An",),
            proxyAddresses=("SMTP:AnNV@tinh.gov.vn", "x500:/o=tinh"),
            employeeID=("001085012345",),
            employeeNumber=("CB-12",),
            department=("Phòng Tổ chức",),
        )
    )

    assert clues.names == {"nguyen van an"}
    assert clues.addresses == {"annv@tinh.gov.vn"}
    assert clues.personal_ids == {"001085012345"}
    assert clues.numbers == {"001085012345", "CB-12"}
    assert clues.agencies == {"phong to chuc", "so noi vu", "users"}


def test_parts_of_a_name_make_a_name() -> None:
    """An entry that has only family and given names tells a name all the same."""
    assert clues_of(entry(sn=("Nguyễn",), givenName=("Văn An",))).names == {"nguyen van an"}


def test_what_is_shown_is_name_address_and_agency() -> None:
    """Whoever reviews sees no number of a person."""
    shown = shown_of(entry(cn=("An",), mail=("an@tinh.gov.vn",), ou=("Sở Nội vụ",), employeeID=("001085012345",)))

    assert shown == {"name": "An", "address": "an@tinh.gov.vn", "agency": "Sở Nội vụ"}


@pytest.mark.parametrize(
    ("attributes", "is_meant"),
    [
        ({}, True),
        ({"objectClass": ("posixAccount", "account")}, True),
        ({"objectClass": ("organizationalUnit",)}, False),
        ({"objectClass": ("user", "computer")}, False),
        ({"objectClass": ("inetOrgPerson", "cvAccount")}, False),
        ({"objectClass": ("inetOrgPerson", "cvAccount"), "cvAccountNumber": ("cv2a3b4c5d",)}, True),
    ],
)
def test_only_entries_of_people_are_meant(attributes: dict[str, tuple[str, ...]], *, is_meant: bool) -> None:
    """Folders, machines and entries of our own making are nobody's to link."""
    assert is_person(entry(**attributes)) is is_meant


def test_name_that_cannot_be_written_is_left_out() -> None:
    """An entry whose name has several attributes in one part is not proposed."""
    assert not is_person(replace(entry(), name=()))
