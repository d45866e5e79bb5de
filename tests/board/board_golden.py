"""Comparing text with a file beside the tests.  `RENEW_GOLDEN=1 pytest tests/board` writes the files anew."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent / "golden"


def same_as_golden(name: str, text: str) -> None:
    """Fail where the text is not what the file holds."""
    path = HERE / f"{name}.txt"
    if os.environ.get("RENEW_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
    assert path.read_text() == text + "\n", f"{path.name} differs; renew it if the new text is right"
