"""The campaign of the damaged journal: every way in which a file of lines can be torn or changed behind our back.

A run is stopped in its middle.  Then its journal is damaged in one way after the other.  Damage at its end is what a
power loss leaves: it is cut, set aside, and the run goes on.  Damage before good lines is somebody's doing: every verb
refuses, names the place, changes nothing; and with the journal as it was the run goes on.
"""

from __future__ import annotations

import json
import random
import re
import signal
import zlib
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from moments import wait_for_lines
from scenario import small
from stage import Stage
from trial import Trial

Damage = Callable[[bytes, random.Random], bytes]


def _cut(share: float) -> Damage:
    """The last line breaks off after this share of its bytes."""

    def damage(data: bytes, chance: random.Random) -> bytes:
        start = data.rindex(b"\n", 0, -1) + 1
        return data[: start + int((len(data) - start) * share)]

    return damage


def _zeros(data: bytes, chance: random.Random) -> bytes:
    """The file is longer than what was written to it."""
    return data + b"\0" * 4096


def _zeroed_tail(data: bytes, chance: random.Random) -> bytes:
    """The last line's bytes never came to the disk, its length did."""
    start = data.rindex(b"\n", 0, -1) + 1
    return data[:start] + b"\0" * (len(data) - start)


def _rotten_tail(data: bytes, chance: random.Random) -> bytes:
    """A bit of the last line has flipped."""
    start = data.rindex(b"\n", 0, -1) + 1
    return _flipped(data, chance.randrange(start, len(data) - 1), chance)


