from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest_tmux import Stage, has_ended, wait_for

from swarm.errors import SwarmError
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer

pytestmark = pytest.mark.tmux

NASTY = [
    "two words", "it's", '"quoted"', "$(touch broken)", "`touch broken`", "$HOME", "~", "*", "a&b", "a|b", ">x",
    "trailing;", ";", r"\;", r"back\slash", "a;b", "a ; kill-server", "#{pane_id}", "##", "#[bold]", "#(touch broken)",
    "%1", "{", "}", "-", "--", "-t", "", "é…", "two\nlines", "tab\there", "NAME=value", "%if",
]  # fmt: skip


def test_each_word_reaches_the_program_as_it_stands(stage: Stage, tmp_path: Path) -> None:
    stage.open("worker-1", NASTY)
    assert stage.told("worker-1")["argv"] == NASTY
    assert not (tmp_path / "broken").exists()


@pytest.mark.parametrize("last", ["trailing;", ";", r"\;", "", "#{pane_id}"])
def test_the_last_word_reaches_the_program_as_it_stands(stage: Stage, last: str) -> None:
    stage.open("worker-1", ["first", last])
    assert stage.told("worker-1")["argv"] == ["first", last]


def test_a_single_word_is_a_program_and_never_a_shell_line(stage: Stage, tmp_path: Path) -> None:
    program = tmp_path / "echo it; touch broken"
    program.write_text(f"#!/bin/sh\necho \"$0\" >'{tmp_path}/ran'\n")
    program.chmod(0o755)
    stage.server.open_window("worker-1", [str(program)], {}, tmp_path)
    wait_for(lambda: (tmp_path / "ran").exists() and (tmp_path / "ran").read_text())
    assert (tmp_path / "ran").read_text() == f"{program}\n"
    assert not (tmp_path / "broken").exists()


def test_the_environment_reaches_the_program_as_it_stands(stage: Stage) -> None:
    given = {f"NASTY_{number}": value for number, value in enumerate(NASTY)}
    stage.open("worker-1", env=given)
    told = stage.told("worker-1")["env"]
    assert {name: told[name] for name in given} == given


def test_the_program_begins_in_its_directory_whatever_that_is_called(stage: Stage, tmp_path: Path) -> None:
    odd = tmp_path / "a #{pane_id} #[x] 'b';"
    odd.mkdir()
    stage.open("worker-1", cwd=odd)
    assert stage.told("worker-1")["cwd"] == str(odd)


def test_where_the_directory_is_missing_nothing_runs_elsewhere(stage: Stage, tmp_path: Path) -> None:
    pane = stage.open("worker-1", cwd=tmp_path / "missing")
    wait_for(lambda: has_ended(pane))
    assert not (tmp_path / "worker-1").exists()


def test_ten_workers_have_ten_windows_each_with_its_own_program(stage: Stage) -> None:
    opened = {f"worker-{number}": stage.open(f"worker-{number}") for number in range(1, 11)}
    assert stage.server.panes() == opened
    assert len({pane.window for pane in opened.values()}) == 10
    assert {name: stage.told(name)["pid"] for name in opened} == {name: pane.pid for name, pane in opened.items()}


def test_a_window_opens_in_our_session_though_a_person_made_others(stage: Stage) -> None:
    socket = ["tmux", "-S", str(stage.server.socket)]
    for name in ("theirs", "swarming", "swar"):
        subprocess.run([*socket, "new-session", "-d", "-s", name], check=True)
    pane = stage.open("worker-1")
    listed = [*socket, "list-windows", "-t", "=swarm", "-F", "#{window_id} #{window_name}"]
    windows = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
    assert f"{pane.window} worker-1" in windows


def test_closing_worker_1_leaves_worker_10(stage: Stage) -> None:
    tenth, first = stage.open("worker-10"), stage.open("worker-1")
    assert stage.server.close(first)
    assert stage.server.panes() == {"worker-10": tenth}
    assert not stage.server.close(first)
    assert stage.server.panes() == {"worker-10": tenth}


def test_a_pane_that_carries_another_mark_is_not_closed(stage: Stage) -> None:
    pane = stage.open("worker-1")
    assert not stage.server.close(Pane("worker-2", pane.id, pane.pid, pane.window))
    assert not stage.server.close(Pane("worker-1", "%0", 1, "@0"))  # the first window, which is nobody's
    assert stage.server.panes() == {"worker-1": pane}


