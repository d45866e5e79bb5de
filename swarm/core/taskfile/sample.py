"""The task file that `swarm init` writes: short, valid, and with a comment on whatever a first reader asks.  Pure.

Knows nothing of the disk; what was found there comes in.  Everything that is left out has a default.
"""

from __future__ import annotations

from dataclasses import dataclass

from swarm.core.plan import slug


@dataclass(frozen=True, slots=True)
class Findings:
    """What `init` has found: the directory's name, where the schema lies, an agent that can be used here (None: none),
    a test command and whether its program is there, and ignored files that a worktree will lack."""

    name: str
    schema: str
    agent: str | None = None
    verify: str | None = None
    verify_works: bool = True
    ignored: tuple[str, ...] = ()


def sample(found: Findings) -> str:
    """The text of the file."""
    parts = [_head(found), _agent(found), _verify(found), _setup(found), _WITH_AGENT if found.agent else _WITHOUT]
    return "\n".join(parts)


def _head(found: Findings) -> str:
    return f"""\
# yaml-language-server: $schema={found.schema}
# swarm check FILE says what is wrong here; swarm start --workers 4 --task-file FILE begins.
version: 1
name: {slug(found.name) or "tasks"}
"""


def _agent(found: Findings) -> str:
    line = f"agent: {found.agent}" if found.agent else "# agent: claude"
    return f"""\
# Who does the tasks that name nobody else; swarm doctor says which agents can be used here.
{line}
"""


def _verify(found: Findings) -> str:
    line = f"verify: [{_quoted(found.verify)}]" if found.verify else "# verify: [make test]"
    note = ""
    if found.verify and not found.verify_works:
        line, note = f"# {line}", "\n# (Its program was not found, so this is commented out.)"
    return f"""\
# Run on the result of every merge, before it lands.  Only what is green lands.  It has to be green already.{note}
{line}
"""


def _setup(found: Findings) -> str:
    copied = ", ".join(found.ignored) or ".env"
    return f"""\
# Worktrees hold what is committed.  What is ignored and needed all the same goes here.
# setup:
#   copy: [{copied}]
#   symlink: [node_modules]
#   run: [uv sync]

# limits: {{timeout: 30m, idle: 10m, retries: 2}}
"""


def _quoted(text: str) -> str:
    """A plain scalar where YAML lets it stand in a list, else in quotes."""
    plain = text.replace(" ", "").replace("-", "").replace("/", "").replace(".", "").replace(":", "")
    if plain.isalnum() and ": " not in text:
        return text
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


_WITH_AGENT = """\
tasks:
  - id: design
    prompt: |
      Read the code and write docs/plan.md: what has to change for …, and in which files.

  - id: api
    depends_on: [design]        # begins on a tree in which `design` has landed
    files: [src/**]             # its scope: tasks that overlap do not run side by side
    prompt: |
      Do the part of docs/plan.md that concerns …
    # verify: [make test-api]   # this task's own check, besides the one above
    # review: true              # hold the work until a person says swarm merge api

  - id: docs
    depends_on: [design]        # api and docs run side by side
    files: [docs/**, README.md]
    prompt: |
      Describe … for users.
"""

_WITHOUT = """\
# No agent was found, so these tasks are shell lines.  With one, write `prompt:` in place of `command:`.
tasks:
  - id: first
    command: echo first > first.txt

  - id: second
    depends_on: [first]         # begins on a tree in which `first` has landed
    files: [second.txt]         # its scope: tasks that overlap do not run side by side
    command: cat first.txt > second.txt

  - id: third
    depends_on: [first]         # second and third run side by side
    files: [third.txt]
    command: echo third > third.txt
    # verify: [test -s third.txt]   # this task's own check, besides the one above
    # review: true                  # hold the work until a person says swarm merge third
"""
