"""The reader of traces sees what a strict disk would lose, and nothing else."""

from __future__ import annotations

from flushes import Call, unflushed


def trace(*lines: str) -> list[Call]:
    """Calls of one thread, as `name path…`."""
    return [Call(1, 1, "leader", line.split()[0], tuple(line.split()[1:])) for line in lines]


def test_a_file_that_was_flushed_named_and_whose_directory_was_flushed_is_safe() -> None:
    assert not list(unflushed(trace("fsync /s/.a", "rename /s/.a /s/a", "fsync /s", "write /s/journal.jsonl")))


def test_contents_that_were_not_flushed_before_they_got_their_name_are_seen() -> None:
    [wrong] = unflushed(trace("rename /s/.a /s/a", "fsync /s"))
    assert "before /s/.a was flushed" in wrong


def test_a_directory_that_was_not_flushed_before_the_journal_went_on_is_seen() -> None:
    [wrong] = unflushed(trace("fsync /s/.a", "rename /s/.a /s/a", "write /s/journal.jsonl", "fsync /s"))
    assert "the directory of /s/a was not flushed" in wrong


def test_what_another_thread_flushes_is_no_promise_of_this_one() -> None:
    other = Call(1, 2, "leader", "fsync", ("/s",))
    assert list(unflushed([*trace("fsync /s/.a", "link /s/.a /s/a"), other]))
