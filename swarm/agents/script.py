"""The scripted agent's program: does the steps of the prompt on its standard input, and no thinking.

Knows the worktree it stands in and the attempt it belongs to.  For tests, examples and the demo: it takes part in a run
as any agent does, without a model.  Prints one line for each step.  Exit codes: 0 all done, 1 a step failed,
2 the steps make no sense, else what a step said.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from swarm.agents import tools, waiting
from swarm.agents.steps import Step, steps
from swarm.errors import SwarmError

Values = Mapping[str, Any]


def main() -> int:
    """Do the steps of standard input; the exit code."""
    try:
        attempt = os.environ.get("SWARM_ATTEMPT", "1")
        for step in steps(sys.stdin.read(), int(attempt) if attempt.isdecimal() else 1):
            code = _do(step)
            if code is not None:
                return code
    except SwarmError as error:
        print(f"✗ {error.message}" + (f"; {error.hint}" if error.hint else ""), file=sys.stderr)
        return error.exit_code
    return 0


def _do(step: Step) -> int | None:
    """Do one step; an exit code where it is to be the last."""
    try:
        return _STEPS[step.name](step.values)
    except OSError as error:
        raise SwarmError(f"{step.name}: {(error.strerror or str(error)).lower()}: {error.filename}") from None


def _say(text: str) -> None:
    print(f"• {text}", flush=True)


def _inside() -> tools.Inside:
    return tools.inside(os.environ)


# the worktree


def _write(values: Values) -> None:
    path, text = Path(values["path"]), str(values["text"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a" if values.get("append") else "w") as file:
        file.write(text)
    _say(f"{'append to' if values.get('append') else 'write'} {path} ({text.count(chr(10))} lines)")


def _edit(values: Values) -> None:
    path, old = Path(values["path"]), str(values["old"])
    text = path.read_text()
    count = text.count(old) if old else 0
    if count == 0 or (count > 1 and not values.get("all")):
        raise SwarmError(f"edit {path}: the old text stands there {count} times")
    path.write_text(text.replace(old, values["new"]))
    _say(f"edit {path}" + (f" ({count} times)" if count > 1 else ""))


def _delete(values: Values) -> None:
    Path(values["path"]).unlink()
    _say(f"delete {values['path']}")


def _run(values: Values) -> None:
    print(f"$ {values['line']}", flush=True)
    _call("/bin/sh", "-c", values["line"])


def _commit(values: Values) -> None:
    _call("git", "add", "--all")
    if subprocess.run(["git", "diff", "--cached", "--quiet"], check=False).returncode == 0:
        _say("nothing to commit")
        return
    _call("git", "commit", "--quiet", "--message", values["message"])
    _say(f"commit {values['message']}")


def _call(*argv: str) -> None:
    """Run a program in our own process group and on our own output, as an agent's shell would."""
    code = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False).returncode
    if code != 0:
        raise SwarmError(f"{' '.join(argv)} ended with {f'status {code}' if code > 0 else f'signal {-code}'}")


# the conversation


def _tell(values: Values) -> None:
    _say(values["text"])


def _send(values: Values) -> None:
    tools.send(_inside(), values["to"], values["text"])
    _say(f"send to {values['to']}: {values['text']}")


def _wait(values: Values) -> None:
    sender, timeout = values.get("from"), values.get("timeout")
    _say(f"wait for a note from {sender or 'anybody'}")
    message = waiting.note(_inside(), sender, timeout)
    if message is None:
        raise SwarmError(f"no note came within {timeout:g} s")
    _say(f"note from {message.sender}: {message.text}")


def _ask(values: Values) -> None:
    _say(f"ask: {values['question']}")
    _say(f"answer: {waiting.ask(_inside(), values['question'])}")


def _report(values: Values) -> None:
    tools.report(_inside(), values["text"])
    _say("report written")


# the end


def _done(values: Values) -> None:
    tools.done(_inside(), values.get("text", ""))
    _say(f"done: {values['text']}" if values.get("text") else "done")


def _fail(values: Values) -> int:
    tools.fail(_inside(), values["reason"])
    _say(f"fail: {values['reason']}")
    return 1


def _sleep(values: Values) -> None:
    _say(f"sleep {values['seconds']:g} s")
    time.sleep(values["seconds"])  # the step itself: a stand-in for work that takes its time


def _exit(values: Values) -> int:
    _say(f"exit {values['code']}")
    return int(values["code"])


def _usage(values: Values) -> None:
    tools.use(_inside(), values.get("input_tokens", 0), values.get("output_tokens", 0), values.get("usd", 0.0))
    _say("usage noted")


_STEPS: Mapping[str, Callable[[Values], int | None]] = {
    "write": _write,
    "edit": _edit,
    "delete": _delete,
    "run": _run,
    "commit": _commit,
    "say": _tell,
    "send": _send,
    "wait": _wait,
    "ask": _ask,
    "report": _report,
    "done": _done,
    "fail": _fail,
    "sleep": _sleep,
    "exit": _exit,
    "usage": _usage,
}

if __name__ == "__main__":
    sys.exit(main())
