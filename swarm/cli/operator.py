"""The operator's words to a run: notes to whoever is in it.

Knows where the operator's mailbox lies and who can be addressed; commands go through swarm.cli.order.
"""

from __future__ import annotations

from inbox.message import NOTE
from swarm.agents import tools
from swarm.cli.context import leader_alive, load
from swarm.cli.permit import refuse_agents
from swarm.cli.say import hint
from swarm.core.commands import Refused
from swarm.core.plan import RESERVED_NAMES
from swarm.core.routing import Route, route
from swarm.core.state import State
from swarm.core.suggest import did_you_mean
from swarm.errors import SwarmError
from swarm.leader.launch import make_mail
from swarm.leader.mail import OPERATOR
from swarm.paths import RunDir


def say(run: RunDir, to: str, text: str) -> int:
    """Send a note as the operator, and say what becomes of it.  Raises SwarmError where nobody has that name."""
    refuse_agents(run.home, "speak as the operator")
    state = load(run)
    way = _way(state, to)
    make_mail(run, [OPERATOR])
    tools.post(run.mailbox(OPERATOR), to, NOTE, text)
    print(_fate(to, way))
    if leader_alive(run):
        hint("swarm inbox --watch   shows what comes back")
    else:
        print(f"no leader runs: it is carried as soon as {run.name} goes on")
        hint(f"swarm resume {run.name}")
    return 0


def _way(state: State, to: str) -> Route:
    """Where it will go, as far as can be told now."""
    try:
        return route(state, OPERATOR, to)
    except Refused as refused:
        known = [*state.workers, *state.tasks, *(f"role:{role.name}" for role in state.plan.roles), *RESERVED_NAMES]
        meant = "" if to in known else did_you_mean(to, known)
        raise SwarmError(f"{refused}{meant}", "swarm status   lists workers and tasks") from None


def _fate(to: str, way: Route) -> str:
    if way.task:
        return f"sent; it is kept for {way.task} until somebody works on it"
    if way.recipients and way.recipients != (to,):
        return f"sent to {', '.join(way.recipients)}"
    return f"sent to {to}"
