"""An agent at which a person may type, and which stops without a word of how it ended: told so once, then a question.

Knows the mailbox and the directory of one attempt, no CLI.  The question makes the task show as *needs you*; while it
is open no second one is put, and whoever types to the agent has no need to answer it.
"""

from __future__ import annotations

from inbox.message import Message
from swarm.agents.tools import ANSWER, ASK, LEADER, Inside, post, withdraw
from swarm.files import read_json, write_json

REASON = (
    "You stopped without saying how your task ended. When it is done call task_done (or run `swarm done \"summary\"`); "
    "when it can't be done, task_failed; when a person has to decide something, ask. Else go on."
)


def question(task: str) -> str:
    """What the operator is asked."""
    return f"It stopped without saying that it is done. Answer what it is to do, or type to it: swarm attach {task}"


def stops(here: Inside) -> str:
    """What an agent is told that wants to stop; "": it may, and a person is asked.  Raises SwarmError, OSError."""
    said = read_json(here.dir.stops)
    if not said:
        write_json(here.dir.stops, {"question": ""})
        return REASON
    if not said.get("question"):
        write_json(here.dir.stops, {"question": post(here.mail, LEADER, ASK, question(here.task))})
    return ""


def is_asked(here: Inside) -> bool:
    """Whether it has stopped, and a person was asked about it who has not typed to it since."""
    return bool(read_json(here.dir.stops).get("question"))


def goes_on(here: Inside) -> None:
    """A person has typed to it, or a message has come: what was asked is withdrawn, unless it was answered."""
    asked = read_json(here.dir.stops).get("question")
    if asked and answer(here) is None:
        withdraw(here, asked)
        write_json(here.dir.stops, {"question": ""})


def answer(here: Inside) -> tuple[str, Message] | None:
    """What a person has answered, with its name in the inbox, where it stays unread."""
    asked = read_json(here.dir.stops).get("question")
    found = here.inbox.receive({ANSWER}) if asked else ()
    return next(((name, message) for name, message in found if message.reply_to == asked), None)


def given(here: Inside, answer: Message) -> None:
    """An answer was given to the agent: where it was this one and it stops again, a person is asked again."""
    if answer.reply_to == read_json(here.dir.stops).get("question"):
        write_json(here.dir.stops, {"question": ""})
