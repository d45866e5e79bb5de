"""The leader's hands: what may be begun while something else is under way, and what nobody waits for."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator

import pytest

from swarm import clock
from swarm.core import actions as a
from swarm.effects.lanes import Effect, Results
from swarm.leader.hands import PUBLISH_PACE, Hands

PROOF = a.Prove(1, "b" * 40, (), 0)
EVERYTHING: tuple[a.Action, ...] = (
    PROOF, a.Land(1, None, "c" * 40), a.Publish("c" * 40), a.Spawn("w", 0), a.Keep("t", 1, "c" * 40),
    a.Assign("t", 1), a.Deliver("m", "w"),
)  # fmt: skip


def blocked(go: threading.Event) -> Effect:
    """An effect that takes until it may go."""

    def effect() -> tuple[()]:
        go.wait(60)
        return ()

    return effect


@pytest.fixture
def results() -> Iterator[Results]:
    found = Results()
    yield found
    found.close()


def test_a_look_for_clashes_that_takes_long_holds_up_nothing_and_is_not_waited_for(results: Results) -> None:
    hands, go = Hands(results, 1), threading.Event()
    try:
        hands.begin(a.Probe(), blocked(go))
        assert not hands.are_busy
        assert not hands.can_begin(a.Probe())
        assert all(hands.can_begin(action) for action in EVERYTHING)
        for action in EVERYTHING:
            hands.begin(action, lambda: ())
        assert hands.are_busy
        done: set[object] = set()
        while done != set(EVERYTHING):
            assert select.select([results.fileno()], [], [], 60)[0]
            done |= {result.key for result in results.take()}
        for action in EVERYTHING:
            hands.done(action)
        assert not hands.are_busy
    finally:
        go.set()
        hands.close()


def test_one_publication_at_a_time(results: Results) -> None:
    hands, go = Hands(results, 1), threading.Event()
    try:
        hands.begin(a.Publish("c" * 40), blocked(go))
        assert not hands.can_begin(a.Publish("d" * 40), hurry=True)
        hands.done(a.Publish("c" * 40))
        assert hands.can_begin(a.Publish("d" * 40), hurry=True)
    finally:
        go.set()
        hands.close()


def test_publications_have_their_pace_unless_nothing_else_is_under_way(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(clock, "since_boot", lambda: now)
    hands, go = Hands(results, 1), threading.Event()
    go.set()
    try:
        assert hands.can_begin(a.Publish("c" * 40)), "the first one is at once"
        hands.begin(a.Publish("c" * 40), blocked(go))
        hands.done(a.Publish("c" * 40))
        assert not hands.can_begin(a.Publish("d" * 40))
        assert hands.can_begin(a.Publish("d" * 40), hurry=True)
        now += PUBLISH_PACE
        assert hands.can_begin(a.Publish("d" * 40))
    finally:
        go.set()
        hands.close()
