"""A real browser without a window: Chromium, spoken to by its DevTools protocol.

`missing` tells why there is none.  The terminal of a page is drawn on a canvas, so its text is read as a person would
take it: marked with the mouse, and copied.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROGRAM = next((found for name in NAMES if (found := shutil.which(name))), None)
missing = "" if PROGRAM else "no Chromium on this machine: make chromium"

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-quic",
    "--remote-debugging-port=0",
)  # fmt: skip
PATIENCE = 60.0
"""Seconds for what would otherwise never end."""

COPY = """(() => {
  const taken = new DataTransfer();
  const field = document.querySelector(".xterm-helper-textarea");
  if (!field) return "";
  field.dispatchEvent(new ClipboardEvent("copy", {clipboardData: taken, bubbles: true, cancelable: true}));
  return taken.getData("text/plain");
})()"""


class Page:
    """One tab.  `asked`: every address that it has asked for; `complaints`: what it refused or stumbled over."""

    def __init__(self, wire: aiohttp.ClientWebSocketResponse, size: tuple[int, int]) -> None:
        self._wire, self._size = wire, size
        self._numbers = itertools.count(1)
        self.asked: list[str] = []
        self.complaints: list[str] = []

    async def call(self, method: str, **parameters: Any) -> Any:
        """One command of the protocol; its result."""
        number = next(self._numbers)
        await self._wire.send_json({"id": number, "method": method, "params": parameters})
        while True:
            said = json.loads((await self._wire.receive(PATIENCE)).data)
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]
            self._note(said.get("method"), said.get("params"))

    def _note(self, method: str, said: Any) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.asked.append(said["request"]["url"])
            case "Network.webSocketCreated":
                self.asked.append(said["url"])
            case "Log.entryAdded" if said["entry"]["level"] == "error":
                self.complaints.append(f"{said['entry']['text']} {said['entry'].get('url', '')}")
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(said["exceptionDetails"])[:500])

    async def begin(self) -> None:
        """Listen to what happens, from now on."""
        for domain in ("Page", "Network", "Log", "Runtime"):
            await self.call(f"{domain}.enable")
        width, height = self._size
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **screen)

    async def go(self, url: str) -> None:
        """Open an address."""
        await self.call("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        """What an expression of JavaScript is."""
        found = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until it is true."""
        async with asyncio.timeout(PATIENCE):
            while not await self.value(expression):  # noqa: ASYNC110 (a page tells nobody what has become of it)
                await asyncio.sleep(0.05)

    async def press(self, key: str) -> None:
        """Type one character, or Enter."""
        code = {"windowsVirtualKeyCode": 13} if key == "Enter" else {}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text="\r" if key == "Enter" else key, key=key, **code)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **code)

    async def text(self) -> str:
        """What stands in the terminal.  Shift: else the board would take the mouse for itself."""
        width, height = self._size
        end = width - 2, height - 2
        steps = (("mousePressed", 1, 1), ("mouseMoved", *end), ("mouseReleased", *end))
        for kind, x, y in steps:
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1, modifiers=8
            )
        return str(await self.value(COPY))

    async def shows(self, *words: str) -> str:
        """Wait until all these words stand in the terminal; its text."""
        found = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while missed(words, found):
                    await asyncio.sleep(0.05)
                    found = await self.text()
        except TimeoutError:
            raise AssertionError(f"{words} did not appear in:\n{found}") from None
        return found

    async def picture(self, path: Path) -> None:
        """Write what is seen as a PNG."""
        found = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(found["data"]))  # noqa: ASYNC240


def missed(words: tuple[str, ...], text: str) -> list[str]:
    """Which of the words do not stand in the text."""
    return [word for word in words if word not in text]


@asynccontextmanager
async def browser(place: Path, size: tuple[int, int] = (1400, 900), *more: str) -> AsyncIterator[Page]:
    """A browser with one empty page, whose profile lies in `place`.  Afterwards all its processes are gone."""
    assert PROGRAM is not None
    profile = place / "profile"
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *QUIET, *more, f"--user-data-dir={profile}", "about:blank",
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        port = await _port(profile / "DevToolsActivePort", process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                [page] = [target for target in await answer.json() if target["type"] == "page"]
            async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as wire:
                found = Page(wire, size)
                await found.begin()
                yield found
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _port(path: Path, process: asyncio.subprocess.Process) -> int:
    """Where it listens, once it has written that down."""
    async with asyncio.timeout(PATIENCE):
        while process.returncode is None:
            try:
                words = path.read_text().split()  # noqa: ASYNC240
            except FileNotFoundError:
                words = []
            if len(words) == 2:
                return int(words[0])
            await asyncio.sleep(0.05)
    raise AssertionError("Chromium ended before it could be spoken to")
