"""The JSON Schema of a task file, for editors: made from the models, published as docs/tasks.schema.json.

Knows nothing of where it is written (tools/task_schema.py does that).
"""

from __future__ import annotations

import json
from typing import Any

from swarm.core.taskfile.model import FileEntry

TITLE = "swarm task file"


def schema_text() -> str:
    """The schema as indented JSON with a newline at its end."""
    schema = _lean(FileEntry.model_json_schema(by_alias=True))
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}
    schema["patternProperties"] = {"^x-": {"description": "free for anchors and notes"}}
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _lean(node: Any, names: bool = False) -> Any:
    """The schema without what only pydantic needs: titles and null defaults.  `names`: the keys are the user's."""
    if isinstance(node, list):
        return [_lean(one) for one in node]
    if not isinstance(node, dict):
        return node
    left_out = set() if names else {"title"} | ({"default"} if node.get("default", 0) is None else set())
    return {
        key: _lean(value, names=not names and key in ("properties", "$defs"))
        for key, value in node.items()
        if key not in left_out
    }
