from __future__ import annotations

import time
from pathlib import Path

import pytest
from look_world import make_run, swarm

from swarm.core import events as e


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def test_a_blocked_task_is_followed_down_to_what_failed(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.fail("bad", "its agent exited with status 3")
    made.finish()
    said = swarm(capsys, "why", "below")
    assert said.code == 0
    assert said.out.splitlines()[0].startswith("below is blocked: its upstream bad is failed")
    assert "← bad is failed: 1 attempt used up" in said.out
    assert said.err == "→ swarm retry bad\n", "the command lifts the root, not the symptom"


def test_json_has_the_chain_and_the_command(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.fail("bad", "no")
    made.finish()
    found = swarm(capsys, "why", "below", "--json").json
    assert (found["task"], found["status"], found["command"]) == ("below", "blocked", "swarm retry bad")
    assert [(one["task"], one["status"]) for one in found["chain"]] == [("bad", "failed")]


def test_a_run_without_leader_is_the_reason_that_nothing_moves(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(repo)
    said = swarm(capsys, "why", "one")
    assert "nobody leads the run" in said.out
    assert said.err == "→ swarm resume demo\n"


def test_a_failed_task_leads_to_its_output(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.fail("bad", "no")
    said = swarm(capsys, "why", "bad")
    assert "attempts: 1 failed" in said.out
    assert "swarm log bad" in said.out


def test_what_an_agent_asks_cannot_write_to_the_terminal(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.claim("one")
    made.say(e.QuestionAsked("one", 1, "q1", "which \x1b]0;owned\x07colour?\x1b[2J\nred or blue?"))
    made.finish()
    said = swarm(capsys, "why", "one")
    assert "\x1b" not in said.out
    assert "colour?" in said.out
    assert "red or blue?" in said.out


def test_an_unknown_task_is_told_with_a_suggestion(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(repo)
    said = swarm(capsys, "why", "beloww")
    assert said.code == 1
    assert "did you mean below?" in said.err
    assert "Traceback" not in said.err


def test_a_chain_as_long_as_the_plan_is_cut_in_the_middle(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    upstream = ["", *(f"t{n}" for n in range(299))]
    tasks = "\n".join(f'  - {{id: t{n}, command: "true", depends_on: [{name}]}}' for n, name in enumerate(upstream))
    make_run(repo, plan=f"version: 1\nname: demo\nworkers: [{{name: worker-1}}]\ntasks:\n{tasks}\n")
    lines = swarm(capsys, "why", "t299").out.splitlines()
    assert len(lines) == 21
    assert "t0 is ready" in lines[-1]


def test_a_clash_is_told_of_both_with_the_paths(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    for number, task in enumerate(("one", "bad"), 1):
        made.say(e.TaskClaimed(task, 1, f"worker-{number}", made.tip), e.AttemptStarted(task, 1, 7))
    made.say(e.ClashSeen("bad", 1, "one", 1, ("a.py", "b\x1b[2J.py"), 2))
    said = swarm(capsys, "why", "one")
    assert "≠ it clashes with bad in a.py, b.py and 2 more" in said.out
    assert "≠ clashes with one in a.py" in swarm(capsys, "status").out
    assert "bad clashes with one in a.py" in swarm(capsys, "log").out
    clash = {"paths": ["a.py", "b\x1b[2J.py"], "more": 2}
    assert swarm(capsys, "why", "bad", "--json").json["clashes"] == [{"task": "one", **clash}]
    assert swarm(capsys, "why", "two", "--json").json["clashes"] == []


def test_what_waits_for_its_account_says_until_when_and_what_opens_it(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_run(repo)
    made.claim("one")
    until = made.at + 3600
    made.say(e.AgentIdentified("one", 1, "s", "other-model"), e.AttemptLimited("one", 1, "command", "full", until))
    made.finish()
    clock = time.strftime("%H:%M", time.localtime(until))
    said = swarm(capsys, "why", "one")
    assert f"one is paused: its account command is at its limit: full, until {clock}" in said.out
    assert "swarm unpause one" in said.err
    assert swarm(capsys, "why", "one", "--json").json["until"] == until
    assert f"full, until {clock}" in swarm(capsys, "status").out
