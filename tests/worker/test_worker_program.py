"""The program in the pane: its turns, its orders, and what an agent may put in its way."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from worker_world import NAME, WorkerWorld, until

from inbox.maildir import Maildir
from swarm import lease
from swarm.core import codec
from swarm.core.plan import Expects
from swarm.executors.invocation import worker_argv, worker_env


def test_it_says_that_it_is_ready_and_quits_when_asked(place: WorkerWorld) -> None:
    program = place.begin()
    place.until(lambda: place.letters("ready"))
    assert json.loads(place.letters("ready")[0].text) == {"pid": program.pid}
    place.put("quit", "", "please-go")
    assert program.wait(30) == 0
    assert not lease.is_held(place.mail.lock)


def test_asked_to_quit_or_told_to_end_it_first_finishes_its_attempt(place: WorkerWorld, tmp_path: Path) -> None:
    place.assign(place.work(f"while test ! -e {tmp_path}/go; do sleep 0.02; done; echo new > new.txt"))
    program = place.begin()
    place.until(place.attempt().start.exists)
    place.put("quit", "", "please-go")
    program.send_signal(signal.SIGTERM)
    place.until(lambda: "please-go.quit" in Maildir(place.mail.inbox).finished())
    assert program.poll() is None
    (tmp_path / "go").touch()
    assert program.wait(30) == 0
    assert place.end_of()["kind"] == "sealed"


def test_ctrl_c_in_its_pane_ends_nothing(place: WorkerWorld, tmp_path: Path) -> None:
    place.assign(place.work(f"while test ! -e {tmp_path}/go; do sleep 0.02; done; echo new > new.txt"))
    program = place.begin()
    place.until(place.attempt().start.exists)
    for _ in range(3):
        program.send_signal(signal.SIGINT)
    (tmp_path / "go").touch()
    assert place.end_of()["kind"] == "sealed"
    assert program.poll() is None


def test_after_a_hang_up_it_finishes_while_a_second_program_waits_for_its_turn(
    place: WorkerWorld, tmp_path: Path
) -> None:
    place.assign(place.work(f"while test ! -e {tmp_path}/go; do sleep 0.02; done; echo new > new.txt"))
    first = place.begin()
    place.until(place.attempt().start.exists)
    first.send_signal(signal.SIGHUP)
    place.until(lambda: place.letters("detached"))
    second = place.begin()
    place.until(lambda: "takes over" in place.said())
    assert len(place.letters("ready")) == 1
    (tmp_path / "go").touch()
    assert first.wait(30) == 0
    assert place.end_of()["kind"] == "sealed"
    place.until(lambda: len(place.letters("ready")) == 2)
    place.assign(place.work("echo again > new.txt", attempt=2))
    assert place.end_of(2)["kind"] == "sealed"
    assert second.poll() is None


def test_hung_up_while_idle_it_goes_and_says_so(place: WorkerWorld) -> None:
    program = place.begin()
    place.until(lambda: place.letters("ready"))
    program.send_signal(signal.SIGHUP)
    assert program.wait(30) == 0
    assert len(place.letters("detached")) == 1


def test_of_two_programs_under_one_name_one_works(place: WorkerWorld, tmp_path: Path) -> None:
    place.begin()
    place.begin()
    for number in (1, 2, 3):
        place.assign(place.work(f"echo {number} >> {tmp_path}/ledger", attempt=number))
    for number in (1, 2, 3):
        place.end_of(number)
    assert (tmp_path / "ledger").read_text() == "1\n2\n3\n"


GARBAGE = [
    ("assign", "not json"),
    ("assign", "[]"),
    ("assign", "[" * 100_000),
    ("assign", json.dumps({"task": "job"})),
    ("cancel", "not json"),
    ("cancel", "{}"),
    ("cancel", json.dumps({"key": [], "grace": {}})),
    ("suspend", "\x00"),
]


def test_garbage_in_its_inbox_does_not_end_it(place: WorkerWorld, tmp_path: Path) -> None:
    place.assign(place.work(f"while test ! -e {tmp_path}/go; do sleep 0.02; done; echo new > new.txt"))
    program = place.begin()
    place.until(place.attempt().start.exists)
    for number, (kind, text) in enumerate(GARBAGE):
        place.put(kind, text, f"garbage-{number}")
    inbox = Maildir(place.mail.inbox)
    place.until(lambda: {name.rpartition(".")[2] for name in inbox.unread()} <= {"assign"})
    (tmp_path / "go").touch()
    assert place.end_of()["kind"] == "sealed"
    place.until(lambda: not inbox.unread())
    place.until(lambda: len([name for name in os.listdir(inbox.bad) if name.endswith(".assign.why")]) == 4)
    assert program.poll() is None


def test_garbage_that_was_claimed_does_not_keep_the_next_program_from_working(place: WorkerWorld) -> None:
    inbox = Maildir(place.mail.inbox)
    (inbox.cur / "a.assign").write_text("no message at all")
    (inbox.cur / "b.assign").mkdir()
    os.mkfifo(inbox.cur / "c.assign")
    place.assign(place.work("echo new > new.txt"))
    place.begin()
    assert place.end_of()["kind"] == "sealed"


@pytest.mark.parametrize("change", [{"worker": "worker-2"}, {"run": "other"}, {"task": "../../x"}, {"argv": ()}])
def test_an_assignment_that_is_not_for_this_worker_is_put_aside(
    place: WorkerWorld, change: dict[str, object], tmp_path: Path
) -> None:
    work = place.work(f"touch {tmp_path}/ran", **change)
    place.put("assign", json.dumps(codec.encode(work)), "forged")
    place.begin()
    place.until(lambda: "forged.assign" in os.listdir(Maildir(place.mail.inbox).bad))
    assert not (tmp_path / "ran").exists()


def test_a_cancelled_attempt_ends_and_its_work_is_kept(place: WorkerWorld) -> None:
    work = place.work("echo half > half.txt; touch up; sleep 1000")
    place.assign(work)
    place.begin()
    place.until((place.worktree / "up").exists)
    place.put("cancel", json.dumps({"key": "bench-job-9", "grace": 0.1}), "other")
    place.put("cancel", json.dumps({"key": work.key, "grace": 1.0}), "this")
    end = place.end_of()
    assert end["outcome"] == "cancelled"
    assert place.show(end["commit"], "half.txt") == "half\n"


def test_a_missing_program_is_a_rejected_attempt(place: WorkerWorld) -> None:
    place.assign(place.work("", argv=("no-such-agent", "--help")))
    place.begin()
    end = place.end_of()
    assert end["outcome"] == "rejected"
    assert "no-such-agent could not be started" in end["reason"]


@pytest.mark.parametrize("more", [{"argv": ("/bin/sh", "-c", "a\0b")}, {"env": {"X": "a\0b"}}], ids=["argv", "env"])
def test_a_nul_in_what_is_started_is_a_rejected_attempt(place: WorkerWorld, more: dict[str, object]) -> None:
    place.assign(place.work("true", **more))
    program = place.begin()
    assert place.end_of()["outcome"] == "rejected"
    assert program.poll() is None


@pytest.mark.parametrize("filler", ["x", "a\\n", "§", "\\001"], ids=["plain", "newlines", "two bytes", "control"])
def test_a_report_of_any_length_reaches_the_leader(place: WorkerWorld, filler: str) -> None:
    line = f"printf '%0300000d' 0 | sed 's/0/{filler}/g' > \"$SWARM_ATTEMPT_DIR/report.md\""
    place.assign(place.work(line, expects=Expects.REPORT))
    program = place.begin()
    end = place.end_of()
    assert end["kind"] == "sealed", end
    assert len(end["report"]) > 10_000
    assert program.poll() is None


def test_a_verdict_of_any_length_reaches_the_leader(place: WorkerWorld) -> None:
    place.attempt().path.mkdir(parents=True)
    place.attempt().verdict.write_text(json.dumps({"ok": False, "text": "§" * 150_000}))
    place.assign(place.work("true"))
    place.begin()
    assert place.end_of()["outcome"] == "failed"


ODD = {
    "a pipe": "mkfifo {}",
    "a directory": "mkdir {}",
    "a link to itself": "ln -s {0} {0}",
    "an endless file": "ln -s /dev/zero {}",
    "garbage": "echo '[[[' > {}",
    "deep nesting": "printf '%0200000d' 0 | tr 0 '[' > {}",
}


def test_whatever_an_agent_puts_in_the_place_of_a_record_its_attempt_ends(place: WorkerWorld) -> None:
    program = place.begin()
    for number, line in enumerate(ODD.values(), 1):
        made = "; ".join(line.format(name) for name in ("verdict.json", "usage.json", "report.md", "exit.json"))
        place.assign(place.work(f'cd "$SWARM_ATTEMPT_DIR"; {made}; cd -; echo new > new.txt', attempt=number))
    for number in range(1, len(ODD) + 1):
        assert place.end_of(number)["kind"] == "sealed"
    assert program.poll() is None


@pytest.mark.parametrize("line", ODD.values(), ids=list(ODD))
def test_whatever_an_agent_puts_in_the_place_of_its_log_its_attempt_ends(place: WorkerWorld, line: str) -> None:
    made = line.format('"$SWARM_ATTEMPT_DIR/output.log"')
    place.assign(place.work(f'rm "$SWARM_ATTEMPT_DIR/output.log"; {made}; sleep 0.3; echo new > new.txt'))
    program = place.begin()
    assert place.end_of()["kind"] == "sealed"
    assert program.poll() is None


def test_its_own_directory_removed_by_the_agent_the_attempt_still_ends_once(place: WorkerWorld, tmp_path: Path) -> None:
    place.assign(place.work(f'echo start >> {tmp_path}/ledger; rm -rf "$SWARM_ATTEMPT_DIR"; echo new > new.txt'))
    place.begin()
    assert place.end_of()["kind"] == "sealed"
    assert (tmp_path / "ledger").read_text() == "start\n"


@pytest.fixture
def pane(place: WorkerWorld) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A worker whose output is a terminal; the other end of it, and the program."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        worker_argv(place.run, NAME), env=worker_env(os.environ), cwd=place.run.path, stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    place.programs.append(program)
    yield ours, program
    os.close(ours)


def test_a_pane_that_nobody_reads_holds_up_no_attempt(
    place: WorkerWorld, pane: tuple[int, subprocess.Popen[bytes]]
) -> None:
    flood = "head -c 50000000 /dev/zero | tr '\\0' 'x' | fold -w 100"
    place.assign(place.work(f"{flood}; echo new > new.txt", timeout=60.0))
    assert place.end_of()["kind"] == "sealed"
    assert place.attempt().log.stat().st_size > 50_000_000
    assert pane[1].poll() is None


def test_no_escape_code_of_an_agent_reaches_the_pane(
    place: WorkerWorld, pane: tuple[int, subprocess.Popen[bytes]]
) -> None:
    hostile = r"\033]0;owned\007\033[2J\033P+q\033\\\033]52;c;b3duZWQ=\007\033[31mred\033[0m\rover\033[?1049h"
    hostile += r"\302\2332J END"
    place.assign(place.work(f"printf '{hostile}\\n'; echo new > new.txt"))
    seen = bytearray()

    def shown() -> bool:
        seen.extend(os.read(pane[0], 65536))
        return b"END" in seen

    until(shown, lambda: bytes(seen))
    assert place.end_of()["kind"] == "sealed"
    for code in (b"\x1b]", b"\x1b[2J", b"\x1bP", b"\x1b[?1049h", b"\xc2\x9b", b"\x07"):
        assert code not in bytes(seen), bytes(seen)
