"""The command line: `swarm VERB …`.  Each verb is a module of its own, loaded when it is asked for and not before.

This is the one place that loads lazily: `swarm send` must not pay for what `swarm board` needs.  Errors that a person
can mend are caught here, once; anything else is a bug and leaves a report.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from swarm.cli.streams import insist_on_utf8, lead_nowhere, whole_streams

GROUPS: dict[str, dict[str, str]] = {
    "Begin": {
        "demo": "see it work: a toy repository, four workers, a conflict, a red gate and their repair",
        "init": "write a task file to start from",
        "check": "check a task file",
        "graph": "draw a task file's dependencies",
        "doctor": "say whether this machine has what a run needs",
    },
    "Run": {
        "start": "start a run: workers, panes, merges",
        "resume": "go on with a run whose leader has stopped",
        "stop": "stop a run; what was done is kept",
        "add": "add tasks to a running plan",
        "pause": "pause a task",
        "unpause": "let a paused task go on",
        "cancel": "give a task up; its work is kept on its branch",
        "retry": "give a task new attempts",
        "take": "take an agent's conversation over, in its pane",
        "release": "hand it back to its agent",
        "answer": "answer what a task asks",
        "budget": "say how much the run may use",
    },
    "Look": {
        "status": "say where everything stands",
        "board": "open the kanban",
        "dashboard": "open the kanban in the browser",
        "why": "say why a task is where it is",
        "log": "show what happened, or what a task's agent printed",
        "summary": "sum a run up",
        "runs": "list the runs of this repository",
        "attach": "look at a worker's pane",
        "diff": "show what a task changed",
        "path": "print where a worker or task works",
    },
    "Talk": {
        "send": "send a message to a worker, a task, a role or the operator",
        "broadcast": "send a message to everybody",
        "inbox": "read messages",
    },
    "Land": {
        "merge": "land the run in your branch, or let a held task into the queue",
        "rescue": "bring back work that was set aside",
        "clean": "remove what ended runs have left",
    },
    "For agents": {
        "done": "say that the attempt is done",
        "fail": "say that it can't be done",
        "ask": "ask a person, and wait for the answer",
        "report": "leave a written report",
        "tasks": "say which tasks the run has",
        "mcp": "serve these as tools, over MCP on standard input and output",
    },
    "Inside": {
        "worker": "the program in a worker's pane",
        "hook": "hand messages over to an agent that works",
        "permission": "ask a person for a permission that an agent needs",
        "completion": "print the shell's completion script",
    },
}
"""Every verb with what it does, in the order of the help."""

VERBS = {verb: summary for group in GROUPS.values() for verb, summary in group.items()}

INSIDE = frozenset({"send", "broadcast", "inbox"})
"""Verbs that mean the agent's own mail where they are typed inside an attempt."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.  Returns the exit code (a contract: docs/protocol.md)."""
    words = list(sys.argv[1:] if argv is None else argv)
    insist_on_utf8()
    whole_streams()
    # Inside a git hook or alias these name the wrong repository.
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    if not words or words[0] in ("-h", "--help", "help"):
        return _help(words[1:])
    if words[0] in ("-V", "--version"):
        return _guarded("version", [])
    if words[0] not in VERBS:
        return _unknown(words[0])
    return _guarded(words[0], words[1:])


def _help(words: Sequence[str]) -> int:
    if words and words[0] in VERBS:
        return _guarded(words[0], ["--help"])
    print(
        "usage: swarm VERB …\n\nCoordinates coding agents: a task file, a worktree and a pane each, verified merges.\n"
    )
    for group, verbs in GROUPS.items():
        print(f"{group}:")
        for verb, summary in verbs.items():
            print(f"  {verb:<11} {summary}")
    print("\nswarm VERB --help says more. Begin with: swarm demo")
    return 0


def _unknown(word: str) -> int:
    difflib = importlib.import_module("difflib")
    near = difflib.get_close_matches(word, VERBS, n=1)
    print(f"swarm: there is no verb {word!r}" + (f"; did you mean {near[0]}?" if near else ""), file=sys.stderr)
    print("swarm --help lists them", file=sys.stderr)
    return 2


def _place(verb: str, words: Sequence[str]) -> str:
    """The module of a verb.  An agent's talk has one of its own, which loads next to nothing."""
    inside = verb in INSIDE and "SWARM_ATTEMPT_DIR" in os.environ and "--watch" not in words
    return f"swarm.cli.inside.{verb}" if inside else f"swarm.cli.{verb}"


def parser_of(verb: str, place: str = "") -> Parser:
    """The parser of a verb, whose module is loaded for it; `place` is that module where it is not the usual one."""
    module = importlib.import_module(place or f"swarm.cli.{verb}")
    parser = Parser(prog=f"swarm {verb}", description=module.__doc__, formatter_class=argparse.RawTextHelpFormatter)
    module.arguments(parser)
    return parser


def _guarded(verb: str, words: Sequence[str]) -> int:
    try:
        place = _place(verb, words)
        options = parser_of(verb, place).parse_args(words)
        code: int = importlib.import_module(place).run(options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us has gone (`| head`).  Keep the interpreter from writing to the pipe once more.
        lead_nowhere(1)
        return 0
    except Exception as error:  # noqa: BLE001 (the one door for errors)
        # The only broad except of the command line: it tells an error that a person can mend from a bug of ours.
        return int(importlib.import_module("swarm.cli.failure").explain(error, verb))


class Parser(argparse.ArgumentParser):
    """argparse with our exit code and a hint for wrong words."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words, and how to learn more; exit 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        print(f"{self.prog} --help says more", file=sys.stderr)
        raise SystemExit(2)
