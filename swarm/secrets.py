"""The secrets of agents: variables of the user's that a task lists, and what an adapter needs to log in.

They come from the environment of `swarm start` (kept in the run's directory, for this user alone, until the run has
ended) or from the user's own file `secrets`, which wins and is read anew for each turn of an agent.  A line there is
`NAME=value`, or `NAME@worker=value` for that worker alone: to take one away revokes it.  No value is ever on a command
line, in a log or in the journal; knows nothing of what agents print.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from swarm.errors import SwarmError
from swarm.files import read_json, read_part, write_json
from swarm.paths import RunDir, config_dir

MOST_BYTES = 1 << 20

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:@([a-z0-9][a-z0-9_-]{0,62}))?[ \t]*=[ \t]*(.*)\Z")


def secrets_file() -> Path:
    """Where the user's own secrets lie; it may not exist."""
    return config_dir() / "secrets"


def keep(run: RunDir, names: Iterable[str], environ: Mapping[str, str]) -> None:
    """Keep those of these variables that are set, for the workers of the run; others that were kept stay."""
    found = {name: environ[name] for name in names if name in environ}
    known = read_json(run.secrets)
    if found and {**known, **found} != known:
        write_json(run.secrets, {**known, **found})


def forget(run: RunDir) -> None:
    """The run has ended: nothing stays of what was kept."""
    run.secrets.unlink(missing_ok=True)


def secrets(run: RunDir, worker: str, names: Iterable[str], may: Iterable[str] = ()) -> dict[str, str]:
    """The variables of these names for that worker, and those of `may` that there are.  Raises SwarmError where one of
    `names` is nowhere, or the user's file can be read by others."""
    there = {**_kept(run), **of_user(worker)}
    for name in names:
        if name not in there:
            raise missing(name)
    return {name: there[name] for name in (*may, *names) if name in there}


def missing(name: str) -> SwarmError:
    """That a secret is nowhere."""
    return SwarmError(
        f"the secret {name} is not there", f"set it where you type swarm start, or write {name}=… to {secrets_file()}"
    )


def of_user(worker: str) -> dict[str, str]:
    """What the user's file has for that worker.  Raises SwarmError where others may read it, or a line makes no sense;
    what stands in the line is not told."""
    path = secrets_file()
    if not os.path.lexists(path):
        return {}
    seen = os.stat(path)
    if not stat.S_ISREG(seen.st_mode) or seen.st_uid != os.getuid():
        raise SwarmError(f"{path} is no file of yours", "mend that")
    if stat.S_IMODE(seen.st_mode) & 0o077:
        raise SwarmError(f"{path} can be read by others", f"chmod 600 {path}")
    text = read_part(path.resolve(), 0, MOST_BYTES).decode("utf-8", "replace")
    found: dict[str, str] = {}
    own: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = _LINE.match(line.strip())
        if parts is None:
            raise SwarmError(f"{path}:{number}: expected NAME=value or NAME@worker=value", "mend the line")
        if parts[2] in (None, worker):
            (own if parts[2] else found)[parts[1]] = parts[3]
    return {**found, **own}


def _kept(run: RunDir) -> dict[str, str]:
    return {name: value for name, value in read_json(run.secrets).items() if isinstance(value, str)}
