"""What the board costs, beside what it can't do without: `python benchmarks/kanban.py [--json FILE] [TASKS…]`.

Everything is measured in one run, so that the figures can be compared with each other; absolute times say little on a
shared machine.

    event to screen     an entry is appended to the journal; until the changed card's line was drawn (its strip was
                        rendered), through watchfiles, the fold and the widgets.  Beside it: the same entry, folded and
                        made a card, without any terminal.
    burst               500 entries at once: how often a line of the changed cards' list was drawn, and how long it took
    first paint         from the start of the program to the first drawn frame, on a pseudo terminal, and to the first
                        frame with a card; beside it a bare Textual application with one line of text
    idle                processor time of a board on which nothing happens, as a share of the wall time
    scrolling           one key down, until it was drawn, in a list of so many cards
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import pty
import resource
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from board.app import BoardApp
from board.screen import Board
from board.view.card import card
from board.view.columns import Column
from board.widgets.column import CardList
from swarm.core import events as e
from swarm.core.evolve import evolve
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.state import State
from swarm.journal import Journal
from swarm.paths import RunDir

SIZE = (200, 50)
COMMIT = "1" * 40


class Run:
    """A journal with a run of independent tasks, written as a leader would."""

    def __init__(self, path: Path, count: int) -> None:
        path.parent.mkdir(parents=True)
        self.journal = Journal(path)
        tasks = tuple(Task(f"t{number}", f"Task number {number}", "do it") for number in range(count))
        plan = Plan("bench", tasks, workers=(WorkerSpec("worker-1"),))
        self.at = time.time()
        self.entries: list[e.Entry] = []
        self.write(e.RunStarted("bench", "/", COMMIT, "main", plan), e.LeaderStarted(1, "boot"))

    def write(self, *events: e.Event) -> None:
        """One entry."""
        self.entries += self.journal.append([(time.time(), time.monotonic(), events)])

    def pauses(self, count: int) -> list[tuple[float, float, tuple[e.Event, ...]]]:
        """Entries that pause task after task, then let them go on, and so forth."""
        tasks = len(self.entries[0].events[0].plan.tasks) - 1  # type: ignore[attr-defined]
        kinds = (e.TaskPaused, e.TaskUnpaused)
        events = (kinds[number // tasks % 2](f"t{1 + number % tasks}", 0) for number in range(count))
        return [(time.time(), time.monotonic(), (event,)) for event in events]


class Drawn:
    """When lines of card lists were drawn last, and how often."""

    def __init__(self) -> None:
        self.at = 0.0
        self.lines = 0
        self.frames = 0


@contextmanager
def watched(drawn: Drawn) -> Iterator[None]:
    """Note each line that a card list draws."""
    real = CardList.render_line

    def render_line(self: CardList, y: int) -> Any:
        now = time.perf_counter()
        drawn.frames += now - drawn.at > 0.005
        drawn.at, drawn.lines = now, drawn.lines + 1
        return real(self, y)

    CardList.render_line = render_line  # type: ignore[method-assign]
    try:
        yield
    finally:
        CardList.render_line = real  # type: ignore[method-assign]


async def following(place: Path, count: int, times: int) -> dict[str, float]:
    """Event to screen, burst, scrolling."""
    run_dir = RunDir(place / f"run-{count}")
    run = Run(run_dir.journal, count)
    app, drawn = BoardApp(Board(run_dir.path)), Drawn()
    async with app.run_test(size=SIZE) as pilot:
        while len(app.board.kanban.cards) < count:
            await pilot.pause(0.01)
        await pilot.pause(0.5)
        with watched(drawn):
            single = [await _one_event(run, app, drawn, number) for number in range(times)]
            burst = await _burst(run, app, drawn)
            scrolled = [await _scroll(pilot, drawn, key) for key in ("down", "pagedown", "end", "home") * times]
    bare = _bare(run, times)
    return {
        "event to screen, median ms": round(1000 * statistics.median(single), 2),
        "event to screen, worst ms": round(1000 * max(single), 2),
        "fold and card alone, median ms": round(1000 * bare, 3),
        "burst of 500, ms": round(1000 * burst[0], 1),
        "burst of 500, frames": burst[1],
        "one key of scrolling, median ms": round(1000 * statistics.median(scrolled), 2),
    }


async def _one_event(run: Run, app: BoardApp, drawn: Drawn, number: int) -> float:
    name = "t0"
    wanted = Column.READY if number % 2 else Column.NEEDS_YOU
    before, drawn.at = time.perf_counter(), 0.0
    run.write(e.TaskUnpaused(name, 0) if number % 2 else e.TaskPaused(name, 0))
    while not (drawn.at > before and app.board.kanban.cards[name].column is wanted):  # noqa: ASYNC110
        await asyncio.sleep(0)  # what draws knows nothing of us
    took = drawn.at - before
    await asyncio.sleep(0.1)
    return took


async def _burst(run: Run, app: BoardApp, drawn: Drawn) -> tuple[float, int]:
    drawn.frames = 0
    last = app.board.feed.state.seq + 500
    before = time.perf_counter()
    run.entries += run.journal.append(run.pauses(500))
    while app.board.feed.state.seq < last:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    return drawn.at - before, drawn.frames


async def _scroll(pilot: Any, drawn: Drawn, key: str) -> float:
    before, drawn.at = time.perf_counter(), 0.0
    pilot.app.simulate_key(key)
    while not drawn.at > before:
        await asyncio.sleep(0)
        if time.perf_counter() - before > 0.2:  # already there: nothing to draw
            break
    return max(0.0, drawn.at - before)


def _bare(run: Run, times: int) -> float:
    """Fold an entry and make its card."""
    state = State()
    for entry in run.entries[:1]:
        evolve(state, entry)
    found = []
    for entry in run.entries[1 : 1 + times]:
        before = time.perf_counter()
        evolve(state, entry)
        card(state, state.tasks["t0"])
        found.append(time.perf_counter() - before)
    return statistics.median(found)


BARE = "from textual.app import App\nfrom textual.widgets import Static\n"
BARE += "class Bare(App):\n    def compose(self):\n        yield Static('hello')\nBare().run()"


def first_paint(argv: list[str], word: bytes, seconds: float = 20.0) -> float:
    """Seconds from the start of a program until it has drawn a frame with this word."""
    begun = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "36"}
        os.execv(argv[0], argv)
    seen = b""
    while word not in seen and time.perf_counter() - begun < seconds:
        if select.select([terminal], [], [], 0.4)[0]:
            seen += os.read(terminal, 1 << 16)
    painted = time.perf_counter() - begun
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(terminal)
    return painted


IDLE = 60.0
"""Seconds over which an idle board is looked at: the kernel counts hundredths, and a start goes on for a while."""


def idle(place: Path, count: int, seconds: float) -> float:
    """The share of a processor that a board takes on which nothing happens."""
    run_dir = RunDir(place / f"idle-{count}")
    Run(run_dir.journal, count)
    code = "import sys, pathlib; from board.app import main; main(pathlib.Path(sys.argv[1]))"
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "200", "LINES": "50"}
        os.execv(sys.executable, [sys.executable, "-c", code, str(run_dir.path)])

    def drain(until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                os.read(terminal, 1 << 16)

    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    drain(time.monotonic() + 4)
    before = used()
    drain(time.monotonic() + seconds)
    share = (used() - before) / seconds
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(terminal)
    return share


def main() -> int:
    """Measure, print a table, write JSON where it is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tasks", nargs="*", type=int, default=[100, 1000, 10_000])
    parser.add_argument("--times", type=int, default=20, help="how often each thing is done")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    found: dict[str, Any] = {"machine": machine}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for count in options.tasks:
            found[f"{count} tasks"] = asyncio.run(following(place, count, options.times))
            found[f"{count} tasks"]["idle, % of a core"] = round(100 * idle(place, count, IDLE), 2)
        found["first paint"] = _paints(place, max(3, options.times // 4))
    found["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found, indent=1))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _paints(place: Path, times: int) -> dict[str, float]:
    """Median seconds to the first frame of a bare application and of boards, in turns."""
    run_dir = RunDir(place / "paint")
    Run(run_dir.journal, 100)
    board = "import sys, pathlib; from board.app import main; main(pathlib.Path(sys.argv[1]))"
    bare, ours, cards = [], [], []
    for _ in range(times):
        bare.append(first_paint([sys.executable, "-c", BARE], b"hello"))
        ours.append(first_paint([sys.executable, "-c", board, str(run_dir.path)], b"reading the journal"))
        cards.append(first_paint([sys.executable, "-c", board, str(run_dir.path)], b"t0"))
    one, other = statistics.median(bare), statistics.median(ours)
    return {
        "bare Textual, ms": round(1000 * one), "board, ms": round(1000 * other), "ratio": round(other / one, 2),
        "board with cards, ms": round(1000 * statistics.median(cards)),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
