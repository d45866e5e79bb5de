"""Our state on this machine: whether its directory can be written and its file system keeps the promises we build on.

Those are: a lock keeps others out and ends with its holder, a link is made once, a file is synced.  Network file
systems and container mounts break one or another of them.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from swarm.cli.health.finding import Finding, fail, ok, told, warn
from swarm.errors import SwarmError
from swarm.files import nearest
from swarm.paths import Home, own_dir, private_dir, socket_dir

MOST_SOCKET = 107
"""Bytes of a unix socket's path."""

DOUBTFUL = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "vboxsf", "vfat", "exfat", "fuse.sshfs", "drvfs"})
"""File systems whose locks or links are known to lie, at least in some set-ups."""


def state(home: Home) -> Iterator[Finding]:
    """Everything; nothing is left behind, and the state directory is not made."""
    yield directory(home.path)
    kind = file_system(home.path)
    if kind in DOUBTFUL:
        way_out = "point XDG_STATE_HOME to a local disk"
        yield warn("file system", f"{kind}: locks on it are not always kept", way_out)
    yield socket(home)


def directory(path: Path) -> Finding:
    """Whether files can be made in it, locked, linked and synced."""
    where, way_out = nearest(path), "point XDG_STATE_HOME to a directory of yours on a local disk"
    try:
        if path.is_dir() and own_dir(path).st_mode & 0o077:
            text = f"{path} can be read by others, as prompts and logs can"
            return warn("state", text, "swarm doctor --fix", partial(private_dir, path))
        with tempfile.TemporaryDirectory(prefix=".swarm-doctor-", dir=where) as scratch:
            trouble = broken_promise(Path(scratch))
    except SwarmError as error:
        return told("state", error)
    except OSError as error:
        return fail("state", f"{where} can't be written: {(error.strerror or str(error)).lower()}", way_out)
    if trouble:
        return fail("state", f"{where}: {trouble}", way_out)
    return ok("state", f"{path}: locks, links and syncs work")


def broken_promise(scratch: Path) -> str:
    """What the file system under an empty directory does not do, or "".  OSError where it does not even write."""
    one = scratch / "one"
    first = os.open(one, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    second = os.open(one, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.write(first, b"x")
        os.fsync(first)
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _can_lock(second):
            return "a lock does not keep a second holder out"
    except OSError as error:
        return f"locks or syncs don't work: {(error.strerror or str(error)).lower()}"
    finally:
        os.close(first)
        os.close(second)
    try:
        os.link(one, scratch / "two")
    except OSError as error:
        return f"links don't work: {(error.strerror or str(error)).lower()}"
    return ""


def _can_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The type of the file system that the path is on, or will be; "" where the platform doesn't tell."""
    try:
        lines = [line.split(" ") for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    real = os.path.realpath(path)
    above = [(_unescaped(fields[1]), fields[2]) for fields in lines if len(fields) > 2]
    fitting = [(place, kind) for place, kind in above if _is_within(real, place)]
    return max(fitting, key=lambda one: len(one[0]), default=("", ""))[1]


def _is_within(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")


def _unescaped(text: str) -> str:
    return text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")


def socket(home: Home) -> Finding:
    """Whether tmux's socket has a short enough path, in a directory that can be ours."""
    path = socket_dir(home.run("x")) / "tmux.sock"
    length, way_out = len(os.fsencode(path)), "unset XDG_RUNTIME_DIR or TMPDIR, or point them to a short path of yours"
    if length > MOST_SOCKET:
        return fail("socket", f"{path} is {length} bytes long, {MOST_SOCKET} are allowed", way_out)
    place = nearest(path.parent)
    if not os.access(place, os.W_OK):
        return fail("socket", f"{place} can't be written", way_out)
    return ok("socket", f"in {path.parent.parent}")
