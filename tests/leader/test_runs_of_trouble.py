"""Whole runs in which the leader is interrupted, its disk is full, its reader goes or its refs are taken away."""

from __future__ import annotations

import os
import resource
import signal
import time

import pytest
from leader_world import LeaderWorld, task, tasks, writes

from swarm import lease
from swarm.core.events import CandidateLanded
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


def test_a_ref_that_is_taken_away_stops_the_leader_with_a_hint(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a")), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    hub = f"--git-dir={world_of_runs.run.home.hub}"
    tip = world_of_runs.git(hub, "rev-parse", refs.integration("r"))
    world_of_runs.git(hub, "update-ref", "-d", refs.integration("r"))
    (world_of_runs.path / "go").touch()
    _, err = leader.communicate(timeout=30)
    assert leader.returncode == 1, err
    assert "disappeared" in err and "update-ref" in err
    world_of_runs.git(hub, "update-ref", refs.integration("r"), tip)
    done = world_of_runs.swarm("resume")
    assert done.returncode == 0, done.stderr


def test_a_ref_that_somebody_moved_is_built_upon(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(tasks(waiting(world_of_runs, "a"), verify=["true"]), workers=1)
    world_of_runs.until(lambda: is_running(world_of_runs, "a"))
    world_of_runs.git("checkout", "-q", "-b", "theirs")
    (world_of_runs.repo / "theirs.txt").write_text("theirs")
    world_of_runs.git("add", "theirs.txt")
    world_of_runs.git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "-m", "theirs")
    theirs = world_of_runs.git("rev-parse", "HEAD")
    hub = world_of_runs.run.home.hub
    world_of_runs.git("push", "-q", str(hub), f"{theirs}:refs/heads/theirs")
    world_of_runs.git(f"--git-dir={hub}", "update-ref", refs.integration("r"), theirs)
    (world_of_runs.path / "go").touch()
    _, err = leader.communicate(timeout=60)
    assert leader.returncode == 0, err
    assert world_of_runs.events(CandidateLanded)[-1].old == theirs
    assert {"theirs.txt", "a.txt"} <= set(world_of_runs.git("ls-tree", "--name-only", "swarm/r").split())


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
