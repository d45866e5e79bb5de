"""The sandbox of an agent or a gate: the bubblewrap command that its own command stands behind.

Knows paths and bubblewrap, nothing of tasks or git.  What holds inside:

- the whole machine can be read as the user reads it, and nothing of it written;
- `$HOME`, other homes, `/tmp`, `/run`, and what the caller hides (all state of swarm, the user's checkout) are empty,
  and what is written there is gone at the end;
- what the caller binds is there, at the place where it always is, to read or to write; then what the task file lists;
- the processes see only each other, have no capability and gain none, and end with the first of them; that one ends
  with the program that started the sandbox;
- the network is the machine's, or there is none.

Weaknesses: with the network on, whatever listens on this machine can be reached, abstract sockets too.  For root, files
of root are readable, whatever they are; the user that runs swarm should be another one.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from swarm.core.plaintext import harmless
from swarm.core.plan import Fence, Sandbox
from swarm.errors import SwarmError
from swarm.packages import how_to_install
from swarm.process import NotStarted, TimedOut, run

PROGRAM, PACKAGE = "bwrap", "bubblewrap"
CANARY_SECONDS = 20.0
"""How long an empty sandbox may take; it takes some milliseconds."""

EMPTY = ("/tmp", "/var/tmp", "/run", "/home", "/root", "/mnt", "/media")  # noqa: S108 (they are hidden)
"""Directories that hold sockets, secrets and other people's files."""
_PRIVATE = ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
_OF_RUN = ("/run/current-system", "/run/opengl-driver", "/run/wrappers")
"""What some systems keep their programs under."""
_PACKAGES = ("swarm", "inbox", "board")
_SHARED = "1777"

_ALWAYS = (
    "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-user", "--unshare-pid", "--unshare-ipc",
    "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL", "--die-with-parent",
)  # fmt: skip
# --unshare-user: as root bubblewrap would leave it out, and keep all capabilities.  No --new-session: the agent has a
# session of its own already and no terminal, and in a further one no signal to its group would reach it.


@dataclass(frozen=True, slots=True)
class Bind:
    """`source` is seen at `place`, both absolute; to read, or to `write`."""

    source: Path
    place: Path
    write: bool = False


def command(
    sandbox: Sandbox, cwd: Path, hidden: Iterable[Path], binds: Iterable[Bind], environ: Mapping[str, str]
) -> tuple[str, ...]:
    """What to put before a command, and `()` where there is no sandbox.

    `cwd`: where the command begins.  `hidden` is empty inside but for what lies below it in `binds`, and a task file
    can't open it.  Raises SwarmError where bubblewrap is missing, or the task file lists what is not there or hidden.
    """
    if sandbox.kind is Fence.NONE:
        return ()
    ours = {real for path in hidden if (real := _real(path)) != Path("/") and real.is_dir()}
    masks = {real for path in _private(environ) if (real := _real(path)) != Path("/") and real.is_dir()}
    system = [Bind(path, path) for path in _system() if any(path.is_relative_to(mask) for mask in masks | ours)]
    layers = [_mask(path) for path in masks]
    layers += [_bound(bind) for bind in (*system, *_listed(sandbox, ours, environ)) if bind.place not in ours]
    layers += [_mask(path) for path in ours]
    own = [one for bind in binds for one in _seen(bind, masks | ours)]
    layers += [_bound(bind) for bind in own]
    # What lies deeper comes later; of two at one place the later in the list.
    layers.sort(key=lambda layer: len(layer.place.parts))
    words = [word for layer in layers for word in layer.words]
    as_root = ("--remount-ro", "/proc") if os.geteuid() == 0 else ()
    # For root the kernel's own settings under /proc/sys would be writable: bubblewrap covers them for others only.
    net = () if sandbox.network else ("--unshare-net",)
    return (program(), *_ALWAYS, *net, *words, *as_root, "--chdir", str(cwd))


