"""A board for each page, which ends with it: whoever goes first."""

from __future__ import annotations

import asyncio
import os
import signal

import aiohttp
import pytest
from served_world import STUCK, Browser, gone, hello, serving

from board.browser import dashboard, driver, showing


async def how_it_ended(browser: Browser, number: int = 1) -> str:
    return (await browser.get(f"{browser.room}end/{number}")).text


async def test_a_board_is_started_for_the_size_of_the_window_and_told_of_another() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab(query="?width=123&height=45") as page:
            _, said = await hello(page)
            assert f"size 123x45 driver {driver.NAME} argv ['a', 'b'] mail here" in said
            await page.send_json(["resize", {"width": 100000, "height": -1}])
            said = (await page.receive_bytes()).decode()
            assert '"width": 1000' in said and '"height": 1' in said


@pytest.mark.parametrize("query", ["", "?width=&height=x", "?width=1e3&height=-5", "?width=٣&height=99999999999"])
async def test_a_size_that_is_none_is_the_usual_one(query: str) -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab(query=query) as page:
            assert "size 80x24" in (await hello(page))[1]


async def test_keys_reach_the_board_and_a_ping_its_answer() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            await hello(page)
            for keys in ("?", "\x1b[A", "é日本\U0001f600", "x" * 100_000):
                await page.send_json(["stdin", keys])
                assert (await page.receive_bytes()).decode() == f"D {keys}"
            await page.send_json(["ping", "17"])
            assert await page.receive_json() == ["pong", "17"]
            await page.send_json(["focus"])
            assert (await page.receive_bytes()).decode() == 'M {"type": "focus"}'


NONSENSE = [
    "", "{", "[]", "null", "[1]", '["stdin"]', '["stdin", 5]', '["resize", {"width": "9"}]', '["quit"]', "[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:20])
async def test_what_the_page_does_not_send_ends_the_connection_and_the_board(text: str) -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            pid, _ = await hello(page)
            await page.send_str(text)
            assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
        await gone(pid)
        assert browser.told == []


async def test_half_a_character_reaches_the_board_as_a_question_mark() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            await hello(page)
            await page.send_str('["stdin", "a\\ud800b"]')
            assert (await page.receive_bytes()).decode() == "D a?b"


async def test_the_board_ends_when_its_tab_is_closed() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab(1) as first, browser.tab(2) as second:
            pids = [(await hello(page))[0] for page in (first, second)]
            await first.close()
            await gone(pids[0])
            await second.send_json(["stdin", "still here"])
            assert (await second.receive_bytes()).decode() == "D still here"
        await gone(pids[1])
        assert await how_it_ended(browser) == "the board was closed; the run goes on without it"


async def test_the_board_ends_when_the_browser_is_gone_without_a_word() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            pid, _ = await hello(page)
            transport = page._conn.transport if page._conn else None
            assert transport is not None
            transport.abort()
            await gone(pid)


async def test_the_board_ends_when_the_browser_answers_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "HEARTBEAT", 0.2)
    async with serving() as browser:
        await browser.enter()
        async with browser.tab(autoping=False) as page:
            pid, _ = await hello(page)
            await gone(pid)


async def test_all_boards_end_with_the_dashboard() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab(1) as first, browser.tab(2) as second:
            pids = [(await hello(page))[0] for page in (first, second)]
            closed = [asyncio.create_task(page.receive()) for page in (first, second)]
            await browser.end_dashboard()
            assert [os.path.exists(f"/proc/{pid}") for pid in pids] == [False, False], "it waits for its boards"  # noqa: ASYNC240
            assert [(await message).data for message in closed] == [aiohttp.WSCloseCode.GOING_AWAY] * 2


async def test_a_board_that_was_quit_closes_the_connection() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            pid, _ = await hello(page)
            await page.send_json(["stdin", "quit"])
            assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
        await gone(pid)
        assert await how_it_ended(browser) == "the board was closed; the run goes on without it"
        assert browser.told == []


async def test_a_board_that_breaks_is_told_to_the_page_and_to_the_terminal_as_text() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            await hello(page)
            await page.send_json(["stdin", "die"])
            assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
        assert await how_it_ended(browser) == "the board ended with exit code 1: it broke here"
        assert browser.told == ["the board ended with exit code 1: it broke here"]


async def test_a_board_that_was_killed_is_told_so() -> None:
    async with serving() as browser:
        await browser.enter()
        async with browser.tab() as page:
            pid, _ = await hello(page)
            os.kill(pid, signal.SIGKILL)
            assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
        assert "exit code -9" in await how_it_ended(browser)


async def test_a_board_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "PATIENCE", 0.2)
    async with serving(STUCK) as browser:
        await browser.enter()
        async with browser.tab() as page:
            pid, _ = await hello(page)
        await gone(pid)


async def test_a_program_that_is_no_board_is_told() -> None:
    async with serving("import sys; sys.exit('there is no run')") as browser:
        await browser.enter()
        async with browser.tab() as page:
            assert (await page.receive()).type is aiohttp.WSMsgType.CLOSE
        assert await how_it_ended(browser) == "the board ended with exit code 1: there is no run"


async def test_so_many_boards_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "MOST_BOARDS", 2)
    async with serving() as browser:
        await browser.enter()
        async with browser.tab(1) as first, browser.tab(2) as second:
            await hello(first)
            await hello(second)
            async with browser.tab(3) as third:
                assert (await third.receive()).data == aiohttp.WSCloseCode.TRY_AGAIN_LATER
            assert "are open already" in await how_it_ended(browser, 3)
        async with browser.tab(4) as fourth:
            await hello(fourth)


async def test_a_board_of_which_nothing_is_known_was_lost() -> None:
    async with serving() as browser:
        await browser.enter()
        assert await how_it_ended(browser, 9) == "the connection to the dashboard was lost"
