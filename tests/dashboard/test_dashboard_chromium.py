"""The board in a real browser: what a person sees there, and what the page asks the world for."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromium
import pytest
from dashboard_program import program, shown_run
from served_world import gone

from inbox.maildir import Maildir

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(chromium.missing), reason=chromium.missing),
    pytest.mark.xdist_group("chromium"),
]

CLOSED = 'document.querySelector("#closed").checkVisibility() && document.querySelector("#again").textContent !== ""'
ELSEWHERE = """((kind, address) => new Promise(say => {
  const ends = {onload: () => say("got it"), onopen: () => say("got it"), onerror: () => say("refused")};
  if (kind === "fetch") fetch(address, {mode: "no-cors"}).then(ends.onload, ends.onerror);
  else if (kind === "socket") Object.assign(new WebSocket(address), ends);
  else {
    const found = Object.assign(document.createElement(kind), ends, {src: address, href: address, rel: "stylesheet"});
    document.head.append(found);
  }
}))"""
WAYS = {"fetch": "http", "socket": "ws", "img": "http", "script": "http", "link": "http"}
FOCUSED = 'document.activeElement?.className === "xterm-helper-textarea"'
WORDS = 'document.querySelector("#words").textContent'


async def test_the_board_is_seen_obeys_keys_and_asks_nobody_else(tmp_path: Path) -> None:
    run = shown_run(tmp_path)
    with program(run) as served:
        async with chromium.browser(tmp_path, (1400, 900)) as page:
            await page.go(served.url)
            await page.shows("add-auth", "migrate", "may I drop the table", "Merged 4")
            address = await page.value("location.href")
            assert "token" not in address and address.startswith("http://127.0.0.1:")
            assert await page.value("document.cookie") == "", "no script reads it"
            await page.press("?")
            await page.shows("move between cards and columns")
            await page.press("q")
            await page.press("m")
            await page.shows("answer migrate")
            await page.press("n")
            await page.press("o")
            await page.press("Enter")
            await page.shows("answer migrate: sent")
            [order] = sent(run.mailbox("operator").outbox)
            assert (order["verb"], order["args"]["task"], order["args"]["text"]) == ("answer", "migrate", "no")
            assert {urlsplit(url).netloc for url in page.asked} == {urlsplit(address).netloc}
            assert len(page.asked) > 5 and page.complaints == []
            boards = served.boards
        for pid in boards:
            await gone(pid)


async def test_a_page_that_would_ask_elsewhere_is_not_let(tmp_path: Path) -> None:
    with program(shown_run(tmp_path)) as served:
        async with chromium.browser(tmp_path) as page:
            await page.go(served.url)
            await page.shows("add-auth")
            listener = await asyncio.start_server(lambda reader, writer: reached.append(writer.close()), "127.0.0.1", 0)
            reached: list[None] = []
            other = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            async with listener:
                tries = [f"{ELSEWHERE}('{kind}', '{address}://{other}/')" for kind, address in WAYS.items()]
                assert [await page.value(one) for one in tries] == ["refused"] * len(tries)
            assert reached == []
            assert await page.value("window.open('about:blank')") is None
            assert page.complaints, "and it says so"


async def test_who_only_watches_can_send_nothing(tmp_path: Path) -> None:
    run = shown_run(tmp_path)
    with program(run, "--read-only") as served:
        async with chromium.browser(tmp_path, (800, 600)) as page:
            await page.go(served.url)
            seen = await page.shows("migrate", "why")
            assert "cancel" not in seen.splitlines()[-1]
            for key in "mrpxM":
                await page.press(key)
            await page.shows("this board only reads")
            await page.press("?")
            await page.shows("move between cards and columns")
            assert sent(run.mailbox("operator").outbox) == []


async def test_attaching_says_what_to_type_instead(tmp_path: Path) -> None:
    with program(shown_run(tmp_path)) as served:
        async with chromium.browser(tmp_path) as page:
            await page.go(served.url)
            await page.until(FOCUSED)  # before anything was clicked
            await page.shows("migrate")
            await page.press("Enter")
            await page.shows("this terminal can't be shared", "attach migrate")


async def test_a_board_that_was_left_says_so_and_can_be_opened_again(tmp_path: Path) -> None:
    with program(shown_run(tmp_path)) as served:
        async with chromium.browser(tmp_path, (800, 600)) as page:
            await page.go(served.url)
            await page.shows("migrate")
            await page.press("q")
            await page.until(CLOSED)
            assert await page.value(WORDS) == "the board was closed; the run goes on without it"
            await page.value('document.querySelector("#again").click()')
            await page.shows("migrate")
            assert not await page.value(CLOSED)
            await page.press("q")
            await page.until(CLOSED)
            served.interrupt()
            await page.value('document.querySelector("#again").click()')
            await page.until(f'{WORDS}.startsWith("the dashboard has ended")')


async def test_the_page_outlives_the_dashboard_with_words(tmp_path: Path) -> None:
    with program(shown_run(tmp_path)) as served:
        async with chromium.browser(tmp_path, (800, 600)) as page:
            await page.go(served.url)
            await page.shows("migrate")
            boards = served.boards
            assert len(boards) == 1
            code, _ = served.interrupt()
            assert code == 0 and not os.path.exists(f"/proc/{boards[0]}")  # noqa: ASYNC240
            await page.until(CLOSED)
            assert "the dashboard has ended" in await page.value(WORDS)
            assert "swarm dashboard" in await page.value(WORDS)
            await page.value('document.querySelector("#again").click()')
            await page.until(CLOSED)
            assert "the dashboard has ended" in await page.value(WORDS)


def sent(outbox: Path) -> list[dict[str, Any]]:
    """The orders that lie in an outbox."""
    return [json.loads(message.text) for _, message in Maildir(outbox).receive()] if outbox.exists() else []
