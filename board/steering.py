"""The hand on the wheel: what the operator's keys send, and what they are told about it.

Knows which verb a key means for a task as it is now; nothing of keys, windows or widgets.  Decides nothing: the leader
may refuse, and says so in its answer.
"""

from __future__ import annotations

from collections.abc import Callable

from board.commands import Operator
from board.view.needs import Need, Reply
from inbox.message import Rejected
from swarm.core.state import TaskState
from swarm.core.status import Status

Say = Callable[[str, bool], None]
"""Tells the person something in a line; True where it is bad news."""


class Steering:
    """Sends commands and notes for one operator.  `read_only`: sends nothing and says so."""

    def __init__(self, operator: Operator, say: Say, *, read_only: bool) -> None:
        self.operator = operator
        self.read_only = read_only
        self._say = say

    @property
    def allowed(self) -> bool:
        """Whether anything may be sent; says so where it may not."""
        if self.read_only:
            self._say("this board only reads", True)
        return not self.read_only

    def retry(self, task: TaskState) -> None:
        """A fresh set of attempts."""
        self._command("retry", task.id)

    def pause(self, task: TaskState) -> None:
        """Pause, or go on; what a person has taken over is handed back."""
        on = "release" if task.taken_by else "unpause"
        self._command(on if task.status is Status.PAUSED else "pause", task.id)

    def approve(self, task: TaskState) -> None:
        """Let held work into the merge queue: the commit that is held now, and no later one."""
        if task.status is Status.REVIEW:
            self._approve(task.id, task.commit or "")
        else:
            self._say(f"{task.id} is not held for review; swarm merge lands the whole run", True)

    def cancel(self, task: str) -> None:
        """Give a task up."""
        self._command("cancel", task)

    def answer(self, task: str, text: str, question: str) -> None:
        """Answer what a task's agent asks.  `question`: the id of what was shown; the leader refuses if it asks
        something else by then."""
        self._command("answer", task, text=text, question=question)

    def reply(self, need: Need, reply: Reply, text: str) -> None:
        """What a key of the list of needs means."""
        match reply.verb:
            case "answer":
                self.answer(need.task, text, need.token)
            case "approve":
                self._approve(need.task, need.token)
            case verb:
                self._command(verb, need.task)

    def _approve(self, task: str, commit: str) -> None:
        self._command("approve", task, **({"commit": commit} if commit else {}))

    def note(self, to: str, text: str) -> None:
        """Write to a task or a worker."""
        if self.allowed:
            self._try(f"note to {to}", lambda: self.operator.note(to, text))

    def hear(self) -> None:
        """Tell what the leader has answered."""
        for answer in self.operator.answers():
            self._say(f"{answer.what}: {answer.text}", not answer.ok)

    def wonder(self) -> None:
        """Tell what has waited too long for an answer."""
        for what in self.operator.unanswered():
            self._say(f"{what}: no answer yet; if no leader runs, it is taken after swarm resume", True)

    def _command(self, verb: str, task: str, **args: str) -> None:
        if self.allowed:
            self._try(f"{verb} {task}", lambda: self.operator.command(verb, task, **args))

    def _try(self, what: str, send: Callable[[], str]) -> None:
        try:
            send()
        except (Rejected, OSError) as error:
            self._say(f"{what} could not be sent: {error}", True)
        else:
            self._say(f"{what}: sent", False)
