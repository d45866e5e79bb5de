"""What the verbs that read a task file without starting anything share: where its other files are looked for.

Knows nothing of what is in it.
"""

from __future__ import annotations

from pathlib import Path

from swarm.errors import SwarmError
from swarm.git.repository import discover


def root_of(file: Path) -> Path:
    """The repository that a task file's roles and prompt files are looked for in; outside of one, the file's directory.

    A file can be checked and drawn before there is a repository at all.
    """
    try:
        return discover(Path.cwd()).top
    except SwarmError:
        return Path.cwd() if str(file) == "-" else file.absolute().parent
