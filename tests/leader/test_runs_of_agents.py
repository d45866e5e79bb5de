"""Whole runs with agents of one's own: what they see, as whom they commit, what they can't keep to."""

from __future__ import annotations

from pathlib import Path

import pytest
from leader_world import LeaderWorld

AGENT = """\
#!/bin/sh
set -e
prompt=$(cat "$1")
case "$prompt" in *"the list of tasks"*) swarm tasks > tasks.txt ;; esac
echo "model=$3 secret=$SECRET other=$OTHER given=$GIVEN session=$2" > seen-$SWARM_TASK.txt
git add -A
env -u GIT_AUTHOR_NAME -u GIT_AUTHOR_EMAIL -u GIT_COMMITTER_NAME -u GIT_COMMITTER_EMAIL \\
    GIT_CONFIG_GLOBAL=/dev/null git commit -qm bare
echo more >> seen-$SWARM_TASK.txt
git commit -qam signed
"""
PLAN = """\
version: 1
identity: "Crew {{worker}} <{{worker}}@crew>"
agents:
  mine:
    command: [sh, '{agent}', '{{{{prompt}}}}', '{{{{session}}}}']
    model: ['{{{{model}}}}']
    pass_env: [GIVEN, ABSENT]
tasks:
  - {{id: one, agent: mine, model: big, prompt: Look at the list of tasks., secrets: [SECRET]}}
  - {{id: two, agent: mine, prompt: Do it., depends_on: [one]}}
"""


@pytest.fixture
def plan(tmp_path: Path) -> str:
    agent = tmp_path / "agent.sh"
    agent.write_text(AGENT)
    return PLAN.format(agent=agent)


def test_an_own_agent_sees_what_is_listed_and_commits_as_its_worker(
    world_of_runs: LeaderWorld, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    monkeypatch.setenv("OTHER", "hunter3")
    monkeypatch.setenv("GIVEN", "hunter4")
    done = world_of_runs.start(plan, workers=1)
    assert done.returncode == 0, done.stderr

    one, two = (world_of_runs.git("show", f"swarm/r:seen-{name}.txt") for name in ("one", "two"))
    begins = "model=big secret=hunter2 other= given=hunter4 session="
    assert one.startswith(begins) and len(one.removeprefix(begins).split()[0]) == 36
    assert two.startswith("model= secret= other= given=hunter4 session=")
    listed = [line.split()[:3] for line in world_of_runs.git("show", "swarm/r:tasks.txt").splitlines()]
    assert listed == [["*", "one", "running"], ["two", "blocked", "-"]]
    authors = world_of_runs.git("log", "--no-merges", "--format=%an <%ae> %s", "swarm/r").splitlines()
    assert "Crew worker-1 <worker-1@crew> signed" in authors
    assert "swarm worker <worker@swarm> bare" in authors
    left = [path for path in world_of_runs.run.path.rglob("*") if path.is_file()]
    assert not [path for path in left if b"hunter2" in path.read_bytes() and "seen-one" not in path.name]
    assert not world_of_runs.run.secrets.exists()


def test_a_secret_that_is_nowhere_keeps_the_run_from_starting(world_of_runs: LeaderWorld, plan: str) -> None:
    done = world_of_runs.start(plan)
    assert done.returncode == 1 and "task one: the secret SECRET is not there" in done.stderr
    assert not world_of_runs.run.path.exists()


AGAIN = """\
version: 1
verify: ["! test -e made.txt || grep -q good made.txt"]
tasks:
  - id: again
    retries: 1
    command: |
      if [ "$SWARM_ATTEMPT" = 1 ]; then
          echo kept > kept.txt; git add -A; git commit -qm kept; echo bad > made.txt
      else
          set -e
          test ! -e kept.txt
          grep -q '^- ! test -e made.txt' "$SWARM_PROMPT_FILE"
          git cherry-pick $(grep -o 'HEAD\\.\\.[0-9a-f]*' "$SWARM_PROMPT_FILE")
          echo good > made.txt
      fi
"""


def test_a_retry_can_bring_its_earlier_work_back_as_its_prompt_says(world_of_runs: LeaderWorld) -> None:
    done = world_of_runs.start(AGAIN, workers=1)
    assert done.returncode == 0, done.stderr
    assert world_of_runs.git("show", "swarm/r:kept.txt") == "kept"
    assert world_of_runs.git("show", "swarm/r:made.txt") == "good"
