"""`agents:` of a task file and of the user's configuration: agents of one's own.

Knows how one is written down; how it is started, and which names are taken, is swarm.agents' matter.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, PlainValidator

from swarm.core.plan import AgentSpec
from swarm.core.taskfile.entry import Entry
from swarm.core.taskfile.fields import Env, EnvNames, HomePaths, Id, Text, Word, refuse
from swarm.core.taskfile.scalar import letters

_OF_A_SHELL = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>&1"})
_NO_SHELL = "expected a program and its arguments, which no shell reads"


def _argv(value: object) -> tuple[str, ...]:
    """One text, split as a shell does it, or a list as it is."""
    written = letters(value)
    if written is None:
        words = [letters(one) for one in value] if isinstance(value, list) else []
        if not words or None in words or not words[0]:
            refuse("expected a command", "write e.g. my-agent --model-file {{attempt}}/model")
        return tuple(word for word in words if word is not None)
    try:
        words = list(shlex.split(written))
    except ValueError:
        refuse(_NO_SHELL, "close the quotes")
    if not words:
        refuse("the command is empty", "write it", quiet=True)
    if _OF_A_SHELL.intersection(words):
        refuse(_NO_SHELL, "write a list for a shell, e.g. [sh, -c, 'my-agent < notes']")
    return tuple(word for word in words if word)


_SHAPE = str | list[str]
Argv = Annotated[tuple[str, ...], PlainValidator(_argv, json_schema_input_type=_SHAPE)]


class AgentEntry(Entry):
    """One agent.  Texts may hold places such as {{prompt}}, which its worker fills in."""

    command: Argv = Field(description="the program and its arguments; its prompt is standard input, or {{prompt}}")
    again: Argv | None = Field(default=None, description="starts one more turn of the conversation {{session}}")
    taken: Argv | None = Field(default=None, description="shows {{session}} in a terminal, for `swarm take`")
    model: Argv | None = Field(default=None, description="what is added where a model is asked for, with {{model}}")
    env: Env | None = Field(default=None, description="environment variables")
    pass_env: EnvNames | None = Field(default=None, description="variables of your own that it may see")
    home: HomePaths | None = Field(default=None, description="paths below your home that it needs in a sandbox")
    reader: Word | None = Field(default=None, description="how what it prints is read: as a built-in agent, or `lines`")
    account: Text | None = Field(default=None, description="whose usage limits it shares; its own name if not given")


Agents = dict[Id, AgentEntry]


def specs(entries: Mapping[str, AgentEntry] | None) -> tuple[AgentSpec, ...]:
    """The agents, in the order of the file."""
    return tuple(_spec(name, entry) for name, entry in (entries or {}).items())


def _spec(name: str, entry: AgentEntry) -> AgentSpec:
    return AgentSpec(
        name, entry.command, entry.again or (), entry.model or (), entry.env or {}, tuple(entry.pass_env or ()),
        tuple(entry.home or ()), entry.reader or "", entry.account or "", entry.taken or (),
    )  # fmt: skip
