"""How a worker's program is started, and what of our environment it may see."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from swarm.paths import RunDir

PASSED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM", "COLORTERM", "NO_COLOR",
    "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
)  # fmt: skip
"""Names that every worker, gate and agent may see.  Secrets are never among them."""


def worker_argv(run: RunDir, worker: str) -> list[str]:
    """The program of a worker.  -P: no directory that an agent can write to is searched for modules."""
    return [sys.executable, "-P", "-m", "swarm", "worker", worker, "--dir", str(run.path)]


def worker_env(environ: Mapping[str, str]) -> dict[str, str]:
    """The allow-listed part of our environment, with our own programs found last on PATH."""
    env = {name: environ[name] for name in PASSED if name in environ}
    own = os.path.dirname(sys.executable)
    path = env.get("PATH", os.defpath)
    if own not in path.split(os.pathsep):
        env["PATH"] = f"{path}{os.pathsep}{own}"
    return env
