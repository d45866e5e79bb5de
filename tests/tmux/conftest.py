from __future__ import annotations

from conftest_tmux import server, stage

__all__ = ["server", "stage"]
