"""Comparing text with a file beside the tests.  `RENEW_GOLDEN=1 pytest tests/core` writes the files anew."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent / "golden"


def same_as_golden(name: str, text: str) -> None:
    """Raise AssertionError where the file of that name holds something else."""
    path = HERE / name
    if os.environ.get("RENEW_GOLDEN"):
        HERE.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    known = path.read_text(encoding="utf-8")
    assert known == text, f"{name} differs; if the new text is right: RENEW_GOLDEN=1 pytest tests/core"
