"""The event that a CLI gives to its hooks, on standard input."""

from __future__ import annotations

import json
import sys
from typing import Any

from swarm.errors import SwarmError


def event() -> Any:
    """Whatever stands there as JSON.  Raises SwarmError where nothing does."""
    try:
        return json.load(sys.stdin)
    except ValueError as error:
        raise SwarmError(f"the event on standard input is no JSON: {error}") from None
