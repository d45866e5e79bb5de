"""Parts of the built-in agent, each alone: permits, prices, the transcript's file, what is sent, files, settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from swarm.agents.builtin import permits, settings, shell, window
from swarm.agents.builtin.adapter import BUILTIN
from swarm.agents.builtin.files import Files
from swarm.agents.builtin.prices import PRICES, VARIABLE, Tokens, price
from swarm.agents.builtin.reader import BuiltinStream
from swarm.agents.builtin.settings import Bounds, Orders
from swarm.agents.builtin.transcript import LOST, Transcript
from swarm.agents.definition import Order
from swarm.core.plan import Permission, Task
from swarm.errors import SwarmError
from swarm.paths import AttemptDir

ASK, EDITS, ALL = Permission.ASK, Permission.EDITS, Permission.ALL

# permits


@pytest.mark.parametrize(
    ("rule", "command"),
    [
        ("Bash(git add:*)", "git add"),
        ("Bash(git add:*)", "git add -A src/"),
        ("bash(git commit:*)", "git commit -m 'one; two && $three'"),
        ('shell(git commit:*)', 'git commit -m "a (b) | c"'),
        ("Bash(make test && make lint)", "make test && make lint"),
        ("Bash", "anything; at all"),
        ("Bash(:*)", "ls -l"),
    ],
)  # fmt: skip
def test_a_rule_covers_the_command(rule: str, command: str) -> None:
    assert permits.may_run(ASK, (rule,), command)
    assert not permits.may_run(ASK, (), command)


@pytest.mark.parametrize(
    "command",
    [
        "git addx", "git add . && rm -rf .", "git add .; rm x", "git add . | sh", "git add $(rm x)", "git add `rm x`",
        'git add "$(rm x)"', "git add .\nrm x", "git add > /etc/x", "git add . & rm x", "git add 'open", "xgit add",
        "git add {a,b}", "GIT_DIR=x git add",
    ],
)  # fmt: skip
def test_nothing_can_be_hung_on_to_an_allowed_beginning(command: str) -> None:
    assert not permits.may_run(ASK, ("Bash(git add:*)", "Edit", "nonsense(", "mcp__x"), command)
    assert permits.may_run(ALL, (), command)


def test_who_may_edit() -> None:
    assert permits.may_edit(EDITS, (), "a") and permits.may_edit(ALL, (), "a") and not permits.may_edit(ASK, (), "a")
    assert permits.may_edit(ASK, ("Edit(src/**)",), "src/a/b.py")
    assert not permits.may_edit(ASK, ("Edit(src/**)", "Bash", "Edit()"), "docs/a.md")
    assert permits.may_edit(ASK, ("Write",), "docs/a.md")


def test_a_role_is_offered_what_its_tools_mean() -> None:
    assert permits.offered(()) == {"shell", "view", "create", "edit"}
    assert permits.offered(("Read", "Bash(git log:*)", "WebFetch")) == {"view", "shell"}
    assert permits.offered(("WebFetch",)) == frozenset()


# prices


def test_each_part_of_a_request_has_its_price() -> None:
    opus = price("claude-opus-4-6-20260101", {})
    assert opus == PRICES["claude-opus-4-6"]
    assert opus is not None and opus.of(Tokens(1_000_000, 100_000, 2_000_000, 40_000)) == pytest.approx(8.75)


def test_a_long_request_to_haiku_costs_more() -> None:
    haiku = PRICES["claude-haiku-5-5"]
    assert haiku.of(Tokens(fresh=100_000)) == pytest.approx(0.01)
    assert haiku.of(Tokens(fresh=100_000, read=1_000)) == pytest.approx(0.05005)


def test_nobody_knows_the_price_of_a_stranger_but_its_user() -> None:
    assert price("claude-opus-4", {}) is None and price("glm-5", {}) is None
    own = price("glm-5", {VARIABLE: '{"glm-5": [1, 2, 0.1, 0]}'})
    assert own is not None and own.of(Tokens(1_000_000, 1_000_000)) == pytest.approx(3)


@pytest.mark.parametrize("text", ["{", "[]", '{"m": [1, 2]}', '{"m": ["a", 1, 1, 1]}', '{"m": 3}'])
def test_prices_that_make_no_sense_are_told(text: str) -> None:
    with pytest.raises(SwarmError, match=VARIABLE):
        price("m", {VARIABLE: text})


# settings and the launch


def test_orders_travel_by_file() -> None:
    orders = Orders("opus", EDITS, ("Bash(a:*)", "Edit"), ("Read",), 2.5)
    assert settings.decoded(orders.encoded()) == orders
    for text in ("", "{}", "[]", orders.encoded().replace("edits", "some")):
        with pytest.raises(SwarmError):
            settings.decoded(text)


def test_the_model_is_the_tasks_else_the_environments() -> None:
    assert settings.model(Orders("opus"), {}) == "claude-opus-5-5"
    assert settings.model(Orders(), {settings.MODEL: "glm-5"}) == "glm-5"
    assert settings.model(Orders(), {}) == settings.DEFAULT_MODEL and settings.DEFAULT_MODEL in PRICES


def test_bounds_are_positive_numbers() -> None:
    assert settings.bounds({}) == Bounds()
    assert settings.bounds({"SWARM_BUILTIN_STEPS": "7", "SWARM_BUILTIN_PATIENCE": "0.5"}) == Bounds(7, patience=0.5)
    for text in ("0", "-1", "many", "nan"):
        with pytest.raises(SwarmError, match="SWARM_BUILTIN_STEPS"):
            settings.bounds({"SWARM_BUILTIN_STEPS": text})


def test_how_it_is_started() -> None:
    task = Task("api", "the api", "…", agent="builtin", model="opus", permissions=EDITS, allow=("Bash(make:*)",))
    launch = BUILTIN.launch(Order(task, "a-session", 3.0))
    argv = (
        "{{python}}", "-P", "-m", "swarm.agents.builtin", "--settings", "{{attempt}}/builtin.json",
        "--session", "{{session}}",
    )  # fmt: skip
    assert launch.argv == argv and launch.again == (*argv, "--resume") and launch.session == "a-session"
    assert settings.decoded(launch.files["builtin.json"]) == Orders("opus", EDITS, ("Bash(make:*)",), (), 3.0)
    assert launch.stdin and "ANTHROPIC_API_KEY" in launch.pass_env and not launch.env
    assert BUILTIN.missing() == "" and BUILTIN.refuses(task) == ""


def test_whoever_knows_its_definition_and_its_reader_does_not_load_its_library() -> None:
    heavy = "{'anthropic', 'pydantic', 'textual', 'libtmux'}"
    program = f"import swarm.agents.readers, swarm.agents.registry, sys; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# the transcript


def call(id: str, name: str = "shell", **given: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": name, "input": given}


def result(id: str, text: str = "fine") -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id, "content": text}


def say(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


@pytest.fixture
def attempt(tmp_path: Path) -> AttemptDir:
    (tmp_path / "api.1").mkdir()
    return AttemptDir(tmp_path / "api.1")


def resumed(attempt: AttemptDir) -> Transcript:
    return Transcript.resume(attempt, "api", 1, "s")


def test_a_conversation_is_the_same_when_it_is_read_again(attempt: AttemptDir) -> None:
    one = Transcript.begin(attempt.conversation, "s")
    one.user([say("do it")])
    one.model([say("I do"), call("1"), call("2")])
    one.result(result("2", "second"))
    one.result(result("1", "first"))
    one.user([say("a note")], ["n1"])
    one.clear(1)
    one.spend(0.25, 1)
    one.asked("q1", "$ rm")
    assert [message["role"] for message in one.messages()] == ["user", "assistant", "user"]
    assert [block.get("content") or block["text"] for block in one.messages()[-1]["content"]] == [
        "first", "second", "a note",
    ]  # fmt: skip
    two = resumed(attempt)
    assert two.messages() == one.messages()
    assert (two.cleared, two.spent(1), two.spent(2), two.questions) == (1, 0.25, 0.0, {"q1": "$ rm"})
    assert two.notes() == (set(), {"n1"})
    two.model([say("thanks")])
    assert resumed(attempt).notes() == ({"n1"}, set())


def test_a_call_whose_result_is_lost_is_told_so(attempt: AttemptDir) -> None:
    one = Transcript.begin(attempt.conversation, "s")
    one.user([say("do it")])
    one.model([call("1"), call("2")])
    one.result(result("1"))
    two = resumed(attempt)
    two.user([say("go on")])
    first, second, prompt = two.messages()[-1]["content"]
    assert (first["content"], second["content"], prompt["text"]) == ("fine", LOST, "go on") and second["is_error"]


@pytest.mark.parametrize("torn", [b'{"model": [{"ty', b"\0\0\0\0", b"[1]\n", b'"x"\n{"user": []}\n'])
def test_what_a_crash_left_of_a_line_is_cut_off(attempt: AttemptDir, torn: bytes) -> None:
    one = Transcript.begin(attempt.conversation, "s")
    one.user([say("do it")])
    attempt.conversation.write_bytes(attempt.conversation.read_bytes() + torn)
    two = resumed(attempt)
    assert two.messages() == one.messages()
    two.model([say("well")])
    assert [message["role"] for message in resumed(attempt).messages()] == ["user", "assistant"]


def test_another_conversation_is_not_taken_for_it(attempt: AttemptDir) -> None:
    Transcript.begin(attempt.conversation, "another")
    with pytest.raises(SwarmError, match="not here any more"):
        resumed(attempt)


def test_an_earlier_attempts_conversation_is_copied(attempt: AttemptDir) -> None:
    Transcript.begin(attempt.conversation, "s").user([say("do it")])
    before = attempt.conversation.read_bytes()
    third = AttemptDir(attempt.path.with_name("api.3"))
    third.path.mkdir()
    Transcript.resume(third, "api", 3, "s").model([say("well")])
    assert attempt.conversation.read_bytes() == before
    assert third.conversation.read_bytes().startswith(before)


def test_a_link_in_its_place_is_not_followed(attempt: AttemptDir, tmp_path: Path) -> None:
    (tmp_path / "else").write_text('{"session": "s"}\n{"user": [{"type": "text", "text": "secret"}]}\n')
    attempt.conversation.symlink_to(tmp_path / "else")
    with pytest.raises(SwarmError):
        resumed(attempt)


# the window


def test_room_is_made_much_at_once_and_seldom() -> None:
    assert window.room(used=700, context=1000, count=40, cleared=0) == 0
    assert window.room(used=800, context=1000, count=40, cleared=0) == 28
    assert window.room(used=800, context=1000, count=40, cleared=28) == 36
    assert window.room(used=800, context=1000, count=40, cleared=36) == 36
    assert window.room(used=800, context=1000, count=42, cleared=36) == 36, "not for two messages"


def test_what_is_left_out_is_only_bulk() -> None:
    messages = [
        {"role": "user", "content": [say("x" * 900)]},
        {"role": "assistant", "content": [call("1", path="a", text="y" * 900), say("z" * 900)]},
        {"role": "user", "content": [result("1", "w" * 900), result("2", "short")]},
    ]
    sent = window.sent(messages, 3)
    assert sent[0]["content"][0]["text"] == "x" * 900 and sent[1]["content"][1]["text"] == "z" * 900
    assert sent[1]["content"][0]["input"]["path"] == "a" and "900 characters" in sent[1]["content"][0]["input"]["text"]
    assert "900 characters" in sent[2]["content"][0]["content"] and sent[2]["content"][1]["content"] == "short"
    assert "cache_control" not in json.dumps(messages), "what is kept is not touched"


# files and shell


@pytest.fixture
def files(tmp_path: Path) -> Files:
    (tmp_path / "tree").mkdir()
    return Files(tmp_path / "tree")


def test_a_file_is_seen_with_its_lines(files: Files) -> None:
    files.create("a/b.txt", "one\ntwo\nthree\n")
    assert files.view("a/b.txt") == "     1  one\n     2  two\n     3  three"
    assert files.view("a/b.txt", 2, 2) == "     2  two" and files.view("a/b.txt", 9) == "(no such lines)"
    assert files.view("a") == "b.txt" and files.view(".") == "a/"
    files.create("long", "line\n" * 2500)
    assert files.view("long").endswith("… 500 more lines")


def test_a_piece_is_replaced_exactly(files: Files) -> None:
    files.create("a", "one\r\ntwo\r\none\r\n")
    with pytest.raises(SwarmError, match="stands 2 times"):
        files.edit("a", "one", "1")
    assert files.edit("a", "one", "1", everywhere=True) == "edited a in 2 places"
    files.edit("a", "two", "")
    assert (files.worktree / "a").read_bytes() == b"1\r\n\r\n1\r\n"
    for old in ("three", ""):
        with pytest.raises(SwarmError, match="does not stand"):
            files.edit("a", old, "x")


def test_what_is_no_text_is_left_to_the_shell(files: Files) -> None:
    (files.worktree / "image").write_bytes(b"\xff\xfe\0\1")
    with pytest.raises(SwarmError, match=r"no text \(4 bytes\)"):
        files.view("image")


def test_a_long_output_is_cut_in_its_middle(tmp_path: Path) -> None:
    text, wrong = shell.run("echo begin; yes | head -c 100000; echo end", tmp_path, {"PATH": "/usr/bin:/bin"}, (), 20)
    assert text.startswith("begin\n") and text.endswith("end") and "bytes left out" in text and not wrong
    assert len(text) < shell.MOST_OUTPUT + 100


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    text, wrong = shell.run("trap '' TERM; sleep 300 & wait", tmp_path, {"PATH": "/usr/bin:/bin"}, (), 0.2)
    assert wrong and "it took too long" in text


def test_what_a_command_leaves_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    text, wrong = shell.run("sleep 300 & echo $!", tmp_path, {"PATH": "/usr/bin:/bin"}, (), 60)
    assert not wrong
    assert shell.run(f"kill {int(text)}", tmp_path, {"PATH": "/usr/bin:/bin"}, (), 60) == ("(no output)", False)


# the reader


def test_lines_that_are_not_its_own_are_shown_as_they_are() -> None:
    reader = BuiltinStream()
    reader.begin()
    lines = ("Traceback (most recent call last):", '{"type": "news", "x": 1}', '{"type": "usage"}', "{", '{"a": 1}')
    for line in lines:
        assert reader.line(line) in (f"{line}\n", "")
    assert not reader.said.ended and reader.said.trouble is None
