"""Task files on real disks: what is read, what is refused, and that nothing hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.errors import SwarmError
from swarm.taskfile import MAX_TEXT_BYTES, load

ROOT = Path(__file__).parents[1]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "plans" / "prompts").mkdir(parents=True)
    return root


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plan_file(repo: Path, text: str) -> Path:
    return write(repo / "plans" / "my-plan.yaml", text)


def refused(path: Path, repo: Path) -> str:
    with pytest.raises(SwarmError) as caught:
        load(path, repo)
    assert caught.value.hint
    return caught.value.message.replace(str(repo.parent), "")


def test_a_plan_is_read_with_its_prompts_and_roles(repo: Path) -> None:
    write(repo / "plans" / "prompts" / "a.md", "\ufeffDo it\n")
    write(repo / ".claude" / "agents" / "team" / "judge.md", "---\nname: Judge\n---\nYou judge.")
    path = plan_file(repo, "roles: .claude/agents\ntasks: [{id: a, prompt_file: prompts/a.md, role: judge}]")
    plan = load(path, repo)
    assert plan.name == "my-plan"
    assert plan.tasks[0].prompt == "Do it\n"
    assert plan.roles[0].text == "You judge.\n"


def test_a_prompt_may_lie_elsewhere_in_the_repository(repo: Path) -> None:
    write(repo / "docs" / "a.md", "Do it")
    assert load(plan_file(repo, "tasks: [{id: a, prompt_file: ../docs/a.md}]"), repo).tasks[0].prompt == "Do it"


def test_a_prompt_may_lie_beside_a_task_file_outside_the_repository(repo: Path, tmp_path: Path) -> None:
    write(tmp_path / "other" / "a.md", "Do it")
    path = write(tmp_path / "other" / "plan.yaml", "tasks: [{id: a, prompt_file: a.md}]")
    assert load(path, repo).tasks[0].prompt == "Do it"


def test_a_prompt_outside_is_refused_also_behind_a_link(repo: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.md", "key")
    (repo / "plans" / "link.md").symlink_to(secret)
    path = plan_file(
        repo,
        "tasks:\n  - {id: a, prompt_file: ../../secret.md}\n  - {id: b, prompt_file: link.md}\n"
        f"  - {{id: c, prompt_file: {secret}}}\n",
    )
    assert refused(path, repo).splitlines() == [
        f"/repo/plans/my-plan.yaml:{line}:13: tasks[{line - 2}] ({name}).prompt_file: "
        f"{written} lies outside the repository; copy it into the repository"
        for line, name, written in ((2, "a", "../../secret.md"), (3, "b", "link.md"), (4, "c", "/secret.md"))
    ]


def test_roles_may_lie_in_the_home(repo: Path) -> None:
    write(Path.home() / ".claude" / "agents" / "judge.md", "You judge.")
    path = plan_file(repo, "roles: ~/.claude/agents\ntasks: [{id: a, prompt: x, role: judge}]")
    assert load(path, repo).roles[0].name == "judge"


def test_a_role_that_links_out_of_its_directory_is_no_role(repo: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.md", "key")
    write(repo / "agents" / "other.md", "x")
    (repo / "agents" / "judge.md").symlink_to(secret)
    path = plan_file(repo, "roles: agents\ntasks: [{id: a, prompt: x, role: judge}]")
    assert "there is no role 'judge'" in refused(path, repo)


def test_a_missing_file_is_told(repo: Path) -> None:
    assert refused(repo / "tasks.yaml", repo) == "there is no file /repo/tasks.yaml"


def test_a_missing_prompt_is_told_with_its_place(repo: Path) -> None:
    path = plan_file(repo, "tasks: [{id: a, prompt_file: no.md}]")
    assert refused(path, repo) == (
        "/repo/plans/my-plan.yaml:1:17: tasks[0] (a).prompt_file: there is no file /repo/plans/no.md; mend the path"
    )


def test_a_missing_directory_of_roles_is_told(repo: Path) -> None:
    path = plan_file(repo, "roles: agents\ntasks: [{id: a, prompt: x}]")
    assert refused(path, repo) == "roles: agents is not a directory (/repo/agents)"


def test_what_is_no_regular_file_is_refused_at_once(repo: Path) -> None:
    fifo = repo / "fifo"
    os.mkfifo(fifo)
    assert refused(fifo, repo) == "/repo/fifo is not a regular file"
    assert refused(repo, repo) == "/repo is not a regular file"
    assert refused(Path("/dev/zero"), repo) == "/dev/zero is not a regular file"


def test_a_file_that_may_not_be_read_is_told(repo: Path) -> None:
    loop = repo / "loop.yaml"
    loop.symlink_to(loop)
    assert refused(loop, repo) == "/repo/loop.yaml can't be read: too many levels of symbolic links"


def test_a_huge_file_is_refused_and_not_read_whole(repo: Path) -> None:
    huge = repo / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    assert refused(huge, repo).startswith("/repo/huge.yaml: the file is larger than 5 MB")


def test_a_huge_or_foreign_prompt_is_refused(repo: Path) -> None:
    (repo / "plans" / "huge.md").write_bytes(b"x" * (MAX_TEXT_BYTES + 1))
    (repo / "plans" / "latin.md").write_bytes("é".encode("latin-1"))
    path = plan_file(repo, "tasks: [{id: a, prompt_file: huge.md}, {id: b, prompt_file: latin.md}]")
    first, second = refused(path, repo).splitlines()
    assert "/repo/plans/huge.md is larger than 1 MB; shorten it" in first
    assert "/repo/plans/latin.md is not UTF-8 (byte 0); save it as UTF-8" in second


def test_a_plan_comes_from_standard_input_too(repo: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from swarm.taskfile import load; "
        "print(load(Path('-'), Path(sys.argv[1])).name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(repo)],
        cwd=ROOT, input="tasks: [{id: a, prompt: x}]", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "stdin\n"
