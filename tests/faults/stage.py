"""The world of one trial: a repository with its owner's things in it, a state directory, innocents, and the tool.

The tool is driven through its verbs, as a program of its own; no module of it is imported.  Everything lies below one
directory under /tmp (sockets need short paths), bears that directory's name in its environment or arguments, and goes
with `close`.  `SWARM_FAULTS_PYTHON` names the interpreter whose swarm is tried (the mutants' way in),
`SWARM_FAULTS_PATIENCE` the seconds after which something counts as hung, `SWARM_FAULTS_DIR` another place than /tmp.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footprint import Picture, picture
from scenario import Scenario

HERE = Path(__file__).parent
PYTHON = os.environ.get("SWARM_FAULTS_PYTHON", sys.executable)
MODULE = ("-P", "-m", "swarm")

AT_MOST = float(os.environ.get("SWARM_FAULTS_PATIENCE", "180"))
"""Seconds after which a verb or a leader counts as hung."""

SECRETS = {
    "PLANTED_TOKEN": "planted-secret-3b5d0c77aa21e9",
    "ANTHROPIC_API_KEY": "sk-ant-planted-9f2e4d6c8b0a1357",
    "AWS_SECRET_ACCESS_KEY": "planted/Secret+Key/77e1d0c4b2a9",
}
"""In the environment of every leader and verb: nothing of it may be found anywhere afterwards."""

OURS = (
    r".*/\.git/(refs|logs/refs)/(swarm|heads/swarm)(/.*)?"
    r"|.*/\.git/(objects(/.*)?|FETCH_HEAD|packed-refs)"
    r"|.*/repo/\.swarm(/.*)?"
)
"""What may appear in the user's repository."""

OWNER = {
    "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.invalid",
    "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.invalid",
}  # fmt: skip

SHARED_LINES = 12 * 24


