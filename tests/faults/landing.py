"""What comes after a run: its owner lands it in their branch, and cleans up.  Nothing may be lost on that way."""

from __future__ import annotations

import random
import subprocess

from footprint import changes, picture
from oracles import nothing_lost
from stage import OURS, Said, Stage

MAY = rf"{OURS}|.*/\.git/(objects|refs|logs)(/[^/]*)?"
"""What a merge that is refused may still change in the user's repository."""


def land_and_clean(stage: Stage, chance: random.Random) -> None:
    """`swarm merge` as the checkout happens to be, again once it is tidy, then `swarm clean`; now and then only."""
    if chance.random() < 0.6 or not (stage.status() or {}).get("integration"):
        return
    before = picture(stage.repo)
    said = stage.swarm("merge")
    sensible(stage, said)
    if said.code != 0:
        found = changes(before, picture(stage.repo), may_appear=OURS, may_change=MAY)
        if found:
            stage.object(f"a refused merge changed the checkout: {found[:5]}")
        _tidy(stage)
        said = stage.swarm("merge", "--into", "main")  # the run may have begun on no branch at all
    if said.code != 0:
        stage.object(f"the run can't be landed in a tidy checkout: {said.err[-500:]}")
    elif not _has_landed(stage):
        stage.object("swarm merge said that it landed the run, and it did not")
    sensible(stage, stage.swarm("clean"))
    for wrong in nothing_lost(stage):
        stage.object(f"after merge and clean: {wrong}")


def sensible(stage: Stage, said: Said) -> None:
    """A verb succeeds, or says what is wrong and what to type."""
    if said.code not in (0, 1) or (said.code == 1 and "→" not in said.err):
        stage.object(f"swarm {' '.join(said.words)} ended with {said.code}: {said.err[-500:]}")


def _tidy(stage: Stage) -> None:
    """The owner finishes what they were at."""
    (stage.repo / ".git" / "index.lock").unlink(missing_ok=True)
    quiet = ("-c", "core.hooksPath=/dev/null")
    put_away = ("stash", "push", "--include-untracked", "--quiet")
    for args in (("merge", "--abort"), ("rebase", "--abort"), put_away, ("checkout", "--quiet", "main")):
        stage.git(stage.repo, *quiet, *args, check=False)


def _has_landed(stage: Stage) -> bool:
    tip = stage.git(stage.hub, "rev-parse", f"refs/swarm/{stage.scenario.name}/integration")
    asked = ["git", "-C", str(stage.repo), "merge-base", "--is-ancestor", tip, "main"]
    return subprocess.run(asked, env=stage.env, capture_output=True).returncode == 0
