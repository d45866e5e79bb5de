from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest_tmux import Stage, wait_for

from swarm.errors import SwarmError
from swarm.process import Identity, alive, ended_within, identity, signal_process
from swarm.tmux import record
from swarm.tmux.server import OPEN_FILES, TmuxServer

pytestmark = pytest.mark.tmux


def ask(server: TmuxServer, *words: str) -> str:
    """What a tmux client of somebody else's hears on the server's socket."""
    argv = ["tmux", "-S", str(server.socket), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.rstrip("\n")


def life_of(server: TmuxServer) -> Identity:
    life = identity(int(ask(server, "display-message", "-p", "#{pid}")))
    assert life is not None
    return life


def test_ensure_starts_a_private_server_and_asks_nothing_more_of_it(server: TmuxServer) -> None:
    assert server.panes() is None
    server.ensure()
    first = life_of(server)
    server.ensure()
    assert life_of(server) == first
    assert server.panes() == {}
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700


def test_many_at_once_start_one_server(server: TmuxServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: TmuxServer(server.socket.parent, "add-auth").ensure(), range(8)))
    assert ask(server, "list-sessions", "-F", "#{session_name}") == "swarm"
    assert record.read(server.socket.parent / "server.json") == life_of(server)


def test_a_killed_server_is_unknown_and_ensure_makes_another(stage: Stage) -> None:
    stage.open("worker-1")
    life = life_of(stage.server)
    signal_process(life, signal.SIGKILL)
    assert ended_within(life, 10)
    assert stage.server.panes() is None
    stage.server.ensure()
    assert stage.server.panes() == {}
    assert life_of(stage.server) != life
    pane = stage.open("worker-2")
    assert stage.server.panes() == {"worker-2": pane}


def test_a_deleted_socket_comes_back_with_the_same_panes(stage: Stage) -> None:
    pane = stage.open("worker-1")
    stage.server.socket.unlink()
    assert stage.server.panes() is None
    stage.server.ensure()
    assert stage.server.panes() == {"worker-1": pane}


def test_a_server_whose_directory_was_removed_comes_back_with_the_same_panes(stage: Stage) -> None:
    pane = stage.open("worker-1")
    shutil.rmtree(stage.server.socket.parent)
    stage.server.ensure()
    assert stage.server.panes() == {"worker-1": pane}


def test_a_server_whose_directory_was_removed_is_ended_all_the_same(stage: Stage, tmp_path: Path) -> None:
    stage.open("worker-1")
    life = life_of(stage.server)
    theirs = stage.server.open_window("a-person", ["env", "-u", "TMUX", "tmux", "-D"], {}, tmp_path)
    wait_for((stage.server.socket.parent / f"tmux-{os.getuid()}" / "default").exists)
    shutil.rmtree(stage.server.socket.parent)
    person = identity(theirs.pid)
    assert person and alive(person)
    stage.server.kill()
    assert not alive(life)
    assert alive(person)  # a server ignores SIGHUP
    signal_process(person, signal.SIGTERM)
    assert ended_within(person, 10)


def test_a_server_whose_record_was_lost_is_recorded_again(stage: Stage) -> None:
    path = stage.server.socket.parent / "server.json"
    path.write_text("{")
    stage.server.ensure()
    assert record.read(path) == life_of(stage.server)


