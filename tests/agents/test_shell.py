"""Shell lines taken apart: what is understood, and what is left alone."""

from __future__ import annotations

import pytest

from swarm.agents.shell import Command, commands


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("make test", [["make", "test"]]),
        ("git add -A && git commit -m 'it (all); x'", [["git", "add", "-A"], ["git", "commit", "-m", "it (all); x"]]),
        ('git commit -m "one\n\ntwo"', [["git", "commit", "-m", "one\n\ntwo"]]),
        ("a|b||c;d\ne", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("echo ''  a'b'\"c\"", [["echo", "", "abc"]]),
        ("  ", []),
    ],
)  # fmt: skip
def test_a_plain_line_is_its_commands(line: str, found: list[list[str]]) -> None:
    assert [list(command.words) for command in commands(line) or ()] == found


@pytest.mark.parametrize(
    "line",
    ["echo $HOME", "echo `id`", 'echo "$(id)"', 'echo "`id`"', "a > b", "a < b", "(a)", "{ a; }", "a & b", "a \\\n b",
     "echo 'open", "a # b", "!a", 'echo "a\\"b"', "a\rb"],
)  # fmt: skip
def test_what_expands_or_leads_elsewhere_is_not_taken_apart(line: str) -> None:
    assert commands(line) is None


@pytest.mark.parametrize(
    ("line", "wild"),
    [("ls *.py", [True]), ("ls a?b; ls c", [True, False]), ("ls '*' \"[a]\"", [False]), ("ls [ab]", [True])],
)  # fmt: skip
def test_of_a_command_is_known_whether_a_word_stands_for_files(line: str, wild: list[bool]) -> None:
    assert [command.wild for command in commands(line) or ()] == wild


def test_a_very_long_line_is_taken_apart_as_fast_as_it_is_read() -> None:
    words = "a" * 4_000_000
    assert commands(f"echo {words}") == (Command(("echo", words)),)
