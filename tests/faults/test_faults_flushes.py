"""The reader of traces sees what a strict disk would lose, and nothing else."""

from __future__ import annotations

from flushes import Call, unflushed


def trace(*lines: str) -> list[Call]:
    """Calls of one thread, as `name path…`."""
    return [Call(1, 1, "leader", line.split()[0], tuple(line.split()[1:])) for line in lines]


LINE = ("write /s/journal.jsonl", "fdatasync /s/journal.jsonl")


def test_a_line_of_the_journal_that_was_not_flushed_at_once_is_seen() -> None:
    for then in ((), ("rename /s/.a /s/a",), ("fsync /s/other",)):
        wrong = list(unflushed(trace("fsync /s/.a", LINE[0], *then)))
        assert "a line of the journal was not flushed" in wrong[0]


def test_a_file_that_was_flushed_named_and_whose_directory_was_flushed_is_safe() -> None:
    assert not list(unflushed(trace("fsync /s/.a", "rename /s/.a /s/a", "fsync /s", *LINE)))


def test_contents_that_were_not_flushed_before_they_got_their_name_are_seen() -> None:
    [wrong] = unflushed(trace("rename /s/.a /s/a", "fsync /s"))
    assert "before /s/.a was flushed" in wrong


def test_a_directory_that_was_not_flushed_before_the_journal_went_on_is_seen() -> None:
    [wrong] = unflushed(trace("fsync /s/.a", "rename /s/.a /s/a", *LINE, "fsync /s"))
    assert "the directory of /s/a was not flushed" in wrong


def test_what_another_thread_flushes_is_no_promise_of_this_one() -> None:
    other = Call(1, 2, "leader", "fsync", ("/s",))
    assert list(unflushed([*trace("fsync /s/.a", "link /s/.a /s/a"), other]))
