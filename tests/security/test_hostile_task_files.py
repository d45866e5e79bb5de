"""Task files that mean harm, beyond what tests/core/taskfile has: each is a plan or a refusal, soon, and nothing runs.

Not tried: what the shell lines of a plan do.  Whoever writes the file is believed; reading one is not yet starting it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from attack_world import CONTROL

from swarm.core.taskfile import PlanError
from swarm.errors import SwarmError
from swarm.taskfile import load

TEXTS = {
    "a command by tag": "tasks: [{id: a, prompt: !!python/object/apply:os.system ['touch pwned']}]",
    "a module by tag": "tasks: !!python/module:os",
    "an object by tag": "x-y: !!python/object/new:os.system ['touch pwned']\ntasks: [{id: a, prompt: x}]",
    "a name by tag": "tasks: [{id: a, prompt: !!python/name:os.system ''}]",
    "laughter": "x-a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"x-{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12))
    + "tasks: *m\n",
    "an anchor in itself": "tasks: &a [*a]",
    "a merge of itself": "x-a: &a {<<: *a}\ntasks: [{id: a, prompt: x}]",
    "a title that drives a terminal": 'tasks: [{id: a, title: "\\e]0;x\\a", command: x, nope: 1}]',
    "an id that drives a terminal": 'tasks: [{id: "\\e[2J", prompt: x}]',
    "an id turned around": 'tasks: [{id: "\u202ea", prompt: x}]',
    "a key turned around": 'tasks: [{id: a, prompt: x, "\u202ekey": 1}]',
    "a value that drives a terminal": 'tasks: [{id: a, prompt: x, priority: "\\e]52;c;aGk=\\a"}]',
    "an upstream that leads out": "tasks: [{id: a, prompt: x, depends_on: [../../b]}]",
    "a worker that leads out": "workers: [{name: ../../x}]\ntasks: [{id: a, prompt: x}]",
    "a worker that is an option": "workers: [{name: -x}]\ntasks: [{id: a, prompt: x}]",
    "a worker of the operator's name": "workers: [{name: operator}]\ntasks: [{id: a, prompt: x}]",
    "a worker of everybody's name": "workers: [{name: all}]\ntasks: [{id: a, prompt: x}]",
    "a task of the operator's name": "tasks: [{id: operator, prompt: x}]",
    "a task of its own name": "tasks: [{id: self, prompt: x}]",
    "a million workers": "workers: [{name: a, count: 1000000}]\ntasks: [{id: a, prompt: x}]",
    "a run that leads out": "name: ../../x\ntasks: [{id: a, prompt: x}]",
    "a variable of ours": "env: {SWARM_MAIL: /x}\ntasks: [{id: a, command: x}]",
    "a variable with a NUL": 'env: {A: "a\\0b"}\ntasks: [{id: a, command: x}]',
    "a variable with an equals sign": "env: {A=B: x}\ntasks: [{id: a, command: x}]",
    "a command with a NUL": 'tasks: [{id: a, command: "x\\0y"}]',
    "a role that leads out": "tasks: [{id: a, prompt: x, role: ../../etc/passwd}]",
    "files that lead out": "tasks: [{id: a, prompt: x, files: ['../**']}]",
    "files in git's own": "tasks: [{id: a, prompt: x, files: ['.git/hooks/*']}]",
    "a base of options": "base: --upload-pack=touch pwned\ntasks: [{id: a, prompt: x}]",
    "a number without end": "limits: {retries: 1" + "0" * 5000 + "}\ntasks: [{id: a, prompt: x}]",
    "a budget without end": "limits: {budget: 1e999 USD}\ntasks: [{id: a, prompt: x}]",
    "a time without end": "limits: {timeout: 999999999999999999999h}\ntasks: [{id: a, prompt: x}]",
}

PROMPTS: dict[str, Callable[[Path], object]] = {
    "absolute": lambda path: path.symlink_to("/etc/passwd"),
    "a pipe": os.mkfifo,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "a terminal": lambda path: path.symlink_to("/dev/tty"),
    "a directory": os.mkdir,
    "itself": lambda path: path.symlink_to(path.name),
    "nowhere": lambda path: path.symlink_to("none"),
    "a terabyte": lambda path: (path.touch(), os.truncate(path, 1 << 40)),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "of the process": lambda path: path.symlink_to("/proc/self/environ"),
}


@pytest.mark.parametrize("words", TEXTS)
def test_a_file_that_means_harm_is_refused_in_plain_words(words: str, tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(TEXTS[words])
    with pytest.raises(SwarmError) as caught:
        load(file, tmp_path)
    told = caught.value.message + caught.value.hint
    assert not CONTROL.search(told)
    assert len(told) < 5000
    if isinstance(caught.value, PlanError):
        assert not any(CONTROL.search(problem.text("t")) for problem in caught.value.problems)
    assert not (tmp_path / "pwned").exists() and not Path("pwned").exists()


@pytest.mark.parametrize("words", PROMPTS)
@pytest.mark.parametrize("key", ["prompt_file", "roles"])
def test_a_prompt_or_role_is_a_plain_file_of_the_repository(words: str, key: str, tmp_path: Path) -> None:
    (tmp_path / "roles").mkdir()
    place = tmp_path / ("roles/x.md" if key == "roles" else "x.md")
    PROMPTS[words](place)
    top, own = ("roles: roles\n", "role: x, prompt: y") if key == "roles" else ("", "prompt_file: x.md")
    file = tmp_path / "t.yaml"
    file.write_text(f"{top}tasks: [{{id: a, {own}}}]\n")
    with pytest.raises(SwarmError) as caught:
        load(file, tmp_path)
    assert not CONTROL.search(caught.value.message)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../../etc/passwd", "~/.netrc", "/dev/stdin", "/proc/self/mem"])
def test_a_prompt_is_not_taken_from_elsewhere(name: str, tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(f"tasks: [{{id: a, prompt_file: {name}}}]\n")
    with pytest.raises(SwarmError):
        load(file, tmp_path)
