"""Which target an entry stands in. The book knows targets by name; the settings know where they are.

A domain names its target. A mailbox and a mailing list live where the domains of their addresses do, all of them in
one target; an account lives with its mailbox. PostgreSQL keeps it so (migration 0024), and what lives somewhere stays.
"""

from __future__ import annotations

DEFAULT = "default"
"""The target of a domain for which none was chosen, and the only one of most services."""
NAME = r"^[a-z][a-z0-9-]{0,30}$"
"""How a target may be called: it stands in names of settings, jobs and metrics."""

HOMES = {
    "account": "COALESCE((SELECT target FROM mailboxes WHERE mailboxes.account_id = accounts.id), 'default')",
    "mailbox": "mailboxes.target",
    "domain": "domains.target",
    "mailing_list": "mailing_lists.target",
    "agency": f"'{DEFAULT}'",
    "group": f"'{DEFAULT}'",
}
"""For each kind of subject, the expression over its table that gives the target of its entry."""
