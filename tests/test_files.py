"""Small files: whole or not at all, once or not again, and whatever stands there instead does no harm."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from swarm.errors import SwarmError
from swarm.files import (
    check_room,
    read_json,
    read_part,
    size_of,
    tail,
    write_json,
    write_json_once,
    write_once,
    write_whole,
)


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for data in (b"one", b"", b"three"):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert path.stat().st_mode & 0o077 == 0
    assert os.listdir(tmp_path) == ["f"]


def test_the_first_of_two_wins_and_the_second_is_told(tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert write_once(path, b"one")
    assert not write_once(path, b"two")
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["f"]


def test_of_many_at_once_exactly_one_wins(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from swarm.files import write_once\n"
        "sys.exit(not write_once(Path(sys.argv[1]), sys.argv[2].encode()))"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "f")]
    writers = [subprocess.Popen([*argv, f"writer {number}"]) for number in range(4)]
    assert sorted(writer.wait(30) for writer in writers) == [0, 1, 1, 1]
    assert (tmp_path / "f").read_text().startswith("writer ")


@pytest.mark.parametrize("write", [write_whole, write_once])
def test_a_write_that_fails_leaves_what_was_there_and_no_draft(tmp_path: Path, write: object) -> None:
    code = (
        "import resource, signal, sys; from pathlib import Path; from swarm import files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try: getattr(files, sys.argv[2])(Path(sys.argv[1]), b'x' * 1000)\n"
        "except OSError: sys.exit(7)\n"
    )
    assert resource.RLIMIT_FSIZE is not None
    name = "write_whole" if write is write_whole else "write_once"
    path = tmp_path / ("old" if write is write_whole else "new")
    (tmp_path / "old").write_bytes(b"old")
    assert subprocess.run([sys.executable, "-c", code, str(path), name]).returncode == 7
    assert (os.listdir(tmp_path), (tmp_path / "old").read_bytes()) == (["old"], b"old")


def test_a_link_that_stands_there_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("safe")
    (tmp_path / "f").symlink_to(tmp_path / "victim")
    write_whole(tmp_path / "f", b"new")
    assert ((tmp_path / "victim").read_text(), (tmp_path / "f").is_symlink()) == ("safe", False)
    (tmp_path / "g").symlink_to(tmp_path / "victim")
    assert not write_once(tmp_path / "g", b"new")
    assert (tmp_path / "victim").read_text() == "safe"


def test_json_comes_back(tmp_path: Path) -> None:
    write_json(tmp_path / "f", {"a": [1, "é"]})
    assert read_json(tmp_path / "f") == {"a": [1, "é"]}
    assert not write_json_once(tmp_path / "f", {})


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b"[" * 200_000, b'{"a": ' * 200_000,
        b'{"a":"' + b"x" * (2 << 20) + b'"}',
    ],
    ids=["empty", "torn", "list", "number", "null", "not utf-8", "deep list", "deep object", "huge"],
)  # fmt: skip
def test_json_that_makes_no_sense_is_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    assert read_json(tmp_path / "f") == {}


def put(path: Path, what: str) -> None:
    match what:
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "link":
            (path.parent / "other").write_text(json.dumps({"a": 1}))
            path.symlink_to(path.parent / "other")
        case "circle":
            path.symlink_to(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "under a file":
            path.parent.write_text("")


@pytest.mark.parametrize("what", ["nothing", "pipe", "directory", "link", "circle", "endless", "under a file"])
def test_what_is_no_plain_file_is_read_as_nothing_and_never_waited_for(tmp_path: Path, what: str) -> None:
    path = tmp_path / "d" / "f" if what == "under a file" else tmp_path / "f"
    put(path, what)
    before = len(os.listdir("/proc/self/fd"))
    assert (read_json(path), tail(path, 100), read_part(path, 0, 100), size_of(path)) == ({}, "", b"", 0)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_sparse_file_of_a_terabyte_is_read_at_its_end_only(tmp_path: Path) -> None:
    with open(tmp_path / "f", "wb") as file:
        file.truncate(1 << 40)
        file.seek(0, os.SEEK_END)
        file.write(b"\nthe end\n")
    assert tail(tmp_path / "f", 100) == "the end\n"
    assert read_json(tmp_path / "f") == {}


@pytest.mark.parametrize(
    ("data", "most", "expected"),
    [
        (b"a\nb\nc\n", 100, "a\nb\nc\n"),
        (b"a\nb\nc\n", 3, "c\n"),
        (b"abcdef", 3, "def"),
        ("é".encode() * 3, 3, "�é"),
        (b"", 3, ""),
    ],
)
def test_a_tail_begins_with_a_line_where_it_can(tmp_path: Path, data: bytes, most: int, expected: str) -> None:
    (tmp_path / "f").write_bytes(data)
    assert tail(tmp_path / "f", most) == expected


def statvfs(bytes_free: int, files: int, files_free: int) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, 1 << 30, 0, bytes_free // 4096, files, 0, files_free, 0, 255))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (statvfs(1 << 30, 1 << 20, 1 << 20), ""),
        (statvfs(1 << 30, 0, 0), ""),  # a file system that counts no names
        (statvfs(4096, 1 << 20, 1 << 20), "4 KiB are free"),
        (statvfs(1 << 30, 1 << 20, 3), "3 more files can be made"),
    ],
)
def test_a_disk_without_bytes_or_without_names_is_told_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: os.statvfs_result, said: str
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: found)
    if not said:
        check_room(tmp_path, "then go on")
        return
    with pytest.raises(SwarmError, match=said) as caught:
        check_room(tmp_path / "not" / "there", "then go on")
    assert caught.value.hint == "free some space, then go on"
