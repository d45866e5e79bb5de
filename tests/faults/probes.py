"""Probes: one trial for each way in which tools of this kind have destroyed work, aimed at exactly that.

No chance in them: each waits for a fact in the ledger, does one thing, and lets the run go to its end.
"""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bending import again, bend, make_bendable, straighten
from innocents import give_them_our_numbers
from scenario import Job, Scenario, small
from stage import Stage
from trial import Disturb, Trial

FAN = tuple(Job(f"t{number}", "good", pause=0.2) for number in range(4))


def integration(stage: Stage) -> str:
    """The integration ref of the run."""
    return f"refs/swarm/{stage.scenario.name}/integration"


def a_stranger_lands(stage: Stage, chance: random.Random) -> None:
    """While the gate judges, somebody else moves the integration ref on, to work of their own that is green."""
    leader = stage.take_up()
    stage.wait_for_facts("judging", 2)  # the first is the base
    tip = stage.git(stage.hub, "rev-parse", integration(stage))
    tree = stage.git(stage.hub, "rev-parse", f"{tip}^{{tree}}")
    commit = stage.git(stage.hub, "commit-tree", "-p", tip, "-m", "somebody else's", tree)
    stage.foreign.add(commit)
    stage.git(stage.hub, "update-ref", integration(stage), commit, tip)
    stage.note(f"somebody else moved the integration ref to {commit[:10]}")
    stage.ended(leader)


def its_worker_dies(stage: Stage, chance: random.Random) -> None:
    """A worker's program is killed while its agent has uncommitted work; then the agent too."""
    leader = stage.take_up()
    stage.wait_for_facts("mark")
    for pid in stage.worker_pids().values():
        stage.kill(pid)
    stage.ended(leader)


def everybody_dies(stage: Stage, chance: random.Random) -> None:
    """The leader, then all workers, are killed while agents work; agents live on for a moment."""
    leader = stage.take_up()
    stage.wait_for_facts("mark")
    pids = stage.worker_pids()
    stage.kill(leader.pid)
    stage.ended(leader)
    for pid in pids.values():
        stage.kill(pid)


def numbers_come_round(stage: Stage, chance: random.Random) -> None:
    """Everybody dies, and a stranger has the number of every process in our records."""
    everybody_dies(stage, chance)
    give_them_our_numbers(stage)


def git_dies_in_a_worktree(stage: Stage, chance: random.Random) -> None:
    """What a killed git leaves while agents work: index.lock and HEAD.lock in each worktree's own directory."""
    leader = stage.take_up()
    stage.wait_for_facts("start", 2)
    for admin in (stage.hub / "worktrees").iterdir():
        for name in ("index.lock", "HEAD.lock"):
            (admin / name).touch()
    stage.ended(leader)


def no_attempt_was_wasted(stage: Stage) -> list[str]:
    """Every task was merged at its first attempt."""
    tasks = (stage.status() or {"tasks": []})["tasks"]
    return [f"{task['id']} took {task['attempt']} attempts" for task in tasks if task["attempt"] != 1]


def two_lead(stage: Stage, chance: random.Random) -> None:
    """A second and a third leader are started beside the first."""
    first = stage.take_up()
    stage.wait_for_facts("start")
    others = [stage.lead("resume"), stage.lead("resume")]
    for other in others:
        with suppress(subprocess.TimeoutExpired):
            other.wait(20)
    codes = [other.poll() for other in others]
    stage.note(f"the others ended with {codes}")
    stage.refused = codes  # type: ignore[attr-defined]
    for other in others:
        other.kill()
    if codes != [75, 75]:
        first.kill()
    stage.ended(first)


def the_others_were_refused(stage: Stage) -> list[str]:
    """A second leader exits with 75."""
    codes: list[int | None] = getattr(stage, "refused", [])
    return [] if codes == [75, 75] else [f"leaders beside the first ended with {codes}"]


