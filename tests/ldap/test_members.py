"""Attributes whose values are names of entries."""

from __future__ import annotations

from provisioning.ldap.names import below, whole


def test_names_of_members_are_whole_only_on_the_wire() -> None:
    """What names an entry below the base is told whole to the server, and nothing else is touched."""
    own = {"member": ("uid=cv23456789,ou=people", "ldap:///uid=kietnt,dc=khac"), "cn": ("Sở,dc=gov",)}

    sent = whole(own, "dc=gov,dc=vn")

    assert sent == {"member": ("uid=cv23456789,ou=people,dc=gov,dc=vn", "uid=kietnt,dc=khac"), "cn": ("Sở,dc=gov",)}
    assert below(dict(sent), "dc=gov,dc=vn") == own
