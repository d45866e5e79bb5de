"""A hub with branches, and a prover over it: what the effects of the merge queue need, without a leader."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from swarm.core.plan import Clean, Setup
from swarm.effects.proving import GateSettings, Proof, Prover
from swarm.git.hub import Hub
from swarm.git.merge import Member
from swarm.git.repository import UserRepository, discover
from swarm.paths import Home, RunDir, private_dir

WHO = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@x", "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@x"}


@dataclass
class EffectsWorld:
    """A user's repository, its hub and a run."""

    run: RunDir
    hub: Hub
    user: UserRepository
    repo: Path
    base: str
    prover: Prover

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.repo, env={**os.environ, **WHO}, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def branch(self, name: str, files: dict[str, str], base: str = "") -> str:
        """A commit with these files on `base`, in the hub."""
        self.git("checkout", "-q", "-B", name, base or self.base)
        for path, text in files.items():
            (self.repo / path).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / path).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", name)
        commit = self.git("rev-parse", "HEAD")
        self.git("push", "-q", str(self.hub.path), f"+{commit}:refs/heads/{name}")
        self.git("checkout", "-q", "main")
        return commit

    def proof(
        self, number: int, chain: dict[str, str], *commands: str, own: int | None = None, onto: str = ""
    ) -> Proof:
        members = tuple((task, Member(head, f"Merge {task}", 1_700_000_000)) for task, head in chain.items())
        return Proof(number, onto or self.base, members, len(members) if own is None else own, commands)

    def log(self, number: int) -> str:
        return (self.run.gates / f"{number}.log").read_text()

    def show(self, commit: str, path: str) -> str:
        command = ["git", f"--git-dir={self.hub.path}", "show", f"{commit}:{path}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def effects_world(repo: Path, path: Path, timeout: float = 60.0, setup: Setup | None = None) -> EffectsWorld:
    home = Home(private_dir(path / "state"))
    user = discover(repo)
    hub = Hub(home.hub)
    hub.create(user)
    run = RunDir(home.runs / "bench")
    for directory in (run.path, run.gates):
        private_dir(directory)
    base = user.resolve("HEAD")
    hub.pin_base(run.name, base)
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    settings = GateSettings(timeout, Clean.WARM, setup or Setup(), str(repo), env)
    return EffectsWorld(run, hub, user, repo, base, Prover(run, hub, settings))
