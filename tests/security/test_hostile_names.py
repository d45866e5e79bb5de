"""Names that mean harm, given to every verb that takes one: each is refused in a sentence, and nothing else happens.

Not tried: names given to `git` itself by an agent, and completion scripts (tests/cli/test_completion.py).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from attack_world import CONTROL, Ground, plan, task

from inbox.message import Malformed, Message, encode
from swarm.cli import main
from swarm.cli.context import here
from swarm.core.plan import ID_PATTERN
from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.repository import discover

NAMES = (
    "", ".", "..", "../../../etc/passwd", "/etc/passwd", "-rf", "--upload-pack=touch pwned", "-otouch pwned",
    "$(touch pwned)", "`touch pwned`", "a;touch pwned", "a|touch pwned", "a&&touch pwned", "a\ntouch pwned", "a\rb",
    "a\x1b]52;c;aGk=\x07", "\x1b[2J\x1b[H", "\x9b31m", "\u202egnp.exe", "\u2066a\u2069", "a\u200bb", "HEAD", "@",
    "@{-1}", "refs/heads/main", "main~1^{tree}", "a..b", "a.lock", "a" * 300, "a b", "A", "é", "%s%n", "{0.__class__}",
    ":(exclude)a", "[bold red]x[/]", "worker:../../x", "role:*", "task:", "~root", "*", "a\x00b", "\udcff", "a/../b",
)  # fmt: skip
"""None of them names a task, a worker, a run or an address."""

VERBS = {
    "why": ("why", "{}"),
    "log": ("log", "{}"),
    "diff": ("diff", "{}"),
    "path": ("path", "{}"),
    "attach": ("attach", "{}"),
    "inbox": ("inbox", "{}"),
    "retry": ("retry", "{}"),
    "cancel": ("cancel", "{}"),
    "answer": ("answer", "{}", "yes"),
    "send": ("send", "{}", "hello"),
    "merge": ("merge", "{}"),
    "rescue": ("rescue", "{}"),
    "clean": ("clean", "{}"),
    "resume": ("resume", "{}"),
    "status --run": ("status", "--run={}"),
    "log --run": ("log", "--run={}"),
}

OFTEN = {"why"}
"""Verbs that are tried with every name; the others with a sixth of them, each with another one."""

TAKEN = {("rescue", ""), ("log", ""), ("inbox", "")}
"""Nothing is asked for by an empty name."""


def call(words: tuple[str, ...]) -> int:
    try:
        return main(list(words))
    except SystemExit as error:  # argparse
        return int(str(error.code))


@pytest.mark.timeout(600)
def test_no_verb_takes_a_name_for_anything_but_a_name(
    ground: Ground, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ground.start(plan(task("one", "echo x > one.txt")), workers=1).code == 0
    before, head = ground.git("for-each-ref"), ground.git("rev-parse", "HEAD")
    monkeypatch.chdir(ground.repo)
    wrong = []
    for place, (verb, words) in enumerate(VERBS.items()):
        for name in NAMES if verb in OFTEN else NAMES[place % 6 :: 6]:
            capfd.readouterr()
            code = call(tuple(word.format(name) if word in ("{}", "--run={}") else word for word in words))
            said = "".join(capfd.readouterr())
            if code not in (1, 2) and (verb, name) not in TAKEN:
                wrong.append((verb, name, f"exit {code}", said[-200:]))
            if "Traceback" in said or "bug in swarm" in said or CONTROL.search(said):
                wrong.append((verb, name, "shows its insides or drives a terminal", said[-300:]))
    assert not wrong
    assert (ground.git("for-each-ref"), ground.git("rev-parse", "HEAD")) == (before, head)
    assert not list(ground.path.rglob("pwned"))


BRANCHES = ("", "-rf", "--upload-pack=touch pwned", "HEAD", "@", "refs/heads/main", "a..b", "a.lock", "a b", "a\nb",
            "\x1b[2J", "@{-1}", "a~1", "a^", "a:b", "a?", "a[b", "a//b", ".a", "a/.b", "/a", "a/", "a\\b")  # fmt: skip


@pytest.mark.parametrize("name", BRANCHES, ids=ascii)
def test_what_is_no_branch_is_no_target(name: str, repo: Path) -> None:
    with pytest.raises((SwarmError, OSError)):
        discover(repo).branch_tip(name)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_such_name_becomes_a_ref_or_an_address_or_a_directory(name: str) -> None:
    assert not ID_PATTERN.match(name)
    for make in (refs.integration, refs.published, lambda one: refs.attempt_branch("r", one, 1)):
        with pytest.raises(ValueError, match="not an id"):
            make(name)
    if name != "a":
        with pytest.raises(Malformed):
            encode(Message("1", "worker-1", name, "note", "x", 1.0))


@pytest.mark.parametrize("name", ["..", "../other", "a/b", "\x1b[2J", "x\ny"])
def test_the_newest_run_is_never_one_that_a_file_names_wrongly(
    name: str, repo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repo)
    home = here()[1]
    home.path.mkdir(parents=True)
    home.current.write_text(name)
    assert call(("status",)) == 1
    said = "".join(capfd.readouterr())
    assert "no run in this repository" in said
    assert not CONTROL.search(said)
    assert sorted(os.listdir(home.path)) == ["current"]
