"""What a decision about an official brings, read before it is confirmed: nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor
from directory.domains import Domain
from directory.grants import Action, may
from directory.lifecycle.leaving import months_after
from directory.lifecycle.readdressing import beside
from directory.lifecycle.stakes import POLICIES, Stake, stake_of
from directory.policies import effective_values
from directory.positions import value_for


@dataclass(frozen=True)
class Consequence:
    """One thing that happens; the page has the sentence, and `fields` fill it in."""

    code: str
    fields: dict[str, object] = field(default_factory=dict)


def consequences(  # noqa: PLR0913 - each verb has one choice of its own
    session: Session,
    actor: Actor,
    verb: str,
    official_id: int,
    *,
    agency_id: int | None = None,
    into_id: int | None = None,
    new_address: bool | None = None,
) -> list[Consequence]:
    """Say what a verb would bring to an official.

    `agency_id`: where a transfer or a rehiring leads; `into_id`: the official whose record goes on after a merge;
    `new_address`: whether a new name brings a new address, where that is not left to the policy.
    """
    if into_id is not None and verb == "merge":
        has_account = session.scalar(select(Account.id).where(Account.official_id == into_id)) is not None
        verb = "merge" if has_account else "take_over"
    stake = stake_of(session, actor, official_id, Action.SUSPEND if verb in _OF_ACCOUNTS else Action.APPOINT)
    if agency_id is not None:
        may(session, actor, Action.APPOINT, agency_id)
        agency = session.get_one(Agency, agency_id)
        stake.policies.update(effective_values(session, [agency], POLICIES)[agency_id])
    return list(_VERBS[verb](actor, replace(stake, new_address=new_address)))


def of_another_official_address(session: Session, actor: Actor, agency_id: int, address: str | None) -> Consequence:
    """Say what comes of the official address of a role mailbox, or of a mailing list, when another takes its place."""
    name = (address or "").rpartition("@")[2]
    domain = session.scalar(select(Domain).where(Domain.name == name))
    if domain is None:
        return Consequence("address_first")
    if domain.state == "retired":
        return Consequence("address_is_refused", {"address": address})
    agency = session.get_one(Agency, agency_id)
    policies = effective_values(session, [agency], ["alias_days", "quarantine_days"])[agency_id]
    _, until = beside(domain, actor.today, policies["alias_days"])
    if until is None:
        return Consequence("address_goes_on", {"address": address})
    return Consequence(
        "address_goes_on_until", {"address": address, "until": until, "days": policies["quarantine_days"]}
    )


def _credentials(stake: Stake) -> Iterator[Consequence]:
    """Say what opens something now and will not any more."""
    yield Consequence("sessions_end", {"count": stake.sessions})
    if stake.app_passwords:
        yield Consequence("app_passwords_end", {"count": stake.app_passwords})
    if stake.api_tokens:
        yield Consequence("api_tokens_end", {"count": stake.api_tokens})


def _held(stake: Stake, suffix: str) -> Iterator[Consequence]:
    """Say what comes of roles and role mailboxes."""
    if stake.roles:
        yield Consequence(f"roles_{suffix}", {"roles": stake.roles})
    if stake.holds:
        yield Consequence(f"holdings_{suffix}", {"mailboxes": ", ".join(stake.holds)})


def _suspend(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("sessions_end", {"count": stake.sessions})
    yield Consequence("mail_refuses")
    if stake.app_passwords:
        yield Consequence("app_passwords_sleep", {"count": stake.app_passwords})
    yield from _held(stake, "sleep")
    yield Consequence("mail_waits")


def _reinstate(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("sign_in_again")
    if stake.app_passwords:
        yield Consequence("app_passwords_wake", {"count": stake.app_passwords})
    yield from _held(stake, "wake")


def _leave(actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("posts_end", {"agencies": ", ".join(stake.posts)})
    if stake.account is None:
        return
    yield Consequence("account_closes", {"number": stake.account.number})
    yield from _credentials(stake)
    yield from _held(stake, "end")
    months = value_for(stake.policies["mailbox_kept_months"], stake.post.title, stake.post.rank)
    until = months_after(actor.today, months) - timedelta(days=1)
    yield Consequence("mailbox_kept", {"months": months, "until": until})
    days = stake.policies["quarantine_days"]
    yield Consequence("addresses_quarantined", {"addresses": ", ".join(stake.addresses), "days": days})
    yield Consequence("may_forward" if stake.policies["forward_on_leaving"] else "may_not_forward")


def _rehire(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    if stake.account is None:
        yield Consequence("no_account")
        return
    yield Consequence("account_again", {"number": stake.account.number})
    yield Consequence("slip_needed")
    if stake.back is None:
        yield Consequence("address_new")
    elif stake.policies["keep_address"]:
        yield Consequence("address_back", {"address": stake.back})
    else:
        yield Consequence("address_back_or_new", {"address": stake.back})
    yield Consequence("mail_is_back" if stake.has_kept_mail else "mail_is_gone")
    yield Consequence("roles_not_back")


def _transfer(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    for agency, since in stake.plans:
        yield Consequence("plan_gives_way", {"agency": agency, "since": since})
    if stake.account is not None:
        yield from _address(stake)
        yield Consequence("credentials_stay")
    yield from _held(stake, "stay")


def _rename(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("name_everywhere")
    if stake.account is not None:
        yield from _address(stake)
        yield Consequence("credentials_stay")


def _address(stake: Stake) -> Iterator[Consequence]:
    """Say what comes of the primary address, by policy if it was not chosen."""
    address, days = next(iter(stake.addresses), ""), stake.policies["alias_days"]
    if stake.new_address is False:
        yield Consequence("address_kept", {"address": address})
    elif stake.new_address is None and stake.policies["keep_address"]:
        yield Consequence("address_stays", {"address": address})
    elif days is None:
        yield Consequence("address_alias_for_good", {"address": address})
    else:
        yield Consequence("address_alias", {"address": address, "days": days})


def _merge(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("cannot_be_undone")
    yield Consequence("posts_merged")
    if stake.account is not None:
        yield Consequence("other_account_closes", {"number": stake.account.number})
        yield from _credentials(stake)
        if stake.addresses:
            yield Consequence("addresses_merged", {"addresses": ", ".join(stake.addresses)})
        yield Consequence("mailbox_stays_apart")
    yield from _held(stake, "end")


def _take_over(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("cannot_be_undone")
    yield Consequence("posts_merged")
    if stake.account is not None:
        yield Consequence("account_moves", {"number": stake.account.number})
    yield from _held(stake, "stay")


def _post(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("primary_stays", {"agency": next(iter(stake.posts), "")})
    if stake.account is not None:
        yield Consequence("account_stays")


def _end_post(_actor: Actor, stake: Stake) -> Iterator[Consequence]:
    yield Consequence("post_ends_by_itself")
    yield from _post(_actor, stake)


_OF_ACCOUNTS = frozenset({"suspend", "reinstate"})
_VERBS: dict[str, Callable[[Actor, Stake], Iterator[Consequence]]] = {
    "suspend": _suspend,
    "reinstate": _reinstate,
    "leave": _leave,
    "rehire": _rehire,
    "transfer": _transfer,
    "rename": _rename,
    "merge": _merge,
    "take_over": _take_over,
    "post": _post,
    "end_post": _end_post,
}
"""`merge`, `take_over`: of the record that is closed; the latter where the one that goes on has no account."""
