"""Comparing text with a file beside these tests.  `RENEW_GOLDEN=1 pytest tests/agents` writes the files anew."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from swarm.agents.definition import Launch
from swarm.agents.reading import Reader
from swarm.worker.stream import TURN

HERE = Path(__file__).parent


def same_as_golden(name: str, text: str) -> None:
    """Raise AssertionError where the file of that name holds something else."""
    path = HERE / "golden" / name
    if os.environ.get("RENEW_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    known = path.read_text(encoding="utf-8")
    assert known == text, f"{name} differs; if the new text is right: RENEW_GOLDEN=1 pytest tests/agents"


def launched(launch: Launch) -> str:
    """How an agent is started, as text: each turn's line, what it sees, and the files that it is given."""
    parts = [f"$ {' '.join(launch.argv)}", f"$ {' '.join(launch.again)}" if launch.again else "(no further turn)"]
    parts += [f"$ {' '.join(launch.taken)}   in a person's hands" if launch.taken else "(nobody can take it over)"]
    parts += ["the prompt on standard input" if launch.stdin else "nothing on standard input"]
    parts += [_map("variables", launch.env), f"passed on: {' '.join(launch.pass_env) or 'nothing'}"]
    parts += [f"── {name}\n{text.rstrip()}" for name, text in launch.files.items()]
    return "\n\n".join(part for part in parts if part) + "\n"


def _map(title: str, found: Mapping[str, str]) -> str:
    return "\n".join([title, *(f"  {name}={value}" for name, value in found.items())]) if found else ""


def _line(reader: Reader, line: str) -> str:
    """As swarm.worker.stream does: the line between two turns begins one."""
    if line != TURN:
        return reader.line(line)
    reader.begin()
    return ""


def shown(reader: Reader, agent: str, recorded: str) -> str:
    """What people see of a recorded stream, and what it told."""
    reader.begin()
    text = (HERE / "recorded" / agent / f"{recorded}.jsonl").read_text(encoding="utf-8")
    seen = "".join(_line(reader, line) for line in text.splitlines())
    said = reader.said
    trouble = said.trouble and [said.trouble.kind, said.trouble.text, said.trouble.until]
    used = said.usage
    facts = {
        "session": said.session, "model": said.model, "ended": said.ended, "trouble": trouble, "denied": said.denied,
        "usage": [used.input_tokens, used.cached_tokens, used.output_tokens, round(used.usd, 6)], "text": said.text,
    }  # fmt: skip
    return seen + "── told\n" + "".join(f"{name}: {json.dumps(value)}\n" for name, value in facts.items())
