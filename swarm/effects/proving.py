"""Proving a candidate: merge its members in the hub, then let the gate judge exactly that commit in a landing worktree.

Knows git and the gate; what a verdict means is the core's business.  The same tree with the same commands has the same
verdict, so it is asked for once.  A single member that is red is judged twice: one red run may be chance, two are not.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swarm.core import events as e
from swarm.core.events import Clash, Verdict
from swarm.core.plan import Clean, Sandbox, Setup
from swarm.effects.trouble import is_of_the_disk, passes, said
from swarm.errors import SwarmError
from swarm.git import merge, refs
from swarm.git.cell import Cell
from swarm.git.hub import Hub
from swarm.git.merge import Broken, Member
from swarm.git.worktree import Worktree
from swarm.paths import RunDir
from swarm.room import Room
from swarm.setup import prepare
from swarm.verify import Halt, Judgement, judge


@dataclass(frozen=True, slots=True)
class Proof:
    """What is to be proved: the chain from `onto` on (task "" is the target branch), the last `own` of it new."""

    candidate: int
    onto: str
    chain: tuple[tuple[str, Member], ...]
    own: int
    commands: tuple[str, ...]
    accepted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By task: paths that its merge may change though its branch did not, on a person's word."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """How the gate runs: seconds, what a worktree keeps and needs, and the environment."""

    timeout: float
    clean: Clean
    setup: Setup
    source: str
    env: Mapping[str, str]
    sandbox: Sandbox = Sandbox()


@dataclass(slots=True)
class Prover:
    """Proves candidates, several at a time if need be; each gate has a landing worktree of its own."""

    run: RunDir
    hub: Hub
    settings: GateSettings
    _known: dict[tuple[str, tuple[str, ...]], Judgement] = field(default_factory=dict)
    _free: list[int] = field(default_factory=list)
    _slots: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def prove(self, proof: Proof, halt: Halt) -> tuple[e.Event, ...]:
        """Ends in CandidateJudged or CandidateUnbuildable; in nothing when it was halted.

        Raises what passes (the leader tries again), and what the disk is to blame for (the leader stops).
        """
        try:
            return self._prove(proof, halt)
        except (SwarmError, OSError) as error:
            if passes(error) or is_of_the_disk(error):
                raise
            return (unproved(proof.candidate, proof.onto, said(error)),)

    def _prove(self, proof: Proof, halt: Halt) -> tuple[e.Event, ...]:
        self.hub.restore_config()
        made = merge.chain(self.hub, proof.onto, [member for _, member in proof.chain])
        if isinstance(made, Broken):
            return (_broken(proof, made),)
        strays = self._strays(proof, made.commits)
        if strays:
            return (e.CandidateUnbuildable(proof.candidate, strays=strays),)
        commit = made.commits[-1] if made.commits else proof.onto
        self.hub.anchor(refs.candidate(self.run.name, proof.candidate), commit)
        judged = self._judge(proof, commit, halt)
        if halt.is_set():
            return ()
        own = made.commits[len(made.commits) - proof.own :]
        return (_judged(proof, commit, own, *judged),)

    def _strays(self, proof: Proof, commits: tuple[str, ...]) -> tuple[Clash, ...]:
        """What the new merges change beyond what their branches did (those below were looked at before)."""
        found = []
        first = len(commits) - proof.own
        for place in range(first, len(commits)):
            before = commits[place - 1] if place else proof.onto
            task, member = proof.chain[place]
            found_paths = merge.strays(self.hub, before, commits[place], member.head)
            paths = [path for path in found_paths if path not in proof.accepted.get(task, ())]
            if paths:
                found.append(Clash(task, tuple(paths)))
        return tuple(found)

    def _judge(self, proof: Proof, commit: str, halt: Halt) -> tuple[Judgement, bool, bool, str]:
        """(judgement, cached, flaky, log) for a commit."""
        if not proof.commands:
            return Judgement(Verdict.PASS, "", 0.0), False, False, ""
        key = merge.tree_of(self.hub, commit), proof.commands
        if key in self._known:
            return self._known[key], True, False, ""
        log = f"gates/{proof.candidate}.log"
        first = self._run_gate(proof, commit, log, halt)
        judged, flaky = first, False
        if first.verdict is not Verdict.PASS and proof.own <= 1 and not halt.is_set():
            judged = self._run_gate(proof, commit, log, halt)
            flaky = judged.verdict is Verdict.PASS
        if not halt.is_set() and judged.verdict is not Verdict.ERROR:
            self._known[key] = judged
        return judged, False, flaky, log

    def _run_gate(self, proof: Proof, commit: str, log: str, halt: Halt) -> Judgement:
        slot = self._take_slot()
        try:
            path = self.run.landing(slot)
            tree = Worktree(self.hub.path, path, f"{self.run.name}.landing-{slot + 1}")
            tree.create(commit)
            tree.switch(None, commit, clean_full=self.settings.clean is Clean.FULL)
            box = self._box(slot, tree, commit)
            stamp = self.run.path / f"landing-{slot + 1}.setup"
            prepare(Path(self.settings.source), path, self.settings.setup, self.settings.env, stamp, halt.fileno(), box)
            mark = f"{self.run.path}#{slot}"
            where = self.run.path / log
            return judge(proof.commands, path, self.settings.env, mark, where, self.settings.timeout, halt, box=box)
        finally:
            self._give_slot(slot)

    def _box(self, slot: int, tree: Worktree, commit: str) -> tuple[str, ...]:
        """The sandbox of a gate, around a repository that is made anew for it."""
        settings = self.settings
        cell = Cell(self.run.path / f"landing-{slot + 1}.cell" / "git", tree)
        room = Room(self.run, Path(settings.source), settings.sandbox, settings.setup, cell)
        if not room.closed:
            return ()
        cell.make(commit, commit)
        return room.box()

    def _take_slot(self) -> int:
        with self._guard:
            if self._free:
                return self._free.pop()
            self._slots += 1
            return self._slots - 1

    def _give_slot(self, slot: int) -> None:
        with self._guard:
            self._free.append(slot)


def unproved(candidate: int, onto: str, why: str) -> e.Event:
    """The verdict where the gate could not even begin."""
    return e.CandidateJudged(candidate, onto, Verdict.ERROR, excerpt=why)


def _broken(proof: Proof, broken: Broken) -> e.Event:
    task = proof.chain[broken.index][0]
    if broken.with_tip:
        return e.CandidateUnbuildable(proof.candidate, conflicts=(Clash(task, broken.paths),))
    return e.CandidateUnbuildable(proof.candidate, deferred=(task,))


def _judged(
    proof: Proof, commit: str, own: tuple[str, ...], judged: Judgement, cached: bool, flaky: bool, log: str
) -> e.Event:
    return e.CandidateJudged(
        proof.candidate, commit, judged.verdict, log, judged.excerpt, round(judged.seconds, 3), cached, flaky, own
    )
