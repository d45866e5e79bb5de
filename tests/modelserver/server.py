"""The server: HTTP around the dialects, what was asked of it, and the holds that let a test set the pace.

Each answer closes its connection, so that no client keeps one open beyond its test.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

from modelserver import anthropic_messages, gemini, openai_chat, openai_responses
from modelserver.answer import Answer, answer
from modelserver.conversation import Conversation
from modelserver.script import BadScript, Scripts, Step, Steps

ROUTES: tuple[tuple[re.Pattern[str], ModuleType], ...] = (
    (re.compile(r"/messages$"), anthropic_messages),
    (re.compile(r"/chat/completions$"), openai_chat),
    (re.compile(r"/responses$"), openai_responses),
    (re.compile(r"/models/(?P<model>[^/:]+):(?P<stream>stream)?[gG]enerateContent$"), gemini),
)
MODELS = ("claude-opus-4-6", "claude-sonnet-4-5", "gpt-5.1", "gemini-2.5-pro", "scripted")
SECRET = frozenset({"authorization", "x-api-key", "x-goog-api-key", "cookie"})
PATIENCE = 60.0
"""Seconds after which a test gives up waiting for a request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.  `headers` by lower-case name, secrets as "(hidden)"; `answered`: what came of it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    answered: str
    at: float = field(default_factory=time.time)

    @property
    def plain_path(self) -> str:
        return self.path.partition("?")[0]


