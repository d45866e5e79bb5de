"""`swarm dashboard` as a person meets it: what it prints, what it refuses, and what is left of it."""

from __future__ import annotations

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from dashboard_program import PATIENCE, Program, program, shown_run

from board.browser.listener import listen
from swarm.cli import main
from swarm.cli.dashboard import tunnel
from swarm.errors import SwarmError, UsageError
from swarm.paths import RunDir


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    found = shown_run(tmp_path)
    monkeypatch.setenv("SWARM_MAIL", str(found.mailbox("operator").path))
    return found


def get(url: str, path: str | None = None, cookie: str = "") -> tuple[int, str, str]:
    """A request: status, cookie, where to."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", path or f"{parts.path}?{parts.query}", headers={"Cookie": cookie} if cookie else {})
        answer = connection.getresponse()
        answer.read()
        given = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        return answer.status, given, answer.getheader("Location") or ""
    finally:
        connection.close()


@contextmanager
def a_tab(served: Program) -> Iterator[socket.socket]:
    """A websocket to a board, spelt out byte for byte; the first of the board's bytes has come."""
    parts = urlsplit(served.url)
    _, cookie, _ = get(served.url)
    with socket.create_connection((str(parts.hostname), parts.port), PATIENCE) as wire:
        lines = (
            f"GET {parts.path}socket/1?width=80&height=24 HTTP/1.1", f"Host: {parts.netloc}", f"Cookie: {cookie}",
            f"Origin: http://{parts.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
        )  # fmt: skip
        wire.sendall("\r\n".join(lines).encode())
        found = b""
        while b"migrate" not in found:
            more = wire.recv(65536)
            assert more, found
            found += more
        assert found.startswith(b"HTTP/1.1 101 ")
        yield wire


def ends(pid: int) -> None:
    """Wait for the end of a process that is not our child."""
    try:
        life = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([life], [], [], PATIENCE)[0], f"{pid} lives on"
    finally:
        os.close(life)


@pytest.mark.slow
def test_it_prints_a_link_serves_the_board_and_ends_with_a_sentence(run: RunDir) -> None:
    with program(run) as served:
        assert {**served.said, "url": ""} == {
            "url": "", "run": "add-auth", "read_only": False, "port": urlsplit(served.url).port,
        }  # fmt: skip
        assert served.boards == [], "a board is there for a tab"
        with a_tab(served):
            [board] = served.boards
            code, said = served.interrupt()
        assert code == 0
        assert "Ctrl-C ends the dashboard, not the run" in said
        assert "the link for another one" in said
        assert said.splitlines()[-1] == "the dashboard has ended; the run goes on without it"
        assert not os.path.exists(f"/proc/{board}")


@pytest.mark.slow
def test_a_killed_dashboard_leaves_no_board_behind(run: RunDir) -> None:
    with program(run) as served, a_tab(served):
        [board] = served.boards
        assert os.getsid(board) == board, "keys that are meant for the dashboard don't reach it"
        served.process.send_signal(signal.SIGKILL)
        ends(board)


@pytest.mark.slow
def test_the_secrets_are_on_no_command_line_in_no_environment_and_in_no_file(run: RunDir, tmp_path: Path) -> None:
    with program(run) as served:
        token = urlsplit(served.url).query.partition("=")[2]
        _, cookie, _ = get(served.url)
        served.url = str(served.next_link()["url"])
        with a_tab(served):
            pids = [served.process.pid, *served.boards]
            assert len(pids) == 2
            for secret in (token, cookie.partition("=")[2]):
                for pid in pids:
                    for name in ("cmdline", "environ"):
                        assert secret.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
                for path in [*tmp_path.rglob("*"), *Path(os.environ["HOME"]).rglob("*")]:
                    assert not path.is_file() or secret.encode() not in path.read_bytes(), path
        _, said = served.interrupt()
        assert token not in said


@pytest.mark.slow
def test_who_only_watches_is_served_a_board_that_was_told_so(run: RunDir) -> None:
    with program(run, "--read-only") as served, a_tab(served):
        assert served.said["read_only"] is True
        [board] = served.boards
        words = Path(f"/proc/{board}/cmdline").read_bytes().split(b"\0")
        assert words[-4:] == [b"board", b"--no-notify", b"--read-only", b""]


@pytest.mark.slow
def test_over_ssh_it_says_how_to_get_there(run: RunDir) -> None:
    with program(run, env={"SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22", "LOGNAME": "ann"}) as served:
        port = urlsplit(served.url).port
        assert f"ssh -N -L {port}:127.0.0.1:{port} ann@192.0.2.1" in served.interrupt()[1]


@pytest.mark.parametrize(
    ("connection", "url", "expected"),
    [
        ("a 1 192.0.2.1 22", "http://127.0.0.1:8080/x", "ssh -N -L 8080:127.0.0.1:8080 ann@192.0.2.1"),
        ("a 1 192.0.2.1 2222", "http://127.0.0.1:9/x", "ssh -N -L 9:127.0.0.1:9 -p 2222 ann@192.0.2.1"),
        ("a 1 2001:db8::1 22", "http://[::1]:8080/x", "ssh -N -L 8080:[::1]:8080 ann@2001:db8::1"),
        ("", "http://127.0.0.1:8080/x", "ssh -N -L 8080:127.0.0.1:8080 ann@HOST"),
    ],
)
def test_the_tunnel_leads_to_the_same_port(
    connection: str, url: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ann")
    assert tunnel(connection, url) == expected


# what is refused


def test_a_port_that_is_taken_is_told_with_a_way_out(run: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["dashboard", "--port", str(port)]) == 1
    said = capsys.readouterr()
    assert f"port {port} of 127.0.0.1 is taken" in said.err
    assert "swarm dashboard --port 0" in said.err
    assert said.out == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", "127.0.0.2", "", "::ffff:127.0.0.1"])
def test_it_listens_on_this_machine_only(run: RunDir, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--port", "0", "--host", host]) == 2
    said = capsys.readouterr()
    assert "the dashboard is for this machine alone" in said.err and "ssh -L" in said.err


@pytest.mark.parametrize("port", [-1, 65536, 10**20])
def test_a_port_that_is_none_is_told(port: int) -> None:
    with pytest.raises(UsageError) as error:
        listen("127.0.0.1", port)
    assert "ports go from 1 to 65535" in error.value.message


def test_what_it_listens_on_is_no_address_of_the_network() -> None:
    for host, address in {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1"}.items():
        with listen(host, 0) as found:
            assert found.getsockname()[0] == address
            assert not found.get_inheritable()


def test_a_port_of_a_dashboard_that_has_just_ended_can_be_had_again() -> None:
    with listen("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            there, _ = found.accept()
            there.close()  # ours closes first: its end of the connection lingers
    with listen("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port
        with pytest.raises(SwarmError):
            listen("127.0.0.1", port)


def test_without_a_run_it_says_how_to_begin(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    assert main(["dashboard"]) == 1
    assert "there is no run in this repository yet" in capsys.readouterr().err


def test_no_other_verb_pays_for_it() -> None:
    heavy = ("aiohttp", "textual_serve", "textual", "jinja2")
    code = (
        "import sys, swarm.cli, swarm.cli.dashboard, swarm.cli.board, swarm.cli.status\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
        "import board.app\nprint([name for name in ('aiohttp', 'textual_serve') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n[]\n"
