"""The leader's mail: whose turn it is, what a letter of a known id means, and how much one attempt may say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inbox.maildir import Maildir
from inbox.message import Message, new_id
from swarm.core import events as e
from swarm.core.evolve import evolve
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.routing import MOST_SAID
from swarm.core.state import State
from swarm.leader.launch import make_mail
from swarm.leader.mail import LIST, LISTING, OPERATOR, TURN, Letter, Meaning, PostOffice, meaning
from swarm.paths import RunDir

OWNERS = ["worker-1", "worker-2", OPERATOR]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    found = RunDir(tmp_path / "runs" / "r")
    make_mail(found, OWNERS)
    return found


def record(state: State, *events: e.Event) -> None:
    evolve(state, e.Entry(state.seq + 1, 0.0, 0.0, events))


@pytest.fixture
def state() -> State:
    """worker-1 is at work on task a."""
    found, base = State(), "b" * 40
    plan = Plan("p", (Task("a", "a", "a"),), workers=(WorkerSpec("worker-1"), WorkerSpec("worker-2")))
    record(found, e.RunStarted("r", "/r", base, None, plan), e.LeaderStarted(1, "b"), e.TipMoved(base))
    record(found, e.WorkerReady("worker-1", 7), e.TaskClaimed("a", 1, "worker-1", base))
    record(found, e.AttemptAssigned("a", 1), e.AttemptStarted("a", 1, 8))
    return found


def put(run: RunDir, owner: str, *messages: Message) -> None:
    """Letters in an outbox, without the fsync of each."""
    for message in messages:
        box = Maildir(run.mailbox(owner).outbox)
        (box.new / f"{message.id}.{message.kind}").write_text(
            f"id: {message.id}\nfrom: {message.sender}\nto: {message.to}\nkind: {message.kind}\n"
            f"sent: {message.sent!r}\n\n{message.text}"
        )


def note(number: int, sender: str = "worker-1", to: str = "worker-2", text: str = "") -> Message:
    id = new_id(sender, 10**18 + number, number % 2**32)
    return Message(id, sender, to, "note", text or str(number), 1e9 + number / 1e9)


def turn(office: PostOffice, state: State) -> list[tuple[Letter, Meaning]]:
    """One turn of the leader's: what it took."""
    found = []
    for letter in office.letters():
        said = meaning(state, letter)
        if said.events:
            record(state, *said.events)
        found.append((letter, said))
    for letter, said in found:
        office.settle(letter, said)
    return found


def test_a_flood_has_its_turn_and_no_more_and_nobody_waits_behind_it(run: RunDir, state: State) -> None:
    put(run, "worker-1", *(note(number) for number in range(5 * TURN)))
    sealed = json.dumps({"task": "a", "attempt": 1, "commit": "c" * 40})
    put(run, "worker-1", Message("a.1.sealed", "worker-1", "leader", "sealed", sealed, 4e9))
    put(run, "worker-2", note(1, "worker-2", OPERATOR))
    office = PostOffice(run, OWNERS)
    first = turn(office, state)
    kinds = [(letter.sender, letter.message.kind) for letter, _ in first]
    assert kinds.count(("worker-1", "note")) == TURN
    assert ("worker-1", "sealed") in kinds
    assert ("worker-2", "note") in kinds
    assert office.more
    texts = [one.message.text for one, _ in first if (one.sender, one.message.kind) == ("worker-1", "note")]
    while office.more:
        texts += [letter.message.text for letter, _ in turn(office, state)]
    assert texts == [str(number) for number in range(5 * TURN)]
    assert turn(office, state) == []


def test_what_is_no_letter_takes_nobodys_turn(run: RunDir, state: State) -> None:
    box = Maildir(run.mailbox("worker-1").outbox)
    held = [open(box.new / f"x{number}.note", "w") for number in range(2 * TURN)]  # noqa: SIM115
    for file in held:
        file.write("unfinished")
        file.flush()
    put(run, "worker-1", note(4 * 10**18))  # younger than all of them
    office = PostOffice(run, OWNERS)
    taken = [letter for _ in range(4) for letter, _ in turn(office, state)]
    assert [letter.message.text for letter in taken] == [str(4 * 10**18)]
    for file in held:
        file.close()


def test_an_attempt_may_say_so_much_and_is_told_once(run: RunDir, state: State) -> None:
    state.workers["worker-1"].said = MOST_SAID - 1
    put(run, "worker-1", *(note(number) for number in range(4)))
    put(run, "worker-1", Message("q", "worker-1", "leader", "ask", "which one?", 1.5e9))
    said = [one for _, one in turn(PostOffice(run, OWNERS), state)]
    assert [bool(one.rejected) for one in said] == [False, True, True, True, True]
    told = [event for one in said for event in one.events if isinstance(event, e.MessageAccepted)]
    assert [(event.sender, event.recipients) for event in told] == [
        ("worker-1", ("worker-2",)), ("leader", ("worker-1",)),
    ]  # fmt: skip
    assert len(list(Maildir(run.mailbox("worker-1").outbox).bad.glob("*.why"))) == 4


