"""The names of all refs that are ours, in one place.  Pure.

Knows nothing of what they hold.  Parts are ids of the plan (`[a-z0-9][a-z0-9_-]{0,62}`), which hold no dot and no
slash, so no two names meet and none is a directory of another.
"""

from __future__ import annotations

from swarm.core.plan import ID_PATTERN

HEADS = "refs/heads/"


def _id(text: str) -> str:
    if not ID_PATTERN.match(text):
        raise ValueError(f"not an id: {text[:80]!r}")
    return text


def of_run(run: str) -> str:
    """The directory of everything a run holds outside refs/heads, with a slash at its end."""
    return f"refs/swarm/{_id(run)}/"


def base(run: str) -> str:
    """What the run started from; pinned in the hub and in the user's repository."""
    return f"{of_run(run)}base"


def integration(run: str) -> str:
    """Base, then whatever was proved since."""
    return f"{of_run(run)}integration"


def candidate(run: str, number: int) -> str:
    """Holds a merge that is not yet proved."""
    return f"{of_run(run)}candidate/{number}"


def sealed(run: str, task: str, attempt: int) -> str:
    """Holds what an attempt has left, while the run goes on: its own branch is in the hands of agents."""
    return f"{of_run(run)}sealed/{_id(task)}.{attempt}"


def rescue(run: str, task: str, attempt: int) -> str:
    """Holds what was found in a worktree before it was switched; more of them get .2, .3 … behind."""
    return f"{of_run(run)}rescue/{_id(task)}.{attempt}"


KEPT = "refs/swarm/_kept/"
"""What is kept of runs that are gone: in the hub `<label>/<name>` for each piece of work, in the user's repository the
commits that it rests upon, by their ids.  No run can be called like that."""


def kept(label: str, name: str) -> str:
    """Holds a piece of work of a run that is gone.  `label` names the run and when it began, `name` the work."""
    return f"{KEPT}{label}/{name}"


def attempt_branch(run: str, task: str, attempt: int) -> str:
    """The short name of an attempt's branch in the hub (`HEADS` in front makes the ref)."""
    return f"swarm/{_id(run)}/{_id(task)}.{attempt}"


def rescue_of_branch(branch: str) -> str:
    """The rescue ref that belongs to an attempt's branch."""
    _, run, attempt = branch.split("/")
    task, number = attempt.rsplit(".", 1)
    return rescue(run, task, int(number))


def published(run: str) -> str:
    """The ref in the user's repository under which a run's integration is published: branch swarm/<run>."""
    return f"{HEADS}swarm/{_id(run)}"


def published_task(run: str, task: str, attempt: int) -> str:
    """The ref in the user's repository for one task's work: with a dot, as branch swarm/<run> is no directory."""
    return f"{HEADS}swarm/{_id(run)}.{_id(task)}.{attempt}"
