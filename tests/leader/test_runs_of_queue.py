"""Whole runs: what lands, what goes back, and that nothing landed unproved."""

from __future__ import annotations

from leader_world import LeaderWorld, task, tasks, writes

from swarm.core.events import CandidateFormed, CandidateJudged, CandidateLanded, CandidateSplit, Verdict
from swarm.git import refs


def assert_each_value_was_green(found: LeaderWorld) -> None:
    """The integration ref's own log against the journal: each value it took was judged green before."""
    green = {event.commit for event in found.events(CandidateJudged) if event.verdict is Verdict.PASS}
    log = found.run.home.hub / "logs" / refs.integration("r")
    values = [line.split()[1] for line in log.read_text().splitlines()]
    assert values == [event.new for event in found.events(CandidateLanded)]
    assert set(values) <= green
    assert found.git("rev-parse", refs.integration("r")) == values[-1]


def test_with_four_gates_one_red_among_eight_lands_the_other_seven(world_of_runs: LeaderWorld) -> None:
    rows = [writes(f"t{number}") for number in range(7)] + [task("bad", "echo x > broken")]
    done = world_of_runs.start(tasks(*rows, verify=["test ! -e broken"], gates=4, limits={"retries": 0}), workers=4)
    assert done.returncode == 3, done.stderr
    assert world_of_runs.statuses() == {**{f"t{number}": "merged" for number in range(7)}, "bad": "failed"}
    names = world_of_runs.git("ls-tree", "--name-only", "swarm/r").split()
    assert "broken" not in names
    assert {f"t{number}.txt" for number in range(7)} <= set(names)
    assert_each_value_was_green(world_of_runs)


def test_a_batch_with_one_red_is_halved_until_it_is_found(world_of_runs: LeaderWorld) -> None:
    here = world_of_runs.path
    gate = (
        f"if test -e first.txt -a ! -e {here}/go; then touch {here}/gating; "
        f"while test ! -e {here}/go; do sleep 0.05; done; fi; test ! -e broken"
    )
    wait = f"while test ! -e {here}/gating; do sleep 0.05; done; "
    rows = [task(f"t{number}", f"{wait} echo x > t{number}.txt") for number in range(4)]
    bad = task("bad", f"{wait} echo x > broken")
    plan = tasks(writes("first"), *rows, bad, verify=[gate], limits={"retries": 0})
    leader = world_of_runs.begin(plan, workers=6)
    world_of_runs.until(lambda: list(world_of_runs.statuses().values()).count("sealed") == 5)
    (here / "go").touch()
    leader.communicate(timeout=60)
    landed = {"first": "merged", **{f"t{number}": "merged" for number in range(4)}}
    assert world_of_runs.statuses() == {**landed, "bad": "failed"}
    assert max(len(event.members) for event in world_of_runs.events(CandidateFormed)) == 5
    assert world_of_runs.events(CandidateSplit)
    assert_each_value_was_green(world_of_runs)


def test_work_that_conflicts_goes_back_with_the_paths_and_lands_in_the_end(world_of_runs: LeaderWorld) -> None:
    here = world_of_runs.path
    meet = f"touch {here}/$SWARM_TASK.1; while test ! -e {here}/a.1 -o ! -e {here}/b.1; do sleep 0.05; done; "
    line = meet + 'echo "$SWARM_TASK" >> README.md'
    done = world_of_runs.start(tasks(task("a", line), task("b", line)))
    assert done.returncode == 0, done.stdout + done.stderr
    again = next(name for name in ("a", "b") if world_of_runs.state.tasks[name].attempt == 2)
    assert "README.md" in world_of_runs.prompt(again, 2)
    assert "what went wrong before" in world_of_runs.prompt(again, 2)
    assert sorted(world_of_runs.git("show", "swarm/r:README.md").splitlines()[1:]) == ["a", "b"]
    assert_each_value_was_green(world_of_runs)


