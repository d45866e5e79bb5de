"""An agent's output as it is read: whole lines whatever the pieces, and the same again from the start."""

from __future__ import annotations

import json
import os
from pathlib import Path

from swarm.agents.lines import LinesReader
from swarm.worker import stream as streams
from swarm.worker.stream import CHUNK, MOST_IN_A_LINE, MOST_PER_LOOK, Stream


class World:
    def __init__(self, path: Path) -> None:
        self.raw, self.shown = path / "stream.log", path / "output.log"
        self.stream = Stream(self.raw, self.shown, LinesReader())
        self.stream.begin()

    def writes(self, data: bytes) -> None:
        with open(self.raw, "ab") as file:
            file.write(data)

    def text(self) -> str:
        return self.shown.read_text() if self.shown.exists() else ""


def line(**said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"


def test_a_line_is_read_once_it_is_whole_and_only_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    whole = line(text="hello", usage={"output_tokens": 3})
    for byte in whole:
        world.writes(bytes([byte]))
        world.stream.read()
        assert world.text() == ("hello\n" if byte == ord("\n") else "")
    world.stream.read()
    assert (world.text(), world.stream.said.usage.output_tokens) == ("hello\n", 3)


def test_a_last_line_without_its_end_counts_when_nobody_writes_any_more(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(line(text="bye", end=True).rstrip())
    world.stream.read()
    assert not world.stream.said.ended
    world.stream.read(last=True)
    assert (world.text(), world.stream.said.ended) == ("bye\n", True)


def test_a_letter_cut_in_two_and_bytes_that_are_no_letters_are_shown_as_they_can_be(tmp_path: Path) -> None:
    world = World(tmp_path)
    for piece in ("ä".encode()[:1], "ä".encode()[1:] + b"\xff\n"):
        world.writes(piece)
        world.stream.read()
    assert world.text() == "ä\ufffd\n"


def test_what_is_no_object_is_shown_and_an_object_of_another_shape_is_passed_over(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(b'warning: old\n{"broken\n[1]\n\n{"usage": {"usd": "much"}}\n{"other": 1}\n')
    world.writes(b'{"usage": {"input_tokens": 1e999}}\n' + line(text="still here"))
    world.stream.read()
    assert world.text() == 'warning: old\n{"broken\n[1]\nstill here\n'


def test_a_line_without_an_end_is_taken_in_pieces(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(b"x" * (MOST_IN_A_LINE + CHUNK))
    world.stream.read(last=True)
    assert world.shown.stat().st_size > MOST_IN_A_LINE


def test_who_prints_faster_than_it_is_read_is_not_read_for_ever_at_one_look(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(b"x\n" * MOST_PER_LOOK)
    world.stream.read()
    assert world.shown.stat().st_size <= MOST_PER_LOOK
    world.stream.read(last=True)
    assert world.shown.stat().st_size == 2 * MOST_PER_LOOK


def test_read_anew_it_tells_the_same_turn_by_turn_and_shows_nobody_twice(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(line(session="s", model="m", error={"kind": "limit", "text": "full", "until": 5}))
    world.stream.read(last=True)
    assert world.stream.said.trouble is not None
    world.stream.begin()
    assert world.stream.said.trouble is None
    world.writes(line(text="done", usage={"usd": 1}, end=True))
    world.stream.read(last=True)
    shown = world.text()
    again = Stream(world.raw, None, LinesReader())
    again.read(last=True)
    assert again.said == world.stream.said
    assert again.said.trouble is None
    assert world.text() == shown == "✗ full\ndone\n"


def test_an_unfinished_line_of_one_turn_is_none_of_the_next(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(b'{"text": "cut of')
    world.stream.read(last=True)
    world.stream.begin()
    world.writes(line(text="hello"))
    world.stream.read()
    assert world.text() == '{"text": "cut of\nhello\n'


def test_files_that_an_agent_removes_or_replaces_are_made_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.writes(line(text="one"))
    world.stream.read()
    world.raw.unlink()
    world.shown.unlink()
    os.mkfifo(world.shown)
    world.stream.begin()
    world.writes(line(text="two"))
    world.stream.read()
    assert world.text() == "two\n"
    world.raw.unlink()
    world.raw.symlink_to("/etc/passwd")
    world.stream.read()
    assert world.text() == "two\n"
    assert streams.TURN not in world.text()


def test_the_reader_lines_knows_every_kind_of_trouble_and_adds_usage_up() -> None:
    reader = LinesReader()
    reader.line('{"usage": {"input_tokens": 5, "usd": 0.5}}')
    reader.line('{"usage": {"input_tokens": 2, "usd": 0.25, "cached_tokens": 1}}')
    assert (reader.said.usage.input_tokens, reader.said.usage.usd, reader.said.usage.cached_tokens) == (7, 0.75, 1)
    found = []
    limit = '{"kind": "limit", "text": "full", "until": 9}'
    for said in ('"it died"', limit, '{"kind": "refused"}', '{"kind": "odd"}', "7"):
        reader.begin()
        reader.line(f'{{"error": {said}}}')
        assert reader.said.trouble is not None
        found.append((reader.said.trouble.kind.value, reader.said.trouble.text, reader.said.trouble.until))
    assert found == [
        ("broken", "it died", None), ("limit", "full", 9.0), ("refused", "refused", None), ("broken", "broken", None),
        ("broken", "7", None),
    ]  # fmt: skip
