"""A person's word on what an agent wants to do: asked once for each call, waited for, and found again later.

Knows the attempt's mailbox and the transcript.  A yes holds for that very call for as long as the conversation
lasts; so does a no.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from inbox.message import Message, Rejected, kind_of
from swarm.agents import tools, waiting
from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.permits import consents
from swarm.agents.builtin.transcript import Transcript

MOST_SHOWN = 6000
"""Characters of a call that a person is shown; of a longer one a digest stands for the rest."""


class Unanswered(Exception):
    """Nobody has answered yet.  The question stays open; the turn ends, and the answer begins the next one."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Who asks, and how long is waited (seconds)."""

    here: tools.Inside
    transcript: Transcript
    lines: Lines
    patience: float

    def refusal(self, call: str) -> str:
        """Why the call is not permitted, in the person's words, or "".  Raises Unanswered, and SwarmError where the
        question was not taken."""
        shown = _shown(call)
        ids = [id for id, asked in self.transcript.questions.items() if asked == shown]
        answer = self._earlier(ids)
        if answer is None:
            answer = self._ask(shown, ids[-1] if ids else "")
        if consents(answer):
            return ""
        self.lines.denied(shown)
        return answer

    def _ask(self, shown: str, id: str) -> str:
        if not id:
            self.lines.asks(shown)
            id = waiting.put(self.here, f"May I do this?  (yes; or no, and why)\n\n{shown}")
            self.transcript.asked(id, shown)
        found = waiting.answer(self.here, id, self.patience)
        if found is None:
            raise Unanswered
        tools.read(self.here.mail, *found)
        return found[1].text

    def _earlier(self, ids: list[str]) -> str | None:
        """The answer to one of these questions, wherever it lies by now."""
        return next((letter.text for letter in self._answers() if letter.reply_to in ids), None) if ids else None

    def _answers(self) -> Iterator[Message]:
        box = self.here.inbox
        for name in (*box.finished(), *box.claimed(), *box.unread()):
            if kind_of(name) == tools.ANSWER:
                try:
                    yield box.read(name)
                except (Rejected, FileNotFoundError):
                    continue


def _shown(call: str) -> str:
    if len(call) <= MOST_SHOWN:
        return call
    digest = hashlib.sha256(call.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{call[:MOST_SHOWN]}\n… {len(call)} characters in all, sha256 {digest}"