def _garbage_tail(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(300).replace(b"\n", b" ")


def _flipped(data: bytes, place: int, chance: random.Random) -> bytes:
    damaged = bytearray(data)
    damaged[place] ^= 1 << chance.randrange(7)
    if damaged[place] == 10 or data[place] == 10:  # a line more or less is another damage
        damaged[place] = 1
    return bytes(damaged)


def _rotten_middle(data: bytes, chance: random.Random) -> bytes:
    second, last = data.index(b"\n") + 1, data.rindex(b"\n", 0, -1)
    return _flipped(data, chance.randrange(second, last), chance)


def _rotten_first(data: bytes, chance: random.Random) -> bytes:
    return _flipped(data, chance.randrange(data.index(b"\n")), chance)


def _twice(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    place = chance.randrange(1, len(lines) - 1)
    return b"".join([*lines[: place + 1], *lines[place:]])


def _swapped(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    place = chance.randrange(1, len(lines) - 2)
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    return b"".join(lines)


def _dropped(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[chance.randrange(1, len(lines) - 2)]
    return b"".join(lines)


def _nul_block(data: bytes, chance: random.Random) -> bytes:
    place = data.index(b"\n") + 40
    return data[:place] + b"\0" * 512 + data[place + 512 :]


def _broken_newline(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    place = chance.randrange(1, len(lines) - 2)
    lines[place] = lines[place][:-1] + b" "
    return b"".join(lines)


def _foreign_line(data: bytes, chance: random.Random) -> bytes:
    """A line of another run between two good ones: whole, with a crc of its own chain."""
    lines = data.splitlines(keepends=True)
    body = b'{"seq":3,"v":1,"at":1.0,"mono":1.0,"events":[]}'
    lines.insert(3, b'{"crc":"%08x",' % zlib.crc32(body) + body[1:] + b"\n")
    return b"".join(lines)


TAILS: dict[str, Damage] = {
    **{f"cut-{int(share * 100)}": _cut(share) for share in (0.0, 0.02, 0.1, 0.5, 0.97, 0.999)},
    "zeros": _zeros, "zeroed": _zeroed_tail, "rotten": _rotten_tail, "garbage": _garbage_tail,
}  # fmt: skip
"""What a power loss leaves at the end."""

MIDDLES: dict[str, Damage] = {
    "rotten-middle": _rotten_middle, "rotten-first": _rotten_first, "twice": _twice, "swapped": _swapped,
    "dropped": _dropped, "nul-block": _nul_block, "broken-newline": _broken_newline, "foreign-line": _foreign_line,
}  # fmt: skip
"""What only somebody else can have done."""


OTHERS = (("log",), ("why", "last"), ("summary",), ("send", "last", "hello"))
"""Verbs of which one is tried with each damage; `status` and `resume` are with all."""


def _begun(stage: Stage) -> tuple[Path, bytes]:
    """A run that was stopped in its middle; its journal."""
    leader = stage.take_up()
    wait_for_lines(stage, leader, 18)
    leader.send_signal(signal.SIGINT)
    stage.ended(leader)
    journal = stage.run / "journal.jsonl"
    return journal, journal.read_bytes()


def _tail(kind: str) -> Callable[[Stage, random.Random], None]:
    def disturb(stage: Stage, chance: random.Random) -> None:
        journal, good = _begun(stage)
        damaged = TAILS[kind](good, chance)
        journal.write_bytes(damaged)
        kept = _good_lines(damaged)
        _all_say(stage, kept.count(b"\n"))
        leader = stage.lead("resume")
        wait_for_lines(stage, leader, kept.count(b"\n") + 1)
        if not journal.read_bytes().startswith(kept):
            raise RuntimeError("good lines were cut along with the bad one")
        rest = b"".join(path.read_bytes() for path in stage.run.glob("journal.jsonl.torn-*"))
        if rest != damaged[len(kept) :]:
            raise RuntimeError(f"what was cut was not kept: {rest[:80]!r}")
        stage.ended(leader)

    return disturb


def _good_lines(data: bytes) -> bytes:
    """The whole lines from the start on whose crc fits."""
    crc, size = 0, 0
    for line in data.splitlines(keepends=True):
        found = re.fullmatch(rb'\{"crc":"([0-9a-f]{8})",(.*)\n', line)
        if found is None or (crc := zlib.crc32(b"{" + found[2], crc)) != int(found[1], 16):
            break
        size += len(line)
    return data[:size]


def _all_say(stage: Stage, seq: int) -> None:
    """Status and log know the same lines, and say nothing of what is behind them."""
    seen = stage.status()
    if seen is None or seen["seq"] != seq:
        raise RuntimeError(f"status knows {seen and seen['seq']} entries, there are {seq}")
    said = stage.swarm("log", "--json")
    if said.code != 0 or len([json.loads(line) for line in said.out.splitlines()]) == 0:
        raise RuntimeError(f"log ends with {said.code}: {said.err}")


def _middles(stage: Stage, chance: random.Random) -> None:
    journal, good = _begun(stage)
    for (kind, make), other in zip(MIDDLES.items(), cycle(OTHERS), strict=False):
        damaged = make(good, chance)
        journal.write_bytes(damaged)
        offset = len(_good_lines(damaged))
        for words in (("status",), other, ("resume",)):
            _refused(stage, kind, words, offset)
        if journal.read_bytes() != damaged or list(stage.run.glob("journal.jsonl.torn-*")):
            raise RuntimeError(f"{kind}: a damaged journal was changed")
    for kind, data in (("empty", b""), ("zeros only", b"\0" * 4096), ("half a first line", good[:100])):
        journal.write_bytes(data)
        for words in (("status",), ("resume",)):
            said = stage.swarm(*words)
            if said.code != 1 or "→" not in said.err:
                told = f"{said.out[-200:]} {said.err[-400:]}"
                raise RuntimeError(f"{kind}: swarm {words[0]} ends with {said.code}: {told}")
        if journal.read_bytes() != data:
            raise RuntimeError(f"{kind}: the journal was changed")
    journal.write_bytes(good)


def _refused(stage: Stage, kind: str, words: tuple[str, ...], offset: int) -> None:
    said = stage.swarm(*words)
    if said.code != 1 or f"byte {offset}" not in said.err or "→" not in said.err:
        told = f"{said.out[-200:]} {said.err[-400:]}"
        raise RuntimeError(f"{kind} (at byte {offset}): swarm {words[0]} ends with {said.code}: {told}")


def _trial(name: str, disturb: Callable[[Stage, random.Random], None]) -> Trial:
    return Trial(f"torn/{name}", lambda _: small("torn"), disturb, restarts=2)


def fast() -> list[Trial]:
    """None: the probe `torn-line` tears a tail, and the tests of the journal and of bad runs have the rest."""
    return []


def whole(first: int) -> list[Trial]:
    """All of it once, at other places for another first seed."""
    return [*(_trial(f"{kind}-{first}", _tail(kind)) for kind in TAILS), _trial(f"middles-{first}", _middles)]
