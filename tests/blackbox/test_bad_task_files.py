"""Task files that can't be used, given to `swarm start`: told with place and way out, and nothing comes into being."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from caller import Inside, refused, swarm
from footprint import nothing_changes

HEAD = "version: 1\ntasks:\n"

BAD: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "a cycle": (
        HEAD
        + "  - {id: a, command: x, depends_on: [b]}\n"
        + "  - {id: b, command: x, depends_on: [c]}\n"
        + "  - {id: c, command: x, depends_on: [a]}\n",
        ("t.yaml:3:", "a cycle", "a -> b -> c -> a", "take one of these dependencies away"),
    ),
    "a task that waits for itself": (
        HEAD + "  - {id: a, command: x, depends_on: [a]}\n",
        ("t.yaml:3:", "a"),
    ),
    "an unknown dependency": (
        HEAD + "  - {id: build, command: x}\n  - {id: b, command: x, depends_on: [biuld]}\n",
        ("t.yaml:4:", "there is no task 'biuld'", "build"),
    ),
    "an unknown key": (
        HEAD + "  - {id: a, comand: x}\n",
        ("t.yaml:3:", "comand", "command"),
    ),
    "an unknown key at the top": (
        "versoin: 1\ntasks: [{id: a, command: x}]\n",
        ("t.yaml:1:1", "versoin", "version"),
    ),
    "two names for the same thing": (
        HEAD + "  - {id: a, command: x}\n  - {id: b, command: x, needs: [a], depends_on: [a]}\n",
        ("t.yaml:4:", "needs", "depends_on"),
    ),
    "an id twice": (HEAD + "  - {id: a, command: x}\n  - {id: a, command: y}\n", ("t.yaml:4:", "'a'")),
    "a key twice": (HEAD + "  - id: a\n    command: x\n    command: y\n", ("t.yaml:5:", "command")),
    "ids that differ in case": (
        HEAD + "  - {id: main, command: x}\n  - {id: Main, command: y}\n",
        ("t.yaml:4:", "Main"),
    ),
    "nothing": ("", ("t.yaml", "empty", "swarm init")),
    "a list where a map belongs": ("- {id: a, command: x}\n", ("t.yaml:1:1", "a list", "put the list under tasks:")),
    "no tasks": ("version: 1\ntasks: []\n", ("t.yaml:2:", "no task")),
    "two documents": (HEAD + "  - {id: a, command: x}\n---\ntasks: []\n", ("t.yaml:4:1", "second YAML document")),
    "no UTF-8": (HEAD.encode() + b"  - {id: a, command: caf\xe9}\n", ("t.yaml:3:", "UTF-8")),
    "UTF-16": ((HEAD + "  - {id: a, command: x}\n").encode("utf-16"), ("t.yaml", "UTF-16")),
    "a NUL": (HEAD.encode() + b"  - {id: a, command: 'x\0'}\n", ("t.yaml:3:", "U+0000")),
    "50 MB": (b"# " + b"x" * 50_000_000, ("t.yaml", "larger than")),
    "deep nesting": (HEAD + "  - " + "[" * 50_000 + "]" * 50_000 + "\n", ("t.yaml:3:", "deep")),
    "a bomb of aliases": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "tasks: *i\n",
        ("t.yaml:", "alias"),
    ),
    "an alias to itself": ("tasks: &t [*t]\n", ("t.yaml:1:",)),
    "a tag of Python": (
        HEAD + "  - {id: a, command: !!python/object/apply:os.system [touch pwned]}\n",
        ("t.yaml:3:", "python"),
    ),
    "no as an id": (HEAD + "  - {id: no, command: x}\n", ("t.yaml:3:", "in quotes", "'no'")),
    "010 as an id": (HEAD + "  - {id: 010, command: x}\n", ("t.yaml:3:", "in quotes", "'010'")),
    "1:30 as an id": (HEAD + "  - {id: 1:30, command: x}\n", ("t.yaml:3:", "1:30")),
    "a date as an id": (HEAD + "  - {id: 2024-01-02, command: x}\n", ("t.yaml:3:", "in quotes", "2024-01-02")),
    "null as an id": (HEAD + "  - {id: null, command: x}\n", ("t.yaml:3:", "null")),
    "a timeout that is no number": (HEAD + "  - {id: a, command: x, timeout: .nan}\n", ("t.yaml:3:", "timeout")),
    "a timeout without end": (HEAD + "  - {id: a, command: x, timeout: .inf}\n", ("t.yaml:3:", "timeout")),
    "a timeout below zero": (HEAD + "  - {id: a, command: x, timeout: -5m}\n", ("t.yaml:3:", "timeout")),
    "retries below zero": ("limits: {retries: -1}\n" + HEAD + "  - {id: a, command: x}\n", ("t.yaml:1:", "retries")),
    "a budget below zero": (
        "limits: {run_budget: -1 USD}\n" + HEAD + "  - {id: a, command: x}\n",
        ("t.yaml:1:", "run_budget"),
    ),
    "a path out of the repository as an id": (
        HEAD + "  - {id: ../x, command: x}\n",
        ("t.yaml:3:", "../x", "expected an id"),
    ),
    "an option as an id": (HEAD + "  - {id: -rf, command: x}\n", ("t.yaml:3:", "-rf", "expected an id")),
    "two commands as an id": (HEAD + "  - {id: a;b, command: x}\n", ("t.yaml:3:", "a;b", "expected an id")),
    "a substitution as an id": (HEAD + "  - {id: $(x), command: x}\n", ("t.yaml:3:", "$(x)", "expected an id")),
    "HEAD as an id": (HEAD + "  - {id: HEAD, command: x}\n", ("t.yaml:3:", "HEAD", "expected an id")),
    "300 letters as an id": (HEAD + f"  - {{id: {'x' * 300}, command: x}}\n", ("t.yaml:3:", "63")),
    "an address of the inbox as an id": (HEAD + "  - {id: all, command: x}\n", ("t.yaml:3:", "'all'")),
    "the name of a worker as an id": (HEAD + "  - {id: worker-1, command: x}\n", ("t.yaml:3:", "'worker-1'")),
    "skills that nobody has": (
        "workers: [{name: w, skills: [python]}]\n" + HEAD + "  - {id: a, command: x, skills: [cobol]}\n",
        ("t.yaml:4:", "cobol", "python"),
    ),
    "skills and no workers": (HEAD + "  - {id: a, command: x, skills: [cobol]}\n", ("task a", "cobol", "workers:")),
    "a prompt file that is not there": (
        HEAD + "  - {id: a, agent: scripted, prompt_file: no.md}\n",
        ("no.md", "mend the path"),
    ),
    "a prompt file outside": (
        HEAD + "  - {id: a, agent: scripted, prompt_file: ../../../../etc/passwd}\n",
        ("etc/passwd", "outside the repository"),
    ),
    "an agent that does not exist": (
        HEAD + "  - {id: a, command: x}\n  - {id: b, depends_on: [a], agent: clade, prompt: x}\n",
        ("task b", "'clade'", "swarm doctor"),
    ),
    "neither command nor agent": (HEAD + "  - {id: a, prompt: x}\n", ("task a", "--agent")),
    "a base that does not exist": ("base: nowhere\n" + HEAD + "  - {id: a, command: x}\n", ("'nowhere'", "git branch")),
}


HEAVY = ("a cycle", "50 MB", "deep nesting", "a bomb of aliases", "an alias to itself", "a tag of Python", "no UTF-8")
"""Those that could bring the interpreter itself down go through a process of their own."""


def written(tmp_path: Path, name: str) -> Path:
    text = BAD[name][0]
    file = tmp_path / "t.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize("name", [name for name in BAD if name not in HEAVY])
def test_a_bad_task_file_is_told(name: str, repo: Path, tmp_path: Path, world: Path, inside: Inside) -> None:
    file = written(tmp_path, name)
    with nothing_changes(tmp_path, world):
        said = inside(repo, "start", "--task-file", file, "--workers", "2")
    refused(said, 1, *BAD[name][1])
    assert len(said.err) < 4_000, "a person reads this"


@pytest.mark.parametrize("name", HEAVY)
def test_a_hostile_task_file_brings_nothing_down(name: str, repo: Path, tmp_path: Path, world: Path) -> None:
    file = written(tmp_path, name)
    with nothing_changes(tmp_path, world):
        said = swarm(repo, "start", "--task-file", file, "--workers", "2")
    refused(said, 1, *BAD[name][1])
    assert len(said.err) < 4_000, "a person reads this"


@pytest.mark.parametrize("name", ["0", "2024"])
def test_a_number_is_an_id_as_it_is_written(name: str, repo: Path, tmp_path: Path, inside: Inside) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(HEAD + f"  - {{id: {name}, command: x}}\n")
    said = inside(repo, "start", "--task-file", file, "--dry-run")
    assert said.code == 0 and f"1. {name}\n" in said.out, said


UNREADABLE = {
    "not there": ("no.yaml", "there is no file"),
    "a directory": (".", "not a regular file"),
    "a device without end": ("/dev/zero", "not a regular file"),
    "a link to itself": ("loop.yaml", "symbolic links"),
    "a pipe": ("pipe.yaml", "not a regular file"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_file_is_told(name: str, repo: Path, tmp_path: Path, world: Path, inside: Inside) -> None:
    path, word = UNREADABLE[name]
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    with nothing_changes(tmp_path, world):
        said = inside(repo, "start", "--task-file", tmp_path / path)
    refused(said, 1, word, str(tmp_path / path))


def test_an_escape_code_in_a_file_never_reaches_the_terminal(repo: Path, tmp_path: Path, inside: Inside) -> None:
    file = tmp_path / "t\x1b[31m.yaml"
    file.write_text(HEAD + '  - {id: "\\e[2J", command: x}\n')
    said = inside(repo, "start", "--task-file", file)
    refused(said, 1, "\\x1b[2J")
    assert "\x1b" not in said.out + said.err
