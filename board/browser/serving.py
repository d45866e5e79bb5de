"""The dashboard from its first to its last moment.

Knows the run, the socket and the signals that end it; what is said in the terminal is the caller's affair.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from board.browser.dashboard import Dashboard
from board.browser.listener import listen, names
from board.browser.porter import Porter
from board.commands import OPERATOR
from swarm.paths import RunDir

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


Say = Callable[[str], None]


def main(run_dir: Path, *, host: str, port: int, read_only: bool, link: Say, tell: Say) -> None:
    """Serve the board of a run until a signal ends it.

    `link` is given each new link; `tell`, lines about what went wrong.  SwarmError where the port can't be
    had.  When this returns, every board that it started has ended.
    """
    listener = listen(host, port)
    with listener:
        asyncio.run(_serve(RunDir(run_dir), listener, read_only, link, tell))


async def _serve(run: RunDir, listener: socket.socket, read_only: bool, link: Say, tell: Say) -> None:
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, over.set)
    address, port = listener.getsockname()[:2]
    place = f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
    porter = Porter(names(address, port), lambda path: link(place + path))
    dashboard = Dashboard(porter, f"{run.name} · swarm", command(read_only), environment(run), tell)
    # No access log: a request's first line may hold the token.
    runner = web.AppRunner(dashboard.application(), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        porter.open()
        await over.wait()
    finally:
        await runner.cleanup()


def command(read_only: bool) -> list[str]:
    """How a page's board is started.  -P: a `swarm` in the current directory is none of ours.

    It does not ring: what it would ring is this machine's desktop, once for each page.
    """
    return [sys.executable, "-P", "-m", "swarm", "board", "--no-notify", *(["--read-only"] if read_only else [])]


def environment(run: RunDir) -> dict[str, str]:
    """What tells a board which run is meant, wherever it is started."""
    return {"SWARM_MAIL": str(run.mailbox(OPERATOR).path)}
