from __future__ import annotations

from tools.board_page import PAGE, page


def test_the_document_of_the_board_has_the_keys_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "renew it: python -m tools.board_page"
