"""What a run knows of its merges: candidates that are being proved, and what others put in their way.

Knows nothing of how it changes (swarm.core.fold.queue) or what follows from it (swarm.core.queue).
"""

from __future__ import annotations

from dataclasses import dataclass

from swarm.core.events import CandidateJudged, CandidateUnbuildable, Member


@dataclass(slots=True)
class Candidate:
    """A merge that is being proved.  `chain`: everything between the tip and it, its own members last."""

    number: int
    onto: str
    members: tuple[Member, ...]
    chain: tuple[Member, ...]
    judged: CandidateJudged | None = None
    unbuildable: CandidateUnbuildable | None = None
    landing: bool = False


@dataclass(slots=True)
class Offer:
    """The target branch's commit that `swarm merge` wants in the integration ref."""

    target: str
    commit: str
    request: str
    when: int


@dataclass(slots=True)
class Stray:
    """What somebody else put into the integration ref.  `refused`: why nothing can be built on it."""

    commit: str
    when: int
    refused: str = ""
