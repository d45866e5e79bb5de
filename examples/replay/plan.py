#!/usr/bin/env python3
"""Turn a linear stretch of a repository's history into a task file: each commit is a task that makes its change again.

    python examples/replay/plan.py --repo PATH --range A..B --output replay.yaml
    cd PATH && swarm start --workers 4 --task-file replay.yaml --base A

Two commits that touch the same path are done in their order; all others may be done side by side, in any order.  When
all are merged, the branch swarm/replay holds exactly the tree of B.  Needs git and the standard library, nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

APPLY = Path(__file__).resolve().with_name("apply.sh")
RESERVED = b".swarm"
"""The one name at the top of a checkout that belongs to swarm."""


class Refused(Exception):
    """What a person asked for can't be planned; the text says why."""


@dataclass(frozen=True)
class Commit:
    """One commit of the stretch.  `paths`: all that differ from its parent, as bytes; a rename touches both names."""

    id: str
    subject: str
    paths: frozenset[bytes]


@dataclass
class Touched:
    """Which commit (by its place in the stretch) touched each path last."""

    _last: dict[bytes, int] = field(default_factory=dict)
    _below: dict[bytes, set[bytes]] = field(default_factory=dict)
    """For each directory, the touched paths anywhere in it."""

    def before(self, path: bytes) -> Iterator[int]:
        """Those that have to come before a change of `path`: they touched it, a file where it needs a directory, or
        files in a directory where it needs a file."""
        in_the_way = [path, *directories(path), *self._below.get(path, ())]
        return (self._last[other] for other in in_the_way if other in self._last)

    def touch(self, path: bytes, number: int) -> None:
        """Commit `number` changes `path`."""
        self._last[path] = number
        for directory in directories(path):
            self._below.setdefault(directory, set()).add(path)


def directories(path: bytes) -> list[bytes]:
    """All directories above a path: b"a/b/c" has b"a" and b"a/b"."""
    parts = path.split(b"/")
    return [b"/".join(parts[:length]) for length in range(1, len(parts))]


def dependencies(commits: Iterable[Commit]) -> list[list[int]]:
    """For each commit the places of the earlier ones it has to wait for, without those that others imply."""
    touched = Touched()
    found: list[list[int]] = []
    implied: list[int] = []  # for each commit, a bit for every commit that it waits for, directly or not
    for number, commit in enumerate(commits):
        wanted = {before for path in commit.paths for before in touched.before(path)}
        kept, known = [], 0
        for before in sorted(wanted, reverse=True):
            if not known >> before & 1:
                kept.append(before)
                known |= implied[before] | 1 << before
        found.append(kept[::-1])
        implied.append(known)
        for path in commit.paths:
            touched.touch(path, number)
    return found


# reading the history


