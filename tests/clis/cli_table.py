"""The real coding CLIs that `make test-agents` runs, as one table: whence each comes, and how it is led to loopback.

Knows no scenario.  A new CLI is a row; what it can't do stands in `cannot`, and that scenario is skipped with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DUMMY = "sk-dummy-for-tests"
"""What stands for a key everywhere.  No real one is ever in reach."""


@dataclass(frozen=True)
class Cli:
    """One CLI.  `agent`: its name as an adapter; `source`: npm or pypi, and the package; `program`: its executable."""

    agent: str
    source: str
    package: str
    program: str
    model: str
    env: Callable[[str], Mapping[str, str]]
    """The variables that lead it to the server at this URL, with dummy keys."""
    files: Callable[[str], Mapping[str, str]] = lambda url: {}
    """Files below its HOME that it needs, by path."""
    permissions: str = "edits"
    counts: bool = True
    """It tells how many tokens it has used."""
    one_answer: bool = False
    """One answer of its model is its whole turn: what a task's model does is said in one."""
    cannot: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Scenarios that it can't take part in, by the words of SCENARIOS, and why."""


CODEX = """\
model_provider = "fake"
[model_providers.fake]
name = "fake"
base_url = "{url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
"""

OPENCODE = """\
{"provider": {"fake": {
  "npm": "@ai-sdk/openai-compatible", "options": {"baseURL": "SERVER/v1", "apiKey": "sk-dummy-for-tests"},
  "models": {"fake-model": {"name": "fake", "cost": {"input": 1, "output": 2}}}
}}}
"""

PI = """\
{"providers": {"fake": {"baseUrl": "SERVER/v1", "api": "openai-completions", "apiKey": "OPENAI_API_KEY", "models": [{
  "id": "fake-model", "name": "fake", "reasoning": false, "input": ["text"], "contextWindow": 100000, "maxTokens": 4000,
  "cost": {"input": 1, "output": 2, "cacheRead": 0, "cacheWrite": 0}
}]}}}
"""

SCENARIOS = (
    "commits", "messages", "permission", "ask", "unasked", "role", "pause", "401", "429", "529", "killed", "taken",
)  # fmt: skip
"""What each of them is put through, see test_real_clis."""

CLIS = (
    Cli(
        "claude", "npm", "@anthropic-ai/claude-code", "claude", "claude-sonnet-4-5",
        lambda url: {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": DUMMY, "CLAUDE_CODE_MAX_RETRIES": "1"},
    ),
    Cli(
        "codex", "npm", "@openai/codex", "codex", "gpt-5.1-codex",
        lambda url: {"OPENAI_API_KEY": DUMMY},
        lambda url: {".codex/config.toml": CODEX.format(url=url)},
        cannot={
            "permission": "with `edits` its own sandbox decides, and nobody is asked",
            "role": "it can't be held to a list of tools",
        },
    ),
    Cli(
        "gemini", "npm", "@google/gemini-cli", "gemini", "gemini-2.5-pro",
        lambda url: {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": DUMMY},
        cannot={"unasked": "without our program it does not start"},
    ),
    Cli(
        "opencode", "npm", "opencode-ai", "opencode", "fake/fake-model",
        lambda url: {"OPENAI_API_KEY": DUMMY},
        lambda url: {".config/opencode/opencode.json": OPENCODE.replace("SERVER", url)},
    ),
    Cli(
        "aider", "pypi", "aider-chat", "aider", "openai/fake-model",
        lambda url: {"OPENAI_API_BASE": f"{url}/v1", "OPENAI_API_KEY": DUMMY},
        one_answer=True,
        cannot={
            "permission": "it asks for none: it runs no command", "ask": "it asks for none",
            "unasked": "it asks for none", "role": "it can't be held to a list of tools",
            "messages": "it runs no command and has no tools",
            "killed": "one answer is its whole turn, so there is nothing to go on with",
            "taken": "one answer is its whole turn, so there is nothing to take over",
        },
    ),
    Cli(
        "pi", "npm", "@mariozechner/pi-coding-agent", "pi", "fake/fake-model",
        lambda url: {"OPENAI_API_KEY": DUMMY},
        lambda url: {".pi/agent/models.json": PI.replace("SERVER", url)},
    ),
    Cli(
        "copilot", "npm", "@github/copilot", "copilot", "fake-model",
        lambda url: {
            "COPILOT_OFFLINE": "true", "COPILOT_PROVIDER_BASE_URL": f"{url}/v1", "COPILOT_PROVIDER_API_KEY": DUMMY,
        },
        cannot={
            **dict.fromkeys(("permission", "ask", "unasked"), "it asks nobody when it runs headless"),
            "role": "it can't be held to a list of tools",
        },
        counts=False,
    ),
)  # fmt: skip
