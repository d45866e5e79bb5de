from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from board_pilot import commands, script, seen, shown, toasts, until
from simulated import SHOWN, Run, plan, shown_fate
from textual.widgets import Input, Static

from board.app import BoardApp
from board.commands import OPERATOR
from board.feed import GONE, WAITING
from board.screen import Board
from board.verbs import Verbs
from board.view.columns import Column
from board.view.tabs import Tab
from board.widgets.dialogs import Confirm, Tell
from board.widgets.pick import Pick
from inbox.maildir import Maildir
from inbox.message import Message, new_id
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir

pytestmark = pytest.mark.asyncio


async def test_the_board_shows_every_task_and_begins_with_what_needs_a_person(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(200, 50)) as pilot:
        await shown(pilot, app)
        assert set(app.board.kanban.cards) == set(run.state.tasks)
        assert app.board.kanban.chosen == "migrate"
        text = seen(app)
        assert all(task in text for task in run.state.tasks if len(task) < 20)
        assert "may I drop the table users?" in text
        assert "4/14 merged" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50), (61, 12), (59, 20), (30, 8), (20, 5)])
async def test_no_line_is_wider_than_the_terminal(run: Run, run_dir: RunDir, size: tuple[int, int]) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app)
        for keys in ("", "right", "d", "escape", "tab", "z"):
            await pilot.press(*([keys] if keys else []))
            assert all(strip.cell_length == size[0] for strip in app.screen._compositor.render_strips())


async def test_a_narrow_terminal_shows_one_list_with_what_needs_a_person_on_top(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(46, 24)) as pilot:
        await shown(pilot, app)
        lines = [line.strip() for line in seen(app).splitlines()]
        assert lines[2].startswith("≡ All 14")
        assert "migrate" in lines[3]
        await pilot.press("j")
        assert app.board.kanban.chosen == "theme"
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        assert app.board.kanban.chosen == "theme"
        assert not app.board.kanban.every.display


async def test_keys_move_between_cards_and_columns_with_cards(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        path = []
        for key in ("j", "down", "k", "h", "left", "left", "l", "right", "right", "right", "G", "g"):
            await pilot.press(key)
            path.append(app.board.kanban.chosen)
        assert path == [
            "theme", "theme", "migrate", "hashing", "e2e", "e2e", "hashing", "migrate", "mail", "api", "schema", "api",
        ]  # fmt: skip
        assert "api" in seen(app), "the columns moved along"


async def test_a_click_chooses_a_card(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(200, 50)) as pilot:
        await shown(pilot, app)
        await pilot.click(app.board.kanban.lists[Column.MERGED], offset=(3, 6))
        assert app.board.kanban.chosen == "lint"


async def test_a_new_event_reaches_the_card_while_the_choice_follows_the_task(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(200, 50)) as pilot:
        await shown(pilot, app)
        run.command("answer", "migrate", "yes")
        await until(pilot, lambda: app.board.kanban.cards["migrate"].column is Column.RUNNING)
        assert app.board.kanban.chosen == "migrate"
        assert "migrate" in app.board.kanban.lists[Column.RUNNING].deck
        assert "migrate" not in app.board.kanban.lists[Column.NEEDS_YOU].deck
        assert "works on it" in app.board.panel.caption.reason


async def test_before_the_run_begins_the_board_waits_and_then_follows(run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.board.notice.text == WAITING)
        assert "waiting for the run to begin" in seen(app)
        await pilot.press("j", "l", "w", "enter", "m", "p", "x", "d", "escape", "tab")
        Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate).begin()
        await until(pilot, lambda: len(app.board.kanban.cards) == len(SHOWN))
        assert app.board.notice.text == ""


