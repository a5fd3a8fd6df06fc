"""What a decision about an official brings, said in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from directory.lifecycle import Consequence
from provisioning.languages import N_
from provisioning.web.language import day, gettext
from provisioning.web.words import word

SENTENCES = {
    "account_again": N_("The account {number} is used again; an official has one account for life."),
    "account_closes": N_("The account {number} is closed."),
    "account_moves": N_("The account {number} goes on with this record, with its mailbox, addresses and credentials."),
    "account_stays": N_("Account, mailbox, addresses and roles stay as they are."),
    "address_alias": N_("The address {address} gives way to a new one and still receives for {days} days."),
    "address_alias_for_good": N_("The address {address} gives way to a new one and still receives, without an end."),
    "address_back": N_("The address {address} is theirs again."),
    "address_back_or_new": N_("They get an address of the agency; {address} is theirs again too."),
    "address_new": N_("They get a new address; the old one is no longer kept for them."),
    "address_first": N_("If it is to be the official address, it is the first one."),
    "address_goes_on": N_("If it is to be the official address, {address} goes on beside it, without an end yet."),
    "address_goes_on_until": N_(
        "If it is to be the official address, {address} goes on beside it until {until}; then mail to that one is"
        " refused, and nobody else gets it for {days} days."
    ),
    "address_is_refused": N_("Mail to {address} is refused already, because its domain has retired."),
    "address_kept": N_("The address {address} stays."),
    "address_stays": N_("The address {address} stays, as the policy of the agency says."),
    "addresses_merged": N_("{addresses}: mail to it comes to the mailbox of the record that goes on, as an alias."),
    "addresses_quarantined": N_("{addresses}: mail to it is refused, and nobody else gets it for {days} days."),
    "api_tokens_end": N_("API tokens that end: {count}."),
    "app_passwords_end": N_("App passwords that end and cannot be brought back: {count}."),
    "app_passwords_sleep": N_("App passwords that are refused until the account is reinstated: {count}."),
    "app_passwords_wake": N_("App passwords that work again: {count}."),
    "cannot_be_undone": N_("This cannot be undone. Make sure that both records are of the same person."),
    "credentials_stay": N_("Password, second factor, app passwords and open sessions stay as they are."),
    "holdings_end": N_("Role mailboxes held that nobody holds then unless you hand them over first: {mailboxes}."),
    "holdings_sleep": N_("Role mailboxes that they cannot open meanwhile: {mailboxes}."),
    "holdings_stay": N_("Role mailboxes that they go on holding until you hand them over: {mailboxes}."),
    "holdings_wake": N_("Role mailboxes that they can open again: {mailboxes}."),
    "mail_is_back": N_("The mail of before is in the mailbox again."),
    "mail_is_gone": N_("The mail of before is no longer kept; the mailbox begins empty."),
    "mail_refuses": N_("Mail clients are refused within seconds; open mail sessions end within a minute."),
    "mail_waits": N_("Mail still arrives and is kept. Nothing is deleted; you can reinstate the account at any time."),
    "mailbox_kept": N_(
        "What is in the mailbox is kept for {months} months (until {until} if it is today); nobody opens it."
    ),
    "mailbox_stays_apart": N_("What is in the mailbox of the closed account stays there unseen; it is not moved."),
    "may_forward": N_(
        "While the mailbox is kept, mail can go on to another mailbox, if you name one; it is not refused then."
    ),
    "may_not_forward": N_("The policy of the agency does not let mail go on to somebody else."),
    "name_everywhere": N_("The new name stands in the directory, in LDAP and on all pages within seconds."),
    "no_account": N_("There is no account; it can be opened afterwards."),
    "other_account_closes": N_("The account {number} of the record that is closed ends."),
    "plan_gives_way": N_(
        "The transfer to {agency} that is planned for {since} gives way, if this one begins on that day or before."
    ),
    "post_ends_by_itself": N_("The post ends by itself at midnight after its last day."),
    "posts_end": N_("All posts end: {agencies}."),
    "posts_merged": N_("Posts of other years go to the record that goes on; those in the same days stand there once."),
    "primary_stays": N_("The main post at {agency} goes on, and with it who looks after this record."),
    "roles_end": N_("Roles that end: {roles}."),
    "roles_not_back": N_("Roles, role mailboxes and app passwords of before do not come back."),
    "roles_sleep": N_("Roles that cannot be used meanwhile: {roles}."),
    "roles_stay": N_("Roles that stay until somebody withdraws them: {roles}."),
    "roles_wake": N_("Roles that can be used again: {roles}."),
    "sessions_end": N_("Open sessions that end: {count}; signing in to the portal is refused then."),
    "sign_in_again": N_("Signing in works again with the same password and second factor."),
    "slip_needed": N_("They need an activation slip again: no password or second factor of before is good any more."),
}
"""A sentence for each code of `directory.lifecycle.consequences`."""


def said(found: Iterable[Consequence]) -> list[str]:
    """Say consequences in the language of the request."""
    return [gettext(SENTENCES[each.code], **_fields(each)) for each in found]


def _fields(consequence: Consequence) -> dict[str, object]:
    """Give what fills a sentence in: days and roles in words."""
    fields = dict(consequence.fields)
    fields |= {name: day(value) for name, value in fields.items() if isinstance(value, date)}
    if isinstance(roles := fields.get("roles"), tuple):
        fields["roles"] = ", ".join(f"{word('role', role)} ({agency})" for role, agency in roles)
    return fields
