"""The campaign that reads what was flushed: a power loss on the strictest of file systems, by the trace of a good run.

ext4 makes a rename durable with whatever is flushed next; others owe nobody more than was asked for.  So all calls of
leader, workers and verbs are written down in their order, and of each name that was given in our state it is asked:
was what stands in the file flushed before, and was the directory flushed afterwards, by the same thread, before that
wrote anything more into the journal?  Of each line of the journal: was it flushed before its writer did anything else?
What git does in the hub is git's (core.fsync=all).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bending import bend, make_bendable, straighten
from scenario import small
from stage import Stage
from trial import Trial

EXEMPT = re.compile(
    r".*/worktrees/.*"  # an agent's files: the seal's business, and git's
    r"|.*/hub\.git(/.*)?"  # git's
    r"|.*/\.making-.*"  # made again from nothing
    r"|.*/mail/[^/]+/(inbox|outbox)/(done|bad|cur)/.*"  # a message that is dealt with again is known by its id
)
"""Names that may be lost with the power, each with its reason."""

JOURNAL = "/journal.jsonl"


@dataclass(frozen=True)
class Call:
    """One line of the trace."""

    pid: int
    thread: int
    who: str
    name: str
    paths: tuple[str, ...]


def _calls(path: Path) -> list[Call]:
    return [Call(*said[:4], tuple(said[4:])) for said in map(json.loads, path.read_text().splitlines())]


def unflushed(calls: list[Call]) -> Iterator[str]:
    """What a power loss could take though it is counted on."""
    yield from _unflushed_lines(calls)
    for number, call in enumerate(calls):
        if call.name not in ("rename", "replace", "link") or EXEMPT.fullmatch(call.paths[1]):
            continue
        source, target = call.paths
        if not _is_flushed(calls[:number], source):
            yield f"{call.who}: {target} was named before {source} was flushed"
        if not _is_followed(calls[number + 1 :], call, str(Path(target).parent)):
            yield f"{call.who}: the directory of {target} was not flushed after it was named ({call.name})"


def _unflushed_lines(calls: list[Call]) -> Iterator[str]:
    for number, call in enumerate(calls):
        if call.name != "write" or not call.paths[0].endswith(JOURNAL):
            continue
        mine = (one for one in calls[number + 1 :] if (one.pid, one.thread) == (call.pid, call.thread))
        follower = next(mine, None)
        if follower is None or follower.name not in ("fsync", "fdatasync") or follower.paths != call.paths:
            yield f"{call.who}: a line of the journal was not flushed before {follower and follower.name}"


def _is_flushed(before: list[Call], path: str) -> bool:
    """Whether what is in the file was flushed, or it came to this name by another one and was then."""
    return any(
        one.paths[-1] == path and one.name in ("fsync", "fdatasync", "rename", "replace", "link", "mkdir")
        for one in before
    )


def _is_followed(later: list[Call], call: Call, directory: str) -> bool:
    for one in later:
        if (one.pid, one.thread) != (call.pid, call.thread):
            continue
        if one.name == "fsync" and one.paths[0] == directory:
            return True
        if one.name == "write" and one.paths[0].endswith(JOURNAL):
            return False
    return False


def _traced(stage: Stage, chance: random.Random) -> None:
    make_bendable(stage)
    trace = stage.root / "trace"
    bend(stage, trace=str(trace), below=[str(stage.state)])
    leader = stage.take_up()
    stage.ended(leader)
    for words in (("send", "operator", "hello"), ("status",), ("merge", "--dry-run")):
        stage.swarm(*words)
    straighten(stage)
    calls = _calls(trace)
    stage.note(f"{len(calls)} calls")
    wrong = sorted({re.sub(r"\d{3,}[^/ ]*|[0-9a-f]{8,}", "…", line) for line in unflushed(calls)})
    if wrong or len(calls) < 100:
        raise RuntimeError("\n".join([f"{len(calls)} calls", *wrong]))


def trials() -> list[Trial]:
    """One with processes, one with panes."""
    return [
        Trial(f"flushes/{executor}-0", lambda _, executor=executor: small("flushes", executor), _traced, restarts=1)
        for executor in ("process", "tmux")
    ]
