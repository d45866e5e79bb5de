"""Writes docs/states.md anew, after the table of the statuses has changed: `python -m tools.states_page`."""

from __future__ import annotations

from pathlib import Path

from swarm.core.status import page

PAGE = Path(__file__).parents[1] / "docs" / "states.md"

if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
