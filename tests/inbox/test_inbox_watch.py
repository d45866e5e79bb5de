"""The doorbell: it rings after a change, goes on after what makes watchers deaf, and its silence only delays."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inbox.maildir import Maildir
from inbox.message import Message
from inbox.watch import Watch, wait_for

Until = Callable[..., None]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "watched"
    path.mkdir()
    return path


@pytest.fixture
def bell(directory: Path) -> Iterator[Watch]:
    with Watch([directory]) as one:
        armed(one)
        yield one


def armed(bell: Watch) -> None:
    """Waits for the ring that says: from here on I hear.  Then takes it back."""
    assert bell.wait(20)
    bell.clear()


def test_it_rings_when_a_file_comes_and_is_silent_before(bell: Watch, directory: Path) -> None:
    assert not bell.wait(0.05)
    (directory / "a").touch()
    assert bell.wait(20)
    assert bell.wait(0), "it goes on ringing until it is cleared"


def test_it_rings_when_a_file_is_renamed_into_place(bell: Watch, directory: Path) -> None:
    (directory.parent / "draft").touch()
    os.rename(directory.parent / "draft", directory / ".git")
    assert bell.wait(20)


def test_a_selector_hears_it(bell: Watch, directory: Path) -> None:
    (directory / "a").touch()
    assert select.select([bell], [], [], 20)[0] == [bell]


def test_thousands_of_rings_neither_block_nor_outlast_one_clear(bell: Watch) -> None:
    for _ in range(100_000):
        bell.ring()
    bell.clear()
    assert not bell.wait(0)


def test_it_rings_once_it_listens_so_that_nothing_falls_in_between(directory: Path) -> None:
    (directory / "there-already").touch()
    with Watch([directory]) as bell:
        assert bell.wait(20)


def test_a_directory_made_again_is_heard_again(bell: Watch, directory: Path) -> None:
    for _ in range(3):
        shutil.rmtree(directory)
        directory.mkdir()  # often with the same inode number
        # Two rings for the old one, at most; what has to come in the end is a ring for the new one alone.
        heard = threading.Event()
        deadline = time.monotonic() + 20
        while not heard.is_set():
            assert time.monotonic() < deadline, "deaf after the directory was made again"
            while bell.wait(0.7):
                bell.clear()
            (directory / f"{time.monotonic_ns()}").touch()
            if bell.wait(0.3):
                heard.set()
        bell.clear()


def test_a_directory_that_was_replaced_is_heard(bell: Watch, directory: Path, until: Until) -> None:
    (directory.parent / "other").mkdir()
    os.rename(directory, directory.parent / "gone")
    os.rename(directory.parent / "other", directory)

    def heard() -> bool:
        bell.clear()
        (directory / f"{time.monotonic_ns()}").touch()
        return bell.wait(0.2)

    until(heard)


def test_a_directory_that_comes_later_is_heard(directory: Path, until: Until) -> None:
    with Watch([directory / "later"]) as bell:
        assert not bell.wait(0.05)
        (directory / "later").mkdir()
        armed(bell)
        (directory / "later" / "a").touch()
        assert bell.wait(20)


def test_one_that_comes_later_beside_others_is_heard(directory: Path) -> None:
    with Watch([directory, directory.parent / "later"]) as bell:
        armed(bell)
        (directory.parent / "later").mkdir()
        armed(bell)
        (directory.parent / "later" / "a").touch()
        assert bell.wait(20)


def test_a_link_that_leads_elsewhere_now_is_followed(directory: Path) -> None:
    link = directory.parent / "link"
    link.symlink_to(directory)
    with Watch([link]) as bell:
        armed(bell)
        (directory.parent / "other").mkdir()
        (directory.parent / "draft").symlink_to(directory.parent / "other")
        os.rename(directory.parent / "draft", link)
        armed(bell)
        (directory.parent / "other" / "a").touch()
        assert bell.wait(20)


def test_a_path_can_be_added_while_it_listens(bell: Watch, directory: Path) -> None:
    (directory.parent / "second").mkdir()
    bell.add(directory.parent / "second")
    armed(bell)
    bell.add(directory.parent / "second")
    assert not bell.wait(0.1), "adding it again changes nothing"
    (directory.parent / "second" / "a").touch()
    assert bell.wait(20)
    bell.clear()
    (directory / "a").touch()
    assert bell.wait(20), "and the first one is still heard"


def test_a_relative_path_and_a_link_are_watched(directory: Path, monkeypatch: pytest.MonkeyPatch, until: Until) -> None:
    monkeypatch.chdir(directory.parent)
    (directory.parent / "link").symlink_to(directory)
    for path in ("watched", "link"):
        with Watch([path]) as bell:
            armed(bell)
            (directory / f"through-{path}").touch()
            assert bell.wait(20)


def test_it_works_when_started_from_another_thread(directory: Path) -> None:
    heard: list[bool] = []

    def elsewhere() -> None:
        with Watch([directory]) as bell:
            armed(bell)
            (directory / "a").touch()
            heard.append(bell.wait(20))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(60)
    assert heard == [True]


def test_closing_ends_its_thread_and_is_safe_to_repeat(directory: Path, until: Until) -> None:
    before = threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd"))
    for paths in ([directory], [directory / "missing"], []):
        bell = Watch(paths)
        bell.close()
        bell.close()
        bell.ring()
    assert threading.active_count() == before
    until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors)


def test_arming_anew_uses_nothing_up(bell: Watch, directory: Path, until: Until) -> None:
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for number in range(20):
        bell.add(directory.parent / f"missing-{number}")
        armed(bell)
    until(lambda: (threading.active_count(), len(os.listdir("/proc/self/fd"))) <= before)


@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)", "sys.stdout.flush(); os._exit(0)"])
def test_one_that_is_never_closed_does_not_keep_the_interpreter(
    directory: Path, python: Callable[..., subprocess.Popen[str]], ending: str
) -> None:
    script = "import os, sys; from inbox.watch import Watch; "
    script += "all = [Watch([sys.argv[1]], step=1) for _ in range(30)]; print(all[0].wait(20)); " + ending
    child = python("-c", script, str(directory), stderr=subprocess.PIPE)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, "True\n", "")


def test_without_inotify_messages_still_come_by_the_scan(
    box: Maildir, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """In a user namespace of its own, where the kernel grants no inotify instance at all."""
    script = """
