"""The task file that `swarm init` writes: short, valid, and with a comment on whatever a first reader asks.  Pure.

Knows nothing of the disk; what was found there comes in.  Everything that is left out has a default.
"""

from __future__ import annotations

from dataclasses import dataclass

from swarm.core.plan import Permission, slug


@dataclass(frozen=True, slots=True)
class Findings:
    """What `init` has found: the directory's name, where the schema lies, an agent that can be used here (None: none)
    and what to permit it, a test command and whether its program is there, ignored files that a worktree will lack."""

    name: str
    schema: str
    agent: str | None = None
    permissions: Permission | None = None
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
{_permissions(found.permissions)}"""


def _permissions(wanted: Permission | None) -> str:
    if wanted is None:
        return ""
    return f"""
# What agents may do without asking you: ask (only read), edits (change files in their worktrees, and what `allow`
# lists), all (whatever you can; then better with `sandbox: bwrap`).  For anything else a task asks you, where its agent
# can: it shows as "needs you", and swarm answer TASK yes, or no, goes back.
permissions: {wanted}
# allow: ["Bash(make test:*)"]
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
# These three can be tried as they are.  Put your own in their place.
tasks:
  - id: overview
    files: [docs/overview.md]
    prompt: |
      Read the code and write docs/overview.md, one page: what this is for, its parts and how they work together, how it
      is tested, and under "Gaps" the three places that most need a test or an explanation.

  - id: gap
    depends_on: [overview]      # begins on a tree in which `overview` has landed
    prompt: |
      Add the test that docs/overview.md names first under "Gaps".  Change no other behaviour.
    # verify: [make test-api]   # this task's own check, besides the one above
    # review: true              # hold the work until a person says swarm merge gap

  - id: readme
    depends_on: [overview]      # gap and readme run side by side
    files: [README.md]          # its scope: tasks that overlap do not run side by side
    prompt: |
      Compare README.md with docs/overview.md and the code.  Mend what is no longer true, and link the overview.
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
