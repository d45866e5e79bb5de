"""`swarm stop` and orders to a leader that lives, and what `stop` does where the leader was killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from act_world import living_run
from look_world import make_run, swarm

from swarm.cli.context import load
from swarm.core import events as e
from swarm.core.state import Phase
from swarm.core.status import Status
from swarm.journal import Reader

Capture = pytest.CaptureFixture[str]

LONG = """\
tasks:
  - {id: long, command: "touch begun; sleep 600"}
  - {id: after, command: "echo after > after.txt", depends_on: [long]}
"""


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def test_a_living_leader_stops_and_leaves_nothing_running(repo: Path, capsys: Capture) -> None:
    with living_run(repo, LONG) as run:
        run.until_task("long", "running")
        said = swarm(capsys, "stop")
        assert said.code == 0, said.err
        assert "run stopped" in said.out, "the progress is shown"
        last = said.out.splitlines()[-1]
        assert last.startswith("demo is stopped: 0 of 2 merged"), last
        assert last.endswith("; nothing of it runs any more")
        assert "swarm resume demo" in said.err
        assert run.ended() == 3
        assert run.living_workers() == []
        state = load(run.dir)
        assert (state.phase, state.tasks["long"].attempts[-1].outcome) == (Phase.STOPPED, "cancelled")


def test_workers_whose_leader_was_killed_are_ended_too(repo: Path, capsys: Capture) -> None:
    with living_run(repo, LONG) as run:
        run.until_task("long", "running")
        run.kill_leader()
        assert run.living_workers() != []
        said = swarm(capsys, "stop")
        assert (said.code, run.living_workers()) == (0, []), said.err
        state = load(run.dir)
        assert (state.phase, state.tasks["long"].attempts[-1].outcome) == (Phase.STOPPED, "cancelled")
        assert state.tasks["after"].attempt == 0, "nothing new was begun"


def test_a_gate_under_way_does_not_hold_up_the_stop(repo: Path, capsys: Capture) -> None:
    plan = 'verify: ["test ! -e new.txt || sleep 600"]\ntasks: [{id: new, command: "echo new > new.txt"}]\n'
    with living_run(repo, plan) as run:
        run.until_task("new", "verifying")
        assert swarm(capsys, "stop").code == 0
        assert load(run.dir).tasks["new"].status is Status.SEALED, "its work is kept, and judged when the run goes on"
        assert run.ended() == 3


def test_a_run_whose_base_is_still_being_verified_stops_at_once(repo: Path, capsys: Capture) -> None:
    plan = 'verify: [sleep 600]\ntasks: [{id: new, command: "echo new > new.txt"}]\n'
    with living_run(repo, plan, ready=lambda state: bool(state.stack)) as run:
        assert swarm(capsys, "stop").code == 0
        assert (load(run.dir).phase, load(run.dir).stack, run.ended()) == (Phase.STOPPED, [], 3)


def test_a_run_that_is_over_is_left_as_it_is(repo: Path, capsys: Capture) -> None:
    made = make_run(repo)
    made.finish()
    before = made.dir.journal.read_bytes()
    said = swarm(capsys, "stop")
    assert (said.code, said.out.startswith("demo is finished: 0 of 4 merged")) == (0, True)
    assert made.dir.journal.read_bytes() == before


def test_a_run_without_leader_and_workers_is_stopped_for_good(repo: Path, capsys: Capture) -> None:
    made = make_run(repo)
    made.claim("one", "worker-1")
    assert swarm(capsys, "stop").code == 0
    state = load(made.dir)
    assert (state.phase, list(state.under_way)) == (Phase.STOPPED, [])


def test_a_worker_that_starts_again_does_not_obey_the_last_quit(repo: Path, capsys: Capture) -> None:
    with living_run(repo, LONG) as run:
        run.until_task("long", "running")
        idle = next(worker for worker in load(run.dir).workers.values() if worker.task is None)
        run.kill_leader()
        run.kill_worker(idle.name)
        assert swarm(capsys, "stop").code == 0
        seen = len(Reader(run.dir.journal).read())
        assert swarm(capsys, "resume", "--detach").code == 0
        run.until(lambda state: state.tasks["long"].status is Status.RUNNING and state.workers[idle.name].up)
        assert swarm(capsys, "stop").code == 0
        new = [event for entry in Reader(run.dir.journal).read()[seen:] for event in entry.events]
        assert sum(isinstance(event, e.WorkerReady) for event in new) == 2, "each has started once"


def test_orders_to_a_living_leader_take_effect_at_once(repo: Path, capsys: Capture) -> None:
    # Without the second long one the run would be over as soon as the first is cancelled.
    with living_run(repo, LONG + '  - {id: other, command: "sleep 600"}\n') as run:
        run.until_task("long", "running")
        assert swarm(capsys, "pause", "long").out == "long is paused, its agent suspended\n"
        assert swarm(capsys, "unpause", "long").out == "long goes on\n"
        said = swarm(capsys, "cancel", "long")
        assert (said.out, said.err) == (
            "long is cancelled; what it did is kept on its branch\n",
            "→ swarm retry long   takes it up again\n",
        )
        run.until(lambda state: state.tasks["long"].worker is None)
        assert swarm(capsys, "retry", "long").code == 0
        run.until_task("long", "running")
        assert swarm(capsys, "stop").code == 0


def test_a_conversation_with_an_agent(repo: Path, capsys: Capture) -> None:
    plan = """\
tasks:
  - id: talk
    agent: scripted
    prompt: |
      ```steps
      - send: {to: nobody-here, text: "hello?"}
      - wait: {from: leader, timeout: 30}
      - wait: {from: operator, timeout: 30}
      - ask: which colour?
      - run: echo painting > paint.txt
      - send: {to: operator, text: painted it}
      - done: it is painted
      ```
"""
    with living_run(repo, plan, workers=1) as run:
        run.until_task("talk", "running")
        (repo / ".swarm/inbox/worker-1/note.txt").write_text("a plain file\n")
        assert run.until_task("talk", "waiting").question is not None
        assert swarm(capsys, "answer", "talk", "blue").code == 0
        assert run.ended() == 0
        log = run.dir.attempt("talk", 1).log.read_text()
        assert "note from leader: your message to nobody-here was not delivered" in log
        assert "note from operator: a plain file" in log
        assert "answer: blue" in log
        assert "painted it" in swarm(capsys, "inbox").out
