"""The program of the built-in agent: one turn, its prompt on standard input.

Exit codes: 0 the turn came to its own end, 1 it did not; what it printed says why.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from swarm.agents import tools
from swarm.agents.builtin import settings
from swarm.agents.builtin.consent import Consent
from swarm.agents.builtin.files import Files
from swarm.agents.builtin.hands import Hands
from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.loop import Loop
from swarm.agents.builtin.model import Model
from swarm.agents.builtin.notes import Notes
from swarm.agents.builtin.prices import Tokens, price
from swarm.agents.builtin.transcript import Transcript
from swarm.agents.reading import Kind, Trouble
from swarm.agents.toolbox import Desk
from swarm.core.plan import Permission
from swarm.errors import SwarmError


def main() -> int:
    """Have one turn; the exit code."""
    lines = Lines()
    try:
        trouble = _turn(_options(), lines)
    except SwarmError as error:
        trouble = Trouble(Kind.BROKEN, error.message + (f"; {error.hint}" if error.hint else ""))
    except OSError as error:
        trouble = Trouble(Kind.BROKEN, str(error))
    lines.end(trouble)
    return 1 if trouble else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="swarm.agents.builtin", description="one turn of the built-in agent")
    parser.add_argument("--settings", required=True, type=Path)
    parser.add_argument("--session", required=True)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


@dataclass(slots=True)
class Purse:
    """What has been used: dollars of the attempt, tokens of the conversation."""

    lines: Lines
    transcript: Transcript
    attempt: int
    budget: float | None
    tokens: int = field(default=0)

    def use(self, model: str, tokens: Tokens) -> None:
        """A request was answered, or broke off."""
        known = price(model, os.environ)
        usd = known.of(tokens) if known else None
        self.tokens = tokens.input + tokens.output
        self.lines.answered(model, tokens, usd)
        if usd:
            self.transcript.spend(usd, self.attempt)

    def left(self) -> float | None:
        """USD that may still be used, None: as much as it likes."""
        return None if self.budget is None else self.budget - self.transcript.spent(self.attempt)


def _turn(options: argparse.Namespace, lines: Lines) -> Trouble | None:
    here = tools.inside(os.environ)
    orders = settings.decoded(options.settings.read_text())
    bounds = settings.bounds(os.environ)
    name = settings.model(orders, os.environ)
    price(name, os.environ)  # prices that make no sense are told before anything is spent
    transcript = _transcript(here, options)
    lines.start(options.session, name)
    purse = Purse(lines, transcript, here.attempt, orders.budget)
    model = Model(name, bounds.answer, lines, purse.use)
    consent = Consent(here, transcript, lines, bounds.patience)
    files = Files(Path.cwd(), anywhere=orders.permissions is Permission.ALL)
    hands = Hands(Desk(here), files, orders, consent, os.environ)
    used: Callable[[], int] = lambda: purse.tokens  # noqa: E731
    loop = Loop(model, hands, Notes(here, transcript, lines), transcript, lines, bounds, purse.left, used)
    return loop.run(sys.stdin.read())


def _transcript(here: tools.Inside, options: argparse.Namespace) -> Transcript:
    if options.resume:
        return Transcript.resume(here.dir, here.task, here.attempt, options.session)
    return Transcript.begin(here.dir.conversation, options.session)


if __name__ == "__main__":
    sys.exit(main())
