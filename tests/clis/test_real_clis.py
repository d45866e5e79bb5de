"""Real coding CLIs in real runs, with a scripted model on loopback: `make test-agents`.

One table of CLIs (cli_table), the same scenarios for each.  Not part of `make test`: they are installed from the
package registries.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from cli_prefix import program
from cli_table import CLIS, DUMMY, Cli
from cli_world import CliWorld, cli_world
from modelserver import directive
from sandbox_world import needs_bwrap

from swarm.core.events import AttemptLimited

pytestmark = [pytest.mark.clis, pytest.mark.timeout(600)]

COMMIT = {"text": "Now it is committed.", "shell": "git add -A && git commit -q -m 'Add hello.txt'"}
WRITE = {"text": "I write the file.", "write": ["hello.txt", "hello from the model\n"]}
DONE = {"text": "DONE: that is all."}


def rows(scenario: str) -> list[Any]:
    """Every CLI as a parameter, skipped where it says that it can't."""
    return [pytest.param(cli, id=cli.agent, marks=_skipped(cli, scenario)) for cli in CLIS]


def _skipped(cli: Cli, scenario: str) -> list[pytest.MarkDecorator]:
    why = cli.cannot.get(scenario)
    return [pytest.mark.skip(reason=f"{cli.agent}: {why}")] if why else []


@pytest.fixture
def clis(cli: Cli, monkeypatch: pytest.MonkeyPatch, make_repo: Any) -> Iterator[CliWorld]:
    try:
        with cli_world([cli], monkeypatch, make_repo) as found:
            yield found
    except LookupError as missing:
        pytest.skip(f"{cli.agent}: {missing}")


@pytest.mark.parametrize("cli", rows("commits"))
def test_it_writes_a_file_and_commits_it(clis: CliWorld, cli: Cli) -> None:
    clis.begin(clis.task(cli, "hello", WRITE, COMMIT, DONE))
    assert clis.finished() == {"hello": "merged"}
    assert clis.landed("hello.txt") == "hello from the model"
    task = clis.world.state.tasks["hello"]
    assert (task.usage.output_tokens > 0 and task.usage.input_tokens > 0) is cli.counts
    assert "hello.txt" in clis.log("hello") and "DONE" in clis.log("hello")


@pytest.mark.parametrize("cli", rows("messages"))
def test_it_sends_a_message_and_is_given_one_while_it_works(clis: CliWorld, cli: Cli) -> None:
    tell = {"text": "I tell.", "shell": "swarm send operator 'the port is 8080'"}
    clis.begin(clis.task(cli, "talk", tell, {**WRITE, "hold": "mail"}, COMMIT, DONE))
    clis.server.await_held("mail")
    clis.world.until(lambda: "the port is 8080" in clis.swarm("inbox"))
    clis.swarm("send", "worker-1", "use port 9090 instead")
    clis.world.until(lambda: "use port 9090" in clis.swarm("inbox", "worker-1"))
    clis.server.release("mail")
    assert clis.finished() == {"talk": "merged"}
    assert "use port 9090 instead" in clis.told()
    assert len(clis.ends()) == 1, "it was given in the same attempt"


@pytest.mark.parametrize("cli", rows("permission"))
def test_a_refused_permission_comes_back_with_its_reason(clis: CliWorld, cli: Cli) -> None:
    forbidden = {"text": "I install it.", "shell": "sh install.sh --now"}
    clis.begin(clis.task(cli, "careful", WRITE, forbidden, COMMIT, DONE))
    clis.until_status("careful", "waiting")
    [(_, question)] = clis.world.state.tasks["careful"].questions
    assert "sh install.sh --now" in question
    clis.swarm("answer", "careful", "leave that alone")
    assert clis.finished() == {"careful": "merged"}
    assert "leave that alone" in clis.told()


@pytest.mark.parametrize("cli", rows("ask"))
def test_a_person_allows_one_step_and_refuses_another(clis: CliWorld, cli: Cli) -> None:
    look = {"text": "I look.", "shell": "ls"}
    forbidden = {"text": "I install it.", "shell": "sh install.sh --now"}
    clis.begin(clis.task(cli, "asking", look, WRITE, forbidden, DONE, permissions="ask"))
    for asked, answer in {"hello.txt": "yes", "sh install.sh --now": "leave that alone"}.items():
        clis.world.until(lambda asked=asked: asked in str(clis.world.state.tasks["asking"].questions))
        clis.swarm("answer", "asking", answer)
    assert clis.finished() == {"asking": "merged"}
    assert clis.landed("hello.txt") == "hello from the model"
    assert "leave that alone" in clis.told()


@pytest.mark.parametrize("cli", [cli for cli in rows("ask") if "codex" in str(cli)])
def test_a_person_is_asked_about_what_codex_does_in_another_directory(clis: CliWorld, cli: Cli) -> None:
    look = {"text": "I look.", "tool": ["exec_command", {"cmd": "cat hostname", "workdir": "/etc"}]}
    clis.begin(clis.task(cli, "elsewhere", look, DONE, permissions="ask"))
    clis.world.until(lambda: "in /etc" in str(clis.world.state.tasks["elsewhere"].questions))
    clis.swarm("answer", "elsewhere", "no")
    clis.world.until(lambda: "the operator said no" in clis.told())


