"""A worker with sandboxed attempts: the good side."""

from __future__ import annotations

from pathlib import Path
from collections.abc import Iterator

import pytest

from swarm.core.plan import Fence, Sandbox
from worker_world import WorkerWorld, worker_world

BOX = Sandbox(Fence.BWRAP)


@pytest.fixture
def place(repo: Path, tmp_path: Path) -> Iterator[WorkerWorld]:
    found = worker_world(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()


def test_try(place: WorkerWorld) -> None:
    place.begin()
    line = """
    set -x
    pwd; ls -la; cat .git; git log --oneline; git status --short
    echo one > one.txt; git add one.txt; git commit -qm one
    echo two > two.txt
    ls $HOME $SWARM_MAIL $SWARM_ATTEMPT_DIR; cat $SWARM_PROMPT_FILE
    echo hello | swarm send worker-2 -
    swarm report 'my report'
    swarm done 'it is done'
    git rev-parse --git-dir; git branch -a
    touch $HOME/x; env
    ps ax
    """
    place.assign(place.work(line, sandbox=BOX))
    end = place.end_of()
    print(place.attempt().log.read_text()); print(place.said()); print(end)
    assert end["kind"] == "sealed"
    print(place.names(end["commit"]), place.letters("note"))
    assert 0
