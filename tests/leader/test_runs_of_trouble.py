"""Whole runs in which the leader is interrupted, its disk is full, its reader goes or its refs are taken away."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time

import pytest
from leader_world import SWARM, LeaderWorld, task, tasks, writes

from swarm import lease
from swarm.core.events import ActionHindered, CandidateJudged, CandidateLanded, TipStrayed, Verdict
from swarm.git import refs


def waiting(found: LeaderWorld, name: str) -> dict[str, object]:
    """A task that writes its file once a person lets it."""
    return task(name, f"while test ! -e {found.path}/go; do sleep 0.05; done; echo {name} > {name}.txt")


def is_running(found: LeaderWorld, *names: str) -> bool:
    return all(found.statuses().get(name) == "running" for name in names)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_leader_that_is_told_to_end_leaves_its_workers_at_work(world_of_runs: LeaderWorld, sig: int) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a"), task("b", "echo b > b.txt", "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    leader.send_signal(sig)
    _, err = leader.communicate(timeout=30)
    assert (leader.returncode, "workers go on" in err) == (130, True)
    assert lease.is_held(world_of_runs.run.mailbox("worker-1").lock)
    (world_of_runs.path / "go").touch()
    attempt = world_of_runs.run.attempt("a", 1)
    world_of_runs.until(attempt.exit.exists)
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr
    assert [task.attempt for task in world_of_runs.state.tasks.values()] == [1, 1]


@pytest.mark.slow
def test_ctrl_c_again_and_again_at_any_moment_costs_nothing(world_of_runs: LeaderWorld) -> None:
    rows = [writes(f"t{number}") for number in range(5)]
    leader = world_of_runs.begin(tasks(*rows, verify=["sleep 0.1"]))
    world_of_runs.until(world_of_runs.run.journal.exists)
    for pause in (0.0, 0.1, 0.3, 0.5, 0.7):
        time.sleep(pause)  # chance, not protocol
        for _ in range(5):
            if leader.poll() is None:
                leader.send_signal(signal.SIGINT)
        leader.communicate(timeout=30)
        # -2: before Python itself had begun, or after it had ended
        assert leader.returncode in (0, 130, 3, -signal.SIGINT), leader.returncode
        leader = world_of_runs.lead("resume")
    leader.communicate(timeout=60)
    assert set(world_of_runs.statuses().values()) == {"merged"}
    assert {task.attempt for task in world_of_runs.state.tasks.values()} == {1}


def test_a_gate_under_way_is_ended_with_the_leader(world_of_runs: LeaderWorld) -> None:
    gate = f"test ! -e a.txt || {{ echo $$ >> {world_of_runs.path}/gate; sleep 1000; }}"
    leader = world_of_runs.begin(tasks(writes("a"), verify=[gate]), workers=1)
    world_of_runs.until((world_of_runs.path / "gate").exists)
    leader.send_signal(signal.SIGINT)
    leader.communicate(timeout=30)
    pid = int((world_of_runs.path / "gate").read_text().split()[0])
    world_of_runs.until(lambda: not os.path.exists(f"/proc/{pid}") or b"sleep" not in _command(pid))


def _command(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_full_disk_stops_the_leader_with_a_hint_and_no_worker(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a"), task("b", "echo b > b.txt", "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    before = world_of_runs.run.journal.read_bytes()
    resource.prlimit(leader.pid, resource.RLIMIT_FSIZE, (len(before) + 20, resource.RLIM_INFINITY))
    (world_of_runs.path / "go").touch()
    _, err = leader.communicate(timeout=30)
    assert leader.returncode == 1, err
    assert "free some space" in err
    assert world_of_runs.run.journal.read_bytes() == before
    assert lease.is_held(world_of_runs.run.mailbox("worker-1").lock)
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr
    assert [task.attempt for task in world_of_runs.state.tasks.values()] == [1, 1]


def test_a_ref_that_is_taken_away_is_made_again_with_the_next_landing(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    hub = f"--git-dir={world_of_runs.run.home.hub}"
    world_of_runs.git(hub, "update-ref", "-d", refs.integration("r"))
    (world_of_runs.path / "go").touch()
    _, err = leader.communicate(timeout=60)
    assert leader.returncode == 0, err
    assert world_of_runs.git(hub, "rev-parse", refs.integration("r")) == world_of_runs.state.tip


def theirs(found: LeaderWorld, name: str) -> str:
    """A commit of somebody else on the base, put into the integration ref."""
    found.git("checkout", "-q", "-b", "theirs")
    (found.repo / name).write_text("theirs")
    found.git("add", name)
    found.git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "-m", "theirs")
    commit = found.git("rev-parse", "HEAD")
    found.git("checkout", "-q", "main")
    hub = found.run.home.hub
    found.git("push", "-q", str(hub), f"{commit}:refs/heads/theirs")
    found.git(f"--git-dir={hub}", "update-ref", refs.integration("r"), commit)
    return commit


def test_a_ref_that_somebody_moved_is_verified_and_then_built_upon(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a"), verify=["test ! -e broken"]), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    found = theirs(world_of_runs, "theirs.txt")
    (world_of_runs.path / "go").touch()
    _, err = leader.communicate(timeout=60)
    assert leader.returncode == 0, err
    assert [event.found for event in world_of_runs.events(TipStrayed)] == [found]
    green = {event.commit for event in world_of_runs.events(CandidateJudged) if event.verdict is Verdict.PASS}
    landed = world_of_runs.events(CandidateLanded)
    assert [event.old for event in landed[1:]] == [found, landed[1].new]
    assert {event.new for event in landed} <= green
    assert {"theirs.txt", "a.txt"} <= set(world_of_runs.git("ls-tree", "--name-only", "swarm/r").split())


def test_a_red_commit_in_the_ref_is_never_built_upon_and_can_be_put_back(world_of_runs: LeaderWorld) -> None:
    rows = (waiting(world_of_runs, "a"), task("b", "echo b > b.txt", "a"))
    leader = world_of_runs.begin(tasks(*rows, verify=["test ! -e broken"]), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    found = theirs(world_of_runs, "broken")
    (world_of_runs.path / "go").touch()
    out, err = leader.communicate(timeout=60)
    assert leader.returncode == 1, out + err
    assert "swarm resume --put-back" in out + err
    assert world_of_runs.statuses() == {"a": "sealed", "b": "pending"}
    assert "swarm resume --put-back" in world_of_runs.swarm("why", "b").stderr
    hub = f"--git-dir={world_of_runs.run.home.hub}"
    assert world_of_runs.git(hub, "rev-parse", refs.integration("r")) == found, "it is not overwritten"
    done = world_of_runs.swarm("resume", "--put-back")
    assert done.returncode == 0, done.stdout + done.stderr
    assert world_of_runs.statuses() == {"a": "merged", "b": "merged"}
    assert found in world_of_runs.git(hub, "for-each-ref", "--format=%(objectname)", "refs/swarm/r/put-back")
    assert "broken" not in world_of_runs.git("ls-tree", "--name-only", "swarm/r").split()


def test_a_git_that_is_killed_once_is_tried_again_and_on_record(world_of_runs: LeaderWorld) -> None:
    bin = world_of_runs.path / "bin"
    bin.mkdir()
    real = shutil.which("git")
    once = f'case "$*" in *merge-tree*|*"swarm: candidate 1 was green"*) f={bin}/$(echo "$*" | tr -dc a-z | tail -c 9)'
    line = f"{once}; test -e $f || {{ touch $f; kill -9 $$; }};; esac"
    (bin / "git").write_text(f'#!/bin/sh\n{line}\nexec {real} "$@"\n')
    (bin / "git").chmod(0o755)
    plan = world_of_runs.plan(tasks(writes("a"), writes("b"), verify=["true"]))  # side by side: one needs a real merge
    words = ("start", "--run", "r", "--workers", "2", "--task-file", plan, "--executor", "process")
    world_of_runs.leaders.append(
        leader := subprocess.Popen(
            [*SWARM, *words], cwd=world_of_runs.repo, env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )
    )  # fmt: skip
    out, err = leader.communicate(timeout=60)
    assert leader.returncode == 0, out + err
    assert world_of_runs.statuses() == {"a": "merged", "b": "merged"}
    hindered = sorted(event.action.split(" ")[0] for event in world_of_runs.events(ActionHindered))
    assert hindered == ["land", "prove"]
    assert {event.verdict for event in world_of_runs.events(CandidateJudged)} == {Verdict.PASS}


def test_a_reader_that_goes_does_not_end_the_run(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a"), task("b", "echo b > b.txt", "a")), workers=1)
    assert leader.stdout is not None
    leader.stdout.readline()
    leader.stdout.close()
    leader.stdout = None
    (world_of_runs.path / "go").touch()
    assert leader.wait(60) == 0
    assert set(world_of_runs.statuses().values()) == {"merged"}


def test_a_second_leader_is_told_who_leads(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    second = world_of_runs.swarm("resume")
    assert (second.returncode, str(leader.pid) in second.stderr) == (75, True)
    (world_of_runs.path / "go").touch()
    assert leader.wait(60) == 0


def test_a_message_that_comes_while_nobody_leads_is_not_lost(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a"), task("b", "echo b > b.txt", "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    leader.kill()
    leader.communicate()
    assert world_of_runs.swarm("send", "b", "mind the gap").returncode == 0
    (world_of_runs.path / "go").touch()
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr
    assert "mind the gap" in world_of_runs.prompt("b", 1)


def test_a_leader_whose_lock_was_taken_away_stops_before_it_writes_more(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    world_of_runs.run.home.leader_lock.unlink()
    _, err = leader.communicate(timeout=30)
    assert leader.returncode == 1, err
    assert "leader.lock was removed or replaced" in err
    assert "swarm resume" in err
    (world_of_runs.path / "go").touch()
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr
    assert [task.attempt for task in world_of_runs.state.tasks.values()] == [1]


def test_a_stopped_leader_without_its_lock_keeps_a_second_one_from_its_journal(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    leader.send_signal(signal.SIGSTOP)
    world_of_runs.run.home.leader_lock.unlink()
    before = world_of_runs.run.journal.read_bytes()
    second = world_of_runs.swarm("resume")
    assert second.returncode == 75, second.stderr
    assert "another leader still has" in second.stderr
    assert world_of_runs.run.journal.read_bytes() == before
    leader.send_signal(signal.SIGCONT)
    assert leader.wait(30) == 1
    assert world_of_runs.run.journal.read_bytes() == before
    (world_of_runs.path / "go").touch()
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_leader_whose_journal_was_taken_away_stops(world_of_runs: LeaderWorld, how: str) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    journal = world_of_runs.run.journal
    away = journal.with_name("away.jsonl")
    journal.rename(away)
    if how == "replaced":
        journal.write_bytes(away.read_bytes())
    _, err = leader.communicate(timeout=30)
    away.replace(journal)
    assert leader.returncode == 1, err
    assert "journal.jsonl was removed or replaced" in err
    (world_of_runs.path / "go").touch()
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr


def test_a_journal_of_another_run_is_refused(world_of_runs: LeaderWorld) -> None:
    world_of_runs.start(tasks(writes("a")), workers=1)
    journal = world_of_runs.run.journal
    other = world_of_runs.run.home.run("other")
    other.path.mkdir()
    other.plan.write_bytes(world_of_runs.run.plan.read_bytes())
    other.journal.write_bytes(journal.read_bytes())
    for verb in ("status", "resume"):
        done = world_of_runs.swarm(verb, *(["--run"] if verb == "status" else []), "other")
        assert (done.returncode, "is the journal of run 'r'" in done.stderr) == (1, True), done.stderr