async def test_a_journal_deleted_under_the_board_leaves_it_standing(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        run_dir.journal.unlink()
        await until(pilot, lambda: app.board.notice.text == GONE)
        await pilot.press("j", "tab", "w", "escape")
        assert len(app.board.kanban.cards) == len(SHOWN)
        Run.written(run_dir.journal, plan(SHOWN[:2], 4), shown_fate).begin()
        await until(pilot, lambda: set(app.board.kanban.cards) == {"schema", "docs"})
        assert app.board.kanban.chosen in app.board.kanban.cards


async def test_a_finished_run_says_so(run_dir: RunDir) -> None:
    Run.written(run_dir.journal, plan([Task("a", "A", "p")]), lambda *_: "seal").begin().play()
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        assert "the run finished: 1 of 1 merged" in seen(app)


@pytest.mark.parametrize(
    ("task", "key", "verb"), [("ui", "p", "pause"), ("theme", "p", "unpause"), ("captcha", "r", "retry")]
)
async def test_a_key_sends_a_command(run: Run, run_dir: RunDir, task: str, key: str, verb: str) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose(task)
        await pilot.press(key)
        assert commands(run_dir) == [{"verb": verb, "args": {"task": task}}]
        assert toasts(app) == [f"{verb} {task}: sent"]


async def test_the_leaders_answer_is_shown_as_it_is(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await shown(pilot, app)
        await pilot.press("r")
        [name] = Maildir(run_dir.mailbox(OPERATOR).outbox).unread()
        inbox = Maildir(run_dir.mailbox(OPERATOR).inbox).create()
        answer = json.dumps({"ok": False, "text": "migrate is [b]waiting[/b]"})
        inbox.send(Message(new_id("leader", 1, 1), "leader", OPERATOR, "reply", answer, 1.0, name.rpartition(".")[0]))
        await until(pilot, lambda: "retry migrate: migrate is [b]waiting[/b]" in toasts(app))
        await until(pilot, lambda: "[b]waiting[/b]" in seen(app))


async def test_cancel_asks_first(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("x")
        assert isinstance(app.screen, Confirm)
        await pilot.press("j", "p", "n")
        assert commands(run_dir) == []
        await pilot.press("x", "y")
        assert commands(run_dir) == [{"verb": "cancel", "args": {"task": "migrate"}}]


async def test_held_work_is_approved_and_nothing_else(run_dir: RunDir) -> None:
    run = Run.written(run_dir.journal, plan([Task("a", "", "p"), Task("b", "", "p", ("a",))]), lambda *_: "error")
    run.begin().play(50)
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        assert app.board.kanban.cards["a"].status == "review"
        app.board.kanban.choose("b")
        await pilot.press("M")
        assert commands(run_dir) == []
        app.board.kanban.choose("a")
        await pilot.press("M")
        assert commands(run_dir) == [{"verb": "approve", "args": {"task": "a", "commit": run.state.tasks["a"].commit}}]


async def test_a_board_that_only_reads_sends_nothing(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path, read_only=True))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press("p", "r", "x", "m", "M")
        assert len(app.screen_stack) == 1
        assert not run_dir.mail.exists() or commands(run_dir) == []
        assert "retry" not in seen(app).splitlines()[-1]


async def test_tab_goes_through_what_is_known_of_a_card(run: Run, run_dir: RunDir) -> None:
    attempt = run_dir.attempt("migrate", 1)
    attempt.path.mkdir(parents=True)
    attempt.log.write_text("reading the schema\n")
    said = script(run_dir.path / "swarm.py", "import sys; print('+asked for', *sys.argv[1:])")
    app = BoardApp(Board(run_dir.path, verbs=Verbs(run_dir.mailbox(OPERATOR).path, said)))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        assert "reading the schema" in app.board.panel.page.lines_shown
        await pilot.press("tab")
        await until(pilot, lambda: "+asked for diff migrate" in app.board.panel.page.lines_shown)
        await pilot.press("tab")
        assert any("migrate asks" in line for line in app.board.panel.page.lines_shown)
        await pilot.press("tab")
        assert any("claimed migrate" in line for line in app.board.panel.page.lines_shown)
        await pilot.press("tab")
        assert app.board.panel.page.lines_shown == ["Migrate."]
        await pilot.press("tab")
        assert app.board.panel.page.lines_shown == ["it has not been verified yet"]
        await pilot.press("tab")
        assert "needed by" in app.board.panel.page.lines_shown
        await pilot.press("tab")
        assert app.board.desk.open_tab is Tab.PREVIEW
        await pilot.press("shift+tab")
        assert app.board.desk.open_tab is Tab.LINKS


async def test_the_log_is_followed_while_it_grows(run: Run, run_dir: RunDir) -> None:
    attempt = run_dir.attempt("migrate", 1)
    attempt.path.mkdir(parents=True)
    attempt.log.write_text("".join(f"line {number}\n" for number in range(100)))
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        assert "line 99" in seen(app)
        with attempt.log.open("a") as log:
            log.write("the newest line\n")
        await until(pilot, lambda: "the newest line" in seen(app))
        await pilot.press("pageup")
        with attempt.log.open("a") as log:
            log.write("still newer\n")
        await until(pilot, lambda: "still newer" in app.board.panel.page.lines_shown)
        assert "still newer" not in seen(app), "who reads further up is left there"


async def test_the_diff_has_the_whole_screen_and_a_failure_is_told(run: Run, run_dir: RunDir) -> None:
    said = script(run_dir.path / "swarm.py", "import sys; sys.exit('swarm diff: [b]no commits[/b] yet')")
    app = BoardApp(Board(run_dir.path, verbs=Verbs(run_dir.mailbox(OPERATOR).path, said)))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: "swarm diff: [b]no commits[/b] yet" in app.board.panel.page.lines_shown)
        assert not app.board.kanban.lists[Column.NEEDS_YOU].region
        await pilot.press("escape")
        await pilot.pause()
        assert app.board.kanban.lists[Column.NEEDS_YOU].region


async def test_a_diff_that_hangs_is_ended_when_another_is_asked_for(run: Run, run_dir: RunDir) -> None:
    body = """
        import os, pathlib, sys, time
        pathlib.Path(sys.argv[0]).with_name("pid-" + sys.argv[2]).write_text(str(os.getpid()))
        if sys.argv[2] == "migrate":
            time.sleep(600)
        print("quick")
    """
    said = script(run_dir.path / "swarm.py", "\n".join(line[8:] for line in body.splitlines()))
    app = BoardApp(Board(run_dir.path, verbs=Verbs(run_dir.mailbox(OPERATOR).path, said)))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("d")
        slow = run_dir.path / "pid-migrate"
        await until(pilot, lambda: slow.exists() and slow.read_text())
        app.board.kanban.choose("ui")
        await until(pilot, lambda: app.board.panel.page.lines_shown == ["quick"])
        await until(pilot, lambda: not Path(f"/proc/{slow.read_text()}").exists())


async def test_why_tells_the_reason_and_what_stands_behind_it(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("report")
        await pilot.press("w")
        assert isinstance(app.screen, Tell)
        assert app.screen.lines[0].startswith("report: its upstream captcha is failed")
        assert app.screen.lines[-1] == "next: swarm retry captcha"
        await pilot.press("escape", "question_mark")
        assert "attach to the task's pane" in seen(app)


async def test_a_filter_is_typed_kept_and_taken_back(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press("slash", *"login zz")
        assert app.board.query_one("#filter", Input).value == "login zz"
        assert len(app.board.kanban.every.deck) == 0
        await pilot.press("backspace", "backspace", "backspace", "enter")
        found = {card.id for card in app.board.kanban.every.deck.cards}
        assert found == {"api", "docs", "audit-log-with-a-long-name", "ui"}
        assert app.board.kanban.chosen in app.board.kanban.every.deck
        assert "/login" in seen(app).splitlines()[-1]
        await pilot.press("j", "escape")
        assert len(app.board.kanban.every.deck) == len(SHOWN)


async def test_hostile_text_is_only_text(run_dir: RunDir) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J[@click=app.quit]go[/] [red]x[/red] \u202egpj.exe \ud800 \x9b5m"
    run = Run.written(run_dir.journal, plan([Task("a", evil, evil), Task("b", evil, evil)]), lambda *_: "ask").begin()
    run.play(8)
    attempt = run_dir.attempt("a", 1)
    attempt.path.mkdir(parents=True)
    attempt.log.write_bytes(evil.encode("utf-8", "surrogatepass"))
    said = script(run_dir.path / "swarm.py", "import sys; sys.stdout.buffer.write(b'+\\x1b[2J[red]\\xff\\n')")
    app = BoardApp(Board(run_dir.path, verbs=Verbs(run_dir.mailbox(OPERATOR).path, said)))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        for keys in (*("tab" for _ in Tab), "w", "escape", "x", "n", "m", "escape", "f", "escape", "d", "f", "escape"):
            await pilot.press(keys)
            text = seen(app)
            text.encode()
            assert not set(text) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert "[@click=app.quit]go[/] [red]x" in app.board.kanban.cards["a"].title
        assert app.is_running


async def test_every_static_text_of_a_window_is_shown_without_markup(run_dir: RunDir) -> None:
    Run.written(run_dir.journal, plan([Task("a", "[b]x", "p")]), lambda *_: "run").begin()
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        for window in (Confirm("[b]sure?[/b]"), Tell(["[b]this[/b]"]), Pick([("[b]where?[/b]", 0)])):
            await app.push_screen(window)
            await pilot.pause()
            assert "[b]" in seen(app)
            assert all(not static._render_markup for static in window.query(Static))
            await app.pop_screen()


async def test_attach_without_a_worker_or_a_terminal_says_what_to_do(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("enter")
        app.board.kanban.choose("theme")
        await pilot.press("enter")
        assert toasts(app)[0].endswith("in another one: swarm attach migrate")
        assert toasts(app)[1] == "nobody works on theme now"


async def test_t_takes_the_agent_over_and_shows_its_pane_p_hands_it_back(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("ui")
        await pilot.press("t")
        assert toasts(app)[0].endswith("in another one: swarm take ui")
        ui = app.board.feed.state.tasks["ui"]
        run.record(e.AttemptTaken("ui", ui.attempt, "operator"))
        await until(pilot, lambda: app.board.feed.state.tasks["ui"].taken_by)
        app.board.kanban.choose("ui")
        await pilot.press("t", "p")
        assert toasts(app)[1].endswith("in another one: swarm attach ui"), "it is theirs already"
        assert commands(run_dir) == [{"verb": "release", "args": {"task": "ui"}}]


async def test_a_board_that_only_reads_takes_nothing_over(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path, read_only=True))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("ui")
        await pilot.press("t")
        assert toasts(app) == ["this board only reads"]


async def test_the_bell_is_taken_down_with_the_board(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("q")
    with pytest.raises(OSError):
        os.fstat(app.board.feed.bell.fileno())
