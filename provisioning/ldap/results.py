"""What a result code means: done, look again, try later, or a person must look (and why, in plain words)."""

from __future__ import annotations

from provisioning.languages import N_
from provisioning.ldap.messages import Reply
from provisioning.ports import Add, Change, Outcome, Reason

SUCCESS = 0
NO_SUCH_OBJECT = 32
STALE = frozenset({NO_SUCH_OBJECT, 68, 122})
"""Gone, there already, or changed since: our picture is old. The first two come after a lost reply as well."""
LATER = frozenset({1, 3, 10, 51, 52, 53, 80})
"""Operations error, too slow, a referral (this server is a copy that takes no writes), busy, unavailable, unwilling
(read-only, as a rule), disk or map full: the server's trouble, not this entry's."""

_TAKEN = 19
_BELOW_A_BRANCH = 2
REASONS = {
    _TAKEN: N_("Another entry of the LDAP server has one of these addresses, or a value breaks a rule there."),
    16: N_("The entry on the LDAP server lacks an attribute that should be there."),
    17: N_("The LDAP server does not know one of our attributes: its schema is older than this program."),
    20: N_("A value is there twice."),
    21: N_("The LDAP server does not accept the form of a value."),
    34: N_("The LDAP server does not accept the name of this entry."),
    50: N_("The LDAP server does not let this program write here: its access rules were changed."),
    65: N_("The LDAP server's rules for this kind of entry forbid this: its schema may be older than this program."),
    66: N_("Another program has put entries below this one, so it cannot be removed."),
}
OTHERWISE = N_("The LDAP server refused this.")


NO_BRANCH = N_("The branch of the LDAP tree to which this entry belongs is missing.")


def outcome(reply: Reply, change: Change) -> Outcome:
    """Give what became of a change, from the server's reply."""
    if reply.code == SUCCESS:
        return Outcome("applied", csn=reply.csn)
    attribute, value = change.name[0]
    entry = f"{attribute}={value}" if attribute else value.partition(",")[0]
    detail = {"code": str(reply.code), "server": reply.text, "entry": entry}
    if reply.code == NO_SUCH_OBJECT and isinstance(change, Add) and len(change.name) == _BELOW_A_BRANCH:
        return Outcome("refused", reason=Reason(NO_BRANCH, detail))
    if reply.code in STALE:
        return Outcome("stale")
    if reply.code in LATER:
        return Outcome("unavailable", reason=Reason(N_("The LDAP server cannot write now."), detail))
    reason = Reason(REASONS.get(reply.code, OTHERWISE), detail)
    return Outcome("refused", reason=reason, may_be_taken=reply.code == _TAKEN)
