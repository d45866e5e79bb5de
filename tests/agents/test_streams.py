"""What is learnt from the streams of the CLIs beside Claude Code, by streams of the real ones on loopback."""

from __future__ import annotations

import json

import pytest
from agents_golden import HERE, same_as_golden, shown

from swarm.agents.readers import READERS
from swarm.agents.reading import Kind, Said
from swarm.agents.registry import AGENTS as REGISTERED
from swarm.core.events import Usage

AGENTS = tuple(name for name in READERS if (HERE / "recorded" / name).is_dir() and name != "claude")
RECORDED = [
    (agent, path.stem) for agent in AGENTS for path in sorted((HERE / "recorded" / agent).glob("*.jsonl"))
]  # fmt: skip

KINDS = {
    "refused": Kind.REFUSED, "limit": Kind.LIMIT, "overload": Kind.OVERLOAD, "overloaded": Kind.OVERLOAD,
}  # fmt: skip
"""What each recorded trouble is, by its name."""


def said(agent: str, name: str) -> Said:
    reader = READERS[agent]()
    shown(reader, agent, name)
    return reader.said


@pytest.mark.parametrize(("agent", "name"), RECORDED)
def test_a_recorded_stream_is_read_as_written_down(agent: str, name: str) -> None:
    same_as_golden(f"{agent}-stream-{name}.txt", shown(READERS[agent](), agent, name))


@pytest.mark.parametrize(("agent", "name"), [row for row in RECORDED if row[1] in KINDS])
def test_each_trouble_is_of_its_kind(agent: str, name: str) -> None:
    found = said(agent, name)
    assert found.ended and found.trouble is not None and found.trouble.kind is KINDS[name]


@pytest.mark.parametrize("agent", AGENTS)
def test_a_turn_that_went_well_has_ended_and_is_counted(agent: str) -> None:
    found = said(agent, "work")
    assert found.ended and found.trouble is None
    counted = found.usage.input_tokens > 1000 and found.usage.output_tokens > 50
    assert counted is REGISTERED[agent].counted


@pytest.mark.parametrize("agent", [agent for agent, name in RECORDED if name == "killed"])
def test_a_turn_that_was_killed_has_not_ended(agent: str) -> None:
    found = said(agent, "killed")
    assert not found.ended and found.trouble is None
    assert found.session, "it can be gone on with"


@pytest.mark.parametrize(
    ("agent", "usage"),
    [  # of the recorded server, request n has 1000+n input tokens beside 200+n from a cache, and 50+n output tokens
        ("codex", Usage(4818, 209, 0.0, 809)), ("gemini", Usage(4812, 206, 0.0, 806)),
        ("opencode", Usage(4812, 206, 0.004418, 806)), ("aider", Usage(2418, 109)),
        ("pi", Usage(4812, 206, 0.004418, 806)),
    ],
)  # fmt: skip
def test_usage_is_that_of_all_turns(agent: str, usage: Usage) -> None:
    assert said(agent, "two-turns").usage == usage


def test_what_earlier_attempts_used_of_a_thread_of_codex_is_subtracted() -> None:
    reader = READERS["codex"]()
    first = json.loads((HERE / "recorded" / "codex" / "two-turns.jsonl").read_text().splitlines()[0])
    reader.said.earlier, reader.said.spent = first["thread_id"], Usage(2000, 100, 0.0, 400)
    shown(reader, "codex", "two-turns")
    assert reader.said.usage == Usage(2818, 109, 0.0, 409)


def test_a_line_that_no_reader_knows_is_shown_or_passed_over() -> None:
    for agent in AGENTS:
        reader = READERS[agent]()
        reader.begin()
        for line in ('{"type": "new"}', "{}", '{"type": "item.completed"}', '{"type":"result"}', "{", "[1]", "\0"):
            reader.line(line)
        assert reader.line("a plain word") == "a plain word\n"


@pytest.mark.parametrize("agent", ["gemini", "opencode"])
def test_what_was_not_permitted_is_told(agent: str) -> None:
    found = said(agent, "denied")
    assert len(found.denied) == 2 and found.denied[1] == "$ mkdir sub && ls"
