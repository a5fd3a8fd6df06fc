"""What entries, their attributes and what is wrong with them are called on a page, and what to do about it."""

from __future__ import annotations

from provisioning.languages import N_
from provisioning.web.language import gettext

KINDS = {
    "account": N_("Official"),
    "mailbox": N_("Role mailbox"),
    "domain": N_("Mail domain"),
    "mailing_list": N_("Mailing list"),
    "agency": N_("Agency"),
    "group": N_("Group of an agency"),
}
"""What the subjects of entries are."""
ATTRIBUTES = {
    "cn": N_("Name"),
    "displayName": N_("Name shown"),
    "sn": N_("Family name"),
    "givenName": N_("Middle and given name"),
    "mail": N_("Address"),
    "telephoneNumber": N_("Telephone at work"),
    "cvState": N_("State"),
    "cvRevision": N_("Revision"),
    "cvAgencyCode": N_("Identifier code"),
    "cvAddress": N_("Addresses"),
    "cvQuota": N_("Quota"),
    "cvMember": N_("Members"),
    "member": N_("Members"),
    "userPassword": N_("App password"),
}
"""What attributes are called; the others keep the names they have on the server, where they are looked for."""


def attribute(name: str) -> str:
    """Give what an attribute is called."""
    return gettext(ATTRIBUTES[name]) if name in ATTRIBUTES else name


_BY_HAND = N_("Look at the entry on the LDAP server, put right there what stands in the way, then try again.")
_SCHEMA = N_("Load this version's schema into the LDAP server (deploy/slapd/congvu.ldif), then try all of them again.")
ADVICE = {
    "Another entry of the LDAP server has one of these addresses, or a value breaks a rule there.": N_(
        "Search the LDAP server for the address: an entry that is not of this directory has it."
        " Take it away there, or give another one here, then try again."
    ),
    "The entry on the LDAP server lacks an attribute that should be there.": _BY_HAND,
    "The LDAP server does not know one of our attributes: its schema is older than this program.": _SCHEMA,
    "A value is there twice.": _BY_HAND,
    "The LDAP server does not accept the form of a value.": N_(
        "Look in the record for signs that do not belong into a name or a number, correct it, then try again."
    ),
    "The LDAP server does not accept the name of this entry.": _SCHEMA,
    "The LDAP server does not let this program write here: its access rules were changed.": N_(
        "Give cn=provisioner back the right to write (deploy/slapd/config.ldif.in), then try all of them again."
    ),
    "The LDAP server's rules for this kind of entry forbid this: its schema may be older than this program.": _SCHEMA,
    "Another program has put entries below this one, so it cannot be removed.": N_(
        "Remove on the LDAP server what others have put below this entry, then try again."
    ),
    "The LDAP server refused this.": _BY_HAND,
    "The branch of the LDAP tree to which this entry belongs is missing.": N_(
        "Add the missing branch to the LDAP server (deploy/slapd/README.md says how), then try all of them again."
    ),
    "The LDAP server cannot write now.": N_(
        "They are written by themselves. If it stays so, see whether the server has room on its disk."
    ),
    "The entry on the LDAP server is newer than the directory. Was the database restored from a backup?"
    " Compare both before you try again.": N_(
        "Look into the audit for what was lost, put the record right, then write the entry anew, above on this page."
    ),
    "Somebody who is to be kept out of mail still gets in: the LDAP server did not let the entry be closed.": N_(
        "Close the entry by hand at once (cvState: disabled), then put right what the server said;"
        " it is tried again by itself."
    ),
    "Mail to this closed mailing list is still delivered: the LDAP server did not let its entry be closed.": N_(
        "Close the entry by hand at once (cvState: disabled): it may stand under another name, so look for its"
        " addresses (cvAddress). Then put right what the server said; it is tried again by itself."
    ),
    "Others renamed this entry. Give it back the name that it had, then try again.": N_(
        "The entry stands on the LDAP server under the name shown. Rename it back there."
        " Nobody who was shut out gets in meanwhile."
    ),
    "Another entry of this directory still has one of these addresses; it is taken away there first.": N_(
        "It is written by itself within seconds. If it stays so, look for the other entry below:"
        " it could not be written either."
    ),
    "The entry kept changing while it was being written.": N_(
        "Another program writes the same entry again and again. Find it and stop it; it is tried again by itself."
    ),
    "The entry is right, but the mail server did not answer when open mail sessions were to be ended.": N_(
        "Who was shut out may still read mail in an open session. See that Dovecot runs; it is tried again by itself."
    ),
}
"""What to do, by the reason for which an entry could not be made real."""


def advice(reason: str) -> str:
    """Give what to do about a reason; nothing if the reason itself says so."""
    return gettext(ADVICE[reason]) if reason in ADVICE else ""
