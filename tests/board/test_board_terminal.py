from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from simulated import SHOWN, Run, plan, showcase, shown_fate

from board.commands import OPERATOR
from swarm.paths import RunDir

ROOT = Path(__file__).parents[2]


def test_in_a_real_terminal_enter_gives_it_away_and_takes_it_back(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path / "runs" / "add-auth")
    showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    pane = run_dir.path / "swarm.py"
    pane.write_text("import os; os.write(1, b'IN THE PANE ' + os.environ['SWARM_MAIL'].encode()[-8:]); os.read(0, 1)")
    said = (sys.executable, str(pane))
    program = (
        "from pathlib import Path; from board.app import BoardApp; from board.screen import Board\n"
        "from board.verbs import Verbs\n"
        f"verbs = Verbs(Path({str(run_dir.mailbox(OPERATOR).path)!r}), {said!r})\n"
        f"BoardApp(Board(Path({str(run_dir.path)!r}), verbs=verbs)).run()"
    )
    terminal, side = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=side, stdout=side, stderr=side, cwd=ROOT, env=environment
    )
    os.close(side)
    try:
        wait_for(terminal, b"migrate")
        os.write(terminal, b"\r")
        wait_for(terminal, b"IN THE PANE operator")
        os.write(terminal, b"x\n")
        wait_for(terminal, b"migrate")
        os.write(terminal, b"q")
        drain(terminal, child)
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()
        os.close(terminal)


def test_swarm_graph_live_opens_the_graph_and_goes_on_to_the_other_views(tmp_path: Path) -> None:
    run_dir = RunDir(tmp_path / "runs" / "add-auth")
    showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    terminal, side = pty.openpty()
    told = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "SWARM_MAIL": str(run_dir.mailbox(OPERATOR).path)}
    child = subprocess.Popen(
        [sys.executable, "-m", "swarm", "graph", "--live"],
        stdin=side, stdout=side, stderr=side, cwd=ROOT, env={**os.environ, **told},
    )  # fmt: skip
    os.close(side)
    try:
        wait_for(terminal, b"\x1b[?1049h\x1b[2J\x1b[H add-auth  reading the journal")
        wait_for(terminal, b"14 tasks in 4 columns")
        os.write(terminal, b"v")
        wait_for(terminal, b"worker-4")
        os.write(terminal, b"q")
        drain(terminal, child)
        assert child.wait(10) == 0
    finally:
        child.kill()
        child.wait()
        os.close(terminal)


def wait_for(terminal: int, text: bytes) -> None:
    """Read what the program writes until the text comes."""
    found, deadline = b"", time.monotonic() + 20
    while text not in found:
        assert time.monotonic() < deadline, found[-500:]
        if select.select([terminal], [], [], 0.2)[0]:
            found += os.read(terminal, 65536)


def drain(terminal: int, child: subprocess.Popen[bytes]) -> None:
    """Read on until the program has ended: it waits for its last words to be taken."""
    while child.poll() is None and select.select([terminal], [], [], 10)[0]:
        try:
            os.read(terminal, 65536)
        except OSError:
            return  # nobody holds the other side any more
