"""Role files as they are met in the wild, none of which may be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.core.plan import ID_PATTERN, Role
from swarm.core.roles import parse_role, suits


def front(*lines: str) -> Role:
    return parse_role("file", "\n".join(["---", *lines, "---", "", "Text."]))


def test_a_role_has_its_keys_and_its_text() -> None:
    head = "---\nname: reviewer\ndescription: Judges work.\nmodel: opus\ntools: Read, Grep\ncolor: red\n---\n"
    text = f"{head}\nYou judge.\n\n"
    assert parse_role("file", text) == Role("reviewer", "Judges work.", "opus", ("Read", "Grep"), "You judge.\n")


def test_a_file_without_front_matter_is_all_text() -> None:
    assert parse_role("Code Reviewer", "You judge.") == Role("code-reviewer", text="You judge.\n")


@pytest.mark.parametrize("text", ["---\nname: x\nno end\n", "text\n---\nname: x\n---\n", "--- x\nname: x\n---\n"])
def test_front_matter_that_is_none_is_text(text: str) -> None:
    assert parse_role("file", text) == Role("file", text=text)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff---\nname: x\n---\nbody",
        "---\r\nname: x\r\n---\r\nbody",
        "\n\n---\nname: x\n---\nbody",
        "---  \nname: x\n--- \nbody",
    ],
)
def test_marks_blanks_and_line_ends_do_not_matter(text: str) -> None:
    assert parse_role("file", text) == Role("x", text="body\n")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Backend Architect", "backend-architect"),
        ("'quoted'", "quoted"),
        ("", "file"),
        ("###", "file"),
        ("a/b", "a-b"),
    ],
)
def test_a_name_is_brought_into_the_form_of_an_id(written: str, name: str) -> None:
    assert front(f"name: {written}").name == name


@pytest.mark.parametrize(
    ("lines", "description"),
    [
        (["description: Use this: when \"x\" is 'y' #1"], "Use this: when \"x\" is 'y' #1"),
        (['description: "Say \\"hi\\".\\nTwice"'], 'Say "hi".\nTwice'),
        (["description: 'It''s fine'"], "It's fine"),
        (['description: "broken \\q"'], "broken \\q"),
        (["description: |", "  one", "  two"], "one\ntwo"),
        (["description: >-", "  one", "  two"], "one two"),
        (["description: one", "  two", "", "  three"], "one two three"),
        (["description:", "  two"], "two"),
        (
            ["description: Examples", "<example>", "Context: x", "user: 'y'", "</example>"],
            "Examples <example> Context: x",
        ),
    ],
)
def test_a_description_is_read_as_it_was_meant(lines: list[str], description: str) -> None:
    assert front(*lines).description == description


@pytest.mark.parametrize(
    ("lines", "tools"),
    [
        (["tools: Read, Write"], ("Read", "Write")),
        (["tools: [Read, 'Write']"], ("Read", "Write")),
        (["tools:", "  - Read", "  - Write"], ("Read", "Write")),
        (["tools:", "- Read", "- Write"], ("Read", "Write")),
        (["tools: Bash(git log:*, git show:*), Read"], ("Bash(git log:*, git show:*)", "Read")),
        (["tools: '*'"], ()),
        (["tools: all"], ()),
        (["tools: Read, mcp__db__query, Task  # not Write"], ("Read", "mcp__db__query", "Task")),
        (["tools:", "  - Read  # to look", "  - 'Bash'"], ("Read", "Bash")),
        (["tools:", "  write: false", "  edit: false"], ()),
        (["tools:", "  bash: true  # and nothing else"], ()),
        (["tools:"], ()),
    ],
)
def test_tools_are_a_line_or_a_list(lines: list[str], tools: tuple[str, ...]) -> None:
    assert front(*lines).tools == tools


@pytest.mark.parametrize(
    ("written", "model"),
    [
        ("opus", "opus"), ("opus  # slow", "opus"), ("inherit # x", None), ("inherit", None), ("Inherit", None),
        ("", None),
    ],
)  # fmt: skip
def test_an_inherited_model_is_none(written: str, model: str | None) -> None:
    assert front(f"model: {written}").model == model


def test_the_first_of_two_equal_keys_counts() -> None:
    assert front("name: one", "name: two").name == "one"


WILD = """\
---
name: api-designer
description: Use this agent when an API is designed.\\n\\n<example>\\nContext: "REST"\\nuser: 'Do it: now'\\n</example>
  It spans lines.

category: engineering
color: blue
temperature: 0.1
permission:
  edit: deny
model: sonnet
---

# API designer

You design: with care.
"""


def test_a_file_as_collections_publish_it_is_read() -> None:
    found = parse_role("api", WILD)
    assert (found.name, found.model, found.tools) == ("api-designer", "sonnet", ())
    assert found.description.startswith("Use this agent when") and "It spans lines." in found.description
    assert found.text == "# API designer\n\nYou design: with care.\n"


@pytest.mark.parametrize(
    ("model", "agent", "does"),
    [
        ("opus", "claude", True), ("opus", "opencode", False), ("anthropic/claude-opus-4-6", "opencode", True),
        ("anthropic/claude-opus-4-6", "claude", False), ("openai/gpt-5.2", "codex", False), ("gpt-5.2", "codex", True),
        ("sonnet", "", True),
    ],
)  # fmt: skip
def test_a_model_is_asked_for_only_where_its_name_means_something(model: str, agent: str, does: bool) -> None:
    assert suits(model, agent) is does


@given(st.text(), st.text(alphabet="-nametools: |>\n'\"[],\t#*", max_size=60))
def test_any_text_is_a_role(name: str, text: str) -> None:
    for content in (text, f"---\n{text}\n---\n{text}"):
        assert ID_PATTERN.match(parse_role(name, content).name)
