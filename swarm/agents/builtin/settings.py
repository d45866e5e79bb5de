"""What one attempt's built-in agent is told: its orders, written by the adapter, and its bounds, from the environment.

Knows formats only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from swarm.core.plan import Permission
from swarm.errors import SwarmError

FILE = "builtin.json"
"""Its name below the attempt's directory."""

DEFAULT_MODEL = "claude-sonnet-5-5"
ALIASES = {
    "fable": "claude-fable-5-1", "opus": "claude-opus-5-5", "sonnet": DEFAULT_MODEL, "haiku": "claude-haiku-5-5",
}  # fmt: skip
"""Short names of models, as roles have them; as of October 2026."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the task says.  `model` "": whichever the environment names; `budget`: USD, None is unbounded."""

    model: str = ""
    permissions: Permission = Permission.ASK
    allow: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    budget: float | None = None

    def encoded(self) -> str:
        """As text for a file."""
        return json.dumps(asdict(self), indent=1) + "\n"


def decoded(text: str) -> Orders:
    """The orders of that text.  Raises SwarmError where it makes no sense."""
    try:
        found = json.loads(text)
        return Orders(
            str(found["model"]), Permission(found["permissions"]), tuple(map(str, found["allow"])),
            tuple(map(str, found["tools"])), None if found["budget"] is None else float(found["budget"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise SwarmError(f"{FILE} can't be read: {error!r}", "it is written anew with the next attempt") from None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far one turn may go.  Requests to the model, tokens of the conversation and of one answer, seconds for which
    a question to a person is waited for before the turn is ended."""

    steps: int = 200
    context: int = 200_000
    answer: int = 16_000
    patience: float = 60.0


NAMES = {
    "steps": "SWARM_BUILTIN_STEPS", "context": "SWARM_BUILTIN_CONTEXT", "answer": "SWARM_BUILTIN_ANSWER",
    "patience": "SWARM_BUILTIN_PATIENCE",
}  # fmt: skip
MODEL = "SWARM_BUILTIN_MODEL"


def bounds(environ: Mapping[str, str]) -> Bounds:
    """The bounds, as far as the environment sets them.  Raises SwarmError for what is no positive number."""
    given = {key: _number(name, environ[name]) for key, name in NAMES.items() if environ.get(name)}
    return Bounds(**{key: value if key == "patience" else int(value) for key, value in given.items()})  # type: ignore[arg-type]


def model(orders: Orders, environ: Mapping[str, str]) -> str:
    """The model's full name."""
    name = orders.model or environ.get(MODEL) or DEFAULT_MODEL
    return ALIASES.get(name, name)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise SwarmError(f"{name} is {text!r}, which is no positive number", f"unset {name}, or set it to a number")
    return value
