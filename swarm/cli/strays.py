"""Processes that bear the marks of a run: agents, gates and our own git, and what they have left running.

Tells who they are; ends none.  Workers and leaders are told by their locks instead.  What a setup has left running was
left on purpose, and goes with its worktree.
"""

from __future__ import annotations

from pathlib import Path

from swarm.core.plaintext import one_line
from swarm.git.command import MARK as GIT_MARK
from swarm.paths import Home, RunDir
from swarm.process import Identity, bearers
from swarm.setup import MARK as SETUP_MARK
from swarm.verify import MARK as GATE_MARK


def of_run(run: RunDir) -> list[Identity]:
    """Those of one run."""
    return bearers([
        f"SWARM_MAIL={run.mail}/",
        f"{GATE_MARK}={run.path}#",
        f"{GIT_MARK}={run.home.hub}/worktrees/{run.name}.",
    ])  # fmt: skip


def of_home(home: Home) -> list[Identity]:
    """Those of all runs of a repository, and every git command of ours in its hub."""
    return bearers([
        f"SWARM_MAIL={home.runs}/",
        f"{GATE_MARK}={home.runs}/",
        f"{SETUP_MARK}={home.runs}/",
        f"{GIT_MARK}={home.hub}",
    ])  # fmt: skip


def name(who: Identity) -> str:
    """`sleep (pid 123)`."""
    try:
        words = Path(f"/proc/{who.pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return f"pid {who.pid}"
    return f"{one_line(Path(words[0].decode('utf-8', 'replace')).name, 30) or 'a process'} (pid {who.pid})"