def test_a_tmux_that_talks_nonsense_is_told_in_a_sentence(
    server: TmuxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = tmp_path / "tmux"
    front.write_text(
        '#!/bin/sh\ncase "$*" in *display-message*) echo "what?" ;; *) exec '
        f'{shutil.which("tmux")} "$@" ;; esac\n'
    )
    front.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with pytest.raises(SwarmError, match=r"for its server and said 'what\?'"):
            server.ensure()


def test_a_session_that_a_person_closed_is_begun_again(stage: Stage) -> None:
    stage.open("worker-1")
    life = life_of(stage.server)
    ask(stage.server, "kill-session", "-t", "=swarm")
    assert stage.server.panes() is None
    stage.server.ensure()
    assert stage.open("worker-1").worker == "worker-1"
    assert life_of(stage.server) == life


def test_no_secret_of_ours_is_in_the_server_or_its_panes(
    server: TmuxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "LC_TOKEN"):
        monkeypatch.setenv(name, "a-secret-of-ours")
    server.ensure()
    stage = Stage(server, tmp_path)
    pane = stage.open("worker-1", env={"SWARM_RUN": "add-auth"})
    told = stage.told("worker-1")["env"]
    assert "a-secret-of-ours" not in told.values()
    assert told["SWARM_RUN"] == "add-auth"
    for pid in (pane.pid, life_of(server).pid):
        assert b"a-secret-of-ours" not in Path(f"/proc/{pid}/environ").read_bytes()
    # Nor do they come in by a person's client, whose environment tmux would copy into the session.
    ask(server, "new-session", "-d", "-s", "theirs")
    for scope in (["-g"], ["-t", "swarm"], ["-t", "theirs"]):
        assert "a-secret-of-ours" not in ask(server, "show-environment", *scope)


def test_what_an_agent_prints_reaches_neither_clipboard_nor_terminal(stage: Stage) -> None:
    assert ask(stage.server, "show-options", "-sv", "set-clipboard") == "off"
    assert ask(stage.server, "show-options", "-gv", "allow-passthrough") == "off"
    assert ask(stage.server, "show-options", "-gv", "allow-rename") == "off"


def test_the_status_line_names_the_run(stage: Stage) -> None:
    assert "add-auth" in ask(stage.server, "display-message", "-p", "#{E:status-left}")
    assert "C-b d leave" in ask(stage.server, "display-message", "-p", "#{E:status-right}")


def test_a_locale_without_utf_8_makes_no_underscores(
    server: TmuxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    server.ensure()
    pane = server.open_window("worker-1", ["sh", "-c", "echo grün…; sleep 600"], {}, tmp_path)
    wait_for(lambda: "grün…" in server.capture(pane.id, 20))


def test_the_server_may_open_many_files(server: TmuxServer) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = len(os.listdir("/proc/self/fd")) + 64  # for us to go on with
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    try:
        server.ensure()
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        assert resource.prlimit(life_of(server).pid, resource.RLIMIT_NOFILE)[0] == wanted
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_no_descriptor_of_ours_is_inherited(server: TmuxServer, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w"):
        server.ensure()
        held = [os.readlink(link) for link in Path(f"/proc/{life_of(server).pid}/fd").iterdir()]
    assert str(tmp_path / "lock") not in held
    assert str(server.socket.parent) not in held


def test_after_kill_neither_process_nor_file_is_left(stage: Stage) -> None:
    life = life_of(stage.server)
    pane = identity(stage.open("worker-1").pid)
    stage.told("worker-1")
    stage.server.kill()
    assert not alive(life)
    assert pane is not None
    assert ended_within(pane, 10)
    assert not stage.server.socket.parent.exists()
    stage.server.kill()
    assert stage.server.panes() is None


def test_kill_leaves_what_somebody_else_put_beside_the_socket(stage: Stage) -> None:
    theirs = stage.server.socket.with_name("tmux-0")
    theirs.mkdir()
    stage.server.kill()
    assert [path.name for path in theirs.parent.iterdir()] == ["tmux-0"]


def test_kill_ends_a_server_that_lost_its_socket(stage: Stage) -> None:
    life = life_of(stage.server)
    stage.server.socket.unlink()
    stage.server.kill()
    assert not alive(life)


def test_kill_ends_a_server_whose_record_was_lost(stage: Stage) -> None:
    life = life_of(stage.server)
    (stage.server.socket.parent / "server.json").unlink()
    stage.server.kill()
    assert not alive(life)


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_unknown_and_never_doubled(stage: Stage) -> None:
    life = life_of(stage.server)
    signal_process(life, signal.SIGSTOP)
    with pytest.raises(SwarmError, match="doesn't answer") as caught:
        stage.server.ensure()
    assert f"kill -9 {life.pid}" in caught.value.hint
    stage.server.kill()
    assert not alive(life)


def test_a_stranger_with_the_recorded_pid_is_left_alone(server: TmuxServer) -> None:
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        server.socket.parent.mkdir(mode=0o700)
        seen = identity(stranger.pid)
        assert seen is not None
        record.write(server.socket.parent / "server.json", Identity(seen.pid, (seen.start or 0) - 1))
        server.kill()
        server.ensure()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
