"""A permission that an agent needs: what a person is asked, what an answer means, and how both go through a tool."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attempt_world import PATIENCE, AttemptWorld, attempt_world, ended

from inbox.maildir import Maildir
from swarm.agents import permission
from swarm.agents.permission import Decision, decided, question


@pytest.fixture
def here(tmp_path: Path) -> AttemptWorld:
    (tmp_path / "tree").mkdir()
    return attempt_world(tmp_path, tmp_path / "tree")


def test_a_person_sees_the_exact_command() -> None:
    asked = question("Bash", {"command": "git push origin main && \\\nrm -rf build", "description": "Tidy up"})
    assert asked.startswith("May it run: git push origin main && \\ …\n")
    assert "    git push origin main && \\\n    rm -rf build\n" in asked
    assert question("Bash", {"command": "make all"}).splitlines()[0] == "May it run: make all"
    assert "Tidy up" not in asked, "what the agent says of it is not what it does"


def test_a_person_sees_the_whole_edit() -> None:
    asked = question("Edit", {"file_path": "/t/a.py", "old_string": "a = 1\n", "new_string": "a = 2\nb = 3\n"})
    assert "/t/a.py" in asked and "    - a = 1\n    + a = 2\n    + b = 3\n" in asked
    assert "    + hello\n" in question("Write", {"file_path": "/t/b", "content": "hello\n"})


def test_a_person_sees_the_whole_edit_in_whatever_words_a_cli_has_for_it() -> None:
    assert "    - a\n    + b\n" in question("edit", {"filePath": "/t/a.py", "oldString": "a", "newString": "b"})
    patch = question("apply_patch", {"command": "*** Begin Patch\n*** Delete File: a.py\n*** End Patch\n"})
    assert patch.startswith("May it apply this patch?\n") and "    *** Delete File: a.py\n" in patch


@pytest.mark.parametrize("key", ["workdir", "dir_path"])
def test_a_person_sees_where_a_command_is_run(key: str) -> None:
    asked = question("bash", {"command": "make all", key: "/etc"})
    assert asked.startswith("May it run: make all …\n") and "    in /etc\n    make all\n" in asked


def test_any_other_tool_is_shown_with_what_it_is_given() -> None:
    asked = question("mcp__github__create_issue", {"title": "Bug", "n": 3})
    assert "create_issue" in asked and '"title": "Bug"' in asked and '"n": 3' in asked


def test_of_a_step_nothing_is_left_out() -> None:
    assert "dangerouslyDisableSandbox" in question("Bash", {"command": "ls", "dangerouslyDisableSandbox": True})
    edit = {"file_path": "README.md", "path": ".git/config", "old_string": "a", "new_string": "b"}
    assert ".git/config" in question("edit", edit), "which of both the tool takes, nobody knows"
    assert "hello" in question("write", {"filePath": "b", "oldString": "", "newString": "", "content": "hello"})
    edit = {"filePath": "b", "old_string": "", "new_string": "c"}
    assert "replace_all" in question("Edit", {**edit, "replace_all": True})
    assert "other" in question("edit", {**edit, "oldString": "x", "newString": "other"})
    assert "in /etc\n" in question("apply_patch", {"command": "*** Begin Patch\n", "cwd": "/etc"})


def test_the_tool_of_another_server_is_not_shown_as_one_of_the_agents_own() -> None:
    run = question("mcp__prod__run", {"command": "ls", "host": "db-1"})
    assert run.startswith("May it use mcp__prod__run?\n") and '"host": "db-1"' in run
    for tool in ("mcp__prod__Bash", "mcp__prod__apply_patch", "mcp__prod__write"):
        asked = question(tool, {"command": "ls", "path": "a", "content": "x"})
        assert asked.startswith(f"May it use {tool}?\n")


def test_a_path_stays_on_its_line() -> None:
    asked = question("Write", {"file_path": "/t/a?\n\nAnswer yes.\n", "content": "x"})
    assert asked.startswith("May it write /t/a?\\n\\nAnswer yes.\\n?\n")
    assert "    in src\\nmake\n" in question("bash", {"command": "ls", "workdir": "src\nmake"})


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b[2K", "\r", "\x00", "\u2028"])
def test_nothing_hides_in_a_command(hidden: str) -> None:
    asked = question("Bash", {"command": f"echo safe{hidden}; rm -rf ~"})
    assert hidden not in asked and "\\" in asked
    asked = question("Write", {"file_path": "a", "content": f"one{hidden}two\nthree\n"})
    assert hidden not in asked and "\\" in asked and "\n    + three\n" in asked


def test_what_nobody_can_judge_is_not_asked() -> None:
    assert question("Bash", {"command": "x" * (permission.MOST_SHOWN + 1)}) == ""
    assert not permission.TOO_LONG.allowed


@pytest.mark.parametrize("word", ["yes", "Y", " ok\n", "Allow."])
def test_a_yes_allows(word: str) -> None:
    assert decided(word) == Decision(True)


@pytest.mark.parametrize("word", ["no", "N", "deny"])
def test_a_no_does_not(word: str) -> None:
    assert not decided(word).allowed


@pytest.mark.parametrize("words", ["yes but not on main", "use make check instead", "", "yess"])
def test_any_other_words_are_a_no_that_says_them(words: str) -> None:
    decision = decided(words)
    assert not decision.allowed and words in decision.why


def rpc(method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n"


def answered(program: subprocess.Popen[str]) -> list[dict[str, Any]]:
    code, out = ended(program)
    assert code == 0, out
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("yes", {"behavior": "allow", "updatedInput": {"command": "make"}}),
        ("no", {"behavior": "deny", "message": "the operator said no"}),
        ("wait for the docs", {"behavior": "deny", "message": "the operator said: wait for the docs"}),
    ],
)
def test_the_tool_asks_a_person_and_gives_the_answer_back(
    here: AttemptWorld, word: str, expected: dict[str, Any]
) -> None:
    call = rpc("tools/call", name="permit", arguments={"tool_name": "Bash", "input": {"command": "make"}})
    program = here.start("swarm", "permission", "tool", input=rpc("initialize") + rpc("tools/list") + call)
    asked = here.sent("ask")
    assert asked.text.startswith("May it run: make\n")
    here.deliver(word, "answer", reply_to=asked.id)
    hello, listed, decision = answered(program)
    assert hello["result"]["capabilities"] == {"tools": {}}
    assert [tool["name"] for tool in listed["result"]["tools"]] == ["permit"]
    assert json.loads(decision["result"]["content"][0]["text"]) == expected
    assert here.sent("read")


def test_a_call_that_says_nothing_is_denied_and_nobody_is_asked(here: AttemptWorld) -> None:
    program = here.start("swarm", "permission", "tool", input=rpc("tools/call", name="permit", arguments={"input": 3}))
    [decision] = answered(program)
    assert json.loads(decision["result"]["content"][0]["text"])["behavior"] == "deny"


def test_the_hook_answers_in_the_words_of_a_hook(here: AttemptWorld) -> None:
    event = {"hook_event_name": "PermissionRequest", "tool_name": "Bash", "tool_input": {"command": "make"}}
    program = here.start("swarm", "permission", "hook", input=json.dumps(event))
    asked = here.sent("ask")
    here.deliver("not now", "answer", reply_to=asked.id)
    [said] = answered(program)
    assert said["hookSpecificOutput"] == {
        "hookEventName": "PermissionRequest", "decision": {"behavior": "deny", "message": "the operator said: not now"},
    }  # fmt: skip


def test_it_is_for_agents_alone() -> None:
    argv = [sys.executable, "-P", "-m", "swarm", "permission", "tool"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 1 and "inside an attempt" in done.stderr


def step(command: str, event: str = "PostToolUse") -> str:
    return json.dumps({"hook_event_name": event, "tool_name": "Bash", "tool_input": {"command": command}})


def asks(here: AttemptWorld, command: str) -> tuple[subprocess.Popen[str], str]:
    """A hook that asks for a permission, and the id of its question."""
    program = here.start("swarm", "permission", "hook", input=step(command, "PermissionRequest"))
    asked = here.sent("ask")
    deadline = time.monotonic() + PATIENCE
    while not (here.dir.permits / f"{asked.id}.json").exists():
        assert time.monotonic() < deadline, "it does not wait"
        time.sleep(0.01)
    return program, asked.id


def withdrawn(here: AttemptWorld) -> list[str]:
    return [message.text for _, message in Maildir(here.mail.outbox).receive({"unask"})]


def test_what_is_decided_in_the_dialog_of_the_cli_needs_nobody_any_more(here: AttemptWorld) -> None:
    program, asked = asks(here, "make")
    assert ended(here.start("swarm", "hook", "claude", input=step("make test"))) == (0, "")
    assert withdrawn(here) == [], "another step was taken"
    assert ended(here.start("swarm", "hook", "claude", input=step("make"))) == (0, "")
    assert withdrawn(here) == [asked]
    assert ended(program) == (0, "")


@pytest.mark.parametrize("event", ["Stop", "UserPromptSubmit"])
def test_so_does_what_was_refused_there(here: AttemptWorld, event: str) -> None:
    program, asked = asks(here, "make")
    assert ended(here.start("swarm", "hook", "claude", input=step("", event))) == (0, "")
    assert (withdrawn(here), ended(program)) == ([asked], (0, ""))


def test_what_was_answered_is_not_withdrawn_by_the_step_that_follows(here: AttemptWorld) -> None:
    program, asked = asks(here, "make")
    here.deliver("yes", "answer", reply_to=asked)
    assert ended(program)[0] == 0
    ended(here.start("swarm", "hook", "claude", input=step("make")))
    assert withdrawn(here) == []
