"""Linking: entries that stood in an LDAP server before this directory, and the accounts that they may be of."""

from directory.linking.evidence import READ, Found
from directory.linking.proposing import conclude, may_link, propose

__all__ = ["READ", "Found", "conclude", "may_link", "propose"]
