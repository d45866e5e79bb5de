from __future__ import annotations

import dataclasses

import pytest
from core_golden import same_as_golden
from samples import BASE, GREEN, HEAD, SAMPLES, TASK, run_in

from swarm.core import events as e
from swarm.core import words
from swarm.core.events import Member, Outcome, Verdict
from swarm.core.plan import Plan, Review
from swarm.core.status import Status

VARIANTS: tuple[e.Event, ...] = (
    e.RunStarted("r", "/r", BASE, None, Plan("p", ())),
    *(e.AttemptEnded(TASK, 2, outcome, "so it was") for outcome in Outcome),
    e.AttemptLimited(TASK, 1, "claude", "invalid x-api-key", refused=True),
    e.AccountLifted("claude", "operator"),
    e.WorkSealed(TASK, 1, None, "found"),
    e.CandidateFormed(2, BASE, ()),
    e.CandidateFormed(3, BASE, (Member("", 0, HEAD, 1),)),
    e.CandidateFormed(4, BASE, tuple(Member(name, 1, HEAD, 1) for name in "abcdefg")),
    e.CandidateJudged(2, HEAD, Verdict.FAIL),
    e.CandidateJudged(2, HEAD, Verdict.ERROR, seconds=600.0),
    e.CandidateJudged(2, HEAD, Verdict.PASS, cached=True),
    e.CandidateJudged(2, HEAD, Verdict.PASS, flaky=True, seconds=0.04),
    e.Published(GREEN, None, "it is checked out"),
    e.MessageAccepted("n", "a", "b", "note", ""),
    e.MessageAccepted("n", "a", "b", "suspend", "api 1"),
    e.CommandTaken("c", "pause", True, "api is paused"),
    e.RunFailed(words.base_is_red(e.CandidateJudged(0, BASE, Verdict.FAIL, excerpt="E  assert 1 == 2\nE  more"))),
    e.QuestionAsked(TASK, 1, "q", "Which port?\n\n8080 or 9090"),
    e.AttemptEnded(TASK, 1, Outcome.FAILED, ""),
)


def test_every_event_has_its_sentence_or_none() -> None:
    lines = [f"{type(event).__name__:20} {words.sentence(event)}".rstrip() for event in (*SAMPLES, *VARIANTS)]
    same_as_golden("sentences.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("event", [*SAMPLES, *VARIANTS], ids=lambda event: type(event).__name__)
def test_a_sentence_is_one_line_and_does_not_shout(event: e.Event) -> None:
    said = words.sentence(event)
    assert said == said.strip()
    assert "\n" not in said
    assert not said[:1].isupper()
    assert not said.endswith(".")


def test_no_event_is_too_empty_for_a_sentence() -> None:
    for event in SAMPLES:
        texts = {f.name: "" for f in dataclasses.fields(event) if isinstance(getattr(event, f.name), str)}  # type: ignore[arg-type]
        enums = {name for name in texts if type(getattr(event, name)) is not str}
        bare = dataclasses.replace(event, **{name: text for name, text in texts.items() if name not in enums})  # type: ignore[type-var]
        assert isinstance(words.sentence(bare), str)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (list("abcd"), "a, b, c, d"),
        (list("abcde"), "a, b, c, d and 1 more"),
    ],
)
def test_some(names: list[str], text: str) -> None:
    assert words.some(names) == text


def test_commit() -> None:
    assert words.commit(HEAD) == "cccccccccc"
    assert words.commit(None) == "nothing"


def test_why_work_is_held_and_given_up() -> None:
    assert words.held_for_review(None) == "its work waits for a person's review"
    assert words.held_for_review(Review("reviewer")) == "its work waits for a review by reviewer"
    spent = run_in(Status.RUNNING, e.AttemptEnded(TASK, 1, Outcome.FAILED, "it exited with 1")).tasks[TASK]
    assert words.gave_up(spent) == "1 attempt used up; the last one: it exited with 1"
    silent = e.CandidateJudged(1, HEAD, Verdict.ERROR, excerpt="\n")
    assert words.gate_could_not_run(silent) == "the checks could not run: no output"
    loud = dataclasses.replace(silent, excerpt="a\nno space left\n\n")
    assert words.gate_could_not_run(loud) == "the checks could not run: no space left"


def test_feedback_quotes_the_output_and_the_paths() -> None:
    red = words.red_feedback(e.CandidateJudged(1, HEAD, Verdict.FAIL, excerpt="E  assert 1 == 2"))
    assert red.endswith("\nE  assert 1 == 2")
    conflict = words.conflict_feedback(["a.py", "b.py"], HEAD)
    assert "now at cccccccccc" in conflict
    assert "\n  a.py\n  b.py\n" in conflict


def test_progress_counts_what_is_there() -> None:
    assert words.progress(run_in(Status.MERGED)) == "1 of 2 merged, 1 ready"
    assert words.progress(run_in(Status.RUNNING)) == "0 of 2 merged, 1 running, 1 blocked"
