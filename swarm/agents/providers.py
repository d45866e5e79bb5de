"""Whose a model is, where its name says so (`anthropic/claude-opus-4-6`), and which variables its service needs.

For CLIs that call many services: each is passed the keys of its model's alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_GOOGLE = frozenset({"GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"})

VARIABLES: Mapping[str, frozenset[str]] = {
    "anthropic": frozenset({
        "ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE",
    }),
    "openai": frozenset({"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "AIDER_OPENAI_API_BASE"}),
    "google": _GOOGLE,
    "gemini": _GOOGLE,
    "openrouter": frozenset({"OPENROUTER_API_KEY"}),
    "groq": frozenset({"GROQ_API_KEY"}),
    "mistral": frozenset({"MISTRAL_API_KEY"}),
    "xai": frozenset({"XAI_API_KEY"}),
    "deepseek": frozenset({"DEEPSEEK_API_KEY"}),
    "opencode": frozenset({"OPENCODE_API_KEY"}),
}  # fmt: skip
"""By the providers' names, as opencode, aider and pi spell them."""

_OF_SOME = frozenset().union(*VARIABLES.values())


def needed(names: Iterable[str], model: str | None) -> tuple[str, ...]:
    """Those of the variables that an agent needs for that model: all, where its name tells of no provider in the table.
    A user's own provider may read any of them."""
    own = VARIABLES.get((model or "").partition("/")[0].lower()) if "/" in (model or "") else None
    return tuple(name for name in names if own is None or name not in _OF_SOME or name in own)
