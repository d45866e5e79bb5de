"""The socket that the dashboard listens on.

Knows addresses and ports, nothing of what is served there.  Never any address that another machine can reach: whoever
sits elsewhere comes through ssh, which asks who they are.
"""

from __future__ import annotations

import errno
import socket

from swarm.errors import SwarmError, UsageError

ADDRESSES = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1", "[::1]": "::1"}
"""What may be asked for, and the address it stands for."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket there; port 0 takes any that is free.  SwarmError where that can't be, in words."""
    address = ADDRESSES.get(host)
    if address is None:
        raise UsageError(
            f"the dashboard is for this machine alone: {host!r} is neither 127.0.0.1 nor ::1",
            "leave --host out, and reach it from elsewhere by ssh -L",
        )
    if not 0 <= port <= 65535:
        raise UsageError(f"there is no port {port}: ports go from 1 to 65535", "--port 0   takes one that is free")
    found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Else the port of a dashboard that has just ended stays taken for a minute.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address, port))
        found.listen(64)
    except OSError as error:
        found.close()
        raise _told(error, address, port) from None
    return found


def names(address: str, port: int) -> frozenset[str]:
    """What a browser may call that place in the header Host."""
    hosts = (f"[{address}]" if ":" in address else address, "localhost")
    bare = hosts if port == 80 else ()  # a browser leaves out the usual port
    return frozenset({*(f"{host}:{port}" for host in hosts), *bare})


def _told(error: OSError, address: str, port: int) -> SwarmError:
    if error.errno == errno.EADDRINUSE:
        return SwarmError(
            f"port {port} of {address} is taken: by another dashboard, or by another program",
            "swarm dashboard --port 0   takes one that is free",
        )
    if error.errno == errno.EACCES:
        return SwarmError(f"port {port} is for the system's own programs", "swarm dashboard --port 8080")
    return SwarmError(f"the dashboard can't listen on port {port} of {address}: {error.strerror}", "leave --host out")
