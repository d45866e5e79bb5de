"""Guards and the few fixtures that all tests share.

Each test lives in a world of its own: an empty home, short directories for state and sockets, no caller's tmux or git.
A test fails when it reaches out of that world (the real home, an address outside this machine) or leaves a process or
a socket behind.  It knows nothing of our own packages, so that a broken import breaks only its own tests.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

REAL_HOME = os.path.realpath(os.path.expanduser("~"))
MAY_LIE_IN_HOME = tuple(
    os.path.realpath(path)
    for path in (Path(__file__).parents[1], sys.prefix, sys.base_prefix, tempfile.gettempdir(), *sys.path)
    if path and os.path.realpath(path) != REAL_HOME
)
"""This checkout and the interpreter often lie in the user's home; reading them is no trespass."""

GRACE = 3.0
"""Seconds that a process may take to end after its test: a killed tmux server needs a moment."""

GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.invalid",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.invalid",
    "GIT_AUTHOR_DATE": "2024-01-02T03:04:05+00:00",
    "GIT_COMMITTER_DATE": "2024-01-02T03:04:05+00:00",
}


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever started us in the background has it ignored, and programs that we start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Trespass(BaseException):
    """A test reached out of its world.  No Exception, so that the code under test can't swallow it."""


class Watch:
    """What the interpreter's audit events tell about the test that runs now."""

    def __init__(self) -> None:
        self.active = False
        self.spawned = False
        self.trespasses: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook.  Hooks can't be removed again, hence `active`."""
        if not self.active:
            return
        if event in SPAWNING:
            self.spawned = True
        elif event in PATH_EVENTS:
            self._check_path(event, args[0])
        elif event in {"socket.connect", "socket.sendto"}:
            self._check_address(event, args[1])
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            self._check_host(event, args[0])

    def _check_path(self, event: str, path: object) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        name = os.path.abspath(os.fsdecode(path))
        if inside(name, REAL_HOME) and not any(inside(name, place) for place in MAY_LIE_IN_HOME):
            self._refuse(f"{event} in the real home: {name}")

    def _check_address(self, event: str, address: object) -> None:
        if isinstance(address, tuple):
            self._check_host(event, address[0])

    def _check_host(self, event: str, host: object) -> None:
        name = os.fsdecode(host) if isinstance(host, str | bytes) else ""
        if not is_local(name):
            self._refuse(f"{event} to an outside address: {name}")

    def _refuse(self, what: str) -> None:
        self.trespasses.append(what)
        raise Trespass(what)


SPAWNING = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
PATH_EVENTS = frozenset(
    {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.listdir", "os.scandir", "os.link"}
)


def inside(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def is_local(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


WATCH = Watch()
sys.addaudithook(WATCH)


@pytest.fixture(autouse=True)
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The test's own world; yields its directory, whose path is short enough for a unix socket (107 bytes)."""
    root = Path(tempfile.mkdtemp(prefix="sw-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch, root)
        WATCH.spawned, WATCH.trespasses = False, []
        WATCH.active = REAL_HOME != "/"
        try:
            yield root
        finally:
            WATCH.active = False
            problems = list(WATCH.trespasses)
            problems += leftover_processes(str(root)) if WATCH.spawned else []
            problems += leftover_sockets(root)
            shutil.rmtree(root, ignore_errors=True)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def isolate(patch: pytest.MonkeyPatch, root: Path) -> None:
    """Point every variable that leads to the user's things at `root`, and drop what speaks of the caller."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "TMUX", "SWARM_", "XDG_", "ANTHROPIC_", "OPENAI_")):
            patch.delenv(name)
    for name, directory in {"HOME": "home", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "rt"}.items():
        (root / directory).mkdir(mode=0o700)
        patch.setenv(name, str(root / directory))
    (root / "gitconfig").touch()
    patch.setenv("GIT_CONFIG_GLOBAL", str(root / "gitconfig"))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("TMUX_TMPDIR", str(root / "rt"))
    patch.setenv("SWARM_TEST_MARK", str(root))


def leftover_processes(mark: str) -> list[str]:
    """Processes that still carry the mark after the grace; each is killed and named."""
    deadline = time.monotonic() + GRACE
    problems = []
    for pid in marked(mark):
        try:
            life = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            command = command_line(pid)
            if not select.select([life], [], [], max(0.0, deadline - time.monotonic()))[0] and pid in marked(mark):
                signal.pidfd_send_signal(life, signal.SIGKILL)
                problems.append(f"left a process behind: {pid} {command}")
        finally:
            os.close(life)
    return problems


def marked(mark: str) -> list[int]:
    """Living processes whose environment or arguments name this test's world.

    An agent or a tmux server starts with a clean environment, yet all of them are given HOME.
    """
    wanted = os.fsencode(mark)
    found = []
    for entry in Path("/proc").glob("[0-9]*") if os.path.isdir("/proc") else ():
        try:
            if wanted in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # somebody else's, or gone since
    return [pid for pid in found if pid != os.getpid()]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(gone)"


def leftover_sockets(root: Path) -> list[str]:
    return [f"left a socket behind: {path}" for path in root.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]


def git(repository: Path, *args: str) -> str:
    """Run git there with a fixed identity and date; its output without the last newline."""
    environment = {**os.environ, **GIT_IDENTITY}
    done = subprocess.run(
        ["git", "-C", str(repository), *args], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip("\n")


MakeRepo = Callable[..., Path]
DEFAULT_FILES: Mapping[str, str] = MappingProxyType(
    {"README.md": "a small repository\n", "src/app.py": "print('hello')\n"}
)


@pytest.fixture
def make_repo(tmp_path: Path) -> MakeRepo:
    """A factory of real repositories: make_repo(files, commits, name) -> path of a clean checkout of `main`.

    The first commit holds `files` (path to text); each of the `commits` - 1 that follow adds a line to history.txt.
    """

    def make(files: Mapping[str, str] = DEFAULT_FILES, commits: int = 1, name: str = "repo") -> Path:
        root = tmp_path / name
        root.mkdir(parents=True)
        git(root, "init", "--quiet", "--initial-branch", "main")
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        for number in range(1, commits + 1):
            if number > 1:
                with (root / "history.txt").open("a") as history:
                    history.write(f"commit {number}\n")
            git(root, "add", "--all")
            git(root, "commit", "--quiet", "--allow-empty", "--message", f"commit {number}")
        return root

    return make


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    """A small real repository: one commit on `main`."""
    return make_repo()
