"""Who works where: processes of a program that have to do with some places, by all that the kernel tells of them.

For whoever has to wait until nobody of that kind is left; it may name one too many, never one too few of those that
stand in a place, name it among their arguments, or were started with it in their environment.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from swarm.process.who import Identity, alive, has_proc, identity


def at_work(program: str, places: Sequence[Path], but: Collection[str] = ()) -> list[Identity]:
    """Our user's living processes whose name begins with `program`, ourselves excepted, that have to do with one of the
    places (absolute), but for those with a word of `but` among their arguments.  Without /proc nobody is found."""
    if not has_proc():
        return []
    wanted = [os.fsencode(place) for place in places]
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _is_called(entry.name, program):
            who = identity(int(entry.name))
            if who is not None and alive(who) and _has_to_do(entry.name, wanted, but):
                found.append(who)
    return found


def _is_called(pid: str, program: str) -> bool:
    try:
        name = Path(f"/proc/{pid}/comm").read_bytes()
        return name.startswith(os.fsencode(program)) and os.stat(f"/proc/{pid}").st_uid == os.getuid()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _has_to_do(pid: str, places: Sequence[bytes], but: Collection[str]) -> bool:
    argv = _read(f"/proc/{pid}/cmdline")
    if {os.fsencode(word) for word in but} & set(argv.split(b"\0")):
        return False
    told = argv + b"\0" + _read(f"/proc/{pid}/environ")
    cwd = b""
    with suppress(OSError):
        cwd = os.fsencode(os.readlink(f"/proc/{pid}/cwd"))
    return any(place in told or cwd == place or cwd.startswith(place + b"/") for place in places)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""  # it is gone, or not ours to look at
