"""What stands under each tab of the chosen card; a diff is fetched when it is asked for and kept until the task moves.

Knows where texts come from (board.detail, board.tail, board.verbs) and how they become sheets; nothing of widgets.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from board import detail
from board.commands import COMMAND, Operator
from board.feed import Feed
from board.tail import Tail
from board.verbs import Verbs
from board.view import changes, gate, harmless, links, thread
from board.view.columns import CLASH_MARK
from board.view.sheet import Sheet, TextLine, told
from board.view.tabs import Tab
from swarm.core import words
from swarm.core.state import TaskState
from swarm.core.why import chain, why
from swarm.paths import RunDir

MOST_REASONS = 20
"""Upstreams of a chain that are told."""

GROWING = frozenset({Tab.PREVIEW, Tab.VERIFY})
"""Tabs whose text grows without a word in the journal."""


class Reading:
    """The texts of one run's tasks."""

    def __init__(
        self, run: RunDir, feed: Feed, verbs: Verbs, operator: Operator, arrived: Callable[[], None]
    ) -> None:
        """`arrived` is called when a diff that was being fetched is there."""
        self._run, self._feed, self._verbs, self._operator, self._arrived = run, feed, verbs, operator, arrived
        self._tail: Tail | None = None
        self._diffs: dict[str, tuple[object, Sheet]] = {}
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

    def sheet(self, task: TaskState, tab: Tab) -> Sheet:
        """What the tab says of the task now."""
        match tab:
            case Tab.PREVIEW:
                log = self._follow(self._run.attempt(task.id, task.attempt).log) if task.attempt else None
                return detail.preview(task, log)
            case Tab.DIFF:
                return self._diff(task)
            case Tab.MESSAGES:
                said = thread.thread(self._feed.state, self._feed.said(task.id), self._drafts(task))
                return thread.sheet(said)
            case Tab.EVENTS:
                return detail.events(self._feed.past(task.id))
            case Tab.PROMPT:
                return detail.prompt(self._run, task)
            case Tab.VERIFY:
                trial = gate.last_trial(task.id, self._feed.past(task.id))
                log = self._follow(self._run.gates / f"{trial.number}.log") if trial else None
                return gate.gate(self._feed.state, trial, log)
            case Tab.LINKS:
                return links.links(self._feed.state, task)

    def forget_diff(self, task: str) -> None:
        """Fetch it anew the next time: a running task's files change without a word in the journal."""
        self._diffs.pop(task, None)

    async def close(self) -> None:
        """End what is being fetched, and wait until its program is gone."""
        for fetch in self._fetches:
            fetch.cancel()
        await asyncio.gather(*self._fetches, return_exceptions=True)

    def _follow(self, path: Path) -> Sequence[TextLine] | None:
        """The end of a file; one file is followed at a time."""
        if self._tail is None or self._tail.path != path:
            self._tail = Tail(path)
        return self._tail.read()

    def _drafts(self, task: TaskState) -> Iterator[thread.Draft]:
        """What was written to the task on this board."""
        for message in self._operator.written:
            if message.kind != COMMAND and message.to == task.id:
                yield thread.Draft(message.id, message.sent, task.id, message.text)
            elif message.kind == COMMAND:
                order = json.loads(message.text)
                if order["verb"] == "answer" and order["args"]["task"] == task.id:
                    yield thread.Draft(message.id, message.sent, task.id, order["args"]["text"])

    def _diff(self, task: TaskState) -> Sheet:
        version = (task.status, task.attempt, task.commit, task.merged)
        known = self._diffs.get(task.id)
        if known is None or known[0] != version:
            known = (version, known[1] if known else told("fetching the diff"))
            self._diffs[task.id] = known
            self._begin(task, version)
        return known[1]

    def _begin(self, task: TaskState, version: object) -> None:
        """Fetch one diff in the background; whoever chose another card no longer waits for the one before."""
        for fetch in self._fetches:
            fetch.cancel()
        fetch = asyncio.get_running_loop().create_task(self._fetch(task, version))
        self._fetches.add(fetch)
        fetch.add_done_callback(self._fetches.discard)

    async def _fetch(self, task: TaskState, version: object) -> None:
        done = False
        try:
            note = detail.of_what(task, time.time())
            ok, text = await self._verbs.diff(self._feed.state.repo, task.id)
            # In a thread: fifty thousand lines take a while, and the keys should not wait for that.
            sheet = await asyncio.to_thread(changes.changes, text, note) if ok else changes.failed(text)
            self._diffs[task.id] = (version, sheet)
            done = True
        finally:
            if not done:
                self.forget_diff(task.id)  # another one was asked for meanwhile
        self._arrived()