def test_a_letter_of_a_known_id_is_the_same_only_if_it_says_the_same(run: RunDir, state: State) -> None:
    office = PostOffice(run, OWNERS)
    put(run, "worker-1", note(1))
    assert turn(office, state)[0][1].rejected == ""
    put(run, "worker-1", note(1))
    again = turn(office, state)[0][1]
    assert (again.events, again.rejected) == ((), "")
    put(run, "worker-1", note(1, text="something else"))
    other = turn(office, state)[0][1]
    assert "was taken before" in other.rejected
    (returned,) = other.events
    assert isinstance(returned, e.MessageAccepted)
    assert returned.recipients == ("worker-1",)
    assert state.messages == 2
    stolen = Message(note(1).id, "worker-2", OPERATOR, "note", "1", 1.0)
    put(run, "worker-2", stolen)
    assert "was taken before" in turn(office, state)[0][1].rejected


@pytest.mark.parametrize("args", [{"task": "a"}, {"task": "nobody"}])
def test_a_command_that_a_dead_leader_took_is_answered_with_what_was_decided(
    run: RunDir, state: State, args: dict[str, str]
) -> None:
    command = Message("c-1", OPERATOR, "leader", "command", json.dumps({"verb": "pause", "args": args}), 1.0)
    put(run, OPERATOR, command)
    (letter,) = PostOffice(run, OWNERS).letters()
    first = meaning(state, letter)
    record(state, *first.events)  # and then the leader died
    ((_, second),) = turn(PostOffice(run, OWNERS), state)
    assert (second.events, second.ok, second.answer) == ((), first.ok, first.answer)
    reply = Maildir(run.mailbox(OPERATOR).inbox)
    assert json.loads(reply.read("c-1.reply.reply").text) == {"ok": first.ok, "text": first.answer}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"verb": []}', '{"verb": "pause", "args": 7}', "7", "", "null"])
def test_a_command_that_makes_no_sense_is_refused_in_words(run: RunDir, state: State, text: str) -> None:
    put(run, OPERATOR, Message("c-1", OPERATOR, "leader", "command", text, 1.0))
    ((_, said),) = turn(PostOffice(run, OWNERS), state)
    assert not said.ok
    assert said.answer


def test_a_question_is_taken_after_the_report_that_its_attempt_began_whatever_the_clock_says(
    run: RunDir, state: State
) -> None:
    record(state, e.AttemptEnded("a", 1, e.Outcome.LOST, "x"), e.TaskClaimed("a", 2, "worker-1", "b" * 40))
    record(state, e.AttemptAssigned("a", 2))
    put(run, "worker-1", Message("q", "worker-1", "leader", "ask", "which one?", 1.0))
    started = json.dumps({"task": "a", "attempt": 2, "pid": 9})
    put(run, "worker-1", Message("a.2.started", "worker-1", "leader", "started", started, 3e9))
    assert [one.rejected for _, one in turn(PostOffice(run, OWNERS), state)] == ["", ""]
    assert str(state.tasks["a"].status) == "waiting"


def test_a_worker_that_asks_for_the_tasks_is_told_and_no_journal_grows(run: RunDir, state: State) -> None:
    asked = Message(new_id("worker-1", 10**18, 1), "worker-1", "leader", LIST, "", 1e9)
    Maildir(run.mailbox("worker-1").outbox).send(asked)
    post = PostOffice(run, OWNERS)
    (letter,) = post.letters()
    said = meaning(state, letter)
    assert said.events == ()
    for _ in range(2):  # a leader that died before the letter was filed away says the same again
        post.settle(letter, said)
    box = Maildir(run.mailbox("worker-1").inbox)
    ((name, reply),) = box.receive({LISTING})
    assert (reply.sender, reply.reply_to) == ("leader", asked.id)
    assert json.loads(reply.text)["you"] == "a"
    box.acknowledge(name)
    assert box.prune(0) == 1
    assert Maildir(run.mailbox("worker-1").outbox).unread() == []


def test_the_operator_has_no_listing(run: RunDir, state: State) -> None:
    id = new_id(OPERATOR, 10**18, 1)
    asked = Message(id, OPERATOR, "leader", LIST, "", 1.0)
    letter = Letter(Maildir(run.mailbox(OPERATOR).outbox), f"{id}.{LIST}", OPERATOR, asked)
    assert meaning(state, letter).answer == ""
