"""A run on one page of HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from swarm.core.page import page
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.state import Attempt, Phase, State, TaskState
from swarm.core.status import Status
from swarm.core.summary import Size
from swarm.core.timeline import Chronicle, timeline

EVIL = "</title></svg><script>alert(1)</script> \"'><img src=x onerror=y> {{x}} \x1b[2J\x00\u202e <!-- 日本語"
VOID = {"meta"}


class Reader(HTMLParser):
    """What a browser would find: elements, attributes, and whether each one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag


def state(title: str = "Do it") -> State:
    """Two tasks: one has merged, one has failed."""
    spec = WorkerSpec("worker-1")
    tasks = (Task("a", title, "x"), Task("b", title, "x", ("a",)))
    found = State(run="demo", base="0" * 40, began=1000.0, ended=1100.0, plan=Plan("demo", tasks, workers=(spec,)))
    for index, (task, status) in enumerate(zip(tasks, (Status.MERGED, Status.FAILED), strict=True)):
        made = TaskState(task, index, status, attempt=1, reason=title)
        made.attempts.append(Attempt(1, "worker-1", "0" * 40, 1000.0 + 40 * index, 1030.0 + 40 * index, "sealed"))
        found.tasks[task.id] = made
        found.counts[status] += 1
    found.tasks["a"].merged = "1" * 40
    found.phase = Phase.FINISHED
    return found


def made(found: State) -> str:
    return page(found, {"1" * 40: Size(3, 20, 4)}, timeline(found, Chronicle(), 1100.0), 1100.0, "2026-01-02 03:04")


def test_a_page_says_what_landed_and_what_did_not() -> None:
    text = made(state())
    assert '<td class="id">✓ a</td><td class="text">Do it</td><td class="text">1111111111</td>' in text
    assert "+20 −4" in text and "failed: Do it" in text
    assert "1m40s from start to end, 1m of work in all attempts." in text
    assert "Critical path (heavy lines): a → b" in text


@pytest.mark.parametrize("title", ["Do it", EVIL])
def test_a_page_has_no_script_and_nothing_from_outside(title: str) -> None:
    hostile = state(title)
    hostile.run = hostile.target = hostile.reason = title
    text = made(hostile)
    assert not set(text) & {"\x1b", "\x00", "\u202e"}
    found = Reader(text)
    assert found.names <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "table", "tr", "th", "td",
        "svg", "g", "rect", "path", "text",
    }  # fmt: skip
    assert not any(name.startswith("on") or name in ("href", "src", "style") for name in found.attributes)
    assert "url(" not in text and "@import" not in text


def test_a_page_can_be_read_by_night() -> None:
    assert made(state()).count("@media (prefers-color-scheme: dark)") == 2


def test_a_run_that_failed_says_why_and_an_empty_one_is_a_page() -> None:
    failed = State(run="demo", base="0" * 40, phase=Phase.FAILED, reason="the base is red")
    text = made(failed)
    assert "The run failed: the base is red" in text
    Reader(text)
