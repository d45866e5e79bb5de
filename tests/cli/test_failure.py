"""What a person is told when the machine refuses something: what it was and a way out, and never that it was a bug."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from swarm.cli.failure import explain
from swarm.errors import EXIT_BUG, EXIT_MEND


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("can't start new thread"),
        MemoryError(),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/state/journal"),
        OSError(errno.EFBIG, os.strerror(errno.EFBIG)),
    ],
    ids=["thread", "memory", "space", "size"],
)
def test_a_machine_in_trouble_is_no_bug_of_ours(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(error, "resume") == EXIT_MEND
    said = capsys.readouterr().err
    assert said.startswith("swarm resume: ") and "\n  → " in said and "bug" not in said


def test_any_other_failure_is_a_bug(capsys: pytest.CaptureFixture[str], world: Path) -> None:
    (world / "state" / "swarm").mkdir(mode=0o700)  # where its report goes
    assert explain(RuntimeError("dictionary changed size during iteration"), "resume") == EXIT_BUG
    assert "a bug in swarm" in capsys.readouterr().err
