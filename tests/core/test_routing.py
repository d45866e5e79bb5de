from __future__ import annotations

import pytest
from samples import BASE, HEAD, TASK, told

from swarm.core import events as e
from swarm.core.actions import Deliver, message, wanted
from swarm.core.commands import Refused
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.prompt import kept_messages
from swarm.core.routing import Route, route
from swarm.core.state import State


def crew(*more: e.Event) -> State:
    """worker-1 runs `api` (a reviewer's task); `docs` and `later` wait, `later` for a reviewer too."""
    tasks = (
        Task(TASK, "x", "x", role="reviewer"), Task("docs", "x", "x", role="writer"),
        Task("later", "x", "x", role="reviewer"), Task("done", "x", "x", role="ghost"),
    )  # fmt: skip
    plan = Plan("p", tasks, workers=(WorkerSpec("worker-1"), WorkerSpec("worker-2")))
    return told(
        e.RunStarted("r", "/r", BASE, "main", plan),
        e.LeaderStarted(1, "b"),
        e.TipMoved(BASE),
        e.Published(BASE),
        e.WorkerReady("worker-1", 1),
        e.WorkerReady("worker-2", 2),
        e.TaskCancelled("done", 0, "ann"),
        e.TaskClaimed(TASK, 1, "worker-1", BASE),
        *more,
    )


ASSIGNED = (e.AttemptAssigned(TASK, 1), e.AttemptStarted(TASK, 1, 3))


@pytest.mark.parametrize(
    ("sender", "to", "way"),
    [
        ("operator", "leader", Route()),
        ("worker-1", "operator", Route(("operator",))),
        ("worker-1", "worker-2", Route(("worker-2",))),
        ("worker-1", "worker:worker-2", Route(("worker-2",))),
        ("worker-1", "all", Route(("worker-2", "operator"))),
        ("operator", "all", Route(("worker-1", "worker-2"))),
        ("operator", "api", Route(("worker-1",))),
        ("operator", "task:api", Route(("worker-1",))),
        ("operator", "docs", Route(task="docs")),
        ("operator", "role:reviewer", Route(("worker-1",))),
        ("operator", "reviewer", Route(("worker-1",))),
        ("operator", "role:writer", Route(task="docs")),
        ("worker-1", "role:reviewer", Route(task="later")),  # never to itself: another one with the role gets it
    ],
)
def test_where_a_message_goes(sender: str, to: str, way: Route) -> None:
    assert route(crew(*ASSIGNED), sender, to) == way


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("done", "done is cancelled; nobody will read this"),
        ("nobody", "nobody here is called 'nobody'"),
        ("role:ghost", "nobody here is called 'ghost'"),
        ("role:worker-1", "nobody here is called 'worker-1'"),
        ("worker:api", "nobody here is called 'worker:api'"),
        ("task:worker-1", "nobody here is called 'task:worker-1'"),
        ("a:b:c", "nobody here is called 'a:b:c'"),
        ("", "nobody here is called ''"),
        ("ALL", "nobody here is called 'ALL'"),
    ],
)
def test_an_address_that_nobody_has_is_refused(to: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        route(crew(*ASSIGNED), "operator", to)
    assert str(refused.value) == text


def test_a_message_to_a_task_that_is_claimed_and_not_handed_over_is_kept() -> None:
    assert route(crew(), "operator", TASK) == Route(task=TASK)
    assert route(crew(), "operator", "role:reviewer") == Route(task=TASK)


def test_a_message_to_a_cancelled_task_is_refused_even_while_its_agent_still_ends() -> None:
    with pytest.raises(Refused, match="api is cancelled"):
        route(crew(*ASSIGNED, e.TaskCancelled(TASK, 1, "ann")), "operator", TASK)


# delivery


def note(id: str, *, to: str = "", task: str = "") -> e.MessageAccepted:
    return e.MessageAccepted(id, "operator", to or task, "note", f"text of {id}", (to,) if to else (), task)


def deliveries(state: State) -> list[Deliver]:
    return [action for action in wanted(state) if isinstance(action, Deliver)]


def test_messages_reach_a_mailbox_one_after_the_other_in_order() -> None:
    state = crew(*ASSIGNED, note("n1", to="worker-1"), note("n2", to="worker-2"), note("n3", to="worker-1"))
    assert deliveries(state) == [Deliver("n1", "worker-1"), Deliver("n2", "worker-2")]
    told(e.MessageDelivered("n1", "worker-1"), state=state)
    assert deliveries(state) == [Deliver("n2", "worker-2"), Deliver("n3", "worker-1")]


def test_a_message_kept_for_a_task_is_in_its_prompt_and_then_delivered() -> None:
    state = crew(note("n1", task=TASK))
    assert [kept.id for kept in kept_messages(state, state.tasks[TASK])] == ["n1"]
    assert deliveries(state) == []
    told(e.AttemptAssigned(TASK, 1), e.MessageDelivered("n1", TASK), state=state)
    assert (deliveries(state), state.kept, state.tasks[TASK].mail, state.unread) == ([], {}, [], {})


def test_a_message_that_came_too_late_for_the_prompt_goes_to_the_worker() -> None:
    state = crew(note("n1", task=TASK), *ASSIGNED)
    assert deliveries(state) == [Deliver("n1", "worker-1")]
    assert message(state, Deliver("n1", "worker-1")).text == "text of n1"
    told(e.MessageDelivered("n1", "worker-1"), state=state)
    assert (deliveries(state), state.kept, state.unread) == ([], {}, {"worker-1": {"n1"}})


def test_a_message_is_kept_from_attempt_to_attempt_until_it_is_delivered() -> None:
    state = crew(note("n1", task=TASK), e.AttemptEnded(TASK, 1, e.Outcome.REJECTED, "no such program"))
    assert state.tasks[TASK].mail == ["n1"]
    told(e.TaskClaimed(TASK, 2, "worker-2", BASE), e.AttemptAssigned(TASK, 2), state=state)
    assert deliveries(state) == [Deliver("n1", "worker-2")]


def test_a_delivery_that_is_said_twice_is_one() -> None:
    said = e.MessageDelivered("n1", "worker-2")
    state = crew(note("n1", to="worker-2"), said, e.MessageRead("n1", "worker-2"), said)
    assert state.unread == {"worker-2": set()}


def test_the_last_messages_of_a_run_are_delivered_too() -> None:
    state = crew(note("n1", to="operator"), e.WorkSealed(TASK, 1, HEAD), e.RunFinished())
    assert deliveries(state) == [Deliver("n1", "operator")]
