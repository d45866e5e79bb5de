"""What runs have left on this machine: runs without a leader, their processes, sockets, doors, torn journals, disk.

What is ours and safe can be mended: nothing that anybody works with, and no work of anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from swarm import lease
from swarm.cli import strays
from swarm.cli.context import leader_alive, load, run_names
from swarm.cli.diskuse import taken
from swarm.cli.health.finding import Finding, ok, told, warn
from swarm.core.state import Phase, State
from swarm.core.units import size_text
from swarm.core.words import some
from swarm.errors import SwarmError
from swarm.files import free
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository
from swarm.journal import Reader
from swarm.leader.launch import open_door
from swarm.leader.mail import OPERATOR
from swarm.paths import DOOR, Home, RunDir, socket_dir
from swarm.process import Identity, signal_process
from swarm.tmux.server import TmuxServer

MUCH = 5_000_000_000
"""Bytes of runs that are worth a word."""

COUNTING = 3.0
"""Seconds for which directories are counted."""

FIX = "swarm doctor --fix"


def runs(home: Home, user: UserRepository) -> Iterator[Finding]:
    """Everything about the runs of one repository."""
    names = run_names(home)
    yield ok("runs", some(names) if names else "none in this repository yet")
    said = _current(home)
    if said and said not in names:
        text = f"the newest run is said to be {said}, and there is none of that name"
        yield warn("current", text, FIX, partial(home.current.unlink, missing_ok=True))
    for name in names:
        yield from _run(home.run(name), user, newest=name == said)
    yield _disk(home, names)


def _current(home: Home) -> str:
    return home.current.read_text("utf-8", "replace").strip() if home.current.is_file() else ""


def _disk(home: Home, names: list[str]) -> Finding:
    """What state takes, worktrees on other disks included."""
    away = [place for name in names if (place := home.run(name).elsewhere)]
    took = taken([home.path, *away], COUNTING)
    room = f"{size_text(free(home.path))} are free"
    text, way_out = f"{took.text()} in state and worktrees, {room}", "swarm clean --dry-run   says what would come free"
    return warn("disk of runs", text, way_out) if took.size > MUCH else ok("disk of runs", text)


def _run(run: RunDir, user: UserRepository, *, newest: bool) -> Iterator[Finding]:
    try:
        state = load(run)
    except SwarmError as error:
        yield told(f"run {run.name}", error)
        return
    alive = [name for name in state.workers if lease.is_held(run.mailbox(name).lock)]
    led = leader_alive(run)
    if not led and not state.over:
        text = "nobody leads it" + (f", but {some(alive)} still at work" if alive else "")
        yield warn(f"run {run.name}", text, f"swarm resume {run.name}, or swarm stop --run {run.name}")
    elif not led and alive:
        yield warn(f"run {run.name}", f"it is over, but {some(alive)} still lives", f"swarm stop --run {run.name}")
    if led:
        return
    yield from _torn(run)
    if newest and not state.over:
        yield from _door(run, user)
    if not alive:
        yield from _socket(run, state)
        if state.over:
            yield from _orphans(run)
            yield from _candidates(run, state)


def _torn(run: RunDir) -> Iterator[Finding]:
    """The end of a journal that was being written when the machine or the disk gave up."""
    reader = Reader(run.journal)
    reader.read()
    rest = run.journal.stat().st_size - reader.offset
    if rest:
        text = f"the last {size_text(rest)} of its journal were not written whole, and never acknowledged"
        yield warn(f"run {run.name}", text, f"swarm resume {run.name}   sets them aside, and goes on")


def _door(run: RunDir, user: UserRepository) -> Iterator[Finding]:
    """The links in the user's checkout, while the run can go on."""
    door = user.top / DOOR
    whole = all((door / name).is_symlink() and (door / name).exists() for name in ("inbox", "worktrees"))
    if not whole and run.mailbox(OPERATOR).path.is_dir():
        yield warn("door", f"{door} does not lead to run {run.name}", FIX, partial(open_door, run, user.top))


def _socket(run: RunDir, state: State) -> Iterator[Finding]:
    """A tmux server or its socket, left behind by a run that nobody works in."""
    place = socket_dir(run)
    if not place.is_dir():
        return
    server = TmuxServer(place, run.name)
    what = "a tmux server without workers" if server.panes() is not None else "a stale tmux socket"
    yield warn(f"run {run.name}", f"{what} in {place}", FIX, server.kill)


def _orphans(run: RunDir) -> Iterator[Finding]:
    """What an ended run has left running.  Somebody may have left it on purpose: it is ended on a person's word."""
    living = strays.of_run(run)
    if living:
        text = f"it is over, but of it there still runs {some([strays.name(one) for one in living])}"
        yield warn(f"run {run.name}", text, f"{FIX}   asks, and ends it", partial(_end, living), asks="end it")


def _end(living: list[Identity]) -> None:
    for one in living:
        signal_process(one, 9)


def _candidates(run: RunDir, state: State) -> Iterator[Finding]:
    """Merges that were tried; with the end of a run they hold nothing that is wanted."""
    found = Hub(run.home.hub, library)
    try:
        left = list(found.list_refs(f"{refs.of_run(run.name)}candidate")) if found.path.exists() else []
    except SwarmError as error:
        yield told(f"run {run.name}", error)
        return
    if left and state.phase is not Phase.STOPPED:
        text = f"{len(left)} refs of merges that were tried are left"
        yield warn(f"run {run.name}", text, FIX, partial(found.delete_refs, left))
