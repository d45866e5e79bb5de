"""The MCP server with the one tool that asks a person for a permission, for CLIs that name a tool to ask by.

Claude Code's `--permission-prompt-tool`: called with `tool_name` and `input`, answered with `{"behavior": "allow",
"updatedInput": …}` or `{"behavior": "deny", "message": …}` as text.  Requests are answered one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from swarm.agents import jsonrpc
from swarm.agents.jsonrpc import Request
from swarm.agents.permission import Decision
from swarm.errors import SwarmError

TOOL = "permit"
_SCHEMA = {
    "type": "object", "required": ["tool_name", "input"],
    "properties": {
        "tool_name": {"type": "string"}, "input": {"type": "object"}, "tool_use_id": {"type": "string"},
    },
}  # fmt: skip
Ask = Callable[[str, Mapping[str, Any]], Decision]
"""Asks a person about a tool and its arguments."""


def serve(input: BinaryIO, out: BinaryIO, ask: Ask) -> None:
    """Until the client has gone.  Raises BrokenPipeError where it takes no more."""
    for line in input:
        for message in jsonrpc.messages(line):
            if isinstance(message, Request):
                out.write(_response(message, ask))
                out.flush()
            elif isinstance(message, jsonrpc.Refusal):
                out.write(jsonrpc.error(message.id, message.code, message.text))
                out.flush()


def _response(request: Request, ask: Ask) -> bytes:
    params = request.params
    match request.method:
        case "initialize":
            version = params.get("protocolVersion", "2025-06-18")
            info = {"name": "person", "version": "1"}
            found: dict[str, Any] = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
        case "ping":
            found = {}
        case "tools/list":
            summary = "Ask a person for a permission.  Called by the program itself."
            found = {"tools": [{"name": TOOL, "description": summary, "inputSchema": _SCHEMA}]}
        case "tools/call":
            found = {"content": [{"type": "text", "text": _decided(params.get("arguments"), ask)}]}
        case other:
            return jsonrpc.error(request.id, jsonrpc.NO_METHOD, f"there is no method {other[:100]!r}")
    return jsonrpc.result(request.id, found)


def _decided(arguments: object, ask: Ask) -> str:
    given = arguments if isinstance(arguments, dict) else {}
    tool, input = given.get("tool_name"), given.get("input")
    if not isinstance(tool, str) or not isinstance(input, dict):
        return json.dumps({"behavior": "deny", "message": "it was not said which tool is meant, and with what"})
    try:
        decision = ask(tool, input)
    except SwarmError as error:
        decision = Decision(False, error.message)
    if decision.allowed:
        return json.dumps({"behavior": "allow", "updatedInput": input})
    return json.dumps({"behavior": "deny", "message": decision.why})
