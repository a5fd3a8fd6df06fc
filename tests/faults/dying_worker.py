"""A nursery of workers that die or freeze at marked points: `python -m tests.faults.dying_worker`.

It takes orders on its standard input, a line each, and answers each with a line:
`kill POINT` and `freeze POINT` let a worker do one round until it reaches the point, `thaw` lets the frozen one go on,
`run` lets one do a whole round. A point is `module:function call` or `module:function return`, with the time it is
passed (`2` for the second); who gets there is ended or stopped by the kernel, as by a power cut. The product knows
nothing of this: Python tells of every call and return (`sys.setprofile`).
"""

from __future__ import annotations

import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from provisioning import bootstrap

SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}
BEFORE_A_WRITE = (
    "provisioning.reconcile.rounds:Reconciler.begin call 1",
    "provisioning.reconcile.claims:claim call 1",
    "provisioning.reconcile.claims:claim return 1",
    "provisioning.reconcile.rounds:Reconciler.begin return 1",
    "provisioning.reconcile.rounds:Reconciler.make_real call 1",
    "directory.desired.values:wanted call 1",
    "directory.desired.values:wanted return 1",
    "provisioning.reconcile.looks:Look.run call 1",
    "provisioning.reconcile.looks:Look.decide return 1",
    "provisioning.reconcile.looks:Look.write call 1",
    "provisioning.ldap.target:LdapTarget.apply call 1",
)
AFTER_A_WRITE = (
    "provisioning.ldap.target:LdapTarget.apply return 1",
    "provisioning.reconcile.looks:Look.settle call 1",
    "provisioning.reconcile.looks:Look.settle return 1",
    "provisioning.ldap.target:LdapTarget.apply call 2",
    "provisioning.ldap.target:LdapTarget.apply return 2",
    "provisioning.reconcile.looks:Look.write return 1",
    "provisioning.reconcile.looks:Look.run return 1",
    "provisioning.reconcile.rounds:Reconciler.make_real return 1",
    "provisioning.reconcile.rounds:Reconciler.end_sessions call 1",
    "provisioning.reconcile.rounds:Reconciler.end_sessions return 1",
    "provisioning.reconcile.rounds:Reconciler.finish call 1",
    "provisioning.reconcile.records:record call 1",
    "provisioning.reconcile.records:record return 1",
    "provisioning.reconcile.claims:release call 1",
    "provisioning.reconcile.claims:release return 1",
    "provisioning.reconcile.claims:resume return 1",
    "provisioning.reconcile.rounds:Reconciler.finish return 1",
)
"""From here on there may be something in the target of which the book does not know."""


def stop_at(point: str, number: signal.Signals) -> None:
    """Send this process the signal when it gets to the point."""
    name, event, time = point.split()
    code: CodeType = pkgutil.resolve_name(name).__code__
    left = int(time)

    def watch(frame: FrameType, passing: str, _what: Any) -> None:  # noqa: ANN401 - the interpreter's
        nonlocal left
        if passing == event and frame.f_code is code:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)

    sys.setprofile(watch)


def begin(doing: Callable[[], object]) -> int:
    """Do something in a process of its own; give its number."""
    if (child := os.fork()) == 0:
        doing()
        sys.setprofile(None)
        os._exit(0)
    return child


def work(order: str = "", point: str = "") -> None:
    """Do a round, up to the point if there is one."""
    service = bootstrap.assemble()
    if point:
        stop_at(point, SIGNALS[order])
    service.reconciler.run()


def ended(child: int) -> str:
    """Wait until a worker has ended or is frozen, and say how."""
    _, status = os.waitpid(child, os.WUNTRACED)
    return f"signal {os.WSTOPSIG(status) if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)}"


def main() -> None:
    """Take orders."""
    frozen = 0
    for line in sys.stdin:
        order, _, point = line.strip().partition(" ")
        if order == "thaw":
            os.kill(frozen, signal.SIGCONT)
            answer = ended(frozen)
        else:
            frozen = begin(lambda order=order, point=point: work(order, point))  # type: ignore[misc]  # mypy infers no lambda with defaults
            answer = ended(frozen)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