class ModelServer:
    """A server on a free port of 127.0.0.1, while it is entered.

    `key`: requests without it are refused with 401.  `scripts`: more scripts by name.  `delay`: seconds before every
    answer.
    """

    def __init__(
        self, scripts: Mapping[str, Steps] | None = None, key: str = "", delay: float = 0.0, port: int = 0
    ) -> None:
        self.scripts, self.key, self.delay = Scripts(scripts or {}), key, delay
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self.changed = threading.Condition()
        self._waiting: set[str] = set()
        self._released: set[str] = set()
        self._server = _Listener(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        with self.changed:
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def conversations(self) -> list[Asked]:
        """What was asked of the model, without other requests."""
        return [asked for asked in self.asked if any(pattern.search(asked.plain_path) for pattern, _ in ROUTES)]

    def await_held(self, name: str) -> None:
        """Wait until a request is held at a step `hold: name`.  Raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: name in self._waiting, PATIENCE):
                raise TimeoutError(f"no request came to the hold {name!r}")

    def await_asked(self, count: int) -> None:
        """Wait until there were so many conversations.  Raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.conversations()) >= count, PATIENCE):
                raise TimeoutError(f"{len(self.conversations())} of {count} requests came")

    def release(self, name: str) -> None:
        """Let every request at that hold go on, now and later."""
        with self.changed:
            self._released.add(name)
            self.changed.notify_all()

    def hold(self, name: str) -> None:
        """Wait until that hold is released, or the server closes."""
        with self.changed:
            self._waiting.add(name)
            self.changed.notify_all()
            self.changed.wait_for(lambda: name in self._released or self.closing.is_set())

    def note(self, asked: Asked) -> None:
        """Remember a request."""
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()

    def step(self, conversation: Conversation) -> Step:
        """What is due in this conversation."""
        with self.changed:
            return self.scripts.step(conversation)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], model: ModelServer) -> None:
        super().__init__(address, _Handler)
        self.model = model

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else shows on standard error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener
    timeout = PATIENCE

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed: the test looks at `asked`."""

    def do_HEAD(self) -> None:
        self._note(None, "200")
        self._send(200, b"")

    def do_GET(self) -> None:
        if self.path.partition("?")[0].endswith("/models"):
            self._note(None, "models")
            self._send_json(200, _models())
        else:
            self._note(None, "404")
            self._send_json(404, {"error": {"message": "there is nothing here", "type": "not_found_error"}})

    def do_POST(self) -> None:
        try:
            self._post(self._body())
        except OSError as error:  # the client went away
            self._note(None, f"gone: {error}")
        self.close_connection = True

    def _post(self, body: dict[str, Any]) -> None:
        path = self.path.partition("?")[0]
        if path.lower().endswith(("/count_tokens", ":counttokens")):
            self._note(body, "count")
            self._send_json(200, {"input_tokens": 1234, "totalTokens": 1234})
            return
        for pattern, dialect in ROUTES:
            found = pattern.search(path)
            if found:
                self._converse(dialect, found.groupdict(), body)
                return
        self._note(body, "404")
        self._send_json(404, {"error": {"message": "there is nothing here", "type": "not_found_error"}})

    def _converse(self, dialect: Any, said: Mapping[str, str | None], body: dict[str, Any]) -> None:
        model = self.server.model
        if model.key and not self._has_key(model.key):
            self._refuse(dialect, 401, "the key is wrong", body)
            return
        asked: Conversation = dialect.conversation(body)
        if "model" in said:
            asked.model, asked.stream = said["model"] or "", bool(said["stream"])
        try:
            step = model.step(asked)
        except (BadScript, TypeError) as error:
            self._refuse(dialect, 400, f"modelserver: {error}", body)
            return
        if step.error:
            self._refuse(dialect, step.error, step.message, body, step)
            return
        given = answer(step, asked)
        self._note(body, f"{given.text[:80]} {[tool.name for tool, _ in given.calls]}")
        self._wait(step)
        if step.hang or model.closing.is_set():
            return
        if asked.stream:
            self._stream(dialect, step, given, asked)
        else:
            self._send_json(200, dialect.whole(given, asked))

    def _wait(self, step: Step) -> None:
        model = self.server.model
        if step.hold:
            model.hold(step.hold)
        if step.hang:
            model.closing.wait()
        model.closing.wait(step.delay or model.delay)

    def _refuse(self, dialect: Any, code: int, message: str, body: Any, step: Step | None = None) -> None:
        self._note(body, str(code))
        headers = dict(step.headers) if step else {}
        if step and step.retry_after is not None:
            headers["retry-after"] = f"{step.retry_after:g}"
        self._send_json(code, dialect.error(code, message), headers)

    def _stream(self, dialect: Any, step: Step, given: Answer, asked: Conversation) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        events = list(dialect.events(given, asked))
        if step.cut or step.broken:
            events = events[: max(1, len(events) // 2)]
        if step.broken:
            error = {"type": step.broken, "message": step.message or step.broken}
            events.append(("error", {"type": "error", "error": error}))
        for name, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            self.wfile.write((f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode())
            self.wfile.flush()
            if step.pace and self.server.model.closing.wait(step.pace):
                return

    def _has_key(self, key: str) -> bool:
        given = [self.headers.get(name) or "" for name in SECRET]
        return any(value.removeprefix("Bearer ") == key for value in given) or f"key={key}" in self.path

    def _body(self) -> Any:
        if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            raw = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                raw += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            found = json.loads(raw or b"{}")
        except ValueError:
            found = None
        return found if isinstance(found, dict) else {"raw": raw[:2000].decode("latin1")}

    def _note(self, body: Any, answered: str) -> None:
        headers = {
            name.lower(): "(hidden)" if name.lower() in SECRET else value for name, value in self.headers.items()
        }
        self.server.model.note(Asked(self.command, self.path, headers, body, answered))

    def _send_json(self, code: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        self._send(code, json.dumps(body).encode(), headers or {})

    def _send(self, code: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {**(headers or {}), "Content-Type": "application/json", "Connection": "close"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True


def _models() -> dict[str, Any]:
    listed = [
        {
            "id": name, "object": "model", "type": "model", "display_name": name, "owned_by": "tests",
            "created": 1735689600, "created_at": "2025-01-01T00:00:00Z",
        }
        for name in MODELS
    ]  # fmt: skip
    return {"object": "list", "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1], "data": listed}
