"""All readers by name.  The only place that knows which there are; a worker loads it, so it stays light."""

from __future__ import annotations

from collections.abc import Callable

from swarm.agents.aiderstream import AiderStream
from swarm.agents.builtin.reader import BuiltinStream
from swarm.agents.claudestream import ClaudeStream
from swarm.agents.codexstream import CodexStream
from swarm.agents.copilotstream import CopilotStream
from swarm.agents.geministream import GeminiStream
from swarm.agents.lines import LinesReader
from swarm.agents.opencodestream import OpencodeStream
from swarm.agents.pistream import PiStream
from swarm.agents.qwenstream import QwenStream
from swarm.agents.reading import Reader

READERS: dict[str, Callable[[], Reader]] = {
    "claude": ClaudeStream, "codex": CodexStream, "gemini": GeminiStream, "opencode": OpencodeStream,
    "aider": AiderStream, "qwen": QwenStream, "pi": PiStream, "copilot": CopilotStream, "builtin": BuiltinStream,
    "lines": LinesReader,
}  # fmt: skip
