"""What Claude Code uses in a pane of its own, by the transcript that it keeps; recorded from the real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from attempt_world import AttemptWorld, attempt_world, ended

from swarm.agents.claudetranscript import told
from swarm.core.events import Usage
from swarm.core.reports import usage
from swarm.files import read_json

RECORDED = Path(__file__).with_name("recorded") / "claude-transcript" / "two-turns.jsonl"
"""Two turns in one file; the second begins with the last line but one."""
LINES = RECORDED.read_bytes().splitlines(keepends=True)
FIRST = Usage(3699, 153, 0.0, 603)
"""Three answers of the first turn, two of them in two lines each."""
SECOND = Usage(1239, 53, 0.0, 203)


@pytest.fixture
def here(tmp_path: Path) -> AttemptWorld:
    (tmp_path / "tree").mkdir()
    return attempt_world(tmp_path, tmp_path / "tree")


def fires(here: AttemptWorld, event: str, transcript: Any, words: tuple[str, ...] = ("--interactive",)) -> None:
    said = {"hook_event_name": event, "transcript_path": str(transcript) if transcript else None}
    code, out = ended(here.start("swarm", "hook", "claude", *words, input=json.dumps(said)))
    assert code == 0, out


def used(here: AttemptWorld) -> Usage:
    return usage(read_json(here.dir.usage))


def test_an_answer_in_several_lines_counts_once() -> None:
    assert told(LINES[:-2]) == (FIRST, "claude-sonnet-4-5")
    assert told(LINES) == (FIRST + SECOND, "claude-sonnet-4-5")


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b'{"type":"assistant"', b'{"type":"assistant","message":null}',
     b'{"type":"assistant","message":{"id":[]}}',
     b'{"type":"assistant","message":{"id":"a","model":"<synthetic>","usage":{"input_tokens":5,"output_tokens":5}}}',
     b'{"type":"assistant","message":{"id":"a","model":"m","usage":{"input_tokens":"x","output_tokens":5}}}'],
)  # fmt: skip
def test_half_a_line_and_what_no_model_said_count_nothing(line: bytes) -> None:
    assert told([line]) == (Usage(), "")


def test_what_stood_there_before_the_attempt_is_not_its_own(here: AttemptWorld, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(b"".join(LINES[:-2]))
    fires(here, "SessionStart", kept)
    assert used(here) == Usage()
    kept.write_bytes(b"".join(LINES))
    fires(here, "PostToolUse", kept)
    assert used(here) == SECOND
    fires(here, "SessionStart", kept)
    assert used(here) == SECOND, "it was begun anew in the same attempt"
    assert read_json(here.dir.transcripts)["model"] == "claude-sonnet-4-5"


def test_another_conversation_of_the_same_attempt_is_added(here: AttemptWorld, tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    fires(here, "SessionStart", one)
    one.write_bytes(b"".join(LINES[:-2]))
    fires(here, "Stop", one)
    assert used(here) == FIRST
    fires(here, "SessionStart", other)
    other.write_bytes(b"".join(LINES[-2:]))
    fires(here, "SessionEnd", other)
    assert used(here) == FIRST + SECOND


@pytest.mark.parametrize("path", [None, "relative.jsonl", "/nowhere/at-all.jsonl", "/dev/zero", "/tmp"])
def test_what_is_no_transcript_counts_nothing(here: AttemptWorld, path: str | None) -> None:
    fires(here, "Stop", path)
    assert used(here) == Usage()


def test_headless_what_it_prints_is_counted_and_no_transcript(here: AttemptWorld) -> None:
    fires(here, "PostToolUse", RECORDED, ())
    assert not here.dir.usage.exists() and not here.dir.transcripts.exists()
