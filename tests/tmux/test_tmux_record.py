from __future__ import annotations

from pathlib import Path

import pytest

from swarm.process import Identity
from swarm.tmux import record


@pytest.mark.parametrize("who", [Identity(12, 345), Identity(12, None)])
def test_what_was_written_is_read_again(tmp_path: Path, who: Identity) -> None:
    record.write(tmp_path / "server.json", who)
    assert record.read(tmp_path / "server.json") == who
    assert [path.name for path in tmp_path.iterdir()] == ["server.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x", "start": 1}'])
def test_what_is_not_legible_counts_as_missing(tmp_path: Path, text: str) -> None:
    (tmp_path / "server.json").write_text(text)
    assert record.read(tmp_path / "server.json") is None
    assert record.read(tmp_path / "missing") is None
