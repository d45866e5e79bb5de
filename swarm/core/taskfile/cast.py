"""The roles that a plan uses, chosen from all that its directory holds.

Knows names and texts of role files, not where they lie.  A role may be called by the name in its front matter or by the
name of its file; files that nobody uses are never an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from swarm.core.plan import Role, slug
from swarm.core.roles import parse_role
from swarm.core.taskfile.problem import closest, quoted


class Cast:
    """`files`: the text of each role file by its name without .md (`reviewer`, `team/reviewer` in a subdirectory)."""

    def __init__(self, files: Mapping[str, str], directory: str | None) -> None:
        self._directory = directory
        self._by_name: dict[str, list[Role]] = {}
        self._by_file: dict[str, list[Role]] = {}
        self._used: dict[str, Role] = {}
        for name, text in sorted(files.items()):
            stem = name.rpartition("/")[2]
            role = parse_role(stem, text)
            self._by_name.setdefault(role.name, []).append(role)
            self._by_file.setdefault(slug(stem), []).append(role)

    def role(self, wanted: str) -> Role | tuple[str, str]:
        """The role called `wanted`, now counted as used; or (message, hint) where there is not exactly one."""
        key = slug(wanted)
        found = self._by_name.get(key) or self._by_file.get(key) or []
        if len(found) > 1:
            return f"two files of {self._directory} define the role {quoted(wanted)}", "rename one of them"
        if not found:
            return f"there is no role {quoted(wanted)}", self._way_out(key)
        self._used[found[0].name] = found[0]
        return found[0]

    @property
    def used(self) -> tuple[Role, ...]:
        """The roles that were asked for, by name."""
        return tuple(role for _, role in sorted(self._used.items()))

    def _way_out(self, key: str) -> str:
        if self._directory is None:
            return "name their directory at the top, e.g. roles: .claude/agents"
        near = closest(key, sorted({*self._by_name, *self._by_file}))
        return f"did you mean {near}?" if near else f"add {key or 'it'}.md to {self._directory}"
