from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from swarm.core import events as e
from swarm.core.plan import Plan, Task
from swarm.errors import SwarmError
from swarm.journal import CorruptJournal, Journal, JournalFull, Reader, encode_line

BASE = "b" * 40


def lost(n: int, text: str = "its lock is free") -> tuple[float, float, tuple[e.Event, ...]]:
    return 1000.5 + n, float(n), (e.WorkerLost(f"worker-{n}", text), e.WorkerDetached(f"worker-{n}"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def written(path: Path) -> Path:
    """A journal of three entries."""
    journal = Journal(path)
    journal.append([lost(1), lost(2)])
    journal.append([lost(3, "the last one: ü")])
    journal.close()
    return path


def read(path: Path) -> list[e.Entry]:
    return Reader(path).read()


def torn(path: Path) -> list[bytes]:
    return [found.read_bytes() for found in sorted(path.parent.glob("journal.jsonl.torn-*"))]


# round trip


def test_what_was_appended_is_read_again(path: Path) -> None:
    plan = Plan("p", (Task("a", "A", "do it", env={"X": "1"}),), run_budget=2.5)
    journal = Journal(path)
    first = journal.append([(1.5, 2.5, (e.RunStarted("r", "/r", BASE, None, plan),))])
    more = journal.append([lost(1), (3, 4, ()), lost(2)])
    journal.close()
    assert [entry.seq for entry in (*first, *more)] == [1, 2, 3, 4]
    assert read(path) == [*first, *more]
    again = Journal(path)
    assert again.entries == [*first, *more]
    assert again.append([lost(3)])[0].seq == 5
    again.close()
    assert len(read(path)) == 5
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_empty_journal_and_an_empty_batch(path: Path) -> None:
    journal = Journal(path)
    assert journal.append([]) == []
    journal.close()
    assert (Journal(path).entries, read(path)) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "\n\r\n",
        "\u2028\x85\x0c",
        "ü 😀",
        "\ud800 alone",
        '"\\',
        "\x00\x1b[2J",
        "x" * 300_000,
    ],
)
def test_any_text_survives(path: Path, text: str) -> None:
    journal = Journal(path)
    entries = journal.append([lost(1, text), lost(2)])
    journal.close()
    assert path.read_bytes().count(b"\n") == 2
    assert read(path) == entries


def test_a_reader_follows_a_writer_and_never_sees_half_a_line(path: Path) -> None:
    journal = Journal(path)
    reader = Reader(path)
    seen = []
    for n in range(20):
        written = journal.append([lost(2 * n), lost(2 * n + 1)])
        line, _ = encode_line(e.Entry(99, 0.0, 0.0, ()), 0)
        with open(path, "ab") as half:
            half.write(line[: n + 1])
        found = reader.read()
        assert found == written
        assert reader.read() == []
        os.truncate(path, reader.offset)
        seen += found
    journal.close()
    assert seen == read(path)


