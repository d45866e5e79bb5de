from __future__ import annotations

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest
from look_world import Said, make_run, swarm

from swarm import lease
from swarm.cli.health import machine, state
from swarm.cli.health.finding import Level
from swarm.core import events as e
from swarm.paths import home, private_dir, socket_dir
from swarm.tmux.server import TmuxServer


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def git(repo: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(repo), "-c", "user.name=T", "-c", "user.email=t@e.x", *words], check=True)


def level(said: Said, topic: str) -> str | None:
    """The worst level told of a topic; None where it is not spoken of."""
    levels = [one["level"] for one in said.json["findings"] if one["topic"] == topic]
    return max(levels, key=["ok", "warn", "fail"].index, default=None)


def test_every_line_has_a_level_and_bad_ones_a_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "doctor", "--json")
    topics = [one["topic"] for one in said.json["findings"]]
    machine = [topic for topic in topics if not topic.startswith("agent ")]
    assert machine[:5] == ["python", "git", "tmux", "agents", "sandbox"]
    assert machine[5:9] == ["disk", "memory", "inotify", "open files"]
    assert {"state", "socket", "repository", "runs", "disk of runs"} <= set(topics)
    assert all(one["level"] == "ok" or one["way_out"] for one in said.json["findings"])
    lines = swarm(capsys, "doctor").out.splitlines()
    assert lines[0].startswith("ok      python: 3.")


