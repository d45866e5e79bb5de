"""The completion scripts of three shells, made from a description of the verbs.  Pure text.

Knows how each shell completes, and no verb.  What depends on the run is asked of `swarm completion --words` while one
types; those words are ids, so that no shell finds anything in them to expand.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What may stand in a place."""

    NONE = "none"
    TASK = "task"
    NAME = "name"
    """A task or a worker."""
    RUN = "run"
    FILE = "file"
    VERB = "verb"


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its spellings, and what its value may be (`choices`, else `kind`) where it `takes` one."""

    names: tuple[str, ...]
    help: str
    takes: bool
    kind: Kind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb; `kind` is that of the first thing that it takes."""

    name: str
    summary: str
    options: tuple[Option, ...]
    kind: Kind


def bash(verbs: Sequence[Verb]) -> str:
    """For bash 4 and later."""
    cases = "\n".join(_bash_values(verb, option) for verb in verbs for option in verb.options if option.takes)
    places = "\n".join(f'        {verb.name}) options="{_spellings(verb)}"; kind={verb.kind} ;;' for verb in verbs)
    return f"""\
# swarm completion bash > ~/.local/share/bash-completion/completions/swarm
_swarm_offer() {{  # KIND CURRENT
    case "$1" in
        file) compopt -o default 2>/dev/null ;;
        verb) COMPREPLY=($(compgen -W "{_names(verbs)}" -- "$2")) ;;
        task|name|run) COMPREPLY=($(compgen -W "$(swarm completion --words "$1" 2>/dev/null)" -- "$2")) ;;
    esac
}}
_swarm() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" verb="${{COMP_WORDS[1]}}"
    local options="" kind=none
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "{_names(verbs)} --help --version" -- "$current"))
        return
    fi
    if [[ "$current" == "=" ]]; then
        current=""
    elif [[ "$before" == "=" ]]; then
        before="${{COMP_WORDS[COMP_CWORD-2]}}"
    fi
    case "$verb $before" in
{cases}
    esac
    case "$verb" in
{places}
    esac
    if [[ "$current" == -* || "$kind" == none ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
    else
        _swarm_offer "$kind" "$current"
    fi
}}
complete -F _swarm swarm
"""


def _bash_values(verb: Verb, option: Option) -> str:
    patterns = "|".join(f'"{verb.name} {name}"' for name in option.names)
    if option.choices:
        return f'        {patterns}) COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$current")); return ;;'
    return f'        {patterns}) _swarm_offer {option.kind} "$current"; return ;;'


def _names(verbs: Sequence[Verb]) -> str:
    return " ".join(verb.name for verb in verbs)


def _spellings(verb: Verb) -> str:
    return " ".join(name for option in verb.options for name in option.names)


def zsh(verbs: Sequence[Verb]) -> str:
    """For zsh with compinit; as a file `_swarm` in fpath, or sourced."""
    table = "\n".join(f"        '{verb.name}:{_zsh_text(verb.summary)}'" for verb in verbs)
    cases = "\n".join(_zsh_case(verb) for verb in verbs)
    return f"""\
#compdef swarm
# swarm completion zsh > ~/.zfunc/_swarm
_swarm_words() {{  # what _arguments wants compadd to be told, then KIND
    local -a found
    found=(${{(f)"$(swarm completion --words ${{@[-1]}} 2>/dev/null)"}})
    compadd "${{@[1,-2]}}" -a found
}}
_swarm_verbs() {{
    local -a verbs
    verbs=(
{table}
    )
    _describe 'verb' verbs
}}
_swarm() {{
    if (( CURRENT == 2 )); then
        _swarm_verbs
        return
    fi
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    case $verb in
{cases}
    esac
}}
if [[ "$funcstack[1]" == "_swarm" ]]; then
    _swarm "$@"
else
    compdef _swarm swarm
fi
"""


_ZSH = {
    Kind.NONE: " ", Kind.TASK: "_swarm_words task", Kind.NAME: "_swarm_words name", Kind.RUN: "_swarm_words run",
    Kind.FILE: "_files", Kind.VERB: "_swarm_verbs",
}  # fmt: skip


def _zsh_case(verb: Verb) -> str:
    specs = [_zsh_option(option, name) for option in verb.options for name in option.names]
    if verb.kind is not Kind.NONE:
        specs.append(f"'*:{verb.kind}:{_ZSH[verb.kind]}'")
    return f"        {verb.name}) _arguments {' '.join(specs)} ;;"


def _zsh_option(option: Option, name: str) -> str:
    value = ""
    if option.takes:
        offered = f"({' '.join(option.choices)})" if option.choices else _ZSH[option.kind]
        value = f":value:{offered}"
    return f"'{name}[{_zsh_text(option.help)}]{value}'"


def _zsh_text(text: str) -> str:
    """Text between quotes and brackets of a spec."""
    plain = " ".join(text.split()).replace("'", "’")
    return plain.replace("\\", "").replace("[", "(").replace("]", ")").replace(":", "\\:")


def fish(verbs: Sequence[Verb]) -> str:
    """For fish 3 and later."""
    lines = [
        "# swarm completion fish > ~/.config/fish/completions/swarm.fish",
        "complete -c swarm -f",
        *(_fish_line("__fish_use_subcommand", f"-a {verb.name}", verb.summary) for verb in verbs),
        "complete -c swarm -n '__fish_use_subcommand' -l version -l help",
    ]
    for verb in verbs:
        within = f"__fish_seen_subcommand_from {verb.name}"
        if verb.kind is not Kind.NONE:
            lines.append(_fish_line(within, _fish_words(verb.kind, verbs), ""))
        lines += [_fish_line(within, _fish_option(option, verbs), option.help) for option in verb.options]
    return "\n".join(lines) + "\n"


def _fish_line(condition: str, what: str, text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "").replace("'", "\\'")
    return f"complete -c swarm -n '{condition}' {what}" + (f" -d '{plain}'" if plain else "")


def _fish_option(option: Option, verbs: Sequence[Verb]) -> str:
    names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if not option.takes:
        return " ".join(names)
    offered = f"-a '{' '.join(option.choices)}'" if option.choices else _fish_words(option.kind, verbs)
    return " ".join([*names, "-r" if option.kind is Kind.FILE else "-x", offered]).rstrip()


def _fish_words(kind: Kind, verbs: Sequence[Verb]) -> str:
    if kind is Kind.NONE:
        return ""
    if kind is Kind.FILE:
        return "-F"
    return f"-a '{_names(verbs)}'" if kind is Kind.VERB else f"-a '(swarm completion --words {kind} 2>/dev/null)'"


SHELLS: dict[str, Callable[[Sequence[Verb]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
"""The script of each shell by its name."""