def a_line_is_torn(stage: Stage, chance: random.Random) -> None:
    """The leader dies, and its last line is half on the disk."""
    leader = stage.take_up()
    stage.wait_for_facts("mark")
    stage.kill(leader.pid)
    stage.ended(leader)
    with (stage.run / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"crc":"00000000","seq":99,"v":1,"at":17')


def the_user_commits_on_the_result(stage: Stage, chance: random.Random) -> None:
    """The user moves the published branch to a commit of their own while the run goes on."""
    leader = stage.take_up()
    branch = f"refs/heads/swarm/{stage.scenario.name}"
    stage.wait_for(lambda: bool(stage.git(stage.repo, "for-each-ref", branch)), "the published branch")
    tip = stage.git(stage.repo, "rev-parse", branch)
    tree = stage.git(stage.repo, "rev-parse", f"{tip}^{{tree}}")
    commit = stage.git(stage.repo, "commit-tree", "-p", tip, "-m", "the user's", tree)
    stage.git(stage.repo, "update-ref", branch, commit)
    stage.users_commit = commit  # type: ignore[attr-defined]
    stage.ended(leader)


def the_users_commit_stands(stage: Stage) -> list[str]:
    """The user's commit is where they put it."""
    branch = f"refs/heads/swarm/{stage.scenario.name}"
    found, theirs = stage.git(stage.repo, "rev-parse", branch), getattr(stage, "users_commit", "")
    return [] if found == theirs else [f"{branch} is at {found[:10]}, the user had put it at {theirs[:10]}"]


def mail_is_interrupted(stage: Stage, chance: random.Random) -> None:
    """The leader is killed again and again while messages come."""
    for count in range(1, 5):
        leader = stage.take_up()
        stage.wait_for(
            lambda count=count, leader=leader: len(stage.facts("sent")) >= 3 * count or leader.poll() is not None,
            f"{3 * count} messages",
        )
        stage.kill(leader.pid)
        stage.ended(leader)


def _write(stage: Stage, number: int) -> None:
    """A person writes a letter to themselves; nobody leads."""
    word = f"word-person.{number}"
    stage.swarm("send", "operator", word)
    with stage.ledger.open("a") as ledger:
        ledger.write(f"sent person operator {word}\n")


def _while_letters_come(stage: Stage, call: str, name: str, places: Sequence[int]) -> None:
    """Leader after leader stops at the nth such call of its own; between them a letter is written."""
    make_bendable(stage)
    for number, nth in enumerate(places):
        bend(stage, who="leader", call=call, errno="EIO", nth=nth, below=[str(stage.state)], name=name)
        stage.ended(stage.take_up())
        straighten(stage)
        again(stage)
        _write(stage, number)


def letters_outlive_the_journal(stage: Stage, chance: random.Random) -> None:
    """While messages come, the journal takes nothing: whoever leads stops, with letters in hand that it had read."""
    _while_letters_come(stage, "fsync", "journal.jsonl", (9, 2, 3, 4, 1, 2, 6))


def letters_are_left(stage: Stage, chance: random.Random) -> None:
    """What a letter says stands in the journal, but it can't be filed: the next leader finds it in the box again."""
    _while_letters_come(stage, "rename", "outbox/done/", (3, 8, 1, 2, 3, 5))


def a_person_works_there(stage: Stage, chance: random.Random) -> None:
    """Somebody writes into a worktree between two attempts: nobody's commit holds it."""
    leader = stage.take_up()
    stage.wait_for_facts("judging", 2)  # the first attempt is sealed; the second waits for its merge
    word = f"mark-person.1-{chance.getrandbits(64):016x}"
    (stage.run / "worktrees" / "worker-1" / "notes.txt").write_text(f"{word}\n")
    with stage.ledger.open("a") as ledger:
        ledger.write(f"mark person.1 {word}\n")
    stage.ended(leader)


def interrupted(stage: Stage, chance: random.Random) -> None:
    """Ctrl-C in mid-run; the workers go on."""
    leader = stage.take_up()
    stage.wait_for_facts("start")
    stage.kill(leader.pid, signal.SIGINT)
    stage.ended(leader)


def nothing(stage: Stage, chance: random.Random) -> None:
    """The scenario itself is the probe."""


BATCH = Scenario("probe", tuple(replace(job, pause=0.0) for job in FAN), workers=4, gate_pause=0.4)
"""Four tasks that are sealed while the base is being judged or the first of them: they form one candidate."""

TOGETHER = Scenario("probe", (Job("one", "rename", pause=0.3), Job("two", "caller", pause=0.3)), workers=2)
PAIR = Scenario("probe", (Job("one", "good", pause=1.0), Job("two", "good", pause=1.0)), workers=2)
CHAIN = Scenario("probe", (Job("one", "good"), Job("two", "good", ("one",))), workers=1, gate_pause=0.6)
LONG = Scenario("probe", (Job("nap", "naps", timeout="60s"), Job("next", "good", ("nap",))), workers=1)
TALK = Scenario("probe", tuple(Job(f"t{number}", "talks") for number in range(4)), workers=2)
TRASH = Scenario(
    "probe", (Job("reds", "red", retries=1), Job("wait", "good", ("reds",)), Job("fine", "good")), workers=2
)
STRAYS = Scenario(
    "probe", (Job("a", "daemon"), Job("b", "daemon"), Job("deaf", "stubborn", retries=0, timeout="2s")), workers=2
)
TOLD = Scenario("probe", (Job("a", "noise"), Job("b", "empty", retries=0), Job("c", "odd")), workers=2)
SLOW_FAN = Scenario("probe", FAN, workers=2, gate_pause=0.3)

_PROBES: tuple[tuple[str, Scenario, Disturb, dict[str, object]], ...] = (
    ("together", TOGETHER, nothing, {}),
    ("batch", BATCH, nothing, {}),
    ("red-work", TRASH, nothing, {}),
    ("strays", STRAYS, nothing, {}),
    ("told-by-noise", TOLD, nothing, {}),
    ("stranger-lands", SLOW_FAN, a_stranger_lands, {}),
    ("worker-dies", LONG, its_worker_dies, {}),
    ("everybody-dies", LONG, everybody_dies, {}),
    ("numbers-come-round", LONG, numbers_come_round, {}),
    ("git-dies-in-worktree", PAIR, git_dies_in_a_worktree, {"also": {"no-waste": no_attempt_was_wasted}}),
    ("two-lead", SLOW_FAN, two_lead, {"also": {"one-leader": the_others_were_refused}}),
    ("torn-line", SLOW_FAN, a_line_is_torn, {}),
    ("users-commit", SLOW_FAN, the_user_commits_on_the_result, {"also": {"users-branch": the_users_commit_stands}}),
    ("mail-interrupted", TALK, mail_is_interrupted, {}),
    ("letters-outlive-the-journal", TALK, letters_outlive_the_journal, {}),
    ("letters-are-left", TALK, letters_are_left, {}),
    ("person-works", CHAIN, a_person_works_there, {}),
    ("clash", small("probe"), nothing, {}),
    ("talk", TALK, nothing, {}),
    ("interrupted", SLOW_FAN, interrupted, {}),
)


def trials(executors: tuple[str, ...]) -> list[Trial]:
    """All probes, on each executor."""
    return [
        Trial(f"probe/{name}-{executor}", _on(scenario, executor), disturb, restarts=3, **more)  # type: ignore[arg-type]
        for name, scenario, disturb, more in _PROBES
        for executor in executors
    ]


NOT_FAST = frozenset(
    {"clash", "talk", "interrupted", "everybody-dies", "letters-outlive-the-journal", "letters-are-left"}
)
"""What other fast trials do too (the calm ones, `mail-interrupted`, the tours, `numbers-come-round`), or takes long."""


def fast() -> list[Trial]:
    """Each probe once, without those that others imply or that take long."""
    names = {f"probe/{name}-process" for name in NOT_FAST}
    return [trial for trial in trials(("process",)) if trial.name not in names]


def _on(scenario: Scenario, executor: str) -> Callable[[random.Random], Scenario]:
    return lambda _: replace(scenario, executor=executor)
