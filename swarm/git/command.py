"""One hardened git command: its argv and environment, built in one place for every runner.

Knows no repository layout and no policy, and imports no git library, so the light worker program can use it.

git runs programs that a repository names: hooks, fsmonitor, filters, merge and diff drivers, pagers, editors,
credential helpers.  In a repository where agents write, none of them may run in our hands.  So git is told explicitly
where everything is (nothing is discovered), the caller's GIT_* are dropped, and for our own repositories the user's
and the system's configuration are off.  What a setting given by -c can't stop (filters, merge drivers) is kept out by
`Hub.restore_config`, and by merging without a worktree.
"""

from __future__ import annotations

import enum
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from swarm import process
from swarm.errors import SwarmError
from swarm.process import Done


class Runner(Protocol):
    """What ends up running the argv: the standard library (`plain`) or GitPython (`swarm.git.library`)."""

    def __call__(self, argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        """Run to the end; any exit code is an answer.  Raises process.NotStarted and process.TimedOut."""
        ...


def plain(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
    """The runner without a library: what the worker program uses."""
    return process.run(argv, env=env, input=input, timeout=timeout)


class GitFailed(SwarmError):
    """git ended with a code that does not answer the question.  `command` without our fixed options; `err` is its text;
    `where` the repository."""

    def __init__(self, command: tuple[str, ...], code: int, err: str, where: Path | None = None) -> None:
        self.command = command
        self.code = code
        self.err = err
        said = [line for line in err.splitlines() if line.startswith(("fatal: ", "error: "))] or err.splitlines()
        last = "; ".join(printable(line) for line in said[-3:]) or "it said nothing"
        place = f" in {printable(str(where))}" if where else ""
        hint = f"git -C {shlex.quote(printable(str(where)))} fsck   looks at that repository" if where else ""
        super().__init__(f"git {printable(' '.join(command[:4]))} failed{place} (exit {code}): {last}", hint)


class Profile(enum.Enum):
    """Whose repository it is, and so whose configuration holds."""

    OURS = "ours"
    """The hub and its worktrees: no configuration but the hub's own, no programs, everything fsynced."""
    USERS = "users"
    """The user's repository, read or fetched into: their configuration, but no hooks, no fsmonitor, no upkeep; what is
    written is fsynced."""
    USERS_OWN_HAND = "users own hand"
    """The user's repository, where we do what the user would type: with their hooks and their environment, fsynced."""


_QUIET = ("core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false")
_NO_HOOKS = ("core.hooksPath=/dev/null",)
# git's default leaves broken refs and empty objects after a power loss, in the user's repository as in ours; and what
# the hub finds in that one it does not write a second time.
_DURABLE = ("core.fsync=all",)
_HARDENED = (
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",  # the user's own is copied into the hub's info/exclude
    "core.logAllRefUpdates=always",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "core.sparseCheckout=false",
    "index.sparse=false",
    "core.commitGraph=false",  # an agent could write one that lies about the parents of a commit
    "core.trustctime=true",  # with checkStat: a file with a forged mtime does not pass for clean
    "core.checkStat=default",
    "core.autocrlf=false",
    "core.safecrlf=false",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "commit.gpgSign=false",
    "i18n.commitEncoding=UTF-8",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "merge.renames=true",
    # A file that a branch adds stays where the branch put it: guessing that its directory moved would change paths that
    # the branch never touched, and git's own default turns that guess into a conflict.
    "merge.directoryRenames=false",
    "merge.renormalize=false",
    "advice.detachedHead=false",
)
_CONFIG = {
    Profile.OURS: _DURABLE + _QUIET + _NO_HOOKS + _HARDENED,
    Profile.USERS: (*_DURABLE, *_QUIET, *_NO_HOOKS, "core.warnAmbiguousRefs=true"),
    Profile.USERS_OWN_HAND: _DURABLE,
}

_ALLOWED = ("PATH", "HOME", "LANG", "TMPDIR")
_ALWAYS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false",
}
ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_DEFAULT_REF_FORMAT": "files",  # worktrees are made by writing files that reftable does not have
}
"""For our own repositories: nobody's configuration but theirs."""

LONGEST = 1800.0
"""Seconds that one git command may take unless its caller says otherwise: more than any checkout on a slow disk needs.
One that never ends (a network file system that is gone) would otherwise hold a worker or a gate in silence."""

MARK = "SWARM_GIT_DIR"
"""Every git command of ours carries its git directory under this name, so that one which outlived the program that
started it can be found."""
_OWN_HAND = {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "false", "LC_ALL": "C"}