@pytest.mark.parametrize("cli", rows("unasked"))
def test_where_nobody_can_be_asked_nothing_is_done(clis: CliWorld, cli: Cli) -> None:
    broken = {**cli.env(clis.server.url), "PYTHONHOME": "/nowhere"}  # our program dies as it starts
    clis.begin(clis.task(cli, "alone", WRITE, COMMIT, DONE, permissions="ask", env=broken))
    clis.finished()
    assert "hello.txt" not in clis.world.git("ls-tree", "-r", "--name-only", clis.world.state.tip)


READER = "---\nname: reader\ntools: Read, Grep, NotebookEdit\n---\nYou read.\n"


@pytest.mark.parametrize("cli", rows("role"))
def test_a_role_leaves_it_nothing_but_the_tools_that_it_lists(clis: CliWorld, cli: Cli) -> None:
    (clis.world.repo / "roles").mkdir()
    (clis.world.repo / "roles" / "reader.md").write_text(READER)
    clis.begin(clis.task(cli, "reads", WRITE, DONE, role="reader"), roles="roles")
    clis.finished()
    offered = {name for asked in clis.server.conversations() for name in offers(asked.body)}
    assert any(name.lower().startswith("read") for name in offered), offered
    assert not {name for name in offered if name.lower() in WRITING}, offered


WRITING = {"write", "edit", "bash", "write_file", "replace", "run_shell_command", "exec_command", "multiedit", "patch"}


def offers(body: Any) -> list[str]:
    """The names of the tools that a request offers to the model, whatever its protocol."""
    tools = [one for tool in body.get("tools") or () for one in tool.get("functionDeclarations") or [tool]]
    return [str(tool.get("function", tool).get("name")) for tool in tools]


@pytest.mark.parametrize("cli", rows("pause"))
def test_it_is_paused_and_goes_on(clis: CliWorld, cli: Cli) -> None:
    clis.begin(clis.task(cli, "slow", {**WRITE, "hold": "go"}, COMMIT, DONE))
    clis.server.await_held("go")
    clis.swarm("pause", "slow")
    clis.until_status("slow", "paused")
    clis.server.release("go")
    clis.swarm("unpause", "slow")
    assert clis.finished() == {"slow": "merged"}


@pytest.mark.parametrize("status", [pytest.param(401, id="401"), pytest.param(429, id="429")])
@pytest.mark.parametrize("cli", CLIS, ids=lambda cli: cli.agent)
def test_a_refused_account_is_waited_for(clis: CliWorld, cli: Cli, status: int) -> None:
    if str(status) in cli.cannot:
        pytest.skip(f"{cli.agent}: {cli.cannot[str(status)]}")
    clis.begin(clis.prompted(cli, "limited", f"[[fail:{status}]]"))
    clis.world.until(lambda: clis.world.events(AttemptLimited))
    assert not clis.ends(), "no attempt is used up"


@pytest.mark.parametrize("cli", rows("529"))
def test_an_overloaded_service_is_tried_again(clis: CliWorld, cli: Cli) -> None:
    # Twice, as the words of the error may count as words of the model.
    clis.begin(clis.task(cli, "busy", {"error": 529, "times": 2}, WRITE, WRITE, COMMIT, DONE))
    assert clis.finished() == {"busy": "merged"}
    assert len(clis.ends()) == 1, "in the same attempt"


@pytest.mark.parametrize("cli", rows("killed"))
def test_one_that_was_killed_goes_on_with_its_conversation(clis: CliWorld, cli: Cli) -> None:
    first = {**WRITE, "text": "First I think of it."}
    clis.begin(clis.task(cli, "frail", first, {**COMMIT, "hold": "die"}, DONE))
    clis.server.await_held("die")
    before = len(clis.server.conversations())
    clis.world.kill_agent("frail", signal.SIGKILL)
    clis.server.release("die")
    assert clis.finished() == {"frail": "merged"}
    later = str(clis.server.conversations()[before].body)
    assert "First I think of it." in later, "its conversation goes on"


def test_four_clis_build_one_graph_together(monkeypatch: pytest.MonkeyPatch, make_repo: Any) -> None:
    found = [cli for cli in CLIS if "commits" not in cli.cannot]
    chosen = [found[at % len(found)] for at in range(4)]

    def row(at: int, *above: str) -> dict[str, Any]:
        name = f"part-{at}"
        steps = directive({"text": "It is written.", "write": [f"{name}.txt", f"{name}\n"]}, COMMIT, DONE)
        return world.prompted(chosen[at], name, steps, depends_on=list(above))

    try:
        with cli_world(chosen, monkeypatch, make_repo) as world:
            world.begin(row(0), row(1, "part-0"), row(2, "part-0"), row(3, "part-1", "part-2"), workers=4)
            assert set(world.finished().values()) == {"merged"}
            assert [world.landed(f"part-{at}.txt") for at in range(4)] == [f"part-{at}" for at in range(4)]
    except LookupError as missing:
        pytest.skip(str(missing))


