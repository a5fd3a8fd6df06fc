"""Entries that were there before become accounts' entries on real servers, and mail never stops for a moment."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from ldap3 import MODIFY_REPLACE, Connection

from directory.lifecycle import suspend
from directory.linking import READ, conclude, propose
from provisioning.outbox import Outbox
from provisioning.reconcile import linking
from provisioning.reconcile.changes import CHANGED
from provisioning.reconcile.scan import Scanner
from tests.stack.entries import ROOT
from tests.stack.existing import Prober, add_official, attributes_of, old_lookup, owner_of
from tests.stack.mail_clients import answer_to, imap, letter, outsider, wait_for_mail
from tests.stack.offices import Office
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.slow

LEFT = f"ou=Left,{ROOT}"
NAMES = [
    f"{family} Văn {given}" for family in ("Nguyễn", "Trần", "Lê", "Phạm") for given in ("An", "Bình", "Chi", "Dũng")
]


@pytest.fixture
def office(own_servers: Servers, outbox: Outbox) -> Iterator[Office]:
    """Give a book whose domains are real."""
    office = Office(own_servers.need("mail"), outbox)
    yield office
    office.engine.target.close()


@pytest.fixture
def owner(own_servers: Servers, office: Office) -> Iterator[Connection]:
    """Give the tree's owner."""
    connection = owner_of(own_servers)
    yield connection
    connection.unbind()


def confirm(office: Office) -> int:
    """Propose over the old branch, and confirm what is certain."""
    engine = office.engine
    engine.now += timedelta(minutes=1)
    met, proposed = 0, 0
    for page in engine.target.survey("ou=Users", READ):
        with engine.outbox.transaction() as session:
            met, proposed = met + len(page), proposed + propose(session, engine.actor, page)
    with engine.outbox.transaction() as session:
        conclude(session, engine.actor, "ou=Users", engine.now)
    with engine.kept_still(), engine.outbox.transaction() as session:
        certain = linking.refs_of(session, engine.actor, "certain")
        assert certain, f"of {met} entries that were met, {proposed} may be somebody's, and none of them surely"
        return linking.confirm(session, engine.actor, certain)


def test_mail_never_stops_while_entries_are_adopted(office: Office, owner: Connection) -> None:
    """Asked all the time, Postfix takes mail for every address: by the old entry before, by the same one after."""
    people = office.hire(*NAMES)
    addresses = list(people.values())
    dns = [add_official(owner, name, address) for name, address in zip(NAMES, addresses, strict=True)]
    before = [attributes_of(owner, dn) for dn in dns]
    prober = Prober(office.servers, addresses)

    with old_lookup(office.servers), prober.asking():
        confirmed = confirm(office)
        office.settle()
    after = [attributes_of(owner, dn) for dn in dns]

    assert confirmed == len(NAMES)
    assert set(prober.answers) == {250}
    assert len(prober.answers) >= 2 * len(NAMES)
    assert {answer_to(office.servers, address) for address in addresses} == {250}
    for old, new in zip(before, after, strict=True):
        assert {name: new[name] for name in old if name != "objectClass"} == {
            name: values for name, values in old.items() if name != "objectClass"
        }
        assert set(old["objectClass"]) < set(new["objectClass"])


def test_adopted_mailbox_is_used_like_any_other(office: Office, owner: Connection) -> None:
    """A mail client signs in with an app password below the old entry, and reads what came."""
    [(number, address)] = office.hire("Nguyễn Văn An").items()
    add_official(owner, "Nguyễn Văn An", address)
    confirm(office)
    password = office.password(number)
    office.settle()

    with outsider(office.servers) as client:
        client.send_message(letter("ai-do@example.com", address, "Vao hop thu cu"))

    with imap(office.servers, address, password) as client:
        text = wait_for_mail(client)

    assert "Vao hop thu cu" in text


