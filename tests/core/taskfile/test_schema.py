"""The published JSON Schema is the one that the models give, and says what the parser does."""

from __future__ import annotations

import json
from pathlib import Path

from swarm.core.taskfile.model import FileEntry, TaskEntry
from swarm.core.taskfile.schema import schema_text

PUBLISHED = Path(__file__).parents[3] / "docs" / "tasks.schema.json"


def test_the_published_schema_is_the_one_of_the_models() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), "renew it: python -m tools.task_schema"


def test_every_key_that_the_parser_takes_is_in_the_schema_and_no_other() -> None:
    schema = json.loads(schema_text())
    assert set(schema["properties"]) == set(FileEntry.model_fields)
    assert set(schema["$defs"]["TaskEntry"]["properties"]) == set(TaskEntry.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["TaskEntry"]["additionalProperties"] is False


def test_the_schema_allows_both_forms_of_tasks_and_workers() -> None:
    properties = json.loads(schema_text())["properties"]
    assert {one.get("type") for one in properties["tasks"]["anyOf"]} == {"array", "object"}
    assert {one.get("type") for one in properties["workers"]["anyOf"]} == {"integer", "array", "null"}
