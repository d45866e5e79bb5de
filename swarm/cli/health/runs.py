"""What runs have left on this machine: runs without a leader, sockets without a server, half-made worktrees, disk.

What is ours and safe can be mended: nothing that anybody works with, and no work of anybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from swarm import lease
from swarm.cli.context import leader_alive, load, run_names
from swarm.cli.health.finding import Finding, ok, told, warn
from swarm.cli.room import usage
from swarm.core.state import State
from swarm.core.units import size_text
from swarm.core.words import some
from swarm.errors import SwarmError
from swarm.git.admin import Admin
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.paths import Home, RunDir, socket_dir
from swarm.tmux.server import TmuxServer

MUCH = 5_000_000_000
"""Bytes of worktrees that are worth a word."""


def runs(home: Home) -> Iterator[Finding]:
    """Everything about the runs of one repository."""
    names = run_names(home)
    yield ok("runs", some(names) if names else "none in this repository yet")
    yield from _hub(home)
    for name in names:
        yield from _run(home.run(name))
    worktrees = sum(usage(home.run(name).worktrees) for name in names)
    text, way_out = f"{size_text(worktrees)} in worktrees", "swarm clean --dry-run   says what can go"
    yield warn("disk of runs", text, way_out) if worktrees > MUCH else ok("disk of runs", text)


def _hub(home: Home) -> Iterator[Finding]:
    """Admin directories that would stop git everywhere in the hub, and what a removal left half done."""
    hub = Hub(home.hub, library)
    broken = [path.name for path in sorted(hub.worktrees.glob("*")) if not Admin(path).is_whole()]
    if broken:
        yield warn("hub", f"half-made worktrees: {some(broken)}", "swarm doctor --fix", hub.mend_worktrees)
    if home.gone.exists():
        yield warn("hub", f"a clean-up was interrupted ({size_text(usage(home.gone))})", "swarm clean")


def _run(run: RunDir) -> Iterator[Finding]:
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
    if not led and not alive:
        yield from _socket(run, state)


def _socket(run: RunDir, state: State) -> Iterator[Finding]:
    """A tmux server or its socket, left behind by a run that nobody works in."""
    place = socket_dir(run)
    if not place.is_dir():
        return
    server = TmuxServer(place, run.name)
    what = "a tmux server without workers" if server.panes() is not None else "a stale tmux socket"
    yield warn(f"run {run.name}", f"{what} in {place}", "swarm doctor --fix", partial(_end, server))


def _end(server: TmuxServer) -> None:
    server.kill()
