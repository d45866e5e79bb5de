"""What an agent may do unasked, where we are the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarm.agents.freedom import Freedom, unknown_rule


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree" / "src").mkdir(parents=True)
    (tmp_path / "tree" / "out").symlink_to("/etc")
    (tmp_path / "tree" / "src" / "deep").symlink_to("/etc")
    (tmp_path / "tree" / "turn").symlink_to("some/where")
    return tmp_path / "tree"


def may(
    tree: Path, tool: str, given: dict[str, Any], edits: bool = True, allow: tuple[str, ...] = (), agent: str = "gemini"
) -> bool:
    return Freedom(agent, edits, allow, str(tree)).covers(tool, given)


def runs(tree: Path, line: str, *allow: str, edits: bool = True, **more: str) -> bool:
    return may(tree, "run_shell_command", {"command": line, **more}, edits, allow)


def test_it_may_read_what_is_in_its_worktree(tree: Path) -> None:
    for path in ("src/a.py", str(tree / "src"), "."):
        assert may(tree, "read_file", {"file_path": path}, edits=False)
    for path in ("/etc/passwd", "../secret", "out/passwd", "~/.ssh/id_rsa", f"{tree}2/a", "turn/../out/passwd", "a\0b",
                 "\ud800", "/proc/self/environ", "src/deep/../../../x", ["/etc/passwd"], {"a": "/etc"}):  # fmt: skip
        assert not may(tree, "read_file", {"file_path": path}, edits=False), path
    assert may(tree, "glob", {"pattern": "**/*.py"}, edits=False)
    for pattern in ("../**", "/etc/*", "{..,a}/**", "src/{../..,x}/*", "out/*", None, ["a"]):
        assert not may(tree, "glob", {"pattern": pattern}), pattern
    assert may(tree, "glob", {"pattern": "*", "dir_path": "src"})
    assert not may(tree, "glob", {"pattern": "deep/*", "dir_path": "src"})


def test_an_argument_that_nobody_knows_is_asked(tree: Path) -> None:
    for tool, given in {
        "read_many_files": {"include": ["/etc/*"]}, "read_file": {"file_path": "a", "File_Path": "/etc/passwd"},
        "write_file": {"file_path": "a", "content": "x", "target": "/etc/hosts"}, "list_directory": {"root": "/"},
        "run_shell_command": {"command": "ls", "additional_permissions": {"network": True}},
    }.items():  # fmt: skip
        assert not may(tree, tool, given), tool
    assert not may(tree, "read_file", {}), "nobody knows what"


def test_pi_takes_an_at_sign_off_a_path(tree: Path) -> None:
    for path in ("@/etc/passwd", "@~/.ssh/id_rsa", "~\u00a0", "@.git/config"):
        assert not may(tree, "write", {"path": path, "content": "x"}, agent="pi"), path
    assert may(tree, "read", {"path": "node_modules/@types/a.d.ts"}, agent="pi")
    assert may(tree, "read", {"path": "@types/a.d.ts"}, agent="pi")


def test_it_may_change_files_in_its_worktree_for_edits_alone(tree: Path) -> None:
    assert may(tree, "write_file", {"file_path": "src/a.py", "content": "x"})
    assert not may(tree, "write_file", {"file_path": "src/a.py", "content": "x"}, edits=False)
    for path in ("/etc/hosts", "../a", "out/hosts", ".git", "src/../.git/config", ".gemini/settings.json",
                 ".GIT/config", ".g\u200cit/config", ".git./config", ".env", "src/.env",
                 "opencode.json", ".mcp.json", ".swarm/x",
                 "turn/../.git/hooks/pre-commit", "turn/../out/x", ".husky/pre-commit"):  # fmt: skip
        assert not may(tree, "write_file", {"file_path": path, "content": "x"}), path
    assert not may(tree, "write_file", {"content": "x"}), "nobody knows where"


def test_it_may_commit_for_edits_alone(tree: Path) -> None:
    line = "git add -A && git commit -q -m 'Add it; all of it'"
    assert runs(tree, line) and not runs(tree, line, edits=False)


@pytest.mark.parametrize(
    "line",
    ["git add -A && sh install.sh", "git commit -m x; rm -rf /", "git add a\nrm -rf b", "git add a | sh", "git push",
     "git commit -m \"$(rm -rf b)\"", "git add a & rm b", "git add a > b", "A=1 git add b", "", "git",
     "git -c a=b add", "git commit -F /etc/passwd", "git commit -qaF/etc/passwd", "git commit --file=/etc/passwd",
     "git commit --fil /etc/passwd", "git commit -m x -t /etc/passwd", "git add --pathspec-from-file=/etc/passwd",
     "git commit -m x --author=me", "git commit -mx --trailer a=b", "git add *", "git status --git-dir=/etc"],
)  # fmt: skip
def test_nothing_rides_along_with_a_commit(tree: Path, line: str) -> None:
    assert not runs(tree, line)


@pytest.mark.parametrize(
    "line",
    ["git add src/a.py -- 'b c'", "git commit -am '--file=/etc/passwd; rm'", "git commit -q -m a -m b -- a.py",
     "git commit --message=x --amend", "git status --porcelain", "git commit -asm x"],
)  # fmt: skip
def test_a_plain_commit_needs_nobody(tree: Path, line: str) -> None:
    assert runs(tree, line)


@pytest.mark.parametrize("line", ["git status", "git diff", "git add a", "git commit -m x"])
def test_git_runs_unasked_at_the_top_alone_as_files_further_down_can_make_a_repository(tree: Path, line: str) -> None:
    assert runs(tree, line, dir_path=".") and runs(tree, line, dir_path=str(tree))
    assert not runs(tree, line, dir_path="src")


@pytest.mark.parametrize(
    "line",
    ["ls", "ls -la src", "cat src/a.py | head -20", "git diff --stat", "sed -n '1,9p' a.py", "grep -rn 'a b' src",
     "git log -3", "pwd"],
)  # fmt: skip
def test_it_may_look_by_its_shell(tree: Path, line: str) -> None:
    assert runs(tree, line, edits=False)


@pytest.mark.parametrize(
    "line",
    ["cat /etc/passwd", "cat ../a", "cat out/passwd", "cat ~/.ssh/id_rsa", "git log --output=a", "rg --pre sh x",
     "sed -n 1,9p -i a.py", "sed -i 1d a.py", "sed -n '1w a' b", "find . -delete", "git diff --ext-diff", "tee a",
     "cat ou?/passwd", "cat [o]ut/passwd", "cat .?/secret", "cat .*/secret", "git diff *", "cat turn/../out/passwd",
     "grep -R root .", "grep -nR root .", "rg -L root", "ls -LR", "find . -exec rm a", "sort -o a b", "xargs rm",
     "awk 'BEGIN { system(1) }'", "tar -xf a --to-command=sh", "git --output=a diff", "git -C /etc status", "time ls",
     "cat\u00a0a", "cat a\rrm b", "cat a\nrm b", "cat <<E\na\nE",
     "cat a &rm b", "cat a |& sh", "LS", "./ls", "env ls"],
)  # fmt: skip
def test_looking_neither_leaves_the_worktree_nor_changes_it(tree: Path, line: str) -> None:
    assert not runs(tree, line)


def test_a_path_is_taken_from_where_its_command_runs(tree: Path) -> None:
    assert runs(tree, "cat a.py", dir_path="src") and not runs(tree, "cat deep/passwd", dir_path="src")
    assert not runs(tree, "ls", dir_path="out") and not runs(tree, "ls", dir_path="src", directory="/")


def test_what_the_task_lists_needs_nobody(tree: Path) -> None:
    assert runs(tree, "npm test", "Bash(npm test:*)") and runs(tree, "npm test -- --all", "Bash(npm test *)")
    assert runs(tree, "make", "Bash(make)") and not runs(tree, "make all", "Bash(make)")
    assert not runs(tree, "npm tests", "Bash(npm test:*)") and not runs(tree, "npm", "Bash(npm test:*)")
    for line in ("npm test; a", "npm test\nrm -rf /", "npm test & a", "A=1 npm test", "npm test > a", "npm 'test '"):
        assert not runs(tree, line, "Bash(npm test:*)"), line
    assert runs(tree, "npm test src/*.js", "Bash(npm test:*)")
    assert not runs(tree, "make", "Bash(make)", dir_path="/etc") and runs(tree, "make", "Bash(make)", dir_path="src")
    assert may(tree, "web_fetch", {"prompt": "x"}, allow=("WebFetch",))
    assert may(tree, "web_fetch", {"prompt": "x"}, allow=("web_fetch",))
    assert not may(tree, "web_fetch", {"prompt": "x"})


def test_it_may_always_speak_in_the_swarm(tree: Path) -> None:
    assert runs(tree, "swarm send worker-2 'use port 9090'", edits=False) and not runs(tree, "swarm cancel api")
    assert may(tree, "mcp_swarm_task_done", {"summary": "x"}, edits=False)
    assert not may(tree, "mcp_swarm_task_done_twice", {}) and not may(tree, "mcp_github_send_message", {})


@pytest.mark.parametrize(
    "line",
    ["swarm start", "swarm clean", "swarm sendx a b", "swarm", "swarm -h send", "SWARM_MAIL= swarm send a b",
     "./swarm send a b", "swarm send operator - < /etc/passwd", "cat /etc/passwd | swarm send operator -"],
)  # fmt: skip
def test_no_other_verb_goes_with_speaking(tree: Path, line: str) -> None:
    assert not runs(tree, line)


def test_a_tool_that_nobody_knows_is_asked(tree: Path) -> None:
    assert not may(tree, "", {}) and not may(tree, "save_memory", {"fact": "x"})


@pytest.mark.parametrize("rule", ["Bash(a*b)", 'Bash(x" or true)', "Read(**)", "Bash($x)", "Bash()"])
def test_a_rule_of_another_kind_is_known_as_such(rule: str) -> None:
    assert unknown_rule(("Bash(make:*)", "web_fetch", rule)) == rule
