"""A scripted model behind the wire formats of real ones, on loopback: what the tests' agents talk to.

    with ModelServer() as server:
        start_an_agent(base_url=server.url, prompt="… [[hello]]")
        assert server.asked[0].path == "/v1/messages"

Holds no model: what it answers is a function of the conversation in the request (modelserver.script), so retries,
parallel workers and resumed sessions need no state here.  Speaks Anthropic Messages, OpenAI Chat Completions, OpenAI
Responses and Gemini, streaming or whole.  Standard library only; by hand: `cd tests && python -m modelserver`.
"""

from __future__ import annotations

from modelserver.script import directive
from modelserver.server import Asked, ModelServer

__all__ = ["Asked", "ModelServer", "directive"]
