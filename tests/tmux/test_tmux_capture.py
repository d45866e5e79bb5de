from __future__ import annotations

import pytest

from swarm.tmux.capture import last


@pytest.mark.parametrize(
    ("rows", "lines", "text"),
    [
        ([], 3, ""),
        (["", " ", ""], 3, ""),
        (["a", "b", "c", "d"], 3, "b\nc\nd"),
        (["a", "b", "", ""], 3, "a\nb"),
        (["a", "", "b"], 3, "a\n\nb"),
        (["said last", "", "", "", "", "Pane is dead"], 3, "said last\n\nPane is dead"),
        (["", "", "a"], 3, "a"),
    ],
)
def test_the_last_lines_are_those_that_say_something(rows: list[str], lines: int, text: str) -> None:
    assert last(rows, lines) == text