def environment(profile: Profile, base: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a git command, made from the caller's environment `base`."""
    match profile:
        case Profile.OURS:
            return {**process.environment(base, _ALLOWED), **_ALWAYS, **ALONE}
        case Profile.USERS:
            return {**process.environment(base, (*_ALLOWED, "XDG_CONFIG_HOME")), **_ALWAYS}
        case Profile.USERS_OWN_HAND:
            theirs = dict(base)
            process.strip_git(theirs)
            return {**theirs, **_OWN_HAND}


def options(profile: Profile, config: Sequence[str] = ()) -> list[str]:
    """git's own options in front of the command: no pager, and each setting as -c."""
    return ["--no-pager", *(word for setting in (*_CONFIG[profile], *config) for word in ("-c", setting))]


@dataclass(frozen=True)
class Git:
    """git with everything said explicitly.  All paths absolute; commands run at the top of the work tree.

    Arguments must be ours: literals, full object ids, ref names from `swarm.git.refs`, and paths after `--`.
    """

    git_dir: Path
    work_tree: Path | None
    runner: Runner = plain
    config: tuple[str, ...] = ()
    profile: Profile = Profile.OURS

    def argv(self, *args: str) -> list[str]:
        """The whole command line."""
        # -C as well: otherwise a caller inside the work tree would narrow commands such as `clean` to its directory.
        where = ["-C", str(self.work_tree or self.git_dir), f"--git-dir={self.git_dir}"]
        if self.work_tree:
            where.append(f"--work-tree={self.work_tree}")
        return ["git", *where, *options(self.profile, self.config), *args]

    def environ(self) -> dict[str, str]:
        """The whole environment, with the mark by which a git that outlived its program is found."""
        return {**environment(self.profile, os.environ), MARK: str(self.git_dir)}

    def run(
        self,
        *args: str,
        input: bytes | None = None,
        ok: tuple[int, ...] = (0,),
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Done:
        """Run one command; GitFailed for an exit code outside `ok`.  `env` is added to the fixed environment.

        Raises process.TimedOut after `timeout` seconds, LONGEST where none are given; never where the user's own hooks
        may run, which wait for whatever they like.
        """
        whole = {**self.environ(), **(env or {})}
        if timeout is None and self.profile is not Profile.USERS_OWN_HAND:
            timeout = LONGEST
        done = self.runner(self.argv(*args), whole, input, timeout)
        if done.code not in ok:
            raise GitFailed(args, done.code, text_of(done.err), self.work_tree or self.git_dir)
        return done

    def text(self, *args: str, input: bytes | None = None, env: Mapping[str, str] | None = None) -> str:
        """What the command printed, without the white space around it."""
        return text_of(self.run(*args, input=input, env=env).out).strip()

    def lines0(self, *args: str, env: Mapping[str, str] | None = None) -> list[str]:
        """What a command with -z printed, as its parts.  Paths are str with surrogates for bytes that are not UTF-8."""
        return parts0(self.run(*args, env=env).out)


def user_git(git_dir: Path, work_tree: Path | None, runner: Runner = plain) -> Git:
    """git for the user's own repository: reads as little as it can, takes no optional lock, starts no upkeep."""
    return Git(git_dir, work_tree, runner, profile=Profile.USERS)


def looking_from(runner: Runner, cwd: Path, *args: str) -> Done:
    """The one command that lets git look for a repository, from the user's own `cwd`; any exit code returns."""
    argv = ["git", "-C", str(cwd), *options(Profile.USERS), *args]
    return runner(argv, environment(Profile.USERS, os.environ), None, None)


_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


def is_oid(text: str) -> bool:
    """Whether this is a full object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits."""
    return _OID.match(text) is not None


def oid(text: str) -> str:
    """`text` itself if it is a full object id; ValueError otherwise, because only code can get this wrong."""
    if not is_oid(text):
        raise ValueError(f"not a full object id: {text[:80]!r}")
    return text


def zero(like: str) -> str:
    """The null object id of the same length: to `update-ref` it means absent."""
    return "0" * len(like)


def text_of(raw: bytes) -> str:
    """Bytes from git as text; what is not UTF-8 comes back unchanged through `bytes_of`."""
    return raw.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The inverse of `text_of`."""
    return text.encode("utf-8", "surrogateescape")


def parts0(raw: bytes) -> list[str]:
    """NUL-terminated parts as text."""
    return [text_of(part) for part in raw.split(b"\0")[:-1]]


def join0(parts: Sequence[str]) -> bytes:
    """Parts as NUL-terminated bytes, for a command with -z --stdin."""
    return b"".join(bytes_of(part) + b"\0" for part in parts)


def printable(text: str) -> str:
    """`text` for a person's terminal: anything that could drive it is shown as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
