"""The user's own configuration: agents of their own, and what holds where a task file says nothing.

Knows the text, not where it lies (`swarm.taskfile.settings` reads it).  As strict as a task file, by the same means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from swarm.core.plan import AgentSpec, Permission
from swarm.core.taskfile.agents import Agents, specs
from swarm.core.taskfile.entry import Entry
from swarm.core.taskfile.fields import Identity, Word, choice
from swarm.core.taskfile.places import Places
from swarm.core.taskfile.problem import PlanError, seen
from swarm.core.taskfile.shape import check
from swarm.core.taskfile.text import text
from swarm.core.taskfile.tree import tree


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person has configured for all repositories."""

    agent: str | None = None
    model: str | None = None
    permissions: Permission | None = None
    identity: str | None = None
    agents: tuple[AgentSpec, ...] = ()


class SettingsEntry(Entry):
    """The whole file."""

    agent: Word | None = Field(default=None, description="the agent where neither file nor command line names one")
    model: Word | None = Field(default=None, description="the model where neither file nor command line names one")
    permissions: Annotated[Permission, choice(Permission)] | None = Field(
        default=None, description="what agents may do without asking, where the task file does not say"
    )
    identity: Identity | None = Field(default=None, description="as whom workers commit: {worker} <{worker}@swarm>")
    agents: Agents | None = Field(default=None, description="agents of one's own, by name")


def settings(data: bytes, name: str) -> Settings:
    """The settings in the bytes of a file called `name`.  Raises PlanError with all problems at once."""
    written = text(data, name)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in written.splitlines()):
        return Settings()
    found = tree(written, name)
    places = Places(found)
    if not isinstance(found.root, dict):
        problem = places.problem((), "expected a map", seen(found.root), "write e.g. permissions: edits")
        raise PlanError(name, [*found.problems, problem])
    entry, problems = check(SettingsEntry, found.root, places)
    if entry is None or problems or found.problems:
        raise PlanError(name, [*problems, *found.problems])
    return Settings(entry.agent, entry.model, entry.permissions, entry.identity, specs(entry.agents))
