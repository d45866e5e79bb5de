"""The main states of the board, as pictures that are looked at once and held from then on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from board_pilot import script, shown, until
from pictures import HERE, picture, same_picture
from simulated import BEGAN, SHOWN, Run, plan, showcase, shown_fate

from board.app import BoardApp
from board.commands import OPERATOR
from board.screen import Board
from board.verbs import Verbs
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir

SIZES = {"narrow": (50, 30), "usual": (80, 24), "wide": (200, 50)}
THEMES = {"dark": "textual-dark", "light": "textual-light"}

LOG = """\
\x1b[1mreading\x1b[0m the schema of \x1b[36maccounts\x1b[0m
\x1b[32m✓\x1b[0m 12 tables, 31 indexes
\x1b[33mwarning\x1b[0m: users has no primary key
copying  10%\rcopying  60%\rcopying 100%
\x1b[31merror\x1b[0m: users is referenced by sessions
may I drop the table users?
"""

DIFF = """\
diff --git a/api/login.py b/api/login.py
index 1111111..2222222 100644
--- a/api/login.py
+++ b/api/login.py
@@ -1,4 +1,6 @@ def login(request):
 from accounts import find
-from passwords import md5
+from passwords import argon2id
+from sessions import begin
 def login(request):
diff --git a/docs/old.md b/docs/login.md
similarity index 90%
rename from docs/old.md
rename to docs/login.md
"""


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same second, in the same place of the world."""
    monkeypatch.setattr(time, "time", lambda: BEGAN + 300)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def run(run_dir: RunDir) -> Run:
    run = showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    run.record(e.MessageAccepted("n1", "operator", "ui", "note", "keyboard first, please", recipients=("worker-3",)))
    run.record(e.MessageDelivered("n1", "worker-3"))
    attempt = run_dir.attempt("migrate", 1)
    attempt.path.mkdir(parents=True)
    attempt.log.write_text(LOG)
    return run


def board(run_dir: RunDir) -> BoardApp:
    said = script(run_dir.path / "swarm.py", f"print({DIFF!r}, end='')")
    return BoardApp(Board(run_dir.path, verbs=Verbs(run_dir.mailbox(OPERATOR).path, said)))


MAIN = {
    "kanban": [],
    "needs-you": ["n"],
    "diff": ["d"],
    "messages": ["3", "z"],
    "graph": ["v"],
    "timeline": ["v", "v"],
    "help": ["question_mark"],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", MAIN)
async def test_the_board_at_three_sizes_in_both_colours(
    run: Run, run_dir: RunDir, state: str, size: str, theme: str
) -> None:
    app = board(run_dir)
    async with app.run_test(size=SIZES[size]) as pilot:
        app.theme = THEMES[theme]
        await shown(pilot, app)
        await pilot.press(*MAIN[state])
        if state == "diff":
            await until(pilot, lambda: any("argon2id" in line for line in app.board.panel.page.lines_shown))
        await pilot.pause(0.2)
        same_picture(f"{state}-{size}-{theme}", app)


STATES = {
    "board": [],
    "why": ["w"],
    "summary": ["s"],
    "filter": ["slash", *"login", "enter"],
    "confirm": ["x"],
    "events": ["4", "z"],
    "links": ["7", "z"],
}


@pytest.mark.asyncio
@pytest.mark.parametrize("state", STATES)
async def test_a_state_of_the_board(run: Run, run_dir: RunDir, state: str) -> None:
    app = board(run_dir)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press(*STATES[state])
        await pilot.pause(0.2)
        same_picture(state, app)


@pytest.mark.asyncio
async def test_a_run_that_has_ended(run_dir: RunDir) -> None:
    tasks = [Task("api", "Endpoints", "p"), Task("ui", "The page", "p", ("api",)), Task("e2e", "Tests", "p", ("ui",))]
    Run.written(run_dir.journal, plan(tasks), lambda task, _: "fail" if task.id == "ui" else "seal").begin().play()
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.pause(0.2)
        same_picture("ended", app)


@pytest.mark.asyncio
async def test_a_run_in_trouble_and_one_that_has_not_begun(run: Run, run_dir: RunDir, tmp_path: Path) -> None:
    run.record(e.WorkerBroken("worker-4", "python: command not found"))
    run.record(e.BudgetSet(0.25, "operator"))
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.pause(0.1)
        same_picture("trouble", app)
    waiting = BoardApp(Board(tmp_path / "runs" / "later"))
    async with waiting.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: waiting.board.notice.text.startswith("waiting"))
        await pilot.pause(0.1)
        same_picture("waiting", waiting)


def test_no_picture_is_without_a_test_and_none_needs_anything_from_outside() -> None:
    wide = {f"{state}-{size}-{theme}" for state in MAIN for size in SIZES for theme in THEMES}
    assert {path.stem for path in HERE.glob("*.svg")} == wide | set(STATES) | {"ended", "trouble", "waiting"}
    for path in HERE.glob("*.svg"):
        text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "http" not in text
        assert "<script" not in text


@pytest.mark.asyncio
async def test_a_picture_tells_a_difference(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        before = picture(app)
        await pilot.press("j")
        assert picture(app) != before
