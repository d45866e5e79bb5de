"""What comes for an agent that has stopped and sits at its prompt: waited for, so that nobody has to type it.

Knows the mailbox and the directory of one attempt, no CLI.  While the agent works, what comes is left to the hooks of
its steps.
"""

from __future__ import annotations

import select

from swarm.agents import midflight, stopping
from swarm.agents.tools import Inside

TURN = 1.0
"""Seconds between two looks.  A poll: the watcher of directories takes longer to load than a hook should, and an agent
that sits at its prompt is in no hurry."""


def letters(here: Inside) -> midflight.Letters:
    """What has come for it, once it has stopped; () where it has said how it ended."""
    while not here.dir.verdict.exists():
        found = midflight.unread(here, midflight.MOST_AT_THE_END, idle=True) if stopping.is_asked(here) else ()
        if found:
            return found
        select.select([], [], [], TURN)
    return ()
