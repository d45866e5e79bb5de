from __future__ import annotations

from simulated import Run, plan

from board.feed import Past
from board.view.thread import Draft, Said, Stage, sheet, thread
from swarm.core import events as e
from swarm.core.plan import Task

NOTE = e.MessageAccepted("m1", "worker-2", "api", "note", "use \x1b[31mUUIDs\nplease", ("worker-1",))
KEPT = e.MessageAccepted("m2", "operator", "api", "note", "later", task="api")


def asking() -> Run:
    """A run whose only task asks."""
    return Run(plan([Task("api", "", "p")], 2), lambda *_: "ask").begin().play(20)


def stages(run: Run, *past: e.Event, drafts: tuple[Draft, ...] = ()) -> list[Stage]:
    return [said.stage for said in thread(run.state, [Past(0.0, event) for event in past], drafts)]


def test_a_message_is_taken_then_delivered_then_read() -> None:
    run = asking()
    run.record(NOTE)
    assert stages(run, NOTE) == [Stage.TAKEN]
    run.record(e.MessageDelivered("m1", "worker-1"))
    assert stages(run, NOTE) == [Stage.UNREAD]
    run.record(e.MessageRead("m1", "worker-1"))
    assert stages(run, NOTE) == [Stage.READ]


def test_a_message_to_several_is_as_far_as_the_last_of_them() -> None:
    run = asking()
    both = e.MessageAccepted("m3", "operator", "all", "note", "hello", ("worker-1", "worker-2"))
    run.record(both)
    run.record(e.MessageDelivered("m3", "worker-1"), e.MessageRead("m3", "worker-1"))
    assert stages(run, both) == [Stage.TAKEN]
    run.record(e.MessageDelivered("m3", "worker-2"))
    assert stages(run, both) == [Stage.UNREAD]


def test_a_message_that_nobody_can_read_yet_is_kept() -> None:
    run = Run(plan([Task("api", "", "p")], 2), lambda *_: "run").begin()
    run.record(KEPT)
    assert stages(run, KEPT) == [Stage.KEPT]


def test_a_question_is_open_until_it_is_answered_and_told_once() -> None:
    run = asking()
    asked = e.QuestionAsked("api", 1, "q-api", "may I?")
    assert stages(run, asked, asked) == [Stage.OPEN]
    run.command("answer", "api", "yes")
    answered, letter = run.entries[-1].events[:2]
    assert stages(run, asked, answered, letter) == [Stage.ANSWERED, Stage.TAKEN]


def test_a_question_that_a_person_settled_in_the_pane_was_not_answered() -> None:
    run = asking()
    asked, withdrawn = e.QuestionAsked("api", 1, "q-api", "may I?"), e.QuestionWithdrawn("api", 1, "q-api")
    run.record(withdrawn)
    assert stages(run, asked, withdrawn) == [Stage.SETTLED]


def test_what_was_written_here_is_sent_until_it_is_taken_and_stays_where_it_was_refused() -> None:
    run = asking()
    drafts = (Draft("m1", 0.0, "api", "hi"), Draft("c1", 0.0, "api", "yes"), Draft("c2", 0.0, "api", "no"))
    assert stages(run, drafts=drafts) == [Stage.SENT] * 3
    run.record(NOTE, e.CommandTaken("c1", "answer", True, "done"))
    run.record(e.CommandTaken("c2", "answer", False, "it asks nothing"))
    [refused] = thread(run.state, [], drafts)
    assert (refused.stage, refused.words, refused.text) == (Stage.REFUSED, "it asks nothing", "no")


def test_what_programs_say_to_each_other_is_left_out() -> None:
    run = asking()
    suspend = e.MessageAccepted("m4", "leader", "worker-1", "suspend", "api 1")
    assert stages(run, suspend, e.TaskPaused("api", 1)) == []


def test_the_sheet_names_who_spoke_and_one_jumps_from_message_to_message() -> None:
    said = [
        Said(0.0, "worker-2 to api", "use \x1b[31mUUIDs\nplease", Stage.READ),
        Said(1.0, "api asks", "[b]port?[/b]", Stage.OPEN),
    ]
    found = sheet(said)
    assert [line.text[8:].strip() for line in found.lines if line.text[2] == ":"] == [
        "worker-2 to api  ✓ read", "api asks  ? not answered yet",
    ]  # fmt: skip
    assert [line.text for line in found.lines if line.text[2] != ":"] == ["  use UUIDs", "  please", "  [b]port?[/b]"]
    assert list(found.stops) == [0, 3]
    assert sheet([]).lines[0].text == "no messages yet (m writes one)"
