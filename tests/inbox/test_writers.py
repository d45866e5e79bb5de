"""Who still has a file open for writing, and what becomes of us when somebody comes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from inbox.writers import Writers, shut_out


def test_a_file_tells_whether_it_is_open_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    writer = os.open(path, os.O_WRONLY | os.O_CREAT)
    reader = os.open(path, os.O_RDONLY)
    assert shut_out(reader) is Writers.SOMEBODY
    os.close(writer)
    assert shut_out(reader) is Writers.NOBODY
    os.close(reader)


def test_a_writer_who_comes_now_waits_and_does_us_no_harm(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    script = """
import os, subprocess, sys
from inbox.writers import shut_out
reader = os.open(sys.argv[1], os.O_RDONLY)
print(shut_out(reader).name)
writer = subprocess.Popen(["sh", "-c", "echo late >> " + sys.argv[1]])
try:
    writer.wait(0.3)
except subprocess.TimeoutExpired:
    print("waits", os.fstat(reader).st_size)
os.close(reader)
print(writer.wait(20))
"""
    (tmp_path / "a").touch()
    child = python("-c", script, str(tmp_path / "a"))
    out, _ = child.communicate(timeout=60)
    assert (child.returncode, out) == (0, "NOBODY\nwaits 0\n0\n")
    assert (tmp_path / "a").read_text() == "late\n"
