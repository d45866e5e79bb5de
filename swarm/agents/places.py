"""Places in the launch line and settings of an agent that are known only where it runs: `{{attempt}}` and such.  Pure.

An adapter writes them, the worker fills them in.  What is no place stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

ATTEMPT = "{{attempt}}"
"""The attempt's directory, as the agent sees it."""

WORKTREE = "{{worktree}}"
GIT_DIR = "{{git_dir}}"
"""Git's own directory of the worktree."""

GIT_COMMON = "{{git_common}}"
"""The repository that the worktree belongs to."""

MAIL = "{{mail}}"
"""The worker's mail directory, in which its agent's own words are put."""

PROMPT = "{{prompt}}"
"""The file with the prompt of this turn."""

SESSION = "{{session}}"
"""The id of the conversation."""

BUDGET = "{{budget}}"
"""USD that the attempt may still use, as a number above zero."""

PYTHON = "{{python}}"
"""The interpreter that has our own packages: with `-P -m swarm VERB`, our own program."""

_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


def fill(text: str, places: Mapping[str, str]) -> str:
    """`text` with every place of `places` (without braces) filled in."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), text)


def fill_all(texts: Iterable[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """Each of the texts, filled in."""
    return tuple(fill(text, places) for text in texts)
