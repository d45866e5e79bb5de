"""The porter of the dashboard: which request comes in.

Knows a request by its headers and its address, nothing of what lies behind.  Who else can send requests to the loopback
address: every program of every user here, and every page in the browser of the person who looks.  Against them:

- A link lets one browser in, once; then there is another link.  What a terminal's history keeps opens nothing.
- The browser that came in is known by a cookie that no script reads and no other site sends along.
- Cookies don't tell ports apart: another program's page on this machine would be sent ours.  So all lies below a path
  that nobody can guess (the room), and the cookie goes to that path alone.
- Host has to be a name of this very socket: else a page whose name is turned to 127.0.0.1 (DNS rebinding) reads along.
- Origin of a websocket has to be ours: a browser lets every page open one, cookie included.

A person who can read this process's memory or the terminal has won anyway.  Nothing here is logged or written down.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

COOKIE = "swarm-board"
TOKEN = "token"  # noqa: S105 (the name of a query's key)

STRANGER = """\
This is a swarm dashboard, and this browser may not come in: the link was used already, or is of a dashboard that has
ended, or is not whole. Copy the newest link from the terminal in which swarm dashboard runs into the address bar.
"""
ELSEWHERE = "This place has another name: open the link as swarm dashboard has printed it, port included.\n"
FOREIGN = "The board is opened by its own page alone.\n"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Porter:
    """Lets requests in.  `hosts`: the names of our socket.  `invite` is given each new path with a token in it."""

    def __init__(self, hosts: frozenset[str], invite: Callable[[str], None]) -> None:
        self.room = "/" + secrets.token_urlsafe(12)
        self.hosts = hosts
        self._invite = invite
        self._pass = secrets.token_urlsafe(24)
        self._token = ""

    def open(self) -> None:
        """Make a link, the only one that works from now on, and hand it to `invite`."""
        self._token = secrets.token_urlsafe(24)
        self._invite(f"{self.room}/?{TOKEN}={self._token}")

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer those who may come in; the others are told to go, whatever they asked for."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            raise web.HTTPMisdirectedRequest(text=ELSEWHERE)
        if not _same(request.path[: len(self.room) + 1], self.room + "/"):
            raise web.HTTPForbidden(text=STRANGER)
        known = _same(request.cookies.get(COOKIE, ""), self._pass)
        if TOKEN in request.query:
            raise self._entrance(known or self._takes(request.query[TOKEN]))
        if not known:
            raise web.HTTPForbidden(text=STRANGER)
        if "Upgrade" in request.headers and request.headers.getall("Origin", []) != [f"http://{hosts[0]}"]:
            raise web.HTTPForbidden(text=FOREIGN)
        return await handler(request)

    def _takes(self, token: str) -> bool:
        """Whether this is the link's token; if so it is used up, and the next link is handed out."""
        if not self._token or not _same(token, self._token):
            return False
        self.open()
        return True

    def _entrance(self, may_enter: bool) -> web.HTTPException:
        """Where somebody with a token goes: to the same place without it, cookie in hand."""
        if not may_enter:
            return web.HTTPForbidden(text=STRANGER)
        found = web.HTTPSeeOther(self.room + "/")
        found.set_cookie(COOKIE, self._pass, path=self.room, httponly=True, samesite="Strict")
        return found


def _same(given: str, own: str) -> bool:
    """Whether they are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), own.encode())
