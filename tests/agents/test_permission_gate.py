"""The gate before a step: what is let through, what a person is asked, and that whatever goes wrong is a no."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attempt_world import AttemptWorld, attempt_world, ended

from inbox.maildir import Maildir
from swarm.agents import gate
from swarm.agents.definition import Order
from swarm.agents.gemini import AFTER
from swarm.agents.opencodeplugin import PLUGIN
from swarm.agents.ourgate import ASK
from swarm.agents.own import LONG
from swarm.agents.permission import Decision
from swarm.agents.registry import AGENTS
from swarm.core.plan import Permission, Task

GATED = ("codex", "gemini", "opencode", "pi")
SHELL = {"codex": "Bash", "gemini": "run_shell_command", "opencode": "bash", "pi": "bash"}


@pytest.fixture
def here(tmp_path: Path) -> AttemptWorld:
    (tmp_path / "tree").mkdir()
    return attempt_world(tmp_path, tmp_path / "tree")


def told(here: AttemptWorld, permissions: Permission = Permission.ASK, allow: tuple[str, ...] = ()) -> dict[str, str]:
    task = Task("api", "Make it", "Make it.", permissions=permissions, allow=allow)
    return {**gate.env(task), gate.TREE: str(here.tree)}


def step(here: AttemptWorld, agent: str, command: str, cwd: str = "", **more: str) -> subprocess.Popen[str]:
    event = {"tool_name": SHELL[agent], "tool_input": {"command": command}, "cwd": cwd or str(here.tree)}
    return here.start("swarm", "permission", "step", agent, input=json.dumps(event), **more)


def asked(here: AttemptWorld) -> int:
    return len(list(Maildir(here.mail.outbox).receive({"ask"})))


def yes(agent: str, said: str) -> bool:
    return json.loads(said)["allowed"] if agent in ("opencode", "pi") else said == ""


@pytest.mark.parametrize("agent", GATED)
def test_what_needs_nobody_is_let_through(here: AttemptWorld, agent: str) -> None:
    code, said = ended(step(here, agent, "make test", **told(here, allow=("Bash(make:*)",))))
    assert (code, asked(here)) == (0, 0) and yes(agent, said)


@pytest.mark.parametrize("agent", GATED)
def test_a_person_is_asked_about_the_rest_and_may_allow_it(here: AttemptWorld, agent: str) -> None:
    program = step(here, agent, "sh install.sh", **told(here))
    question = here.sent("ask")
    assert question.text.startswith("May it run: sh install.sh\n")
    here.deliver("yes", "answer", reply_to=question.id)
    code, said = ended(program)
    assert code == 0 and yes(agent, said)
    assert here.sent("read")


def test_the_answer_to_another_question_allows_nothing_and_of_two_the_first_counts(here: AttemptWorld) -> None:
    program = step(here, "gemini", "sh install.sh", **told(here))
    question = here.sent("ask")
    here.deliver("yes", "answer", reply_to="another-question")
    here.deliver("yes", "note", reply_to=question.id)
    here.deliver("yes", "answer")
    here.deliver("no", "answer", reply_to=question.id)
    here.deliver("yes", "answer", reply_to=question.id)
    code, said = ended(program)
    assert code == 0 and not yes("gemini", said)


def test_an_event_too_deep_to_be_read_is_no_yes(here: AttemptWorld) -> None:
    event = '{"tool_name": "read_file", "tool_input": {"file_path": ' + "[" * 200_000 + "]" * 200_000 + "}}"
    assert ended(here.start("swarm", "permission", "step", "gemini", input=event, **told(here)))[0] != 0


def test_where_the_mailbox_is_gone_nothing_is_allowed(here: AttemptWorld) -> None:
    shutil.rmtree(here.mail.path)
    assert ended(step(here, "gemini", "sh install.sh", **told(here)))[0] != 0


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("codex", {"hookSpecificOutput": {
            "hookEventName": "PreToolUse", "permissionDecision": "deny",
            "permissionDecisionReason": "the operator said: use make",
        }}),
        ("gemini", {"decision": "deny", "reason": "the operator said: use make"}),
        ("opencode", {"allowed": False, "why": "the operator said: use make"}),
        ("pi", {"allowed": False, "why": "the operator said: use make"}),
    ],
)  # fmt: skip
def test_a_no_is_said_in_the_words_of_its_cli(here: AttemptWorld, agent: str, said: dict[str, Any]) -> None:
    program = step(here, agent, "sh install.sh", **told(here))
    here.deliver("use make", "answer", reply_to=here.sent("ask").id)
    code, out = ended(program)
    assert (code, json.loads(out)) == (0, said)


@pytest.mark.parametrize("command", ["cat hostname", "make test"])
def test_where_codex_would_run_a_command_stands_beside_it_and_counts(here: AttemptWorld, command: str) -> None:
    program = step(here, "codex", command, cwd="/etc", **told(here, allow=("Bash(make:*)",)))
    question = here.sent("ask")
    assert f"    in /etc\n    {command}\n" in question.text
    here.deliver("no", "answer", reply_to=question.id)
    assert not yes("codex", ended(program)[1])


def test_codex_may_look_below_the_worktrees_top(here: AttemptWorld) -> None:
    (here.tree / "src").mkdir()
    for at in (here.tree / "src", here.tree):
        code, said = ended(step(here, "codex", "ls", cwd=str(at), **told(here)))
        assert (code, asked(here)) == (0, 0) and yes("codex", said)


def test_an_event_of_codex_that_says_not_where_is_no_yes(here: AttemptWorld) -> None:
    event = json.dumps({"tool_name": "Bash", "tool_input": {"command": "ls"}})
    assert ended(here.start("swarm", "permission", "step", "codex", input=event, **told(here)))[0] != 0


@pytest.mark.parametrize("may", ["", "{", "[]", '{"edits": true}'])
def test_who_was_not_told_what_is_allowed_allows_nothing(here: AttemptWorld, may: str) -> None:
    code, said = ended(step(here, "gemini", "ls", **{gate.MAY: may, gate.TREE: str(here.tree)}))
    assert code != 0 and "was not said" in said


@pytest.mark.parametrize("event", ["", "[]", "{}", '{"tool_name": "read_file"}', '{"tool_name": 1, "tool_input": {}}'])
def test_an_event_that_says_nothing_is_no_yes(here: AttemptWorld, event: str) -> None:
    assert ended(here.start("swarm", "permission", "step", "gemini", input=event, **told(here)))[0] != 0


@pytest.mark.parametrize(("permissions", "edits"), [(Permission.ASK, False), (Permission.EDITS, True)])
def test_edits_go_unasked_where_the_task_says_so(here: AttemptWorld, permissions: Permission, edits: bool) -> None:
    free = gate.freedom("gemini", told(here, permissions))
    assert free.covers("write_file", {"file_path": "a.py", "content": "x"}) is edits


def by_shell(agent: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = ["sh", "-c", gate.hook(agent)]
    return subprocess.run(argv, input="{}", text=True, capture_output=True, env={**os.environ, **env}, timeout=60)


@pytest.mark.parametrize("python", ["/nowhere/python", "false", sys.executable])
def test_a_hook_that_can_not_ask_blocks_the_step(python: str) -> None:
    done = by_shell("gemini", SWARM_PYTHON=python)
    assert (done.returncode, done.stdout) == (2, "")
    assert "could not ask anybody" in done.stderr


def test_a_hook_whose_program_is_killed_blocks_the_step(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    assert by_shell("codex", SWARM_PYTHON=str(program)).returncode == 2


def test_a_hook_that_hands_nothing_over_does_not_have_gemini_go_on_for_ever() -> None:
    done = subprocess.run(["sh", "-c", AFTER], env={**os.environ, "SWARM_PYTHON": "/nowhere"}, capture_output=True)
    assert done.returncode == 1, "any other is a reason to go on"


def test_nobody_is_waited_for_longer_than_the_cli_waits_for_the_hook() -> None:
    waits = AGENTS["codex"].launch(Order(Task("api", "t", "t", agent="codex"), "")).argv
    assert f"timeout={LONG}" in " ".join(waits) and LONG > gate.PATIENCE
    assert not gate.NOBODY.allowed
    assert gate.answer("gemini", gate.NOBODY) and gate.answer("codex", gate.NOBODY)
    assert gate.answer("gemini", Decision(True)) == ""


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ("echo '{\"allowed\": true, \"why\": \"\"}'", "undefined"),
        ("echo '{\"allowed\": true}'; exit 1", "could not ask"),
        ("echo '{\"allowed\": \"yes\"}'", "could not ask"),
        ("echo '{\"allowed\": false, \"why\": \"not now\"}'", "not now"),
        ("echo '{}'", "could not ask"),
        ("kill -9 $$", "could not ask"),
        ("exit 0", "could not ask"),
    ],
)
def test_a_plugin_takes_nothing_but_a_clear_yes_for_one(tmp_path: Path, says: str, refused: str) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\ncat > /dev/null\n{says}\n")
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "gate.mjs").write_text(ASK + 'console.log(await refusal("pi", "bash", { command: "make" }))\n')
    assert refused in _node(tmp_path, str(tmp_path / "python"))


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_a_plugin_whose_program_is_gone_refuses(tmp_path: Path) -> None:
    (tmp_path / "gate.mjs").write_text(ASK + 'console.log(await refusal("pi", "bash", {}))\n')
    assert "could not ask" in _node(tmp_path, "/nowhere/python")


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.parametrize(
    ("ours", "theirs", "laid"),
    [
        ({"*": "allow"}, {"*": "deny", "edit": "ask", "webfetch": "deny"}, {"*": "allow", "webfetch": "deny"}),
        ({"*": "allow"}, {"bash": {"*": "ask", "rm": "deny"}}, {"*": "allow", "bash": {"*": "allow", "rm": "deny"}}),
        ({"*": "deny", "read": "allow"}, {"bash": {"ls": "allow", "rm *": "deny"}}, {"*": "deny", "read": "allow"}),
        ({"*": "deny", "read": "allow"}, {"read": "deny"}, {"*": "deny", "read": "deny"}),
        ({"*": "allow"}, None, {"*": "allow"}),
    ],
)  # fmt: skip
def test_opencode_keeps_to_what_the_user_denies_and_to_the_list_of_a_role(
    tmp_path: Path, ours: dict[str, Any], theirs: Any, laid: dict[str, Any]
) -> None:
    config = f"const config = {{ permission: {json.dumps(theirs) if theirs else 'undefined'} }}\n"
    run = "await (await Swarm({})).config(config)\nconsole.log(JSON.stringify(config.permission))\n"
    (tmp_path / "gate.mjs").write_text(PLUGIN + config + run)
    assert json.loads(_node(tmp_path, "/nowhere", SWARM_TOOLS=json.dumps(ours))) == laid


def _node(at: Path, python: str, **more: str) -> str:
    argv = [NODE or "", "gate.mjs"]
    env = {**os.environ, "SWARM_PYTHON": python, **more}
    return subprocess.run(argv, cwd=at, env=env, capture_output=True, text=True, timeout=60, check=True).stdout
