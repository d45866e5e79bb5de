"""What an agent in its own pane uses, by the transcript that Claude Code keeps of its conversation.  Its screen says
nothing to us; its hooks name the file.

JSON objects, one to a line; each answer of the model stands in several lines of one id, with the usage of the whole
(2.1.197).  A conversation that goes on is appended to, so what an attempt finds there at its start is not its own.
Dollars stand nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from swarm.agents.claudestream import SYNTHETIC, plain_model
from swarm.core.events import Usage
from swarm.files import read_json, read_part, size_of, write_json
from swarm.paths import AttemptDir

START = "SessionStart"
"""The event of its hooks before which nothing of the attempt is in the transcript."""

CHUNK = 1 << 20
MOST = 256 << 20
"""Bytes of a transcript that are read: far more than a conversation has."""

_ANSWER = b'"type":"assistant"'


def count(attempt: AttemptDir, event: Mapping[str, Any]) -> None:
    """Note what the attempt has used by now, and which model runs, where the event of a hook names a transcript."""
    path = event.get("transcript_path")
    if not isinstance(path, str) or not path.startswith("/") or "\0" in path:
        return
    noted = _noted(attempt)
    known = {**noted}
    known.setdefault(path, size_of(Path(path)) if event.get("hook_event_name") == START else 0)
    counted = [told(_lines(Path(name), begin)) for name, begin in known.items()]
    used = sum((usage for usage, _ in counted), Usage())
    model = next((model for _, model in reversed(counted) if model), "")
    write_json(attempt.transcripts, {"from": known, "model": model})
    if used != Usage():
        said = read_json(attempt.usage)
        tokens = {"input_tokens": used.input_tokens, "output_tokens": used.output_tokens}
        write_json(attempt.usage, {**said, **tokens, "cached_tokens": used.cached_tokens})


def told(lines: Iterable[bytes]) -> tuple[Usage, str]:
    """What these lines of a transcript count, and the model of the last answer.  Pure."""
    by_id: dict[str, Usage] = {}
    last = ""
    for line in lines:
        if _ANSWER not in line:
            continue
        try:
            answer = json.loads(line)["message"]
            if answer["model"] == SYNTHETIC:
                continue
            by_id[answer["id"]], last = _usage(answer["usage"]), plain_model(answer["model"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # half a line, or a shape that we do not know: nothing is concluded from it
    return sum(by_id.values(), Usage()), last


def _usage(said: Mapping[str, Any]) -> Usage:
    """Input tokens count with those that a cache held."""
    cached = int(said.get("cache_read_input_tokens") or 0)
    fresh = int(said["input_tokens"]) + int(said.get("cache_creation_input_tokens") or 0)
    return Usage(fresh + cached, int(said["output_tokens"]), 0.0, cached)


def _noted(attempt: AttemptDir) -> dict[str, int]:
    """From which byte on each transcript is the attempt's own."""
    found = read_json(attempt.transcripts).get("from")
    pairs = found.items() if isinstance(found, dict) else ()
    return {path: begin for path, begin in pairs if isinstance(begin, int) and begin >= 0}


def _lines(path: Path, begin: int) -> Iterable[bytes]:
    rest, offset = b"", begin
    while offset - begin < MOST and (data := read_part(path, offset, CHUNK)):
        offset += len(data)
        *lines, rest = (rest + data).split(b"\n")
        yield from lines
    yield rest
