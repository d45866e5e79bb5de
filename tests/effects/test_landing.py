"""Landing and publishing: a ref that somebody else moved is respected, and the user's checkout is never touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from effects_world import EffectsWorld

from swarm.core.events import CandidateDropped, CandidateJudged, CandidateLanded, Published, TipRefused, TipStrayed
from swarm.effects.landing import keep, land, publish, put_back, release
from swarm.git import refs
from swarm.verify import Halt


def test_it_lands_from_nothing_and_from_the_tip(effects: EffectsWorld) -> None:
    new = effects.branch("a", {"a.txt": "a"})
    assert land(effects.hub, "bench", 0, None, effects.base) == (CandidateLanded(0, None, effects.base),)
    assert land(effects.hub, "bench", 1, effects.base, new) == (CandidateLanded(1, effects.base, new),)
    assert effects.hub.read_ref(refs.integration("bench")) == new


def test_landed_before_a_crash_it_is_landed(effects: EffectsWorld) -> None:
    new = effects.branch("a", {"a.txt": "a"})
    land(effects.hub, "bench", 0, None, effects.base)
    for _ in range(2):
        assert land(effects.hub, "bench", 1, effects.base, new) == (CandidateLanded(1, effects.base, new),)


def test_a_ref_that_somebody_moved_is_left_there(effects: EffectsWorld) -> None:
    theirs, ours = effects.branch("theirs", {"t": "t"}), effects.branch("ours", {"o": "o"})
    land(effects.hub, "bench", 0, None, theirs)
    assert land(effects.hub, "bench", 1, effects.base, ours) == (TipStrayed(theirs),)
    assert effects.hub.read_ref(refs.integration("bench")) == theirs


def test_a_ref_that_is_gone_or_was_moved_back_moves_on_to_what_was_verified(effects: EffectsWorld) -> None:
    one = effects.branch("a", {"a.txt": "a"})
    two = effects.branch("b", {"b.txt": "b"}, one)
    ref = refs.integration("bench")
    land(effects.hub, "bench", 0, None, effects.base)
    land(effects.hub, "bench", 1, effects.base, one)
    for moved in (("update-ref", "-d", ref), ("update-ref", ref, effects.base), ("symbolic-ref", ref, "refs/heads/no")):
        effects.hub.git.run(*moved)
        assert land(effects.hub, "bench", 2, one, two) == (CandidateLanded(2, one, two),)
        assert effects.hub.read_ref(ref) == two
        effects.hub.anchor(ref, one)


def spoil(effects: EffectsWorld, how: str) -> None:
    """Have the integration ref hold what is no commit."""
    file = effects.hub.path / refs.integration("bench")
    file.parent.mkdir(parents=True, exist_ok=True)
    tree = effects.hub.git.text("rev-parse", f"{effects.base}^{{tree}}")
    file.write_text({"a tree": tree, "a missing object": "1" * 40, "garbage": "hello"}[how] + "\n")


@pytest.mark.parametrize("how", ["a tree", "a missing object", "garbage"])
def test_what_is_no_commit_is_refused_and_can_be_put_back(effects: EffectsWorld, how: str) -> None:
    new = effects.branch("a", {"a.txt": "a"})
    land(effects.hub, "bench", 0, None, effects.base)
    spoil(effects, how)
    before = (effects.hub.path / refs.integration("bench")).read_text()
    (event,) = land(effects.hub, "bench", 1, effects.base, new)
    assert isinstance(event, TipRefused)
    assert "integration ref" in event.reason
    assert (effects.hub.path / refs.integration("bench")).read_text() == before
    assert put_back(effects.hub, "bench", effects.base)
    assert put_back(effects.hub, "bench", effects.base) is None
    assert land(effects.hub, "bench", 1, effects.base, new) == (CandidateLanded(1, effects.base, new),)


def test_what_is_put_back_over_is_kept_under_a_ref(effects: EffectsWorld) -> None:
    theirs = effects.branch("theirs", {"t": "t"})
    land(effects.hub, "bench", 0, None, effects.base)
    effects.hub.anchor(refs.integration("bench"), theirs)
    kept = put_back(effects.hub, "bench", effects.base)
    assert kept is not None
    assert (effects.hub.read_ref(kept), effects.hub.read_ref(refs.integration("bench"))) == (theirs, effects.base)


def test_a_merge_that_is_gone_is_made_again(effects: EffectsWorld) -> None:
    land(effects.hub, "bench", 0, None, effects.base)
    proof = effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})}, "true")
    (judged,) = effects.prover.prove(proof, Halt())
    assert isinstance(judged, CandidateJudged)
    effects.hub.delete_refs(effects.hub.list_refs("refs/swarm/bench/candidate"))
    (effects.hub.path / "objects" / judged.commit[:2] / judged.commit[2:]).unlink()
    assert effects.hub.kind(judged.commit) is None
    (event,) = land(effects.hub, "bench", 1, effects.base, judged.commit)
    assert isinstance(event, CandidateDropped)
    assert effects.prover.prove(proof, Halt())[0].commit == judged.commit  # type: ignore[attr-defined]


def test_work_is_held_wherever_an_agent_moves_its_branch(effects: EffectsWorld) -> None:
    work = {name: effects.branch(f"swarm/bench/{name}.1", {f"{name}.txt": name}) for name in ("a", "b")}
    for name, commit in work.items():
        assert keep(effects.hub, "bench", name, 1, commit) == ()
    assert keep(effects.hub, "bench", "c", 1, "1" * 40) == ()
    effects.hub.anchor("refs/heads/swarm/bench/a.1", effects.base)
    release(effects.hub, "bench")
    assert effects.hub.list_refs("refs/swarm/bench/sealed") == {}
    assert effects.hub.list_refs("refs/swarm/bench/rescue") == {"refs/swarm/bench/rescue/a.1.sealed": work["a"]}


def test_it_is_published_as_a_branch_and_a_ref(effects: EffectsWorld) -> None:
    new = effects.branch("a", {"a.txt": "a"})
    land(effects.hub, "bench", 0, None, new)
    for _ in range(2):
        assert publish(effects.user, effects.hub, "bench", new) == (Published(new, "swarm/bench"),)
    assert effects.git("rev-parse", "swarm/bench", refs.integration("bench")).split() == [new, new]


def test_what_somebody_put_into_the_ref_is_not_published(effects: EffectsWorld) -> None:
    theirs, tip = effects.branch("theirs", {"t": "t"}), effects.branch("ours", {"o": "o"})
    land(effects.hub, "bench", 0, None, tip)
    effects.hub.anchor(refs.integration("bench"), theirs)
    assert publish(effects.user, effects.hub, "bench", tip) == (Published(tip, "swarm/bench"),)
    assert effects.git("rev-parse", "swarm/bench", refs.integration("bench")).split() == [tip, tip]


def test_a_branch_that_is_checked_out_stays_and_the_ref_follows(effects: EffectsWorld) -> None:
    land(effects.hub, "bench", 0, None, effects.base)
    publish(effects.user, effects.hub, "bench", effects.base)
    new = effects.branch("a", {"a.txt": "a"})
    land(effects.hub, "bench", 1, effects.base, new)
    effects.git("checkout", "-q", "swarm/bench")
    (event,) = publish(effects.user, effects.hub, "bench", new)
    assert isinstance(event, Published)
    assert (event.tip, event.branch) == (new, None)
    assert event.note
    assert effects.git("rev-parse", refs.integration("bench")) == new
    assert effects.git("rev-parse", "HEAD") == effects.base
    assert effects.git("status", "--porcelain") == ""


def test_a_branch_that_the_user_moved_stays(effects: EffectsWorld) -> None:
    land(effects.hub, "bench", 0, None, effects.base)
    publish(effects.user, effects.hub, "bench", effects.base)
    effects.git("checkout", "-q", "swarm/bench")
    effects.git("commit", "-q", "--allow-empty", "-m", "mine")
    mine = effects.git("rev-parse", "HEAD")
    effects.git("checkout", "-q", "main")
    new = effects.branch("a", {"a.txt": "a"})
    land(effects.hub, "bench", 1, effects.base, new)
    (event,) = publish(effects.user, effects.hub, "bench", new)
    assert isinstance(event, Published)
    assert (event.branch, effects.git("rev-parse", "swarm/bench")) == (None, mine)


def test_a_repository_that_is_gone_costs_a_note_and_no_crash(effects: EffectsWorld, tmp_path: Path) -> None:
    land(effects.hub, "bench", 0, None, effects.base)
    subprocess.run(["mv", str(effects.repo), str(tmp_path / "elsewhere")], check=True)
    (event,) = publish(effects.user, effects.hub, "bench", effects.base)
    assert isinstance(event, Published)
    assert event.branch is None
    assert event.note
