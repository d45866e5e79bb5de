"""A run made by hand for the verbs that look: a real journal, a real hub, real worktrees, and no process at all.

What the journal says is written here event by event, so that each status is there without waiting for anybody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swarm import clock
from swarm.cli import main
from swarm.core import events as e
from swarm.core.events import Outcome
from swarm.core.taskfile import parse
from swarm.git import merge, refs
from swarm.git.hub import Hub
from swarm.git.repository import discover
from swarm.git.worktree import Author, Worktree
from swarm.journal import Journal
from swarm.leader.launch import Beginning, create, make_mail
from swarm.paths import RunDir, home

PLAN = """\
version: 1
name: demo
verify: ["true"]
workers: [{name: worker-1}, {name: worker-2}]
tasks:
  - {id: one, title: The first one, command: "true"}
  - {id: two, title: The second one, command: "true", depends_on: [one]}
  - {id: bad, command: "true", limits: {retries: 1}}
  - {id: below, command: "true", depends_on: [bad]}
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def swarm(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run a verb in this process."""
    capsys.readouterr()
    try:
        code = main(list(words))
    except SystemExit as stop:
        code = int(stop.code or 0)
    seen = capsys.readouterr()
    return Said(code, seen.out, seen.err)


@dataclass(slots=True)
class MadeRun:
    """A run whose journal is written by the test.  `at` is the wall time of the next entry, in Unix seconds."""

    dir: RunDir
    hub: Hub
    base: str
    tip: str
    at: float = 1_700_000_000.0
    candidates: int = 0

    def say(self, *events: e.Event, after: float = 1.0) -> None:
        """Append one entry, `after` seconds behind the last."""
        self.at += after
        journal = Journal(self.dir.journal)
        journal.append([(self.at, clock.since_boot(), events)])
        journal.close()

    def claim(self, task: str, worker: str = "worker-1", attempt: int = 1, seconds: float = 10.0) -> None:
        """A worker has taken the task, and works on it for `seconds`."""
        self.say(e.TaskClaimed(task, attempt, worker, self.tip))
        self.say(e.AttemptStarted(task, attempt, 1), after=0.0)
        self.at += seconds

    def tree(self, worker: str = "worker-1") -> Worktree:
        return Worktree(self.dir.home.hub, self.dir.worktrees / worker, f"{self.dir.name}.{worker}")

    def write(self, task: str, files: dict[str, str], worker: str = "worker-1", attempt: int = 1) -> Path:
        """Have the worker's worktree stand on the attempt's branch, with these files in it, not committed."""
        tree = self.tree(worker)
        tree.create(self.tip)
        tree.switch(refs.attempt_branch(self.dir.name, task, attempt), self.tip)
        for name, text in files.items():
            (tree.path / name).parent.mkdir(parents=True, exist_ok=True)
            (tree.path / name).write_text(text)
        return tree.path

    def seal(self, task: str, files: dict[str, str], worker: str = "worker-1", attempt: int = 1) -> str:
        """Work on the task and fix it in a commit; the commit.  The journal is told nothing."""
        self.write(task, files, worker, attempt)
        return self.tree(worker).seal(f"{task}: done", Author(worker, "w@example.invalid")).commit

    def land(self, task: str, files: dict[str, str], worker: str = "worker-1", attempt: int = 1) -> str:
        """A task from claim to merged; the merge commit."""
        self.claim(task, worker, attempt)
        commit = self.seal(task, files, worker, attempt)
        self.say(e.WorkSealed(task, attempt, commit))
        member = merge.Member(commit, f"Merge {task}", int(self.at))
        made = merge.chain(self.hub, self.tip, [member])
        assert isinstance(made, merge.Chained)
        member_event = e.Member(task, attempt, commit, int(self.at))
        number, self.candidates = self.candidates, self.candidates + 1
        self.say(e.CandidateFormed(number, self.tip, (member_event,)))
        log = f"gates/{number}.log"
        judged = e.CandidateJudged(number, made.commits[-1], e.Verdict.PASS, log, seconds=2.0, commits=made.commits)
        (self.dir.path / log).write_text(f"the gate says that {task} is green\n")
        self.say(judged, after=2.0)
        self.hub.anchor(refs.integration(self.dir.name), made.commits[-1])
        self.say(e.CandidateLanded(number, self.tip, made.commits[-1]))
        self.tip = made.commits[-1]
        return self.tip

    def fail(self, task: str, reason: str, commit: str | None = None, worker: str = "worker-1") -> None:
        """The task's one attempt ended without work that counts."""
        self.claim(task, worker)
        self.say(e.AttemptEnded(task, 1, Outcome.FAILED, reason, commit))
        self.say(e.TaskGaveUp(task, 1, f"1 attempt used up; the last one: {reason}"))

    def finish(self) -> None:
        self.say(e.RunFinished())


def make_run(top: Path, plan: str = PLAN, executor: str = "process", name: str = "demo") -> MadeRun:
    """A run in the repository at `top` whose base was found green, with its workers up and nothing claimed."""
    user = discover(top)
    found = home(user.common_dir)
    hub = Hub(found.hub)
    found.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    hub.create(user)
    base = user.resolve("HEAD")
    parsed = parse(plan.encode()).plan(lambda path: "", {})
    run = create(found, user, hub, Beginning(name, parsed, plan.encode(), base, user.head_branch(), executor))
    make_mail(run, [*(spec.name for spec in parsed.workers), "operator"])
    made = MadeRun(run, hub, base, base)
    made.say(e.LeaderStarted(1, "a boot"))
    made.say(e.CandidateFormed(0, base, ()))
    made.say(e.CandidateJudged(0, base, e.Verdict.PASS, seconds=1.0))
    made.say(e.CandidateLanded(0, None, base))
    hub.anchor(refs.integration(name), base)
    for spec in parsed.workers:
        made.say(e.WorkerReady(spec.name, 1))
    made.candidates = 1
    return made