@pytest.fixture
def bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of programs that are found first."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "bin"


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_an_agent_that_is_here_is_told_with_its_version(bin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(bin / "claude", '[ "$*" = --version ] && [ -z "$ANTHROPIC_API_KEY" ] && echo "9.8.7 (Claude Code)"')
    program(bin / "codex", "echo broken >&2; exit 3")
    said = swarm(capsys, "doctor")
    assert "ok      agent claude: 9.8.7 (Claude Code)" in said.out
    assert "warn    agent codex: does not start (status 3): broken" in said.out
    assert "→ look what it says: codex --version" in said.out


def test_a_version_with_escape_codes_is_shown_without(bin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(bin / "claude", "printf '\\033]0;x\\007no version\\n'")
    assert "\x1b" not in swarm(capsys, "doctor").out


def test_a_configuration_that_is_wrong_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "swarm").mkdir()
    (tmp_path / "swarm" / "config.yaml").write_text("permission: all\n")
    said = swarm(capsys, "doctor")
    assert said.code == 1 and "unknown key 'permission'; did you mean permissions?" in said.out


def test_looking_leaves_nothing_behind(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swarm(capsys, "doctor")
    assert not home(repo / ".git").path.exists()
    assert list(Path(os.environ["XDG_STATE_HOME"]).iterdir()) == []


def test_a_missing_tmux_fails_and_names_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    said = swarm(capsys, "doctor")
    assert said.code == 1
    assert "fail    tmux: tmux was not found" in said.out
    assert "--executor process" in said.out
    assert swarm(capsys, "doctor", "--json").json["ok"] is False


def test_outside_a_repository_the_machine_is_looked_at_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nowhere").mkdir()
    monkeypatch.chdir(tmp_path / "nowhere")
    said = swarm(capsys, "doctor", "--json")
    assert level(said, "repository") == "warn"
    assert level(said, "git") == "ok"


def test_what_a_run_will_be_surprised_by_is_told(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repo / "sub").mkdir()
    (repo / "sub" / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (repo / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ./x\n')
    (repo / ".swarm").write_text("mine\n")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "surprises")
    (repo / "README.md").write_text("changed\n")
    said = swarm(capsys, "doctor", "--json")
    assert (level(said, "git-lfs"), level(said, "submodules"), level(said, "changes")) == ("warn", "warn", "warn")
    assert level(said, "door") == "fail"
    assert said.code == 1


def test_shallow_and_partial_clones_are_told(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repo, "commit", "--quiet", "--allow-empty", "--message", "second")
    git(repo, "config", "uploadpack.allowFilter", "true")
    url = repo.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth", "1", "--filter=blob:none", url, "clone")
    monkeypatch.chdir(tmp_path / "clone")
    said = swarm(capsys, "doctor", "--json")
    assert (level(said, "shallow clone"), level(said, "partial clone")) == ("warn", "fail")


def test_a_run_that_nobody_leads_is_told_with_the_way_on(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    assert "run demo: nobody leads it\n        → swarm resume demo" in swarm(capsys, "doctor").out
    worker = lease.take(made.dir.mailbox("worker-1").lock, {"pid": os.getpid()})
    assert worker is not None
    assert "nobody leads it, but worker-1 still at work" in swarm(capsys, "doctor").out
    worker.release()
    made.finish()
    assert level(swarm(capsys, "doctor", "--json"), "run demo") is None


def test_an_unreadable_journal_fails(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.dir.journal.write_bytes(b"rubbish\n" + made.dir.journal.read_bytes())
    assert level(swarm(capsys, "doctor", "--json"), "run demo") == "fail"


def test_fix_mends_a_half_made_worktree(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.finish()
    broken = made.hub.worktrees / "half"
    broken.mkdir(parents=True)
    (broken / "commondir").touch()
    assert level(swarm(capsys, "doctor", "--json"), "hub") == "warn"
    assert "mended  hub: half-made worktrees: half" in swarm(capsys, "doctor", "--fix").out
    assert not broken.exists()
    assert level(swarm(capsys, "doctor", "--json"), "hub") is None


@pytest.mark.tmux
def test_fix_ends_a_tmux_server_that_its_run_left(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo, executor="tmux")
    made.finish()
    server = TmuxServer(socket_dir(made.dir), "demo")
    server.ensure()
    assert "a tmux server without workers" in swarm(capsys, "doctor").out
    assert "mended" in swarm(capsys, "doctor", "--fix").out
    assert not server.socket.exists()


@pytest.mark.tmux
def test_fix_leaves_the_server_of_a_run_at_work_alone(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo, executor="tmux")
    server = TmuxServer(socket_dir(made.dir), "demo")
    server.ensure()
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "demo"})
    assert leader is not None
    assert "mended" not in swarm(capsys, "doctor", "--fix").out
    assert server.panes() is not None
    leader.release()
    server.kill()


def test_fix_removes_a_stale_socket(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.say(e.RunFinished())
    private_dir(socket_dir(made.dir))
    (socket_dir(made.dir) / "server.json").write_text("{}")
    assert "a stale tmux socket" in swarm(capsys, "doctor").out
    swarm(capsys, "doctor", "--fix")
    assert not socket_dir(made.dir).exists()


@pytest.mark.parametrize(
    ("free", "found"), [(10_000_000, Level.FAIL), (500_000_000, Level.WARN), (50_000_000_000, Level.OK)]
)
def test_room_on_the_disk(tmp_path: Path, free: int, found: Level) -> None:
    assert machine.disk(tmp_path, free).level is found


@pytest.mark.parametrize(("kilobytes", "found"), [(1_000, "fail"), (500_000, "warn"), (8_000_000, "ok")])
def test_room_in_memory(tmp_path: Path, kilobytes: int, found: str) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:   {kilobytes} kB\n")
    assert machine.memory(tmp_path).level == found


def test_limits_of_the_watcher(tmp_path: Path) -> None:
    limits = tmp_path / "sys/fs/inotify"
    limits.mkdir(parents=True)
    (limits / "max_user_watches").write_text("65536\n")
    (limits / "max_user_instances").write_text("128\n")
    descriptors = tmp_path / "123/fd"
    descriptors.mkdir(parents=True)
    assert machine.inotify(tmp_path).level is Level.OK
    for number in range(120):
        (descriptors / str(number)).symlink_to("anon_inode:inotify")
    found = machine.inotify(tmp_path)
    assert found.level is Level.WARN
    assert "max_user_instances=512" in found.way_out


def test_few_open_files_are_told() -> None:
    assert machine.open_files(256, 1024).level is Level.WARN
    assert machine.open_files(1024, resource.RLIM_INFINITY).level is Level.OK


def test_an_old_python_fails() -> None:
    assert machine.python((3, 10, 1)).level is Level.FAIL


def test_a_directory_that_cannot_be_written_fails() -> None:
    found = state.directory(Path("/proc/swarm"))
    assert found.level is Level.FAIL
    assert "/proc can't be written" in found.text


def test_the_file_system_of_a_path_is_that_of_the_deepest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    lines = "/dev/a / ext4 rw 0 0", f"host:/x {tmp_path}/with\\040space nfs4 rw 0 0", f"/dev/b {tmp_path}/w xfs rw 0 0"
    mounts.write_text("\n".join(lines))
    assert state.file_system(tmp_path / "with space" / "deep", mounts) == "nfs4"
    assert state.file_system(tmp_path / "other", mounts) == "ext4"
    assert state.file_system(tmp_path, tmp_path / "nix") == ""


def test_a_socket_path_that_is_too_long_fails(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("x" * 100)))
    assert state.socket(home(repo / ".git")).level is Level.FAIL
