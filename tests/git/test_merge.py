from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from git_world import run_git

from swarm.git.command import GitFailed
from swarm.git.hub import Hub
from swarm.git.merge import (
    Broken,
    Chained,
    Clean,
    Conflict,
    Member,
    chain,
    changed,
    commit,
    commits_between,
    diffstat,
    is_ancestor,
    merge,
    merge_base,
    strays,
    tree_of,
)
from swarm.git.worktree import Worktree

WHEN = 1_700_000_000


class Branches:
    """Branches of the base, made by changing files in a worktree of the hub."""

    def __init__(self, tree: Worktree) -> None:
        self.tree = tree
        self.hub = tree.hub

    def __call__(self, start: str, changes: dict[str, str | None], moves: dict[str, str] | None = None) -> str:
        self.tree.switch(None, start)
        for old, new in (moves or {}).items():
            (self.tree.path / new).parent.mkdir(parents=True, exist_ok=True)
            (self.tree.path / old).rename(self.tree.path / new)
        for name, text in changes.items():
            path = self.tree.path / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        run_git(self.tree.path, "add", "-A")
        run_git(self.tree.path, "commit", "-q", "--allow-empty", "-m", f"change {' '.join(changes)}")
        return run_git(self.tree.path, "rev-parse", "HEAD")


@pytest.fixture(params=["asked anew", "kept open"])
def hub(hub: Hub, request: pytest.FixtureRequest) -> Iterator[Hub]:
    """With gits that stay open, and without: whatever is asked, the answers are the same."""
    if request.param == "kept open":
        hub = hub.kept_open()
    yield hub
    hub.close()


@pytest.fixture
def branch(tree: Worktree) -> Branches:
    return Branches(tree)


def lines(**changes: str) -> str:
    return "".join(changes.get(f"l{n}", f"line {n}") + "\n" for n in range(20))


def test_a_clean_merge_holds_both_sides(hub: Hub, base: str, branch: Branches) -> None:
    one, two = branch(base, {"a.txt": lines(l1="one")}), branch(base, {"a.txt": lines(l18="two")})
    merged = merge(hub, one, two)
    assert isinstance(merged, Clean)
    assert hub.git.text("show", f"{merged.tree}:a.txt") == lines(l1="one", l18="two").strip()


def test_a_conflict_names_its_paths_whatever_they_are_called(hub: Hub, base: str, branch: Branches) -> None:
    names = ["with space", "nön-äscii", "new\nline", "-dash"]
    one, two = (branch(base, dict.fromkeys([*names, "a.txt"], text)) for text in ("one\n", "two\n"))
    assert merge(hub, one, two) == Conflict(tuple(sorted([*names, "a.txt"])))


def test_modify_against_delete_is_a_conflict(hub: Hub, base: str, branch: Branches) -> None:
    one, two = branch(base, {"a.txt": None}), branch(base, {"a.txt": lines(l3="x")})
    assert merge(hub, one, two) == Conflict(("a.txt",))


def test_a_bad_object_is_an_error_and_not_a_conflict(hub: Hub, base: str) -> None:
    with pytest.raises(GitFailed):
        merge(hub, base, "0123456789" * 4)


def test_only_full_ids_are_taken(hub: Hub, base: str) -> None:
    for text in ("main", "HEAD", base[:10], "--output=x"):
        with pytest.raises(ValueError, match="not a full object id"):
            merge(hub, base, text)


