"""The turns of one attempt: how each is started, what its output tells, and what is waiting for the next.

Knows the attempt's directory, its stream and the worker's mailbox; starts nothing and decides nothing
(swarm.worker.conversation).  An agent without a reader has one turn, and prints straight into the log, unless it has
secrets that are not to be shown there.
"""

from __future__ import annotations

import secrets
import sys
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from inbox.maildir import Maildir
from inbox.message import NOTE, Message, kind_of
from swarm.agents import tools
from swarm.agents.places import fill, fill_all
from swarm.agents.readers import READERS
from swarm.agents.reading import AsItIs, Kind, Reader, Said
from swarm.core.assignment import Assignment
from swarm.core.events import Usage
from swarm.core.units import is_session
from swarm.errors import SwarmError
from swarm.files import content, directory, make_way, write_whole
from swarm.git.place import Place
from swarm.paths import AttemptDir, MailDir
from swarm.secrets import secrets as known
from swarm.worker.agentprocess import Start
from swarm.worker.stream import Stream

_OF_KEYS = ("_KEY", "_TOKEN")
"""How names of variables end that hold a key."""


class Turns:
    """What an attempt knows of its turns.  `own` is where its agent's files go, `attempt` where the agent sees them."""

    def __init__(self, work: Assignment, mail: MailDir, attempt: AttemptDir, own: AttemptDir, place: Place) -> None:
        self._work, self._mail, self._attempt, self._own, self._place = work, mail, attempt, own, place
        self._asked_before = frozenset(_named(Maildir(mail.outbox), tools.ASK))
        self._number = 0
        self._earlier = work.earlier if work.again else ""
        self._own_session = work.session
        self._prompt: Path | None = None
        """What the present turn was prompted with, where it goes on with a conversation."""
        self._before = Usage()
        """What had been used when it began."""
        self.stream: Stream | None = None
        if work.reader in READERS or (work.secrets and not work.pane):
            self.stream = Stream(attempt.stream, attempt.log, self._reader())

    @property
    def said(self) -> Said:
        """What the output has told; of an agent without a reader nothing."""
        return self.stream.said if self.stream is not None else Said()

    @property
    def has_begun(self) -> bool:
        """Whether something was said in its conversation, so that one can go on with it."""
        said = self.said
        return bool(self.session) and (is_session(said.session) or bool(said.text) or said.usage != self._before)

    @property
    def session(self) -> str:
        """The conversation's id, as far as it is known: what can't be one (an agent may have written it) is none."""
        found = self.said.session if is_session(self.said.session) else ""
        return found or self._earlier or self._own_session

    def learn(self) -> None:
        """Learn again what an attempt has told that an earlier program began.  Nobody is shown it once more."""
        if self.stream is not None:
            self.stream = Stream(self._attempt.stream, None, self._reader())
            with suppress(SwarmError):  # of the user's own file; that must not cost what the attempt has done
                self.stream.hide(self._secrets())
            self.stream.read(last=True)

    def _reader(self) -> Reader:
        """A new one, told of the conversation with which the attempt goes on."""
        reader = READERS.get(self._work.reader, AsItIs)()  # that one where its secrets are not to be shown
        reader.said.earlier, reader.said.spent = self._earlier, self._work.spent
        return reader

    def first(self) -> Start:
        """The first turn.  Its settings are written."""
        for name, text in self._work.files.items():
            path = self._own.path / name
            directory(path.parent)
            write_whole(path, self._filled(text, self._attempt.prompt).encode())
        going_on = bool(self._earlier)
        return self._start(self._work.again if going_on else self._work.argv, self._attempt.prompt)

    def afresh(self) -> Start | None:
        """The first turn once more, as a new conversation, after a turn that failed: its conversation was to go on and
        could not, as nothing was ever said in it, or it is gone.  None where it did go on."""
        said, prompt = self.said, self._prompt
        refused = said.trouble is not None and said.trouble.kind is not Kind.BROKEN
        if prompt is None or refused or said.text or said.usage != self._before:
            return None
        more = "" if prompt == self._attempt.prompt else _text_of(prompt)
        return self.over_again(more)

    def further(self, prompt: str) -> Start:
        """One more turn, with this prompt."""
        return self._start(self._work.again, self._write(prompt))

    def in_hands(self) -> Start:
        """The conversation in a terminal, for the person who takes it over."""
        start = self._start(self._work.taken, self._attempt.prompt)
        return replace(start, stdin=None, log=self._attempt.log, pane=True, taken=True)

    def over_again(self, more: str) -> Start:
        """A turn that begins the work as a new conversation, where there is none to go on with; `more`: what is said
        after the prompt of the first."""
        self._earlier = self.said.session = ""
        if self._own_session:
            self._own_session = str(uuid.uuid4())  # some take each id once
        prompt = self._attempt.prompt
        return self._start(self._work.argv, self._write(f"{_text_of(prompt)}\n\n{more}") if more else prompt)

    def _write(self, prompt: str) -> Path:
        """The prompt of the next turn, where its agent sees it: in a sandbox that is in its cell."""
        path = self._own.turn(self._number + 1)
        directory(path.parent)  # its agent may have removed it
        make_way(path)
        write_whole(path, prompt.encode("utf-8", "replace"))
        return path

    @property
    def can_go_on(self) -> bool:
        """Whether there can be a further turn."""
        return self.stream is not None and bool(self._work.again and self.session)

    def _start(self, argv: tuple[str, ...], prompt: Path) -> Start:
        self._number += 1
        work = self._work
        self._prompt = prompt if argv == work.again else None
        self._before = self.said.usage
        if self.stream is not None:
            self.stream.hide(self._secrets())
            self.stream.begin()
        log = self._attempt.stream if self.stream is not None else self._attempt.log
        stdin = prompt if work.stdin and prompt.exists() else None
        if not work.places:
            return Start(argv, {}, stdin, log, work.pane)
        places = self._places(self._attempt.path / prompt.name)
        env = {name: fill(text, places) for name, text in work.env.items()}
        return Start(fill_all(argv, places), env, stdin, log, work.pane)

    def _secrets(self) -> dict[str, str]:
        """What is hidden in what its agent prints: the task's secrets, and the keys by which the agent logs in."""
        keys = (name for name in self._work.pass_env if name.endswith(_OF_KEYS))
        return known(self._mail.run, self._work.worker, (), (*self._work.secrets, *keys))

    def _filled(self, text: str, prompt: Path) -> str:
        return fill(text, self._places(prompt)) if self._work.places else text

    def _places(self, prompt: Path) -> dict[str, str]:
        return {
            "attempt": str(self._attempt.path), "worktree": str(self._place.path),
            "git_dir": str(self._place.admin.path), "git_common": str(self._place.hub_path), "prompt": str(prompt),
            "mail": str(self._mail.path),
            "session": self.session, "python": sys.executable, "budget": self._left(),
        }  # fmt: skip

    def _left(self) -> str:
        """USD that the attempt may still use; never nothing, which no agent takes for a bound."""
        return "" if self._work.budget is None else f"{max(self._work.budget - self.said.usage.usd, 0.0001):.4f}"

    # between two turns

    def late(self) -> list[tuple[str, Message]]:
        """Notes that its agent was not given, by name."""
        return list(Maildir(self._mail.inbox).receive({NOTE}))

    def questions(self) -> dict[str, str]:
        """What its agent asked and has not been told the answer of: texts by id."""
        box, inbox = Maildir(self._mail.outbox), Maildir(self._mail.inbox)
        said = _named(box, tools.ASK, tools.UNASK)
        asked = [name for name in said if kind_of(name) == tools.ASK and name not in self._asked_before]
        if not asked:
            return {}
        read = (name for name in (*inbox.claimed(), *inbox.finished()) if kind_of(name) == tools.ANSWER)
        told = {answer.reply_to for answer in inbox.messages(read)}
        told |= {letter.text.strip() for letter in box.messages(name for name in said if kind_of(name) == tools.UNASK)}
        return {letter.id: letter.text for letter in box.messages(asked) if letter.id not in told}

    def withdraw(self) -> None:
        """Whatever its agent asks is settled otherwise."""
        for id in self.questions():
            tools.post(self._mail, tools.LEADER, tools.UNASK, id)

    def answers(self) -> list[tuple[str, Message]]:
        """Answers that its agent has not read, by name."""
        return list(Maildir(self._mail.inbox).receive({tools.ANSWER}))

    def hand_over(self, letters: list[tuple[str, Message]]) -> None:
        """These have been given to the agent: they are filed as read."""
        for name, letter in letters:
            tools.read(self._mail, name, letter)

    @staticmethod
    def nonce() -> str:
        """A word that no message can contain by chance."""
        return secrets.token_hex(8)


def _text_of(prompt: Path) -> str:
    return (content(prompt) or b"").decode("utf-8", "replace")


def _named(box: Maildir, *kinds: str) -> list[str]:
    """The names of the letters of these kinds in a box, wherever in it they lie."""
    try:
        return [name for name in (*box.unread(), *box.claimed(), *box.finished()) if kind_of(name) in kinds]
    except (FileNotFoundError, NotADirectoryError):
        return []  # an agent has removed the box
