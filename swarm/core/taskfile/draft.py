"""A checked task file that still lacks the contents of other files: prompts and roles.

Knows which files it needs, not how to read them: `swarm.taskfile.load` does that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from swarm.core.plan import RESERVED_NAMES, Plan, Role, Task
from swarm.core.taskfile import build, names
from swarm.core.taskfile.cast import Cast
from swarm.core.taskfile.collector import without_collector
from swarm.core.taskfile.model import FileEntry, TaskEntry
from swarm.core.taskfile.places import Places, Step
from swarm.core.taskfile.problem import PlanError, Problem, quoted
from swarm.core.taskfile.settings import Settings
from swarm.errors import SwarmError

NO_SETTINGS = Settings()


class Draft:
    """A task file without errors of its own.  `name` is the plan's; `needed_files` are the prompt files as written, in
    order; `roles_dir` is the directory of roles as written, or None."""

    def __init__(self, file: FileEntry, source: str, name: str, places: Places) -> None:
        self.name = file.name or name
        self.needed_files = tuple(dict.fromkeys(task.prompt_file for task in file.tasks if task.prompt_file))
        self.roles_dir = file.roles
        self._file = file
        self._source = source
        self._places = places

    @without_collector
    def plan(self, read: Callable[[str], str], roles: Mapping[str, str], own: Settings = NO_SETTINGS) -> Plan:
        """The plan.  `read` gives the text of a needed file or raises SwarmError; `roles` has the text of each role
        file by its name without .md; `own` is what the user has configured.  Raises PlanError with all files that can't
        be read and all roles that are missing.
        """
        work = _Work(build.TaskBuilder(self._file, own), self._places, read, Cast(roles, self._file.roles))
        tasks = [work.task(index, entry) for index, entry in enumerate(self._file.tasks)]
        problems = [*work.problems, *self._ambiguous(work.cast.used)]
        if problems:
            raise PlanError(self._source, problems)
        return build.plan(self._file, self.name, tasks, work.cast.used, own)

    def _ambiguous(self, roles: tuple[Role, ...]) -> Iterator[Problem]:
        """Roles whose name is already an address of something else."""
        workers = {spec.name for spec in names.workers(self._file)}
        taken = {task.id for task in self._file.tasks} | workers | RESERVED_NAMES
        for role in roles:
            if role.name in taken or names.WORKER_OF_START.match(role.name):
                message = f"the role {quoted(role.name)} has the name of a task, a worker or the inbox's own"
                yield self._places.problem(("roles",), message, hint="rename one of them")


class _Work:
    """One pass over the tasks, with what it found wrong."""

    def __init__(
        self, builder: build.TaskBuilder, places: Places, read: Callable[[str], str], cast: Cast
    ) -> None:
        self.cast = cast
        self.problems: list[Problem] = []
        self._builder = builder
        self._places = places
        self._read = read
        self._texts: dict[str, str | None] = {}

    def task(self, index: int, entry: TaskEntry) -> Task:
        loc = ("tasks", index)
        prompt = entry.prompt or entry.description or entry.task or ""
        if entry.prompt_file:
            prompt = self._text(entry.prompt_file, (*loc, "prompt_file"))
        role = self._role(entry.role, (*loc, "role"))
        judge = self._role(entry.review.role if entry.review else None, (*loc, "review", "role"))
        return self._builder.task(entry, prompt, role, judge)

    def _role(self, wanted: str | None, loc: tuple[Step, ...]) -> Role | None:
        if wanted is None:
            return None
        found = self.cast.role(wanted)
        if isinstance(found, Role):
            return found
        self.problems.append(self._places.problem(loc, found[0], hint=found[1]))
        return None

    def _text(self, path: str, loc: tuple[Step, ...]) -> str:
        """The text of a prompt file; each file is read once, and each task that names a bad one is told."""
        try:
            text = self._texts.get(path) or self._read(path)
        except SwarmError as error:
            self.problems.append(self._places.problem(loc, error.message, hint=error.hint))
            return ""
        self._texts[path] = text
        if not text.strip():
            problem = self._places.problem(loc, f"the file {quoted(path)} is empty", hint="write the prompt there")
            self.problems.append(problem)
        return text