def test_a_merge_runs_no_driver_and_no_worktree(hub: Hub, base: str, branch: Branches, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    one = branch(base, {"a.txt": lines(l1="one"), ".gitattributes": "* merge=evil\n"})
    two = branch(base, {"a.txt": lines(l1="two"), ".gitattributes": "* merge=evil\n"})
    run_git(hub.path, "config", "merge.evil.driver", f"touch '{canary}'; exit 0")
    (hub.path / "info" / "attributes").write_text("* merge=evil\n")
    hub.restore_config()
    assert isinstance(merge(hub, one, two), Conflict)
    assert not canary.exists()


def test_a_file_added_to_a_directory_that_moved_stays_where_it_was_put(hub: Hub, base: str, branch: Branches) -> None:
    tip = branch(base, {}, {"src/b.txt": "lib/b.txt"})
    head = branch(base, {"src/new.txt": "new\n"})
    merged = merge(hub, tip, head)
    assert isinstance(merged, Clean)
    assert changed(hub, tip, merged.tree) == {"src/new.txt"}


def test_the_same_commit_made_again_has_the_same_id(hub: Hub, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    args = (tree_of(hub, base), [base], "merge t: fünf\n\nbody", WHEN)
    first = commit(hub, *args)
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert commit(hub, *args) == first
    assert run_git(hub.path, "log", "-1", "--format=%an <%ae> %at %cn %ct %B", first).strip() == (
        f"swarm <swarm@localhost> {WHEN} swarm {WHEN} merge t: fünf\n\nbody"
    )


@pytest.mark.parametrize("when", [0, 5, 99_999_999, 2**33])
def test_any_time_is_kept_exactly(hub: Hub, base: str, when: int) -> None:
    made = commit(hub, tree_of(hub, base), [base], "m", when)
    assert run_git(hub.path, "log", "-1", "--format=%at", made) == str(when)


def test_changed_takes_modes_links_binaries_and_renames_as_paths(hub: Hub, base: str, tree: Worktree) -> None:
    (tree.path / "a.txt").chmod(0o755)
    (tree.path / "link").symlink_to("src")
    (tree.path / "bin").write_bytes(bytes(range(256)))
    (tree.path / "src" / "b.txt").rename(tree.path / "src" / "c.txt")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "m")
    head = run_git(tree.path, "rev-parse", "HEAD")
    assert changed(hub, base, head) == {"a.txt", "link", "bin", "src/b.txt", "src/c.txt"}
    stats = {stat.path: (stat.added, stat.removed) for stat in diffstat(hub, base, head)}
    assert stats["bin"] == (None, None)
    assert stats["src/c.txt"] == (20, 0)


def candidate(hub: Hub, tip: str, head: str) -> str:
    merged = merge(hub, tip, head)
    assert isinstance(merged, Clean), merged
    return commit(hub, merged.tree, (tip, head), "m", WHEN)


def test_an_honest_merge_has_no_strays(hub: Hub, base: str, branch: Branches) -> None:
    tip = branch(base, {"a.txt": lines(l1="tip"), "tip.txt": "t\n"})
    head = branch(base, {"a.txt": lines(l18="head"), "head.txt": "h\n", "src/b.txt": None})
    assert strays(hub, tip, candidate(hub, tip, head), head) == []


def test_a_change_that_follows_a_rename_is_no_stray(hub: Hub, base: str, branch: Branches) -> None:
    tip = branch(base, {}, {"a.txt": "moved/a.txt"})
    head = branch(base, {"a.txt": lines(l18="head")})
    made = candidate(hub, tip, head)
    assert changed(hub, tip, made) == {"moved/a.txt"}
    assert strays(hub, tip, made, head) == []


def test_a_rename_by_the_branch_of_a_file_that_the_tip_changed_is_no_stray(
    hub: Hub, base: str, branch: Branches
) -> None:
    tip = branch(base, {"a.txt": lines(l1="tip")})
    head = branch(base, {}, {"a.txt": "moved.txt"})
    assert strays(hub, tip, candidate(hub, tip, head), head) == []


def test_a_candidate_that_undoes_earlier_work_is_found(hub: Hub, base: str, branch: Branches) -> None:
    tip = branch(base, {"tip.txt": "t\n", "a.txt": lines(l1="tip")})
    head = branch(base, {"head.txt": "h\n"})
    dropped = commit(hub, tree_of(hub, head), (tip, head), "took one side", WHEN)
    assert strays(hub, tip, dropped, head) == ["a.txt", "tip.txt"]


def test_with_two_merge_bases_a_path_must_differ_from_both(hub: Hub, base: str, branch: Branches) -> None:
    one, two = branch(base, {"one.txt": "1\n"}), branch(base, {"two.txt": "2\n"})
    crossed_one, crossed_two = candidate(hub, one, two), candidate(hub, two, one)
    head = branch(crossed_two, {"head.txt": "h\n"})
    tip = branch(crossed_one, {"tip.txt": "t\n"})
    assert strays(hub, tip, candidate(hub, tip, head), head) == []
    undone = commit(hub, tree_of(hub, base), (tip, head), "undone", WHEN)
    assert strays(hub, tip, undone, head) == ["one.txt", "tip.txt", "two.txt"]


def test_ancestry(hub: Hub, base: str, branch: Branches) -> None:
    one, two = branch(base, {"one.txt": "1\n"}), branch(base, {"two.txt": "2\n"})
    assert merge_base(hub, one, two) == base
    assert is_ancestor(hub, base, one) and not is_ancestor(hub, one, base)
    root = commit(hub, tree_of(hub, base), [], "unrelated", WHEN)
    assert merge_base(hub, one, root) is None
    assert next(entry.subject for entry in commits_between(hub, base, candidate(hub, one, two))) == "m"
    assert len(commits_between(hub, base, candidate(hub, one, two))) == 3


def test_a_chain_merges_each_on_top_of_the_one_before(hub: Hub, base: str, branch: Branches) -> None:
    heads = [branch(base, {f"{n}.txt": f"{n}\n"}) for n in range(3)]
    chained = chain(hub, base, [Member(head, f"merge {n}", WHEN + n) for n, head in enumerate(heads)])
    assert isinstance(chained, Chained)
    assert len(chained.commits) == 3
    assert changed(hub, base, chained.commits[-1]) == {"0.txt", "1.txt", "2.txt"}
    assert is_ancestor(hub, chained.commits[0], chained.commits[2])
    assert chain(hub, base, [Member(head, f"merge {n}", WHEN + n) for n, head in enumerate(heads)]) == chained


def test_a_chain_says_whether_the_tip_or_an_earlier_member_is_in_conflict(
    hub: Hub, base: str, branch: Branches
) -> None:
    tip = branch(base, {"src/b.txt": "tip\n"})
    one = branch(base, {"a.txt": lines(l1="one")})
    rival = branch(base, {"a.txt": lines(l1="rival")})
    stale = branch(base, {"src/b.txt": "stale\n"})
    assert chain(hub, tip, [Member(one, "1", WHEN), Member(rival, "2", WHEN)]) == Broken(1, ("a.txt",), False)
    assert chain(hub, tip, [Member(one, "1", WHEN), Member(stale, "2", WHEN)]) == Broken(1, ("src/b.txt",), True)
    assert chain(hub, tip, [Member(stale, "1", WHEN)]) == Broken(0, ("src/b.txt",), True)


def test_work_without_a_common_history_is_like_a_conflict_and_a_git_that_fails_is_not(
    hub: Hub, base: str, branch: Branches
) -> None:
    one = branch(base, {"one.txt": "1\n"})
    rootless = commit(hub, tree_of(hub, one), (), "all new", WHEN)
    members = [Member(one, "1", WHEN), Member(rootless, "2", WHEN)]
    assert chain(hub, base, members) == Broken(1, (f"{rootless}, which has no history in common with it",), True)
    with pytest.raises(GitFailed):
        chain(hub, tree_of(hub, base), [Member(one, "1", WHEN)])
