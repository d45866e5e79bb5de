"""Bringing a run to life: its directory and first entry, or its journal read again; and its end.

A first start and a restart are one path: `create` only makes what `lead` then finds.  Everything here may be killed at
any point and done again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inbox.maildir import Maildir
from swarm import clock, lease
from swarm.core import events as e
from swarm.core.evolve import replay
from swarm.core.plan import Plan
from swarm.core.state import State
from swarm.core.status import Status
from swarm.effects.landing import release
from swarm.effects.probing import Lookout
from swarm.effects.proving import GateSettings, Prover
from swarm.errors import Busy, SwarmError
from swarm.executors.invocation import worker_env
from swarm.executors.pool import Host, Pool
from swarm.executors.process import ProcessHost
from swarm.executors.tmux import TmuxHost
from swarm.files import directory, sync_directory, write_whole
from swarm.git.hub import Hub
from swarm.git.repository import UserRepository
from swarm.journal import Journal
from swarm.leader.loop import Leader, Listener
from swarm.leader.mail import OPERATOR
from swarm.leader.requests import Outside
from swarm.paths import Home, RunDir, own_dir, private_dir
from swarm.process import holders, identity, signal_process
from swarm.verify import end_left_over
from swarm.worker.door import check_door, hang, make_drops

PATIENCE = 15.0
"""Seconds that workers have to quit once they are asked to, when nothing of theirs is under way."""

HOSTS: dict[str, type[TmuxHost] | type[ProcessHost]] = {"tmux": TmuxHost, "process": ProcessHost}
"""Executors by the name that `--executor` takes."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new run is made of.  `text`: the task file as given; `base`: a commit id; `target`: the user's branch."""

    name: str
    plan: Plan
    text: bytes
    base: str
    target: str | None
    executor: str
    worktrees: Path | None = None
    """The run's own directory for worktrees, where they don't lie in its state."""


def take_lead(home: Home, run: str) -> lease.Lease:
    """The one leader's lock of a repository.  Raises Busy, naming who holds it."""
    own_dir(home.path.parent)  # who owns it could put another directory in the place of ours
    private_dir(home.path)
    own = lease.take(home.leader_lock, {"pid": os.getpid(), "run": run})
    if own is None:
        holder = lease.holder(home.leader_lock)
        raise Busy(
            f"another leader (pid {holder.get('pid', '?')}, run {holder.get('run', '?')}) works in this repository",
            "look with: swarm status; end it with: swarm stop",
        )
    return own


def create(home: Home, user: UserRepository, hub: Hub, beginning: Beginning) -> RunDir:
    """Make the run's directory and its first entry.  Under the leader's lock.  Raises SwarmError if the run exists."""
    run = home.run(beginning.name)
    if not is_free(run):
        raise already(run)
    for own in (home.runs, run.path, run.mail, run.path / "attempts", run.live, run.gates):
        private_dir(own)
    _place_worktrees(run, beginning.worktrees)
    user.pin(run.name, beginning.base)
    hub.pin_base(run.name, beginning.base)
    write_whole(run.plan, beginning.text)
    started = e.RunStarted(
        run.name, str(user.top), beginning.base, beginning.target, beginning.plan, beginning.executor
    )
    _begin_journal(run, started)
    write_whole(home.current, run.name.encode())
    return run


def _place_worktrees(run: RunDir, elsewhere: Path | None) -> None:
    if run.elsewhere and run.elsewhere != elsewhere:
        run.worktrees_link.unlink()  # of a start that was cut short
    if elsewhere is None:
        private_dir(run.worktrees)
    elif run.elsewhere is None:
        private_dir(elsewhere.parent)
        private_dir(elsewhere)
        if run.worktrees_link.is_dir():
            run.worktrees_link.rmdir()
        run.worktrees_link.symlink_to(elsewhere)


def is_free(run: RunDir) -> bool:
    """Whether a run can be begun here: there is none, nor the remains of one whose journal was lost.  Its orders and
    attempts would be taken for those of the new one.  A worker that waits for the run already is none of these."""
    remains = (
        *run.path.glob("attempts/*"), *run.path.glob("live/*"), *run.path.glob("mail/*/inbox/*/*"),
        *run.path.glob(f"mail/{OPERATOR}/outbox/*/*"),
    )  # fmt: skip
    return not run.journal.exists() and not remains


def already(run: RunDir) -> SwarmError:
    """What is said where a run would be begun a second time."""
    if run.journal.exists():
        return SwarmError(
            f"there is a run {run.name} already", f"swarm resume {run.name}, or choose another --run NAME"
        )
    return SwarmError(f"{run.path} holds what is left of a run", "move it away, or choose another --run NAME")


def _begin_journal(run: RunDir, started: e.RunStarted) -> None:
    """A run exists from the moment on at which its journal bears its name, and then it holds its first entry."""
    draft = run.path / "journal.draft"
    draft.unlink(missing_ok=True)
    journal = Journal(draft)
    journal.append([(clock.wall(), clock.since_boot(), (started,))])
    journal.close()
    draft.rename(run.journal)
    sync_directory(run.path)


