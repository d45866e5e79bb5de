from __future__ import annotations

from board_golden import same_as_golden

from board.view import inks
from board.view.gate import Trial, commands, gate, last_trial
from board.view.sheet import Sheet
from swarm.core import events as e
from swarm.core.events import Verdict
from swarm.core.evolve import evolve
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.state import State

COMMANDS = ("ruff check .", "pytest -q\n# all of them", "mypy")
LOG = (
    "$ ruff check .\n\x1b[32mAll checks passed!\x1b[0m\n$ pytest -q\n# all of them\n$ mypy is not next\n"
    "\x1b[31m1 failed\x1b[0m\n── pytest -q\n# all of them\n── exit status 1\n"
)


def state() -> State:
    tasks = (Task("api", "", "p"), Task("ui", "", "p", verify=("npm test", "mypy")))
    whole = Plan("sim", tasks, workers=(WorkerSpec("worker-1"),), verify=COMMANDS)
    return evolve(State(), e.Entry(1, 0.0, 0.0, (e.RunStarted("sim", "", "b" * 40, None, whole),)))


def formed(number: int, *names: str) -> e.CandidateFormed:
    return e.CandidateFormed(number, "b" * 40, tuple(e.Member(name, 1, "c" * 40, 0) for name in names))


def judged(number: int, verdict: Verdict, **more: object) -> e.CandidateJudged:
    return e.CandidateJudged(number, "d" * 40, verdict, seconds=12.34, **more)  # type: ignore[arg-type]


def test_the_newest_candidate_with_the_task_in_it_counts() -> None:
    past = [
        (0.0, formed(3, "api", "ui")), (1.0, judged(3, Verdict.FAIL)), (2.0, formed(5, "api")),
        (3.0, formed(6, "ui")), (4.0, judged(6, Verdict.PASS)),
    ]  # fmt: skip
    assert last_trial("api", past) == Trial(5, ("api",))
    found = last_trial("ui", past)
    assert found is not None
    assert found.judged == judged(6, Verdict.PASS)
    assert last_trial("other", past) is None


def test_why_a_candidate_was_never_judged_is_told() -> None:
    conflict = e.MergeConflicted("api", 1, 3, ("src/a.py",), "")
    found = last_trial("api", [(0.0, formed(3, "api")), (1.0, conflict)])
    assert "it conflicts in src/a.py" in gate(state(), found, None).lines[0].text
    dropped = last_trial("api", [(0.0, formed(3, "api")), (1.0, e.CandidateDropped(3, "the run was stopped"))])
    assert "the run was stopped" in gate(state(), dropped, None).lines[0].text


def test_the_commands_are_those_of_the_plan_and_of_the_members_each_once() -> None:
    assert commands(state(), Trial(1, ("api", "ui"))) == (*COMMANDS, "npm test")


def drawn(sheet: Sheet) -> str:
    rows = []
    for at, line in enumerate(sheet.lines):
        mark = ">" if at in sheet.stops else str(sheet.goals.get(at, ""))
        rows.append(f"{mark:>3} {line.role:<6} {line.text}".rstrip())
    return "\n".join(rows)


def test_a_red_gate_is_told_command_by_command() -> None:
    trial = Trial(4, ("api", "ui"), judged(4, Verdict.FAIL))
    same_as_golden("gate-red", drawn(gate(state(), trial, inks.lines(LOG)[0])))


def test_a_gate_under_way_shows_how_far_it_is() -> None:
    lines, _ = inks.lines("$ ruff check .\nAll checks passed!\n$ pytest -q\n")
    texts = [line.text for line in gate(state(), Trial(4, ("api",)), lines).lines]
    assert texts[0] == "◐ being verified  candidate 4 with api"
    assert texts[1:4] == [" ✓ ruff check .", " ◐ pytest -q # all of them", " · mypy"]


def test_a_gate_that_ran_twice_is_told_by_its_second_run() -> None:
    lines, _ = inks.lines(LOG + "$ ruff check .\nE501\n── ruff check .\n── exit status 1\n")
    sheet = gate(state(), Trial(4, ("api",), judged(4, Verdict.FAIL)), lines)
    assert [line.text for line in sheet.lines[1:4]] == [" ✗ ruff check .", " · pytest -q # all of them", " · mypy"]
    goal = sheet.goals[1]
    assert isinstance(goal, int)
    assert goal > sheet.stops[0], "the list leads to the second run"


def test_a_known_verdict_says_so_and_shows_what_was_kept() -> None:
    known = judged(4, Verdict.PASS, cached=True, excerpt="31 passed\x1b[2J")
    texts = [line.text for line in gate(state(), Trial(4, ("api",), known), None).lines]
    assert texts[0] == "✓ green  candidate 4 with api  12.3 s, known from the same tree"
    assert texts[-1] == "31 passed"


def test_before_any_candidate_it_says_so() -> None:
    assert gate(state(), None, None).lines[0].text == "it has not been verified yet"
