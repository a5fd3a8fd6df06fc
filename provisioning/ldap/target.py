"""The target system over LDAP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from directory.desired import Name
from directory.desired.entries import MANAGED
from directory.linking import Found
from provisioning.ldap import messages, results
from provisioning.ldap.ber import BadBer
from provisioning.ldap.channels import Channels
from provisioning.ldap.connection import Line, close
from provisioning.ldap.messages import Reply
from provisioning.ldap.names import below, depth, dn, parts, whole
from provisioning.ldap.pipeline import Pipeline
from provisioning.ldap.walk import ahead, survey, walk
from provisioning.ports import Add, Change, Modify, Observed, Outcome, Sight, Unavailable

_ASKED = (*MANAGED, messages.VERSION)
_WHOSE = ("cvState", "cvRevision", "cvMailboxId", "cvDeviceId", "cvListId", messages.VERSION)
_CHILD = ("cvDeviceId", "cvAppPassword")


class LdapTarget:
    """One LDAP server."""

    def __init__(self, line: Line, base: str) -> None:
        self.line = line
        self.base = base
        self.channels = Channels(line)

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries with those below them, one search each."""
        replies = self.channels.exchange(messages.search(dn(name, self.base), _ASKED) for name in names)
        found = {}
        for name, reply in zip(names, replies, strict=True):
            if reply.code == results.NO_SUCH_OBJECT:
                continue
            if reply.code != results.SUCCESS:
                raise Unavailable(f"the LDAP server cannot search: {reply.code} {reply.text}")
            found[name] = _observed(name, reply, self.base)
        return found

    def walk(self, branch: str, since: str | None = None) -> Iterator[Sequence[Sight]]:
        """Give what is below a branch, over a line of its own: writes do not wait for a walk."""
        with self.own_line(branch) as pipeline:
            yield from ahead(walk(pipeline, f"{branch if '=' in branch else f'ou={branch}'},{self.base}", since))

    def survey(self, branch: str, attributes: Sequence[str]) -> Iterator[Sequence[Found]]:
        """Give what is below a branch with some of its attributes."""
        with self.own_line(branch) as pipeline:
            yield from survey(pipeline, f"{branch},{self.base}", self.base, attributes)

    @contextmanager
    def own_line(self, branch: str) -> Iterator[Pipeline]:
        """Open a line for a walk through a branch, and let go of it."""
        connection = self.line.open()
        try:
            yield Pipeline(connection.socket, self.line.timeout_seconds)
        except (OSError, BadBer) as error:
            raise Unavailable(f"the walk through {branch} was cut off: {error}") from error
        finally:
            close(connection)

    def marked(self, numbers: Sequence[str]) -> dict[str, Found]:
        """Search the whole tree for entries that carry accounts' numbers."""
        found = self.bearing("cvAccountNumber", numbers)
        return {number: each[0] for number, each in found.items() if len(each) == 1 and each[0].name}

    def bearing(self, attribute: str, values: Sequence[str]) -> dict[str, Sequence[Found]]:
        """Search the whole tree for entries that carry values."""
        replies = self.channels.exchange(messages.bearing(self.base, attribute, each, _WHOSE) for each in values)
        found: dict[str, Sequence[Found]] = {}
        for value, reply in zip(values, replies, strict=True):
            if reply.code != results.SUCCESS:
                raise Unavailable(f"the LDAP server cannot search: {reply.code} {reply.text}")
            if reply.entries:
                found[value] = [self.found(*each) for each in reply.entries]
        return found

    def found(self, text: str, attributes: dict[str, tuple[str, ...]]) -> Found:
        """Put together one entry that was searched for."""
        path = text[: -len(self.base) - 1]
        return Found(path, parts(path), attributes[messages.VERSION][0], _managed(attributes))

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes, each write of an existing entry guarded by its version."""
        replies = self.channels.exchange(self.request(each) for each in changes)
        return [results.outcome(reply, each) for each, reply in zip(changes, replies, strict=True)]

    def ping(self) -> None:
        """Read the base as the one who writes."""
        [reply] = self.channels.exchange([messages.search(self.base, [messages.VERSION], messages.ONE)])
        if reply.code != results.SUCCESS:
            raise Unavailable(f"the LDAP server cannot read {self.base}: {reply.code} {reply.text}")

    def close(self) -> None:
        """Let go of the connections; the next use makes others."""
        self.channels.close()

    def request(self, change: Change) -> bytes:
        """Put a change into LDAP's form."""
        name = dn(change.name, self.base)
        if isinstance(change, Add):
            return messages.add(name, whole(change.attributes, self.base))
        if isinstance(change, Modify):
            replace, remove, add = (whole(each, self.base) for each in (change.replace, change.remove, change.add))
            return messages.modify(name, self.base, change.csn, replace, remove, add)
        return messages.delete(name, change.csn)


def _observed(name: Name, reply: Reply, base: str) -> Observed:
    """Put the entries of one search together. What another program put below ours is left out: it is not ours."""
    levels = [(depth(text), attributes) for text, attributes in reply.entries]
    top = min(level for level, _ in levels)
    children = {}
    own: dict[str, tuple[str, ...]] = {}
    for level, attributes in levels:
        if level == top:
            own = attributes
        elif level == top + 1 and _CHILD[1] in attributes.get("objectClass", ()) and _CHILD[0] in attributes:
            child: Name = ((_CHILD[0], attributes[_CHILD[0]][0]), *name)
            children[child] = Observed(child, _managed(attributes), attributes[messages.VERSION][0])
    return Observed(name, below(_managed(own), base), own[messages.VERSION][0], children)


def _managed(attributes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Leave out the version, which is no attribute of ours."""
    return {name: values for name, values in attributes.items() if name != messages.VERSION}
