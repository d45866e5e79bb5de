"""The private tmux server of a run: one window per worker, for people to look at and to attach to.

Knows nothing of runs, tasks or agents, and is asked nothing that decides something: whether a worker lives is told by
its lock, how an attempt ended by its exit record (tmux 3.3a loses exit statuses).  No keystroke is ever sent.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from swarm.errors import SwarmError
from swarm.paths import private_dir
from swarm.process import Identity, alive, ended_within, identity, marked, signal_process
from swarm.tmux import capture, record
from swarm.tmux.client import TOO_LATE, Call, Client
from swarm.tmux.options import SESSION, begin
from swarm.tmux.pane import ASK, MARK, Pane, by_worker, checked_id, checked_name
from swarm.tmux.version import check_version

PATIENCE = 5.0
"""Seconds for a server to come back on its socket, or to end."""

OPEN_FILES = 8192
"""A server with a hundred panes needs some hundred descriptors; at the end of them it spins and its clients hang."""

RUN_THERE = 'cd "$0" && exec "$@"'
"""tmux gives a single word to a shell, expands formats in a directory, and goes home where there is none.  This does
the same for one word as for many, and nothing where the directory is missing."""


class TmuxServer:
    """The server on the socket in `socket_dir` (swarm.paths.socket_dir); `title`, a run's name, is in its status line.

    Nothing is started before `ensure`.  Several processes may hold one; those that start or end it take turns.
    """

    def __init__(self, socket_dir: Path, title: str = SESSION) -> None:
        self.socket = socket_dir / "tmux.sock"
        self.title = checked_name(title)
        self._dir = socket_dir
        self._record = socket_dir / "server.json"
        self._client = Client(self.socket)

    def ensure(self) -> None:
        """Make the server run and answer; safe to call at any time, and cheap where it does already.

        A socket that was deleted under a living server is made again; a dead server is replaced, without its panes.
        SwarmError where tmux is missing, too old, or a living server doesn't answer.
        """
        check_version()
        with self._turn():
            seen = self._seen() or self._revived()
            if seen is None:
                raise_open_files()
                self.socket.unlink(missing_ok=True)
            if seen is None or SESSION not in seen[1]:
                begun = self._client.run(*begin(self.title))
                seen = self._seen()
                if begun.returncode != 0 or seen is None:
                    raise SwarmError(f"tmux did not start: {said(begun)}", "look at `swarm doctor`")
            if record.read(self._record) != seen[0]:
                record.write(self._record, seen[0])

    def open_window(self, name: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> Pane:
        """A new window that runs `argv` in `cwd`; no shell reads its words.  SwarmError where tmux refuses.

        `env` is added to the pane's environment and can be read by every program of the user: no secrets.
        """
        settings = [word for key, value in env.items() for word in ("-e", f"{key}={value}")]
        program = ["/bin/sh", "-c", RUN_THERE, str(cwd.absolute()), *argv]
        # Without -d the new window is the current one of this call, so that it is made and marked in one step.
        made = self._client.run(
            ["new-window", "-t", f"={SESSION}:", "-n", checked_name(name), *settings, "--", *program],
            ["set-option", "-p", MARK, name],
            ["display-message", "-p", ASK],
        )
        pane = Pane.parse(made.stdout[-1]) if made.returncode == 0 and made.stdout else None
        if pane is None:
            raise SwarmError(f"tmux opened no window for {name}: {said(made)}", "look at `swarm doctor`")
        return pane

    def panes(self) -> dict[str, Pane] | None:
        """The workers' panes by worker, dead programs' included.

        None where tmux doesn't tell (no server, no session, no answer), which says nothing about the workers.
        """
        listed = self._client.run(["list-panes", "-a", "-F", ASK])
        return by_worker(listed.stdout) if listed.returncode == 0 else None

    def capture(self, pane_id: str, lines: int) -> str:
        """The last lines of a pane as plain text, for a person's eyes (see capture.last); empty where it is gone."""
        return self.capture_many([pane_id], lines).get(pane_id, "")

    def capture_many(self, pane_ids: Sequence[str], lines: int) -> dict[str, str]:
        """The last lines of several panes in one call; those that can't be read are left out."""
        return capture.capture(self._client, pane_ids, lines)

    def close(self, pane: Pane) -> bool:
        """Close a pane if it still is that worker's; False where it was gone or not ours."""
        ours = f"#{{==:#{{{MARK}}},{checked_name(pane.worker)}}}"
        kill = f"display-message -p closed ; kill-pane -t {checked_id(pane.id)}"
        return self._client.run(["if-shell", "-F", "-t", pane.id, ours, kill]).stdout == ["closed"]

    def attach_argv(self, pane: Pane, read_only: bool = False) -> list[str]:
        """The command that shows a pane in the caller's terminal, until it is left by the detach key.

        Each viewer has a session of its own on the same windows, so that two can look at different ones; it ends with
        the viewer.
        """
        words = ["new-session", "-t", SESSION]
        words += [";", "set-option", "destroy-unattached", "on", ";", "select-window", "-t", f":{pane.window}"]
        words += [";", "switch-client", "-r"] if read_only else []
        return ["env", "-u", "TMUX", "-u", "TMUX_PANE", *self._client.argv(*words)]

    def kill(self) -> None:
        """End the server and return when it and its socket are gone; programs in panes get SIGHUP."""
        if not self._dir.is_dir() and not self._strays():
            return
        with self._turn():
            who = record.read(self._record)
            if who is None or not alive(who):
                seen = self._seen()
                who = seen[0] if seen else None
            for one in dict.fromkeys([who, *self._strays()] if who else self._strays()):
                signal_process(one, signal.SIGTERM)  # as kill-server does, which returns too early and needs the socket
                if not ended_within(one, PATIENCE):
                    signal_process(one, signal.SIGKILL)
                    ended_within(one, PATIENCE)
            self.socket.unlink(missing_ok=True)
            self._record.unlink(missing_ok=True)
            try:
                self._dir.rmdir()
            except OSError:
                return  # somebody started a tmux of their own in a pane, whose socket lies there

    def _seen(self) -> tuple[Identity, list[str]] | None:
        """The server and the names of its sessions, as it tells itself; None where nobody answers on the socket.

        SwarmError where the answer is none.
        """
        told = self._client.run(["display-message", "-p", "#{pid}"], ["list-sessions", "-F", "#{session_name}"])
        if told.returncode == TOO_LATE:
            raise self._no_answer(record.read(self._record))
        if told.returncode != 0 or not told.stdout:
            return None
        if not told.stdout[0].isdecimal():  # a wrapper that prints something of its own
            answer = told.stdout[0][:80]
            raise SwarmError(f"tmux was asked for its server and said {answer!r}", "look at `swarm doctor`")
        who = identity(int(told.stdout[0]))
        return (who, told.stdout[1:]) if who else None

    def _revived(self) -> tuple[Identity, list[str]] | None:
        """A server that lives and lost its socket, after it made a new one; None where no server lives."""
        who = record.read(self._record) or next(iter(self._strays()), None)
        if who is None or not signal_process(who, signal.SIGUSR1):  # tmux(1): makes the socket again
            return None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            seen = self._seen()
            if seen:
                return seen
            if ended_within(who, 0.01):  # the pause, too: tmux doesn't tell when its socket is back
                return None
        raise self._no_answer(who)

    def _strays(self) -> list[Identity]:
        """Servers of ours whose record is lost: the directory was removed, as a cleaner of temporary files may do.

        They carry our directory in their environment, which whatever a person starts in a pane does too, and have our
        socket among their arguments, which only they and our clients have.
        """
        mine = [who for who in marked({"TMUX_TMPDIR": str(self._dir)}) if _is_server(who, self.socket)]
        return sorted(mine, key=lambda who: who.start or 0, reverse=True)

    def _no_answer(self, who: Identity | None) -> SwarmError:
        """A server lives and doesn't answer.  A second one beside it would hide its panes."""
        hint = f"end it with `kill -9 {who.pid}`; headless workers go on" if who else "look at `swarm doctor`"
        return SwarmError(f"the tmux server on {self.socket} doesn't answer", hint)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One starts or ends the server at a time.  The lock is the directory itself, so there is no file to leave."""
        while True:
            handle = os.open(private_dir(self._dir), os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if is_at(handle, self._dir):  # else the one before us removed it
                    yield
                    return
            finally:
                os.close(handle)


def _is_server(who: Identity, socket: Path) -> bool:
    """Whether this is a server that was started for the socket."""
    try:
        argv = Path(f"/proc/{who.pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return os.fsencode(socket) in argv and b"start-server" in argv


def is_at(handle: int, path: Path) -> bool:
    """Whether the open directory still is the one of that name."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def said(done: Call) -> str:
    """What tmux complained of, in one line."""
    return " ".join(done.stderr) or f"exit status {done.returncode}"


def raise_open_files() -> None:
    """Let this process and what it starts open up to OPEN_FILES files, as far as its hard limit goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
