"""Pages of a walk: one on which all is as we left it is counted at once, any other entry by entry, with one result."""

from __future__ import annotations

from directory.desired import Name
from directory.due import mark
from provisioning.ports import Sight
from provisioning.reconcile.walks import LATEST, Met, compare
from tests.engines import Engine, person
from tests.fakes import FakeTarget

LATER = "9" * 20


def sights(target: FakeTarget, *numbers: str) -> list[Sight]:
    """Give the entries of people, and those below them, as a walk meets them."""
    met = []
    for number in numbers:
        names: list[Name] = [name for name in target.entries if name[-2:] == person(number)]
        met += [Sight(",".join("=".join(part) for part in name[:-1]), target.entries[name][1]) for name in names]
    return met


def walked(engine: Engine, *pages: list[Sight]) -> Met:
    """Meet pages of the branch of people."""
    met = Met("default")
    with engine.outbox.transaction() as session:
        for page in pages:
            compare(session, "people", page, met)
    return met


def ids_of(engine: Engine, *numbers: str) -> list[int]:
    """Give the keys of accounts."""
    with engine.outbox.transaction() as session:
        return [engine.account(session, number).id for number in numbers]


def crew(engine: Engine) -> list[str]:
    """Appoint two people; the first has two app passwords."""
    numbers = engine.hire("Nguyễn Văn An", "Nguyễn Văn Bình")
    for _ in range(2):
        engine.app_password(numbers[0])
    engine.settle()
    return numbers


def test_page_that_is_as_we_left_it_is_counted(engine: Engine, target: FakeTarget) -> None:
    """Of each subject all entries are counted, the latest version is met, and nobody is suspect."""
    numbers = crew(engine)

    met = walked(engine, sights(target, *numbers))

    counts = [met.counts["account"][each] for each in ids_of(engine, *numbers)]
    assert (counts, met.entries) == ([3 | LATEST, 1 | LATEST], 4)
    assert (list(met.suspects), met.foreign) == ([], [])


def test_page_without_entries_changes_nothing(engine: Engine, target: FakeTarget) -> None:
    """An empty branch, which a real server gives as an empty page, is walked; the newest version met stays known."""
    numbers = crew(engine)

    met = walked(engine, [], sights(target, *numbers), [])

    assert (met.entries, met.newest) == (4, max(csn for _, csn in target.entries.values()))


def test_pages_add_up(engine: Engine, target: FakeTarget) -> None:
    """A subject with entries on two pages is counted as on one, whichever has the newest, and that one is known."""
    numbers = crew(engine)
    page = sights(target, *numbers)

    found = [walked(engine, page[:2], page[2:]), walked(engine, page[2:], page[:2])]

    first, second = ids_of(engine, *numbers)
    counts = [(met.counts["account"][first], met.counts["account"][second]) for met in found]
    assert counts == [(3 | LATEST, 1 | LATEST)] * 2
    assert [met.newest for met in found] == [max(each.csn for each in page)] * 2


def test_one_changed_entry_is_the_only_suspect(engine: Engine, target: FakeTarget) -> None:
    """On a page with an entry that somebody wrote after us, that one is suspect and all are counted."""
    numbers = crew(engine)
    page = sights(target, *numbers)

    met = walked(engine, [*page[:-1], Sight(page[-1].path, LATER)])

    first, second = ids_of(engine, *numbers)
    assert list(met.suspects) == [("account", second)]
    assert [met.counts["account"][each] for each in (first, second)] == [3 | LATEST, 1 | LATEST]


def test_entry_that_is_about_to_be_written_is_no_suspect(engine: Engine, target: FakeTarget) -> None:
    """What waits for the engine, which looks at it anyway, is not looked at by a scan as well."""
    numbers = crew(engine)
    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "account", [engine.account(session, numbers[1]).id])

    met = walked(engine, [Sight(sights(target, numbers[1])[0].path, LATER)])

    assert list(met.suspects) == []


def test_foreign_entry_is_noted_beside_ours(engine: Engine, target: FakeTarget) -> None:
    """On a page with an entry that is nobody's, it is noted; what others put below ours is not, and all are counted."""
    numbers = crew(engine)
    strangers = [Sight("cn=stranger", LATER), Sight(f"cn=theirs,uid={numbers[1]}", LATER)]

    met = walked(engine, [*sights(target, *numbers), *strangers])

    counts = [met.counts["account"][each] for each in ids_of(engine, *numbers)]
    assert (met.foreign, list(met.suspects)) == (["cn=stranger,ou=people"], [])
    assert counts == [3 | LATEST, 1 | LATEST]


def test_what_others_put_below_ours_alone_counts_nothing(engine: Engine, target: FakeTarget) -> None:
    """A page on which nothing is ours counts for nobody."""
    numbers = crew(engine)

    met = walked(engine, [Sight(f"cn=theirs,uid={numbers[1]}", LATER)])

    assert (met.entries, met.counts["account"], met.foreign) == (1, bytearray(), [])


def test_earlier_state_is_not_the_latest(engine: Engine, target: FakeTarget) -> None:
    """An entry that went back to an earlier version is counted without its latest."""
    numbers = crew(engine)
    page = sights(target, numbers[1])

    met = walked(engine, [Sight(page[0].path, "0" * 20)])

    assert met.counts["account"][ids_of(engine, numbers[1])[0]] == 1


def test_app_password_below_another_is_nobodys(engine: Engine, target: FakeTarget) -> None:
    """One that a hand put below an app password, where no close look sees it, is told, earlier than ours or later."""
    first = crew(engine)[0]
    ours = sights(target, first)
    path = f"cvDeviceId=handmade,{ours[1].path}"

    found = [walked(engine, [*ours, Sight(path, csn)]) for csn in ("0", LATER)]

    assert [met.foreign for met in found] == [[f"{path},ou=people"]] * 2
    assert [met.counts for met in found] == [walked(engine, ours).counts] * 2