def program() -> str:
    """The path of bubblewrap.  Raises SwarmError with what to type."""
    found = shutil.which(PROGRAM)
    if found is None:
        raise SwarmError("sandbox: bwrap was not found", f"{how_to_install(PACKAGE)}; or write sandbox: none")
    return os.path.abspath(found)


def check(sandbox: Sandbox, environ: Mapping[str, str], hidden: Iterable[Path] = ()) -> None:
    """Try it out.  Raises SwarmError where such a sandbox can't be had here."""
    if sandbox.kind is Fence.NONE:
        return
    try:
        box = command(sandbox, Path("/"), hidden, (), environ)
        done = run([*box, "--", "/bin/true"], env={}, timeout=CANARY_SECONDS)
    except (NotStarted, TimedOut) as error:
        raise SwarmError(f"sandbox: {error.message}", _ALLOW) from None
    if done.code:
        said = harmless(done.err.decode("utf-8", "replace")).strip().splitlines()
        raise SwarmError(f"sandbox: bwrap does not start here: {said[-1] if said else f'status {done.code}'}", _ALLOW)


_ALLOW = (
    "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, or on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container, its security options); or write sandbox: none"
)


@dataclass(frozen=True, slots=True)
class _Layer:
    place: Path
    words: tuple[str, ...]


def _mask(path: Path) -> _Layer:
    mode = _SHARED if path.name == "tmp" else "0700"
    return _Layer(path, ("--perms", mode, "--tmpfs", str(path)))


def _bound(bind: Bind) -> _Layer:
    return _Layer(bind.place, ("--bind" if bind.write else "--ro-bind", str(bind.source), str(bind.place)))


def _seen(bind: Bind, masks: set[Path]) -> list[Bind]:
    """A bind at the real path of its place, and at the path as it is spelt where no link to it is left inside."""
    real = Bind(bind.source, _real(bind.place.parent) / bind.place.name, bind.write)
    if real.place != bind.place and any(bind.place.is_relative_to(mask) for mask in masks):
        return [real, bind]
    return [real]


def _listed(sandbox: Sandbox, ours: set[Path], environ: Mapping[str, str]) -> list[Bind]:
    """What the task file lists."""
    home = environ.get("HOME", "")
    named = [(f"{home}/{one.removesuffix(':rw')}", one.endswith(":rw"), "home") for one in sandbox.home if home]
    named += [(one, True, "write") for one in sandbox.write]
    found = []
    for text, write, key in named:
        real = _real(Path(text))
        if any(real.is_relative_to(path) for path in ours):
            raise SwarmError(f"sandbox: {key}: {text} is kept from all agents", "take it out of the list")
        if real.exists():
            # A link is seen at its own place too, where the directory that held it is hidden.
            places = [real, Path(text)] if key == "home" else [real]
            found += [Bind(real, place, write) for place in dict.fromkeys(places)]
        elif write:
            raise SwarmError(f"sandbox: {key}: {text} is not there", "make it, or take it out of the list")
    return found


def _private(environ: Mapping[str, str]) -> list[Path]:
    named = [environ[name] for name in _PRIVATE if os.path.isabs(environ.get(name, ""))]
    return [Path(text) for text in (*EMPTY, *named)]


def _system() -> set[Path]:
    """What may lie in a hidden place and has to be seen all the same: name resolution, programs, our own modules."""
    package = Path(__file__).parent
    wanted = {_real(Path("/etc/resolv.conf")), *(Path(text) for text in _OF_RUN), Path(sys.prefix)}
    wanted |= {Path(sys.base_prefix), *(package.with_name(name) for name in _PACKAGES)}
    wanted |= {Path(text) for text in sys.path if os.path.isabs(text) and Path(text) != package.parent}
    if package.parent.name == "site-packages":
        wanted.add(package.parent)
    real = {found for path in wanted if (found := _real(path)).exists()}
    return {path for path in real if real.isdisjoint(path.parents)}


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
