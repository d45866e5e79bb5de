from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from board_golden import same_as_golden
from hypothesis import given
from hypothesis import strategies as st
from test_harmless import is_harmless

from board.view.changes import changes, failed
from board.view.patch import parse
from board.view.sheet import Sheet

HEAD = "diff --git a/src/a.py b/src/a.py\nindex 1..2 100644\n--- a/src/a.py\n+++ b/src/a.py\n"


def git(repo: Path, *argv: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "n", f"GIT_{who}_EMAIL": "n@example.org"}
    done = subprocess.run(["git", *argv], cwd=repo, env=environment, check=True, capture_output=True)
    return done.stdout.decode("utf-8", "replace")


@pytest.fixture
def real(tmp_path: Path) -> str:
    """A diff of git itself with one of everything."""
    git(tmp_path, "init", "-q", ".")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("a\nb\nc\nd")
    (tmp_path / "logo.png").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "old name.txt").write_text("x\ny\nz\n")
    (tmp_path / "gone").write_text("-- a\n++ b\n")
    (tmp_path / 'weird é\t"n".txt').write_text("k\n")
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "mv", "old name.txt", "new name.txt")
    (tmp_path / "src/a.py").write_text("a\nB\nc\nd\n\x1b[31mevil\rsafe\x1b[0m \u202egnp\u202c\r\n\n")
    (tmp_path / "logo.png").write_bytes(bytes(range(255, -1, -1)) * 9)
    (tmp_path / "new.py").write_text("diff --git a/x b/x\n--- a/x\n")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("src/a.py")
    (tmp_path / "gone").unlink()
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / 'weird é\t"n".txt').write_text("k2\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "two")
    return git(tmp_path, "diff-tree", "-r", "-p", "-M", "--no-color", "--binary", "HEAD~1", "HEAD")


def drawn(sheet: Sheet) -> str:
    """Text, with what is jumped to and what leads where."""
    rows = []
    for at, line in enumerate(sheet.lines):
        mark = ">" if at in sheet.stops else f"{sheet.goals[at]:>2}" if at in sheet.goals else ""
        rows.append(f"{at:>3} {mark:>2} {line.role:<6} {line.text}".rstrip())
    return "\n".join(rows)


def test_a_diff_with_one_of_everything(real: str) -> None:
    same_as_golden("diff", drawn(changes(real, "work in progress")))


def test_every_file_of_git_is_found_with_its_numbers(real: str) -> None:
    files = {file.path: (file.mark, file.added, file.removed) for file in parse(real).files}
    assert files == {
        "src/a.py": ("M", 4, 2), "logo.png": ("M", 0, 0), "new name.txt": ("R", 0, 0), "new.py": ("A", 2, 0),
        "empty": ("A", 0, 0), "link": ("A", 1, 0), "gone": ("D", 0, 2), "tool": ("M", 0, 0),
        'weird é␉"n".txt': ("M", 1, 1),
    }  # fmt: skip


def test_signs_have_colours_of_their_own() -> None:
    [file] = parse(f"{HEAD}@@ -1,2 +1,2 @@ def f():\n-old\n+new\n same\n\\ No newline at end of file\n").files
    assert [line.role for line in file.lines] == ["hint", "bad", "good", "plain", "dim"]


def test_what_stands_in_a_file_cant_pass_for_another_file() -> None:
    body = "@@ -1,2 +1,3 @@\n--- a/etc\n-diff --git a/x b/x\n+++ b/etc\n+@@ -1 +1 @@\n+diff --git a/x b/x\n"
    [file] = parse(HEAD + body).files
    assert (file.path, file.added, file.removed, len(file.lines)) == ("src/a.py", 3, 2, 6)


def test_what_follows_a_hunk_does_not_count_as_its_lines() -> None:
    patch = parse(f"{HEAD}@@ -1 +1 @@\n-old\n+new\n-- \n2.39.2\n")
    assert (patch.added, patch.removed) == (1, 1)
    assert [line.text for line in patch.rest] == ["-- ", "2.39.2"]


def test_nothing_of_a_line_is_overwritten_or_unseen() -> None:
    [file] = parse(f"{HEAD}@@ -0,0 +1,2 @@\n+rm -rf /\r+harmless\n+if admin:\u202e // yes\u200b\n").files
    assert [line.text for line in file.lines[1:]] == ["+rm -rf /␍+harmless", "+if admin:<U+202E> // yes<U+200B>"]


def test_a_diff_that_was_cut_keeps_what_there_is() -> None:
    patch = parse(f"{HEAD}@@ -1,9 +1,9 @@\n-old\n+ne\n… and more: swarm diff api")
    assert [line.text for line in patch.files[0].lines[1:]] == ["-old", "+ne"]
    assert [line.text for line in patch.rest] == ["… and more: swarm diff api"]


def test_without_changes_it_says_so_and_a_failure_is_told() -> None:
    assert [line.text for line in changes("").lines] == ["no changes"]
    assert [(line.text, line.role) for line in failed("no such\x1b[2J task\n").lines] == [("no such task", "bad")]
    assert failed("").lines[0].text == "swarm diff failed without a word"


def test_what_is_no_diff_is_shown_as_it_is() -> None:
    assert [line.text for line in changes("quick\n").lines] == ["quick"]


def test_the_list_leads_to_each_file(real: str) -> None:
    sheet = changes(real)
    assert sorted(sheet.goals.values(), key=str) == sorted(sheet.stops, key=str)
    for at, goal in sheet.goals.items():
        assert isinstance(goal, int)
        assert sheet.lines[goal].text.startswith("━━ ")
        assert sheet.lines[goal].text.split("  ")[0].removeprefix("━━ ") in sheet.lines[at].text


@given(st.lists(st.sampled_from((
    "diff --git a/x b/x", 'diff --git "a/\\303\\251" "b/\\', "--- a/x", "+++ b/x", "@@ -1,2 +1 @@", "@@ -1 +1,3 @@",
    "-a", "+b", " c", "", "GIT binary patch", "literal 3", "\x1b[2J", "rename from", "rename from x",
    "new file mode 100644", "new mode", "old mode 1", "\\ No",
)), max_size=25))  # fmt: skip
def test_any_order_of_lines_is_survived_and_harmless(rows: list[str]) -> None:
    assert all(is_harmless(line.text) for line in changes("\n".join(rows)).lines)
