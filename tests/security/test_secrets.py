"""Secrets planted around a run: in whose hands they end, and in whose they never do.

Not tried: what an agent reads by itself.  Without a sandbox it may read every file that its user may, `~/.netrc` and
the environment of other processes of that user among them (docs/security.md).
"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from attack_world import Ground, plan, task

pytestmark = pytest.mark.slow

INHERITED = "inherited-3f9d1c77"
WRITTEN = "written-8b21e0aa"
AT_HOME = "at-home-5c90d2fe"

LOOK = """cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' ' > $OUT/argv
env > $OUT/env; echo x > x.txt"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("executor", ["process", pytest.param("tmux", marks=pytest.mark.tmux)])
def test_a_secret_goes_where_it_was_sent_and_nowhere_else(ground: Ground, executor: str) -> None:
    netrc = Path(ground.world, "home", ".netrc")
    netrc.write_text(f"machine example.invalid login x password {AT_HOME}\n")
    out = ground.path / "out"
    out.mkdir()
    text = plan(
        task("a", LOOK, env={"TOKEN": WRITTEN}), task("b", "env > $OUT/other; echo y > y.txt"),
        verify=["env > $OUT/gate"], env={"OUT": str(out)},
    )  # fmt: skip
    around = dict.fromkeys(("API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "GH_TOKEN"), INHERITED)
    said = ground.start(text, 1, executor, **around)
    assert said.code == 0, said
    argv, own, other, gate = ((out / name).read_text() for name in ("argv", "env", "other", "gate"))
    assert "swarm worker" in argv
    for secret in (INHERITED, WRITTEN, AT_HOME):
        assert secret not in argv, "a secret stands on a command line"
    assert f"TOKEN={WRITTEN}" in own and INHERITED not in own
    assert WRITTEN not in other + gate and INHERITED not in other + gate
    kept = ground.everything()
    assert INHERITED.encode() not in kept and AT_HOME.encode() not in kept
    verbs = ("status --json", "log", "log a", "why a") if executor == "process" else ()  # they know no executor
    for verb in verbs:
        assert WRITTEN not in ground.swarm(*verb.split()).text, verb
    what_holds_the_values_is_for_their_owner_alone(ground)


def what_holds_the_values_is_for_their_owner_alone(ground: Ground) -> None:
    """The values of `env:` stand in the plan, the journal and the assignments, as they are needed again there."""
    root = ground.run.home.path
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    holding = [
        path for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and WRITTEN.encode() in path.read_bytes()
    ]  # fmt: skip
    names = {path.name.partition(".")[2] or path.name for path in holding}
    assert names == {"yaml", "jsonl", "assign", "1"}, holding  # the last is the record of a start
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holding)
    assert not list(root.rglob("bug-*"))
