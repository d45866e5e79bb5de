"""The scripted model: every dialect says the same, and each oddity of a step comes out as it is written."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from modelserver import ModelServer, directive

SHELL = {
    "type": "object",
    "properties": {"command": {"type": "string"}, "why": {"type": "string"}},
    "required": ["why"],
}
WRITE = {"type": "object", "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}}}
USED = {"fresh": 1000, "output": 50, "read": 200}
HELLO = "[[hello]] please"

PATHS = {
    "anthropic": "/v1/messages",
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "gemini": "/v1beta/models/m:generateContent",
}
DIALECTS = tuple(PATHS)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer({"mine": [{"text": "one"}, {"text": "two"}]}) as server:
        yield server


def body(dialect: str, *said: str, stream: bool = False) -> dict[str, Any]:
    """A request in which user and model have said these in turn."""
    roles = ["user" if at % 2 == 0 else "assistant" for at in range(len(said))]
    messages = [{"role": role, "content": text} for role, text in zip(roles, said, strict=True)]
    offered = {"Bash": SHELL, "Write": WRITE}
    match dialect:
        case "anthropic":
            tools = [{"name": name, "input_schema": schema} for name, schema in offered.items()]
            return {"model": "m", "stream": stream, "max_tokens": 9, "messages": messages, "tools": tools}
        case "chat":
            tools = [{"type": "function", "function": {"name": n, "parameters": s}} for n, s in offered.items()]
            return {"model": "m", "stream": stream, "messages": messages, "tools": tools}
        case "responses":
            tools = [{"type": "function", "name": name, "parameters": schema} for name, schema in offered.items()]
            return {"model": "m", "stream": stream, "input": messages, "tools": tools}
        case _:
            contents = [
                {"role": "user" if role == "user" else "model", "parts": [{"text": text}]}
                for role, text in zip(roles, said, strict=True)
            ]
            declared = [{"name": name, "parametersJsonSchema": schema} for name, schema in offered.items()]
            return {"contents": contents, "tools": [{"functionDeclarations": declared}]}


def ask(server: ModelServer, path: str, body: Any, **headers: str) -> Any:
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def events(server: ModelServer, path: str, body: Any) -> list[Any]:
    """The data of each event of a stream."""
    request = urllib.request.Request(server.url + path, json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        data = [line[6:] for line in answer.read().decode().splitlines() if line.startswith("data: ")]
    return [json.loads(text) if text != "[DONE]" else text for text in data]


def summary(dialect: str, answer: Any) -> dict[str, Any]:
    """What an answer in one piece says: text, calls, tokens."""
    match dialect:
        case "anthropic":
            blocks, used = answer["content"], answer["usage"]
            text = "".join(block.get("text", "") for block in blocks)
            calls = [(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"]
            tokens = used["input_tokens"], used["output_tokens"], used["cache_read_input_tokens"]
        case "chat":
            message, used = answer["choices"][0]["message"], answer["usage"]
            text = message["content"] or ""
            functions = [call["function"] for call in message.get("tool_calls", [])]
            calls = [(function["name"], json.loads(function["arguments"])) for function in functions]
            cached = used["prompt_tokens_details"]["cached_tokens"]
            tokens = used["prompt_tokens"] - cached, used["completion_tokens"], cached
        case "responses":
            output, used = answer["output"], answer["usage"]
            text = "".join(item["content"][0]["text"] for item in output if item["type"] == "message")
            functions = [item for item in output if item["type"] == "function_call"]
            calls = [(item["name"], json.loads(item["arguments"])) for item in functions]
            cached = used["input_tokens_details"]["cached_tokens"]
            tokens = used["input_tokens"] - cached, used["output_tokens"], cached
        case _:
            parts, used = answer["candidates"][0]["content"]["parts"], answer["usageMetadata"]
            text = "".join(part.get("text", "") for part in parts)
            called = [part["functionCall"] for part in parts if "functionCall" in part]
            calls = [(call["name"], call["args"]) for call in called]
            cached = used["cachedContentTokenCount"]
            tokens = used["promptTokenCount"] - cached, used["candidatesTokenCount"], cached
    return {"text": text, "calls": calls, "tokens": dict(zip(USED, tokens, strict=True))}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_script_is_played_in_each_dialect(server: ModelServer, dialect: str) -> None:
    first = summary(dialect, ask(server, PATHS[dialect], body(dialect, HELLO)))
    assert first["text"] == "I write the file."
    assert first["calls"] == [("Write", {"file_path": "hello.txt", "content": "hello from the model\n"})]
    assert first["tokens"] == USED

    second = summary(dialect, ask(server, PATHS[dialect], body(dialect, HELLO, "I write the file.", "done")))
    ((name, given),) = second["calls"]
    assert name == "Bash" and given["command"].startswith("git add -A") and given["why"] == "anything"
    assert second["tokens"] == {"fresh": 1001, "output": 51, "read": 201}

    last = ask(server, PATHS[dialect], body(dialect, HELLO, "a", "b", "c", "d"))
    assert summary(dialect, last)["text"] == "DONE: hello.txt is committed."
    over = ask(server, PATHS[dialect], body(dialect, HELLO, "a", "b", "c", "d", "e", "f"))
    assert summary(dialect, over)["text"] == "OK."


def streamed(dialect: str, found: list[Any]) -> str:
    """The text of a stream."""
    match dialect:
        case "anthropic":
            return "".join(event.get("delta", {}).get("text", "") for event in found)
        case "chat":
            deltas = [event["choices"][0]["delta"] for event in found[:-2]]
            return "".join(delta.get("content") or "" for delta in deltas)
        case "responses":
            return "".join(event["delta"] for event in found if event["type"] == "response.output_text.delta")
        case _:
            parts = [event["candidates"][0]["content"]["parts"][0] for event in found]
            return "".join(part.get("text", "") for part in parts)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_is_streamed_in_each_dialect(server: ModelServer, dialect: str) -> None:
    path = PATHS[dialect].replace(":g", ":streamG")
    found = events(server, path, body(dialect, "[[say]]", stream=True))
    assert streamed(dialect, found) == "Just a short answer."


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_error_comes_as_often_as_it_is_written(server: ModelServer, dialect: str) -> None:
    def tried() -> tuple[int, str | None]:
        try:
            ask(
                server,
                PATHS[dialect],
                body(dialect, directive({"error": 529, "times": 2, "retry_after": 3}, {"text": "x"})),
            )
        except urllib.error.HTTPError as error:
            with error:
                assert json.load(error)["error"]
                return error.code, error.headers["retry-after"]
        return 200, None

    assert [tried() for _ in range(3)] == [(529, "3"), (529, "3"), (200, None)]


def test_the_last_directive_of_the_user_counts(server: ModelServer) -> None:
    answer = ask(server, "/v1/messages", body("anthropic", HELLO, "x", "now [[mine]]", "one", "and?"))
    assert summary("anthropic", answer)["text"] == "two"


def test_a_stream_can_break_off_in_the_middle(server: ModelServer) -> None:
    found = events(server, "/v1/messages", body("anthropic", "[[cut]]", stream=True))
    assert found[0]["type"] == "message_start" and "message_stop" not in [event["type"] for event in found]


def test_a_stream_can_end_in_an_error(server: ModelServer) -> None:
    prompt = directive({"text": "half of a long sentence that will not end", "broken": "overloaded_error"})
    found = events(server, "/v1/messages", body("anthropic", prompt, stream=True))
    assert found[-1] == {"type": "error", "error": {"type": "overloaded_error", "message": "overloaded_error"}}


def test_a_held_answer_waits_for_the_test(server: ModelServer) -> None:
    found: list[Any] = []
    prompt = directive({"text": "at last", "hold": "gate"})
    asking = threading.Thread(target=lambda: found.append(ask(server, "/v1/messages", body("anthropic", prompt))))
    asking.start()
    server.await_held("gate")
    assert found == []
    server.release("gate")
    asking.join()
    assert summary("anthropic", found[0])["text"] == "at last"


def test_a_hanging_answer_ends_with_the_server() -> None:
    with ModelServer() as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        connection.request("POST", "/v1/messages", json.dumps(body("anthropic", "[[hang]]")))
        server.await_asked(1)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_a_wrong_key_is_refused_and_no_key_is_remembered() -> None:
    with ModelServer(key="sk-right") as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(server, "/v1/messages", body("anthropic", "[[say]]"), **{"x-api-key": "sk-wrong"})
        assert refused.value.code == 401
        refused.value.close()
        ask(server, "/v1/messages", body("anthropic", "[[say]]"), **{"Authorization": "Bearer sk-right"})
        assert [asked.answered[:3] for asked in server.asked] == ["401", "Jus"]
        assert "x-api-key" in server.asked[0].headers and "sk-" not in str([asked.headers for asked in server.asked])


def test_half_a_directive_is_passed_over_where_a_whole_one_follows(server: ModelServer) -> None:
    whole = directive({"text": "whole"})
    answer = ask(server, "/v1/messages", body("anthropic", f"# {whole[:20]}…\n\n{whole}"))
    assert summary("anthropic", answer)["text"] == "whole"


def test_a_script_that_makes_no_sense_is_answered_with_why(server: ModelServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(server, "/v1/messages", body("anthropic", directive({"txet": "x"})))
    with refused.value as error:
        assert error.code == 400 and "a step has no 'txet'" in json.load(error)["error"]["message"]
