"""Who may come in: each request that may not is sent, with everything else about it right."""

from __future__ import annotations

import aiohttp
import pytest
from served_world import Browser, has_ipv6, hello, serving

PLACES = ["", "file/textual.js", "file/page.css", "end/1", "nothing/here"]


async def test_the_link_lets_a_browser_in_and_leads_to_an_address_without_the_token() -> None:
    async with serving() as browser:
        answer = await browser.enter()
        assert (answer.status, answer.headers["Location"]) == (303, browser.room)
        assert "token" not in answer.headers["Location"] + answer.text
        page = await browser.get(browser.room)
        assert page.status == 200 and "textual-terminal" in page.text
        async with browser.tab() as tab:
            await hello(tab)


async def test_the_cookie_is_out_of_reach_for_scripts_other_sites_and_other_ports() -> None:
    async with serving() as browser:
        [cookie, *rules] = (await browser.enter()).headers["Set-Cookie"].split("; ")
        assert set(rules) == {"HttpOnly", "SameSite=Strict", f"Path={browser.room.rstrip('/')}"}
        assert len(browser.room) > 16, "a path that can be guessed is no room of one's own"
        token = browser.links[0].partition("=")[2]
        assert token not in cookie, "what a history keeps opens nothing"


async def test_a_link_works_once_and_the_next_one_is_handed_out() -> None:
    async with serving() as browser:
        first = browser.links[0]
        await browser.enter()
        assert len(browser.links) == 2 and browser.links[1] != first
        browser.cookie = ""
        assert (await browser.get(first)).status == 403
        assert len(browser.links) == 2
        assert (await browser.get(browser.links[1])).status == 303


async def test_who_is_in_may_come_by_an_old_link_and_uses_up_none() -> None:
    async with serving() as browser:
        await browser.enter()
        assert (await browser.get(browser.links[0])).headers["Location"] == browser.room
        assert len(browser.links) == 2


@pytest.mark.parametrize("place", PLACES)
async def test_without_the_cookie_nothing_is_given(place: str) -> None:
    async with serving() as browser:
        await browser.enter()
        for cookie in ("", "swarm-board=", "swarm-board=wrong", "swarm-board=é", "other=1", "=;;="):
            browser.cookie = cookie
            answer = await browser.get(browser.room + place)
            assert answer.status == 403 and "newest link" in answer.text


@pytest.mark.parametrize("token", ["", "wrong", "%C3%A9", "%ff", "%00", "a" * 5000])
async def test_a_wrong_token_opens_nothing(token: str) -> None:
    async with serving() as browser:
        answer = await browser.get(f"{browser.room}?token={token}")
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
        assert len(browser.links) == 1


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/static/js/textual.js", "/ws", "/download/1", "//", "/%2e%2e/"])
async def test_outside_the_room_there_is_nothing_even_with_the_cookie(path: str) -> None:
    async with serving() as browser:
        await browser.enter()
        assert (await browser.get(path)).status == 403
        token = browser.links[-1].partition("?")[2]
        assert (await browser.get(f"{path}?{token}")).status == 403


HOSTS = [
    "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:{port}", "localhost", "",
    "[::1]:{port}", "LOCALHOST:{port}", "127.0.0.1:{port}.evil.example", "127.1:{port}", "localhost.:{port}",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
async def test_a_request_to_another_name_is_refused(host: str) -> None:
    async with serving() as browser:
        await browser.enter()
        named = {"Host": host.format(port=browser.place.rpartition(":")[2])}
        for path in (browser.room, browser.links[-1], browser.room + "file/page.js"):
            answer = await browser.get(path, named)
            assert answer.status in (400, 421)
            assert "Set-Cookie" not in answer.headers
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with browser.tab(headers={**named, "Origin": f"http://{named['Host']}"}):
                pass


async def test_the_machine_may_be_called_localhost() -> None:
    async with serving() as browser:
        await browser.enter()
        host = "localhost:" + browser.place.rpartition(":")[2]
        answer = await browser.get(browser.room, {"Host": host})
        assert answer.status == 200 and f"ws://{host}" in answer.headers["Content-Security-Policy"]
        async with browser.tab(headers={"Host": host, "Origin": f"http://{host}"}) as tab:
            await hello(tab)


ORIGINS = [
    "null", "", "http://evil.example", "https://{place}", "http://127.0.0.1", "http://127.0.0.1:1",
    "http://{place}.evil.example", "http://localhost:{port}", "http://{place}/", "HTTP://{place}",
]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_page_from_elsewhere_gets_no_websocket(origin: str) -> None:
    async with serving() as browser:
        await browser.enter()
        given = origin.format(place=browser.place, port=browser.place.rpartition(":")[2])
        await refused(browser, {"Origin": given})


async def test_a_websocket_without_origin_or_cookie_or_with_two_origins_is_refused() -> None:
    async with serving() as browser:
        await browser.enter()
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        assert (await browser.get(browser.room + "socket/1", {**upgrade, **key})).status == 403, "no origin"
        await refused(browser, {"Cookie": ""})
        await refused(browser, {"Cookie": "swarm-board=wrong"})


async def test_the_address_ipv6_has_names_of_its_own() -> None:
    if not has_ipv6():
        pytest.skip("this machine has no ::1")
    async with serving(address="::1") as browser:
        await browser.enter()
        assert (await browser.get(browser.room)).status == 200
        port = browser.place.rpartition(":")[2]
        assert (await browser.get(browser.room, {"Host": f"127.0.0.1:{port}"})).status == 421
        async with browser.tab() as tab:
            await hello(tab)


async def refused(browser: Browser, headers: dict[str, str]) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as error:
        async with browser.tab(headers=headers):
            pass
    assert error.value.status == 403


# what a browser may do with what it is given


@pytest.mark.parametrize("path", ["", "?token=wrong", "file/textual.js", "file/no-such", "end/1", "/../", "socket/1"])
async def test_every_answer_carries_the_rules_for_the_browser(path: str) -> None:
    async with serving() as browser:
        for inside in (False, True):
            if inside:
                await browser.enter()
            headers = (await browser.get(browser.room + path)).headers
            policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
            assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
            assert policy["script-src"] == "'self'" and policy["connect-src"] == f"'self' ws://{browser.place}"
            assert all("*" not in value and "http" not in value for value in policy.values())
            assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Server"] == "swarm", "whose version it is, is nobody's business"


NAMES = [
    "../dashboard.py", "..%2fdashboard.py", "%2e%2e/page.py", "..", "/etc/passwd", "%2fetc%2fpasswd", "textual.js%00",
    "", "page", "../file/../../page.py", "index.html", "..\\page.py", "%c0%ae%c0%ae/page.py",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_a_path_leads_to_none_but_the_files_of_the_page(name: str) -> None:
    async with serving() as browser:
        await browser.enter()
        answer = await browser.get(f"{browser.room}file/{name}")
        assert answer.status in (400, 403, 404)
        assert "import" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_there_is_nothing_to_be_done_by_other_methods(method: str) -> None:
    async with serving() as browser:
        await browser.enter()
        assert (await browser.get(browser.room, method=method)).status in (400, 403, 405)
