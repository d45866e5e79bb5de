from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.view import harmless

HOSTILE = [
    "\x1b[2J\x1b[H", "\x1b]0;owned\x07", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "\x9b31m",
    "\x1bP1$r\x1b\\", "\x07\x08\x7f", "\r\n\t\v\f", "\ud800", "\u202egnp.exe", "\u2066x\u2069", "\u200b\u200d\ufeff",
    "\u2028", "e" + "\u0301" * 500, "[bold red]x[/]", "[@click=app.quit]x[/]", "\x1b", "\x1b[", "\x1b]",
    "\x1b]0;never ended",
]  # fmt: skip


def is_harmless(text: str) -> bool:
    text.encode()  # half a character would take the terminal's driver down
    return not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    assert is_harmless(harmless.line(text))
    assert all(is_harmless(line) for line in harmless.block(text))


@given(st.text(st.characters()))
def test_any_text_becomes_harmless(text: str) -> None:
    assert is_harmless(harmless.line(text))
    assert all(is_harmless(line) for line in harmless.block(text))


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"])))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert harmless.line(text, most=10_000) == text or not text.isascii()


def test_markup_is_text() -> None:
    assert harmless.line("[bold]x[/bold]") == "[bold]x[/bold]"


def test_colours_are_dropped_and_other_sequences_shown() -> None:
    assert harmless.block("\x1b[1;32mok\x1b[0m") == ["ok"]
    assert harmless.block("a\x1bcb") == ["a␛cb"]


def test_an_unfinished_sequence_hides_nothing() -> None:
    assert harmless.block("\x1b]0;title that never ends\nsecret line\n") == ["␛]0;title that never ends", "secret line"]


def test_a_progress_line_shows_its_last_state() -> None:
    assert harmless.block("10%\r50%\r100%\r\ndone\n") == ["100%", "done"]


def test_piles_of_combining_marks_are_cut() -> None:
    assert len(harmless.line("e" + "\u0301" * 500)) <= 1 + harmless.MAX_MARKS + len("…")


def test_a_long_line_is_cut_with_an_ellipsis() -> None:
    assert harmless.line("x" * 10_000, most=10) == "x" * 9 + "…"
    assert len(harmless.block("y" * 1_000_000)[0]) == harmless.MAX_LINE


def test_only_the_last_lines_are_kept_where_asked() -> None:
    assert harmless.block("a\nb\nc\n", most=2) == ["b", "c"]
    assert harmless.block("") == []


def test_no_character_of_the_basic_plane_gets_through() -> None:
    assert [code for code in range(0x10000) if not is_harmless(harmless.line(f"x{chr(code)}x"))] == []
