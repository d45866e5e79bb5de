"""Faults that somebody else's hands cause in the state directory: refs, locks, worktrees, mailboxes, records.

What such a hand destroys itself is given up by the trial; everything else has to hold.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from oracles import MARK, STRANGER, contents
from person import Person
from stage import Stage


def ready(person: Person) -> bool:
    """Have the run exist.  False where that takes too long."""
    if not person.stage.has_run():
        person.lead()
    return person.wait(person.stage.has_run, 20.0)


def _refs(stage: Stage, pattern: str) -> list[str]:
    return stage.git(stage.hub, "for-each-ref", "--format=%(refname)", pattern).split()


def drop_candidates(person: Person) -> None:
    stage = person.stage
    if ready(person):
        for ref in _refs(stage, f"refs/swarm/{stage.scenario.name}/candidate"):
            stage.git(stage.hub, "update-ref", "-d", ref, check=False)


def drop_branch(person: Person) -> None:
    """An attempt's branch is deleted: what it alone held is given up."""
    _give_up_branch(person, lambda stage, ref: stage.git(stage.hub, "update-ref", "-d", ref, check=False))


def move_branch(person: Person) -> None:
    """An attempt's branch is set back to where the run began."""
    base = f"refs/swarm/{person.stage.scenario.name}/base"
    _give_up_branch(person, lambda stage, ref: stage.git(stage.hub, "update-ref", ref, base, check=False))


def _give_up_branch(person: Person, act: Callable[[Stage, str], str]) -> None:
    stage = person.stage
    found = _refs(stage, f"refs/heads/swarm/{stage.scenario.name}") if ready(person) else []
    if not found:
        stage.note("there was none")
        return
    ref = person.chance.choice(found)
    stage.note(f"it is {ref}")
    stage.thrown_away |= {word.decode() for word in MARK.findall(contents(stage, stage.hub, ref))}
    act(stage, ref)


def land_beside(person: Person) -> None:
    """A stranger puts a green commit of their own on top of what has landed."""
    _move_tip(person, lambda stage, tip: _commit_on(stage, tip, f"{tip}^{{tree}}"))


def land_red(person: Person) -> None:
    """A stranger puts something there that no gate lets through."""
    empty = ("hash-object", "-t", "tree", "-w", "/dev/null")
    _move_tip(person, lambda stage, tip: _commit_on(stage, tip, stage.git(stage.hub, *empty)))


def set_tip_back(person: Person) -> None:
    """A stranger takes back what has landed."""
    base = f"refs/swarm/{person.stage.scenario.name}/base"
    _move_tip(person, lambda stage, tip: stage.git(stage.hub, "rev-parse", person.chance.choice((base, f"{tip}^1"))))


def drop_tip(person: Person) -> None:
    """The integration ref is deleted."""
    _move_tip(person, lambda stage, tip: "")


def spoil_tip(person: Person) -> None:
    """What stands in the integration ref is no commit, or no name of anything."""
    stage = person.stage
    if not ready(person):
        return
    if person.chance.random() < 0.5:
        _move_tip(person, lambda stage, tip: stage.git(stage.hub, "rev-parse", f"{tip}^{{tree}}"))
    else:
        ref = stage.hub / _tip(stage)
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text("nonsense\n")


def _tip(stage: Stage) -> str:
    return f"refs/swarm/{stage.scenario.name}/integration"


def _commit_on(stage: Stage, tip: str, tree: str) -> str:
    return stage.git(stage.hub, "commit-tree", "-p", tip, "-m", "a stranger's", tree)


def _move_tip(person: Person, value: Callable[[Stage, str], str]) -> None:
    """Write a value into the integration ref as somebody else, and into its reflog that it was."""
    stage = person.stage
    if not ready(person) or not _refs(stage, _tip(stage)):
        stage.note("there was none")
        return
    tip = stage.git(stage.hub, "rev-parse", _tip(stage))
    new = value(stage, tip)
    how = ("-m", STRANGER, _tip(stage), new) if new else ("-d", _tip(stage))
    stage.git(stage.hub, "update-ref", *how, check=False)
    stage.note(f"the integration ref went from {tip[:10]} to {new[:10] or 'nothing'}")


