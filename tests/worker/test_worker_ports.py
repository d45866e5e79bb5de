"""Leased ports: one holder at a time on this machine, and never one on which somebody listens."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from worker_world import WorkerWorld

from swarm.worker.ports import COUNT, FIRST, Ports


def test_two_attempts_that_look_in_the_same_place_get_different_ports(tmp_path: Path) -> None:
    one, other = Ports(tmp_path / "ports"), Ports(tmp_path / "ports")
    mine, theirs = one.lease(("A", "B"), "w"), other.lease(("A", "B"), "w")
    assert len({*mine.values(), *theirs.values()}) == 4
    assert all(FIRST <= port < FIRST + COUNT for port in mine.values())
    one.release()
    other.release()


def test_a_port_is_free_again_once_its_attempt_has_ended(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    first = ports.lease(("A",), "w")
    ports.release()
    assert ports.lease(("A",), "w") == first
    ports.release()


def test_a_port_on_which_somebody_listens_is_passed_over(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    first = ports.lease(("A",), "w")
    ports.release()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first["A"]))
        taken.listen()
        assert ports.lease(("A",), "w") != first
    ports.release()


def test_a_running_attempt_holds_its_port_and_lets_it_go(place: WorkerWorld, tmp_path: Path) -> None:
    line = f"echo $PORT > {tmp_path}/port; while test ! -e {tmp_path}/go; do sleep 0.02; done"
    place.assign(place.work(line, lease=("PORT",)))
    place.begin()
    place.until(lambda: (tmp_path / "port").exists() and (tmp_path / "port").read_text())
    port = int((tmp_path / "port").read_text())
    ours = Ports(place.run.home.ports)
    assert ours.lease(("PORT",), str(place.mail.path)) != {"PORT": port}
    ours.release()
    (tmp_path / "go").touch()
    place.end_of()
    place.until(lambda: ours.lease(("PORT",), str(place.mail.path)) == {"PORT": port} or ours.release())
    ours.release()
    assert os.listdir(place.run.home.ports)
