"""What passes, what the disk is to blame for, and what stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from effects_world import EffectsWorld

from swarm.core.events import CandidateJudged, Verdict
from swarm.effects.trouble import is_of_the_disk, passes, said
from swarm.errors import SwarmError
from swarm.git.command import GitFailed
from swarm.process import run
from swarm.verify import Halt


def git(code: int, err: str) -> GitFailed:
    return GitFailed(("merge-tree",), code, err)


def of(number: int) -> OSError:
    return OSError(number, os.strerror(number), "/state/x")


@pytest.mark.parametrize(
    ("error", "passing", "disk"),
    [
        (git(-9, ""), True, False),
        (git(128, ""), True, False),
        (git(128, "fatal: Unable to create '/hub/refs/x.lock': File exists.\n"), True, False),
        (git(128, "fatal: cannot fork: Cannot allocate memory\n"), True, False),
        (git(128, "fatal: not something we can merge\n"), False, False),
        (git(128, "fatal: cannot lock ref 'x': is at a but expected b\n"), False, False),
        (git(128, "error: unable to write file: No space left on device\n"), False, True),
        (git(-9, "error: file write error: Input/output error\n"), False, True),
        (of(errno.EMFILE), True, False),
        (of(errno.ENOMEM), True, False),
        (of(errno.ENOSPC), False, True),
        (of(errno.EIO), False, True),
        (of(errno.EACCES), False, False),
        (SwarmError("no"), False, False),
        (ValueError("a bug"), False, False),
    ],
)
def test_each_trouble_is_of_one_kind(error: Exception, passing: bool, disk: bool) -> None:
    assert (passes(error), is_of_the_disk(error)) == (passing, disk)
    assert said(error)


def test_what_stands_behind_an_error_of_ours_counts() -> None:
    try:
        try:
            raise of(errno.EAGAIN)
        except OSError as error:
            raise SwarmError("git could not be started") from error
    except SwarmError as found:
        assert passes(found)


def test_a_git_that_is_killed_in_a_proof_is_no_verdict(effects: EffectsWorld, tmp_path: Path) -> None:
    proof = effects.proof(1, {"a": effects.branch("a", {"a.txt": "a"})}, "true")
    real = run(["sh", "-c", "command -v git"], env={"PATH": os.environ["PATH"]}).out.decode().strip()
    killed = tmp_path / "bin" / "git"
    killed.parent.mkdir()
    killed.write_text(f'#!/bin/sh\ncase "$*" in *merge-tree*) kill -9 $$;; esac\nexec {real} "$@"\n')
    killed.chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{killed.parent}:{before}"
    try:
        with pytest.raises(GitFailed) as caught:
            effects.prover.prove(proof, Halt())
    finally:
        os.environ["PATH"] = before
    assert passes(caught.value)
    (event,) = effects.prover.prove(proof, Halt())
    assert isinstance(event, CandidateJudged)
    assert event.verdict is Verdict.PASS
