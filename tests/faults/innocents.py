"""Neighbours that look like ours and are not: nothing that a run does may hurt them.

Each is a process that the trial started itself, marked by SWARM_FAULTS_INNOCENT so that a stage can tell it from ours.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from stage import Stage

SLEEP = "import time; time.sleep(900)"


def settle(stage: Stage) -> None:
    """Have neighbours: a program that is called like a worker, one with the names of our marks in its environment, a
    process group and session of its own, and a tmux server of the user's with sessions named like workers."""
    mark = {"SWARM_FAULTS_INNOCENT": "1"}
    bare = {"PATH": stage.env["PATH"], **mark}
    alike = {
        **bare,
        "SWARM_TASK": "first",
        "SWARM_ATTEMPT": "1",
        "SWARM_RUN": stage.scenario.name,
        "SWARM_MAIL": "/mail",
    }
    for env, session in ((bare, False), (alike, True)):
        argv = ["python3", "-S", "-E", "-c", SLEEP, "swarm", "worker", "worker-1"]
        stage.innocents.append(
            subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, cwd="/", start_new_session=session)
        )
    if shutil.which("tmux"):
        _tmux(stage, bare)


def _tmux(stage: Stage, env: dict[str, str]) -> None:
    """A server in the foreground (-D), so that it is a child of ours whose end can be seen."""
    socket = str(stage.root / "user.sock")
    server = subprocess.Popen(
        ["tmux", "-S", socket, "-f", "/dev/null", "-D"], env={**env, "TERM": "xterm"}, stdin=subprocess.DEVNULL, cwd="/"
    )
    stage.innocents.append(server)
    for _ in range(200):
        if os.path.exists(socket):
            break
        server.poll()
        subprocess.run(["sleep", "0.02"], check=False)
    for name in ("worker-1", "worker-10"):
        subprocess.run(["tmux", "-S", socket, "new-session", "-d", "-s", name, "sleep 900"], env=env, check=True)


def give_them_our_numbers(stage: Stage) -> None:
    """Write an innocent's number into every record of ours that holds one: numbers come round again."""
    stranger = stage.innocents[1].pid  # the one that leads a group of its own, as our agents do
    for record in [*stage.run.glob("mail/*/lock"), *stage.run.glob("attempts/*/*.json"), stage.home / "leader.lock"]:
        _rewrite(record, stranger)


def _rewrite(record: Path, pid: int) -> None:
    try:
        said = json.loads(record.read_text())
    except (ValueError, OSError):
        return
    if isinstance(said, dict) and "pid" in said:
        with record.open("r+") as file:  # in place: a lock is held on the file, not on its name
            file.truncate()
            file.write(json.dumps({**said, "pid": pid}))