@pytest.mark.parametrize("argv", [["true"], ["no-such-program", "x"]])
def test_a_window_whose_program_ended_at_once_stays(stage: Stage, tmp_path: Path, argv: list[str]) -> None:
    pane = stage.server.open_window("worker-1", argv, {}, tmp_path)
    # The screen isn't asked: tmux 3.3a may lose what such a program said, and that it ended.
    wait_for(lambda: has_ended(pane))
    assert stage.server.panes() == {"worker-1": pane}


def test_of_two_panes_of_one_worker_the_newer_counts(stage: Stage) -> None:
    stage.open("worker-1")
    newer = stage.open("worker-1")
    assert stage.server.panes() == {"worker-1": newer}


@pytest.mark.parametrize("name", ["", "a b", "worker;1", "#{pid}", "-t", "x\ny", "Worker"])
def test_a_name_that_tmux_could_read_as_something_else_is_refused(stage: Stage, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        stage.server.open_window(name, ["true"], {}, Path("/"))


def test_without_a_server_no_window_opens_and_the_error_says_so(server: TmuxServer, tmp_path: Path) -> None:
    with pytest.raises(SwarmError, match="opened no window for worker-1"):
        server.open_window("worker-1", ["true"], {}, tmp_path)


def test_capture_shows_the_last_lines_of_each_pane_that_is_there(stage: Stage, tmp_path: Path) -> None:
    program = "import signal\nfor n in range(100): print('zeile', n, '…')\nsignal.pause()"
    panes = [stage.server.open_window(f"worker-{n}", [sys.executable, "-c", program], {}, tmp_path) for n in (1, 2)]
    expected = "\n".join(f"zeile {n} …" for n in range(97, 100))
    for pane in panes:
        wait_for(lambda pane=pane: stage.server.capture(pane.id, 3) == expected)  # type: ignore[misc]
    ids = [panes[0].id, "%998", panes[1].id, "%999", panes[0].id]
    assert stage.server.capture_many(ids, 3) == {pane.id: expected for pane in panes}
    assert stage.server.capture("%999", 3) == ""
    assert stage.server.capture_many([], 3) == {}


def test_what_is_no_address_of_a_pane_is_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="not a pane"):
        stage.server.capture("worker-1", 3)


def test_no_escape_codes_are_captured(stage: Stage, tmp_path: Path) -> None:
    text = r"\033[31mred\033[0m\n\033]0;title\007plain\n"
    pane = stage.server.open_window("worker-1", ["sh", "-c", f"printf '{text}'; sleep 600"], {}, tmp_path)
    wait_for(lambda: "plain" in stage.server.capture(pane.id, 20))
    assert "\033" not in stage.server.capture(pane.id, 20)


def test_the_user_s_own_tmux_is_not_touched(stage: Stage, world: Path) -> None:
    neighbour = ["tmux", "-f", "/dev/null", "-S", str(world / "rt" / "neighbour")]
    for name in ("worker-1", "worker-10", "swarm"):
        subprocess.run([*neighbour, "new-session", "-d", "-s", name, "sleep 600"], check=True)
    look = [*neighbour, "list-panes", "-a", "-F", "#{session_name} #{pane_id} #{pane_pid} #{@swarm_worker}"]
    before = subprocess.run(look, check=True, capture_output=True, text=True).stdout
    try:
        pane = stage.open("worker-1")
        stage.server.close(pane)
        stage.open("worker-10")
        stage.server.kill()
        assert subprocess.run(look, check=True, capture_output=True, text=True).stdout == before
    finally:
        subprocess.run([*neighbour, "kill-server"], check=True)
        (world / "rt" / "neighbour").unlink()


def test_a_caller_who_sits_in_a_tmux_of_their_own_is_no_matter(
    stage: Stage, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stage.open("worker-1")
    monkeypatch.setenv("TMUX", f"{world}/rt/neighbour,1,0")
    monkeypatch.setenv("TMUX_PANE", first.id)
    second = stage.open("worker-2")
    assert stage.server.panes() == {"worker-1": first, "worker-2": second}
