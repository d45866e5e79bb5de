"""One turn of the built-in agent, put together from its parts.  Everything of the world comes in as arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swarm.agents import tools
from swarm.agents.builtin import settings
from swarm.agents.builtin.consent import Consent
from swarm.agents.builtin.files import Files
from swarm.agents.builtin.hands import Hands
from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.loop import Loop
from swarm.agents.builtin.model import Model, Service
from swarm.agents.builtin.notes import Notes
from swarm.agents.builtin.prices import Tokens, price
from swarm.agents.builtin.transcript import Transcript
from swarm.agents.reading import Trouble
from swarm.agents.toolbox import Desk
from swarm.core.plan import Permission


@dataclass(frozen=True, slots=True)
class Turn:
    """Which turn: of the attempt in `environ`, in the worktree `cwd`, with the settings in that file."""

    environ: Mapping[str, str]
    cwd: Path
    settings: Path
    session: str
    resume: bool = False


@dataclass(slots=True)
class Purse:
    """What has been used: dollars of the attempt, tokens of the conversation when it was last sent."""

    lines: Lines
    transcript: Transcript
    attempt: int
    budget: float | None
    environ: Mapping[str, str]
    tokens: int = 0

    def use(self, model: str, tokens: Tokens) -> None:
        """A request was answered, or broke off."""
        known = price(model, self.environ)
        usd = known.of(tokens) if known else None
        self.tokens = tokens.input + tokens.output
        self.lines.answered(model, tokens, usd)
        if usd:
            self.transcript.spend(usd, self.attempt)

    def left(self) -> float | None:
        """USD that may still be used; None: as much as it likes."""
        return None if self.budget is None else self.budget - self.transcript.spent(self.attempt)


def have(turn: Turn, prompt: str, lines: Lines) -> Trouble | None:
    """Have the turn; why it did not come to its own end, or None.  Raises SwarmError and OSError where it can't begin,
    or its own files are gone."""
    here = tools.inside(turn.environ)
    orders = settings.decoded(turn.settings.read_text())
    bounds = settings.bounds(turn.environ)
    name = settings.model(orders, turn.environ)
    price(name, turn.environ)  # prices that make no sense are told before anything is spent
    transcript = _transcript(here, turn)
    lines.start(turn.session, name)
    purse = Purse(lines, transcript, here.attempt, orders.budget, turn.environ)
    model = Model(Service.of(turn.environ), name, bounds.answer, lines, purse.use)
    consent = Consent(here, transcript, lines, bounds.patience)
    files = Files(turn.cwd, anywhere=orders.permissions is Permission.ALL)
    hands = Hands(Desk(here), files, orders, consent, turn.environ)
    notes = Notes(here, transcript, lines)
    return Loop(model, hands, notes, transcript, lines, bounds, purse.left, lambda: purse.tokens).run(prompt)


def _transcript(here: tools.Inside, turn: Turn) -> Transcript:
    if turn.resume:
        return Transcript.resume(here.dir, here.task, here.attempt, turn.session)
    return Transcript.begin(here.dir.conversation, turn.session)
