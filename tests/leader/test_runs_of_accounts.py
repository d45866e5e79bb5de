"""Whole runs whose agents share an account: what one is refused holds back all, and nothing is used up by it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from leader_world import LeaderWorld, tasks

from swarm.core.events import AccountLifted, AttemptEnded, AttemptLimited, TaskClaimed

AGENT = """\
test -z "$2" || echo "$2" >> "$1/resumed"
n=$(echo x >> "$1/calls"; wc -l < "$1/calls")
echo '{"session": "s-'$SWARM_TASK'", "model": "model-4-6"}'
if test -e "$1/refusal"; then
    while test "$n" -lt 2 && test ! -e "$1/all"; do sleep 0.02; n=$(wc -l < "$1/calls"); done
    cat "$1/refusal"
    exit 1
fi
echo $SWARM_TASK > $SWARM_TASK.txt
echo '{"usage": {"usd": 0.5}}'
echo '{"end": true}'
"""


def agents(world: LeaderWorld, refusal: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """An agent that is refused as long as there is a file `refusal` in its directory, and that directory."""
    place = world.path / "agent"
    place.mkdir()
    (place / "agent.sh").write_text(AGENT)
    (place / "refusal").write_text(json.dumps({"error": refusal}) + "\n")
    command = ["sh", str(place / "agent.sh"), str(place)]
    talker = {"command": command, "again": [*command, "{{session}}"], "reader": "lines", "account": "team"}
    return place, {"talker": talker}


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"id": name, "agent": "talker", "prompt": "Do it.", "permissions": "all"} for name in names]


def paused(world: LeaderWorld) -> list[str]:
    return [name for name, status in world.statuses().items() if status == "paused"]


def test_a_limit_pauses_all_on_the_account_until_its_time_and_their_conversations_go_on(
    world_of_runs: LeaderWorld,
) -> None:
    refusal = {"kind": "limit", "text": "usage limit reached", "until": time.time() + 3600}
    place, own = agents(world_of_runs, refusal)
    world_of_runs.begin(tasks(*rows("a", "b", "c"), agents=own), workers=2)
    world_of_runs.until(lambda: len(paused(world_of_runs)) == 2)
    assert world_of_runs.statuses()["c"] == "pending"
    assert "usage limit reached, until " in world_of_runs.swarm("why", "c").stdout
    said = json.loads(world_of_runs.swarm("status", "--json").stdout)
    assert [one["account"] for one in said["accounts"]] == ["team"]
    (place / "refusal").unlink()
    told = world_of_runs.swarm("unpause", "c")
    assert "so does all that waited for the account team" in told.stdout + told.stderr
    assert world_of_runs.leaders[0].wait(90) == 0
    assert set(world_of_runs.statuses().values()) == {"merged"}
    assert world_of_runs.events(AttemptEnded) == []
    assert len(world_of_runs.events(TaskClaimed)) == 3
    assert sorted((place / "resumed").read_text().split()) == ["s-a", "s-b"]
    assert world_of_runs.state.usage.usd == 1.5


def test_when_its_time_has_come_an_account_opens_by_itself_also_for_another_leader(world_of_runs: LeaderWorld) -> None:
    refusal = {"kind": "limit", "text": "usage limit reached", "until": time.time() + 8}
    place, own = agents(world_of_runs, refusal)
    first = world_of_runs.begin(tasks(*rows("a", "b"), agents=own), workers=2)
    world_of_runs.until(lambda: len(world_of_runs.events(AttemptLimited)) == 2)
    (place / "refusal").unlink()
    first.kill()
    first.wait()
    assert world_of_runs.lead("resume").wait(90) == 0
    assert set(world_of_runs.statuses().values()) == {"merged"}
    assert [event.by for event in world_of_runs.events(AccountLifted)] == ["leader"]
    assert world_of_runs.events(AttemptEnded) == []


def test_a_refused_account_needs_a_person_and_a_stop_ends_what_waits_for_it(world_of_runs: LeaderWorld) -> None:
    place, own = agents(world_of_runs, {"kind": "refused", "text": "invalid key"})
    (place / "all").touch()
    world_of_runs.begin(tasks(*rows("a"), agents=own), workers=1)
    world_of_runs.until(lambda: paused(world_of_runs) == ["a"])
    assert json.loads(world_of_runs.swarm("status", "--json").stdout)["needs_you"] == ["a"]
    assert "invalid key" in world_of_runs.swarm("why", "a").stdout
    assert world_of_runs.swarm("stop").returncode == 0
    assert [str(event.outcome) for event in world_of_runs.events(AttemptEnded)] == ["cancelled"]
    (place / "refusal").unlink()
    again = world_of_runs.lead("resume")
    world_of_runs.until(lambda: world_of_runs.statuses() == {"a": "pending"})
    assert world_of_runs.swarm("unpause", "a").returncode == 0
    assert again.wait(90) == 0
    assert world_of_runs.statuses() == {"a": "merged"}
