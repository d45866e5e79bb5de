"""Landing and publishing: a ref that somebody else moved is respected, and the user's checkout is never touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from effects_world import EffectsWorld

from swarm.core.events import CandidateLanded, Published, TipMoved
from swarm.effects.landing import land, publish
from swarm.errors import SwarmError
from swarm.git import refs


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
    assert land(effects.hub, "bench", 1, effects.base, ours) == (TipMoved(theirs),)
    assert effects.hub.read_ref(refs.integration("bench")) == theirs


def test_a_ref_that_is_gone_stops_with_a_hint(effects: EffectsWorld) -> None:
    new = effects.branch("a", {"a.txt": "a"})
    with pytest.raises(SwarmError, match="disappeared") as caught:
        land(effects.hub, "bench", 1, effects.base, new)
    assert caught.value.hint


def test_it_is_published_as_a_branch_and_a_ref(effects: EffectsWorld) -> None:
    new = effects.branch("a", {"a.txt": "a"})
    land(effects.hub, "bench", 0, None, new)
    for _ in range(2):
        assert publish(effects.user, effects.hub, "bench", new) == (Published(new, "swarm/bench"),)
    assert effects.git("rev-parse", "swarm/bench", refs.integration("bench")).split() == [new, new]


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
