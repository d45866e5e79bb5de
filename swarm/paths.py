"""Where everything lies on disk.  Every path of the product is spelt here and nowhere else.

Knows names, not contents.  The picture with the meaning of each file is docs/protocol.md.  State lies under
`$XDG_STATE_HOME/swarm/<repo>-<hash>/` (never in the user's `.git`); sockets lie in a short runtime directory, because
a unix socket's path ends at 107 bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import SwarmError

DOOR = ".swarm"
"""The one directory of ours in a checkout; it ignores itself and holds links only."""


@dataclass(frozen=True, slots=True)
class Home:
    """The state of one user repository: the hub, the leader's lock and all runs."""

    path: Path

    @property
    def hub(self) -> Path:
        return self.path / "hub.git"

    @property
    def leader_lock(self) -> Path:
        return self.path / "leader.lock"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def current(self) -> Path:
        """Holds the name of the run that verbs mean when they are told none."""
        return self.path / "current"

    @property
    def gone(self) -> Path:
        """Where things are moved by one rename before they are deleted; nothing here is of any use."""
        return self.path / "gone"

    @property
    def kept(self) -> Path:
        """`kept/<label>/`: what only we have of a run that is gone, beside the refs in the hub."""
        return self.path / "kept"

    @property
    def clean_lock(self) -> Path:
        """Held by whoever removes what runs have left."""
        return self.path / "clean.lock"

    @property
    def ports(self) -> Path:
        """A lock for each TCP port that an attempt has, shared by all repositories of this user."""
        return self.path.parent / "ports"

    def run(self, name: str) -> RunDir:
        """The directory of one run, existing or not."""
        return RunDir(self.runs / name)


@dataclass(frozen=True, slots=True)
class RunDir:
    """One run: its plan, its journal, and everything that its workers touch."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def home(self) -> Home:
        return Home(self.path.parent.parent)

    @property
    def plan(self) -> Path:
        return self.path / "plan.yaml"

    @property
    def secrets(self) -> Path:
        """Variables of the user's for its agents, while it goes on: {name: value}."""
        return self.path / "secrets.json"

    @property
    def journal(self) -> Path:
        return self.path / "journal.jsonl"

    @property
    def summary(self) -> Path:
        return self.path / "summary.md"

    @property
    def page(self) -> Path:
        return self.path / "summary.html"

    @property
    def leader_log(self) -> Path:
        return self.path / "leader.log"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    def mailbox(self, owner: str) -> MailDir:
        """The mail of a worker, of the leader or of the operator."""
        return MailDir(self.mail / owner)

    @property
    def worktrees(self) -> Path:
        """Where the workers' worktrees lie: here, or where the link of that name leads (`worktrees:`)."""
        return self.elsewhere or self.worktrees_link

    @property
    def worktrees_link(self) -> Path:
        """A directory, or the link to the one that the task file names."""
        return self.path / "worktrees"

    @property
    def elsewhere(self) -> Path | None:
        """The run's own directory on another disk, if its worktrees lie there."""
        return Path(os.readlink(self.worktrees_link)) if self.worktrees_link.is_symlink() else None

    @property
    def live(self) -> Path:
        """One small file for each attempt that an executor has accepted and nobody has forgotten yet."""
        return self.path / "live"

    def started(self, task: str, number: int) -> Path:
        """Says that an attempt was started, where its agent does not pass by: its own directory it may remove."""
        return self.path / "started" / f"{task}.{number}"

    def attempt(self, task: str, number: int) -> AttemptDir:
        """The directory of attempt `number` (from 1) of a task."""
        return AttemptDir(self.path / "attempts" / f"{task}.{number}")

    def landing(self, slot: int) -> Path:
        """The worktree in which candidates are verified; slot 0 is the first gate."""
        name, away = "landing" if slot == 0 else f"landing-{slot + 1}", self.elsewhere
        return away / f".{name}" if away else self.path / name

    @property
    def gates(self) -> Path:
        """Logs of the gate, one file for each candidate."""
        return self.path / "gates"


@dataclass(frozen=True, slots=True)
class MailDir:
    """The two boxes of one owner.  Only the owner writes the outbox; only the leader writes the inbox."""

    path: Path

    @property
    def owner(self) -> str:
        return self.path.name

    @property
    def run(self) -> RunDir:
        return RunDir(self.path.parent.parent)

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    @property
    def outbox(self) -> Path:
        return self.path / "outbox"

    @property
    def drops(self) -> Path:
        """`drops/<name>/`: a plain file dropped there is a message to that name.  `drops/self` leads to inbox/new."""
        return self.path / "drops"

    @property
    def lock(self) -> Path:
        """Held (flock) by the owner's program for as long as it lives."""
        return self.path / "lock"

    @property
    def log(self) -> Path:
        """What the worker's program said itself, where it has no pane."""
        return self.path / "worker.log"


