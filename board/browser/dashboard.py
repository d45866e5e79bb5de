"""The requests of the dashboard: the page, its files, a websocket for each page, and how that page's board ended.

Knows which request means what; who may come in is the porter's affair.  Each websocket has a board of its own, which
ends with it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from aiohttp import WSCloseCode, web

from board.browser import page
from board.browser.porter import Porter
from board.browser.showing import Ending, Showing

MOST_BOARDS = 8
"""Boards at a time: each is a process of some 60 MB."""

HEARTBEAT = 15.0
"""Seconds between two questions to a browser whether it is there: a tunnel may break without a word."""

MOST_TOLD = 64
"""Endings that are remembered for the pages that ask."""

FULL = Ending(f"{MOST_BOARDS} boards are open already: close one of them first")
LOST = "the connection to the dashboard was lost"

Tell = Callable[[str], None]


class Dashboard:
    """Serves one run's board.  `argv` and `environment`: how a board is started.  `tell`: a line for the terminal."""

    def __init__(
        self, porter: Porter, title: str, argv: Sequence[str], environment: Mapping[str, str], tell: Tell
    ) -> None:
        self.porter = porter
        self.title = title
        self._argv, self._environment, self._tell = argv, environment, tell
        self._files = page.files()
        self._open: set[web.WebSocketResponse] = set()
        self._endings: dict[int, Ending] = {}
        self._numbers = itertools.count(1)

    def application(self) -> web.Application:
        """What aiohttp runs."""
        found = web.Application(middlewares=[self.porter.admit])
        room = self.porter.room
        found.add_routes([
            web.get(f"{room}/", self._page),
            web.get(f"{room}/file/{{name}}", self._file),
            web.get(f"{room}/end/{{number:[0-9]+}}", self._end),
            web.get(f"{room}/socket/{{number:[0-9]+}}", self._socket),
        ])  # fmt: skip
        found.on_response_prepare.append(self._rule)
        found.on_shutdown.append(self._close)
        return found

    async def _rule(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer carries the rules for the browser, refusals too."""
        response.headers.update(page.headers(self._host(request)))

    def _host(self, request: web.Request) -> str:
        host = request.headers.get("Host", "")
        return host if host in self.porter.hosts else min(self.porter.hosts)

    async def _page(self, request: web.Request) -> web.Response:
        number = next(self._numbers)
        socket = f"ws://{self._host(request)}{self.porter.room}/socket/{number}"
        return web.Response(text=page.page(self.title, socket, f"end/{number}"), content_type="text/html")

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        charset = "utf-8" if file.kind.startswith("text/") else None
        return web.Response(body=file.body, content_type=file.kind, charset=charset)

    async def _end(self, request: web.Request) -> web.Response:
        ending = self._endings.get(int(request.match_info["number"]))
        return web.Response(text=ending.words if ending else LOST)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        number = int(request.match_info["number"])
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT, timeout=2, max_msg_size=1 << 20)
        await socket.prepare(request)
        # What is closed no longer counts, though its board may be about to end: a page that is loaded anew has room.
        if sum(not other.closed for other in self._open) >= MOST_BOARDS:
            self._remember(number, FULL)
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return socket
        self._open.add(socket)
        try:
            self._remember(number, await self._serve(request, socket))
        finally:
            self._open.discard(socket)
            await socket.close()
        return socket

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse) -> Ending:
        """Have a board for this websocket until one of them ends; how it ended."""
        showing = Showing(self._argv, self._environment, socket)
        try:
            await showing.start(_number(request, "width", 80), _number(request, "height", 24))
            await _first_of(showing.show(), showing.hear())
        except OSError as error:
            self._tell(f"a board could not be started: {error.strerror}")
        finally:
            ending = await showing.end()
        return ending

    def _remember(self, number: int, ending: Ending) -> None:
        self._endings[number] = ending
        while len(self._endings) > MOST_TOLD:
            del self._endings[next(iter(self._endings))]
        if ending.bad:
            self._tell(ending.words)

    async def _close(self, application: web.Application) -> None:
        """The dashboard ends: so does every page's connection, and with it the board."""
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(self._open)))


async def _first_of(*talk: Coroutine[Any, Any, None]) -> None:
    """Until the first of them has ended; the others are cancelled.  Raises what one of them raised."""
    tasks = [asyncio.create_task(one) for one in talk]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _number(request: web.Request, name: str, otherwise: int) -> int:
    """A number of the query.  What is none, or no ASCII one of four digits, is passed over."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else otherwise
