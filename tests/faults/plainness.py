"""What was said in a trial, by leaders and workers: sentences, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping

from oracles import Oracle
from stage import Stage

UNPLAIN = ("Traceback (most recent call last)", "a bug in swarm", "Fatal Python error", "Exception ignored in")


def _speaks_plainly(stage: Stage) -> list[str]:
    """No traceback, and no bug, in what any leader or worker printed."""
    wrong = []
    for path in [*(stage.root / "out").iterdir(), *stage.run.glob("*.log"), *stage.run.glob("mail/*/*.log")]:
        said = path.read_text("utf-8", "replace")
        name = path.relative_to(stage.root)
        wrong += [f"{name} says {word!r}: {_around(said, word)}" for word in UNPLAIN if word in said]
    return wrong


def _around(text: str, word: str) -> str:
    place = text.index(word)
    return " | ".join(text[place : place + 6000].splitlines()[-9:])[:1500]


def plainly() -> Mapping[str, Oracle]:
    """The oracle by its name, for trials that ask it."""
    return {"speaks-plainly": _speaks_plainly}
