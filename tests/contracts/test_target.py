"""What every target system does, the fake and slapd alike."""

from __future__ import annotations

import secrets

from directory.base import public_id
from directory.desired import Name
from provisioning.ports import Add, Delete, Modify, Observed, TargetSystem

OLD = "20260101000000.000000Z#000000#000#000000"
CLASSES = ("cvAccount", "cvMailbox", "inetOrgPerson")


def person(**attributes: tuple[str, ...]) -> Add:
    """Make an official's entry with an address of its own."""
    number = f"cv{public_id(8)}"
    values: dict[str, tuple[str, ...]] = {
        "objectClass": CLASSES,
        "uid": (number,),
        "cn": ("Nguyễn Thị Ánh Đào",),
        "sn": ("Nguyễn",),
        "telephoneNumber": ("+842438044444 ext. 12",),
        "cvState": ("active",),
        "cvRevision": ("1",),
        "cvMailboxId": (public_id(),),
        "cvAddress": (f"{number}@tinh.gov.vn",),
    }
    return Add((("uid", number), ("ou", "people")), {**values, **attributes})


def device(parent: Name) -> Add:
    """Make the entry of an app password below another."""
    device_id = public_id()
    name: Name = (("cvDeviceId", device_id), *parent)
    values = {"cvDeviceId": (device_id,), "cvMailboxId": (public_id(),), "cvState": ("active",), "cvRevision": ("1",)}
    return Add(name, {"objectClass": ("cvAppPassword",), **values})


def observed(target: TargetSystem, name: Name) -> Observed:
    """Observe one entry that must be there."""
    return target.observe([name])[name]


def test_added_entry_is_observed_as_it_was_given(target: TargetSystem) -> None:
    """An entry that was added is observed with exactly the attributes it was given."""
    wanted = person()

    [outcome] = target.apply([wanted])

    assert outcome.kind == "applied"
    found = observed(target, wanted.name)
    assert {name: set(values) for name, values in found.attributes.items()} == {
        name: set(values) for name, values in wanted.attributes.items()
    }


def test_missing_entry_is_left_out(target: TargetSystem) -> None:
    """An entry that is not there is not observed, and is no error."""
    assert target.observe([person().name]) == {}


def test_children_are_observed_with_their_parent(target: TargetSystem) -> None:
    """An entry brings the app passwords below it, under their own names."""
    parent = person()
    child = device(parent.name)
    target.apply([parent])
    target.apply([child])

    found = observed(target, parent.name)

    assert found.children.keys() == {child.name}
    assert found.children[child.name].attributes["cvState"] == ("active",)


def test_write_tells_the_version_it_left(target: TargetSystem) -> None:
    """The version that a write reports is the one observed afterwards."""
    wanted = person()

    [outcome] = target.apply([wanted])

    assert outcome.csn == observed(target, wanted.name).csn


def test_many_are_answered_in_their_order(target: TargetSystem) -> None:
    """Outcomes come in the order of the changes, however many are under way at once."""
    there = person()
    target.apply([there])
    changes = [there if number % 50 == 7 else person() for number in range(200)]

    outcomes = target.apply(changes)

    assert [each.kind for each in outcomes] == ["stale" if each is there else "applied" for each in changes]


def test_second_add_is_stale(target: TargetSystem) -> None:
    """Adding what is there already means that the picture was old; it is no failure."""
    wanted = person()
    target.apply([wanted])

    [outcome] = target.apply([wanted])

    assert outcome.kind == "stale"


def test_modify_replaces_and_takes_away(target: TargetSystem) -> None:
    """A modify gives attributes their new values, and takes away those without any."""
    wanted = person(mail=("cu@tinh.gov.vn",))
    target.apply([wanted])
    csn = observed(target, wanted.name).csn

    target.apply([Modify(wanted.name, {"cvState": ("suspended",), "mail": ()}, csn)])

    attributes = observed(target, wanted.name).attributes
    assert attributes["cvState"] == ("suspended",)
    assert "mail" not in attributes


def test_modify_of_an_older_version_changes_nothing(target: TargetSystem) -> None:
    """A modify that was decided on an older version is stale and leaves the entry alone."""
    wanted = person()
    target.apply([wanted])
    old = observed(target, wanted.name).csn
    target.apply([Modify(wanted.name, {"cvRevision": ("2",)}, old)])

    [outcome] = target.apply([Modify(wanted.name, {"cvRevision": ("3",)}, old)])

    assert outcome.kind == "stale"
    assert observed(target, wanted.name).attributes["cvRevision"] == ("2",)


