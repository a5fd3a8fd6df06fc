"""What every target system does about addresses: one owner each, whether an entry is made or changed."""

from __future__ import annotations

import secrets

from provisioning.ports import Modify, TargetSystem
from tests.contracts.test_target import observed, person


def test_taken_address_is_refused_with_a_reason(target: TargetSystem) -> None:
    """A second owner of an address is refused, and the others of the batch are not."""
    first = person()
    target.apply([first])
    second, third = person(cvAddress=first.attributes["cvAddress"]), person()

    refused, applied = target.apply([second, third])

    assert refused.kind == "refused"
    assert refused.reason is not None
    assert applied.kind == "applied"


def test_addresses_of_an_entry_are_changed(target: TargetSystem) -> None:
    """An entry gets other addresses as long as it has the version that was seen, and not after."""
    wanted = person()
    [made] = target.apply([wanted])
    own = wanted.attributes["cvAddress"][0]
    one, two = ({"cvAddress": (own, f"{word}.{own}"), "cvRevision": ("2",)} for word in ("mot", "hai"))

    outcomes = [target.apply([Modify(wanted.name, each, made.csn or "")])[0].kind for each in (one, two)]

    assert outcomes == ["applied", "stale"]
    assert set(observed(target, wanted.name).attributes["cvAddress"]) == set(one["cvAddress"])


def test_addresses_taken_away_are_given_back(target: TargetSystem) -> None:
    """Who comes back has the addresses again that the entry had lost."""
    wanted = person()
    [made] = target.apply([wanted])
    [shut] = target.apply([Modify(wanted.name, {"cvAddress": (), "cvState": ("disabled",)}, made.csn or "")])

    [back] = target.apply([Modify(wanted.name, {"cvAddress": wanted.attributes["cvAddress"]}, shut.csn or "")])

    assert back.kind == "applied"
    assert observed(target, wanted.name).attributes["cvAddress"] == wanted.attributes["cvAddress"]


def test_address_of_another_is_refused_to_an_entry_that_is_there(target: TargetSystem) -> None:
    """An entry gets no address that another one has, by a change either."""
    first, second = person(), person()
    [_, made] = target.apply([first, second])

    [outcome] = target.apply([Modify(second.name, {"cvAddress": first.attributes["cvAddress"]}, made.csn or "")])

    assert outcome.kind == "refused"
    assert observed(target, second.name).attributes["cvAddress"] == second.attributes["cvAddress"]


def test_one_of_many_claimants_of_an_address_gets_it(target: TargetSystem) -> None:
    """Of many entries that want the same address at once, exactly one is made."""
    address = (f"chung{secrets.token_hex(4)}@tinh.gov.vn",)

    outcomes = target.apply([person(cvAddress=address) for _ in range(40)])

    assert sorted(each.kind for each in outcomes) == ["applied"] + ["refused"] * 39
