"""What the owner of the repository does to it while a run goes on.  Their picture of it is taken anew each time."""

from __future__ import annotations

import time
from collections.abc import Callable

from person import Person
from stage import Stage

QUIET = ("-c", "core.hooksPath=/dev/null")
"""The stage's own hook is to tell of our checkouts, not of its owner's."""


def owner(act: Callable[[Stage, Person], None]) -> Callable[[Person], None]:
    """As a fault: done, and then how it has to stay."""

    def fault(person: Person) -> None:
        act(person.stage, person)
        person.stage.look_again()

    fault.__name__ = act.__name__
    return fault


def _git(stage: Stage, *args: str, **env: str) -> str:
    return stage.git(stage.repo, *QUIET, *args, check=False, env=env)


def _name(person: Person) -> str:
    return f"theirs-{person.chance.getrandbits(24):x}"


def edits(stage: Stage, person: Person) -> None:
    """Dirty, staged and untracked files."""
    with (stage.repo / "mine.txt").open("a") as file:
        file.write("more\n")
    (stage.repo / f"{_name(person)}.txt").write_text("untracked\n")
    (stage.repo / "staged.txt").write_text("staged\n")
    _git(stage, "add", "staged.txt")


def commits(stage: Stage, person: Person) -> None:
    """A commit on the branch that the run began from."""
    (stage.repo / f"{_name(person)}.txt").write_text("committed\n")
    _git(stage, "add", "--all")
    _git(stage, "commit", "--quiet", "--message", "theirs")


def detaches(stage: Stage, person: Person) -> None:
    _git(stage, "checkout", "--quiet", "--detach")


def switches(stage: Stage, person: Person) -> None:
    _git(stage, "checkout", "--quiet", "-b", _name(person))


def merges(stage: Stage, person: Person) -> None:
    """In the midst of a merge."""
    commits(stage, person)
    tree = _git(stage, "rev-parse", "HEAD^{tree}")
    other = _git(stage, "commit-tree", tree, "-p", "HEAD", "-m", "other")
    _git(stage, "merge", "--quiet", "--no-ff", "--no-commit", other)


def rebases(stage: Stage, person: Person) -> None:
    """In the midst of a rebase."""
    commits(stage, person)
    _git(stage, "rebase", "--quiet", "--interactive", "HEAD~1", GIT_SEQUENCE_EDITOR="sh -c 'echo break >> \"$0\"'")


def locks(stage: Stage, person: Person) -> None:
    """A git of theirs was killed."""
    (stage.repo / ".git" / "index.lock").touch()


def tidies(stage: Stage, person: Person) -> None:
    """Packs and prunes."""
    (stage.repo / ".git" / "index.lock").unlink(missing_ok=True)
    _git(stage, "gc", "--quiet", "--prune=now")
    _git(stage, "pack-refs", "--all")


def visits(stage: Stage, person: Person) -> None:
    """Has a worktree on what the run publishes."""
    _git(stage, "worktree", "add", "--quiet", str(stage.root / "tmp" / _name(person)), f"swarm/{stage.scenario.name}")


def moves_published(stage: Stage, person: Person) -> None:
    """Sets the published branch elsewhere, or deletes it."""
    branch = f"swarm/{stage.scenario.name}"
    _git(stage, *(("branch", "--force", branch, "main") if person.chance.random() < 0.5 else ("branch", "-D", branch)))


def moves_away(stage: Stage, person: Person) -> None:
    """The whole repository is elsewhere for a moment: nothing can be done with it meanwhile, and nothing is lost."""
    away = stage.root / "elsewhere"
    stage.repo.rename(away)
    time.sleep(person.chance.choice((0.1, 0.6, 1.5)))
    away.rename(stage.repo)
