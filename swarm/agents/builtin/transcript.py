"""The conversation as it is kept: one JSON object to a line, appended and synced before it is relied on.

Knows nothing of what is said.  The lines, in order:

    {"session": id}                         the first one
    {"user": [blocks], "notes": [ids]}      a prompt, or notes that were handed over
    {"model": [blocks]}                     an answer of the model
    {"result": block}                       what one of its calls of tools gave
    {"asked": id, "call": text}             a person was asked whether that call may be done
    {"cleared": n}                          results in the first n messages are not sent any more
    {"usd": n, "attempt": n}                what a request cost

A program that was killed leaves at most half a line, which is cut off.  Calls without a result get one that says so.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from swarm.errors import SwarmError
from swarm.files import content, write_whole
from swarm.paths import AttemptDir

Block = dict[str, Any]
Message = dict[str, Any]

LOST = "It is not known what came of this: the program was ended meanwhile. Look before you do it once more."


class Transcript:
    """One conversation in its file.  Made by `begin` or `resume`."""

    def __init__(self, path: Path, lines: list[dict[str, Any]]) -> None:
        self._path, self._lines = path, lines

    @classmethod
    def begin(cls, path: Path, session: str) -> Transcript:
        """A new conversation, in place of one that may lie there."""
        found = cls(path, [])
        write_whole(path, b"")
        found._add({"session": session})
        return found

    @classmethod
    def resume(cls, attempt: AttemptDir, task: str, number: int, session: str) -> Transcript:
        """The conversation of that id, of this attempt or of an earlier one.  Raises SwarmError where there is none.

        An earlier attempt's is copied: each attempt writes in its own directory alone.
        """
        path = attempt.conversation
        for earlier in range(number, 0, -1):
            there = attempt if earlier == number else AttemptDir(attempt.path.with_name(f"{task}.{earlier}"))
            for place in (there.conversation, AttemptDir(there.cell / "attempt").conversation):
                lines = _whole_lines(content(place) or b"")
                if lines and lines[0].get("session") == session:
                    write_whole(path, b"".join(_encoded(line) for line in lines))
                    return cls(path, lines)
        raise SwarmError(f"the conversation {session} is not here any more", "a new attempt begins a new one")

    def user(self, blocks: list[Block], notes: list[str] | None = None) -> None:
        """The other side speaks."""
        self._add({"user": blocks, "notes": notes or []})

    def model(self, blocks: list[Block]) -> None:
        """The model speaks, or says nothing."""
        self._add({"model": blocks})

    def result(self, block: Block) -> None:
        """A call has come to something."""
        self._add({"result": block})

    def asked(self, id: str, call: str) -> None:
        """A person was asked for a permission."""
        self._add({"asked": id, "call": call})

    def clear(self, count: int) -> None:
        """From now on results in the first `count` messages are left out."""
        self._add({"cleared": count})

    def spend(self, usd: float, attempt: int) -> None:
        """A request of that attempt has cost so much."""
        self._add({"usd": usd, "attempt": attempt})

    def spent(self, attempt: int) -> float:
        """USD that the attempt has used so far."""
        return float(sum(line["usd"] for line in self._lines if line.get("attempt") == attempt))

    @property
    def cleared(self) -> int:
        """Of how many messages the results are left out."""
        return max((line["cleared"] for line in self._lines if "cleared" in line), default=0)

    @property
    def questions(self) -> dict[str, str]:
        """Calls for which a permission was asked, by the question's id."""
        return {line["asked"]: line["call"] for line in self._lines if "asked" in line}

    def notes(self) -> tuple[set[str], set[str]]:
        """Ids of notes that the model has certainly been given, and of those that are in a request without answer."""
        given: set[str] = set()
        pending: set[str] = set()
        for line in self._lines:
            pending.update(line.get("notes", ()))
            if "model" in line:
                given, pending = given | pending, set()
        return given, pending

    def messages(self) -> list[Message]:
        """The conversation as the model is sent it: user and model in turn, each call with its result."""
        found: list[Message] = []
        calls: list[str] = []
        results: dict[str, Block] = {}
        for line in self._lines:
            if "result" in line:
                results[line["result"]["tool_use_id"]] = line["result"]
            elif "user" in line or "model" in line:
                _say(found, "user", _settled(calls, results))
                calls, results = [], {}
            if "user" in line:
                _say(found, "user", line["user"])
            elif "model" in line:
                _say(found, "assistant", line["model"])
                calls = [block["id"] for block in line["model"] if block.get("type") == "tool_use"]
        _say(found, "user", _settled(calls, results))
        return found

    def _add(self, line: dict[str, Any]) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.write(descriptor, _encoded(line))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._lines.append(line)


def _say(found: list[Message], role: str, blocks: list[Block]) -> None:
    """Whoever speaks twice in a row speaks once; who says nothing is left out: the service takes no empty message."""
    if not blocks:
        return
    if found and found[-1]["role"] == role:
        found[-1] = {"role": role, "content": [*found[-1]["content"], *blocks]}
    else:
        found.append({"role": role, "content": list(blocks)})


def _settled(calls: list[str], results: dict[str, Block]) -> list[Block]:
    lost = {"type": "tool_result", "content": LOST, "is_error": True}
    return [results.get(id) or {**lost, "tool_use_id": id} for id in calls]


def _encoded(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=True).encode() + b"\n"


def _whole_lines(data: bytes) -> list[dict[str, Any]]:
    """The lines up to the first that is none."""
    found: list[dict[str, Any]] = []
    for text in data.split(b"\n")[:-1]:
        try:
            line = json.loads(text)
        except ValueError:
            break
        if not isinstance(line, dict):
            break
        found.append(line)
    return found
