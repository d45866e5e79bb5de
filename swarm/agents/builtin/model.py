"""The model's service: one request, streamed, tried again where that is right.  The only door to the anthropic library.

What is tried again here: an overloaded or broken service, a lost connection, a short wait that the service asks for,
and once a stream that breaks off without an error (the library returns such a message with `stop_reason` None).  The
library's own retries are off: nobody would see them, and they would sit out a limit of hours.
"""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anthropic

from swarm.agents.builtin.lines import Lines
from swarm.agents.builtin.prices import Tokens
from swarm.agents.builtin.transcript import Block, Message
from swarm.agents.reading import Kind, Trouble
from swarm.agents.service import of_status

TRIES = 5
"""Requests for one answer, as long as the service is overloaded or can't be reached."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two tries where the service names none."""

LONG = 60.0
"""Seconds of waiting beyond which a limit is not sat out here: whoever shares the account has to know of it."""

TIMEOUT = anthropic.Timeout(300.0, connect=15.0)
"""Seconds without a byte.  A stream that lives sends pings."""

KINDS: Mapping[str, Kind] = {
    "authentication_error": Kind.REFUSED, "permission_error": Kind.REFUSED, "billing_error": Kind.REFUSED,
    "rate_limit_error": Kind.LIMIT, "overloaded_error": Kind.OVERLOAD, "api_error": Kind.OVERLOAD,
    "timeout_error": Kind.OVERLOAD,
}  # fmt: skip
"""By the service's own words."""
AGAIN = (408, 409)
"""Statuses that pass, beside those of a service in trouble."""

NO_CREDIT = "credit balance is too low"
"""How an empty account is refused: as an invalid request (status 400)."""
TOO_LONG = ("prompt is too long", "exceed context limit", "request_too_large")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said.  `stop`: its reason, as the service names it."""

    blocks: list[Block]
    stop: str


class Failed(Exception):
    """No answer was to be had."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble


class TooLong(Exception):
    """The conversation is longer than the model takes."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where the model is, and how one is let in.  None: the library's own way."""

    url: str | None = None
    key: str | None = None
    token: str | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Service:
        """As the environment names it."""
        names = ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
        return cls(*(environ.get(name) or None for name in names))


class Model:
    """One model.  `name` as the service knows it; `longest`: tokens of an answer."""

    def __init__(
        self, service: Service, name: str, longest: int, lines: Lines, used: Callable[[str, Tokens], None]
    ) -> None:
        self._name, self._longest, self._lines, self._used = name, longest, lines, used
        # What the environment leaves open the library finds by itself: a profile, a federated identity.
        self._client = anthropic.Anthropic(
            api_key=service.key, auth_token=service.token, base_url=service.url, max_retries=0, timeout=TIMEOUT
        )

    def answer(
        self, system: list[Block], tools: list[Block], messages: list[Message], accepted: Callable[[], None]
    ) -> Answer:
        """One answer.  `accepted` is called once the service has taken the request.  Raises Failed and TooLong."""
        cuts = 0
        for tried in range(1, TRIES + 1):
            pause = self._pause(tried)
            try:
                found = self._stream(system, tools, messages, accepted)
                if found is not None:
                    return found
                cuts += 1
                trouble = Trouble(Kind.BROKEN if cuts > 1 else Kind.OVERLOAD, "the stream broke off")
            except anthropic.APIStatusError as error:
                trouble = _trouble(error)
                named = _named_pause(error)
                pause = pause if named is None else named
            except anthropic.APIConnectionError as error:
                trouble = Trouble(Kind.OVERLOAD, f"the service can't be reached: {error}")
            except (anthropic.AnthropicError, TypeError) as error:  # it has no key: a TypeError in some versions
                raise Failed(Trouble(Kind.REFUSED, f"the request can't be made: {error}")) from None
            if trouble.kind not in (Kind.OVERLOAD, Kind.LIMIT) or pause > LONG or tried == TRIES:
                raise Failed(trouble)
            self._lines.retry(pause, trouble.text)
            time.sleep(pause)  # the service asks for it: there is nothing to wait on
        raise AssertionError("unreachable")

    def _pause(self, tried: int) -> float:
        return min(FIRST_PAUSE * 2.0 ** (tried - 1), LONGEST_PAUSE) * random.uniform(0.75, 1.0)

    def _stream(
        self, system: list[Block], tools: list[Block], messages: list[Message], accepted: Callable[[], None]
    ) -> Answer | None:
        """One try.  None when the stream broke off."""
        given: Any = {"system": system, "tools": tools, "messages": messages}
        begun = False
        with self._client.messages.stream(model=self._name, max_tokens=self._longest, **given) as stream:
            try:
                for event in stream:
                    if event.type == "message_start":
                        begun = True
                        accepted()
                    elif event.type == "text":
                        self._lines.text(event.text)
            finally:
                if begun:  # it has cost what it has cost, whether it came to its end or not
                    self._used(stream.current_message_snapshot.model, _tokens(stream.current_message_snapshot.usage))
        message = stream.current_message_snapshot if begun else None
        if message is None or message.stop_reason is None:
            return None
        blocks = [_block(block) for block in message.content]
        return Answer([block for block in blocks if not _is_blank(block)], message.stop_reason)


def _tokens(usage: Any) -> Tokens:
    return Tokens(
        usage.input_tokens or 0, usage.output_tokens or 0, usage.cache_read_input_tokens or 0,
        usage.cache_creation_input_tokens or 0,
    )  # fmt: skip


def _block(block: Any) -> Block:
    """A block as it is sent back: without what the library adds."""
    match block.type:
        case "text":
            return {"type": "text", "text": block.text}
        case "tool_use":
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": block.input or {}}
        case _:
            kept: Block = block.model_dump(mode="json", exclude_unset=True)
            return kept


def _is_blank(block: Block) -> bool:
    """Text without a letter, which the service gives and does not take back."""
    return block["type"] == "text" and not block["text"].strip()


def _trouble(error: anthropic.APIStatusError) -> Trouble:
    """What the service refused for.  Raises TooLong."""
    said = error.body.get("error") if isinstance(error.body, dict) else None
    kind, text = (str(said.get("type")), str(said.get("message"))) if isinstance(said, dict) else ("", str(error))
    shown = f"{error.status_code} {kind}: {text}" if error.status_code != 200 else f"{kind}: {text}"
    if error.status_code == 413 or any(words in text.lower() for words in TOO_LONG):
        raise TooLong(shown)
    if NO_CREDIT in text.lower():
        return Trouble(Kind.REFUSED, shown)
    status = error.status_code  # counts where it has no words that we know (a gateway)
    found = KINDS.get(kind) or (Kind.OVERLOAD if status in AGAIN else of_status(status))
    wait = _named_pause(error)
    return Trouble(found, shown, time.time() + wait if found is Kind.LIMIT and wait is not None else None)


def _named_pause(error: anthropic.APIStatusError) -> float | None:
    """Seconds that the service asks to be left alone, where it says so."""
    headers = error.response.headers
    text = headers.get("retry-after", "")
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    date = email.utils.parsedate_tz(text)
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
