"""What is learnt from Claude Code's stream, and what people see of it, by streams of the real one on loopback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents_golden import HERE, same_as_golden, shown

from swarm.agents.claudestream import ClaudeStream
from swarm.agents.reading import Kind
from swarm.core.events import Usage
from swarm.worker.stream import TURN, Stream

RECORDED = sorted(path.stem for path in (HERE / "recorded" / "claude").glob("*.jsonl"))


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_stream_is_read_as_written_down(name: str) -> None:
    same_as_golden(f"claude-stream-{name}.txt", shown(ClaudeStream(), "claude", name))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("limit-key", Kind.LIMIT), ("limit-plan", Kind.LIMIT), ("refused", Kind.REFUSED), ("no-login", Kind.REFUSED),
        ("overload", Kind.OVERLOAD), ("no-network", Kind.OVERLOAD), ("invalid", Kind.BROKEN),
        ("unknown-session", Kind.BROKEN), ("turns", Kind.BUDGET), ("budget", Kind.BUDGET),
    ],
)  # fmt: skip
def test_each_trouble_is_of_its_kind(name: str, kind: Kind) -> None:
    reader = ClaudeStream()
    shown(reader, "claude", name)
    assert reader.said.trouble is not None and reader.said.trouble.kind is kind


def test_the_end_of_a_limit_is_known_where_the_service_names_it() -> None:
    reader = ClaudeStream()
    shown(reader, "claude", "limit-plan")
    assert reader.said.trouble is not None and reader.said.trouble.until == 1795300000.0


def lines(name: str) -> list[str]:
    return (HERE / "recorded" / "claude" / f"{name}.jsonl").read_text().splitlines()


def test_usage_is_added_up_over_turns_and_not_within_one(tmp_path: Path) -> None:
    half = len(lines("two-turns")) // 2
    first, second = lines("two-turns")[:half], lines("two-turns")[half:]
    path = tmp_path / "stream.log"

    def read(*parts: list[str]) -> Usage:
        path.write_text("")
        stream = Stream(path, None, ClaudeStream())
        for part in parts:
            stream.begin()
            with path.open("a") as file:
                file.writelines(f"{line}\n" for line in part)
        stream.read(last=True)
        again = Stream(path, None, ClaudeStream())
        again.read(last=True)
        assert again.said == stream.said, "read anew from its start, it tells the same"
        return stream.said.usage

    one, other = read(first), read(second)
    both = read(first, second)
    assert both.usd == pytest.approx(one.usd + other.usd)
    assert both.output_tokens == one.output_tokens + other.output_tokens
    assert read([*first, *second]) == other, "the last result of a process is all that it used"


def test_a_turn_that_was_killed_in_the_middle_of_a_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "stream.log"
    stream = Stream(path, None, ClaudeStream())
    stream.begin()
    path.write_text(path.read_text() + '{"type": "assis')
    stream.begin()
    path.write_text(path.read_text() + "".join(f"{line}\n" for line in lines("work")))
    stream.read(last=True)
    assert stream.said.ended and stream.said.text
    assert path.read_text().count(TURN) == 2


def test_a_wake_up_after_a_result_is_not_over_before_its_own() -> None:
    reader = ClaudeStream()
    shown(reader, "claude", "work")
    reader.line(next(line for line in lines("work") if '"init"' in line))
    assert not reader.said.ended


@pytest.mark.parametrize(
    "line", ['{"type": "assistant"}', '{"type": "result"}', "{", "[1]", '{"type": "user", "message": 3}']
)
def test_what_makes_no_sense_ends_nothing(line: str) -> None:
    reader = ClaudeStream()
    reader.begin()
    reader.line(line)
    assert reader.said.session == ""


def test_a_long_command_and_a_long_result_are_cut() -> None:
    reader = ClaudeStream()
    use = {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": "x" * 5000 + "\nsecond"}}
    seen = reader.line(json.dumps({"type": "assistant", "message": {"content": [use]}}))
    gave = {"type": "tool_result", "tool_use_id": "1", "content": "\n".join(map(str, range(100)))}
    seen += reader.line(json.dumps({"type": "user", "message": {"content": [gave]}}))
    assert len(seen) < 400 and "94 more lines" in seen
