"""What must hold after any fault: everybody is there, once, as the book says, and nothing more."""

from __future__ import annotations

from sqlalchemy import select

from directory.accounts import Account
from directory.base import system
from directory.desired import wanted
from provisioning.ldap import messages
from provisioning.ldap.target import LdapTarget
from provisioning.reconcile.changes import changes
from provisioning.reconcile.tables import EntryStatus
from tests.conftest import NOW
from tests.engines import Engine


def assert_all_is_real(engine: Engine, target: LdapTarget) -> None:
    """Assert that nothing is due or failed, each account has its one entry as wanted, and was welcomed once."""
    assert engine.due() == 0
    with engine.outbox.transaction() as session:
        ids = session.scalars(select(Account.id)).all()
        wants = wanted(session, system(NOW, "test"), [("account", each) for each in ids])
        failed = session.scalars(select(EntryStatus.reason).where(EntryStatus.state != "ok")).all()
    seen = target.observe([want.entry.name for want in wants.values()])
    assert failed == []
    assert [changes(want.entry, seen.get(want.entry.name)) for want in wants.values()] == [[]] * len(ids)
    assert people_in(target) == len(ids)
    assert engine.welcomes() == len(ids)


def people_in(target: LdapTarget) -> int:
    """Count the entries of people, by reading the whole branch."""
    [reply] = target.channels.exchange([messages.search("ou=people,dc=gov,dc=vn", ["objectClass"])])
    return sum("cvAccount" in attributes.get("objectClass", ()) for _, attributes in reply.entries)
