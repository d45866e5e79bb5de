"""What one does with a card's detail: every key, the mouse, and writing."""

from __future__ import annotations

import pytest
from board_pilot import commands, script, seen, shown, toasts, until
from simulated import Run, plan
from textual.events import Paste
from textual.widgets import Input

from board.app import BoardApp
from board.commands import OPERATOR
from board.screen import Board
from board.verbs import Verbs
from board.view.tabs import Tab
from board.widgets.pick import Pick
from inbox.maildir import Maildir
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir

pytestmark = pytest.mark.asyncio

SIZES = [(80, 24), (50, 24), (200, 50)]


def diff_of(files: int, lines: int) -> str:
    """A diff of so many files with so many new lines each."""
    return "".join(
        f"diff --git a/f{n}.py b/f{n}.py\n--- a/f{n}.py\n+++ b/f{n}.py\n@@ -0,0 +1,{lines} @@\n"
        + "".join(f"+line {line} of {n}\n" for line in range(lines))
        for n in range(files)
    )


def board(run_dir: RunDir, diff: str = "", *, read_only: bool = False) -> BoardApp:
    """A board whose diff is this one."""
    (run_dir.path / "a.diff").write_text(diff, newline="")
    body = f"import sys; sys.stdout.buffer.write(open({str(run_dir.path / 'a.diff')!r}, 'rb').read())"
    said = script(run_dir.path / "swarm.py", body)
    return BoardApp(Board(run_dir.path, read_only=read_only, verbs=Verbs(run_dir.mailbox(OPERATOR).path, said)))


def log_of(run_dir: RunDir, task: str, text: str) -> None:
    attempt = run_dir.attempt(task, 1)
    attempt.path.mkdir(parents=True, exist_ok=True)
    attempt.log.write_text(text)


def top(app: BoardApp) -> str:
    """The line at the top of the page."""
    page = app.board.panel.page
    return page.lines_shown[page.scroll_offset.y]


@pytest.mark.parametrize("size", SIZES)
async def test_each_digit_opens_its_tab(run: Run, run_dir: RunDir, size: tuple[int, int]) -> None:
    app = board(run_dir, diff_of(1, 1))
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app)
        for place, tab in reversed(list(enumerate(Tab, 1))):
            await pilot.press(str(place))
            await pilot.pause()
            assert app.board.desk.open_tab is tab
            assert f"{tab}]" in seen(app)
            assert app.board.panel.page.region.height > 2


@pytest.mark.parametrize("size", SIZES)
async def test_a_click_opens_a_tab(run: Run, run_dir: RunDir, size: tuple[int, int]) -> None:
    app = board(run_dir)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app)
        if size[0] < 60:
            await pilot.press("z")
        for tab in (Tab.EVENTS, Tab.LINKS, Tab.PREVIEW, Tab.VERIFY):
            await pilot.pause()
            rows = seen(app).splitlines()
            [y] = [y for y, row in enumerate(rows) if "events" in row and "prompt" in row and "links" in row]
            await pilot.click(offset=(rows[y].index(tab) + 1, y))
            assert app.board.desk.open_tab is tab


async def test_in_a_narrow_terminal_a_tab_has_the_screen_until_escape(run: Run, run_dir: RunDir) -> None:
    log_of(run_dir, "migrate", "reading the schema\n")
    app = board(run_dir)
    async with app.run_test(size=(50, 24)) as pilot:
        await shown(pilot, app)
        assert "All 14" in seen(app)
        await pilot.press("1")
        await pilot.pause()
        assert "reading the schema" in seen(app)
        assert "All 14" not in seen(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "All 14" in seen(app)
        await pilot.press("m")
        await pilot.pause()
        assert "answer migrate" in seen(app)


async def test_zoomed_the_arrows_scroll_and_J_and_K_go_to_other_cards(run: Run, run_dir: RunDir) -> None:
    log_of(run_dir, "migrate", "".join(f"line {n}\n" for n in range(200)))
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("z")
        await pilot.pause()
        assert "line 199" in seen(app)
        await pilot.press("g")
        assert top(app) == "line 0"
        await pilot.press("j", "down", "k", "space")
        assert top(app) == f"line {app.board.panel.page.size.height}"
        await pilot.press("G")
        await pilot.pause()
        assert "line 199" in seen(app)
        assert app.board.kanban.chosen == "migrate"
        await pilot.press("J")
        assert app.board.kanban.chosen == "theme"
        await pilot.press("K")
        assert app.board.kanban.chosen == "migrate"
        await pilot.press("z", "j")
        assert app.board.kanban.chosen == "theme"


async def test_brackets_jump_from_file_to_file_and_the_list_leads_to_each(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir, diff_of(5, 40))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: app.board.panel.page.sheet.stops)
        assert top(app).startswith("5 files  +200 -0")
        for number in (0, 1, 2):
            await pilot.press("right_square_bracket")
            assert top(app).startswith(f"━━ f{number}.py")
        await pilot.press("left_square_bracket")
        assert top(app).startswith("━━ f1.py")
        await pilot.press("G", "right_square_bracket")
        assert "━━ f4.py" in app.board.panel.page.sheet.lines[app.board.panel.page.pointed or 0].text
        await pilot.press("g")
        await pilot.pause()
        rows = seen(app).splitlines()
        [y] = [y for y, row in enumerate(rows) if "f3.py" in row]
        await pilot.click(offset=(20, y))
        assert top(app).startswith("━━ f3.py")