def lock_refs(person: Person) -> None:
    """Another git has the integration ref in its hands for a moment."""
    stage = person.stage
    if ready(person):
        lock = stage.hub / "refs" / "swarm" / stage.scenario.name / "integration.lock"
        with suppress(FileNotFoundError):
            lock.touch()
        person.wait(lambda: False, person.chance.choice((0.05, 0.3, 1.5)))
        lock.unlink(missing_ok=True)


def collect_hub(person: Person) -> None:
    """Somebody tidies the hub up."""
    stage = person.stage
    if ready(person):
        for args in (("worktree", "prune"), ("pack-refs", "--all"), ("gc", "--quiet", "--prune=now")):
            stage.git(stage.hub, *args, check=False)


def _worktree(person: Person) -> Path | None:
    found = [path for path in (person.stage.run / "worktrees").glob("*") if path.is_dir()] if ready(person) else []
    return person.chance.choice(sorted(found)) if found else None


def _inside(stage: Stage, directory: Path) -> list[int]:
    """Our processes that stand in a directory."""
    found = []
    for pid in stage.pids():
        with suppress(OSError):
            if Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(directory):
                found.append(pid)
    return found


def throw_worktree_away(person: Person) -> None:
    """rm -rf of a worktree, whoever works in it.  What was only there is given up."""
    tree, stage = _worktree(person), person.stage
    if tree is None:
        return
    frozen = _inside(stage, tree)
    for pid in frozen:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    away = stage.root / "tmp" / f"thrown-{person.chance.getrandbits(32):x}"
    with suppress(FileNotFoundError):
        tree.rename(away)
        for path in away.rglob("*"):
            if path.is_file() and not path.is_symlink():
                stage.thrown_away |= {word.decode() for word in MARK.findall(path.read_bytes())}
        shutil.rmtree(away)
    for pid in frozen:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def cut_worktree_off(person: Person) -> None:
    """The .git file of a worktree goes, or leads elsewhere, or is a repository."""
    tree = _worktree(person)
    if tree is None:
        return
    link = tree / ".git"
    with suppress(OSError):
        link.unlink()
        match person.chance.choice(("gone", "elsewhere", "directory")):
            case "elsewhere":
                link.write_text(f"gitdir: {person.stage.repo}/.git\n")
            case "directory":
                person.stage.git(person.stage.repo, "init", "--quiet", str(tree), check=False)


def give_worktree_to_another(person: Person) -> None:
    """Owner and modes of everything in a worktree change."""
    tree = _worktree(person)
    if tree is None:
        return
    for path in [tree, *tree.rglob("*")]:
        with suppress(OSError):
            if os.geteuid() == 0:
                os.chown(path, 12345, 12345, follow_symlinks=False)
            if not path.is_symlink():
                path.chmod(0o755)


def throw_attempt_away(person: Person) -> None:
    """The directory of an attempt goes; what was moved aside there is given up."""
    found = sorted((person.stage.run / "attempts").glob("*")) if ready(person) else []
    if not found:
        return
    away = person.stage.root / "tmp" / f"attempt-{person.chance.getrandbits(32):x}"
    with suppress(FileNotFoundError):
        person.chance.choice(found).rename(away)
        for path in away.rglob("*"):
            if path.is_file() and not path.is_symlink():
                person.stage.thrown_away |= {word.decode() for word in MARK.findall(path.read_bytes())}


def throw_mail_away(person: Person) -> None:
    """All boxes of somebody go, with what is in them."""
    found = sorted((person.stage.run / "mail").glob("*")) if ready(person) else []
    if found:
        shutil.rmtree(person.chance.choice(found), ignore_errors=True)


def make_boxes_again(person: Person) -> None:
    """Every box's directory is another one than before, with the same in it: watchers have gone deaf."""
    for box in (person.stage.run / "mail").glob("*/*box/new") if ready(person) else ():
        other = box.with_name(f"old-{person.chance.getrandbits(32):x}")
        with suppress(OSError):
            other.mkdir(mode=0o700)
            _exchange(box, other)
            for letter in other.iterdir():
                letter.rename(box / letter.name)
            other.rmdir()


def _exchange(one: Path, other: Path) -> None:
    """Have two directories change their names, with no moment at which one of the names is missing."""
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
    ctypes.CDLL(None).renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange)


def take_doors_off(person: Person) -> None:
    """The doors in the user's checkout and in the worktrees are gone."""
    if ready(person):
        for door in (person.stage.repo / ".swarm", *(person.stage.run / "worktrees").glob("*/.swarm")):
            shutil.rmtree(door, ignore_errors=True)
