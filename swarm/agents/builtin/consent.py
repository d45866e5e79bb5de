"""A person's word on what an agent wants to do: asked once for each call, waited for, and found again later.

Knows the attempt's mailbox and the transcript.  What was said of a call holds for that very call for as long as the
conversation lasts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inbox.message import Message, kind_of
from swarm.agents import permission, tools, waiting
from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.transcript import Transcript
from swarm.agents.permission import Decision


class Unanswered(Exception):
    """Nobody has answered yet.  The question stays open; the turn ends, and the answer begins the next one."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Who asks, and how long is waited (seconds)."""

    here: tools.Inside
    transcript: Transcript
    lines: Lines
    patience: float

    def asked(self, tool: str, arguments: Mapping[str, str], call: str) -> Decision:
        """What a person says of it; `call`: it in a line, for people who look on.  Raises Unanswered, and SwarmError
        where the question was not taken."""
        question = permission.question(tool, arguments)
        decision = self._decision(question, call) if question else permission.TOO_LONG
        if not decision.allowed:
            self.lines.denied(call)
        return decision

    def _decision(self, question: str, call: str) -> Decision:
        ids = [id for id, asked in self.transcript.questions.items() if asked == question]
        earlier = next((letter for letter in self._answers() if letter.reply_to in ids), None) if ids else None
        if earlier is None:
            return permission.decided(self._ask(question, call, ids[-1] if ids else ""))
        return permission.decided(earlier.text)

    def _ask(self, question: str, call: str, id: str) -> str:
        if not id:
            self.lines.asks(call)
            id = waiting.put(self.here, question)
            self.transcript.asked(id, question)
        found = waiting.answer(self.here, id, self.patience)
        if found is None:
            raise Unanswered
        tools.read(self.here.mail, *found)
        return found[1].text

    def _answers(self) -> Iterator[Message]:
        """Every answer that has come, wherever it lies by now."""
        box = self.here.inbox
        names = (*box.finished(), *box.claimed(), *box.unread())
        return box.messages(name for name in names if kind_of(name) == tools.ANSWER)
