"""What stands under each tab of the chosen card; a diff is fetched when it is asked for and kept until the task moves.

Knows where texts come from (board.detail, board.verbs); nothing of widgets beyond the lines that they take.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from board import detail
from board.feed import Feed
from board.verbs import Verbs
from board.view import harmless
from board.view.columns import CLASH_MARK
from board.widgets.page import TextLine
from board.widgets.panel import Tab
from swarm.core import words
from swarm.core.state import TaskState
from swarm.core.why import chain, why
from swarm.paths import RunDir

MOST_REASONS = 20
"""Upstreams of a chain that are told."""


class Reading:
    """The texts of one run's tasks."""

    def __init__(self, run: RunDir, feed: Feed, verbs: Verbs, arrived: Callable[[], None]) -> None:
        """`arrived` is called when a diff that was being fetched is there."""
        self._run, self._feed, self._verbs, self._arrived = run, feed, verbs, arrived
        self._diffs: dict[str, tuple[object, list[TextLine]]] = {}
        self._fetches: set[asyncio.Task[None]] = set()

    def reason(self, task: TaskState) -> str:
        """Why a task is where it is and what to type about it, as one harmless line."""
        found = why(self._feed.state, task)
        return harmless.line(f"{found.text}  →  {found.command}" if found.command else found.text)

    def reasons(self, task: TaskState) -> list[str]:
        """The same at length: with what holds it back, and what holds that back in turn."""
        state = self._feed.state
        upwards = [task, *chain(state, task)[:MOST_REASONS]]
        lines = [harmless.line(f"{one.id}: {why(state, one).text}") for one in upwards]
        lines += [harmless.line(f"{CLASH_MARK} it {words.clash(seen, task.id)}") for seen in task.clashes.values()]
        command = why(state, task).command
        return [*lines, "", f"next: {command}"] if command else lines

    def text(self, task: TaskState, tab: Tab) -> list[TextLine]:
        """What the tab says of the task now."""
        match tab:
            case Tab.LOG:
                return detail.log(self._run, task)
            case Tab.MESSAGES:
                return detail.messages(self._feed.past(task.id))
            case Tab.EVENTS:
                return detail.events(self._feed.past(task.id))
            case Tab.PROMPT:
                return detail.prompt(self._run, task)
            case Tab.DIFF:
                return self._diff(task)

    def forget_diff(self, task: str) -> None:
        """Fetch it anew the next time: a running task's files change without a word in the journal."""
        self._diffs.pop(task, None)

    async def close(self) -> None:
        """End what is being fetched, and wait until its program is gone."""
        for fetch in self._fetches:
            fetch.cancel()
        await asyncio.gather(*self._fetches, return_exceptions=True)

    def _diff(self, task: TaskState) -> list[TextLine]:
        version = (task.status, task.attempt, task.commit, task.merged)
        known = self._diffs.get(task.id)
        if known is None or known[0] != version:
            known = (version, known[1] if known else [TextLine("fetching the diff", "dim")])
            self._diffs[task.id] = known
            self._begin(task.id, version)
        return known[1]

    def _begin(self, task: str, version: object) -> None:
        """Fetch one diff in the background; whoever chose another card no longer waits for the one before."""
        for fetch in self._fetches:
            fetch.cancel()
        fetch = asyncio.get_running_loop().create_task(self._fetch(task, version))
        self._fetches.add(fetch)
        fetch.add_done_callback(self._fetches.discard)

    async def _fetch(self, task: str, version: object) -> None:
        done = False
        try:
            ok, text = await self._verbs.diff(self._feed.state.repo, task)
            self._diffs[task] = (version, detail.diff(text, ok=ok))
            done = True
        finally:
            if not done:
                self.forget_diff(task)  # another one was asked for meanwhile
        self._arrived()
