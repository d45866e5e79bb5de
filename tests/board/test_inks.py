from __future__ import annotations

import pytest
from board_golden import same_as_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from test_harmless import HOSTILE, is_harmless

from board.view import harmless, inks
from board.view.sheet import Ink, Span, TextLine

PLAIN = inks.NO_INK


def shown(text: str) -> tuple[str, list[tuple[str, Ink]]]:
    line, _ = inks.line(text)
    return line.text, [(line.text[span.start : span.end], span.look) for span in line.spans]  # type: ignore[misc]


def test_the_colours_of_sixteen_of_the_palette_and_true_ones() -> None:
    assert shown("\x1b[31ma\x1b[97mb\x1b[42mc\x1b[0md") == (
        "abcd", [("a", Ink(fg=1)), ("b", Ink(fg=15)), ("c", Ink(fg=15, bg=2))],
    )  # fmt: skip
    assert shown("\x1b[38;5;208ma\x1b[48;2;1;2;3mb\x1b[39;49mc") == (
        "abc", [("a", Ink(fg=208)), ("b", Ink(fg=208, bg=(1, 2, 3)))],
    )  # fmt: skip
    assert shown("\x1b[38:5:9ma\x1b[38:2::1:2:3mb\x1b[38:2:4:5:6mc")[1] == [
        ("a", Ink(fg=9)), ("b", Ink(fg=(1, 2, 3))), ("c", Ink(fg=(4, 5, 6))),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "off", "name"),
    [("1", "22", "bold"), ("2", "22", "dim"), ("3", "23", "italic"), ("4", "24", "underline"),
     ("4:3", "4:0", "underline"), ("7", "27", "reverse"), ("9", "29", "strike")],
)  # fmt: skip
def test_attributes_go_on_and_off(on: str, off: str, name: str) -> None:
    assert shown(f"\x1b[{on}ma\x1b[{off}mb") == ("ab", [("a", Ink()._replace(**{name: True}))])


def test_an_empty_parameter_is_a_reset() -> None:
    assert shown("\x1b[31ma\x1b[mb\x1b[32mc\x1b[;1md")[1] == [("a", Ink(fg=1)), ("c", Ink(fg=2)), ("d", Ink(bold=True))]


@pytest.mark.parametrize(
    "parameters",
    ["8", "5", "6", "38", "38;5", "38;5;256", "38;2;1;2", "38;7;1", "999", "99999", "58;5;1", "10", "38:5"],
)
def test_what_hides_blinks_is_unknown_or_malformed_changes_nothing(parameters: str) -> None:
    assert shown(f"a\x1b[{parameters}mb") == ("ab", [])


def test_a_malformed_colour_does_not_turn_its_numbers_into_others() -> None:
    assert shown("\x1b[38;2;31;41mx") == ("x", [])


def test_other_sequences_vanish_or_are_seen_and_unfinished_ones_hide_nothing() -> None:
    assert shown("a\x1b[2Jb\x1b[Kc\x1b[>4;2md\x1b]0;title\x07e")[0] == "abcde"
    assert shown("a\x1b]52;c;aGk=\x07b")[0] == "a␛]52;c;aGk=␇b"
    assert shown("a\x1b[31")[0] == "a␛[31"
    assert shown("a\x1b[201~b")[0] == "ab"
    assert shown("\x1b[\x1b[2J31mx\x1b" + "[" + "1;" * 60 + "mz")[0].endswith("z")


def test_a_carriage_return_draws_the_line_anew_in_the_colour_that_was_set_before() -> None:
    assert shown("\x1b[32m10%\r50%\r100%\r") == ("100%", [("100%", Ink(fg=2))])


def test_the_ink_goes_on_in_the_next_line() -> None:
    found, ink = inks.lines("\x1b[31ma\nb\n")
    assert found == [TextLine("a", "plain", (Span(0, 1, Ink(fg=1)),)), TextLine("b", "plain", (Span(0, 1, Ink(fg=1)),))]
    assert ink == Ink(fg=1)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_left_that_a_terminal_obeys_whatever_stands_between_colours(text: str) -> None:
    for wild in (text, f"\x1b[31m{text}\x1b[0m{text}", text.replace("", "\x1b[1m")):
        found, _ = inks.lines(wild)
        assert all(is_harmless(line.text) for line in found)


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab \t\x1b[]0;14m8\x07\r\u0301\u202eé日\x9b:?J\\")))
def test_any_output_becomes_harmless_with_spans_that_fit(text: str) -> None:
    line, _ = inks.line(text)
    assert is_harmless(line.text)
    edges = [edge for span in line.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert not edges or (edges[0] >= 0 and edges[-1] <= len(line.text))
    assert all(span.start < span.end for span in line.spans)


@given(st.lists(st.text(st.sampled_from("ab\t\x1b\u0301\u202eé日"), max_size=30), min_size=1, max_size=6))
def test_a_line_in_pieces_is_the_line(texts: list[str]) -> None:
    assert "".join(harmless.pieces(texts, 40)) == harmless.pieces(["".join(texts)], 40)[0]


def test_a_megabyte_without_a_newline_is_one_short_line() -> None:
    line, _ = inks.line("\x1b[31m" + "x" * 1_000_000)
    assert len(line.text) == harmless.MAX_LINE
    assert line.text.endswith("…")


def test_piles_of_marks_are_cut_across_colours() -> None:
    text, _ = shown("e" + "\x1b[31m\u0301\x1b[32m\u0301" * 100)
    assert len(text) <= 1 + harmless.MAX_MARKS
    assert cell_len(text) == 1


def test_the_output_of_a_test_run_looks_as_it_did() -> None:
    output = (
        "\x1b[1m=== test session starts ===\x1b[0m\ncollecting ... \rcollected 3 items\n"
        "test_a.py \x1b[32m.\x1b[0m\x1b[31mF\x1b[0m\t\x1b[33ms\x1b[0m\x1b[K [100%]\n"
        "\x1b[38;5;244m\x1b[4mlink\x1b[24m\x1b[39m \x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\ "
        "\x1b[7;38;2;255;0;0mred\x1b[0m\n"
    )
    rows = []
    for line in inks.lines(output)[0]:
        rows.append(line.text)
        rows += [f"    {span.start}-{span.end} {_said(span.look)}" for span in line.spans]  # type: ignore[arg-type]
    same_as_golden("inks", "\n".join(rows))


def _said(ink: Ink) -> str:
    return " ".join(f"{name}={value}" for name, value in ink._asdict().items() if value not in (None, False))
