"""Walks through a branch of the target, page by page (RFC 2696), so that neither side keeps a long list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from directory.linking import Found
from provisioning.ldap import messages, results
from provisioning.ldap.messages import VERSION, Reply
from provisioning.ldap.names import parts
from provisioning.ldap.pipeline import Pipeline
from provisioning.ports import Sight, Unavailable

PAGE = 2000
Page = TypeVar("Page", bound=Sequence[object])


def walk(pipeline: Pipeline, branch: str, since: str | None) -> Iterator[Sequence[Sight]]:
    """Give the entries below a branch with their versions, a page at a time; `since`: only that version and later.

    A branch that is not there has none: that of a server of an earlier version is told by entries that are refused.
    """
    for page in _pages(pipeline, branch, since, (VERSION,), is_there=False):
        yield [Sight(path, attributes[VERSION][0]) for path, attributes in page]


def survey(pipeline: Pipeline, branch: str, base: str, attributes: Sequence[str]) -> Iterator[Sequence[Found]]:
    """Give the entries below a branch, called by their names below the base, with some attributes."""
    above = branch[: -len(base) - 1]
    for page in _pages(pipeline, branch, None, (*attributes, VERSION)):
        named = ((f"{path},{above}", read) for path, read in page)
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
) -> Iterator[list[tuple[str, dict[str, tuple[str, ...]]]]]:
    """Give the entries below a branch, each called by its name there.

    The next page is asked for before the last one is handed out, so that the server works while it is looked at.
    """
    reply = Reply()
    waiting: dict[int, Reply] = {}
    pipeline.send([messages.page(branch, since, attributes, PAGE, b"")], [reply], waiting)
    while True:
        while waiting:
            pipeline.receive(waiting)
        if reply.code == results.NO_SUCH_OBJECT and not is_there:
            return
        if reply.code != results.SUCCESS:
            raise Unavailable(f"the LDAP server cannot list {branch}: {reply.code} {reply.text}")
        arrived, cookie = reply.entries, reply.cookie
        if cookie:
            reply = Reply()
            pipeline.send([messages.page(branch, since, attributes, PAGE, cookie)], [reply], waiting)
        below = len(branch) + 1
        yield [(dn[:-below], read) for dn, read in arrived if len(dn) > below]
        if not cookie:
            return
