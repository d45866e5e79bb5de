"""What branches touch, and which of them touch the same.  Sets of paths; git is asked elsewhere (swarm.git.trial).

Knows nothing of tasks: a branch goes by any name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Footprint:
    """The paths that a branch has changed (both of a rename), and the directories above them."""

    paths: frozenset[str] = frozenset()
    above: frozenset[str] = field(default=frozenset(), compare=False)

    def has(self, path: str) -> bool:
        """Whether the branch touches this path, or something below it: it may be a file here and a directory there."""
        return path in self.paths or path in self.above


def footprint(paths: frozenset[str]) -> Footprint:
    """The footprint of a branch that has changed these paths."""
    above: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in above:
            above.add(path)
    return Footprint(paths, frozenset(above))


def touching(prints: Mapping[str, Footprint]) -> Iterator[tuple[str, str]]:
    """The pairs of branches that touch the same path, each once and in the order of the alphabet within; those of the
    first branch come first.  Costs what is touched more than once."""
    users: dict[str, list[str]] = {}
    for name, found in prints.items():
        for path in found.paths:
            users.setdefault(path, []).append(name)
    told: set[tuple[str, str]] = set()
    for name, found in prints.items():
        partners: set[str] = set()
        for path in (*found.paths, *found.above):
            partners.update(users.get(path, ()))
            if len(partners) >= len(prints):
                break
        for other in sorted(partners - {name}):
            pair = (name, other) if name < other else (other, name)
            if pair not in told:
                told.add(pair)
                yield pair


def blamed(
    conflicts: Collection[str],
    one: Footprint,
    other: Footprint,
    renames: Mapping[str, str],
) -> tuple[str, ...]:
    """Those of the paths in conflict that both branches have touched, by whatever name.

    The others conflict with work that one of the two stands on.  `renames`: new path to old path, on either branch.
    """
    return tuple(path for path in conflicts if _is_shared(path, one, other, renames))


def _is_shared(path: str, one: Footprint, other: Footprint, renames: Mapping[str, str]) -> bool:
    plain = path.rpartition("~")[0] or path  # `a~1f2e…`: the file a, where the other side has a directory
    names = {path, plain, renames.get(path, path)}
    names |= {new for new, old in renames.items() if old in names}
    return any(one.has(name) for name in names) and any(other.has(name) for name in names)
