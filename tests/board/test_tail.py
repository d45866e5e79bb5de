from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board import tail
from board.tail import Tail
from board.view.sheet import Ink, Span


def read(followed: Tail) -> list[str]:
    found = followed.read()
    assert found is not None
    return [line.text for line in found]


def test_what_is_new_is_added_and_without_news_it_is_the_same_object(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\n")
    followed = Tail(path)
    first = followed.read()
    assert followed.read() is first
    with path.open("a") as log:
        log.write("two\nthr")
    assert read(followed) == ["one", "two", "thr"]
    with path.open("a") as log:
        log.write("ee\n")
    assert read(followed) == ["one", "two", "three"]


def test_only_what_is_new_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_text("x" * 99 + "\n")
    followed = Tail(path)
    followed.read()
    asked: list[int] = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, count, at: asked.append(count) or pread(fd, count, at))
    followed.read()
    with path.open("a") as log:
        log.write("new\n")
    followed.read()
    assert asked == [0, 4]


def test_colours_go_on_over_lines_and_reads_and_sequences_may_come_in_halves(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\x1b[31mred\nstill \x1b[")
    followed = Tail(path)
    followed.read()
    with path.open("ab") as log:
        log.write("32mgreen caf\u00e9".encode()[:-1])
    followed.read()
    with path.open("ab") as log:
        log.write("\u00e9".encode()[1:] + b"\n")
    found = followed.read()
    assert found is not None
    assert [line.text for line in found] == ["red", "still green café"]
    assert found[1].spans == (Span(0, 6, Ink(fg=1)), Span(6, 16, Ink(fg=2)))


def test_a_progress_line_is_drawn_anew_however_long_it_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("\x1b[33m")
    followed = Tail(path)
    for percent in range(0, 101, 2):
        with path.open("a") as log:
            log.write(f"{percent}% " + "." * 2000 + "\r")
        [line] = followed.read() or ()
        assert line.text.startswith(f"{percent}% ")
        assert line.spans[0].look == Ink(fg=3)
    assert len(followed._pending) < 3000, "what was overwritten is forgotten"


def test_of_a_long_file_the_end_is_read_from_the_start_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    found = read(Tail(path))
    assert found[-1] == "line 99999"
    assert len(found) == tail.MOST_LINES
    assert all(line.startswith("line ") for line in found)


def test_a_line_that_was_cut_at_the_beginning_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}{'.' * 500}\n" for number in range(1000)))
    found = read(Tail(path))
    assert len(found) < tail.MOST_LINES
    assert all(line.startswith("line ") for line in found)


def test_a_burst_between_two_looks_is_passed_over_but_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("begun\n")
    followed = Tail(path)
    followed.read()
    with path.open("a") as log:
        log.writelines(f"line {number}\n" for number in range(100_000))
    found = read(followed)
    assert found[-1] == "line 99999"
    assert "begun" not in found
    assert all(line.startswith("line ") for line in found)


def test_an_endless_line_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "log"
    followed = Tail(path)
    for _ in range(4):
        with path.open("a") as log:
            log.write("x" * 1_000_000)
        assert len("".join(read(followed))) < tail.MOST_PENDING
        assert len(followed._pending) <= tail.MOST_PENDING + 1


def test_a_file_that_was_cut_or_replaced_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntwo\n")
    followed = Tail(path)
    followed.read()
    path.write_text("cut\n")
    assert read(followed) == ["cut"]
    path.unlink()
    assert followed.read() is None
    (tmp_path / "other").write_text("another\n")
    (tmp_path / "other").rename(path)
    assert read(followed) == ["another"]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd"), Path.mkdir])
def test_only_plain_files_are_read(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "log")
    assert Tail(tmp_path / "log").read() is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=4))
def test_it_does_not_matter_in_which_parts_a_file_is_written(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("parts") / "log"
    followed = Tail(path)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        with path.open("ab") as log:
            log.write(data[start:end])
        in_parts = followed.read()
    assert in_parts == Tail(path).read()
