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
from swarm.errors import Busy, SwarmError
from swarm.journal import CorruptJournal, CutBack, Journal, JournalFull, Reader
from swarm.lines import encode_line

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


# lines that were read and then taken back


def taken_back(path: Path) -> tuple[Reader, list[e.Entry]]:
    """A reader that has read three entries of a batch that was cut back after the first."""
    journal = Journal(path)
    journal.append([lost(1)])
    size = path.stat().st_size
    journal.append([lost(2), lost(3)])
    reader = Reader(path)
    seen = reader.read()
    os.truncate(path, size)
    journal.close()
    return reader, seen


def follows(reader: Reader, path: Path) -> list[e.Entry]:
    with pytest.raises(CutBack) as cut:
        reader.read()
    assert cut.value.seq == 1
    return [*read(path)[:1], *reader.read()]


def test_a_reader_is_told_that_lines_were_taken_back(path: Path) -> None:
    reader, seen = taken_back(path)
    assert len(seen) == 3
    assert follows(reader, path) == read(path)
    assert reader.read() == []


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_reader_goes_on_with_what_took_the_place_of_lines_taken_back(path: Path, count: int) -> None:
    reader, _ = taken_back(path)
    journal = Journal(path)
    journal.append([lost(9 - n) for n in range(count)])
    journal.append([lost(20)])
    assert follows(reader, path) == read(path)
    journal.append([lost(21)])
    journal.close()
    assert reader.read() == read(path)[-1:]


def test_a_reader_that_stands_on_a_line_written_anew_alike_goes_on(path: Path) -> None:
    reader, seen = taken_back(path)
    journal = Journal(path)
    journal.append([lost(2), lost(3), lost(4)])
    journal.close()
    assert [*seen, *reader.read()] == read(path)


def test_corruption_stays_corruption_for_whoever_reads_on(written: Path) -> None:
    reader = Reader(written)
    reader.read()
    whole = bytearray(written.read_bytes())
    whole[5] ^= 1
    written.write_bytes(whole)
    assert reader.read() == []  # nothing of what is new is wrong
    whole[-3] ^= 1
    written.write_bytes(whole)
    with pytest.raises(CorruptJournal):
        reader.read()


# one writer, one file


def test_two_writers_of_one_journal_are_refused(written: Path) -> None:
    first = Journal(written)
    with pytest.raises(Busy, match="another leader still has"):
        Journal(written)
    first.close()
    Journal(written).close()


@pytest.mark.parametrize("how", ["removed", "replaced", "a link"])
def test_a_journal_that_is_no_longer_at_its_path_takes_nothing(written: Path, how: str) -> None:
    journal = Journal(written)
    before = written.read_bytes()
    away = written.with_name("away")
    written.rename(away)
    if how == "replaced":
        written.write_bytes(before)
    elif how == "a link":
        written.symlink_to(away)
    with pytest.raises(SwarmError, match="removed or replaced"):
        journal.append([lost(4)])
    assert away.read_bytes() == before
    away.replace(written)
    with pytest.raises(JournalFull):
        journal.append([lost(4)])
    journal.close()


def test_what_is_no_plain_file_is_refused_at_once(path: Path) -> None:
    os.mkfifo(path)
    for attempt in (read, Journal):
        with pytest.raises(SwarmError, match="not a plain file"):
            attempt(path)
    path.unlink()
    path.mkdir()
    for attempt in (read, Journal):
        with pytest.raises(SwarmError, match="not a plain file"):
            attempt(path)


def test_a_line_of_another_run_at_the_end_is_set_aside(written: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    journal = Journal(other)
    journal.append([lost(7), lost(8), lost(9), lost(10)])
    journal.close()
    before = written.read_bytes()
    last = other.read_bytes().splitlines(keepends=True)[-1]
    for foreign in (last, before.splitlines(keepends=True)[-1]):
        written.write_bytes(before + foreign)
        journal = Journal(written)
        journal.close()
        assert (len(journal.entries), written.read_bytes()) == (3, before)
    assert last in torn(written)