def test_a_reader_needs_a_journal(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(path)


# torn and broken


def test_a_tail_torn_at_any_byte_is_set_aside_and_the_journal_goes_on(written: Path) -> None:
    whole = written.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for size in range(last, len(whole)):
        written.write_bytes(whole[:size])
        assert len(read(written)) == 2
        journal = Journal(written)
        assert len(journal.entries) == 2
        assert written.read_bytes() == whole[:last]
        assert torn(written) == ([whole[last:size]] if size > last else [])
        (entry,) = journal.append([lost(3, "the last one: ü")])
        journal.close()
        assert entry.seq == 3
        assert written.read_bytes().startswith(whole[:last])
        assert len(read(written)) == 3
        for aside in written.parent.glob("*.torn-*"):
            aside.unlink()


def test_what_was_set_aside_before_is_kept(written: Path) -> None:
    for text in (b"first", b"second", b"third"):
        with open(written, "ab") as file:
            file.write(text)
        Journal(written).close()
    assert sorted(torn(written)) == [b"first", b"second", b"third"]


def test_a_tail_of_garbage_is_set_aside(written: Path) -> None:
    for tail in (b"\x00" * 4096, b"{}\n", b'{"crc":"00000000","seq":4}\n', b"\n", b'{"crc":"zzzzzzzz",\n'):
        before = written.read_bytes()
        written.write_bytes(before + tail)
        journal = Journal(written)
        journal.close()
        assert len(journal.entries) == 3
        assert written.read_bytes() == before


def test_a_flipped_bit_before_the_last_line_refuses_and_names_the_offset(written: Path) -> None:
    whole = written.read_bytes()
    ends = [n + 1 for n, byte in enumerate(whole) if byte == 0x0A]
    for line, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        for place in range(start, end - 1, 7):
            for bit in (0x01, 0x80):
                broken = bytearray(whole)
                broken[place] ^= bit
                if broken[place] == 0x0A:
                    continue
                written.write_bytes(broken)
                if line == 2:
                    assert len(read(written)) == 2  # nothing tells it from a torn one
                    continue
                with pytest.raises(CorruptJournal, match=f"the line at byte {start} can't be read"):
                    read(written)
                with pytest.raises(CorruptJournal):
                    Journal(written)
                assert written.read_bytes() == bytes(broken)


def test_lines_that_are_missing_or_exchanged_refuse(written: Path) -> None:
    one, two, three = written.read_bytes().splitlines(keepends=True)
    for lines in ([two, three], [one, three, two], [two, one, three], [one, one, two]):
        written.write_bytes(b"".join(lines))
        with pytest.raises(CorruptJournal):
            read(written)


def forged(line: bytes, change: Callable[[dict[str, object]], None], crc: int = 0) -> bytes:
    """A line with other content and a crc that fits."""
    record = json.loads(line)
    del record["crc"]
    change(record)
    body = json.dumps(record, separators=(",", ":")).encode()
    return b'{"crc":"%08x",' % zlib.crc32(body, crc) + body[1:] + b"\n"


def test_a_newer_version_refuses_even_in_the_last_line(written: Path) -> None:
    line = written.read_bytes().splitlines()[0]
    written.write_bytes(forged(line, lambda record: record.update(v=2)))
    for attempt in (read, Journal):
        with pytest.raises(SwarmError, match="newer version of swarm \\(format 2\\)"):
            attempt(written)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["events"][0].update(event="SomethingNew"),
        lambda record: record["events"][0].update(added_later=1),
        lambda record: record["events"][0].pop("worker"),
        lambda record: record["events"][0].pop("event"),
    ],
)
def test_a_whole_line_of_an_unknown_kind_is_never_taken_for_a_torn_one(
    written: Path, change: Callable[[dict[str, object]], None]
) -> None:
    unknown = forged(written.read_bytes().splitlines()[0], change)
    written.write_bytes(unknown)
    for attempt in (read, Journal):
        with pytest.raises(SwarmError, match="entry 1 of the journal is unknown to this version"):
            attempt(written)
    assert written.read_bytes() == unknown
    assert torn(written) == []


def test_a_journal_behind_a_link_is_refused(written: Path) -> None:
    link = written.with_name("link.jsonl")
    link.symlink_to(written)
    with pytest.raises(OSError, match="symbolic links"):
        Journal(link)


# writes that fail

SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from swarm.core import events as e
from swarm.journal import Journal, JournalFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path, size, batch = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
journal = Journal(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
n = 0
while True:
    try:
        entries = journal.append([(0.0, 0.0, (e.WorkerLost(f"w{n}", "x" * 50),)) for _ in range(batch)])
    except JournalFull as error:
        print("full", error.message, "|", error.hint)
        break
    n = entries[-1].seq
try:
    journal.append([(0.0, 0.0, ())])
except JournalFull as error:
    print("still", error.message)
print(n, path.stat().st_size)
"""


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("size", [1000, 1001, 1037, 1120])
def test_a_short_write_is_cut_back_and_nothing_more_is_taken(path: Path, size: int, batch: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(path), str(size), str(batch)], capture_output=True, text=True, check=True
    )
    full, still, numbers = ran.stdout.splitlines()
    count, left = map(int, numbers.split())
    assert full.startswith("full ")
    assert full.endswith("free some space, then: swarm resume")
    assert "took no more after a failed write" in still
    assert left == path.stat().st_size <= size
    assert len(read(path)) == count
    again = Journal(path)
    assert torn(path) == []
    assert again.append([lost(1)])[0].seq == count + 1
    again.close()


def test_an_error_of_the_disk_stops_the_journal(written: Path) -> None:
    journal = Journal(written)
    journal.close()
    with pytest.raises(JournalFull, match="could not be written: Bad file descriptor"):
        journal.append([lost(4)])
    with pytest.raises(JournalFull, match="took no more"):
        journal.append([lost(4)])
    assert len(read(written)) == 3


# kill -9

WRITER = """
import sys
from pathlib import Path
from swarm.core import events as e
from swarm.journal import Journal
journal = Journal(Path(sys.argv[1]))
while True:
    batch = [(0.0, 0.0, (e.WorkerLost(f"w{n}", "x" * 200),)) for n in range(5)]
    sys.stdout.write(f"{journal.append(batch)[-1].seq}\\n")
    sys.stdout.flush()
"""


def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(path: Path) -> None:
    before = 0
    for round in range(8):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(20 + 7 * round):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
            said = [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        entries = read(path)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert len(entries) >= (int(said[-1]) if said else before)
        before = len(entries)
