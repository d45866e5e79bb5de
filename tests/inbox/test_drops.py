"""Files dropped by a shell: taken whole, once, and only when they are finished."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inbox.drops import SETTLE_NS, DropBox
from inbox.maildir import Maildir
from inbox.message import MAX_TEXT_BYTES, NOTE

HOUR_NS = 3600 * 10**9


@pytest.fixture
def drops(tmp_path: Path) -> DropBox:
    (tmp_path / "drops").mkdir()
    (tmp_path / "bad").mkdir()
    return DropBox(tmp_path / "drops", tmp_path / "bad")


def later() -> int:
    """A time at which whatever was dropped up to now has settled."""
    return time.time_ns() + HOUR_NS


def seen(drops: DropBox) -> list[str]:
    """The names that a plain `ls` shows."""
    return sorted(name for name in os.listdir(drops.path) if not name.startswith("."))


def why(drops: DropBox, name: str) -> str:
    return (drops.bad / f"{name}.why").read_text()


def test_a_directory_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert DropBox(tmp_path / "nowhere").collect(SETTLE_NS, later()) == []


def test_what_a_shell_echoes_is_a_message(drops: DropBox) -> None:
    subprocess.run(["sh", "-c", "echo 'hi there' > note.txt"], cwd=drops.path, check=True)
    (dropped,) = drops.collect(SETTLE_NS, later())
    message = dropped.message("worker-1", "worker-2")
    assert (message.sender, message.to, message.kind, message.text) == ("worker-1", "worker-2", NOTE, "hi there")
    assert drops.remove(dropped)
    assert seen(drops) == []
    assert drops.collect(SETTLE_NS, time.time_ns()) == []
    assert len(os.listdir(drops.path)) == 1, "kept for a while, for a writer that comes late"
    assert drops.collect(SETTLE_NS, later()) == []
    assert os.listdir(drops.path) == []


def test_a_file_is_left_until_it_has_stood_still(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    changed = os.stat(drops.path / "a").st_mtime_ns
    assert drops.collect(SETTLE_NS, changed + SETTLE_NS - 1) == []
    assert drops.unsettled
    assert len(drops.collect(SETTLE_NS, changed + SETTLE_NS)) == 1
    assert not drops.unsettled


def test_two_equal_looks_settle_a_file_whose_time_lies_in_the_future(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    os.utime(drops.path / "a", ns=(later(), later()))
    now = time.time_ns()
    assert drops.collect(SETTLE_NS, now) == []
    with open(drops.path / "a", "a") as file:
        file.write("two\n")
    os.utime(drops.path / "a", ns=(later(), later()))
    assert drops.collect(SETTLE_NS, now + SETTLE_NS) == []
    assert drops.collect(SETTLE_NS, now + 2 * SETTLE_NS - 1) == []
    assert [dropped.text for dropped in drops.collect(SETTLE_NS, now + 2 * SETTLE_NS)] == ["one\ntwo"]


def test_a_clock_that_was_set_back_only_delays(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    changed = os.stat(drops.path / "a").st_mtime_ns
    assert drops.collect(SETTLE_NS, changed - HOUR_NS) == []
    assert drops.collect(SETTLE_NS, changed - 2 * HOUR_NS) == []
    assert len(drops.collect(SETTLE_NS, changed - 2 * HOUR_NS + SETTLE_NS)) == 1


def test_a_file_that_is_still_open_for_writing_is_not_finished_however_old(drops: DropBox) -> None:
    with open(drops.path / "a", "w") as writer:
        writer.write("first\n")
        writer.flush()
        assert drops.collect(SETTLE_NS, later()) == []
        assert not drops.unsettled, "waiting for a writer is no reason to look again at once"
        writer.write("second\n")
    assert [dropped.text for dropped in drops.collect(SETTLE_NS, later())] == ["first\nsecond"]


def test_a_shell_that_writes_slowly_gives_one_whole_message(drops: DropBox, until: Callable[..., None]) -> None:
    script = "for i in 1 2 3 4 5; do echo $i; sleep 0.15; done > note.txt"
    writer = subprocess.Popen(["sh", "-c", script], cwd=drops.path)
    found = []

    def collected() -> bool:
        for dropped in drops.collect(SETTLE_NS, time.time_ns()):
            if drops.remove(dropped):
                found.append(dropped.text)
        return writer.poll() is not None and seen(drops) == []

    until(collected)
    assert found == ["1\n2\n3\n4\n5"]


def test_a_program_that_appends_again_and_again_loses_no_line_and_repeats_none(
    drops: DropBox, python: Callable[..., subprocess.Popen[str]], until: Callable[..., None]
) -> None:
    script = """
