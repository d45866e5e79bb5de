from __future__ import annotations

from pathlib import Path

import pytest
from samples import SAMPLES, TASK, run_in

from swarm.core import events as e
from swarm.core.status import TERMINAL, TRANSITIONS, UNDER_WAY, IllegalEvent, Status, following, mermaid, page

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
TASK_EVENTS = [event for event in SAMPLES if isinstance(event, e.TaskEvent)]
NOT_MOVING = {e.ResultSetAside}


def test_there_is_a_sample_of_every_event() -> None:
    assert {type(event) for event in SAMPLES} == set(e.EVENTS.values())
    assert len(SAMPLES) == len(e.EVENTS)


@pytest.mark.parametrize("status", Status)
def test_each_event_moves_each_status_as_the_table_says_or_is_refused(status: Status) -> None:
    for event in SAMPLES:
        then = TRANSITIONS[status].get(type(event))
        if then is None:
            with pytest.raises(IllegalEvent, match=f"{type(event).__name__} can't happen to api, which is {status}"):
                following(status, event, "api")
        else:
            assert following(status, event, "api") is then


@pytest.mark.parametrize("status", Status)
def test_a_run_can_have_a_task_in_each_status(status: Status) -> None:
    assert run_in(status).tasks[TASK].status is status


def test_every_event_of_a_task_has_its_place_in_the_table() -> None:
    listed = {kind for row in TRANSITIONS.values() for kind in row}
    assert {type(event) for event in TASK_EVENTS} - listed == NOT_MOVING


def test_every_status_can_be_reached_and_every_one_that_is_not_merged_can_be_left() -> None:
    reached = {then for row in TRANSITIONS.values() for then in row.values()}
    assert reached == set(Status)
    for status, row in TRANSITIONS.items():
        assert (status is Status.MERGED) == all(then is status for then in row.values())


def test_what_has_ended_is_left_on_the_operators_word_alone() -> None:
    operator = {e.TaskRetried, e.TaskCancelled}
    for status in TERMINAL:
        leaving = {kind for kind, then in TRANSITIONS[status].items() if then is not status}
        assert leaving <= operator


def test_an_attempt_can_end_in_every_status_that_may_have_one() -> None:
    for status in (*UNDER_WAY, Status.CANCELLED):
        assert {e.AttemptEnded, e.WorkSealed, e.AttemptAssigned} <= TRANSITIONS[status].keys()


@pytest.mark.parametrize("attempt", [0, 2])
@pytest.mark.parametrize("kind", [e.WorkSealed, e.AttemptEnded, e.AttemptStarted])
def test_an_event_of_another_attempt_is_refused_whatever_the_status(kind: type[e.TaskEvent], attempt: int) -> None:
    sample = next(event for event in TASK_EVENTS if type(event) is kind)
    values = {name: getattr(sample, name) for name in sample.__dataclass_fields__}
    with pytest.raises(IllegalEvent, match="can't happen to api in attempt 1"):
        run_in(Status.CLAIMED, kind(**{**values, "attempt": attempt}))


def test_a_task_is_not_claimed_twice_nor_a_worker_given_two() -> None:
    with pytest.raises(IllegalEvent):
        run_in(Status.CLAIMED, e.TaskClaimed(TASK, 2, "worker-2", "b" * 40))
    with pytest.raises(IllegalEvent, match="worker-1 can't claim"):
        run_in(Status.CLAIMED, e.TaskClaimed("docs", 1, "worker-1", "b" * 40))
    with pytest.raises(IllegalEvent, match="attempt 3"):
        run_in(Status.PENDING, e.TaskClaimed(TASK, 3, "worker-1", "b" * 40))


def test_the_diagram_leaves_out_what_keeps_the_status() -> None:
    lines = [line.strip() for line in mermaid().splitlines()]
    assert "pending --> claimed: TaskClaimed" in lines
    assert not [line for line in lines if "running --> running" in line]
    assert lines[1] == "[*] --> pending"


def test_the_page_of_the_statuses_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it: python -m tools.states_page"
