"""Who may change a run: a person, not an agent inside an attempt of the same repository.

Knows the environment of an attempt.  It tells an agent that errs, or was talked into something; one that means harm can
take the variables away (docs/security.md).  A run in another repository is nobody's business here: an agent may well
work on a program that uses swarm.
"""

from __future__ import annotations

import os
from pathlib import Path

from swarm.errors import SwarmError
from swarm.leader.mail import OPERATOR
from swarm.paths import Home


def refuse_agents(home: Home, verb: str) -> None:
    """SwarmError inside an attempt of any run of this repository: what is done to runs is for people to say.

    The operator's own mailbox in the environment only says which run is meant: the board calls verbs like that.
    """
    mail = os.environ.get("SWARM_MAIL")
    if not mail or Path(mail).name == OPERATOR:
        return
    if Path(os.path.realpath(home.runs)) in Path(os.path.realpath(mail)).parents:
        raise SwarmError(
            f"an agent can't {verb}: only a person commands the runs of this repository",
            'swarm ask "…"   asks a person',
        )