@dataclass(frozen=True, slots=True)
class AttemptDir:
    """One attempt: what it was given, and what came of it."""

    path: Path

    @property
    def prompt(self) -> Path:
        return self.path / "prompt.md"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def start(self) -> Path:
        return self.path / "start.json"

    @property
    def agent(self) -> Path:
        """Which process the agent is: {"pid": int, "start": int, "boot": str}, for a program that takes over."""
        return self.path / "agent.json"

    @property
    def alive(self) -> Path:
        """Empty; its agent, and whoever descends from it, has it open."""
        return self.path / "alive"

    @property
    def exit(self) -> Path:
        return self.path / "exit.json"

    @property
    def log(self) -> Path:
        return self.path / "output.log"

    @property
    def stream(self) -> Path:
        """What an agent with a stream of its own prints, as it is; the log has it in readable form."""
        return self.path / "stream.log"

    def turn(self, number: int) -> Path:
        """The prompt of a further turn, from 2 on."""
        return self.path / f"turn-{number}.md"

    @property
    def conversation(self) -> Path:
        """What the built-in agent and its model said to each other, one JSON object to a line."""
        return self.path / "conversation.jsonl"

    @property
    def usage(self) -> Path:
        return self.path / "usage.json"

    @property
    def transcripts(self) -> Path:
        """What an agent with a pane to itself keeps of its conversation, as its hooks name it: {"from": {path: bytes
        that were there before the attempt}, "model"}."""
        return self.path / "transcripts.json"

    @property
    def hook_lock(self) -> Path:
        """Held by the hook that hands messages over to the agent."""
        return self.path / "hook.lock"

    @property
    def wake_lock(self) -> Path:
        """Held by the hook that waits for what comes for an agent that has stopped."""
        return self.path / "wake.lock"

    @property
    def permits(self) -> Path:
        """A file for each permission that may also be given in the agent's own dialog, while it is asked for."""
        return self.path / "permits"

    @property
    def stops(self) -> Path:
        """That an agent with a pane to itself has stopped without a word: {"question": id of what was asked then}."""
        return self.path / "stops.json"

    @property
    def verdict(self) -> Path:
        """What the agent said itself: {"ok": bool, "text": str}, written once (`swarm done`, `swarm fail`)."""
        return self.path / "verdict.json"

    @property
    def report(self) -> Path:
        """The written report of a task that `expects: report`, or of any task that leaves one."""
        return self.path / "report.md"

    @property
    def cell(self) -> Path:
        """What a sandboxed agent has of its own: `git/`, `mail/`, `attempt/`."""
        return self.path / "cell"

    @property
    def rescued(self) -> Path:
        """Nested repositories that were found in the worktree and moved aside before it was switched."""
        return self.path / "rescued"


def home(common_dir: Path) -> Home:
    """The state directory of the repository whose common git directory this is.  Nothing is created."""
    real = Path(os.path.realpath(common_dir))
    name = real.parent.name if real.name == ".git" else real.name.removesuffix(".git")
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:40] or "repository"
    digest = hashlib.sha256(os.fsencode(real)).hexdigest()[:12]
    return Home(state_root() / f"{slug}-{digest}")


def state_root() -> Path:
    """Where the state of all repositories lies; it may not exist.  A relative XDG_STATE_HOME does not count, as its
    specification has it: the same run would lie elsewhere for each directory that one calls from."""
    root = os.environ.get("XDG_STATE_HOME", "")
    return Path(root if os.path.isabs(root) else os.path.expanduser("~/.local/state")) / "swarm"


def data_dir() -> Path:
    """Where files of ours lie that belong to no repository, such as the task file's schema; it may not exist."""
    root = os.environ.get("XDG_DATA_HOME", "")
    return Path(root if os.path.isabs(root) else os.path.expanduser("~/.local/share")) / "swarm"


def config_dir() -> Path:
    """Where a person configures us for all repositories; it may not exist."""
    root = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(root if os.path.isabs(root) else os.path.expanduser("~/.config")) / "swarm"


def socket_dir(run: RunDir) -> Path:
    """A short private directory for the run's tmux socket.  Nothing is created."""
    digest = hashlib.sha256(os.fsencode(os.path.realpath(run.path))).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and len(runtime) < 60:
        return Path(runtime) / "swarm" / digest
    # Not tempfile.gettempdir(): that module alone would take longer to load than `swarm send` takes in all.
    root = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 (`private_dir` refuses what somebody else put there)
    return Path(root) / f"swarm-{os.getuid()}" / digest


def private_dir(path: Path) -> Path:
    """Make `path` (and its parents) if missing, for this user alone; refuse a link or somebody else's directory."""
    if stat.S_IMODE(own_dir(path).st_mode) & 0o077:
        os.chmod(path, 0o700)
    return path


def own_dir(path: Path) -> os.stat_result:
    """Make `path` (and its parents) if missing; refuse a link or somebody else's directory.  What lstat says of it."""
    elsewhere = "point XDG_STATE_HOME (for sockets: XDG_RUNTIME_DIR) to a directory of yours"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = os.lstat(path)
    except FileExistsError:
        seen = os.lstat(path)  # a file, or a link that leads nowhere
    except OSError as error:
        raise SwarmError(
            f"{error.filename} can't be made: {(error.strerror or str(error)).lower()}", elsewhere
        ) from None
    if not stat.S_ISDIR(seen.st_mode):
        what = "a link" if stat.S_ISLNK(seen.st_mode) else "not a directory"
        raise SwarmError(f"{path} is {what}", f"move it away, or {elsewhere}")
    if seen.st_uid != os.getuid():
        raise SwarmError(f"{path} belongs to somebody else (uid {seen.st_uid})", elsewhere)
    return seen
