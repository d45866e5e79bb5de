"""The dashboard in this process, and a browser that is none: requests with any header, websockets with any origin.

Behind it stands no board but a small program that speaks its packets: it says its size and its environment, echoes what
it is sent, and ends with its input.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType

import aiohttp
from aiohttp import web
from yarl import URL

from board.browser.dashboard import Dashboard
from board.browser.listener import listen, names
from board.browser.porter import Porter

STAND_IN = r"""
import os, sys
def say(text):
    data = text.encode()
    os.write(1, b"D" + len(data).to_bytes(4, "big") + data)
os.write(1, b"some words before\n__GANGLION__\n")
size = os.environ["COLUMNS"] + "x" + os.environ["ROWS"]
driver, mail = os.environ["TEXTUAL_DRIVER"], os.environ["MAIL"]
say(f"pid {os.getpid()} size {size} driver {driver} argv {sys.argv[1:]} mail {mail}")
while head := sys.stdin.buffer.read(5):
    said = sys.stdin.buffer.read(int.from_bytes(head[1:], "big")).decode()
    if said == "die":
        sys.exit("it broke \x1b[2J here")
    if said == "quit":
        meta = b'{"type": "exit"}'
        os.write(1, b"M" + len(meta).to_bytes(4, "big") + meta)
        break
    say(f"{chr(head[0])} {said}")
"""

STUCK = STAND_IN + "\nimport time\nwhile True: time.sleep(600)\n"
"""One that does not end with its input."""


class Browser:
    """Sends requests.  It keeps no cookies by itself and follows no redirect: a test says what is sent."""

    def __init__(
        self, address: str, port: int, links: Sequence[str], told: Sequence[str], end: Callable[[], Awaitable[None]]
    ) -> None:
        self.place = f"{address}:{port}"
        self.links = links
        """The paths with a token that were handed out so far."""
        self.told = told
        """What the terminal was told."""
        self.end_dashboard = end
        self.cookie = ""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def room(self) -> str:
        return self.links[0].partition("?")[0]

    async def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        """One request, the cookie with it where there is one."""
        whole = {**({"Cookie": self.cookie} if self.cookie else {}), **(headers or {})}
        url = URL(f"http://{self.place}{path}", encoded=True)  # as it stands, dots and all
        async with self._session.request(method, url, headers=whole, allow_redirects=False) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.text(errors="replace"))

    async def enter(self) -> Answer:
        """Come in by the newest link, and take its cookie."""
        answer = await self.get(self.links[-1])
        self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer

    @asynccontextmanager
    async def tab(
        self, number: int = 1, query: str = "", headers: Mapping[str, str] | None = None, *, autoping: bool = True
    ) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """A websocket as the page opens it."""
        whole = {"Cookie": self.cookie, "Origin": f"http://{self.place}", **(headers or {})}
        url = f"ws://{self.place}{self.room}socket/{number}{query}"
        async with self._session.ws_connect(url, headers=whole, autoping=autoping) as found:
            yield found


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status, self.headers, self.text = status, headers, text


@asynccontextmanager
async def serving(program: str = STAND_IN, address: str = "127.0.0.1") -> AsyncIterator[Browser]:
    """A dashboard whose boards are that program, and a browser before its porter."""
    links: list[str] = []
    told: list[str] = []
    with listen(address, 0) as listener:
        port = listener.getsockname()[1]
        porter = Porter(names(address, port), links.append)
        argv = [sys.executable, "-c", program, "a", "b"]
        dashboard = Dashboard(porter, "the <run>", argv, {"MAIL": "here"}, told.append)
        runner = web.AppRunner(dashboard.application(), access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            porter.open()
            host = f"[{address}]" if ":" in address else address
            async with Browser(host, port, links, told, runner.cleanup) as browser:
                yield browser
        finally:
            await runner.cleanup()


async def hello(tab: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    """The process number of a tab's stand-in, and all that it says of itself."""
    said = (await tab.receive_bytes(timeout=60)).decode()
    found = re.match(r"pid (\d+)", said)
    assert found, said
    return int(found[1]), said


async def gone(pid: int) -> None:
    """Wait until no such process lives."""
    deadline = asyncio.get_running_loop().time() + 60
    while os.path.exists(f"/proc/{pid}"):  # noqa: ASYNC240 (a look at /proc waits for nothing)
        assert asyncio.get_running_loop().time() < deadline, f"{pid} lives on"
        await asyncio.sleep(0.02)


def has_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as found:
            found.bind(("::1", 0))
    except OSError:
        return False
    return True
