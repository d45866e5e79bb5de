"""Proving candidates with real merges and real gates."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from effects_world import EffectsWorld, effects_world

from swarm.core.events import CandidateJudged, CandidateUnbuildable, Clash, Verdict
from swarm.core.plan import Setup
from swarm.effects.proving import Proof
from swarm.process import Identity, alive, identity
from swarm.verify import Halt


def judged(world: EffectsWorld, proof: Proof, halt: Halt | None = None) -> CandidateJudged:
    (event,) = world.prover.prove(proof, halt or Halt())
    assert isinstance(event, CandidateJudged), event
    return event


def refused(world: EffectsWorld, proof: Proof) -> CandidateUnbuildable:
    (event,) = world.prover.prove(proof, Halt())
    assert isinstance(event, CandidateUnbuildable), event
    return event


def test_a_chain_is_merged_in_order_and_its_last_commit_is_judged(effects: EffectsWorld) -> None:
    heads = {name: effects.branch(name, {f"{name}.txt": name}) for name in ("a", "b", "c")}
    found = judged(effects, effects.proof(1, heads, "cat a.txt b.txt c.txt"))
    assert found.verdict is Verdict.PASS
    assert (len(found.commits), found.commits[-1]) == (3, found.commit)
    assert [effects.show(found.commit, f"{name}.txt") for name in heads] == ["a", "b", "c"]
    assert effects.hub.read_ref("refs/swarm/bench/candidate/1") == found.commit
    assert "abc" in effects.log(1)


def test_proved_again_after_a_crash_it_is_the_same_commit(effects: EffectsWorld, repo: Path, tmp_path: Path) -> None:
    proof = effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})}, "true")
    first = judged(effects, proof)
    again = effects_world(repo, tmp_path)
    assert judged(again, proof).commit == first.commit


def test_only_its_own_members_have_commits_reported(effects: EffectsWorld) -> None:
    heads = {name: effects.branch(name, {f"{name}.txt": name}) for name in ("a", "b")}
    found = judged(effects, effects.proof(2, heads, "true", own=1))
    assert found.commits == (found.commit,)


def test_a_conflict_with_the_tip_names_the_task_and_the_paths(effects: EffectsWorld) -> None:
    tip = effects.branch("tip", {"README.md": "theirs\n"})
    head = effects.branch("a", {"README.md": "ours\n"})
    found = refused(effects, effects.proof(1, {"a": head}, "true", onto=tip))
    assert (found.conflicts, found.deferred) == ((Clash("a", ("README.md",)),), ())


def test_a_conflict_among_themselves_only_defers_the_later_one(effects: EffectsWorld) -> None:
    heads = {name: effects.branch(name, {"README.md": name}) for name in ("a", "b")}
    found = refused(effects, effects.proof(1, heads, "true"))
    assert (found.conflicts, found.deferred) == ((), ("b",))


def test_an_unrelated_history_is_refused_and_nothing_is_judged(effects: EffectsWorld) -> None:
    effects.git("checkout", "-q", "--orphan", "alone")
    effects.git("commit", "-q", "--allow-empty", "-m", "alone")
    head = effects.git("rev-parse", "HEAD")
    effects.git("push", "-q", str(effects.hub.path), f"+{head}:refs/heads/alone")
    (event,) = effects.prover.prove(effects.proof(1, {"a": head}, "true"), Halt())
    assert not isinstance(event, CandidateJudged) or event.verdict is Verdict.ERROR


def test_the_same_tree_and_commands_are_judged_once(effects: EffectsWorld, tmp_path: Path) -> None:
    line = f"echo run >> {tmp_path}/ledger"
    first = judged(effects, effects.proof(1, {"a": effects.branch("a", {"x.txt": "x"})}, line))
    second = judged(effects, effects.proof(2, {"b": effects.branch("b", {"x.txt": "x"})}, line))
    assert (first.cached, second.cached, second.verdict) == (False, True, Verdict.PASS)
    other = judged(effects, effects.proof(3, {"b": effects.branch("b", {"x.txt": "x"})}, line, "true"))
    assert not other.cached
    assert (tmp_path / "ledger").read_text() == "run\n" * 2


def test_one_red_run_of_a_single_member_may_be_chance(effects: EffectsWorld, tmp_path: Path) -> None:
    line = f"test -e {tmp_path}/again || {{ touch {tmp_path}/again; exit 1; }}"
    found = judged(effects, effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})}, line))
    assert (found.verdict, found.flaky) == (Verdict.PASS, True)


def test_two_red_runs_are_red_and_the_log_tells_why(effects: EffectsWorld, tmp_path: Path) -> None:
    head = effects.branch("a", {"a.txt": "a"})
    found = judged(effects, effects.proof(1, {"a": head}, f"echo run >> {tmp_path}/ledger; echo because; exit 3"))
    assert (found.verdict, found.flaky) == (Verdict.FAIL, False)
    assert "because" in found.excerpt and "exit status 3" in found.excerpt
    assert (tmp_path / "ledger").read_text() == "run\n" * 2


def test_a_batch_that_is_red_is_not_run_twice(effects: EffectsWorld, tmp_path: Path) -> None:
    heads = {name: effects.branch(name, {f"{name}.txt": name}) for name in ("a", "b")}
    found = judged(effects, effects.proof(1, heads, f"echo run >> {tmp_path}/ledger; exit 1"))
    assert (found.verdict, (tmp_path / "ledger").read_text()) == (Verdict.FAIL, "run\n")


def test_without_commands_a_merge_is_green(effects: EffectsWorld) -> None:
    assert judged(effects, effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})})).verdict is Verdict.PASS


def test_what_one_gate_leaves_does_not_reach_the_next(effects: EffectsWorld) -> None:
    dirty = "echo changed > README.md; echo new > left.txt; git add -A 2>/dev/null; mkdir -p deep/er; touch deep/er/x"
    judged(effects, effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})}, dirty))
    clean = "test \"$(cat README.md)\" = 'a small repository' && test ! -e left.txt && test ! -e deep && test -e b.txt"
    found = judged(effects, effects.proof(2, {"b": effects.branch("b", {"b.txt": "b"})}, clean))
    assert found.verdict is Verdict.PASS, effects.log(2)
    assert effects.show(found.commit, "README.md") == "a small repository\n"


def test_a_gate_that_commits_moves_no_candidate(effects: EffectsWorld) -> None:
    line = "git -c user.name=x -c user.email=x@x commit -q --allow-empty -m sneaky; true"
    head = effects.branch("a", {"a.txt": "a"})
    found = judged(effects, effects.proof(1, {"a": head}, line))
    again = judged(effects, effects.proof(2, {"a": head}, "test -e a.txt"))
    assert again.commit == found.commit
    assert effects.hub.read_ref("refs/swarm/bench/candidate/1") == found.commit


def test_a_halted_gate_ends_with_all_it_started_and_says_nothing(effects: EffectsWorld, tmp_path: Path) -> None:
    line = f"setsid sh -c 'echo $$ > {tmp_path}/daemon; sleep 1000' & echo $$ > {tmp_path}/gate; sleep 1000"
    halt = Halt()
    found: list[object] = []
    proof = effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})}, line)
    prover = threading.Thread(target=lambda: found.append(effects.prover.prove(proof, halt)))
    prover.start()
    until_there(tmp_path / "daemon", tmp_path / "gate")
    halt.set()
    prover.join(20)
    assert found == [()]
    for name in ("daemon", "gate"):
        assert not lives(int((tmp_path / name).read_text()))


def test_two_gates_at_once_have_worktrees_of_their_own(effects: EffectsWorld, tmp_path: Path) -> None:
    events: list[CandidateJudged] = []

    def one(name: str, other: str, number: int) -> None:
        meet = f"touch {tmp_path}/{name}; while test ! -e {tmp_path}/{other}; do sleep 0.02; done"
        line = f"{meet}; pwd; test -e {name}.txt"
        proof = effects.proof(number, {name: heads[name]}, line)
        events.append(judged(effects, proof))

    heads = {name: effects.branch(name, {f"{name}.txt": name}) for name in ("a", "b")}
    threads = [threading.Thread(target=one, args=args) for args in (("a", "b", 1), ("b", "a", 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [event.verdict for event in events] == [Verdict.PASS] * 2
    assert effects.log(1).splitlines()[-1] != effects.log(2).splitlines()[-1]


def test_a_setup_that_fails_is_an_error_and_blames_nobody(repo: Path, tmp_path: Path) -> None:
    world = effects_world(repo, tmp_path, setup=Setup(run=("echo no such tool; exit 9",)))
    found = judged(world, world.proof(1, {"a": world.branch("a", {"a.txt": "a"})}, "true"))
    assert found.verdict is Verdict.ERROR
    assert "no such tool" in found.excerpt


def test_a_pattern_that_is_none_is_an_error_and_no_bug(effects: EffectsWorld, repo: Path) -> None:
    (repo / ".worktreeinclude").write_text("**.env\n")
    head = effects.base
    found = judged(effects, effects.proof(1, {"a": head}, "true"))
    assert found.verdict is Verdict.ERROR
    assert "is no pattern" in found.excerpt


def test_a_gate_that_takes_too_long_is_an_error(repo: Path, tmp_path: Path) -> None:
    world = effects_world(repo, tmp_path, timeout=0.3)
    found = judged(world, world.proof(1, {"a": world.branch("a", {"a.txt": "a"})}, "sleep 1000"))
    assert found.verdict is Verdict.ERROR
    assert "did not end in time" in found.excerpt


def until_there(*paths: Path) -> None:
    deadline = time.monotonic() + 20
    while not all(path.exists() and path.read_text() for path in paths):
        assert time.monotonic() < deadline, paths
        time.sleep(0.02)


def lives(pid: int) -> bool:
    return alive(identity(pid) or Identity(pid, 0))