async def test_a_file_is_chosen_by_words_of_its_name(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir, diff_of(30, 40))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("f")
        assert len(app.screen_stack) == 1, "where nothing can be chosen there is no list"
        await pilot.press("d")
        await until(pilot, lambda: app.board.panel.page.sheet.stops)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press(*"f2 PY", "down", "down", "up", "enter")
        await until(pilot, lambda: top(app).startswith("━━ f20.py"))
        await pilot.press("f", *"nothing of the kind", "enter")
        await pilot.press("f", "escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert top(app).startswith("━━ f20.py")


async def test_fifty_thousand_lines_are_shown_and_scrolled_and_d_reads_anew(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir, diff_of(100, 500))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: len(app.board.panel.page.sheet.stops) == 100)
        assert top(app).startswith("100 files  +50000 -0")
        await pilot.press("G")
        await pilot.pause()
        assert "line 499 of 99" in seen(app)
        (run_dir.path / "a.diff").write_text(diff_of(1, 3))
        await pilot.press("d")
        await until(pilot, lambda: top(app).startswith("1 file  +3 -0"))


async def test_links_are_followed_by_enter_and_by_a_click(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("api")
        await pilot.press("7", "right_square_bracket", "right_square_bracket", "enter")
        await until(pilot, lambda: app.board.kanban.chosen == "ui")
        assert app.board.panel.page.pointed is None
        assert toasts(app) == [], "nobody attached to anything"
        rows = seen(app).splitlines()
        [y] = [y for y, row in enumerate(rows) if "✓ api" in row and "merged" in row]
        await pilot.click(offset=(6, y))
        await until(pilot, lambda: app.board.kanban.chosen == "api")
        app.board.kanban.choose("theme")
        await pilot.press("1", "enter")
        assert toasts(app) == ["nobody works on theme now"], "elsewhere enter attaches"


async def test_an_answer_is_written_below_the_messages_and_shown_as_sent_then_taken(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("m")
        await pilot.pause()
        assert "answer migrate: may I drop the table users?" in seen(app)
        await pilot.press(*"no q 7", "enter")
        question = run.state.tasks["migrate"].question
        assert question is not None
        args = {"task": "migrate", "text": "no q 7", "question": question[0]}
        assert commands(run_dir) == [{"verb": "answer", "args": args}]
        page = app.board.panel.page
        await until(pilot, lambda: any("operator to migrate  … sent" in line for line in page.lines_shown))
        assert "  no q 7" in app.board.panel.page.lines_shown
        assert app.board.kanban.has_focus, "the keys are the board's again"
        [name] = Maildir(run_dir.mailbox(OPERATOR).outbox).unread()
        answered = e.QuestionAnswered("migrate", 1, question[0], "no q 7")
        letter = e.MessageAccepted("x", "operator", "worker-1", "answer", "no q 7", ("worker-1",), reply_to=question[0])
        run.record(answered, letter, e.CommandTaken(name.rpartition(".")[0], "answer", True, "migrate was answered"))
        await until(pilot, lambda: any("answer to migrate  → taken" in line for line in page.lines_shown))
        assert not any("… sent" in line for line in app.board.panel.page.lines_shown)


async def test_a_note_is_written_and_escape_keeps_the_draft_of_each_card(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("ui")
        await pilot.press("m", *"half a", "escape")
        assert app.board.kanban.has_focus
        app.board.kanban.choose("hashing")
        await pilot.press("m", *"hi", "enter", "m", "enter")
        app.board.kanban.choose("ui")
        await pilot.press("m", *" note", "enter")
        assert commands(run_dir) == [("hashing", "hi"), ("ui", "half a note")]
        await pilot.press("m", "tab")
        assert app.board.desk.open_tab is Tab.EVENTS
        assert not app.board.panel.reply.has_focus


async def test_an_answer_to_a_question_that_is_gone_is_not_sent(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("m", *"yes")
        run.command("answer", "migrate", "no")
        run.record(e.QuestionAsked("migrate", 1, "q-2", "shall I delete everything?"))
        asked = [("q-2", "shall I delete everything?")]
        await until(pilot, lambda: app.board.feed.state.tasks["migrate"].questions == asked)
        await pilot.press("enter")
        assert commands(run_dir) == []
        assert "nothing was sent" in toasts(app)[0]
        await pilot.pause()
        assert app.board.panel.reply.value == "yes"
        await pilot.press("m")
        await pilot.pause()
        assert app.board.panel.reply.question == "q-2"


async def test_a_board_that_only_reads_has_no_line_to_write_on(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("3", "m")
        await pilot.pause()
        assert not app.board.panel.reply.region
        assert app.board.kanban.has_focus


async def test_what_is_pasted_becomes_one_harmless_line(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("m")
        from_clipboard = "two\nlines \x1b[201~\x1b]0;owned\x07 [b]x[/b] \u202egnp"
        app.board.panel.reply.post_message(Paste(from_clipboard))
        await until(pilot, lambda: app.board.panel.reply.value)
        assert app.board.panel.reply.value == "two lines [b]x[/b] gnp"


async def test_a_thousand_messages_are_a_thread_whose_end_is_followed(run: Run, run_dir: RunDir) -> None:
    for number in range(1000):
        run.record(e.MessageAccepted(f"m{number}", "worker-2", "ui", "note", f"message {number}", ("worker-3",)))
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("ui")
        await pilot.press("3")
        await until(pilot, lambda: "message 999" in seen(app))
        assert "  message 1" in app.board.panel.page.lines_shown
        run.record(e.MessageDelivered("m999", "worker-3"))
        await until(pilot, lambda: "● delivered, unread" in seen(app))
        run.record(e.MessageRead("m999", "worker-3"))
        await until(pilot, lambda: "✓ read" in seen(app))


async def test_the_log_of_a_gate_is_followed(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    number = run.state.tasks["mail"].candidate
    log = run_dir.gates / f"{number}.log"
    log.parent.mkdir()
    log.write_text("\x1b[31m1 failed\x1b[0m\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("mail")
        await pilot.press("6", "z")
        await until(pilot, lambda: "1 failed" in seen(app))
        assert f"candidate {number}" in seen(app)
        with log.open("a") as file:
            file.write("2 failed\n")
        await until(pilot, lambda: "2 failed" in seen(app))


HOSTILE = (
    "[/] [@click=app.quit]x[/] \x1b[2J\x1b[H\x1b]0;owned\x07\x1b]52;c;aGk=\x07\x1b[201~ \u202egpj.exe\u2066 "
    "日本語 👩\u200d👧 "
    "e" + "\u0301" * 300 + "\x9b5m\x1bP1$r\x1b\\ \x07\b\x7f\r\n" + "x" * 1_000_000
)


async def test_hostile_text_is_only_text_under_every_tab_at_every_size(run_dir: RunDir) -> None:
    tasks = [Task("a", HOSTILE[:500], HOSTILE), Task("b", HOSTILE[:500], "p", ("a",), verify=(HOSTILE[:80],))]
    run = Run.written(run_dir.journal, plan(tasks), lambda *_: "ask").begin().play(10)
    run.record(e.MessageAccepted("m", "worker-2", "a", "note", HOSTILE[:900], ("worker-1",)))
    log_of(run_dir, "a", HOSTILE)
    run.record(e.CandidateFormed(1, "b" * 40, ()))
    app = board(run_dir, diff_of(1, 2) + HOSTILE)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("a")
        for size in ((120, 36), (50, 24), (80, 24)):
            await pilot.resize_terminal(*size)
            for key in ("1", "2", "3", "4", "5", "6", "7", "z", "G", "g", "f", "escape", "z", "d", "escape"):
                await pilot.press(key)
                await pilot.pause()
                text = seen(app)
                text.encode()
                assert not set(text) & set("\x1b\x07\x9b\u202e\u2066\x7f\b")
                assert all(strip.cell_length == size[0] for strip in app.screen._compositor.render_strips())
        assert app.is_running


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_colours_of_a_log_reach_the_screen_in_every_theme(run: Run, run_dir: RunDir, theme: str) -> None:
    log_of(run_dir, "migrate", "\x1b[1;31mred\x1b[0m \x1b[38;2;250;250;250;48;2;255;255;255mhidden\x1b[0m plain\n")
    app = board(run_dir)
    app.theme = theme
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await until(pilot, lambda: "red hidden plain" in seen(app))
        segments = [segment for strip in app.screen._compositor.render_strips() for segment in strip]
        red, hidden = (next(one for one in segments if one.text == text) for text in ("red", "hidden"))
        assert red.style is not None
        assert red.style.bold
        assert hidden.style is not None
        assert hidden.style.color != hidden.style.bgcolor


async def test_the_filter_and_the_line_to_write_on_do_not_hear_each_other(run: Run, run_dir: RunDir) -> None:
    app = board(run_dir)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("m", *"zzz")
        assert app.board.kanban.query_text == ""
        await pilot.press("escape", "slash", *"mig")
        assert app.board.query_one("#filter", Input).value == "mig"
        assert app.board.panel.reply.value == "zzz"