def open_leader(
    run: RunDir, user: UserRepository, hub: Hub, listener: Listener, own: lease.Lease, *, serve: bool
) -> Leader:
    """A leader for a run that exists, its state folded from the journal.  `own`: the leader's lock.

    Raises Busy where another process still writes the journal, whoever holds the lock.
    """
    journal = Journal(run.journal)
    try:
        return _open(run, user, hub, listener, own, journal, serve=serve)
    except BaseException:
        journal.close()
        raise


def _open(
    run: RunDir, user: UserRepository, hub: Hub, listener: Listener, own: lease.Lease, journal: Journal, *, serve: bool
) -> Leader:
    if not journal.entries:
        raise SwarmError(f"the journal of run {run.name} is empty", f"remove {run.path}, then start again")
    state = replay(journal.entries)
    journal.entries.clear()  # folded: nobody needs them any more
    if state.run != run.name:
        raise SwarmError(f"{run.journal} is the journal of run {state.run!r}", "restore the right one from a copy")
    if run.elsewhere and not run.elsewhere.is_dir():
        raise SwarmError(
            f"the worktrees of run {run.name} are gone: there is no {run.elsewhere}",
            f"mount that disk again, or, if they are lost: mkdir -p {run.elsewhere}",
        )
    pool = Pool(run, host(run, state))
    settings = GateSettings(
        state.plan.verify_timeout, state.plan.clean, state.plan.setup, state.repo,
        {**worker_env(os.environ), **_constant(state.plan.env), "SWARM_RUN": run.name}, state.plan.sandbox,
    )  # fmt: skip
    hub = hub.kept_open()
    outside = Outside(run, hub, user, pool, Prover(run, hub, settings), Lookout(hub, run.name))
    leader = Leader(outside, journal, state, listener, own, serve)
    make_mail(run, [*state.workers, OPERATOR])
    for slot in range(state.plan.gates):
        end_left_over(f"{run.path}#{slot}", run.landing(slot), run.gates)
    if serve:
        _take_over(leader)
    return leader


def host(run: RunDir, state: State) -> Host:
    """Where the run's workers live."""
    return HOSTS[state.executor](run, os.environ)


def _constant(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if value != "auto"}


def make_mail(run: RunDir, owners: list[str]) -> None:
    """Have a mailbox for everybody, and for everybody the directories in which to drop files for the others."""
    names = [*owners, "leader", "all"]
    for owner in owners:
        mail = run.mailbox(owner)
        private_dir(directory(mail.path))
        for box in (Maildir(mail.inbox), Maildir(mail.outbox)):
            for path in box.directories:
                directory(path)
        make_drops(mail, [name for name in names if name != owner])


def _take_over(leader: Leader) -> None:
    """Record that we lead now, and find out which workers still live."""
    run, state = leader.outside.run, leader.state
    why = "the run had ended" if state.over else "it did not outlive the last leader"
    leader.record(e.LeaderStarted(os.getpid(), clock.boot_id()))
    for task in state.tasks.values():
        if task.commit is not None and task.status in (Status.SEALED, Status.VERIFYING, Status.REVIEW):
            leader.keep(task.id, task.attempt, task.commit)
    for worker in state.workers.values():
        alive = lease.is_held(run.mailbox(worker.name).lock)
        if alive:
            leader.adopt(worker.name)
        elif worker.spawned or worker.up:
            leader.record(e.WorkerLost(worker.name, why))


def open_door(run: RunDir, repo: Path) -> None:
    """Hang the operator's door into the user's checkout: `.swarm/`, which ignores itself and holds links only."""
    check_door(repo)
    hang(repo, run.mailbox(OPERATOR), {"worktrees": run.worktrees})


def dismiss(leader: Leader) -> None:
    """The run is over: workers quit, their host ends, candidates' refs go.  Work stays on its branches."""
    outside, state = leader.outside, leader.state
    leader.journal.close()
    for worker in state.workers:
        outside.pool.quit(worker, f"quit-{state.seq}")
    waits = [threading.Thread(target=_see_off, args=(outside.run, worker), daemon=True) for worker in state.workers]
    for wait in waits:
        wait.start()
    deadline = time.monotonic() + PATIENCE
    for wait in waits:
        wait.join(max(0.0, deadline - time.monotonic()))
    outside.pool.host.shutdown()
    for worker in state.workers:
        _end(outside.run, worker)
    release(outside.hub, state.run)


def _see_off(run: RunDir, worker: str) -> None:
    lease.wait_until_free(run.mailbox(worker).lock)


def _end(run: RunDir, worker: str) -> None:
    """End a worker's program that did not quit."""
    lock = run.mailbox(worker).lock
    pid = lease.holder(lock).get("pid")
    if lease.is_held(lock) and isinstance(pid, int):
        who = identity(pid)
        if who is not None and who in holders(lock):  # an agent can write any number there
            signal_process(who, 9)
