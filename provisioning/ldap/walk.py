"""Walks through a branch of the target, page by page (RFC 2696), so that neither side keeps a long list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

from directory.linking import Found
from provisioning.ldap import messages, results
from provisioning.ldap.messages import VERSION, Reply
from provisioning.ldap.names import parts
from provisioning.ldap.pipeline import Pipeline
from provisioning.ports import Sight, Unavailable

PAGE = 8000
"""Entries a page: with fewer the server waits for us more often, and more are no quicker."""
Page = TypeVar("Page", bound=Sequence[object])


def walk(pipeline: Pipeline, branch: str, since: str | None) -> Iterator[Sequence[Sight]]:
    """Give the entries below a branch with their versions, a page at a time; `since`: only that version and later.

    A branch that is not there has none: that of a server of an earlier version is told by entries that are refused.
    """
    below = len(branch) + 1
    for reply in _pages(pipeline, branch, since, (VERSION,), is_there=False):
        others = ((dn, read[VERSION][0]) for dn, read in reply.entries)
        yield [Sight(dn[:-below], csn) for dn, csn in chain(reply.sights or (), others) if len(dn) > below]


def survey(pipeline: Pipeline, branch: str, base: str, attributes: Sequence[str]) -> Iterator[Sequence[Found]]:
    """Give the entries below a branch, called by their names below the base, with some attributes."""
    beyond = len(base) + 1
    for reply in _pages(pipeline, branch, None, (*attributes, VERSION)):
        named = ((dn[:-beyond], read) for dn, read in reply.entries if len(dn) > len(branch) + 1)
        yield [Found(path, parts(path), read[VERSION][0], read) for path, read in named]


def ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """Give pages, each while the next is being read in a thread of its own."""
    with ThreadPoolExecutor(1, thread_name_prefix="walk") as reader:
        coming = reader.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = reader.submit(next, pages, None)
            yield page


def _pages(
    pipeline: Pipeline, branch: str, since: str | None, attributes: Sequence[str], *, is_there: bool = True
) -> Iterator[Reply]:
    """Give the replies that tell of a branch and the entries below it.

    The next page is asked for before the last one is handed out, so that the server works while it is looked at.
    """
    is_sight = attributes == (VERSION,)
    reply = Reply(sights=[] if is_sight else None)
    waiting: dict[int, Reply] = {}
    pipeline.send([messages.page(branch, since, attributes, PAGE, b"")], [reply], waiting)
    while True:
        while waiting:
            pipeline.receive(waiting)
        if reply.code == results.NO_SUCH_OBJECT and not is_there:
            return
        if reply.code != results.SUCCESS:
            raise Unavailable(f"the LDAP server cannot list {branch}: {reply.code} {reply.text}")
        arrived = reply
        if cookie := arrived.cookie:
            reply = Reply(sights=[] if is_sight else None)
            pipeline.send([messages.page(branch, since, attributes, PAGE, cookie)], [reply], waiting)
        yield arrived
        if not cookie:
            return