import random, sys, time
for number in range(3000):
    until = time.perf_counter() + random.random() * 4e-4
    while time.perf_counter() < until:
        pass
    with open(sys.argv[1], "a") as file:
        file.write(f"{number}\\n")
"""
    writer = python("-c", script, str(drops.path / "log"))
    lines: list[str] = []

    def collected() -> bool:
        ended = writer.poll() is not None
        found = drops.collect(0, time.time_ns())
        for dropped in found:
            lines.extend(dropped.text.split("\n"))
            drops.remove(dropped)
        return ended and not found and seen(drops) == []

    until(collected, seconds=60)
    assert lines == [str(number) for number in range(3000)]


def test_what_was_appended_after_the_text_was_read_comes_by_itself(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    (dropped,) = drops.collect(SETTLE_NS, later())
    with open(drops.path / "a", "a") as file:
        file.write("two\n")
    assert not drops.remove(dropped)
    (rest,) = drops.collect(SETTLE_NS, later())
    assert rest.text == "two"
    assert (rest.salt, rest.dropped_ns) != (dropped.salt, dropped.dropped_ns)
    assert drops.remove(rest)
    assert drops.collect(SETTLE_NS, later()) == []
    assert os.listdir(drops.path) == []


def test_what_a_late_writer_adds_comes_by_itself(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    (dropped,) = drops.collect(SETTLE_NS, later())
    with open(drops.path / "a", "a") as file:
        assert drops.remove(dropped)
        assert drops.collect(SETTLE_NS, later()) == [], "not deleted under a writer, however late it is"
        file.write("two\n")
    again = DropBox(drops.path, drops.bad)
    assert [rest.text for rest in again.collect(SETTLE_NS, later())] == ["two"]


def test_what_a_late_writer_writes_over_the_old_text_comes_whole(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    (dropped,) = drops.collect(SETTLE_NS, later())
    with open(drops.path / "a", "r+") as file:
        assert drops.remove(dropped)
        file.write("another text\n")
    assert [again.text for again in drops.collect(SETTLE_NS, later())] == ["another text"]


def test_another_file_that_took_the_name_is_not_deleted(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    (dropped,) = drops.collect(SETTLE_NS, later())
    (drops.path / "b").write_text("one\n")
    os.rename(drops.path / "b", drops.path / "a")
    assert not drops.remove(dropped)
    assert [again.text for again in drops.collect(SETTLE_NS, later())] == ["one"]


def test_removing_what_somebody_deleted_is_no_error(drops: DropBox) -> None:
    (drops.path / "a").write_text("one\n")
    (dropped,) = drops.collect(SETTLE_NS, later())
    os.unlink(drops.path / "a")
    assert drops.remove(dropped)


def test_killed_between_sending_and_removing_it_is_not_delivered_twice(drops: DropBox, tmp_path: Path) -> None:
    box = Maildir(tmp_path / "box").create()
    (drops.path / "a").write_text("one\n")
    for looker in (drops, DropBox(drops.path, drops.bad)):
        (dropped,) = looker.collect(SETTLE_NS, later())
        box.send(dropped.message("worker-1", "leader"))
        for name in box.unread():
            box.acknowledge(name)
    assert len(box.finished()) == 1


def test_the_same_words_dropped_twice_are_two_messages(drops: DropBox) -> None:
    salts = set()
    for _ in range(2):
        subprocess.run(["sh", "-c", "echo same > a && touch -d '2001-01-01' a"], cwd=drops.path, check=True)
        (dropped,) = drops.collect(SETTLE_NS, later())
        salts.add((dropped.dropped_ns, dropped.salt))
        assert drops.remove(dropped)
        assert drops.collect(SETTLE_NS, later()) == []  # deletes it: the next file may get the same inode
    assert len(salts) == 2


def test_unfinished_business_is_left_alone(drops: DropBox) -> None:
    for name in (".note.swp", "note~", ".hidden"):
        (drops.path / name).write_text("x")
    (drops.path / "empty").touch()
    assert drops.collect(SETTLE_NS, later()) == []
    assert not drops.unsettled
    assert sorted(os.listdir(drops.path)) == [".hidden", ".note.swp", "empty", "note~"]


def test_hostile_files_are_set_aside_with_the_reason(drops: DropBox) -> None:
    os.mkfifo(drops.path / "fifo")
    os.symlink("/dev/zero", drops.path / "link")
    (drops.path / "directory").mkdir(mode=0o500)
    (drops.path / "noise").write_bytes(b"\xff\xfe")
    (drops.path / "big").write_bytes(b"x" * (MAX_TEXT_BYTES + 1))
    (drops.path / "one").write_text("x")
    os.link(drops.path / "one", drops.path / "two")
    (drops.path / "good").write_text("still here")
    found = drops.collect(SETTLE_NS, later())
    assert [dropped.name for dropped in found] == ["good"]
    assert "pipe" in why(drops, "fifo")
    assert "link" in why(drops, "link")
    assert "directory" in why(drops, "directory")
    assert "utf-8" in why(drops, "noise")
    assert "too large" in why(drops, "big")
    assert "2 hard links" in why(drops, "one")
    assert drops.stuck == {}


def test_a_hostile_file_under_a_name_of_ours_is_set_aside(drops: DropBox) -> None:
    os.mkfifo(drops.path / ".taken-1-2-3-00000000")
    assert drops.collect(SETTLE_NS, later()) == []
    assert "pipe" in why(drops, ".taken-1-2-3-00000000")


def test_what_cannot_be_set_aside_is_told_and_stops_nobody(drops: DropBox) -> None:
    drops.bad.rmdir()
    drops.bad.write_text("somebody put a file here")
    os.mkfifo(drops.path / "fifo")
    (drops.path / "good").write_text("x")
    assert [dropped.name for dropped in drops.collect(SETTLE_NS, later())] == ["good"]
    assert "pipe" in drops.stuck["fifo"]
    os.unlink(drops.path / "fifo")
    drops.collect(SETTLE_NS, later())
    assert drops.stuck == {}


def test_the_longest_text_that_is_taken_fits_into_a_message(drops: DropBox, tmp_path: Path) -> None:
    box = Maildir(tmp_path / "box").create()
    (drops.path / "big").write_bytes(b"x" * MAX_TEXT_BYTES)
    (dropped,) = drops.collect(SETTLE_NS, later())
    box.send(dropped.message("worker-1", "leader"))
    assert len(next(iter(box.receive()))[1].text) == MAX_TEXT_BYTES


def test_any_name_that_a_file_can_have_is_taken(drops: DropBox) -> None:
    for name in (b"a b;$(x)", b"-rf", b"\xff\xfe", b"n" * 255, b"new\nline", b"\x1b[2J"):
        with open(os.path.join(os.fsencode(drops.path), name), "wb") as file:
            file.write(b"text")
    found = drops.collect(SETTLE_NS, later())
    assert len(found) == 6
    assert len({dropped.message("a", "b").id for dropped in found}) == 6
    assert all(drops.remove(dropped) for dropped in found)
    assert seen(drops) == []
