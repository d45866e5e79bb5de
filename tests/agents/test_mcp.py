"""The MCP server as its clients meet it: a process, two pipes, one JSON object a line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attempt_world import PATIENCE, AttemptWorld, attempt_world

from inbox.maildir import Maildir
from swarm.agents import jsonrpc
from swarm.agents.mcp import VERSIONS
from swarm.agents.toolbox import TOOLS
from swarm.agents.tools import ANSWER, LISTING


class Client:
    """A client that is not kind."""

    def __init__(self, attempt: AttemptWorld, *options: str) -> None:
        self.attempt = attempt
        self.program = subprocess.Popen(
            [sys.executable, "-P", "-m", "swarm", "mcp", *options], cwd=attempt.tree,
            env={**os.environ, **attempt.env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def write(self, data: bytes) -> None:
        assert self.program.stdin is not None
        self.program.stdin.write(data + b"\n")
        self.program.stdin.flush()

    def say(self, **message: Any) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def hear(self) -> dict[str, Any]:
        assert self.program.stdout is not None
        line = self.program.stdout.readline()
        assert line, self.program.stderr.read().decode() if self.program.stderr else ""
        found: dict[str, Any] = json.loads(line)
        return found

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        self.say(id=1, method=method, params=params)
        return self.hear()

    def call(self, name: str, **arguments: Any) -> tuple[str, bool]:
        found = self.request("tools/call", name=name, arguments=arguments)["result"]
        assert [one["type"] for one in found["content"]] == ["text"]
        return found["content"][0]["text"], found["isError"]

    def leave(self) -> tuple[int, bytes]:
        """Close its input; the exit status and what else was printed."""
        out, err = self.program.communicate(timeout=PATIENCE)
        assert err == b""
        return self.program.returncode, out


@pytest.fixture
def attempt(tmp_path: Path) -> AttemptWorld:
    return attempt_world(tmp_path, tmp_path)


@pytest.fixture
def client(attempt: AttemptWorld) -> Iterator[Client]:
    found = Client(attempt)
    yield found
    found.program.kill()
    found.program.communicate()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_that_it_knows_is_agreed_on(version: str, client: Client) -> None:
    found = client.request("initialize", protocolVersion=version, capabilities={}, clientInfo={"name": "t"})
    assert found["id"] == 1 and found["result"]["protocolVersion"] == version
    assert found["result"]["capabilities"] == {"tools": {}}
    client.say(method="notifications/initialized")
    assert client.request("ping") == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert client.leave() == (0, b"")


@pytest.mark.parametrize("version", ["1999-01-01", None, 7, {}])
def test_one_that_it_does_not_know_is_answered_with_its_newest(version: object, client: Client) -> None:
    assert client.request("initialize", protocolVersion=version)["result"]["protocolVersion"] == VERSIONS[0]


def test_each_tool_is_listed_with_what_it_takes(client: Client) -> None:
    listed = client.request("tools/list")["result"]["tools"]
    assert [one["name"] for one in listed] == [
        "send_message", "read_messages", "task_done", "task_failed", "ask", "list_tasks",
    ]  # fmt: skip
    assert all(one["description"] and one["inputSchema"]["type"] == "object" for one in listed)


def test_a_message_is_sent_in_the_name_of_the_worker(client: Client) -> None:
    assert client.call("send_message", to="worker-2", text="the schema is done") == ("sent to worker-2", False)
    sent = client.attempt.sent("note")
    assert (sent.sender, sent.to, sent.text) == ("worker-1", "worker-2", "the schema is done")


def test_messages_are_fenced_and_count_as_read_once_they_were_written(client: Client) -> None:
    client.attempt.deliver("use port 8080\n")
    text, wrong = client.call("read_messages")
    assert not wrong and "use port 8080" in text and "<<note from operator, 13 bytes" in text
    assert client.attempt.sent("read").text
    assert client.call("read_messages") == ("no unread messages", False)


def test_a_message_whose_response_nobody_takes_stays_unread(attempt: AttemptWorld) -> None:
    attempt.deliver("important")
    client = Client(attempt)
    assert client.program.stdout is not None and client.program.stdin is not None
    assert client.request("ping")["result"] == {}
    client.program.stdout.close()
    client.program.stdout = None
    client.say(id=2, method="tools/call", params={"name": "read_messages"})
    client.leave()
    assert len(Maildir(attempt.mail.inbox).unread()) == 1
    assert Maildir(attempt.mail.outbox).unread() == []


def test_many_messages_are_handed_over_in_parts_and_none_is_lost(client: Client) -> None:
    for number in range(3):
        client.attempt.deliver(f"{number}" * 30_000)
    first, _ = client.call("read_messages")
    assert "2 more are unread" in first and "1" * 100 not in first
    assert "1" * 30_000 in client.call("read_messages")[0]
    assert "2" * 30_000 in client.call("read_messages")[0]
    assert client.call("read_messages")[0] == "no unread messages"


def test_the_end_is_said_once_with_its_report(client: Client) -> None:
    assert not client.call("task_done", summary="it works", report="# Found\n\nNothing.\n")[1]
    assert client.attempt.verdict == {"ok": True, "text": "it works"}
    assert client.attempt.dir.report.read_text() == "# Found\n\nNothing.\n"
    text, wrong = client.call("task_failed", reason="or not")
    assert wrong and "already said" in text


def test_a_task_can_fail(client: Client) -> None:
    assert not client.call("task_failed", reason="no database")[1]
    assert client.attempt.verdict == {"ok": False, "text": "no database"}


def test_a_question_waits_for_its_answer_and_keeps_nobody_else_waiting(client: Client) -> None:
    client.say(id="q", method="tools/call", params={"name": "ask", "arguments": {"question": "which port?"}})
    asked = client.attempt.sent("ask")
    assert asked.text == "which port?"
    assert client.request("ping")["result"] == {}
    client.attempt.deliver("elsewhere", ANSWER, reply_to="another-question")
    client.attempt.deliver("8080", ANSWER, reply_to=asked.id)
    found = client.hear()
    assert found["id"] == "q" and found["result"] == {"content": [{"type": "text", "text": "8080"}], "isError": False}
    assert client.attempt.sent("read")
    assert "elsewhere" in client.call("read_messages")[0]


def test_a_question_that_its_client_takes_back_stays_open(client: Client) -> None:
    client.say(id="q", method="tools/call", params={"name": "ask", "arguments": {"question": "which port?"}})
    asked = client.attempt.sent("ask")
    client.say(method="notifications/cancelled", params={"requestId": "q"})
    assert client.request("ping")["result"] == {}
    client.attempt.deliver("8080", ANSWER, reply_to=asked.id)
    client.say(id="r", method="tools/call", params={"name": "ask", "arguments": {"question": "which host?"}})
    client.attempt.deliver("localhost", ANSWER, reply_to=client.attempt.sent("ask").id)
    assert client.hear()["id"] == "r", "no response to a request that was taken back"
    assert client.leave() == (0, b"")
    assert len(Maildir(client.attempt.mail.inbox).unread()) == 1


def test_a_client_that_leaves_does_not_wait_for_the_answer(client: Client) -> None:
    client.say(id="q", method="tools/call", params={"name": "ask", "arguments": {"question": "which port?"}})
    client.attempt.sent("ask")
    assert client.leave() == (0, b"")


def test_with_bounded_patience_a_question_is_left_open(attempt: AttemptWorld) -> None:
    client = Client(attempt, "--patience", "0.1")
    text, wrong = client.call("ask", question="which port?")
    assert not wrong and "End your turn" in text
    assert client.leave()[0] == 0


def test_a_question_that_the_leader_refuses_is_answered_with_why(client: Client) -> None:
    client.say(id="q", method="tools/call", params={"name": "ask", "arguments": {"question": "which port?"}})
    box = Maildir(client.attempt.mail.outbox)
    while not box.unread():
        assert client.request("ping")["result"] == {}
    box.reject(box.unread()[0], "too many questions")
    found = client.hear()["result"]
    assert found["isError"] and "too many questions" in found["content"][0]["text"]


def test_tasks_are_listed_as_the_leader_says(client: Client) -> None:
    client.say(id=7, method="tools/call", params={"name": "list_tasks"})
    asked = client.attempt.sent("list")
    said = {"you": "api", "tasks": [], "more": 0, "counts": {}}
    client.attempt.deliver(json.dumps(said), LISTING, "leader", asked.id)
    assert json.loads(client.hear()["result"]["content"][0]["text"]) == said
    assert Maildir(client.attempt.mail.inbox).unread() == []


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("send_message", {}, "needs 'to'"),
        ("send_message", {"to": 1, "text": "x"}, "has to be a text"),
        ("send_message", {"to": "Worker 2", "text": "x"}, "bad to"),
        ("send_message", {"to": "a", "text": "x" * 300_000}, "holds at most"),
        ("send_message", {"to": "a", "text": "\ud800"}, "half a character"),
        ("send_message", {"to": "a", "text": "x", "kind": "assign"}, "does not take 'kind'"),
        ("send_message", [], "takes an object"),
        ("send_message", "x", "takes an object"),
        ("ask", {"question": " "}, "empty question"),
        ("task_done", {"summary": None}, "has to be a text"),
        ("read_messages", {"who": "worker-2"}, "does not take"),
    ],
)
def test_wrong_arguments_are_a_text_for_the_model(name: str, arguments: object, said: str, client: Client) -> None:
    found = client.request("tools/call", name=name, arguments=arguments)["result"]
    assert found["isError"] and said in found["content"][0]["text"]
    assert Maildir(client.attempt.mail.outbox).unread() == []
    assert client.request("ping")["result"] == {}


NONSENSE: list[tuple[bytes, int, object]] = [
    (b"{", jsonrpc.PARSE_ERROR, None),
    (b"\xff\xfe", jsonrpc.PARSE_ERROR, None),
    (b"[" * 100_000, jsonrpc.PARSE_ERROR, None),
    (b"9" * 10_000, jsonrpc.PARSE_ERROR, None),
    (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', jsonrpc.PARSE_ERROR, None),
    (b"[]", jsonrpc.INVALID_REQUEST, None),
    (b"null", jsonrpc.INVALID_REQUEST, None),
    (b'"ping"', jsonrpc.INVALID_REQUEST, None),
    (b"{}", jsonrpc.INVALID_REQUEST, None),
    (b'{"jsonrpc":"1.0","id":3,"method":"ping"}', jsonrpc.INVALID_REQUEST, 3),
    (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', jsonrpc.INVALID_REQUEST, None),
    (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', jsonrpc.INVALID_REQUEST, None),
    (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', jsonrpc.INVALID_REQUEST, None),
    (b'{"jsonrpc":"2.0","id":3,"method":7}', jsonrpc.INVALID_REQUEST, 3),
    (b'{"jsonrpc":"2.0","id":3,"method":"ping","params":[1]}', jsonrpc.INVALID_REQUEST, 3),
    (b'{"jsonrpc":"2.0","id":3,"method":"resources/list"}', jsonrpc.NO_METHOD, 3),
    (b'{"jsonrpc":"2.0","id":3,"method":"tools/call"}', jsonrpc.INVALID_PARAMS, 3),
    (b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"rm"}}', jsonrpc.INVALID_PARAMS, 3),
    (b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":{}}}', jsonrpc.INVALID_PARAMS, 3),
    (b'{"a":"' + b"x" * (jsonrpc.MOST_BYTES + 10) + b'"}', jsonrpc.INVALID_REQUEST, None),
]


@pytest.mark.parametrize(("line", "code", "id"), NONSENSE, ids=range(len(NONSENSE)))
def test_what_is_no_request_is_refused_and_the_next_one_answered(
    line: bytes, code: int, id: object, client: Client
) -> None:
    client.write(line)
    found = client.hear()
    assert (found["error"]["code"], found["id"]) == (code, id)
    assert client.request("ping")["result"] == {}


SILENCE = [
    b"", b"   ", b'{"jsonrpc":"2.0","method":"ping"}', b'{"jsonrpc":"2.0","method":"notifications/cancelled"}',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[]}}',
    b'{"jsonrpc":"2.0","id":9,"result":{}}', b'{"jsonrpc":"2.0","id":9,"error":{"code":1,"message":"x"}}',
]  # fmt: skip


@pytest.mark.parametrize("line", SILENCE)
def test_what_wants_no_response_gets_none(line: bytes, client: Client) -> None:
    client.write(line)
    assert client.request("ping")["id"] == 1


def test_the_parts_of_a_batch_are_answered_one_by_one(client: Client) -> None:
    client.write(b'[{"jsonrpc":"2.0","id":5,"method":"ping"},3,{"jsonrpc":"2.0","id":6,"method":"ping"}]')
    assert [client.hear().get("id") for _ in range(3)] == [5, None, 6]


def test_outside_of_an_attempt_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "swarm", "mcp"], cwd=tmp_path, input=b"", capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 1 and b"inside an attempt" in done.stderr and done.stdout == b""


def test_a_signal_ends_it_while_it_waits(client: Client) -> None:
    client.say(id="q", method="tools/call", params={"name": "ask", "arguments": {"question": "which port?"}})
    client.attempt.sent("ask")
    client.program.send_signal(signal.SIGTERM)
    assert client.program.wait(PATIENCE) == -signal.SIGTERM


def test_every_tool_has_a_verb_of_the_same_meaning() -> None:
    assert set(TOOLS) == {"send_message", "read_messages", "task_done", "task_failed", "ask", "list_tasks"}
