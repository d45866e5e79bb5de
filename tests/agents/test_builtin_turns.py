"""Turns of the built-in agent, whole: what it does, what it is given, and what ends it."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from builtin_world import KEY, BuiltinWorld, agent
from modelserver import directive

from inbox.maildir import Maildir
from swarm.agents.reading import Kind
from swarm.core.plan import Permission
from swarm.errors import SwarmError

__all__ = ["agent"]

IDENTITY = "-c user.name=a -c user.email=a@b.c"


def test_it_writes_a_file_commits_it_and_says_that_it_is_done(agent: BuiltinWorld) -> None:
    trouble = agent.turn(
        {"text": "I write it.", "write": ["src/new.py", "print(1)\n"]},
        {"text": "And commit.", "shell": f"git add -A && git {IDENTITY} commit -qm New && git log -1 --format=%s"},
        {"tool": ["task_done", {"summary": "new.py is there"}]},
    )  # fmt: skip
    assert trouble is None
    shown = subprocess.run(["git", "show", "HEAD:src/new.py"], cwd=agent.tree, check=True, capture_output=True)
    assert shown.stdout == b"print(1)\n"
    assert agent.attempt.verdict == {"ok": True, "text": "new.py is there"}
    assert "I write it.\n• create src/new.py\n" in agent.shown and "  │ New\n" in agent.shown
    assert len(agent.server.conversations()) == 3, "nothing is asked any more once it has said how it ended"


def test_what_it_used_is_counted_to_the_token(agent: BuiltinWorld) -> None:
    agent.more["SWARM_BUILTIN_PRICES"] = json.dumps({"scripted": [10, 100, 1, 20]})
    agent.turn({"shell": "true"}, {"text": "Done."})
    used = agent.reader.said.usage
    assert (used.input_tokens, used.output_tokens, used.cached_tokens) == (1230 + 1233, 50 + 51, 200 + 201)
    dollars = ((1000 + 1001) * 10 + (50 + 51) * 100 + (200 + 201) * 1 + (30 + 31) * 20) / 1e6
    assert used.usd == pytest.approx(dollars)
    assert agent.reader.said.text == "Done." and agent.reader.said.model == "scripted" and agent.reader.said.ended


def test_its_key_is_in_no_log_and_not_seen_by_its_shell(agent: BuiltinWorld) -> None:
    agent.turn({"shell": "env"}, {"text": "Done."})
    assert "SWARM_TASK=api" in agent.said() and "ANTHROPIC_BASE_URL" in agent.said()
    kept = "".join(path.read_text() for path in agent.attempt.dir.path.iterdir() if path.is_file())
    assert KEY not in agent.said() + agent.raw + agent.shown + kept


def test_a_message_in_mid_task_is_in_its_next_request_and_read_only_then(agent: BuiltinWorld) -> None:
    steps = (
        {"text": "First.", "shell": "true", "hold": "first"},
        {"text": "Then.", "shell": "true", "hold": "second"},
        {"tool": ["send_message", {"to": "worker-2", "text": "I have it"}]},
        {"text": "Done."},
    )
    having = threading.Thread(target=agent.turn, args=steps)
    having.start()
    agent.server.await_held("first")
    agent.attempt.deliver("use port 80", sender="worker-2")
    agent.server.release("first")
    agent.server.await_held("second")
    assert "message from worker-2" in agent.said(1) and "use port 80" in agent.said(1)
    assert agent.attempt.unread() == ["use port 80"], "the service has not taken it yet"
    agent.server.release("second")
    having.join()
    assert agent.attempt.unread() == [] and agent.attempt.sent("read")
    assert agent.attempt.sent("note").text == "I have it"
    assert agent.said().count("use port 80") == 1
    assert "✉ worker-2: use port 80" in agent.shown


def test_a_message_that_comes_at_the_end_is_still_taken_in(agent: BuiltinWorld) -> None:
    having = threading.Thread(target=agent.turn, args=({"text": "Done.", "hold": "end"}, {"text": "Noted."}))
    having.start()
    agent.server.await_held("end")
    agent.attempt.deliver("one more thing")
    agent.server.release("end")
    having.join()
    assert "one more thing" in agent.said() and agent.reader.said.text == "Noted."


def test_messages_that_it_reads_itself_are_filed_once_they_are_given(agent: BuiltinWorld) -> None:
    steps = ({"tool": ["read_messages", {}], "hold": "first"}, {"text": "Done.", "hold": "second"})
    having = threading.Thread(target=agent.turn, args=steps)
    having.start()
    agent.server.await_held("first")
    agent.attempt.deliver("hello there")
    agent.server.release("first")
    agent.server.await_held("second")
    assert agent.said().count("hello there") == 1 and agent.attempt.unread() == ["hello there"]
    agent.server.release("second")
    having.join()
    assert agent.attempt.unread() == []


def test_a_message_that_no_request_took_is_given_once_and_read_later(agent: BuiltinWorld) -> None:
    agent.attempt.deliver("hello there")
    assert agent.turn({"error": 401}, {"text": "Done."}) is not None
    assert agent.attempt.unread() == ["hello there"] and "hello there" in agent.said()
    assert agent.turn(prompt="Go on.", resume=True) is None
    assert agent.said().count("hello there") == 1 and agent.attempt.unread() == []


# permissions


def answering(agent: BuiltinWorld, *words: str) -> tuple[threading.Thread, list[str]]:
    """A person that answers the questions that come with these words."""
    asked: list[str] = []

    def answer() -> None:
        for word in words:
            question = agent.attempt.sent("ask")
            asked.append(question.text)
            agent.attempt.deliver(word, "answer", reply_to=question.id)

    person = threading.Thread(target=answer)
    person.start()
    return person, asked


def test_what_is_not_permitted_is_asked_with_the_exact_command(agent: BuiltinWorld) -> None:
    agent.settle(permissions=Permission.ASK)
    person, asked = answering(agent, "No, leave it alone.", "yes")
    agent.turn({"shell": "rm README.md"}, {"shell": "touch made"}, {"text": "Done."})
    person.join()
    assert ["rm README.md" in asked[0], "touch made" in asked[1]] == [True, True]
    assert (agent.tree / "README.md").exists() and (agent.tree / "made").exists()
    assert "not permitted: the operator said: No, leave it alone." in agent.said()
    assert agent.reader.said.denied == ["$ rm README.md"] and "✗ not permitted: $ rm README.md" in agent.shown


def test_a_change_in_every_place_is_asked_as_such(agent: BuiltinWorld) -> None:
    agent.settle(permissions=Permission.ASK)
    (agent.tree / "a.txt").write_text("a a a\n")
    person, asked = answering(agent, "no")
    agent.turn({"tool": ["edit", {"path": "a.txt", "old": "a", "new": "b", "all": True}]}, {"text": "Done."})
    person.join()
    assert 'with {"places": "all"}' in asked[0] and (agent.tree / "a.txt").read_text() == "a a a\n"


def test_edits_are_permitted_without_the_shell(agent: BuiltinWorld) -> None:
    agent.settle(permissions=Permission.EDITS, allow=("Bash(git status:*)",))
    person, asked = answering(agent, "no")
    agent.turn({"write": ["a.txt", "x"]}, {"shell": "git status --short"}, {"shell": "git push"}, {"text": "Done."})
    person.join()
    assert (agent.tree / "a.txt").read_text() == "x" and "?? a.txt" in agent.said()
    assert len(asked) == 1 and "git push" in asked[0]


def test_nothing_outside_of_the_worktree_is_touched(agent: BuiltinWorld, tmp_path: Path) -> None:
    agent.settle(permissions=Permission.EDITS)
    (agent.tree / "link").symlink_to(tmp_path)
    outside: list[dict[str, Any]] = [
        {"tool": ["create", {"path": path, "text": "x"}]} for path in ("../a", str(tmp_path / "a"), "link/a", ".git/a")
    ]
    agent.turn(*outside, {"tool": ["view", {"path": str(tmp_path)}]}, {"text": "Done."})
    assert agent.said().count("lies outside of the worktree") == 4 and agent.said().count("belongs to git") == 1
    assert not (tmp_path / "a").exists()


def test_a_question_that_nobody_answers_ends_the_turn_and_its_answer_permits_the_command_later(
    agent: BuiltinWorld,
) -> None:
    agent.settle(permissions=Permission.ASK)
    agent.more["SWARM_BUILTIN_PATIENCE"] = "0.05"
    assert agent.turn({"shell": "touch made"}, {"shell": "touch made"}, {"text": "Done."}) is None
    assert len(agent.server.conversations()) == 1 and not (agent.tree / "made").exists()
    question = agent.attempt.sent("ask")
    agent.attempt.deliver("yes", "answer", reply_to=question.id)
    box = Maildir(agent.attempt.mail.inbox)
    assert [box.acknowledge(name) for name in box.unread()] == [True], "its worker hands the answer over"
    assert agent.turn(prompt="You asked, and the answer was yes.", resume=True) is None
    assert (agent.tree / "made").exists() and agent.reader.said.text == "Done."
    assert agent.attempt.waiting("ask") == [], "it is not asked again"


def test_an_answer_to_a_question_of_its_own_comes_back(agent: BuiltinWorld) -> None:
    person, asked = answering(agent, "blue")
    agent.turn({"tool": ["ask", {"question": "which colour?"}]}, {"text": "Done."})
    person.join()
    assert asked == ["which colour?"] and "blue" in agent.said()


def test_a_question_of_its_own_that_nobody_answers_ends_the_turn(agent: BuiltinWorld) -> None:
    agent.more["SWARM_BUILTIN_PATIENCE"] = "0.05"
    asking = ["ask", {"question": "which colour?"}]
    behind = ["shell", {"command": "touch made"}]
    assert agent.turn({"tools": [asking, behind]}, {"text": "Blue it is."}) is None
    assert len(agent.server.conversations()) == 1 and not (agent.tree / "made").exists()
    assert agent.turn(prompt="You asked: which colour?  blue", resume=True) is None
    assert agent.reader.said.text == "Blue it is." and "the turn was over before" in agent.said()


def test_a_role_with_few_tools_gets_only_these(agent: BuiltinWorld) -> None:
    agent.settle(tools=("Read", "Grep"))
    agent.turn({"text": "Done."})
    offered = {tool["name"] for tool in agent.server.conversations()[0].body["tools"]}
    assert "view" in offered and "task_done" in offered and not {"shell", "create", "edit"} & offered


# what goes wrong


def test_a_wrong_key_is_told_at_once(agent: BuiltinWorld) -> None:
    trouble = agent.turn({"error": 401, "times": 9})
    assert trouble is not None and trouble.kind is Kind.REFUSED and "401" in trouble.text
    assert len(agent.server.conversations()) == 1


def test_an_empty_account_is_refused(agent: BuiltinWorld) -> None:
    trouble = agent.turn({"error": 400, "message": "Your credit balance is too low to access the API"})
    assert trouble is not None and trouble.kind is Kind.REFUSED


def test_without_any_key_it_says_so(agent: BuiltinWorld) -> None:
    agent.more["ANTHROPIC_API_KEY"] = ""
    trouble = agent.turn({"text": "never"})
    assert trouble is not None and trouble.kind is Kind.REFUSED and agent.server.conversations() == []


def test_a_long_limit_is_told_with_its_end_and_not_sat_out(agent: BuiltinWorld) -> None:
    trouble = agent.turn({"error": 429, "retry_after": 3600})
    assert trouble is not None and trouble.kind is Kind.LIMIT and trouble.until is not None
    assert trouble.until - agent.server.asked[0].at == pytest.approx(3600, abs=30)
    assert agent.reader.said.trouble == trouble


def test_a_short_limit_and_an_overload_pass_as_the_service_says(agent: BuiltinWorld) -> None:
    errors = [{"error": 429, "retry_after": 0.01}, {"error": 529, "times": 2, "retry_after": 0.01}]
    assert agent.turn(*errors, {"text": "Done."}) is None
    assert len(agent.server.conversations()) == 4 and agent.shown.count("once more in 0 s") == 3


def test_an_overload_that_stays_is_told(agent: BuiltinWorld) -> None:
    trouble = agent.turn({"error": 529, "times": 99, "retry_after": 0.01})
    assert trouble is not None and trouble.kind is Kind.OVERLOAD and len(agent.server.conversations()) == 5


def test_an_error_in_the_middle_of_a_stream_is_one(agent: BuiltinWorld) -> None:
    steps = [{"text": "half of it", "broken": "authentication_error"}]
    trouble = agent.turn(*steps)
    assert trouble is not None and trouble.kind is Kind.REFUSED


def test_a_stream_that_breaks_off_is_asked_for_once_more(agent: BuiltinWorld) -> None:
    trouble = agent.turn({"text": "I was going to sa", "cut": True})
    assert trouble is not None and trouble.kind is Kind.BROKEN and "broke off" in trouble.text
    assert len(agent.server.conversations()) == 2
    assert agent.reader.said.usage.input_tokens == 2 * 1230, "what broke off has been paid for"


def test_an_answer_that_was_cut_at_its_limit_goes_on_and_its_calls_are_not_done(agent: BuiltinWorld) -> None:
    steps = ({"text": "Long", "shell": "touch made", "stop": "length"}, {"text": "Done."})
    assert agent.turn(*steps) is None
    assert not (agent.tree / "made").exists() and "cut off; calls in it were not done" in agent.said()
    assert "tool_use" not in str(agent.messages())


def test_the_budget_ends_it_before_the_next_request(agent: BuiltinWorld) -> None:
    agent.more["SWARM_BUILTIN_PRICES"] = json.dumps({"scripted": [1000, 0, 0, 0]})
    agent.settle(budget=1.5)
    steps = [{"shell": "true"}] * 5
    trouble = agent.turn(*steps)
    assert trouble is not None and trouble.kind is Kind.BUDGET and len(agent.server.conversations()) == 2
    again = agent.turn(prompt="go on", resume=True)
    assert again is not None and again.kind is Kind.BUDGET and len(agent.server.conversations()) == 2


def test_so_many_requests_and_no_more(agent: BuiltinWorld) -> None:
    agent.more["SWARM_BUILTIN_STEPS"] = "3"
    trouble = agent.turn(*[{"shell": "true"}] * 9)
    assert trouble is not None and trouble.kind is Kind.BUDGET and len(agent.server.conversations()) == 3


def test_a_tool_that_fails_or_is_made_up_is_a_text_for_the_model(agent: BuiltinWorld) -> None:
    steps = [
        {"shell": "echo before; exit 3"},
        {"tools": [["edit", {"path": "README.md", "old": "no such text", "new": "x"}], ["view", {"path": "none"}]]},
        {"tool": ["shell", {"command": 7}]},
        {"tool": ["shell", {"command": "sleep 60", "seconds": 1}]},
        {"text": "Done."},
    ]
    assert agent.turn(*steps) is None
    for words in (
        "before\n(ended with status 3)",
        "does not stand in README.md",
        "none: no such file",
        "'command' has",
    ):
        assert words in agent.said()
    assert "it took too long" in agent.said()


# the conversation


def test_a_later_turn_goes_on_with_the_conversation(agent: BuiltinWorld) -> None:
    agent.turn({"shell": "true"}, {"text": "Done."})
    agent.turn({"text": "Once more."}, resume=True)
    assert [message["role"] for message in agent.messages()] == ["user", "assistant"] * 2 + ["user"]


def test_a_later_attempt_goes_on_with_the_conversation(agent: BuiltinWorld) -> None:
    agent.turn({"text": "Done."})
    later = agent.attempt.later()
    agent.attempt = later
    agent.turn({"text": "Once more."}, resume=True)
    assert len(agent.messages()) == 3 and later.dir.conversation.exists()


def test_without_its_conversation_it_does_not_begin(agent: BuiltinWorld) -> None:
    with pytest.raises(SwarmError, match="is not here any more"):
        agent.turn({"text": "never"}, resume=True)


def test_old_results_are_left_out_once_room_is_short(agent: BuiltinWorld) -> None:
    agent.more["SWARM_BUILTIN_CONTEXT"] = "1300"
    agent.turn(*[{"shell": f"echo {number}; yes | head -400"} for number in range(12)], {"text": "Done."})
    assert "characters were here" in agent.said() and "\n11\n" in "\n" + agent.said()
    whole = [part for message in agent.messages() for part in message["content"] if part["type"] == "tool_result"]
    short = [part for part in whole if "were here" in part["content"]]
    assert 4 <= len(short) <= len(whole) - 2
    assert "old results are left out" in agent.shown


def test_a_conversation_that_is_too_long_is_shortened_and_sent_again(agent: BuiltinWorld) -> None:
    long = {"error": 400, "message": "prompt is too long: 210000 tokens > 200000 maximum"}
    text = directive(*[{"shell": "yes | head -400"}] * 5, long, {"text": "Done."})
    assert agent.turn(prompt=text) is None
    assert agent.reader.said.text == "Done." and "were here" in agent.said()


def test_the_request_is_marked_for_the_cache(agent: BuiltinWorld) -> None:
    agent.turn({"shell": "true"}, {"shell": "true"}, {"text": "Done."})
    body = agent.server.conversations()[-1].body
    marked = [at for at, message in enumerate(body["messages"]) if "cache_control" in message["content"][-1]]
    assert marked == [2, 4] and "cache_control" in body["system"][-1] and json.dumps(body).count("ephemeral") == 3
