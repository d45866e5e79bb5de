from __future__ import annotations

import re

from served_world import serving

from board.browser import page


async def test_all_that_the_page_names_is_served_from_here() -> None:
    async with serving() as browser:
        await browser.enter()
        text = (await browser.get(browser.room)).text
        named = re.findall(r'(?:href|src)="([^"]+)"', text)
        assert len(named) >= 5
        for path in named:
            assert (await browser.get(browser.room + path)).status == 200, path
        styles = (await browser.get(f"{browser.room}file/page.css")).text
        for path in re.findall(r'url\("?([^")]+)', styles):
            assert (await browser.get(f"{browser.room}file/{path}")).status == 200, path


def test_no_file_of_the_page_speaks_of_another_address() -> None:
    sources = {name: file.body.decode() for name, file in page.files().items() if file.kind.startswith("text/")}
    sources["index.html"] = page.TEMPLATE.template
    for name, source in sources.items():
        code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
        assert re.findall(r"(?:https?:)?//[a-z][\w-]*\.[a-z]{2,}", code) == [], name


async def test_the_title_is_text() -> None:
    async with serving() as browser:
        await browser.enter()
        text = (await browser.get(browser.room)).text
        assert "<title>the &lt;run&gt;</title>" in text
        assert "<script>" not in text and "onclick" not in text.lower() and " style=" not in text


async def test_each_page_has_a_tab_of_its_own() -> None:
    async with serving() as browser:
        await browser.enter()
        found = [re.search(r'socket-url="([^"]+)"', (await browser.get(browser.room)).text) for _ in range(2)]
        first, second = (match[1] for match in found if match)
        assert first != second and first.startswith(f"ws://{browser.place}{browser.room}socket/")
