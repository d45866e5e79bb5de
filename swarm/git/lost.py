"""Commits in the hub that no ref holds: amended, reset, dropped, on a branch that was deleted.  The hub prunes nothing.

Knows objects and refs, not whose work it is.  Looks at the hub's own objects alone, never at those it borrows, so it
costs by what runs have made and not by the size of the user's repository.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from swarm.files import content, locked, write_whole
from swarm.git.command import is_oid, text_of
from swarm.git.hub import Hub
from swarm.git.merge import AUTHOR, Commit

_FORMAT = "%H%x00%P%x00%ce%x00%an%x00%ct%x00%s"
_TRIED = "Merge "
"""How the message of every candidate begins: a merge that was not proved holds nothing that its members don't."""


def lost(hub: Hub, elsewhere: Collection[str]) -> list[Commit]:
    """The newest commits of each line of history that no ref, no worktree, none of `elsewhere` and no `let_go` has.

    Merges that the leader tried don't count.  Oldest first.
    """
    ours = _commits(hub, _objects(hub))
    if not ours:
        return []
    known = _commits(hub, {*elsewhere, *_let_go(hub)})
    lines = "".join([*(f"{one}\n" for one in sorted(ours)), *(f"^{one}\n" for one in sorted(known))])
    done = hub.git.run(
        "rev-list", "--no-commit-header", f"--format={_FORMAT}", "--stdin", "--not", "--all", input=lines.encode()
    )
    found = [_parsed(line) for line in text_of(done.out).split("\n") if line]  # an agent chose the words: one line each
    work = [(one, above) for one, above, tried in found if not tried]
    inner = {parent for _, above in work for parent in above}
    return sorted((one for one, _ in work if one.id not in inner), key=lambda one: (one.when, one.id))


def let_go(hub: Hub, commits: Iterable[str]) -> None:
    """Remember that these commits and all before them are nobody's loss; their objects stay as long as the hub does."""
    with locked(hub.own / "let-go.lock"):
        known = [*_let_go(hub)]
        new = [one for one in dict.fromkeys(commits) if one not in known]
        if new:
            write_whole(hub.own / "let-go", "".join(f"{one}\n" for one in [*known, *new]).encode())


def let_gone(hub: Hub) -> set[str]:
    """The commits that were let go, as far as the hub still has them."""
    return _commits(hub, set(_let_go(hub)))


def _let_go(hub: Hub) -> list[str]:
    lines = (content(hub.own / "let-go") or b"").decode("ascii", "replace").split()
    return [line for line in lines if is_oid(line)]


def _objects(hub: Hub) -> set[str]:
    """Ids of all objects in the hub's own directory, loose or packed."""
    return {*_loose(hub.path / "objects"), *_packed(hub)}


def _loose(objects: Path) -> Iterator[str]:
    for directory in objects.glob("[0-9a-f][0-9a-f]"):
        yield from (found for entry in directory.iterdir() if is_oid(found := directory.name + entry.name))


def _packed(hub: Hub) -> Iterator[str]:
    for index in hub.path.glob("objects/pack/*.idx"):
        listed = hub.git.text("show-index", input=index.read_bytes())
        yield from (line.split(" ")[1] for line in listed.splitlines())


def _commits(hub: Hub, ids: Collection[str]) -> set[str]:
    """Those of the ids that are commits the hub can read."""
    if not ids:
        return set()
    asked = "".join(f"{one}\n" for one in ids).encode()
    done = hub.git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer", input=asked)
    return {line.split(" ")[0] for line in text_of(done.out).splitlines() if line.endswith(" commit")}


def _parsed(line: str) -> tuple[Commit, list[str], bool]:
    """(commit, parents, whether the leader tried it as a candidate)."""
    id, above, committer, author, when, subject = line.split("\0", 5)
    parents = above.split()
    tried = committer == AUTHOR[1] and len(parents) > 1 and subject.startswith(_TRIED)
    return Commit(id, author, int(when), subject), parents, tried