@dataclass(frozen=True)
class Said:
    """What a verb answered."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str


@dataclass
class Stage:
    """One trial's world.  `events` is the trial's own diary: what was done to the tool, and what it answered."""

    root: Path
    scenario: Scenario
    env: dict[str, str]
    events: list[str] = field(default_factory=list)
    innocents: list[subprocess.Popen[bytes]] = field(default_factory=list)
    before: Picture = field(default_factory=dict)
    leaders: list[subprocess.Popen[bytes]] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    """What was wrong while the trial went on, in words."""
    excused: dict[str, str] = field(default_factory=dict)
    """Oracles that what was done here takes out of force, each with the reason."""
    workers_died: bool = False
    """The trial killed a worker's program: only that one knew of an agent's children that took everything off."""
    thrown_away: set[str] = field(default_factory=set)
    """Marks that the trial itself destroyed with its own hands."""
    foreign: set[str] = field(default_factory=set)
    """Commits that the trial itself put where only the tool should: no gate has seen them."""
    forewords: tuple[str, ...] = ()
    """What stands in front of the program of a leader, such as strace with its options."""
    python: str = PYTHON
    """The interpreter of the leader and all verbs, and so of the workers."""
    undo: list[Callable[[], object]] = field(default_factory=list)
    """What has to be undone before the directory can go, the last one first: mounts."""

    @property
    def repo(self) -> Path:
        """The user's repository."""
        return self.root / "repo"

    @property
    def state(self) -> Path:
        """$XDG_STATE_HOME."""
        return self.root / "state"

    @property
    def ledger(self) -> Path:
        """The file in which agents and gates write down what they did."""
        return self.root / "ledger" / "ledger"

    @property
    def home(self) -> Path:
        """The state directory of this repository; raises FileNotFoundError while there is none."""
        found = [path for path in (self.state / "swarm").glob("*-*") if path.is_dir()]
        if len(found) != 1:
            raise FileNotFoundError(f"{len(found)} state directories below {self.state}")
        return found[0]

    @property
    def hub(self) -> Path:
        """The hub."""
        return self.home / "hub.git"

    @property
    def run(self) -> Path:
        """The directory of the run."""
        return self.home / "runs" / self.scenario.name

    def note(self, text: str) -> None:
        """Write into the trial's diary."""
        self.events.append(f"{time.monotonic() % 10_000:9.3f} {text}")

    def swarm(
        self, *words: str, env: Mapping[str, str] | None = None, timeout: float = AT_MOST,
        forewords: Sequence[str] = (),
    ) -> Said:  # fmt: skip
        """Call a verb in the user's repository and wait for it; `forewords` as for a leader."""
        done = subprocess.run(
            [*forewords, self.python, *MODULE, *words],
            cwd=self.repo, env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=timeout, start_new_session=True,
        )  # fmt: skip
        if words[0] not in ("status", "path"):
            self.note(f"swarm {' '.join(words)} → {done.returncode} {done.stderr.strip()[-400:]}")
        return Said(words, done.returncode, done.stdout, done.stderr)

    def object(self, text: str) -> None:
        """Something is wrong here and now; the trial goes on."""
        self.objections.append(text)
        self.note(f"WRONG: {text}")

    def look_again(self) -> None:
        """The user has changed something in their checkout: that is how it must be from now on, but for what is ours,
        which may come and go."""
        seen = picture(self.repo)
        self.before = {path: entry for path, entry in seen.items() if not re.fullmatch(OURS, path)}

    def status(self) -> dict[str, Any] | None:
        """`swarm status --json`; None while there is no run."""
        said = self.swarm("status", "--json")
        try:
            found: dict[str, Any] = json.loads(said.out)
        except ValueError:
            return None
        return found

    def start_words(self) -> list[str]:
        """The command line that begins the run."""
        return [
            "start", "--workers", str(self.scenario.workers), "--task-file", str(self.root / "tasks.yaml"),
            "--executor", self.scenario.executor,
        ]  # fmt: skip

    def lead(self, *words: str, forewords: Sequence[str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
        """Begin a leader (`start` or `resume`) in a session of its own; what it prints goes to a file."""
        number = len(self.leaders)
        with open(self.root / "out" / f"leader-{number}", "wb") as out:
            leader = subprocess.Popen(
                [*(self.forewords if forewords is None else forewords), self.python, *MODULE, *words], cwd=self.repo,
                env={**self.env, **more.pop("env", {})}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, **more,
            )  # fmt: skip
        self.leaders.append(leader)
        self.note(f"leader {number} ({words[0]}) has pid {leader.pid}")
        return leader

    def take_up(self, **more: Any) -> subprocess.Popen[bytes]:
        """Begin a leader in the way a user would: `resume` where there is a run, else `start`."""
        if self.has_run():
            return self.lead("resume", **more)
        return self.lead(*self.start_words(), **more)

    def has_run(self) -> bool:
        """Whether the run exists on the disk (its journal has its name)."""
        try:
            return (self.run / "journal.jsonl").exists()
        except FileNotFoundError:
            return False

    def said_by(self, leader: subprocess.Popen[bytes]) -> str:
        """What a leader printed."""
        return (self.root / "out" / f"leader-{self.leaders.index(leader)}").read_text("utf-8", "replace")

    def is_over(self) -> bool:
        """Whether the run has ended by itself."""
        seen = self.status()
        return seen is not None and seen["state"] in ("finished", "failed")

    def wait_for(self, true: Callable[[], bool], what: str) -> None:
        """Look until something holds: what a trial waits for stands in files that others write.  RuntimeError when it
        never does."""
        deadline = time.monotonic() + AT_MOST
        while not true():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain for {what}")
            time.sleep(0.01)
        self.note(f"seen: {what}")

    def wait_for_facts(self, what: str, count: int = 1) -> None:
        """Look until the ledger has so many lines of a kind."""
        self.wait_for(lambda: len(self.facts(what)) >= count, f"{count} × {what} in the ledger")

    def ended(self, leader: subprocess.Popen[bytes]) -> int:
        """Wait for a leader to end; its exit code.  subprocess.TimeoutExpired when it hangs, with a note of what there
        was to see."""
        try:
            return leader.wait(AT_MOST)
        except subprocess.TimeoutExpired:
            self.note(f"it hangs: {self.said_by(leader)[-800:]}")
            for pid in self.pids():
                with suppress(OSError):
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    self.note(f"  {pid} {words[:160]} waits in {Path(f'/proc/{pid}/wchan').read_text()}")
            for lock in (*self.hub.rglob("*.lock"), *self.repo.rglob("*.lock")):
                self.note(f"  a lock: {lock.relative_to(self.root)}")
            raise

    def worker_pids(self) -> dict[str, int]:
        """The programs of workers that are up, by worker."""
        seen = self.status() or {"workers": []}
        return {worker["name"]: worker["pid"] for worker in seen["workers"] if worker["pid"]}

    def kill(self, pid: int, sig: int = signal.SIGKILL) -> None:
        """Send a signal to a process of the tool; one that is gone is no matter."""
        with suppress(ProcessLookupError):
            os.kill(pid, sig)
        self.note(f"sent signal {sig} to {pid}")

    def finish(self, restarts: int = 20) -> list[int]:
        """Resume until the run is over; the exit codes of the leaders that it took.  `restarts` at most."""
        codes: list[int] = []
        while not (codes and self.is_over()) and len(codes) <= restarts:
            leader = self.take_up(forewords=())
            codes.append(self.ended(leader))
            self.note(f"leader ended with {codes[-1]}: {self.said_by(leader)[-600:]}")
        return codes

    def git(self, where: Path, *args: str, check: bool = True, env: Mapping[str, str] | None = None) -> str:
        """git as somebody else would call it."""
        done = subprocess.run(
            ["git", "-C", str(where), *args], env={**self.env, **OWNER, **(env or {})}, capture_output=True,
            check=False, timeout=AT_MOST,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise RuntimeError(f"git {' '.join(args)} in {where}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def facts(self, what: str) -> list[list[str]]:
        """The ledger's lines of one kind, split into words."""
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return [line.split() for line in lines if line.startswith(f"{what} ")]

    def pids(self) -> list[int]:
        """Living processes, innocents excepted, that bear this stage's directory in environment or arguments."""
        mine = {os.getpid(), *(one.pid for one in self.innocents)}
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                said = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_bytes().rpartition(b")")[2].split()[0]
                if os.fsencode(self.root) in said and state not in (b"Z", b"X") and int(entry.name) not in mine:
                    found.append(int(entry.name))
        return [pid for pid in found if b"SWARM_FAULTS_INNOCENT=" not in _environ(pid)]

    def close(self, keep: bool = False) -> None:
        """End whatever is left, by its pid, and remove the directory unless it is to be looked at."""
        for _ in range(50):
            left = self.pids()
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for leader in self.leaders:
                leader.poll()
            if not left:
                break
            time.sleep(0.05)
        for innocent in self.innocents:
            innocent.terminate()  # a tmux server takes its sessions along
        for innocent in self.innocents:
            innocent.wait()
        if keep and self.undo:
            shutil.copytree(self.state, self.root / "state-kept", symlinks=True, dirs_exist_ok=True)
        for step in reversed(self.undo):
            step()
        if not keep:
            shutil.rmtree(self.root, ignore_errors=True)


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def make_stage(scenario: Scenario, at: Path | None = None) -> Stage:
    """A stage with everything on it and nothing begun.  `at`: an existing directory of a short name to lie in."""
    root = Path(tempfile.mkdtemp(prefix="sf-", dir=at or os.environ.get("SWARM_FAULTS_DIR", "/tmp")))
    for name in ("home", "state", "rt", "tmp", "ledger", "out"):
        (root / name).mkdir(mode=0o700)
    env = {
        "PATH": os.environ["PATH"], "HOME": str(root / "home"), "LANG": "C.UTF-8", "TMPDIR": str(root / "tmp"),
        "XDG_STATE_HOME": str(root / "state"), "XDG_RUNTIME_DIR": str(root / "rt"), "TMUX_TMPDIR": str(root / "rt"),
        "XDG_DATA_HOME": str(root / "home" / "data"), "XDG_CONFIG_HOME": str(root / "home" / "config"),
        "GIT_CONFIG_NOSYSTEM": "1", **SECRETS,
    }  # fmt: skip
    if "SWARM_TEST_MARK" in os.environ:
        env["SWARM_TEST_MARK"] = os.environ["SWARM_TEST_MARK"]
    stage = Stage(root, scenario, env)
    _make_repository(stage)
    stage.ledger.touch()
    text = scenario.task_file(PYTHON, str(HERE / "actor.py"), str(HERE / "gate.py"), str(stage.ledger))
    (root / "tasks.yaml").write_text(text)
    stage.before = picture(stage.repo)
    return stage


def _make_repository(stage: Stage) -> None:
    """A repository in the middle of somebody's work: a dirty file, a staged one, an untracked one, a stash, a hook."""
    repo = stage.repo
    repo.mkdir()
    stage.git(repo, "init", "--quiet", "--initial-branch", "main")
    (repo / "shared.txt").write_text("".join(f"line {number}\n" for number in range(SHARED_LINES)))
    (repo / "clash.txt").write_text("everybody writes here:\n")
    for name, text in {
        "defs/old": "def\n",
        "uses/first": "old\n",
        "red/.keep": "",
        "out/.keep": "",
        "mine.txt": "1\n",
    }.items():
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text(text)
    stage.git(repo, "add", "--all")
    stage.git(repo, "commit", "--quiet", "--message", "the beginning")
    stage.git(repo, "branch", "worker-1")
    (repo / "mine.txt").write_text("stashed\n")
    stage.git(repo, "stash", "push", "--quiet")
    (repo / "mine.txt").write_text("2 staged\n")
    stage.git(repo, "add", "mine.txt")
    (repo / "mine.txt").write_text("3 dirty\n")
    (repo / "untracked.txt").write_text("nobody's business\n")
    hook = repo / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ../hook-ran hook-ran\n")
    hook.chmod(0o755)
