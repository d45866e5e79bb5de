"""What the model is to say: scripts, chosen by the prompt.  Pure but for the count of errors.

The last text of the user that holds a directive chooses the script, and how often the model has spoken since says
which of its steps is due.  After the last one, and without any directive, the answer is `OK.`.  A directive is

    [[name]]                    a script of SCRIPTS, or of those that the server was given
    [[fail:529x2]]              two errors, then the script `hello`; without `x2`: errors for ever
    [[json [{"text": "…"}]]]    the steps themselves

A step is an object with a `text` and at most one action, `write: [path, body]`, `shell: line`,
`tool: [name or its ending, {arguments}]` or `tools: [[name, {…}], …]`; or `error: status`.  Beside it may stand

    delay: seconds before the answer    pace: seconds between two parts of a stream
    stop: "length"                      the answer ran into its limit
    cut: true                           the stream breaks off in the middle
    broken: "overloaded_error"          an error comes in the middle of the stream (Anthropic only)
    hang: true                          no answer before the server is closed
    hold: name                          no answer before the test says `server.release(name)`
    times, retry_after, headers         for an error: how often (else once), and what its header says
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from modelserver.conversation import Conversation

FOR_EVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of the model, see above."""

    text: str = ""
    write: tuple[str, str] | None = None
    shell: str | None = None
    tool: tuple[str, dict[str, Any]] | None = None
    tools: Sequence[tuple[str, dict[str, Any]]] = ()
    delay: float = 0.0
    pace: float = 0.0
    stop: str = ""
    cut: bool = False
    broken: str = ""
    hang: bool = False
    hold: str = ""
    error: int = 0
    times: int = 1
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


NAMES = frozenset(item.name for item in fields(Step))
FALLBACK = Step(text="OK.")

Steps = Sequence[Mapping[str, Any]]

SCRIPTS: Mapping[str, Steps] = {
    "hello": [
        {"text": "I write the file.", "write": ["hello.txt", "hello from the model\n"]},
        {"text": "Now it is committed.", "shell": "git add -A && git commit -q -m 'Add hello.txt'"},
        {"text": "DONE: hello.txt is committed."},
    ],
    "say": [{"text": "Just a short answer."}],
    "slow": [{"text": "This takes a while.", "shell": "sleep 30; echo slept"}, {"text": "DONE."}],
    "hang": [{"hang": True}],
    "cut": [{"text": "This stream is cut in the middle of its te", "cut": True}],
    "badtool": [{"text": "A command that fails.", "shell": "exit 3"}, {"text": "DONE anyway."}],
    "maxtokens": [{"text": "This was cut by the limit of the answ", "stop": "length"}],
}

_DIRECTIVE = re.compile(
    r"\[\[(?:(?P<json>json)\s+(?=\[)|(?P<name>[a-z][a-z0-9_-]*)(?::(?P<code>\d{3})(?:x(?P<times>\d+))?)?\]\])"
)


class BadScript(ValueError):
    """A directive that makes no sense; its text says why."""


def directive(*steps: Mapping[str, Any]) -> str:
    """The steps as a directive, to be put into a prompt."""
    return f"[[json {json.dumps(steps)}]]"


class Scripts:
    """The scripts of one server, and how many of their errors have been given."""

    def __init__(self, more: Mapping[str, Steps]) -> None:
        self._known = {**SCRIPTS, **more}
        self._given: dict[tuple[str, int], int] = {}

    def step(self, conversation: Conversation) -> Step:
        """What is due now.  Raises BadScript.  An error is counted as given."""
        chosen = [(at, *found) for at, text in conversation.user_texts() if (found := self._find(text))]
        if not chosen:
            return FALLBACK
        at, prompt, steps = chosen[-1]
        return self._due(prompt, steps, conversation.turns(after=at))

    def _due(self, prompt: str, steps: Steps, turns: int) -> Step:
        for number, step in enumerate(map(_step, steps)):
            if step.error and turns == 0:
                given = self._given.get((prompt, number), 0)
                if given < step.times:
                    self._given[prompt, number] = given + 1
                    return step
            elif not step.error:
                if turns == 0:
                    return step
                turns -= 1
        return FALLBACK

    def _find(self, text: str) -> tuple[str, Steps] | None:
        """The text up to its last directive, by which errors are counted, and the steps of that.

        One that makes no sense is passed over where another follows: a heading may hold the half of it.
        """
        found, bad = None, None
        for match in _DIRECTIVE.finditer(text):
            steps: Steps | None = None
            end = match.end()
            if match["json"]:
                try:
                    steps, length = _json(text[end:])
                    end += length
                except BadScript as error:
                    bad = error
                    continue
            elif match["name"] == "fail":
                times = int(match["times"] or FOR_EVER)
                steps = [{"error": int(match["code"] or 500), "times": times}, *self._known["hello"]]
            elif match["name"] in self._known:
                steps = self._known[match["name"]]
            if steps is not None:
                found, bad = (text[:end], steps), None
        if bad is not None:
            raise bad
        return found


def _json(text: str) -> tuple[Steps, int]:
    """The steps that a text begins with, and where they end."""
    try:
        steps, end = json.JSONDecoder().raw_decode(text)
    except ValueError as error:
        raise BadScript(f"the steps in the prompt are no JSON: {error}") from None
    return list(steps), end


def _step(item: Mapping[str, Any]) -> Step:
    unknown = sorted(set(item) - NAMES) if isinstance(item, Mapping) else [str(item)]
    if unknown:
        raise BadScript(f"a step has no {unknown[0]!r}; it may have {', '.join(sorted(NAMES))}")
    return Step(**item)