def test_work_whose_gate_is_red_goes_back_with_the_log(world_of_runs: LeaderWorld) -> None:
    line = 'if test "$SWARM_ATTEMPT" = 1; then echo x > broken; else echo x > mended; fi'
    plan = tasks(task("a", line), verify=["test ! -e broken || { echo the file broken is there; exit 1; }"])
    done = world_of_runs.start(plan, workers=1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the file broken is there" in world_of_runs.prompt("a", 2)
    assert_each_value_was_green(world_of_runs)


def test_attempts_used_up_fail_the_task_and_block_what_stands_on_it(world_of_runs: LeaderWorld) -> None:
    rows = [
        task("bad", "echo because >&2; exit 3"),
        task("below", "echo x > x", "bad"),
        task("skipper", "echo s > s", "bad"),
        writes("free"),
    ]
    done = world_of_runs.start(tasks(*rows, limits={"retries": 1}))
    assert done.returncode == 3, done.stderr
    state = world_of_runs.state
    assert (str(state.tasks["bad"].status), state.tasks["bad"].attempt) == ("failed", 2)
    assert "because" in world_of_runs.prompt("bad", 2)
    assert (str(state.tasks["free"].status), str(state.tasks["below"].status)) == ("merged", "pending")
    why = world_of_runs.swarm("why", "below")
    assert "bad" in why.stdout


def test_on_failure_decides_for_the_dependents(world_of_runs: LeaderWorld) -> None:
    rows = [
        task("skips", "exit 1", on_failure="skip"),
        task("goes", "exit 1", on_failure="continue"),
        task("skipped", "echo x > x", "skips"),
        task("continued", "echo y > y", "goes"),
    ]
    done = world_of_runs.start(tasks(*rows, limits={"retries": 0}))
    assert done.returncode == 3, done.stderr
    assert world_of_runs.statuses() == {
        "skips": "failed", "goes": "failed", "skipped": "skipped", "continued": "merged",
    }  # fmt: skip


def test_reviewed_work_waits_for_a_person(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(writes("seen", review=True), writes("free")))
    world_of_runs.until(lambda: world_of_runs.statuses() == {"seen": "review", "free": "merged"})
    assert leader.poll() is None
    assert "seen.txt" not in world_of_runs.git("ls-tree", "--name-only", "swarm/r").split()
    done = world_of_runs.swarm("merge", "seen")
    assert done.returncode == 0, done.stderr
    assert leader.wait(60) == 0
    assert "seen.txt" in world_of_runs.git("ls-tree", "--name-only", "swarm/r").split()
    assert_each_value_was_green(world_of_runs)


def test_a_red_base_ends_the_run_before_any_worker_starts(world_of_runs: LeaderWorld) -> None:
    done = world_of_runs.start(tasks(writes("a"), verify=["echo the base is red; exit 1"]))
    assert done.returncode == 1
    assert "red" in done.stderr
    assert not any(world_of_runs.run.worktrees.iterdir())
    assert world_of_runs.statuses() == {"a": "pending"}


def test_everything_that_was_formed_was_landed_or_taken_apart(world_of_runs: LeaderWorld) -> None:
    rows = [writes(f"t{number}") for number in range(6)]
    assert world_of_runs.start(tasks(*rows, verify=["true"], gates=2), workers=3).returncode == 0
    formed = {event.candidate for event in world_of_runs.events(CandidateFormed)}
    landed = {event.candidate for event in world_of_runs.events(CandidateLanded)}
    assert landed <= formed
    assert not world_of_runs.state.stack
    assert not world_of_runs.events(CandidateSplit)
    assert_each_value_was_green(world_of_runs)


def test_a_candidate_takes_a_gate_that_is_free_whatever_its_number(world_of_runs: LeaderWorld) -> None:
    path = world_of_runs.path

    def after(name: str, line: str) -> str:
        return f"while test ! -e {path}/go-{name}; do sleep 0.05; done; {line}"

    rows = [
        task("x", "echo x > README.md"),
        task("b", after("b", "echo b > README.md"), retries=0),
        task("a", after("a", "echo a > a.txt")),
        task("c", after("c", "echo c > c.txt")),
    ]
    gate = f"test ! -e a.txt || test -e c.txt || {{ touch {path}/held; {after('on', 'true')}; }}"
    leader = world_of_runs.begin(tasks(*rows, verify=[gate], gates=2), workers=4)
    world_of_runs.until(lambda: world_of_runs.statuses().get("x") == "merged")
    (path / "go-a").touch()
    world_of_runs.until((path / "held").exists)
    (path / "go-b").touch()
    world_of_runs.until(lambda: world_of_runs.statuses()["b"] == "failed")  # its candidate has come and gone
    (path / "go-c").touch()
    last = world_of_runs.state.next_candidate
    world_of_runs.until(lambda: any(event.candidate == last for event in world_of_runs.events(CandidateJudged)))
    (path / "go-on").touch()
    leader.communicate(timeout=60)
    assert world_of_runs.statuses() == {"x": "merged", "b": "failed", "a": "merged", "c": "merged"}
