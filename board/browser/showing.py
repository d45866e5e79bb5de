"""The board of one page: a process of its own, whose pictures go to a websocket and whose input comes from there.

Knows the packets between a Textual application and its server (textual-serve's AppService makes those that are sent),
and how to end the process; nothing of requests.  AppService alone would start a shell, wait for the application's end
without a limit, and print what it says on our terminal as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from board.browser import driver
from board.view import harmless

GREETING = b"__GANGLION__\n"
"""The line after which packets come: a letter, four bytes of length (big endian), so many bytes."""

PATIENCE = 10.0
"""Seconds that a board may take to end once it was told: far more than it needs, so that only a stuck one is killed."""

MOST_CELLS = 1000
"""Columns and lines that a browser may ask for."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a board ended, for the person.  `bad`: it was none of those endings that somebody wanted."""

    words: str
    bad: bool = False


class Showing(AppService):
    """The board of one websocket.  `show` and `hear` run side by side; `end` comes last, in any case."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], socket: web.WebSocketResponse) -> None:
        super().__init__(
            "",
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=_nothing,
            download_manager=DownloadManager(),
        )
        self._argv = argv
        self._given = environment
        self._socket = socket
        self._talk = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`; a file never fills up as a pipe would)

    async def start(self, width: int, height: int) -> None:
        """Start the board for a terminal of that size.  OSError where that can't be."""
        size = cells(width), cells(height)
        environment = {**self._build_environment(*size), **self._given, "TEXTUAL_DRIVER": driver.NAME}
        # A session of its own: Ctrl-C at the dashboard is for the dashboard.
        self._process = await asyncio.create_subprocess_exec(
            *self._argv, env=environment, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._talk,
        )  # fmt: skip
        self._stdin = self._process.stdin

    async def show(self) -> None:
        """Send on what the board draws, until it ends or nobody takes it any more."""
        assert self._process is not None and self._process.stdout is not None
        pipe = self._process.stdout
        try:
            while await pipe.readline() not in (GREETING, b""):
                pass
            while True:
                kind = await pipe.readexactly(1)
                payload = await pipe.readexactly(int.from_bytes(await pipe.readexactly(4), "big"))
                if kind == b"D":
                    await self._socket.send_bytes(payload)
                elif kind == b"M" and json.loads(payload).get("type") == "exit":
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the board, or the browser, has gone: `end` tells how

    async def hear(self) -> None:
        """Hand on what the browser sends, until it goes, or sends what the page does not."""
        async for message in self._socket:
            if message.type is not web.WSMsgType.TEXT or not await self._take(message.data):
                return

    async def _take(self, text: str) -> bool:
        """Act on one message; False where it is not one."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return False
        match said:
            case ["stdin", str(keys)]:
                await self.send_bytes(keys.encode(errors="replace"))
            case ["resize", {"width": int(width), "height": int(height)}]:
                await self.set_terminal_size(cells(width), cells(height))
            case ["ping", str(mark)]:
                await self._socket.send_json(["pong", mark[:100]])
            case ["focus"]:
                await self.focus()
            case ["blur"]:
                await self.blur()
            case _:
                return False
        return True

    async def end(self) -> Ending:
        """End the board, if it still runs, and tell how it ended.  Afterwards nothing of it is left."""
        process = self._process
        if process is None:
            self._talk.close()
            return Ending("the board could not be started", bad=True)
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        rest = asyncio.create_task(_read_out(process.stdout))  # a full pipe would keep the board from ending
        try:
            code = await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            code = await process.wait()
        await rest
        with self._talk as talk:
            talk.seek(max(0, talk.seek(0, os.SEEK_END) - 4096))
            last = (talk.read().decode(errors="replace").strip().splitlines() or [""])[-1]
        if code == 0:
            return Ending("the board was closed; the run goes on without it")
        return Ending(harmless.line(f"the board ended with exit code {code}: {last}", 400), bad=True)


def cells(wanted: int) -> int:
    """A number of columns or lines that a terminal may have."""
    return min(max(wanted, 1), MOST_CELLS)


async def _read_out(pipe: asyncio.StreamReader) -> None:
    while await pipe.read(1 << 16):
        pass


async def _nothing() -> None:
    """AppService closes the websocket by this when it reads the packets; here `show` does."""
