"""A worker's program on a machine in trouble: it tries again, calmly, loses nothing, and gives up with a reason."""

from __future__ import annotations

import os
import resource
import subprocess

from worker_world import NAME, WorkerWorld

from swarm import lease
from swarm.executors.invocation import worker_argv, worker_env

SMALL = 60
"""Bytes of the longest file that can be written: a lock's note fits, a letter does not."""

ENV = {**worker_env(os.environ), "PYTHONDONTWRITEBYTECODE": "1"}
"""Python itself takes a short write of its cache for a whole one."""


def begin_in_trouble(place: WorkerWorld) -> subprocess.Popen[bytes]:
    program = subprocess.Popen(
        worker_argv(place.run, NAME), env=ENV, cwd=place.run.path, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (SMALL, resource.RLIM_INFINITY))
    place.programs.append(program)
    return program


def test_once_the_trouble_is_over_it_goes_on(place: WorkerWorld) -> None:
    program = begin_in_trouble(place)
    place.assign(place.work("echo new > new.txt"))
    place.until(lambda: lease.is_held(place.mail.lock))
    assert not place.letters("ready")
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert place.end_of()["kind"] == "sealed"
    assert program.poll() is None


def test_where_the_trouble_lasts_it_ends_and_leaves_the_reason(place: WorkerWorld) -> None:
    program = begin_in_trouble(place)
    assert program.wait(60) != 0
    assert lease.holder(place.mail.lock)["trouble"] == "file too large"
    assert not lease.is_held(place.mail.lock)
