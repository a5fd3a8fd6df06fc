"""An application that asks LDAP who works where: what it finds as `groupreader`, and what it never sees."""

from collections.abc import Iterator

import pytest
from ldap3 import SUBTREE, Connection

from tests.stack.entries import ROOT, Mailbox, Tree, bind_service, read
from tests.stack_fixtures import Servers

NO_ACCESS, NO_OBJECT = 50, 32


@pytest.fixture
def reader(slapd: Servers) -> Iterator[Connection]:
    """A connection of an application's service entry."""
    connection = bind_service(slapd, "groupreader")
    yield connection
    connection.unbind()


@pytest.fixture
def member(tree: Tree) -> Mailbox:
    """Somebody in the group of an agency, with an app password."""
    person = tree.add_client(telephoneNumber="+842438044444", cvAgencyCode="H17.05")
    name = f"ag{person.id}"
    shown = {"cvAgencyId": name, "cn": "Sở Khoa học và Công nghệ", "cvAgencyCode": "H17.05"}
    assert tree.add(f"cvAgencyId={name},ou=agencies,{ROOT}", ["cvAgency"], **shown, cvAgencyKind="department") == 0
    assert tree.add(f"cvAgencyId={name},ou=groups,{ROOT}", ["cvAgencyGroup"], **shown, member=person.dn) == 0
    return person


def test_groups_of_a_person_are_found(reader: Connection, member: Mailbox) -> None:
    """The question that applications ask, which groups somebody is in, is answered with names."""
    condition = f"(&(objectClass=cvAgencyGroup)(member={member.dn}))"

    reader.search(f"ou=groups,{ROOT}", condition, SUBTREE, attributes=["cn", "cvAgencyCode"])

    [found] = reader.response or []
    assert found["attributes"]["cn"] == ["Sở Khoa học và Công nghệ"]


def test_agency_is_found_by_its_code(reader: Connection, member: Mailbox) -> None:
    """An agency is found by its code, as long as it is active."""
    condition = "(&(objectClass=cvAgency)(cvAgencyCode=H17.05)(cvState=active))"

    reader.search(f"ou=agencies,{ROOT}", condition, SUBTREE, attributes=["cn", "cvAgencyKind"])

    assert {each["attributes"]["cvAgencyKind"][0] for each in reader.response or []} == {"department"}


def test_of_a_person_only_the_name_is_seen(reader: Connection, member: Mailbox) -> None:
    """Of people an application sees number, names, agency and state, and nothing of mail or telephone."""
    seen = read(reader, member.dn)

    assert set(seen) == {"objectClass", "uid", "cn", "sn", "cvState", "cvAgencyCode"}


def test_app_passwords_are_not_seen(reader: Connection, member: Mailbox) -> None:
    """What stands below a person's entry does not exist for an application."""
    reader.search(member.dn, "(objectClass=cvAppPassword)", SUBTREE, attributes=["*"])

    assert reader.response == []


def test_mailing_lists_are_not_seen(reader: Connection, tree: Tree) -> None:
    """Beside the groups an application does not see the mailing lists and their addresses."""
    name = f"cvListId=ds-an,ou=groups,{ROOT}"
    tree.add(name, ["cvMailingList"], cvListId="ds-an", cvAddress="ds-an@tinh.gov.vn", cvSenders="members")

    assert read(reader, name) == {}


def test_nothing_is_written(reader: Connection, member: Mailbox) -> None:
    """An application changes nothing."""
    name = f"cvAgencyId=ag{member.id},ou=groups,{ROOT}"

    reader.modify(name, {"member": [("MODIFY_DELETE", [member.dn])]})

    assert reader.result["result"] == NO_ACCESS
