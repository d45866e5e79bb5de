"""Notes that come while the agent works: handed over at its next step, filed as read once the service has taken them.

Knows the inbox and the transcript.  A note that the transcript holds already, from before a crash, is not given twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inbox.message import NOTE, Message
from swarm.agents import midflight, tools
from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.transcript import Transcript

Then = Callable[[], None]


@dataclass(slots=True)
class Notes:
    """The notes of one attempt."""

    here: tools.Inside
    transcript: Transcript
    lines: Lines
    _taken: set[str] = field(default_factory=set)
    """Names of those that were looked at."""

    def take(self) -> list[Then]:
        """Put what is unread into the conversation; what is to be called for each once it is really given."""
        given, pending = self.transcript.notes()
        found = [(name, message) for name, message in self.here.inbox.receive({NOTE}) if name not in self._taken]
        fresh = [(name, message) for name, message in found if message.id not in given | pending]
        if fresh:
            text = midflight.words(fresh)
            self.transcript.user([{"type": "text", "text": text}], [message.id for _, message in fresh])
            for _, message in fresh:
                self.lines.note(message.sender, message.text)
        self._taken.update(name for name, _ in found)
        return [self._then(name, message) for name, message in found]

    def _then(self, name: str, message: Message) -> Then:
        def then() -> None:
            tools.read(self.here.mail, name, message)

        return then

