"""What a worker is told to do: one attempt, whole, as the body of an `assign` message.  Pure.

A worker needs nothing beyond this, its mail directory and the hub: it reads neither the plan nor the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarm.core.events import Usage
from swarm.core.plan import Clean, Expects, Sandbox, Setup


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt.  Seconds for times; `base` is a full commit id; `argv` starts the agent (see swarm.agents)."""

    run: str
    task: str
    attempt: int
    worker: str
    base: str
    branch: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    """Names of the user's variables that the agent may see where they are set (swarm.secrets)."""
    secrets: tuple[str, ...] = ()
    """Names of those without which it does not start."""
    identity: str = ""
    """As whom it commits, `name <address>`; "": as its worker."""
    lease: tuple[str, ...] = ()
    """Names of environment variables that want a free TCP port of this machine (`PORT: auto`)."""
    timeout: float | None = None
    idle: float | None = None
    grace: float = 5.0
    expects: Expects = Expects.COMMITS
    clean: Clean = Clean.WARM
    setup: Setup = Setup()
    sandbox: Sandbox = Sandbox()
    agent: str = "command"
    reader: str = ""
    """How what the agent prints is read (swarm.agents.readers); "": plain text, shown as it is."""
    places: bool = False
    """Whether `argv`, `again`, `env` and `files` hold places to be filled in (swarm.agents.places)."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Its settings: files to be written below the attempt's directory before it starts, by their names there."""
    stdin: bool = True
    """Whether it gets its prompt on standard input."""
    pane: bool = False
    """Whether it has its worker's terminal to itself, for people to type into; then nothing that it prints is read."""
    again: tuple[str, ...] = ()
    """Starts one more turn of a conversation, `{{session}}`; () where the agent can't go on with one."""
    taken: tuple[str, ...] = ()
    """Shows the conversation `{{session}}` in a terminal, for a person who takes it over; () where there is no way."""
    session: str = ""
    """The id of a new conversation, where the agent takes one from us."""
    earlier: str = ""
    """The conversation of an earlier attempt, with which this one is to go on."""
    spent: Usage = Usage()
    """What the earlier attempts have used of that conversation."""
    account: str = ""
    """Whose usage limits it shares."""
    budget: float | None = None
    """USD that the attempt may use."""
    title: str = ""
    repo: str = ""
    """The user's checkout, from which `setup` copies and links."""

    @property
    def key(self) -> str:
        """The name of this attempt wherever an executor has to know it."""
        return f"{self.run}-{self.task}-{self.attempt}"
