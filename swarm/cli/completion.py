"""Print the completion script of a shell: verbs, their options, and the tasks, workers and runs there are.

examples:
  swarm completion bash > ~/.local/share/bash-completion/completions/swarm
  swarm completion zsh > ~/.zfunc/_swarm          with ~/.zfunc in fpath, before compinit
  swarm completion fish > ~/.config/fish/completions/swarm.fish
"""

from __future__ import annotations

import argparse

from swarm.cli import VERBS, parser_of
from swarm.cli.context import find_run, here, load, run_names
from swarm.cli.say import hint
from swarm.cli.shells import SHELLS, Kind, Option, Verb
from swarm.core.plan import ID_PATTERN
from swarm.errors import SwarmError

NOT_TYPED = frozenset({"worker", "completion"})
"""Verbs that nobody types by hand, or only once."""

KINDS = {
    "TASK": Kind.TASK, "WORKER|TASK": Kind.NAME, "WORKER": Kind.NAME, "WHO": Kind.NAME, "RUN": Kind.RUN,
    "FILE": Kind.FILE, "DIR": Kind.FILE, "VERB": Kind.VERB,
}  # fmt: skip
"""What a placeholder of the help stands for.  `NAME` says nothing by itself: after --run it is a run."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm completion`."""
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("shell", nargs="?", choices=sorted(SHELLS), help="whose script to print")
    words = [Kind.TASK.value, Kind.NAME.value, Kind.RUN.value]
    wanted.add_argument("--words", choices=words, help="what the script asks for while one types")


def run(options: argparse.Namespace) -> int:
    """Print the script, or the words."""
    if options.words:
        print("\n".join(_words(Kind(options.words))))
        return 0
    print(SHELLS[options.shell]([_verb(name) for name in VERBS if name not in NOT_TYPED]), end="")
    hint("put it where your shell looks: swarm completion --help says where; then open a new one")
    return 0


def _words(kind: Kind) -> list[str]:
    """The names there are, of the newest run; none where there is no run.  Nothing that a shell could expand."""
    try:
        if kind is Kind.RUN:
            found = run_names(here()[1])
        else:
            state = load(find_run(None))
            found = [*state.tasks, *(state.workers if kind is Kind.NAME else ())]
    except SwarmError:
        return []
    return [name for name in found if ID_PATTERN.match(name)]


def _verb(name: str) -> Verb:
    """What the verb's own parser says of it."""
    actions = [action for action in parser_of(name)._actions if action.help != argparse.SUPPRESS]
    places = [action for action in actions if not action.option_strings]
    return Verb(
        name,
        VERBS[name],
        tuple(_option(action) for action in actions if action.option_strings),
        _kind(places[0]) if places else Kind.NONE,
    )


def _option(action: argparse.Action) -> Option:
    takes = action.nargs != 0
    choices = tuple(str(choice) for choice in action.choices or ())
    return Option(
        tuple(action.option_strings), action.help or "", takes, _kind(action) if takes else Kind.NONE, choices
    )


def _kind(action: argparse.Action) -> Kind:
    if "--run" in action.option_strings:
        return Kind.RUN
    return KINDS.get(str(action.metavar), Kind.NONE)