def test_entry_that_somebody_changed_is_not_adopted(office: Office, owner: Connection) -> None:
    """The write holds for the version that was proposed: a change in between is never written over."""
    [(number, address)] = office.hire("Nguyễn Văn An").items()
    dn = add_official(owner, "Nguyễn Văn An", address)
    confirm(office)
    owner.modify(dn, {"description": [(MODIFY_REPLACE, ["Đã nghỉ"])]})
    before = attributes_of(owner, dn)

    office.settle()

    status = office.engine.status(number)
    assert status is not None
    assert (status.state, status.reason) == ("refused", CHANGED.message)
    assert attributes_of(owner, dn) == before


def test_what_is_not_linked_is_left_alone(office: Office, owner: Connection) -> None:
    """The entry of a stranger has the same version after everything else was written."""
    stranger = add_official(owner, "Đặng Thị Hoa", "hoadt@noikhac.gov.vn")
    [(_, address)] = office.hire("Nguyễn Văn An").items()
    add_official(owner, "Nguyễn Văn An", address)
    before = attributes_of(owner, stranger)

    confirm(office)
    office.settle()

    assert attributes_of(owner, stranger) == before


def test_scan_knows_adopted_entries(office: Office, owner: Connection) -> None:
    """A full scan and one of changes meet adopted entries where they stand, and tell no stranger among them."""
    [(number, address)] = office.hire("Nguyễn Văn An").items()
    dn = add_official(owner, "Nguyễn Văn An", address)
    add_official(owner, "Đặng Thị Hoa", "hoadt@noikhac.gov.vn")
    confirm(office)
    office.settle()
    scanner = Scanner(office.engine.outbox, office.engine.target, lambda: office.engine.now)

    untouched = scanner.full()
    owner.modify(dn, {"cvQuota": [(MODIFY_REPLACE, ["1"])], "description": [(MODIFY_REPLACE, ["Phòng 15"])]})
    changed = scanner.changed()
    office.settle()

    assert (untouched.restored, untouched.foreign) == (0, 0)
    assert changed.restored == 1
    entry = attributes_of(owner, dn)
    assert entry["cvQuota"] != [b"1"]
    assert entry["description"] == ["Phòng 15".encode()]
    assert entry["cvAccountNumber"] == [number.encode()]


def test_suspension_follows_a_rename(office: Office, owner: Connection) -> None:
    """Renamed and moved by hand, the entry of whoever is suspended is shut, and mail clients no longer sign in."""
    [(number, address)] = office.hire("Nguyễn Văn An").items()
    dn = add_official(owner, "Nguyễn Văn An", address)
    confirm(office)
    password = office.password(number)
    office.settle()
    with imap(office.servers, address, password):
        pass
    owner.add(LEFT, "organizationalUnit", {"ou": "Left"})
    owner.modify_dn(dn, "cn=An\\, Nguyễn Văn", new_superior=LEFT)

    office.engine.do(suspend, number, "QĐ 12")
    office.settle()

    assert attributes_of(owner, f"cn=An\\, Nguyễn Văn,{LEFT}")["cvState"] == [b"suspended"]
    with pytest.raises(imaplib.IMAP4.error), imap(office.servers, address, password):
        pass


def test_taken_attributes_are_written(office: Office, owner: Connection) -> None:
    """What whoever confirms takes over is the directory's in the old entry too."""
    [(_, address)] = office.hire("Nguyễn Văn An").items()
    dn = add_official(owner, "Nguyễn Văn An", address)
    engine = office.engine
    [page] = engine.target.survey("ou=Users", READ)
    with engine.kept_still(), engine.outbox.transaction() as session:
        propose(session, engine.actor, page)
        refs = linking.refs_of(session, engine.actor, "certain")
        linking.confirm(session, engine.actor, refs, ("displayName", "telephoneNumber"))

    office.settle()

    entry = attributes_of(owner, dn)
    assert entry["displayName"] == ["Nguyễn Văn An".encode()]
    assert "telephoneNumber" not in entry
