"""A walk through a branch of the target, page by page (RFC 2696), so that neither side keeps a long list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provisioning.ldap import messages, results
from provisioning.ldap.messages import Reply
from provisioning.ldap.pipeline import Pipeline
from provisioning.ports import Sight, Unavailable

PAGE = 2000


def walk(pipeline: Pipeline, branch: str, since: str | None) -> Iterator[Sequence[Sight]]:
    """Give the entries below a branch with their versions, a page at a time; `since`: only that version and later.

    The next page is asked for before the last one is handed out, so that the server works while it is looked at.
    """
    reply = Reply()
    waiting: dict[int, Reply] = {}
    pipeline.send([messages.page(branch, since, PAGE, b"")], [reply], waiting)
    while True:
        while waiting:
            pipeline.receive(waiting)
        if reply.code != results.SUCCESS:
            raise Unavailable(f"the LDAP server cannot list {branch}: {reply.code} {reply.text}")
        arrived, cookie = reply.entries, reply.cookie
        if cookie:
            reply = Reply()
            pipeline.send([messages.page(branch, since, PAGE, cookie)], [reply], waiting)
        below = len(branch) + 1
        yield [Sight(dn[:-below], attributes["entryCSN"][0]) for dn, attributes in arrived if len(dn) > below]
        if not cookie:
            return
