"""What all maps of a task file share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Entry(BaseModel):
    """A map with no key beyond those declared."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
