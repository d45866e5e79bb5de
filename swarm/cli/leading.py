"""Being the leader from the command line: `start` and `resume` meet here.

Ctrl-C ends the leader only: workers go on, and it says so.  At the end of the run the workers are dismissed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from inbox.watch import Watch
from swarm import lease
from swarm.cli.following import Following
from swarm.cli.say import hint, narrate
from swarm.core import words
from swarm.core.plaintext import harmless
from swarm.core.queue import is_blocked
from swarm.core.state import Phase, State
from swarm.core.status import TERMINAL
from swarm.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_MEND, EXIT_UNMERGED
from swarm.executors.invocation import worker_env
from swarm.files import check_room
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository
from swarm.leader.launch import dismiss, open_door, open_leader
from swarm.leader.loop import Listener
from swarm.paths import RunDir
from swarm.process import spawn
from swarm.room import check
from swarm.secrets import forget
from swarm.worker.door import check_door


def lead(run: RunDir, user: UserRepository, own: lease.Lease, listener: Listener = narrate) -> int:
    """Lead the run in this process until it is over; `listener` hears every entry.  `own`: the leader's lock."""
    check_room(run.path, "then: swarm resume; workers go on with what they have")
    check_door(user.top)
    hub = Hub(run.home.hub, library)
    hub.create(user)
    leader = open_leader(run, user, hub, listener, own, serve=True)
    _check_sandboxes(run, user, leader.state)
    open_door(run, user.top)

    def interrupted(number: int, frame: FrameType | None) -> None:
        leader.interrupt()

    before = {sig: signal.signal(sig, interrupted) for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        leader.loop()
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)
    if leader.interrupted and not leader.state.over:
        print(f"\nthe leader of {run.name} has stopped; its workers go on with what they have", file=sys.stderr)
        hint(f"swarm resume {run.name}   goes on;   swarm stop   ends the workers too")
        return EXIT_INTERRUPTED
    dismiss(leader)
    forget(run)
    return conclude(leader.state)


def _check_sandboxes(run: RunDir, user: UserRepository, state: State) -> None:
    """Refuse to lead where a sandbox that is still wanted can't be had: nothing runs without it."""
    open_tasks = (found for found in state.tasks.values() if found.status not in TERMINAL)
    check(run, user.top, [state.plan.sandbox, *(found.task.sandbox for found in open_tasks)])


def conclude(state: State) -> int:
    """Say how the run ended and what to do next; the exit code."""
    print(words.progress(state))
    if state.phase is Phase.FAILED:
        print(f"the run failed: {harmless(state.reason)}", file=sys.stderr)
        if state.tip is None:
            hint(f"mend it in a commit and swarm start again;   was this machine at fault: swarm resume {state.run}")
        elif is_blocked(state):
            hint("swarm resume --put-back   puts back what was verified last, and keeps what stands there")
        else:
            hint("mend that, then: swarm resume")
        return EXIT_MEND
    if state.phase is Phase.STOPPED:
        hint(f"swarm resume {state.run}")
        return EXIT_UNMERGED
    if not state.all_merged:
        hint("swarm status   says why;   swarm retry TASK;   swarm merge   lands what is green")
        return EXIT_UNMERGED
    hint("swarm merge   lands it in your branch;   swarm summary   sums it up")
    return EXIT_DONE


def report_progress(state: State) -> None:
    """Say what has not landed, where there is such."""
    if not state.all_merged:
        print(f"{words.progress(state)}; the rest has not landed")


def detach(run: RunDir) -> int:
    """Have a leader of its own session lead the run, and wait until it has begun.  Returns the exit code."""
    argv = [sys.executable, "-P", "-m", "swarm", "resume", run.name]
    pid = spawn(argv, env=worker_env(os.environ), cwd=Path.cwd(), stdin=None, stdout=run.leader_log)
    state = _follow_until_begun(run, pid)
    if state.phase is Phase.FAILED:
        return conclude(state)
    print(f"run {run.name} goes on in the background (leader {pid}, log {run.leader_log})")
    hint("swarm status --watch;   swarm board;   swarm attach worker-1;   swarm stop")
    return EXIT_DONE


def _follow_until_begun(run: RunDir, pid: int) -> State:
    """The state once the base has been found green or red, or the new leader is gone."""
    told = Following(run.journal)
    with Watch([run.path]) as bell:
        while True:
            bell.clear()
            gone = os.waitpid(pid, os.WNOHANG)[0] != 0
            state = told.catch_up()
            led = lease.is_held(run.home.leader_lock)
            if gone or (led and state.phase is not Phase.STARTING and state.boot):
                return state
            bell.wait(0.5)
