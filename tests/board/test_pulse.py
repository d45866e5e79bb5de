from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from board.pulse import Pulse
from inbox.watch import Watch

pytestmark = pytest.mark.asyncio


async def until(holds: Callable[[], object]) -> None:
    """Wait for a condition, at most ten seconds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 (the condition is not ours to signal)
            await asyncio.sleep(0.005)


async def test_a_change_on_disk_leads_to_a_look(tmp_path: Path) -> None:
    looks: list[str] = []
    with Watch([tmp_path]) as bell:
        pulse = Pulse(bell, lambda: looks.append("look"), lambda: None)
        pulse.start()
        await until(lambda: looks)  # the bell rings once when it has armed
        looks.clear()
        (tmp_path / "journal.jsonl").write_text("grown")
        await until(lambda: looks)
        pulse.stop()


async def test_many_rings_are_few_looks(tmp_path: Path) -> None:
    looks: list[str] = []
    with Watch([tmp_path]) as bell:
        pulse = Pulse(bell, lambda: looks.append("look"), lambda: None)
        pulse.start()
        for _ in range(1000):
            bell.ring()
            await asyncio.sleep(0)
        await until(lambda: looks)
        assert len(looks) < 100
        pulse.stop()


async def test_a_scan_comes_though_no_bell_rings_and_nothing_after_the_stop(tmp_path: Path) -> None:
    scans: list[str] = []
    with Watch([tmp_path / "not-there"]) as bell:
        pulse = Pulse(bell, lambda: None, lambda: scans.append("scan"))
        pulse.start()
        assert scans == ["scan"]
        await until(lambda: len(scans) == 2)
        pulse.stop()
        pulse.stop()
        bell.ring()
        await asyncio.sleep(0)
    assert len(scans) == 2