import sys, threading
from inbox.maildir import Maildir
from inbox.message import Message
from inbox.watch import Watch, wait_for
box = Maildir(sys.argv[1])
with Watch([box.new]) as bell:
    rung = bell.wait(1.5)
    sender = threading.Timer(0.2, box.send, [Message("1-a", "a", "b", "note", "by the scan", 1.0)])
    sender.start()
    found = wait_for(box, timeout=30, bell=bell)
    print(rung, bell.trouble is not None, found[1].text)
"""
    limit = "/proc/sys/user/max_inotify_instances"
    shell = f'echo 0 > {limit} && exec "$@"'
    allowed = shutil.which("unshare") and os.access(limit, os.F_OK)
    if not allowed or subprocess.run(["unshare", "-Ur", "sh", "-c", shell, "sh", "true"], check=False).returncode:
        pytest.skip("needs a user namespace to take inotify away")
    command = ["unshare", "-Ur", "sh", "-c", shell, "sh", sys.executable, "-c", script, str(box.path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)
    assert done.stdout == "False True by the scan\n", done.stderr


def test_waiting_gives_what_is_there_at_once(box: Maildir, make: Callable[..., Message]) -> None:
    first, second = make(), make()
    box.send(second)
    box.send(first)
    found = wait_for(box, timeout=0)
    assert found is not None and found[1] == first
    found = wait_for(box, timeout=0, passing_over={found[0]})
    assert found is not None and found[1] == second


def test_waiting_in_vain_gives_nothing(box: Maildir, make: Callable[..., Message]) -> None:
    box.send(make(kind="note"))
    assert wait_for(box, {"assign"}, timeout=0.05) is None


def test_waiting_ends_when_a_message_comes(box: Maildir, make: Callable[..., Message]) -> None:
    message = make(kind="assign")
    with Watch([box.new]) as bell:
        armed(bell)
        sender = threading.Thread(target=box.send, args=(message,))
        sender.start()
        found = wait_for(box, {"assign"}, timeout=20, bell=bell)
        sender.join()
    assert found is not None and found[1] == message


def test_a_message_comes_to_a_waiting_reader_though_the_bell_is_deaf(
    box: Maildir, make: Callable[..., Message], until: Until
) -> None:
    found: list[object] = []
    with Watch([]) as bell:
        waiting = threading.Thread(target=lambda: found.append(wait_for(box, bell=bell)), daemon=True)
        waiting.start()
        box.send(make())
        until(lambda: found)
        waiting.join()
    assert found != [None]


def test_what_a_shell_drops_comes_to_a_waiting_reader(box: Maildir) -> None:
    shell = subprocess.Popen(["sh", "-c", "sleep 0.2; echo hello > note.txt"], cwd=box.new)
    found = wait_for(box, timeout=20)
    shell.wait()
    assert found is not None and found[1].text == "hello"


def test_without_watchfiles_a_message_comes_all_the_same(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "box").create()
    program = """
import sys
sys.modules["watchfiles"] = None  # as where its wheel does not fit this machine
from inbox.maildir import Maildir
from inbox.watch import Watch, wait_for
box = Maildir(sys.argv[1])
with Watch([box.new]) as bell:
    print(bell.wait(0.1), flush=True)
    found = wait_for(box, timeout=60, bell=bell)
    print(found[1].text, bell.trouble)
"""
    reader = subprocess.Popen([sys.executable, "-c", program, str(box.path)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "False\n"
    box.send(Message("m-1", "worker-1", "operator", "note", "hello", 1.0))
    said, _ = reader.communicate(timeout=60)
    assert said.startswith("hello nothing is watched: ")
