"""The git on this machine: whether there is one and whether it is new enough.

Knows nothing of repositories.
"""

from __future__ import annotations

import os
import re

from swarm.errors import SwarmError
from swarm.git.command import Profile, Runner, environment, plain, text_of
from swarm.process import NotStarted

NEEDED = (2, 38)
"""The first git with `merge-tree --write-tree`."""


def parse(line: str) -> tuple[int, ...]:
    """The numbers in what `git version` says ("git version 2.39.5 (Apple Git-154)"); () where there are none."""
    match = re.match(r"git version (\d+(?:\.\d+)*)", line)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def check_version(runner: Runner = plain) -> tuple[int, ...]:
    """The version of git; SwarmError when it is missing or older than 2.38.  Call it before GitPython is imported."""
    hint = f"install git {NEEDED[0]}.{NEEDED[1]} or newer"
    try:
        done = runner(["git", "version"], environment(Profile.OURS, os.environ), None, None)
    except NotStarted as error:
        raise SwarmError("git was not found", hint) from error
    found = parse(text_of(done.out))
    if found < NEEDED:
        raise SwarmError(f"git is too old or unknown: {text_of(done.out).strip() or 'no version'}", hint)
    return found
