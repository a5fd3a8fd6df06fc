"""How much one file may cost: arguments of the child process, so that a test can set them low."""

from __future__ import annotations

import resource
from dataclasses import dataclass, fields

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What the child may use, and what a file may hold."""

    memory_mib: int = 512
    cpu_seconds: int = 30
    wall_seconds: int = 60
    unpacked_mib: int = 300
    ratio: int = 200
    """Unpacked to packed size of one large member; real sheets stay below 100, a bomb is above 600."""
    rows: int = 200_000
    columns: int = 256
    cell_characters: int = 2_000
    """What of a longer text goes on; no field of a list is that long."""
    output_mib: int = 200

    def arguments(self) -> list[str]:
        """Give the limits as command line arguments of the child."""
        return [f"{each.name}={getattr(self, each.name)}" for each in fields(self)]

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
