"""Free TCP ports, leased for as long as an attempt lives: no two attempts of this machine have the same one.

Knows numbers and lock files.  A lease is the lock on a file named after the port, in a directory that all runs of this
user share, so that a port is taken from the moment on at which it is chosen, not when the agent's server binds it at
last.  The numbers lie below those that Linux gives to outgoing connections (32768 and up).  A port that anybody listens
on is passed over.
"""

from __future__ import annotations

import os
import socket
import zlib
from collections.abc import Sequence
from pathlib import Path

from swarm import lease
from swarm.errors import SwarmError

FIRST, COUNT = 20_000, 10_000
"""The ports that are leased."""


class Ports:
    """The ports of one attempt."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._held: list[lease.Lease] = []

    def lease(self, names: Sequence[str], whose: str = "") -> dict[str, int]:
        """A port for each name, until `release`.  The same names are looked for in the same place first, so that a
        worker's ports change seldom.  SwarmError when none is free."""
        found = {}
        try:
            for name in names:
                found[name] = self._one(zlib.crc32(f"{whose}/{name}".encode()))
        except BaseException:
            self.release()
            raise
        return found

    def release(self) -> None:
        """Let all of them go."""
        while self._held:
            self._held.pop().release()

    def _one(self, start: int) -> int:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(COUNT):
            port = FIRST + (start + number) % COUNT
            held = lease.take(self._directory / str(port), {"pid": os.getpid()})
            if held is None:
                continue
            if _is_free(port):
                self._held.append(held)
                return port
            held.release()
        raise SwarmError(
            f"no TCP port from {FIRST} to {FIRST + COUNT - 1} is free for `auto`", "end what holds them: ss -ltnp"
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
