"""What a worker's program tells the leader of an attempt while it goes on, each thing once.

Knows its post and its screen; what is to be told it finds at the attempt.
"""

from __future__ import annotations

from swarm.agents.reading import Kind
from swarm.errors import SwarmError
from swarm.worker.attempt import Attempt
from swarm.worker.conversation import Gate
from swarm.worker.post import Post
from swarm.worker.screen import Screen
from swarm.worker.spending import Spending


class Told:
    """What was told of one attempt so far."""

    def __init__(self, post: Post, screen: Screen) -> None:
        self._post, self._screen = post, screen
        self._spending = Spending(post)
        self._gate: Gate | None = None
        self._identity = ("", "")

    def news(self, attempt: Attempt) -> bool:
        """What its agent has told of itself, and now and then what it uses.  True once that is all it may use."""
        self._identify(attempt)
        self._hand_back(attempt)
        return self._spending.look(attempt)

    def _identify(self, attempt: Attempt) -> None:
        """Which conversation this is and which model runs, once it is known and when it changes."""
        turns = attempt.dialogue.turns
        now = (turns.session, turns.said.model or attempt.model())
        if (turns.stream is not None or attempt.work.pane) and any(now) and now != self._identity:
            self._post.identified(attempt.work.task, attempt.work.attempt, *now)
            self._identity = now

    def _hand_back(self, attempt: Attempt) -> None:
        """That nobody has it in hand any more who had taken it over, or was to."""
        dialogue = attempt.dialogue
        if dialogue.returned:
            self._post.released(attempt.work.task, attempt.work.attempt)
            self._screen.say(f"goes on by itself: {dialogue.returned}")
            dialogue.returned = ""

    def waits(self, attempt: Attempt) -> None:
        """That it waits for its account, where it does: the rest is the leader's matter."""
        self._hand_back(attempt)
        gate = attempt.dialogue.gate
        if gate is None or gate is self._gate:
            return
        work, trouble = attempt.work, gate.trouble
        refused = trouble.kind is Kind.REFUSED
        self._post.limited(work.task, work.attempt, work.account, trouble.until, trouble.text, refused)
        self._gate = gate  # not before: what could not be sent (a full disk) is sent again
        self._screen.say(f"waits for its account: {trouble.text}")

    def forget(self) -> None:
        """Letters may have been lost: what still is so is told once more."""
        self._gate, self._identity = None, ("", "")


def words_of(error: BaseException) -> str:
    """An error in words for a person."""
    if isinstance(error, SwarmError):
        return error.message
    if isinstance(error, OSError):
        return f"{(error.strerror or str(error)).lower()}" + (f": {error.filename}" if error.filename else "")
    return f"{type(error).__name__}: {error}"
