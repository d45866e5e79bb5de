"""The conversation with an agent in one attempt: its turns as processes, and what is waited for between two of them.

Knows how a turn is started and read (swarm.worker.turns) and what follows it (swarm.worker.conversation), nothing of
worktrees and seals.
"""

from __future__ import annotations

import time
from typing import assert_never

from swarm.core.assignment import Assignment
from swarm.git.place import Place
from swarm.paths import AttemptDir, MailDir
from swarm.process.family import Family
from swarm.process.starting import NotStarted
from swarm.process.terminal import Terminal
from swarm.worker import conversation
from swarm.worker.agentprocess import AgentProcess, Start
from swarm.worker.child import PANE, RELEASED, TAKEN, Child
from swarm.worker.turns import Turns

ASK_EVERY = 1.0
"""Seconds between two looks through the mail for open questions."""


class Dialogue:
    """The turns of one attempt.  `own`: where its agent's files go; `attempt`: where the agent sees them.

    Whatever starts a turn raises SwarmError, OSError or ValueError (a NUL in its command or environment).
    """

    def __init__(
        self, work: Assignment, mail: MailDir, attempt: AttemptDir, own: AttemptDir, place: Place, family: Family | None
    ) -> None:
        self._work, self._mail, self._attempt, self._place, self._family = work, mail, attempt, place, family
        self.turns = Turns(work, mail, attempt, own, place)
        self._box: tuple[str, ...] = ()
        self._tries = conversation.Tries()
        self._anew: Start | None = None
        self._wait: conversation.Next | None = None
        self._due = 0.0
        """When the next turn begins, on the monotonic clock."""
        self._asks, self._looked = False, -ASK_EVERY
        self.taken = False
        """Whether a person has taken it over, and has not let go."""
        self.returned = ""
        """Why it goes on without their word, where it does."""
        self._ran = 0.0
        """Seconds that its turns have taken so far; what it waits between two of them does not count."""

    def begin(self, box: tuple[str, ...]) -> AgentProcess:
        """Start the first turn, in the sandbox `box`."""
        self._box = box
        return self._process(self.turns.first())

    def read(self, last: bool = False) -> None:
        """Take in what the agent has printed; `last`: its turn is over."""
        if self.turns.stream is not None:
            self.turns.stream.read(last)

    def asks(self) -> bool:
        """Whether a question of its agent is open, as of a second ago at most."""
        now = time.monotonic()
        if now - self._looked >= ASK_EVERY:
            self._asks, self._looked = bool(self.turns.questions()), now
        return self._asks

    def after(self, child: AgentProcess, code: int, over: bool) -> bool:
        """A turn has ended with `code`.  True when it was the last one; `over`: it has to be."""
        self._ran += 0.0 if child.taken else child.ran
        self.read(last=True)
        turns = self.turns
        if child.taken:
            self._note("handed back")
        if not over and (child.taken or child.ending == TAKEN or (self.taken and turns.can_go_on)):
            self._wait, self._due = self._in_hands(child), time.monotonic()
            return False
        # A signal tells nothing of whether the conversation could have gone on.
        self._anew = turns.afresh() if not over and 0 < code < 128 else None
        if self._anew is not None:
            return False
        read = turns.stream is not None
        mail = (len(turns.questions()), len(turns.late())) if read and not over else (0, 0)  # else nothing can follow
        turn = conversation.Turn(turns.said, code, over, turns.can_go_on, *mail, read)
        self._wait = conversation.after(turn, self._tries)
        if isinstance(self._wait, conversation.Again):
            self._due = time.monotonic() + self._wait.pause
        return isinstance(self._wait, conversation.Over)

    def _in_hands(self, child: AgentProcess) -> conversation.Next:
        """What follows a turn, where a person has taken over."""
        if self.taken and not child.taken:
            return conversation.Taken()
        if self.taken and child.ending == PANE:
            return conversation.Taken(lost=True)
        if self.taken:
            self._give_back("whoever had it has ended its program")
        return conversation.Again(released=True)

    def _note(self, text: str) -> None:
        if self.turns.stream is not None:
            self.turns.stream.note(text)

    def _give_back(self, why: str) -> None:
        self.taken, self.returned = False, why

    def watch(self, child: Child) -> None:
        """Have the turn under way end where a person takes over, and theirs where they let go."""
        if not isinstance(child, AgentProcess) or child.ending:
            return
        if child.taken and not self.taken:
            child.stop(RELEASED, child.limits.grace)
        elif self.taken and not child.taken and (refusal := self._refusal()):
            self._give_back(refusal)
        elif self.taken and not child.taken and self.turns.has_begun:
            child.stop(TAKEN, child.limits.grace)

    def _refusal(self) -> str:
        """Why its conversation can't be shown in our terminal, or ""."""
        if not self._work.taken:
            return f"there is no way to take {self._work.agent} over"
        try:
            Terminal()
        except NotStarted as refused:
            return refused.message
        return ""

    @property
    def waits(self) -> bool:
        """Whether there is to be a further turn, whose time has not come."""
        return self._anew is not None or not isinstance(self._wait, conversation.Over | None)

    @property
    def trouble(self) -> str:
        """What the last turn died of; "" where it did not, or is not over."""
        return self._wait.trouble if isinstance(self._wait, conversation.Over) else ""

    @property
    def gate(self) -> conversation.Gate | None:
        """What its account has to wait for, if it does."""
        return self._wait if isinstance(self._wait, conversation.Gate) else None

    def next(self, lifted: bool = False) -> AgentProcess | None:
        """Between two turns: the next one, started, where its time has come.  `lifted`: its account may go on."""
        if self.taken and (found := self._take()) is not None:
            return found
        start = self._start(lifted)
        if start is None:
            return None
        self._wait = self._anew = None
        return self._process(start)

    def _take(self) -> AgentProcess | None:
        """The conversation in a terminal, for whoever takes it over; None where there is no way, or no terminal."""
        if self._wait == conversation.Taken(lost=True):
            return None
        refusal = self._refusal() or ("" if self.turns.session else "it has begun no conversation")
        if refusal:
            self._give_back(refusal)
            return None
        try:
            found = self._process(self.turns.in_hands())
        except NotStarted as refused:
            self._give_back(refused.message)
            return None
        self._wait = self._anew = None
        self.turns.withdraw()
        self._note("a person has taken the conversation over; what is said in the pane does not stand here")
        return found

    def _start(self, lifted: bool) -> Start | None:
        if self._anew is not None:
            return self._anew
        match self._wait:
            case conversation.Gate():
                return self._go_on(conversation.BROKEN_OFF) if lifted else None
            case conversation.Answers():
                return self._answered()
            case conversation.Again():
                return self._again(self._wait) if time.monotonic() >= self._due else None
            case conversation.Taken():
                return None if self.taken else self._again(conversation.Again(released=True))
            case conversation.Over() | None:
                return None
            case other:
                assert_never(other)

    def _answered(self) -> Start | None:
        asked, letters = self.turns.questions(), self.turns.answers()
        found = [(asked[letter.reply_to], letter) for _, letter in letters if letter.reply_to in asked]
        if len(found) < len(asked):
            return None
        start = self.turns.further(conversation.answers(found, self.turns.nonce()))
        self.turns.hand_over(letters)
        return start

    def _again(self, what: conversation.Again) -> Start:
        if not what.late:
            return self._go_on(conversation.HANDED_BACK if what.released else conversation.BROKEN_OFF)
        letters = self.turns.late()
        start = self.turns.further(conversation.messages([letter for _, letter in letters], self.turns.nonce()))
        self.turns.hand_over(letters)
        return start

    def _go_on(self, prompt: str) -> Start:
        return self.turns.further(prompt) if self.turns.can_go_on else self.turns.over_again(prompt)

    def _process(self, start: Start) -> AgentProcess:
        return AgentProcess(
            self._work, self._mail, self._attempt, self._place.path, start, self._family, self._box, self._ran
        )  # fmt: skip