ANSWERED = {"hasCompletedOnboarding": True, "customApiKeyResponses": {"approved": [DUMMY[-20:]], "rejected": []}}
ASKED_BY_KEY = {"text": "I use a tool of my own.", "shell": "sh install.sh --now"}
SAID = {"text": "It is done.", "tool": ["task_done", {"summary": "made hello.txt"}]}


@pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.agent == "claude"], ids=["claude"])
@pytest.mark.tmux
def test_in_a_pane_of_its_own_it_stops_is_answered_asks_and_ends_by_its_own_word(clis: CliWorld, cli: Cli) -> None:
    (clis.world.path / "home" / ".claude.json").write_text(json.dumps(ANSWERED))
    clis.begin(clis.prompted(cli, "pane", "Make it.", mode="interactive"), executor="tmux")
    clis.until_status("pane", "waiting")
    [(_, question)] = clis.world.state.tasks["pane"].questions
    assert "stopped without saying that it is done" in question
    clis.swarm("answer", "pane", f"go on {directive(WRITE, ASKED_BY_KEY, SAID)}")
    clis.world.until(lambda: "sh install.sh --now" in str(clis.world.state.tasks["pane"].questions))
    clis.swarm("answer", "pane", "leave that alone")
    assert clis.finished() == {"pane": "merged"}
    assert clis.landed("hello.txt") == "hello from the model"
    assert "leave that alone" in clis.told()
    task = clis.world.state.tasks["pane"]
    assert task.usage.input_tokens > 1000 and task.attempts[-1].model == cli.model, "by its transcript"


@pytest.mark.parametrize("cli", rows("taken"))
@pytest.mark.tmux
def test_a_person_takes_its_conversation_over_in_its_pane_and_hands_it_back(clis: CliWorld, cli: Cli) -> None:
    (clis.world.path / "home" / ".claude.json").write_text(json.dumps(ANSWERED))
    first = {**WRITE, "text": "First I think of it."}
    clis.begin(clis.task(cli, "hands", first, {**COMMIT, "hold": "busy"}, DONE), executor="tmux")
    clis.server.await_held("busy")
    before = len(clis.server.conversations())
    clis.swarm("take", "hands", "--no-attach")

    def later() -> str:
        return str([asked.body for asked in clis.server.conversations()[before:]])

    clis.world.until(lambda: clis.is_in_pane("hands"))
    while "a word of a person" not in later():  # Enter, too, for what it asks at its start: whom it trusts
        clis.type("worker-1", "a word of a person")
    assert "First I think of it." in later(), "it is the same conversation"
    assert clis.world.statuses() == {"hands": "paused"}
    clis.swarm("release", "hands")
    clis.server.release("busy")
    assert clis.finished() == {"hands": "merged"}
    assert "has handed it back to you" in later()


def _boxed(world: CliWorld, cli: Cli, patch: pytest.MonkeyPatch) -> None:
    """Have it below its HOME, where its own installer puts it, with a login: a scratch prefix is seen in no sandbox."""
    home = world.world.path / "home"
    own = home / ".local/share/claude/versions/0"
    own.parent.mkdir(parents=True)
    shutil.copy(program(cli).resolve(), own)
    (home / ".local/bin").mkdir()
    (home / ".local/bin/claude").symlink_to(own)
    (home / ".claude").mkdir()
    (home / ".claude.json").write_text(json.dumps(ANSWERED))
    patch.setenv("PATH", os.pathsep.join([str(home / ".local/bin"), os.environ["PATH"]]))


@pytest.mark.parametrize("cli", [cli for cli in CLIS if cli.agent == "claude"], ids=["claude"])
@needs_bwrap
def test_in_a_sandbox_it_asks_is_told_is_killed_and_goes_on(
    clis: CliWorld, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    _boxed(clis, cli, monkeypatch)
    forbidden = {"text": "I install it.", "shell": "sh install.sh --now"}
    first = {**WRITE, "text": "First I think of it.", "hold": "mail"}
    clis.begin(clis.task(cli, "boxed", first, forbidden, {**COMMIT, "hold": "die"}, DONE, sandbox="bwrap"))
    clis.server.await_held("mail")
    clis.swarm("send", "worker-1", "use port 9090 instead")
    clis.world.until(lambda: "use port 9090" in clis.swarm("inbox", "worker-1"))
    clis.server.release("mail")
    clis.until_status("boxed", "waiting")
    clis.swarm("answer", "boxed", "leave that alone")
    clis.server.await_held("die")
    before = len(clis.server.conversations())
    told = clis.told()
    assert "use port 9090 instead" in told and "leave that alone" in told
    clis.world.kill_agent("boxed", signal.SIGKILL)
    clis.server.release("die")
    assert clis.finished() == {"boxed": "merged"}
    assert clis.landed("hello.txt") == "hello from the model"
    assert "First I think of it." in str(clis.server.conversations()[before].body), "its conversation goes on"
    assert clis.world.state.tasks["boxed"].usage.output_tokens > 0
