from __future__ import annotations

import io
from pathlib import Path

from swarm.cli.logfile import STEP, LogFile


def copied(log: LogFile, *, all_of_it: bool = True) -> str:
    to = io.StringIO()
    log.copy(to, all_of_it=all_of_it)
    return to.getvalue()


def test_a_missing_file_is_empty_and_may_come_later(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "output.log")
    assert copied(log) == ""
    (tmp_path / "output.log").write_text("here\n")
    assert copied(log) == "here\n"


def test_an_unfinished_line_is_held_back_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    log = LogFile(path)
    path.write_text("first\nsec")
    assert copied(log, all_of_it=False) == "first\n"
    with path.open("a") as file:
        file.write("ond\n")
    assert copied(log, all_of_it=False) == "second\n"


def test_an_escape_code_that_comes_in_two_pieces_does_not_slip_through(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    log = LogFile(path)
    path.write_text("safe \x1b]0;own")
    first = copied(log, all_of_it=False)
    with path.open("a") as file:
        file.write("ed\x07text")
    assert first + copied(log) == "safe text\n"


def test_a_character_that_comes_in_two_pieces_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    log = LogFile(path)
    path.write_bytes("gr\u00fcn".encode()[:3])
    assert copied(log, all_of_it=False) == ""
    with path.open("ab") as file:
        file.write("gr\u00fcn".encode()[3:])
    assert copied(log) == "gr\u00fcn\n"


def test_a_line_longer_than_memory_wants_to_hold_is_shown_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("x" * (3 * STEP))
    assert len(copied(LogFile(path), all_of_it=False)) >= 2 * STEP


def test_the_rest_is_one_harmless_text(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text("a\x1b[2Jb\nc")
    assert LogFile(path).rest() == "ab\nc"
