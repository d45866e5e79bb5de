from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from board.view.folding import Folded, parts
from board.view.sheet import TextLine

TEXT = st.text(st.sampled_from("ab  é日本\u0301🙂-"), max_size=60)


def rows(text: str, width: int) -> list[str]:
    return [text[start:end] for start, end in parts(text, width)]


@given(TEXT, st.integers(2, 20))
def test_every_row_fits_and_only_blanks_are_left_out(text: str, width: int) -> None:
    found = rows(text, width)
    assert all(cell_len(row) <= width for row in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


@given(st.lists(TEXT, max_size=12), st.integers(2, 20))
def test_rows_and_lines_lead_to_each_other(texts: list[str], width: int) -> None:
    folded = Folded([TextLine(text) for text in texts], width)
    found = [folded.part(row) for row in range(len(folded))]
    assert [texts[at][start:end] for at, (start, end) in found] == [row for text in texts for row in rows(text, width)]
    for at in range(len(texts)):
        assert folded.line(folded.row(at)) == at


def test_a_line_is_broken_after_a_space_near_its_end() -> None:
    assert rows("the quick brown fox jumps", 12) == ["the quick", "brown fox", "jumps"]
    assert rows("a" * 10, 4) == ["aaaa", "aaaa", "aa"]
    assert rows("", 4) == [""]


def test_only_what_is_looked_at_is_folded() -> None:
    folded = Folded([TextLine("x" * 70)] * 50_000, 80)
    before = parts.cache_info().misses
    assert len(folded) == 50_000
    assert folded.part(49_999) == (49_999, (0, 70))
    assert parts.cache_info().misses <= before + 1
