"""How much one file may cost: arguments of the child process, so that a test can set them low."""

from __future__ import annotations

import resource
from typing import NamedTuple  # a dataclass would cost the child more to import than the rest of this file

MIB = 1024 * 1024


class Limits(NamedTuple):
    """What the child may use, and what a file may hold."""

    memory_mib: int = 350
    """Of addresses, about 70 more than what is really used: 200,000 rows of 12 columns need 330."""
    cpu_seconds: int = 30
    wall_seconds: int = 60
    unpacked_mib: int = 200
    ratio: int = 200
    """Unpacked to packed size of one large member; real sheets stay below 100, a bomb is above 600."""
    rows: int = 200_000
    columns: int = 256
    cells: int = 4_000_000
    """Of all sheets together, without the empty ones at the end of rows."""
    output_mib: int = 100

    def arguments(self) -> list[str]:
        """Give the limits as command line arguments of the child."""
        return [f"{name}={value}" for name, value in self._asdict().items()]

    @classmethod
    def parse(cls, arguments: list[str]) -> Limits:
        """Read what `arguments` wrote."""
        return cls(**{name: int(value) for name, _, value in (each.partition("=") for each in arguments)})

    def impose(self) -> None:
        """Bind this process for the rest of its life; past the limits the kernel ends it."""
        for kind, most in (
            (resource.RLIMIT_AS, self.memory_mib * MIB),
            (resource.RLIMIT_CPU, self.cpu_seconds),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (most, most))
