"""Writes docs/tasks.schema.json anew, after a key of the task file has changed: `python -m tools.task_schema`."""

from __future__ import annotations

from pathlib import Path

from swarm.core.taskfile.schema import schema_text

SCHEMA = Path(__file__).parents[1] / "docs" / "tasks.schema.json"

if __name__ == "__main__":
    SCHEMA.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(schema_text(), encoding="utf-8")
