"""A worker with the built-in agent: it is killed and goes on, waits for its account, is suspended, and is asked."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from modelserver import ModelServer, directive
from worker_world import NAME, WorkerWorld

from inbox.maildir import Maildir
from inbox.message import Message, new_id
from swarm.agents.builtin.adapter import BUILTIN
from swarm.agents.definition import Order
from swarm.core.assignment import Assignment
from swarm.core.plan import Permission, Task
from swarm.files import read_json
from swarm.process import alive
from swarm.process.who import Identity

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def orders(place: WorkerWorld, server: ModelServer, attempt: int = 1, **task: Any) -> Assignment:
    """An assignment as the leader would make it."""
    wanted = Task("job", "the job", "…", agent="builtin", model="scripted", **{"permissions": Permission.ALL, **task})
    launch = BUILTIN.launch(Order(wanted, f"session-{attempt}"))
    env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_AUTH_TOKEN": "a-token", "SWARM_BUILTIN_PATIENCE": "0.2"}
    work = place.work("", attempt=attempt, timeout=None)
    return replace(
        work, argv=launch.argv, again=launch.again, env=env, files=launch.files, session=launch.session,
        agent="builtin", reader=BUILTIN.reader, places=True, account="builtin",
    )  # fmt: skip


def assign(place: WorkerWorld, work: Assignment, *steps: dict[str, Any]) -> None:
    attempt = place.attempt(work.attempt)
    attempt.path.mkdir(parents=True, exist_ok=True)
    attempt.prompt.write_text(directive(*steps))
    place.assign(work)


def log(place: WorkerWorld, attempt: int = 1) -> str:
    return place.attempt(attempt).log.read_text()


def agent_of(place: WorkerWorld, attempt: int = 1) -> Identity:
    said = read_json(place.attempt(attempt).agent)
    return Identity(said["pid"], said["start"])


def tell(place: WorkerWorld, kind: str) -> None:
    place.put(kind, "job 1", new_id("leader", 1_700_000_000_000_000_000, len(kind)))


def test_its_output_is_read_as_it_comes_and_its_work_sealed(place: WorkerWorld, server: ModelServer) -> None:
    assign(place, orders(place, server), {"text": "I write it.", "write": ["new.txt", "new\n"]}, {"text": "Done."})
    place.begin()
    end = place.end_of()
    assert end["kind"] == "sealed" and place.show(end["commit"], "new.txt") == "new\n"
    assert log(place) == "• scripted\nI write it.\n• create new.txt\n  │ wrote new.txt: 1 lines\nDone.\n"
    assert end["usage"]["input_tokens"] == 1230 + 1233 and end["usage"]["cached_tokens"] == 401
    identified = [json.loads(letter.text) for letter in place.letters("identified")]
    assert (identified[-1]["session"], identified[-1]["model"]) == ("session-1", "scripted")


def test_killed_in_mid_turn_it_goes_on_where_it_was(place: WorkerWorld, server: ModelServer) -> None:
    steps = (
        {"shell": "echo first >> made.txt"},
        {"shell": "echo second >> made.txt", "hold": "second"},
        {"text": "Done."},
    )
    assign(place, orders(place, server), *steps)
    place.begin()
    server.await_held("second")
    os.kill(agent_of(place).pid, signal.SIGKILL)
    server.release("second")
    end = place.end_of()
    assert end["kind"] == "sealed" and place.show(end["commit"], "made.txt") == "first\nsecond\n"
    assert "Your last turn was cut off" in str(server.conversations()[2].body["messages"][-1])
    assert "Done." in log(place)


def test_when_its_worker_is_killed_the_next_attempt_goes_on(place: WorkerWorld, server: ModelServer) -> None:
    steps = ({"shell": "echo first"}, {"shell": "true", "hold": "second"}, {"text": "Done."})
    assign(place, orders(place, server), *steps)
    worker = place.begin()
    server.await_held("second")
    agent = agent_of(place)
    worker.kill()
    worker.wait()
    server.release("second")
    place.begin()
    assert place.end_of()["outcome"] == "lost" and not alive(agent)
    later = replace(orders(place, server, attempt=2), earlier="session-1")
    assign(place, later, {"text": "All done now."})
    assert place.end_of(2)["kind"] in ("sealed", "ended")
    messages = server.conversations()[-1].body["messages"]
    assert "first" in str(messages) and messages[0]["role"] == "user" and "All done now." in log(place, 2)


def test_without_the_earlier_conversation_a_new_one_is_begun(place: WorkerWorld, server: ModelServer) -> None:
    assign(place, replace(orders(place, server), earlier="long-gone"), {"write": ["a", "b"]}, {"text": "Done."})
    place.begin()
    assert place.end_of()["kind"] == "sealed" and len(server.conversations()[0].body["messages"]) == 1


def test_a_limit_closes_the_gate_and_no_attempt_is_used_up(place: WorkerWorld, server: ModelServer) -> None:
    steps = ({"write": ["a", "1"]}, {"error": 429, "retry_after": 7200}, {"write": ["b", "2"]}, {"text": "Done."})
    assign(place, orders(place, server), *steps)
    place.begin()
    place.until(lambda: place.letters("limited"))
    limited = json.loads(place.letters("limited")[0].text)
    assert limited["account"] == "builtin" and limited["until"] - server.asked[1].at == pytest.approx(7200, abs=60)
    assert not place.letters("ended") and not place.letters("sealed")
    tell(place, "continue")
    end = place.end_of()
    assert end["kind"] == "sealed" and place.names(end["commit"]).count("b") == 1


def test_a_refused_key_waits_for_a_person(place: WorkerWorld, server: ModelServer) -> None:
    assign(place, orders(place, server), {"error": 401}, {"write": ["a", "1"]}, {"text": "Done."})
    place.begin()
    place.until(lambda: place.letters("limited"))
    assert json.loads(place.letters("limited")[0].text)["until"] is None
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"


def test_suspended_it_stands_still_and_goes_on(place: WorkerWorld, server: ModelServer, tmp_path: Path) -> None:
    wait = f"touch {tmp_path}/begun; while test ! -e {tmp_path}/go; do sleep 0.05; done"
    assign(place, orders(place, server), {"shell": wait}, {"write": ["a", "1"]}, {"text": "Done."})
    place.begin()
    place.until((tmp_path / "begun").exists)
    tell(place, "suspend")
    status = Path(f"/proc/{agent_of(place).pid}/stat")
    place.until(lambda: status.read_text().rpartition(") ")[2].startswith("T"))
    (tmp_path / "go").touch()
    assert len(server.conversations()) == 1
    tell(place, "continue")
    assert place.end_of()["kind"] == "sealed"


def test_a_permission_is_waited_for_without_a_process(place: WorkerWorld, server: ModelServer) -> None:
    command = {"shell": "echo x > made.txt"}
    assign(place, orders(place, server, permissions=Permission.ASK), command, command, {"text": "Done."})
    place.begin()
    place.until(lambda: place.letters("ask"))
    agent = agent_of(place)
    place.until(lambda: not alive(agent))
    (question,) = place.letters("ask")
    assert question.text.startswith("May it run: echo x > made.txt\n")
    answer = Message(
        new_id("operator", 1_700_000_000_000_000_000, 1), "operator", NAME, "answer", "yes", 1.7e9, question.id
    )
    Maildir(place.mail.inbox).send(answer)
    end = place.end_of()
    assert end["kind"] == "sealed" and place.show(end["commit"], "made.txt") == "x\n"
    assert len(place.letters("ask")) == 1
