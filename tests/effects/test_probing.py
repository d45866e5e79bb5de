"""Looks for clashes on real branches, and what they cost in git processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from effects_world import EffectsWorld

from swarm.core import events as e
from swarm.core.clashes import Glance, Live, Pair
from swarm.effects.probing import LONGEST_PATH, MOST_BRANCHES, MOST_CLASHES, MOST_MERGES, MOST_PATHS, Lookout
from swarm.git.command import plain
from swarm.git.hub import Hub
from swarm.process import Done

LINES = "".join(f"line {n}\n" for n in range(20))


def changed(at: int, to: str) -> str:
    """LINES with another line."""
    return LINES.replace(f"line {at}\n", f"{to}\n")


@dataclass
class Scene:
    """Branches of a run as a lookout sees them, look by look; and the git commands of each look."""

    world: EffectsWorld
    base: str
    live: dict[str, Live] = field(default_factory=dict)
    known: dict[Pair, e.ClashSeen] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        hub = Hub(self.world.hub.path, self.count)
        self.lookout = Lookout(hub, "bench")

    def count(self, argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        self.commands.append(next(word for word in argv if word in ("cat-file", "diff-tree", "merge-tree")))
        assert timeout is not None
        return plain(argv, env, input, timeout)

    def works(self, task: str, files: dict[str, str], base: str = "") -> str:
        """The agent of a task has committed this."""
        self.live[task] = Live(1, None)
        return self.world.branch(f"swarm/bench/{task}.1", files, base or self.base)

    def does(self, task: str, *commands: tuple[str, ...], base: str = "") -> str:
        """The same by git commands."""
        self.world.git("checkout", "-q", "-B", f"swarm/bench/{task}.1", base or self.base)
        for command in commands:
            self.world.git(*command)
        self.world.git("commit", "-q", "-a", "-m", task)
        commit = self.world.git("rev-parse", "HEAD")
        self.world.git("push", "-q", str(self.world.hub.path), f"+{commit}:refs/heads/swarm/bench/{task}.1")
        self.world.git("checkout", "-q", "main")
        self.live[task] = Live(1, None)
        return commit

    def look(self, tip: str = "") -> tuple[e.Event, ...]:
        """One look; what it says is known from then on."""
        self.commands.clear()
        found = self.lookout.look(Glance(tip or self.base, dict(self.live), dict(self.known)))
        for event in found:
            if isinstance(event, e.ClashSeen):
                self.known[event.task, event.other] = event
            elif isinstance(event, e.ClashGone):
                del self.known[event.task, event.other]
        return found

    def objects(self) -> set[Path]:
        return set((self.world.hub.path / "objects").rglob("*"))


@pytest.fixture
def scene(effects: EffectsWorld) -> Iterator[Scene]:
    base = effects.branch("seed", {"x.py": LINES, "y.py": LINES})
    effects.git("checkout", "-q", "main")
    yield Scene(effects, base)
    assert not (effects.hub.own / "trial").exists()


def seen(one: str, other: str, *paths: str, more: int = 0) -> e.ClashSeen:
    return e.ClashSeen(one, 1, other, 1, paths, more)


# what is a clash


def test_two_that_change_the_same_line_clash(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A"), "y.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B"), "y.py": changed(3, "B")})
    assert scene.look() == (seen("a", "b", "x.py", "y.py"),)


def test_two_that_change_the_same_file_in_different_places_do_not(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(15, "B")})
    assert scene.look() == ()
    assert scene.commands.count("merge-tree") == 1


def test_one_that_deletes_what_the_other_changes_clashes(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.does("b", ("rm", "-q", "x.py"))
    assert scene.look() == (seen("a", "b", "x.py"),)


def test_a_change_follows_a_file_that_was_moved(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.does("b", ("mv", "x.py", "z.py"))
    assert scene.look() == ()


def test_a_change_of_a_file_that_was_moved_and_changed_there_clashes_under_its_new_name(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    moved = scene.does("b", ("mv", "x.py", "z.py"))
    scene.works("b", {"z.py": changed(3, "B")}, base=moved)
    assert scene.look() == (seen("a", "b", "z.py"),)


def test_two_that_add_the_same_file_clash(scene: Scene) -> None:
    scene.works("a", {"new.py": "A\n"})
    scene.works("b", {"new.py": "B\n"})
    assert scene.look() == (seen("a", "b", "new.py"),)


def test_a_file_where_the_other_has_a_directory_clashes(scene: Scene) -> None:
    scene.works("a", {"new": "A\n"})
    scene.works("b", {"new/deep/file": "B\n"})
    [found] = scene.look()
    assert isinstance(found, e.ClashSeen)
    assert found.paths[0].startswith("new~")


def test_the_same_change_twice_is_no_clash(scene: Scene) -> None:
    one = scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "A")})
    scene.live["c"] = Live(1, one)
    assert scene.look() == ()
    assert scene.commands.count("diff-tree") == 2
    assert scene.commands.count("merge-tree") == 2, "a and c hold the same commit"


def test_what_landed_after_the_other_began_is_not_blamed_on_who_stands_on_it(scene: Scene) -> None:
    tip = scene.world.branch("landed", {"x.py": changed(3, "L")}, scene.base)
    scene.works("a", {"x.py": changed(3, "A"), "y.py": changed(3, "A")})
    scene.works("b", {"y.py": changed(15, "B")}, base=tip)
    assert scene.look(tip) == ()
    assert scene.commands.count("merge-tree") == 1


def test_an_attempt_that_has_committed_nothing_touches_nothing(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.world.git("push", "-q", str(scene.world.hub.path), f"{scene.base}:refs/heads/swarm/bench/b.1")
    scene.live["b"] = Live(1, None)
    assert scene.look() == ()
    assert "merge-tree" not in scene.commands


# how it goes on


def test_work_that_was_sealed_counts_by_its_commit_whatever_its_branch_says(scene: Scene) -> None:
    commit = scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    scene.works("a", {"other.py": "A\n"})
    scene.live["a"] = Live(1, commit)
    assert scene.look() == (seen("a", "b", "x.py"),)


def test_a_clash_goes_when_an_agent_amends_its_work_and_is_said_anew_where_it_is_another_one(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A"), "y.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    assert scene.look() == (seen("a", "b", "x.py"),)
    scene.works("b", {"y.py": changed(3, "B")})
    assert scene.look() == (seen("a", "b", "y.py"),)
    scene.works("b", {"new.py": "B\n"})
    assert scene.look() == (e.ClashGone("a", "b"),)


def test_a_clash_goes_when_an_agent_deletes_its_branch(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    assert scene.look() == (seen("a", "b", "x.py"),)
    scene.world.hub.delete_refs(["refs/heads/swarm/bench/b.1"])
    assert scene.look() == (e.ClashGone("a", "b"),)


@pytest.mark.parametrize("text", ["no commit at all\n", "ref: refs/heads/nowhere\n", "0" * 40 + "\n", "1" * 40 + "\n"])
def test_a_branch_that_an_agent_has_broken_stops_nothing(scene: Scene, text: str) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    scene.works("c", {"y.py": changed(2, "C")})
    (scene.world.hub.path / "refs/heads/swarm/bench/c.1").write_text(text)
    assert scene.look() == (seen("a", "b", "x.py"),)


def test_a_branch_without_a_common_history_clashes_with_nobody(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    tree = scene.world.git("rev-parse", f"{scene.works('b', {'x.py': changed(3, 'B')})}^{{tree}}")
    alone = scene.world.git("commit-tree", tree, "-m", "alone")
    scene.world.git("push", "-q", str(scene.world.hub.path), f"+{alone}:refs/heads/swarm/bench/b.1")
    assert scene.look() == ()


def test_a_later_leader_says_nothing_twice(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    scene.look()
    scene.lookout = Lookout(scene.lookout.hub, "bench")
    assert scene.look() == ()


def test_a_git_that_was_killed_is_told_and_what_was_known_stays(scene: Scene) -> None:
    def killed(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        if "merge-tree" in argv:
            return Done(tuple(argv), -9, b"", b"")
        return plain(argv, env, input, timeout)

    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    scene.lookout = Lookout(Hub(scene.world.hub.path, killed), "bench")
    [told] = scene.look()
    assert isinstance(told, e.ActionHindered)
    assert told.action == "probe"
    scene.lookout = Lookout(scene.world.hub, "bench")
    assert scene.look() == (seen("a", "b", "x.py"),)


def test_names_of_files_are_no_danger_and_not_endless(scene: Scene) -> None:
    nasty = "deep/" * 40 + "n" * 200 + "\x1b]0;x\x07\n\udcff"
    names = [nasty, *(f"f{n:02}" for n in range(MOST_PATHS + 3))]
    for task in ("a", "b"):
        scene.works(task, dict.fromkeys(names, f"{task}\n"))
    [found] = scene.look()
    assert isinstance(found, e.ClashSeen)
    assert found.paths[0] == nasty[: LONGEST_PATH - 1] + "…"
    assert (len(found.paths), found.more) == (MOST_PATHS, len(names) - MOST_PATHS)


# what it costs


def test_a_look_where_nothing_has_moved_costs_no_git_at_all(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    scene.look()
    assert sorted(scene.commands) == ["cat-file", "diff-tree", "diff-tree", "merge-tree"]
    old = 1_000_000_000
    for path in ("refs/heads/swarm/bench", "packed-refs"):
        if (scene.world.hub.path / path).exists():
            os.utime(scene.world.hub.path / path, ns=(old, old))
    scene.look()
    assert scene.commands == ["cat-file"]
    scene.look()
    assert scene.commands == []
    scene.works("b", {"x.py": changed(4, "B")})
    scene.look()
    assert scene.commands == ["cat-file", "diff-tree", "merge-tree"]


def test_branches_are_seen_to_move_though_their_refs_were_packed(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(15, "B")})
    scene.look()
    scene.works("b", {"x.py": changed(3, "B")})
    scene.world.hub.git.run("pack-refs", "--all")
    assert scene.look() == (seen("a", "b", "x.py"),)


def test_what_touches_nothing_in_common_is_not_merged(scene: Scene) -> None:
    for n in range(6):
        scene.works(f"t{n}", {f"dir/file{n}": "x\n"})
    assert scene.look() == ()
    assert scene.commands.count("diff-tree") == 6
    assert "merge-tree" not in scene.commands


def test_sealed_work_alone_needs_no_look_at_refs(scene: Scene) -> None:
    one, other = scene.works("a", {"x.py": changed(3, "A")}), scene.works("b", {"x.py": changed(3, "B")})
    scene.live = {"a": Live(1, one), "b": Live(1, other)}
    assert scene.look() == (seen("a", "b", "x.py"),)
    assert sorted(scene.commands) == ["diff-tree", "diff-tree", "merge-tree"]


def crowd(scene: Scene, count: int) -> None:
    """So many branches that all change the same line."""
    stream = b"".join(
        b"commit refs/heads/swarm/bench/t%03d.1\ncommitter T <t@x> 1700000000 +0000\ndata 1\nx\nfrom %s\n"
        b"M 100644 inline x.py\ndata %d\n%d\n\n" % (n, scene.base.encode(), len(str(n)) + 1, n)
        for n in range(count)
    )
    scene.world.hub.git.run("fast-import", "--quiet", input=stream)
    scene.live = {f"t{n:03}": Live(1, None) for n in range(count)}


def test_a_look_at_hundreds_of_branches_is_bounded_and_the_next_goes_on_with_the_rest(scene: Scene) -> None:
    crowd(scene, 300)
    for look in range(1, 4):
        assert len(scene.look()) == MOST_MERGES
        assert scene.commands.count("cat-file") == 1
        assert scene.commands.count("diff-tree") == MOST_BRANCHES
        assert scene.commands.count("merge-tree") == MOST_MERGES
        assert len(scene.known) == look * MOST_MERGES


def test_more_clashes_than_anybody_reads_are_not_looked_for(scene: Scene) -> None:
    count = 2 * MOST_CLASHES + 4
    crowd(scene, count)
    while scene.look() or "merge-tree" in scene.commands:
        pass
    clashes = [task for pair in scene.known for task in pair]
    assert all(clashes.count(f"t{n:03}") >= MOST_CLASHES for n in range(count))
    assert len(scene.known) <= count * MOST_CLASHES + MOST_MERGES < count * (count - 1) / 2


def test_those_who_move_all_the_time_do_not_keep_the_others_from_their_turn(scene: Scene) -> None:
    movers = [f"m{n}" for n in range(MOST_MERGES)]
    for name in ("x", "y"):
        scene.works(name, {"y.py": f"{name}\n"})
    for turn in range(2 * len(movers) + 2):
        for name in movers:
            scene.works(name, {"x.py": changed(3, f"{name} {turn}")})
        scene.look()
        if ("x", "y") in scene.known:
            return
    raise AssertionError("x and y were never merged on trial")


def test_a_merge_on_trial_leaves_nothing_in_the_hub_and_goes_behind_everybody_else(scene: Scene) -> None:
    scene.works("a", {"deep/x.py": changed(3, "A"), "x.py": changed(3, "A")})
    scene.works("b", {"deep/y.py": changed(3, "B"), "x.py": changed(15, "B")})
    before = scene.objects()
    priorities: list[Sequence[str]] = []

    def noted(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        priorities.append(argv[:3])
        return plain(argv, env, input, timeout)

    scene.lookout = Lookout(Hub(scene.world.hub.path, noted), "bench")
    assert scene.look() == ()
    assert scene.objects() == before
    assert len(priorities) == 4
    assert all(list(one) == ["nice", "-n", "10"] for one in priorities)


def test_what_a_killed_leader_has_left_is_no_hindrance(scene: Scene) -> None:
    for name in ("info", "ab"):
        left = scene.world.hub.own / "trial" / name / "alternates"
        left.parent.mkdir(parents=True)
        left.write_bytes(b"nowhere\n")
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    assert scene.look() == (seen("a", "b", "x.py"),)


def test_a_look_that_is_stopped_asks_git_for_nothing_more(scene: Scene) -> None:
    scene.works("a", {"x.py": changed(3, "A")})
    scene.works("b", {"x.py": changed(3, "B")})
    scene.lookout.stop()
    assert scene.look() == ()
    assert scene.commands == ["cat-file"]