def git(repo: Path, *args: str, input: bytes = b"") -> bytes:
    """What git prints there.  Refused with git's own words when it fails."""
    environment = {**os.environ, "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
    done = subprocess.run(
        ["git", "-C", str(repo), *args], env=environment, input=input, capture_output=True, check=False
    )
    if done.returncode:
        raise Refused(f"git {args[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def commit_id(repo: Path, name: str) -> str:
    """The full id of a commit."""
    try:
        return git(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
    except Refused:
        raise Refused(f"{name!r} names no commit in {repo}; a stretch lies between two commits, A..B") from None


def stretch(repo: Path, start: str, end: str) -> list[Commit]:
    """The commits after `start` up to `end`, oldest first.  Refused unless each stands on the one before alone."""
    listed = git(repo, "log", "-z", "--no-show-signature", "--reverse", "--format=%H%x1f%P%x1f%s", f"{start}..{end}")
    entries = [entry.split("\x1f", 2) for entry in listed.decode(errors="replace").split("\0") if entry]
    _check_linear(repo, start, end, [(id, parents.split()) for id, parents, _ in entries])
    paths = changed_paths(repo, [id for id, _, _ in entries])
    return [Commit(id, subject, frozenset(paths.get(id, ()))) for id, _, subject in entries]


def _check_linear(repo: Path, start: str, end: str, commits: list[tuple[str, list[str]]]) -> None:
    """`commits`: id and parents of each.  Without a merge among them only the first can stand on something else."""
    if not commits:
        raise Refused(f"there are no commits between {start[:10]} and {end[:10]}")
    for id, parents in commits:
        if len(parents) > 1:
            raise Refused(f"{id[:10]} is a merge; give a linear stretch of history, between two merges")
    first, parents = commits[0]
    if not parents:
        shallow = git(repo, "rev-parse", "--is-shallow-repository").strip() == b"true"
        why = "the clone is shallow and ends there" if shallow else "it is a first commit"
        raise Refused(f"{first[:10]} has no parent ({why}); a stretch begins at a commit: {first[:10]}..")
    if parents != [start]:
        raise Refused(f"{start[:10]} is not an ancestor of {end[:10]}: the stretch would begin at {parents[0][:10]}")


def changed_paths(repo: Path, ids: list[str]) -> dict[str, list[bytes]]:
    """The paths that each commit changes, both names of a renamed file among them."""
    command = ("diff-tree", "--stdin", "-r", "-z", "--no-renames", "--ignore-submodules=none")
    parts = iter(git(repo, *command, input="".join(f"{id}\n" for id in ids).encode()).split(b"\0")[:-1])
    found: dict[str, list[bytes]] = {}
    commit: list[bytes] = []
    for part in parts:
        if part.startswith(b":"):  # ":mode mode id id status", then the path
            commit.append(next(parts))
        else:
            commit = found.setdefault(part.decode(), [])
    for id, paths in found.items():
        if any(path == RESERVED or path.startswith(RESERVED + b"/") for path in paths):
            raise Refused(f"{id[:10]} changes {RESERVED.decode()}, a name that swarm keeps for itself")
    return found


# writing the task file


def task_file(repo: Path, start: str, commits: list[Commit], seconds: float) -> str:
    """The task file as text.  Strings are written as JSON, which YAML reads the same."""
    width = max(3, len(str(len(commits))))
    names = [f"c{number:0{width}}-{commit.id[:7]}" for number, commit in enumerate(commits, 1)]
    lines = [f"# {len(commits)} commits of {quoted(str(repo))} after {start}", "version: 1", "name: replay"]
    lines += [f"base: {quoted(start)}", "tasks:"]
    for commit, name, above in zip(commits, names, dependencies(commits), strict=True):
        lines.append(f"  - id: {name}")
        lines.append(f"    title: {quoted(commit.subject or name)}")
        if above:
            lines.append(f"    depends_on: [{', '.join(names[number] for number in above)}]")
        if not commit.paths:
            lines.append("    expects: any")
        lines.append(f"    command: {quoted(command(repo, commit, seconds))}")
    return "\n".join([*lines, ""])


def command(repo: Path, commit: Commit, seconds: float) -> str:
    """The shell line that makes the commit's change again."""
    pause = f"sleep {seconds:g} && " if seconds else ""
    return f"{pause}sh {shlex.quote(str(APPLY))} {shlex.quote(str(repo))} {commit.id}"


def quoted(text: str) -> str:
    """Text as a JSON string on one line without anything that YAML would not take."""
    return json.dumps("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), ensure_ascii=False)


def plan(repo: Path, span: str, limit: int | None, seconds: float) -> tuple[str, list[Commit]]:
    """The task file of a range, cut after `limit` commits, and its commits."""
    first, dots, last = span.partition("..")
    if not first or not dots or last.startswith("."):
        raise Refused(f"{span!r} is no range; write A..B, the commits after A up to B")
    for place in (repo, APPLY):
        if not str(place).isprintable():
            raise Refused(f"the path {str(place)!r} can't be written into a task file")
    start = commit_id(repo, first)
    commits = stretch(repo, start, commit_id(repo, last or "HEAD"))[:limit]
    return task_file(repo, start, commits, seconds), commits


def main(argv: list[str] | None = None) -> int:
    """Print or write the task file; on stderr, how to run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repo", type=Path, required=True, metavar="PATH", help="the repository")
    parser.add_argument("--range", required=True, metavar="A..B", help="the commits after A up to B")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N of them")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="let each task take S seconds longer")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of printing")
    options = parser.parse_args(argv)
    if (options.limit is not None and options.limit < 1) or not 0 <= options.seconds < float("inf"):
        parser.error("--limit is at least 1, --seconds at least 0")
    repo = options.repo.absolute()
    try:
        text, commits = plan(repo, options.range, options.limit, options.seconds)
        if options.output:
            options.output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.buffer.write(text.encode())
    except (Refused, OSError) as error:
        print(f"plan.py: {error}", file=sys.stderr)
        return 1
    file = options.output.absolute() if options.output else "FILE"
    print(f"{len(commits)} tasks; next: cd {shlex.quote(str(repo))}", file=sys.stderr)
    print(f"  swarm start --workers 4 --task-file {shlex.quote(str(file))}", file=sys.stderr)
    print(f"  git diff --exit-code {commits[-1].id} swarm/replay   finds no difference", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
