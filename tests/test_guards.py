"""The guards of conftest.py are seen red: each trespass below fails a test of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import os, socket, subprocess, urllib.request

def test_reads_the_real_home():
    try:
        open(REAL_HOME + "/.some-file-of-the-user")
    except OSError:
        pass

def test_asks_for_an_outside_name():
    urllib.request.urlopen("http://example.invalid", timeout=1)

def test_connects_outside():
    socket.socket().connect_ex(("192.0.2.1", 80))

def test_leaves_a_process():
    child = subprocess.Popen(["sleep", "600"])
    child.returncode = 0        # nobody waits for it

def test_leaves_a_process_with_a_clean_environment():
    child = subprocess.Popen(["sleep", "600"], env={"HOME": os.environ["HOME"]}, start_new_session=True)
    child.returncode = 0

def test_leaves_a_socket(world):
    with socket.socket(socket.AF_UNIX) as there:
        there.bind(str(world / "rt" / "socket"))

def test_keeps_to_itself(world, repo, make_repo):
    assert (repo / "README.md").is_file()
    assert make_repo({"a": "b"}, commits=3, name="other") != repo
    subprocess.run(["true"], check=True)
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        here.listen()
        socket.create_connection(here.getsockname()).close()
    assert os.environ["HOME"].startswith(str(world))
    assert not [name for name in os.environ if name.startswith("TMUX") and name != "TMUX_TMPDIR"]
"""


@pytest.mark.slow
def test_each_trespass_fails_and_an_honest_test_passes(tmp_path: Path) -> None:
    home, tests, temporary = tmp_path / "home", tmp_path / "checkout" / "tests", tmp_path / "tmp"
    for directory in (home, tests, temporary):
        directory.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("conftest.py"), tests)
    (tests / "test_probe.py").write_text(f"REAL_HOME = {str(home)!r}\n{PROBE}")
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary), "TMUX": "/tmp/mine,1,0"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tests), str(tests)],
        env=environment,
        cwd=tests,
        capture_output=True,
        text=True,
        timeout=100,
    )
    red = set(re.findall(r"^(?:FAILED|ERROR) test_probe.py::(\w+)", done.stdout, re.MULTILINE))
    defined = set(re.findall(r"def (test_\w+)", PROBE))
    assert defined - red == {"test_keeps_to_itself"}, done.stdout
