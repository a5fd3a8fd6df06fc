"""The target over LDAP: ldap3 connects, secures and binds; a small pipeline on its socket does the rest."""

from provisioning.ldap.target import LdapTarget

__all__ = ["LdapTarget"]
