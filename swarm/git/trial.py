"""Merges on trial: what branches have changed and whether they would merge, with nothing of it left in the hub.

Knows nothing of tasks.  All of it runs at a low priority and with a bound on its time: nobody waits for what is found
out here.  What git writes on the way goes to a directory beside, since nothing in the hub is ever pruned.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from swarm.git.command import oid, text_of
from swarm.git.hub import Hub
from swarm.git.merge import RENAMES
from swarm.git.settings import alternate
from swarm.process import Done

SECONDS = 30.0
"""How long one git command may take."""

NICE = ("nice", "-n", "10")
"""In front of the command: agents, gates and landings go first."""


def modest(hub: Hub) -> Hub:
    """The hub for those who only read and are in no hurry."""
    return Hub(hub.path, _Modest(hub, {}))


@contextmanager
def on_trial(hub: Hub) -> Iterator[Hub]:
    """The hub as one may merge in it without leaving a trace, for nobody is in a hurry either.  One at a time."""
    scratch = hub.own / "trial"
    if scratch.is_symlink():
        scratch.unlink()
    if scratch.exists():  # of a leader that was killed
        shutil.rmtree(scratch)
    (scratch / "info").mkdir(parents=True)
    (scratch / "info" / "alternates").write_bytes(alternate(hub.path / "objects"))
    try:
        yield Hub(hub.path, _Modest(hub, {"GIT_OBJECT_DIRECTORY": str(scratch)}), ("core.fsync=none",))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)  # what stays goes the next time


class _Modest:
    """Runs git as the hub does, but with less of the machine."""

    def __init__(self, hub: Hub, env: Mapping[str, str]) -> None:
        self._runner, self._env = hub.runner, env

    def __call__(self, argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        return self._runner([*NICE, *argv], {**env, **self._env}, input, SECONDS)


def heads(hub: Hub, refs: Iterable[str]) -> dict[str, str]:
    """The commits that these refs hold; one that is missing, broken or holds something else is left out.

    Costs what is asked for, however many branches there are.
    """
    asked = "".join(f"{ref} {ref}\n" for ref in refs)
    done = hub.git.run("cat-file", "--batch-check=%(objectname) %(objecttype) %(rest)", input=asked.encode())
    answers = (line.split(" ") for line in text_of(done.out).splitlines())
    return {words[2]: words[0] for words in answers if len(words) == 3 and words[1] == "commit"}


def changes(hub: Hub, tip: str, head: str) -> frozenset[str]:
    """The paths that the branch `head` has changed since it left `tip`; a rename is two paths.

    GitFailed where they have no one common ancestor.
    """
    command = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--merge-base", oid(tip), oid(head))
    return frozenset(hub.git.lines0(*command))


def renames(hub: Hub, tip: str, head: str) -> dict[str, str]:
    """New path to old path of every rename on the branch `head` since it left `tip`."""
    command = ("diff-tree", "-r", "-z", "--name-status", "--diff-filter=R", *RENAMES, "--merge-base")
    parts = hub.git.lines0(*command, oid(tip), oid(head))
    return dict(zip(parts[2::3], parts[1::3], strict=True))
