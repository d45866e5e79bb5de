"""Graph and timeline as SVG."""

from __future__ import annotations

import re
import xml.etree.ElementTree as xml
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm.core.picture import graphsvg, timesvg
from swarm.core.picture.markup import fitted, text
from swarm.core.plan import Task
from swarm.core.status import BLOCKED, READY, Status
from swarm.core.timeline import Bar, Lane, Timeline

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "</title><script>alert(1)</script> \"'><img src=x onerror=y> ]]> &amp; \x1b[2J\x00\ud800\ufffe\u202e 日本語"
TASKS = (
    Task("schema", "Design the schema", ""),
    Task("api", "The API", "", ("schema",)),
    Task("ui", "A page", "", ("schema",)),
    Task("e2e", "Test it", "", ("api", "ui", "schema")),
)


def drawn(picture: str) -> xml.Element:
    """The picture, as a reader of XML sees it."""
    found = xml.fromstring(picture)
    assert found.tag == f"{SVG}svg"
    return found


def classes(found: xml.Element, name: str) -> list[Sequence[str]]:
    """The classes of all elements that have this one."""
    every = [one.get("class", "").split() for one in found.iter()]
    return [one for one in every if name in one]


def timeline_of(*bars: Bar) -> Timeline:
    return Timeline(100.0, 200.0, True, (Lane("worker-1", bars),))


def test_each_task_is_a_box_with_its_status_and_a_title_to_hover() -> None:
    found = drawn(graphsvg.graph(TASKS, {"schema": "merged", "api": "running", "ui": "ready", "e2e": "blocked"}))
    assert classes(found, "task") == [["task", "merged"], ["task", "running"], ["task", "ready"], ["task", "blocked"]]
    titles = [one.text for one in found.iter(f"{SVG}title")]
    assert titles[-1] == "e2e (blocked): Test it, after api, ui, schema"
    words = [one.text for one in found.iter(f"{SVG}text")]
    assert "✓ schema" in words and "Design the schema" in words


def test_lines_are_those_that_do_not_follow_from_others_and_the_critical_path_is_heavy() -> None:
    found = drawn(graphsvg.graph(TASKS, {}, ("schema", "ui", "e2e")))
    assert len(classes(found, "line")) == 4
    assert classes(found, "line").count(["line", "path"]) == 2
    assert [one.get("class") for one in found.iter() if "path" in one.get("class", "").split()][-1] == "task ready path"


def test_a_bar_tells_its_attempt_and_its_end() -> None:
    bar = Bar("api", ("api",), 2, 110.0, 150.0, "failed", "red")
    found = drawn(timesvg.timeline(timeline_of(bar), {"api"}))
    assert classes(found, "bar") == [["bar", "failed", "path"]]
    assert "api, attempt 2 on worker-1: red, 40s" in [one.text for one in found.iter(f"{SVG}title")]
    assert "✗ api" in [one.text for one in found.iter(f"{SVG}text")]


@pytest.mark.parametrize("styled", [True, False])
def test_what_people_wrote_is_only_text(styled: bool) -> None:
    bar = Bar(EVIL, ("a",), 1, 110.0, None, "running", EVIL)
    graph = graphsvg.graph([Task("a", EVIL, ""), Task("b", EVIL, "", ("a",))], {"a": "running"}, styled=styled)
    time = timesvg.timeline(Timeline(100.0, 200.0, False, (Lane(EVIL, (bar,)),)), styled=styled)
    for picture in (graph, time):
        assert not set(picture) & {"\x1b", "\x00", "\ud800", "\ufffe", "\u202e"}
        found = drawn(picture)
        names = {one.tag.removeprefix(SVG) for one in found.iter()}
        assert names <= {"svg", "style", "title", "rect", "g", "text", "path"}
        attributes = {name for one in found.iter() for name in one.attrib}
        assert not any(name.startswith("on") or "href" in name for name in attributes)


@settings(deadline=None)
@given(st.text(), st.text())
def test_whatever_the_title_the_picture_is_xml(title: str, note: str) -> None:
    drawn(graphsvg.graph([Task("a", title, "")], {}))
    drawn(timesvg.timeline(timeline_of(Bar(title, ("a",), 1, 100.0, 150.0, "merged", note))))


def test_nothing_from_outside_is_asked_for() -> None:
    for picture in (graphsvg.graph(TASKS, {}), timesvg.timeline(timeline_of())):
        assert re.findall(r"https?://[^\"]*", picture) == ["http://www.w3.org/2000/svg"]
        assert "url(" not in picture and "@import" not in picture


def test_a_short_title_is_shown_whole_also_in_wide_letters() -> None:
    found = drawn(graphsvg.graph([Task("a", "Count 日本語 them", "")], {}))
    assert "Count 日本語 them" in [one.text for one in found.iter(f"{SVG}text")]


def test_everything_stays_within_the_picture() -> None:
    long = "a" * 63
    found = drawn(graphsvg.graph([Task(long, "日" * 80, ""), Task("b", "w" * 200, "", (long,))], {long: "merged"}))
    width = float(found.get("width", "0"))
    for group in found.iter(f"{SVG}g"):
        [rect], texts = list(group.iter(f"{SVG}rect")), list(group.iter(f"{SVG}text"))
        right = float(rect.get("x", "")) + float(rect.get("width", ""))
        assert right <= width
        for one in texts:
            assert float(one.get("x", "")) + 6.7 * len(one.text or "") <= right


def test_each_status_has_a_colour_by_day_and_by_night() -> None:
    picture = graphsvg.graph(TASKS, {})
    for status in (BLOCKED, READY, *(one for one in Status if one is not Status.PENDING)):
        assert picture.count(f".swarm .{status} rect {{") == 2


def test_an_empty_plan_and_a_run_without_work_are_pictures_too() -> None:
    drawn(graphsvg.graph([], {}))
    drawn(timesvg.timeline(Timeline(0.0, 0.0, False)))


@pytest.mark.parametrize(
    ("value", "room", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 4, "日…"), ("abc", 0, ""), ("a\nb", 9, "a"), ("", 5, "")],
)
def test_a_text_is_cut_to_its_room(value: str, room: float, shown: str) -> None:
    assert fitted(value, room) == shown


def test_text_is_escaped() -> None:
    assert text("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;"
