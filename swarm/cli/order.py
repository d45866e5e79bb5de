"""Giving the leader an order, and waiting for its answer.

An order is a message from the operator's own outbox, so it survives whatever dies.  Where no leader lives, this process
is the leader for as long as it takes: the same code decides, under the same lock, and no worker is started.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inbox.maildir import Maildir
from inbox.watch import wait_for
from swarm import lease
from swarm.agents import tools
from swarm.cli.context import load
from swarm.cli.permit import refuse_agents
from swarm.core.events import Entry
from swarm.core.state import State
from swarm.errors import Busy, SwarmError
from swarm.git.hub import Hub
from swarm.git.repository import discover
from swarm.leader.launch import make_mail, open_leader, take_lead
from swarm.leader.mail import COMMAND, OPERATOR, REPLY
from swarm.paths import RunDir

TURN = 0.5
"""Seconds to wait for an answer before looking whether the leader still lives."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order."""

    id: str
    ok: bool
    text: str


def order(run: RunDir, verb: str, args: dict[str, Any]) -> Answer:
    """Have the leader apply a command.  Raises SwarmError where it was refused."""
    answer = answer_to(run, give(run, verb, args))
    if not answer.ok:
        raise SwarmError(answer.text, f"swarm why {args['task']}" if "task" in args else "swarm status")
    return answer


def give(run: RunDir, verb: str, args: dict[str, Any]) -> str:
    """Put a command into the operator's outbox; its id.  It is applied by the leader, or by the next one."""
    refuse_agents(run.home, verb)
    make_mail(run, [OPERATOR])
    try:
        return tools.post(run.mailbox(OPERATOR), tools.LEADER, COMMAND, json.dumps({"verb": verb, "args": args}))
    except SwarmError as error:
        raise SwarmError(f"this is too much for one command: {error.message}", "do it in several parts") from None


def answer_to(run: RunDir, id: str) -> Answer:
    """The leader's answer: from the leader that lives, or from ourselves."""
    inbox = Maildir(run.mailbox(OPERATOR).inbox)
    others: set[str] = set()
    patience = TURN if lease.is_held(run.home.leader_lock) else 0.0
    while True:
        found = wait_for(inbox, {REPLY}, patience, passing_over=others)
        if found is None:
            patience = TURN
            if not lead_for_once(run):
                _check_leader(run)
            continue
        name, message = found
        if message.reply_to == id:
            inbox.acknowledge(name)
            said = json.loads(message.text)
            return Answer(id, bool(said["ok"]), str(said["text"]))
        others.add(name)


def _check_leader(run: RunDir) -> None:
    """Raises Busy where the leader that lives leads another run: ours will be heard when its own turn comes."""
    led = lease.holder(run.home.leader_lock).get("run")
    if lease.is_held(run.home.leader_lock) and led != run.name:
        raise Busy(
            f"run {led} is being led in this repository; {run.name} hears of this when it is resumed", "swarm status"
        )


def lead_for_once(run: RunDir) -> bool:
    """Deal with the operator's letters ourselves, if nobody leads.  False when somebody does.  Raises Busy where one
    that holds no lock any more still has the journal open."""
    try:
        own = take_lead(run.home, run.name)
    except Busy:
        return False
    try:
        user = discover(Path(load(run).repo))
        leader = open_leader(run, user, Hub(run.home.hub), _quiet, own, serve=False)
        leader.loop()
    finally:
        own.release()
    return True


def _quiet(entry: Entry, state: State) -> None:
    """Nobody listens."""
