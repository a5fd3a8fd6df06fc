"""The target's own rules: schema, uniqueness, constraints, and who sees what."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ldap3 import Connection

from stack.secret_files import ssha512
from tests.stack.entries import DOMAIN, ROOT, Tree, bind, bind_service, read
from tests.stack_fixtures import Servers

SUCCESS, CONFIDENTIALITY_REQUIRED, CONSTRAINT_VIOLATION, INVALID_CREDENTIALS, NO_ACCESS = 0, 13, 19, 49, 50


@pytest.fixture
def mailreader(slapd: Servers) -> Iterator[Connection]:
    """A connection of Dovecot's and Postfix's service entry."""
    connection = bind_service(slapd, "mailreader")
    yield connection
    connection.unbind()


def test_every_kind_of_entry_is_taken(tree: Tree) -> None:
    """The schema has what docs/architecture.md says of people, role mailboxes, app passwords and domains."""
    person = tree.add_mailbox(cvAgencyCode="H17.05", cvQuota=1_000)
    tree.add_app_password(person, description="Điện thoại")

    code = tree.add(
        f"cvMailboxId=rb1,ou=mailboxes,{ROOT}",
        ["cvRoleMailbox", "cvMailbox"],
        cvMailboxId="rb1",
        displayName="Văn phòng Sở",
        cvAgencyCode="H17.05",
        mail=f"vanphong@{DOMAIN}",
        cvAddress=[f"vanphong@{DOMAIN}", f"vp@{DOMAIN}"],
        cvReceiveOnly=[f"vp@{DOMAIN}"],
    )

    assert code == SUCCESS


def test_an_address_has_one_owner_over_all_branches(tree: Tree) -> None:
    """A role mailbox cannot take an address that a person has as an alias."""
    tree.add_mailbox(f"chung@{DOMAIN}")

    code = tree.add(
        f"cvMailboxId=rb2,ou=mailboxes,{ROOT}",
        ["cvRoleMailbox", "cvMailbox"],
        cvMailboxId="rb2",
        cvAddress=[f"rieng@{DOMAIN}", f"chung@{DOMAIN}"],
    )

    assert code == CONSTRAINT_VIOLATION


def test_an_address_cannot_be_moved_to_a_second_owner(tree: Tree) -> None:
    """A change is held to the same rule as a new entry."""
    tree.add_mailbox(f"mot-chu@{DOMAIN}")
    other = tree.add_mailbox()

    assert tree.set(other.dn, cvAddress=[other.address, f"mot-chu@{DOMAIN}"]) == CONSTRAINT_VIOLATION


def test_writers_that_race_do_not_share_an_address(slapd: Servers, tree: Tree, tmp_path: Path) -> None:
    """Two writers ask for the same 300 addresses at the same time; each address goes to one of them."""
    wanted = [f"tranh-nhau-{number}@{DOMAIN}" for number in range(300)]
    password = ["-y", str(slapd.secrets / "ldap_provisioner"), "-D", f"cn=provisioner,ou=services,{ROOT}"]
    writers = []
    for side in "ab":
        (tmp_path / side).write_text("".join(racer(f"{side}{number}", name) for number, name in enumerate(wanted)))
        command = ["ldapadd", "-x", "-c", "-H", slapd.slapd.local_uri, "-f", str(tmp_path / side), *password]
        writers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    codes = {writer.wait() for writer in writers}

    tree.connection.search(f"ou=mailboxes,{ROOT}", "(description=racer)", attributes=["cvAddress"])
    won = sorted(address for entry in tree.connection.entries for address in entry.cvAddress.values)
    assert CONSTRAINT_VIOLATION in codes
    assert won == sorted(wanted)


def racer(mailbox_id: str, address: str) -> str:
    """One entry of the race, as LDIF."""
    return (
        f"dn: cvMailboxId=race-{mailbox_id},ou=mailboxes,{ROOT}\nobjectClass: cvRoleMailbox\nobjectClass: cvMailbox\n"
        f"cvMailboxId: race-{mailbox_id}\ncvState: active\ncvRevision: 1\ndescription: racer\ncvAddress: {address}\n\n"
    )


def test_a_storage_id_has_one_mailbox(tree: Tree) -> None:
    """Two mailboxes never share a folder, while app passwords repeat the id of theirs."""
    first, second = tree.add_client(), tree.add_mailbox()

    assert tree.set(second.dn, cvMailboxId=first.id) == CONSTRAINT_VIOLATION


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("cvState", "asleep"),
        ("cvState", "ACTIVE"),
        ("cvMailboxId", "../../etc"),
        ("cvMailboxId", "MB1"),
        ("cvAddress", f"Viết.Hoa@{DOMAIN}"),
        ("cvAddress", "khong-co-ten-mien"),
        ("cvAddress", f"hai@hai@{DOMAIN}"),
        ("cvReceiveOnly", "*"),
    ],
)
def test_values_that_would_harm_are_refused(tree: Tree, attribute: str, value: str) -> None:
    """The target itself refuses what a fault of the service could write."""
    mailbox = tree.add_mailbox()

    assert tree.set(mailbox.dn, **{attribute: value}) in {CONSTRAINT_VIOLATION, 21}


@pytest.mark.parametrize("password", ["ro-chu", "{SSHA}aGFzaA==", [ssha512("mot"), ssha512("hai")]])
def test_an_app_password_is_one_strong_hash(tree: Tree, password: object) -> None:
    """Clear text, an old hash or a second password beside the first are refused."""
    mailbox = tree.add_mailbox()
    device = tree.add_app_password(mailbox)

    assert tree.set(f"cvDeviceId={device},{mailbox.dn}", userPassword=password) == CONSTRAINT_VIOLATION


def test_a_person_is_never_given_a_password(tree: Tree) -> None:
    """Not even with a new entry can the service write a password on a person."""
    person = {"uid": "cvkhongmk", "cn": "Không", "sn": "Không", "userPassword": ssha512("x")}

    code = tree.add(f"uid=cvkhongmk,ou=people,{ROOT}", ["inetOrgPerson", "cvAccount"], **person)

    assert code == NO_ACCESS


def test_the_mail_servers_see_no_hash_and_no_name(tree: Tree, mailreader: Connection) -> None:
    """They read what delivery and sign-in need, neither hashes nor names nor agencies."""
    mailbox = tree.add_mailbox(cvAgencyCode="H17.05")
    device = tree.add_app_password(mailbox)

    seen = {*read(mailreader, mailbox.dn), *read(mailreader, f"cvDeviceId={device},{mailbox.dn}")}

    expected = {"objectClass", "cvState", "cvMailboxId", "cvAddress", "cvDeviceId", "cvDeviceKey", "cvScope"}
    assert seen == expected


def test_the_mail_servers_change_nothing(tree: Tree, mailreader: Connection) -> None:
    """Their password, if it leaks, writes nothing."""
    mailbox = tree.add_mailbox()

    mailreader.modify(mailbox.dn, {"cvState": [("MODIFY_REPLACE", ["disabled"])]})

    assert mailreader.result["result"] == NO_ACCESS


def test_a_stranger_sees_nothing(slapd: Servers, tree: Tree) -> None:
    """Without a bind there is no tree."""
    mailbox = tree.add_mailbox()

    stranger = bind(slapd, "", "")

    assert read(stranger, mailbox.dn) == {}
    stranger.unbind()


def test_an_app_password_sees_nothing(slapd: Servers, tree: Tree) -> None:
    """It binds, which proves it, and may read not even its own entry."""
    mailbox = tree.add_client()
    device = tree.add_app_password(mailbox)
    dn = f"cvDeviceId={device},{mailbox.dn}"

    client = bind(slapd, dn, mailbox.passwords[1])

    assert (client.result["result"], read(client, dn)) == (SUCCESS, {})
    client.unbind()


def test_a_sign_in_changes_no_entry(slapd: Servers, tree: Tree) -> None:
    """A bind leaves no time in the entry, so an entry changes only when the service writes."""
    mailbox = tree.add_client()
    device = tree.add_app_password(mailbox)
    dn = f"cvDeviceId={device},{mailbox.dn}"
    before = read(tree.connection, dn, "entryCSN")

    bind(slapd, dn, mailbox.passwords[1]).unbind()

    assert read(tree.connection, dn, "entryCSN") == before


def test_the_service_cannot_change_the_services(slapd: Servers, tree: Tree) -> None:
    """The provisioner's password opens people, mailboxes and domains, not the other services."""
    assert tree.set(f"cn=mailreader,ou=services,{ROOT}", userPassword=ssha512("moi")) == NO_ACCESS


def test_the_service_cannot_remove_a_branch(slapd: Servers, tree: Tree) -> None:
    """The tree above the entries is the operator's."""
    tree.connection.delete(f"ou=services,{ROOT}")

    assert tree.connection.result["result"] == NO_ACCESS


def ldapwhoami(servers: Servers, *words: str) -> int:
    """The result of a bind as the provisioner over the network."""
    password = ["-y", str(servers.secrets / "ldap_provisioner")]
    return subprocess.run(
        ["ldapwhoami", "-x", "-H", servers.slapd.uri, "-D", f"cn=provisioner,ou=services,{ROOT}", *password, *words],
        env={"LDAPTLS_CACERT": str(servers.certificate.authority)},
        capture_output=True,
        check=False,
    ).returncode


def test_a_bind_without_tls_is_refused(slapd: Servers) -> None:
    """No password crosses the wire in clear text unpunished."""
    assert ldapwhoami(slapd) == CONFIDENTIALITY_REQUIRED


def test_a_bind_under_tls_is_taken(slapd: Servers) -> None:
    """With the stack's own authority StartTLS holds by address."""
    assert ldapwhoami(slapd, "-ZZ") == SUCCESS