def test_modify_of_a_missing_entry_is_stale(target: TargetSystem) -> None:
    """A modify of an entry that is gone means that the picture was old."""
    [outcome] = target.apply([Modify(person().name, {"cvRevision": ("2",)}, OLD)])

    assert outcome.kind == "stale"


def test_delete_removes_the_version_it_saw(target: TargetSystem) -> None:
    """A delete removes an entry that is still as it was observed."""
    wanted = person()
    target.apply([wanted])

    [outcome] = target.apply([Delete(wanted.name, observed(target, wanted.name).csn)])

    assert outcome.kind == "applied"
    assert target.observe([wanted.name]) == {}


def test_delete_of_an_older_version_is_stale(target: TargetSystem) -> None:
    """A delete that was decided on an older version removes nothing."""
    wanted = person()
    target.apply([wanted])
    old = observed(target, wanted.name).csn
    target.apply([Modify(wanted.name, {"cvRevision": ("2",)}, old)])

    [outcome] = target.apply([Delete(wanted.name, old)])

    assert outcome.kind == "stale"
    assert target.observe([wanted.name])


def test_ping_is_silent_when_all_is_well(target: TargetSystem) -> None:
    """A target that answers says nothing."""
    target.ping()


def test_target_is_used_again_after_it_was_closed(target: TargetSystem) -> None:
    """Closing lets go of the connection; the next use makes another."""
    target.ping()

    target.close()

    target.ping()


def walked(target: TargetSystem, since: str | None = None) -> dict[str, str]:
    """Walk through the people; give versions by path."""
    return {sight.path: sight.csn for page in target.walk("people", since) for sight in page}


def test_walk_meets_entries_and_those_below_them(target: TargetSystem) -> None:
    """A walk gives the path and the version of every entry of a branch, not the branch itself."""
    parent = person()
    child = device(parent.name)
    target.apply([parent])
    target.apply([child])

    found = walked(target)

    number, device_id = parent.name[0][1], child.name[0][1]
    seen = observed(target, parent.name)
    assert found[f"uid={number}"] == seen.csn
    assert found[f"cvDeviceId={device_id},uid={number}"] == seen.children[child.name].csn
    assert "" not in found


def test_walk_since_a_version_leaves_out_what_is_older(target: TargetSystem) -> None:
    """A walk since a version meets what has it or came later, and nothing else."""
    older, newer = person(), person()
    target.apply([older])
    [outcome] = target.apply([newer])

    found = walked(target, outcome.csn)

    assert f"uid={newer.name[0][1]}" in found
    assert f"uid={older.name[0][1]}" not in found


def test_walk_goes_on_over_its_pages(target: TargetSystem) -> None:
    """A branch with more entries than a page holds is given whole, each entry once."""
    many = [person() for _ in range(4100)]
    target.apply(many)

    paths = [sight.path for page in target.walk("people") for sight in page]

    assert {f"uid={each.name[0][1]}" for each in many} <= set(paths)
    assert len(paths) == len(set(paths))


def test_address_is_changed_under_guard(target: TargetSystem) -> None:
    """An entry gets another address by a write that holds only for the version that was seen."""
    wanted = person()
    target.apply([wanted])
    csn = observed(target, wanted.name).csn
    address = (f"moi{secrets.token_hex(4)}@tinh.gov.vn",)

    [outcome] = target.apply([Modify(wanted.name, {"cvAddress": address}, csn)])

    assert outcome.kind == "applied"
    assert observed(target, wanted.name).attributes["cvAddress"] == address


def test_address_of_an_older_version_stays(target: TargetSystem) -> None:
    """The guard holds for addresses as for everything else: an older picture changes none."""
    wanted = person()
    target.apply([wanted])
    old = observed(target, wanted.name).csn
    target.apply([Modify(wanted.name, {"cvRevision": ("2",)}, old)])

    [outcome] = target.apply([Modify(wanted.name, {"cvAddress": ("cu@tinh.gov.vn",)}, old)])

    assert outcome.kind == "stale"
    assert observed(target, wanted.name).attributes["cvAddress"] == wanted.attributes["cvAddress"]
